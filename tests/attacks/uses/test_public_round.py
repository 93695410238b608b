"""A round that is public when the ticket is bought, and one that is not."""

from __future__ import annotations

import pytest

from drandlab.attacks.all_attacks import catalogue

ATTACK = catalogue()["public_round"]


@pytest.mark.parametrize(("players", "retries"), [(2, 0), (5, 3), (100, 0)])
def test_with_the_latest_round_every_ticket_wins(players: int, retries: int) -> None:
    for seed in (1, 2, 3):
        given = {"players": players, "retries": retries, "runs": 4}
        assert ATTACK.run(seed, **given) == ATTACK.predicted(**given) == {"wins": 1.0}


@pytest.mark.parametrize(("players", "retries"), [(2, 0), (10, 0), (6, 5), (100, 20)])
def test_with_a_round_to_come_chance_decides_and_a_cancellation_is_another_chance(players: int, retries: int) -> None:
    for seed in (1, 2, 3):
        given = {"policy": "committed", "players": players, "retries": retries, "runs": 100}
        assert ATTACK.outside(ATTACK.run(seed, **given), **given) == ()


def test_the_published_figure() -> None:
    assert ATTACK.predicted(policy="committed", players=6, retries=5)["wins"] == pytest.approx(0.665, abs=5e-4)


def test_each_policy_is_outside_of_what_the_other_predicts() -> None:
    for policy, other in (("latest", "committed"), ("committed", "latest")):
        assert ATTACK.outside(ATTACK.run(1, policy=policy, runs=50), policy=other, runs=50) == ("wins",)
