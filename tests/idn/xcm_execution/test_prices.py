"""Prices: of a delivery, of weight, and the factor that rises and falls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm_execution.prices import FACTOR_ONE, DeliveryPrice, WeightPrice, lowered, raised


def test_the_bridge_takes_thirty_billion_and_fifty_thousand_a_byte() -> None:
    price = DeliveryPrice(base=30_000_000_000, byte=50_000)
    assert price.of(240) == 30_012_000_000
    assert price.of(240, 2 * FACTOR_ONE) == 60_024_000_000
    assert DeliveryPrice(base=0, byte=0).of(10**6, 10**30) == 0
    assert DeliveryPrice(base=(1 << 128) - 1, byte=1).of(1, 2 * FACTOR_ONE) == (1 << 128) - 1


def test_weight_costs_eight_thousandths_of_a_planck_a_picosecond() -> None:
    assert WeightPrice().of(Weight(14_545_079_000, 7 * 65_536)) == 116_360_632
    assert [WeightPrice(parts=500_000_000).of(Weight(one)) for one in (0, 1, 2, 3)] == [0, 0, 1, 1]
    assert [WeightPrice().of(Weight(one)) for one in (62, 63, 187, 188)] == [0, 1, 1, 2]


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_the_factor_rises_with_each_message_and_comes_back_to_one(lengths: list[int]) -> None:
    factor = FACTOR_ONE
    for length in lengths:
        risen = raised(factor, length)
        assert risen * 100 // factor >= 104
        assert lowered(risen) >= factor - 1
        factor = risen
    for _ in range(200):
        factor = lowered(factor)
    assert factor == FACTOR_ONE


def test_prices_are_checked() -> None:
    with pytest.raises(LocalError, match="base"):
        DeliveryPrice(base=-1, byte=0)
    with pytest.raises(WrongType, match="byte"):
        DeliveryPrice(base=0, byte="1")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="parts"):
        WeightPrice(parts=10**9 + 1)
