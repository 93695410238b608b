"""How far from a prediction each kind of outcome may lie."""

from __future__ import annotations

import pytest

from drandlab.attacks.outcome_kinds import DEVIATIONS, MeasuredTime, SampledMean, SampledShare


@pytest.mark.parametrize("trials", ["runs", 400, lambda given: 4 * given["nodes"] * given["per_node"]])
def test_a_share_may_lie_some_standard_deviations_away(trials: object) -> None:
    kind = SampledShare(trials)  # type: ignore[arg-type]
    given = {"runs": 400, "nodes": 10, "per_node": 10}
    assert kind.allowance(0.1, given) == pytest.approx(DEVIATIONS * 0.3 / 20)
    assert kind.allowance(0, given) == kind.allowance(1, given) == 0


def test_a_mean_brings_its_own_deviation() -> None:
    die = SampledMean(lambda given: (given["faces"] ** 2 - 1) ** 0.5 / 12**0.5, "throws")
    assert die.allowance(3.5, {"faces": 6, "throws": 900}) == pytest.approx(4.5 * (35 / 12) ** 0.5 / 30)


def test_a_time_is_right_to_within_a_number_or_a_parameter() -> None:
    assert MeasuredTime().allowance(90.0, {}) == 0.5
    assert MeasuredTime("period").allowance(2700.0, {"period": 3}) == 3.0
