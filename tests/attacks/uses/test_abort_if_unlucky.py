"""A caller that undoes what it does not win."""

from __future__ import annotations

import pytest

from drandlab.attacks.all_attacks import catalogue

ATTACK = catalogue()["abort_if_unlucky"]


@pytest.mark.parametrize("chance", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("committed", [True, False])
def test_it_is_as_predicted(chance: float, committed: bool) -> None:
    given = {"chance": chance, "committed": committed, "runs": 15}
    for seed in (1, 2):
        assert ATTACK.outside(ATTACK.run(seed, **given), **given) == ()


def test_a_ticket_for_a_later_round_takes_the_choice_away() -> None:
    given = {"chance": 0.2, "runs": 30}
    free, bound = (ATTACK.run(1, **given, committed=committed) for committed in (False, True))
    assert free["wins"] == 1.0 and free["attempts"] > 2
    assert bound["wins"] < 0.6 and bound["attempts"] == 1.0
    assert ATTACK.outside(free, **given, committed=True) == ("wins", "attempts")
    assert "wins" in ATTACK.outside(bound, **given, committed=False)
