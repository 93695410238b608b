"""A halt and the catch-up after it: how many rounds, how long, none left out and none early."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.beacons.long_halt import ATTACK


def test_it_is_as_predicted() -> None:
    paces = combinations_of(period=(2, 3, 10), catchup_period=(1, 2, 4, 7, 9), outage=(1, 10, 31, 200))
    assert outside_of_grid(ATTACK, paces, seeds=[1]) == []
    groups = combinations_of(nodes=(2, 7), threshold=(2, 4, 7), outage=(300,))
    assert outside_of_grid(ATTACK, groups, seeds=[2]) == []


@pytest.mark.parametrize(
    ("period", "catchup_period", "missed", "recovery"), [(30, 15, 90, 2700), (30, 10, 90, 1350), (3, 1, 900, 1350)]
)
def test_figures_of_a_halt_of_45_minutes(period: int, catchup_period: int, missed: int, recovery: int) -> None:
    predicted = ATTACK.predicted(period=period, catchup_period=catchup_period)
    assert predicted == {"missed": missed, "recovery": recovery, "gaps": 0, "early": 0}
    assert missed * catchup_period / (1 - catchup_period / period) == pytest.approx(recovery)


def test_a_slower_catch_up_cannot_be_confused() -> None:
    slow, fast = (ATTACK.run(period=10, catchup_period=pace, outage=300) for pace in (5, 2))
    assert ATTACK.outside(slow, period=10, catchup_period=2, outage=300) == ("recovery",)
    assert ATTACK.outside(fast, period=10, catchup_period=5, outage=300) == ("recovery",)


@pytest.mark.parametrize(
    ("parameters", "argument"),
    [
        ({"threshold": 6}, "threshold"),
        ({"threshold": 2}, "threshold"),
        ({"catchup_period": 30}, "catchup_period"),
        ({"period": 3, "catchup_period": 1, "outage": 15_001}, "outage"),
    ],
)
def test_what_does_not_go_together_is_refused(parameters: dict[str, int], argument: str) -> None:
    assert refusal_of(ATTACK, **parameters) == argument
