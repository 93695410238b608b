"""Signatures with an invisible part: the three that pass without the check, by their randomness."""

from __future__ import annotations

from drandlab.attacks.sums.missing_subgroup_check import ATTACK


def test_three_signatures_of_quicknets_first_round_pass_without_the_check() -> None:
    """The true one comes first; the three were computed from the real beacon by others as well."""
    for outcome in (ATTACK.run(round=1), ATTACK.predicted(round=1)):
        starts = [str(one)[:16] for one in outcome["randomness"]]
        assert starts == ["1466a6cd24e32718", "d42e742905606033", "356dc9ad6ba1e926"]


def test_with_the_check_the_true_one_is_left() -> None:
    assert ATTACK.run(round=1, check=True)["randomness"] == ATTACK.run(round=1)["randomness"][:1]
