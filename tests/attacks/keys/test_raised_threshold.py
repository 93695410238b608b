"""How many signers a group needs after a dealing of too high a degree, with and without a count of the commitments."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.raised_threshold import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(2, 5, 7), threshold=(1, 2, 4, 5, 7), extra=(0, 1, 2, 5), check=(True, False))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        ({}, {"needed": 6, "evicted": False}),
        ({"check": True}, {"needed": 4, "evicted": True}),
        ({"extra": 3}, {"needed": 7, "evicted": False}),
        ({"extra": 4}, {"needed": None, "evicted": False}),
        ({"extra": 0, "check": True}, {"needed": 4, "evicted": False}),
        ({"threshold": 7, "extra": 1, "check": True}, {"needed": None, "evicted": True}),
    ],
)
def test_some_figures(parameters: dict[str, Any], outcome: dict[str, Any]) -> None:
    assert ATTACK.run(3, **parameters) == ATTACK.predicted(**parameters) == outcome


def test_a_threshold_above_the_nodes_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=3, threshold=4) == "threshold"
    assert refusal_of(ATTACK, nodes=3, threshold=3) is None
