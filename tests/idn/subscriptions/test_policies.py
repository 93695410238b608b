"""The policies: quotes, differences and discounts as public figures have them, and each defect by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.errors import LocalError
from drandlab.idn.subscriptions.fee_table import FeeTable, FeeTier
from drandlab.idn.subscriptions.policies import DEFECTS, policies

SEED, DEPLOYED = policies["seed"], policies["deployed"]


def test_the_package_gives_them() -> None:
    assert dl.idn.policies is policies and list(policies) == ["seed", "deployed"]


def test_differences_are_the_public_ones(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")
    stepped = facts["fees_stepped_example"]
    tiers = tuple(FeeTier(*one) for one in stepped["tiers_bp"])
    for table, example in (
        (FeeTable(base=stepped["base_fee"], tiers=tiers, parts=10_000), stepped),
        (FeeTable(base=100, tiers=(FeeTier(1, 0),)), facts["fees_linear_example"]),
    ):
        policy = replace(DEPLOYED, fees=table)
        for case in example["diffs"]:
            assert policy.difference(case["old"], case["new"]) == (case["direction"], case["balance"])


def test_quoted_credits_are_the_public_ones(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")["credits"]
    for case in facts["cases"]:
        assert DEPLOYED.credits(case["lifetime_pulses"], case["frequency"]) == case["quoted_credits"]
        assert SEED.credits(case["lifetime_pulses"], case["frequency"]) == case["lifetime_pulses"]


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 1000), st.integers(1, 1000))
def test_the_rule_of_credits(pulses: int, frequency: int, idle: int, consume: int) -> None:
    policy = replace(DEPLOYED, idle_credits=idle, consume_credits=consume)
    assert policy.credits(pulses, frequency) == min(pulses * (idle * frequency + consume), 2**64 - 1)


def test_a_discount_without_the_volume(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")["fees_refund_order"]
    bought, used = 10_000_010, 10
    for policy, paid in (
        (DEPLOYED, facts["fee_10000010_minus_fee_10000000"]),
        (DEPLOYED.without("cheapest-first"), facts["fee_10_alone"]),
        (SEED, facts["fee_10_alone"]),
    ):
        assert policy.held(bought, bought) == policy.fee(bought) and policy.held(bought, 0) == 0
        assert policy.fee(bought) - policy.held(bought, bought - used) == paid


@given(st.integers(0, 10**8), st.data())
def test_every_credit_is_paid_once(credits: int, data: st.DataObject) -> None:
    left = data.draw(st.integers(0, credits))
    for policy in policies.values():
        assert policy.held(credits, credits) - policy.held(credits, left) + policy.held(credits, left) == policy.fee(
            credits
        )
        assert 0 <= policy.held(credits, left) <= policy.fee(credits)


def test_the_first_design_has_no_defect_and_today_has_all() -> None:
    assert SEED.defects == frozenset() and DEPLOYED.defects == DEFECTS.keys()
    assert SEED.finalizes is False and DEPLOYED.finalizes is True


@pytest.mark.parametrize("name", DEFECTS)
def test_each_defect_is_taken_out_alone(name: str) -> None:
    mended = DEPLOYED.without(name)
    assert mended.defects == DEFECTS.keys() - {name}
    changed = [one.name for one in fields(mended) if getattr(mended, one.name) != getattr(DEPLOYED, one.name)]
    assert changed == [DEFECTS[name].field]
    assert DEPLOYED.without(*DEFECTS).defects == frozenset()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(LocalError, match=r"names: expected one of charge-first, .*, got 'idle'"):
        DEPLOYED.without("idle")
    with pytest.raises(LocalError, match=r"credits: expected a whole number from 0 to 2\^64 - 1, got -1"):
        SEED.fee(-1)
    with pytest.raises(LocalError, match="pulses: expected"):
        SEED.credits(-1, 1)
