"""What an attacker learns when one node is cut off while the shares are dealt."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.cut_off_holder import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(
        nodes=(3, 5, 7), threshold=(2, 3, 4, 6), members=(0, 1, 2, 3, 5), lost=("both", "received"), echo=(True, False)
    )
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        ({}, {"shares_made_public": 4, "recovered": True}),
        ({"members": 1}, {"shares_made_public": 4, "recovered": False}),
        ({"lost": "received"}, {"shares_made_public": 4, "recovered": False}),
        ({"echo": True}, {"shares_made_public": 0, "recovered": False}),
        ({"echo": True, "members": 3}, {"shares_made_public": 0, "recovered": True}),
    ],
)
def test_some_figures(parameters: dict[str, Any], outcome: dict[str, Any]) -> None:
    assert ATTACK.run(3, **parameters) == ATTACK.predicted(**parameters) == outcome


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=3, threshold=3, members=1) == "threshold"
    assert refusal_of(ATTACK, nodes=3, threshold=2, members=2) == "members"
