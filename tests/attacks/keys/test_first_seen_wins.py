"""Forged packets exclude every dealer where packets are stored unchecked, and none where they are checked."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.first_seen_wins import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(2, 5, 8), threshold=(1, 2, 3, 5, 8), check_first=(True, False))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(("check_first", "excluded"), [(True, 0.0), (False, 1.0)])
def test_a_check_changes_the_outcome(check_first: bool, excluded: float) -> None:
    assert ATTACK.run(4, check_first=check_first) == {"excluded": excluded}


def test_a_threshold_above_the_nodes_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=3, threshold=4) == "threshold"
