"""Assets: their bytes, the order of a list, and what no amount and no list is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from random_xcm import random_value

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.idn import xcm
from drandlab.idn.xcm.assets import (
    ASSET_CODECS,
    FILTER,
    Abstract,
    AllCounted,
    AllOfCounted,
    Definite,
    Wild,
    WildFungibility,
)
from drandlab.idn.xcm.locations import GeneralIndex
from drandlab.wire.scale import Variant

RELAY = xcm.relay_asset(1)


def fungible(id: xcm.Location, amount: int = 1) -> xcm.Asset:
    return xcm.Asset(id, xcm.Fungible(amount))


def thing(id: xcm.Location, instance: int) -> xcm.Asset:
    return xcm.Asset(id, xcm.NonFungible(Variant("Index", instance)))


def test_an_asset_is_written_as_published() -> None:
    assert xcm.ASSET.encode(xcm.relay_asset(10**12)).hex() == "010000070010a5d4e8"
    assert xcm.ASSET.encode(thing(xcm.HERE, 64)).hex() == "000001010101"
    assert ASSET_CODECS[3].asset.encode(RELAY).hex() == "0001000004"
    assert (
        ASSET_CODECS[3].asset.encode(xcm.Asset(Abstract(b"\5" * 32), xcm.Fungible(1))).hex()
        == "01" + "05" * 32 + "0004"
    )
    assert FILTER.encode(Wild(AllCounted(3))).hex() == "01020c"
    assert FILTER.encode(Wild(AllOfCounted(xcm.HERE, WildFungibility.NonFungible, 1))).hex() == "010300000104"
    assert FILTER.encode(Definite((RELAY,))).hex() == "00040100" + "0004"


IN_ORDER = [
    (),
    (RELAY,),
    (fungible(xcm.HERE), fungible(xcm.PARENT)),
    (fungible(xcm.HERE, 9), thing(xcm.HERE, 0), thing(xcm.HERE, 1)),
    (fungible(xcm.sibling(2)), fungible(xcm.sibling(256))),  # by number, not by the bytes of it
    (fungible(xcm.PARENT), fungible(xcm.sibling(0))),  # the shorter path first
    (thing(xcm.HERE, 1), fungible(xcm.PARENT)),  # by name, whatever they are
    (fungible(xcm.PARENT), thing(xcm.HERE, 1)),  # what is fungible is less than what is not
]


@pytest.mark.parametrize("assets", IN_ORDER)
def test_a_list_in_order_is_written_and_read(assets: xcm.Assets) -> None:
    assert xcm.ASSETS.decode(xcm.ASSETS.encode(assets)) == assets
    assert xcm.VersionedAssets(5, assets).assets == assets


@pytest.mark.parametrize(
    "assets",
    [
        (RELAY, RELAY),
        (RELAY, xcm.relay_asset(2)),
        (fungible(xcm.PARENT), fungible(xcm.HERE)),
        (thing(xcm.HERE, 1), thing(xcm.HERE, 1)),
        (thing(xcm.HERE, 1), thing(xcm.HERE, 0)),
        (thing(xcm.HERE, 1), fungible(xcm.HERE)),
        (fungible(xcm.sibling(256)), fungible(xcm.sibling(2))),
        (fungible(xcm.Location(1, (GeneralIndex(0),))), fungible(xcm.sibling(9))),
    ],
)
def test_a_list_out_of_order_is_refused_both_ways(assets: xcm.Assets) -> None:
    with pytest.raises(LocalError) as caught:
        xcm.ASSETS.encode(assets)
    written = bytes([len(assets) << 2]) + b"".join(map(xcm.ASSET.encode, assets))
    with pytest.raises(FormatError) as read:
        xcm.ASSETS.decode(written)
    assert caught.value.code == read.value.code == "value"
    with pytest.raises(LocalError):
        xcm.VersionedAssets(5, assets)


def test_a_list_has_at_most_twenty_assets() -> None:
    twenty = tuple(fungible(xcm.sibling(number)) for number in range(20))
    assert xcm.ASSETS.decode(xcm.ASSETS.encode(twenty)) == twenty
    with pytest.raises(LocalError):
        xcm.ASSETS.encode((*twenty, fungible(xcm.sibling(20))))
    with pytest.raises(FormatError) as caught:
        xcm.ASSETS.decode(b"\x54" + xcm.ASSET.encode(RELAY) * 21)
    assert caught.value.code == "bound"


@pytest.mark.parametrize("amount", [0, -1, 1 << 128, True, 1.0, None, "1"])
def test_an_amount_is_at_least_one(amount: Any) -> None:
    with pytest.raises(LocalError):
        xcm.relay_asset(amount)


@pytest.mark.parametrize("parts", [(None, xcm.Fungible(1)), (xcm.HERE, 5), (xcm.HERE, None), ("Here", xcm.Fungible(1))])
def test_an_asset_has_a_name_and_an_amount(parts: Any) -> None:
    with pytest.raises(WrongType):
        xcm.Asset(*parts)


def test_random_lists_and_filters_come_back() -> None:
    rng = random.Random(3)
    for version, codecs in ASSET_CODECS.items():
        for _ in range(60):
            for codec in (codecs.assets, codecs.filter, codecs.transfer_filter):
                value = random_value(rng, codec)
                assert codec.decode(codec.encode(value)) == value, version
