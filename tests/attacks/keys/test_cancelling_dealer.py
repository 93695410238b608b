"""A dealer that cancels the others' part is found by the honest holders, unless they are fewer than the threshold."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.cancelling_dealer import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(3, 4, 5, 7), threshold=(2, 3, 4, 7), members=(1, 2, 3, 6))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        ({}, {"complaints": 0, "forged": True}),  # three of six, where four are to sign
        ({"members": 2}, {"complaints": 1, "forged": False}),
        ({"members": 1}, {"complaints": 2, "forged": False}),
        ({"nodes": 5, "threshold": 3, "members": 2}, {"complaints": 1, "forged": False}),  # an honest majority
        ({"nodes": 5, "threshold": 5, "members": 1}, {"complaints": 0, "forged": True}),  # a dealer alone
    ],
)
def test_some_figures(parameters: dict[str, Any], outcome: dict[str, Any]) -> None:
    assert ATTACK.run(3, **parameters) == ATTACK.predicted(**parameters) == outcome


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=3, threshold=4, members=1) == "threshold"
    assert refusal_of(ATTACK, nodes=3, threshold=2, members=3) == "members"
