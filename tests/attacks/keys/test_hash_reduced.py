"""How uneven scalars are that are made of a hash, by three methods."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid

from drandlab.attacks.keys.hash_reduced import ATTACK


def test_it_is_as_predicted() -> None:
    assert outside_of_grid(ATTACK, combinations_of(method=("reduce", "reject", "wide"), runs=(1, 3000))) == []


def test_some_figures() -> None:
    """As computed by others: 20.826 % of the scalars come with 28.293 %."""
    assert ATTACK.predicted()["low"] == pytest.approx(0.28293, abs=5e-6)
    assert ATTACK.predicted(method="reject")["low"] == pytest.approx(0.20826, abs=5e-6)
    for method, distance in (("reduce", 0.074669), ("reject", 0), ("wide", 0)):
        assert ATTACK.run(1, method=method)["total_variation"] == pytest.approx(distance, abs=5e-7)
    assert 0 < ATTACK.run(1, method="wide")["total_variation"] < 2**-256


def test_the_methods_can_be_told_apart() -> None:
    measured = ATTACK.run(1, method="reduce", runs=3000)
    assert set(ATTACK.outside(measured, method="reject", runs=3000)) == {"low", "total_variation"}
