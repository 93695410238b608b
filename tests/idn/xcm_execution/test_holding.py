"""The holding register: amounts add up, filters take what they say, order is the format's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drandlab.idn.xcm.assets import (
    ASSETS,
    All,
    AllCounted,
    AllOf,
    AllOfCounted,
    Asset,
    AssetFilter,
    Definite,
    Fungible,
    NonFungible,
    Wild,
    WildFungibility,
)
from drandlab.idn.xcm.locations import Location, Parachain
from drandlab.idn.xcm_execution.holding import HoldingRegister
from drandlab.wire.scale import Variant

PLACES = [Location(), Location(1), Location(1, (Parachain(1),)), Location(1, (Parachain(300),))]
things = st.builds(
    Asset, st.sampled_from(PLACES), st.integers(0, 3).map(lambda number: NonFungible(Variant("Index", number)))
)
coins = st.builds(Asset, st.sampled_from(PLACES), st.integers(1, 9).map(Fungible))
some = st.lists(st.one_of(coins, things), max_size=6)
kinds = st.sampled_from(WildFungibility)
filters: st.SearchStrategy[AssetFilter] = st.one_of(
    some.map(lambda assets: Definite(HoldingRegister(assets).assets())),
    st.one_of(
        st.just(All()),
        st.builds(AllOf, st.sampled_from(PLACES), kinds),
        st.builds(AllCounted, st.integers(0, 3)),
        st.builds(AllOfCounted, st.sampled_from(PLACES), kinds, st.integers(0, 2)),
    ).map(Wild),
)


def total(*parts: HoldingRegister) -> dict[object, int]:
    found: dict[object, int] = {}
    for part in parts:
        for asset in part.assets():
            key = asset.id if isinstance(asset.fun, Fungible) else asset
            found[key] = found.get(key, 0) + (asset.fun.amount if isinstance(asset.fun, Fungible) else 1)
    return found


@given(some, filters)
def test_taking_moves_and_loses_nothing(assets: list[Asset], wanted: AssetFilter) -> None:
    holding = HoldingRegister(assets)
    before, same = total(holding), holding.copy()
    chosen = holding.chosen(wanted)
    assert total(holding) == before
    taken = holding.take_most(wanted)
    assert taken.assets() == chosen and total(holding, taken) == before and total(same) == before
    assert ASSETS.decode(ASSETS.encode(same.assets())) == same.assets()
    whole = same.take_all(wanted)
    if whole is None:
        assert isinstance(wanted, Definite) and total(same) == before
        assert not all(map(same.contains, wanted.assets))
    else:
        assert whole.assets() == chosen


def test_an_amount_stops_at_its_greatest() -> None:
    holding = HoldingRegister([Asset(Location(), Fungible((1 << 128) - 1))] * 2)
    assert holding.amount(Location()) == (1 << 128) - 1 and len(holding) == 1 and holding
    assert not HoldingRegister()
