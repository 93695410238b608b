"""What old shares are worth after a resharing: nothing to the new group, the key to whoever has a threshold of them."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.keys.old_shares import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(
        nodes=(4,), threshold=(2, 4), new_nodes=(2, 4, 6), new_threshold=(2, 4), old_kept=(0, 2, 3), new_kept=(0, 2, 4)
    )
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(
    ("kept", "recovered"),
    [({}, False), ({"old_kept": 3}, True), ({"new_kept": 3}, False), ({"new_kept": 4}, True), ({"old_kept": 0}, False)],
)
def test_some_figures(kept: dict[str, Any], recovered: bool) -> None:
    outcome = {"same_key": True, "old_accepted": 0, "recovered": recovered}
    assert ATTACK.run(3, **kept) == ATTACK.predicted(**kept) == outcome


@pytest.mark.parametrize(
    ("parameters", "argument"),
    [
        ({"threshold": 5}, "threshold"),
        ({"new_threshold": 7}, "new_threshold"),
        ({"old_kept": 5}, "old_kept"),
        ({"new_kept": 7}, "new_kept"),
    ],
)
def test_what_does_not_go_together_is_refused(parameters: dict[str, Any], argument: str) -> None:
    assert refusal_of(ATTACK, **parameters) == argument
