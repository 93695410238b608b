"""What a pulse costs: the exact figures of the real bridge, and what stands beside them."""

from __future__ import annotations

from drandlab.attacks import catalogue
from drandlab.attacks.cost_of_a_pulse import cost_parts


def test_the_parts_of_a_subscription_are_exact() -> None:
    own = {part.part: part.amount for part in cost_parts() if part.way == "subscription"}
    assert own == {"credit": 2_900_000, "execution": 116_360_632, "delivery": 30_012_000_000}


def test_every_way_has_parts_with_sources() -> None:
    parts = cost_parts()
    assert list(dict.fromkeys(part.way for part in parts)) == [
        "subscription", "own check, in a pallet", "own check, in a contract", "VRF", "oracle",
    ]  # fmt: skip
    assert all(part.source and part.amount > 0 for part in parts)
    assert len({(part.way, part.part) for part in parts}) == len(parts)


def test_the_delivery_is_nearly_all_of_it_and_a_check_in_a_contract_costs_a_third() -> None:
    sums: dict[str, float] = {}
    for part in cost_parts():
        sums[part.way] = sums.get(part.way, 0) + part.amount
    assert 0.996 < 30_012_000_000 / sums["subscription"] < 0.9961
    assert sums["own check, in a contract"] == 10_752_000_000 + sums["oracle"]
    assert sorted(sums, key=sums.__getitem__) == [
        "oracle", "VRF", "own check, in a pallet", "own check, in a contract", "subscription",
    ]  # fmt: skip


def test_a_delivered_pulse_costs_what_is_said() -> None:
    own = {part.part: part.amount for part in cost_parts() if part.way == "subscription"}
    ran = catalogue()["unfunded_target"].run(1, funds=10**13, pulses=1)
    assert ran["consumed"] == 1
    assert ran["spent_there"] == own["execution"] and ran["spent_here"] == own["credit"] + own["delivery"]
