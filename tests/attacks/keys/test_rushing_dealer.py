"""How often the wanted bit comes: as theory says for each number of dealers, and half of the time in two phases."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid

from drandlab.attacks.keys.rushing_dealer import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(dealers=(0, 1, 2, 3), two_phase=(True, False), runs=(150,))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(("dealers", "frequency"), [(0, 0.5), (1, 0.75), (2, 0.9375), (3, 0.99609375)])
def test_the_chance_grows_with_the_dealers(dealers: int, frequency: float) -> None:
    assert ATTACK.predicted(dealers=dealers) == {"frequency": frequency}
    assert ATTACK.predicted(dealers=dealers, two_phase=True) == {"frequency": 0.5}


def test_the_two_cannot_be_confused() -> None:
    """With two dealers 150 runs tell the protocols apart: 15/16 is far outside of what 1/2 allows."""
    biased, fair = (ATTACK.run(2, dealers=2, runs=150, two_phase=two_phase) for two_phase in (False, True))
    assert ATTACK.outside(biased, dealers=2, runs=150, two_phase=True) == ("frequency",)
    assert ATTACK.outside(fair, dealers=2, runs=150, two_phase=False) == ("frequency",)
