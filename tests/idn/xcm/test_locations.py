"""Locations: their bytes, what a path may be, and that each version knows its networks."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.idn import xcm
from drandlab.idn.xcm.locations import (
    LOCATIONS,
    NETWORKS,
    AccountIndex64,
    AccountKey20,
    GeneralIndex,
    GeneralKey,
    GlobalConsensus,
    Junction,
    OnlyChild,
    PalletInstance,
    Plurality,
)
from drandlab.wire.scale import Variant

WRITTEN: list[tuple[Junction, str]] = [
    (xcm.Parachain(4594), "00c947"),
    (xcm.AccountId32(None, bytes(32)), "0100" + "00" * 32),
    (xcm.AccountId32(xcm.POLKADOT, b"\1" * 32), "010102" + "01" * 32),
    (AccountIndex64(Variant("Kusama"), 64), "0201030101"),
    (AccountKey20(Variant("Ethereum", (1,)), b"\2" * 20), "03010704" + "02" * 20),
    (PalletInstance(31), "041f"),
    (GeneralIndex(1 << 64), "0517000000000000000001"),
    (GeneralKey(2, b"\3" * 32), "0602" + "03" * 32),
    (OnlyChild(), "07"),
    (Plurality(Variant("Moniker", b"idnc"), Variant("Fraction", (1, 2))), "080169646e63020408"),
    (Plurality(Variant("Treasury"), Variant("Members", (3,))), "0809010c"),
    (GlobalConsensus(Variant("ByFork", (7, b"\4" * 32))), "09010700000000000000" + "04" * 32),
    (GlobalConsensus(Variant("PolkadotBulletin")), "090a"),
]


@pytest.mark.parametrize(("step", "written"), WRITTEN, ids=lambda value: getattr(type(value), "__name__", ""))
def test_a_junction_has_one_encoding_and_one_json(step: Junction, written: str) -> None:
    location = xcm.Location(2, (step,))
    data = bytes.fromhex("0201" + written)
    assert xcm.LOCATION.encode(location) == data and xcm.LOCATION.decode(data) == location
    assert xcm.location_from_json(xcm.location_to_json(location)) == location


def test_the_json_of_networks_and_bodies_is_that_of_rust() -> None:
    steps = [WRITTEN[4][0], WRITTEN[9][0], WRITTEN[11][0], OnlyChild()]
    assert xcm.location_to_json(xcm.Location(0, tuple(steps))) == {
        "parents": 0,
        "interior": {
            "X4": [
                {"AccountKey20": {"network": {"Ethereum": {"chain_id": 1}}, "key": "0x" + "02" * 20}},
                {"Plurality": {"id": {"Moniker": "0x69646e63"}, "part": {"Fraction": {"nom": 1, "denom": 2}}}},
                {"GlobalConsensus": {"ByFork": {"block_number": 7, "block_hash": "0x" + "04" * 32}}},
                "OnlyChild",
            ]
        },
    }


def test_a_path_has_at_most_eight_junctions() -> None:
    full = xcm.Location(0, (OnlyChild(),) * 8)
    assert xcm.LOCATION.decode(xcm.LOCATION.encode(full)) == full
    with pytest.raises(LocalError) as caught:
        full.descended((OnlyChild(),))
    assert caught.value.code == "bound"
    assert xcm.PARENT.descended((xcm.Parachain(7),)) == xcm.sibling(7)
    with pytest.raises(FormatError):
        xcm.LOCATION.decode(b"\0\x09" + b"\7" * 9)


def test_networks_came_and_went() -> None:
    names = {
        version: {v if isinstance(v, str) else v[0] for v in NETWORKS[version].variants.values()}
        for version in NETWORKS
    }
    assert names[4] - names[3] == {"PolkadotBulletin"}
    assert names[4] - names[5] == {"Westend", "Rococo", "Wococo"}
    westend = xcm.Location(0, (xcm.AccountId32(Variant("Westend"), bytes(32)),))
    assert LOCATIONS[4].decode(LOCATIONS[4].encode(westend)) == westend
    for refused in (lambda: xcm.LOCATION.encode(westend), lambda: xcm.location_to_json(westend)):
        with pytest.raises(LocalError, match="Westend"):
            refused()
    with pytest.raises(LocalError):
        xcm.VersionedLocation(5, westend)


@pytest.mark.parametrize("interior", [None, "Here", (1,), ("OnlyChild",), (OnlyChild,), {}])
def test_a_path_is_made_of_junctions(interior: Any) -> None:
    with pytest.raises(WrongType):
        xcm.Location(0, interior)


@pytest.mark.parametrize(
    "step",
    [
        xcm.AccountId32("Polkadot", bytes(32)),  # type: ignore[arg-type]
        xcm.AccountId32(Variant("Ethereum"), bytes(32)),
        xcm.AccountId32(Variant("Paseo"), bytes(32)),
        AccountKey20(None, bytes(19)),
        AccountIndex64(None, 1 << 64),
        PalletInstance(256),
        GeneralIndex(-1),
        GeneralKey(1, b""),
        Plurality(Variant("Voice"), Variant("Voice")),
        GlobalConsensus(None),  # type: ignore[arg-type]
    ],
)
def test_what_a_junction_cannot_hold_is_refused_when_it_is_written(step: Junction) -> None:
    with pytest.raises(LocalError):
        xcm.LOCATION.encode(xcm.Location(0, (step,)))
