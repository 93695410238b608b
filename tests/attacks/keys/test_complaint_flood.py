"""What false complaints cost: shares in public while they are few, a dealer when they are many, never the key."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.complaint_flood import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(2, 3, 6), threshold=(1, 2, 4, 6), accusers=(0, 1, 2, 3, 4, 5))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(
    ("accusers", "outcome"),
    [
        (0, {"qualified": True, "shares_made_public": 0, "keys": 1}),
        (4, {"qualified": True, "shares_made_public": 4, "keys": 1}),
        (5, {"qualified": False, "shares_made_public": 0, "keys": 1}),
        (8, {"qualified": False, "shares_made_public": 0, "keys": 0}),  # nobody honest is left but the dealer
    ],
)
def test_some_figures(accusers: int, outcome: dict[str, Any]) -> None:
    assert ATTACK.run(3, accusers=accusers) == ATTACK.predicted(accusers=accusers) == outcome


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=3, threshold=4, accusers=1) == "threshold"
    assert refusal_of(ATTACK, nodes=3, threshold=2, accusers=3) == "accusers"
