"""Clocks that are ahead: nothing comes of fewer than a threshold, the whole shift as a lead of a threshold."""

from __future__ import annotations

from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.beacons.shifted_clocks import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(2, 5), threshold=(2, 3, 5), shifted=(0, 1, 2, 3, 4, 5), ahead=(0.0, 10.0, 100.0))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []
    assert outside_of_grid(ATTACK, [{"ahead": 3600.0}, {"ahead": 3600.0, "shifted": 2}], seeds=[2]) == []


def test_one_clock_makes_the_difference() -> None:
    few, enough = (ATTACK.run(1, shifted=shifted, ahead=7.5) for shifted in (2, 3))
    assert ATTACK.predicted(shifted=2, ahead=7.5) == {"lead": 0.0}
    assert ATTACK.predicted(shifted=3, ahead=7.5) == {"lead": 7.5}
    assert ATTACK.outside(few, shifted=3, ahead=7.5) == ("lead",)
    assert ATTACK.outside(enough, shifted=2, ahead=7.5) == ("lead",)


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, threshold=6) == "threshold"
    assert refusal_of(ATTACK, shifted=6) == "shifted"
