"""A member that holds beacons back: how long it is ahead, that it changes nothing, and who loses the bets."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.beacons import withholding_aggregator
from drandlab.attacks.beacons.withholding_aggregator import ATTACK


def test_it_is_as_predicted() -> None:
    grid = combinations_of(delay=(1.0, 6.5, 25.0), cut_off_rounds=(0, 1, 10), runs=(1, 25))
    assert outside_of_grid(ATTACK, (one for one in grid if not (one["cut_off_rounds"] and one["runs"] == 1))) == []
    groups = combinations_of(nodes=(2, 4, 7), threshold=(2, 3, 4, 7), runs=(5,))
    assert outside_of_grid(ATTACK, groups, seeds=[3]) == []


def test_bets_that_close_one_round_earlier_are_fair() -> None:
    """With 40 bets the two cannot be confused."""
    seen, closed = (ATTACK.run(2, cut_off_rounds=rounds) for rounds in (0, 1))
    assert seen["bets_lost"] == 1.0
    assert ATTACK.outside(seen, cut_off_rounds=1) == ATTACK.outside(closed, cut_off_rounds=0) == ("bets_lost",)


def test_another_value_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest, calls = withholding_aggregator.made_by, []

    def one_is_other(*where: Any) -> dict[int, bytes]:
        calls.append(where)
        return honest(*where) | ({3: bytes(8)} if len(calls) == 4 else {})

    monkeypatch.setattr(withholding_aggregator, "made_by", one_is_other)
    assert ATTACK.run(1, runs=4)["same_value"] is False


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, threshold=6) == "threshold"
    assert refusal_of(ATTACK, delay=26.0) == "delay"
