"""A rogue key forges for every number of keys, and for none when its owner has to show that it has the secret."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid

from drandlab.attacks.keys.rogue_key import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(keys=(2, 3, 7), proof=("none", "possession", "augmentation"))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []


@pytest.mark.parametrize(("proof", "forged"), [("none", 1.0), ("possession", 0.0), ("augmentation", 0.0)])
def test_a_defence_changes_the_outcome(proof: str, forged: float) -> None:
    assert ATTACK.run(5, proof=proof) == ATTACK.predicted(proof=proof) == {"forged": forged}
