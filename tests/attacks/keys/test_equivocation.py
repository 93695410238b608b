"""How many keys two dealings leave, and whether the chain halts, with and without an echo."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.equivocation import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(3, 6, 7), threshold=(1, 2, 3, 4, 6, 7), echo=(True, False))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        ({}, {"keys": 2, "halts": True}),
        ({"echo": True}, {"keys": 1, "halts": False}),
        ({"threshold": 3}, {"keys": 2, "halts": False}),  # half of the nodes is enough: two chains
        ({"threshold": 6, "echo": True}, {"keys": 0, "halts": True}),  # too few dealers are left
    ],
)
def test_some_figures(parameters: dict[str, Any], outcome: dict[str, Any]) -> None:
    assert ATTACK.run(3, **parameters) == ATTACK.predicted(**parameters) == outcome


def test_a_threshold_above_the_nodes_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=3, threshold=4) == "threshold"
