"""The price of credits: the public figures, the examples of the real pallet's documentation, and its bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.idn.subscriptions.fee_table import MOST_CREDITS, RUNTIME_FEES, FeeTable, FeeTier


def test_the_fees_are_the_public_ones(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")
    cases = facts["fees_runtime"]["cases"] + facts["fees_saturation"]["cases"]
    assert len(cases) == 19
    for case in cases:
        assert RUNTIME_FEES.fee(case["credits"]) == case["fee"], case
    assert RUNTIME_FEES.base == facts["fees_runtime"]["base_fee"]
    tiers = [(one["first_credit"], one["discount_percent"]) for one in facts["fees_runtime"]["tiers"]]
    assert [(tier.first, tier.discount) for tier in RUNTIME_FEES.tiers] == tiers


def test_the_examples_of_other_tables(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")
    stepped = facts["fees_stepped_example"]
    tiers = tuple(FeeTier(*one) for one in stepped["tiers_bp"])
    for table, example in (
        (FeeTable(base=stepped["base_fee"], tiers=tiers, parts=10_000), stepped),
        (FeeTable(base=100, tiers=(FeeTier(1, 0),)), facts["fees_linear_example"]),
    ):
        for case in example["cases"]:
            assert table.fee(case["credits"]) == case["fee"], case


def test_the_fee_is_flat_above_the_last_number_that_fits(vectors: Callable[[str], Any]) -> None:
    last = vectors("idn")["fees_saturation"]["largest_exact_tier5_credits"]
    flat = RUNTIME_FEES.fee(MOST_CREDITS)
    assert last * RUNTIME_FEES.base * 70 <= MOST_CREDITS < (last + 1) * RUNTIME_FEES.base * 70
    assert RUNTIME_FEES.fee(last + 10_000_000) < flat == RUNTIME_FEES.fee(last + 10_000_001)


@given(st.integers(0, 10**12), st.integers(0, 10**7))
def test_more_credits_never_cost_less(credits: int, more: int) -> None:
    rise = RUNTIME_FEES.fee(credits + more) - RUNTIME_FEES.fee(credits)
    assert 0 <= rise <= more * RUNTIME_FEES.base


@pytest.mark.parametrize("firsts", [(), (2,), (1, 1), (1, 5, 4)])
def test_tiers_begin_at_one_and_rise(firsts: tuple[int, ...]) -> None:
    with pytest.raises(LocalError, match="tiers: expected tiers from 1 on that rise, got"):
        FeeTable(base=1, tiers=tuple(FeeTier(first, 0) for first in firsts))


def test_a_discount_is_at_most_the_whole_price() -> None:
    with pytest.raises(LocalError, match="tiers: expected a discount from 0 to 100, got 101"):
        FeeTable(base=1, tiers=(FeeTier(1, 101),))
