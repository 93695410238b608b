"""The table of states: what each policy allows, and that nothing leaves its states."""

from __future__ import annotations

import pytest

from drandlab.idn.subscriptions.transitions import (
    CAUSES,
    DEPLOYED_TRANSITIONS,
    SEED_TRANSITIONS,
    State,
    Transitions,
    allowed,
)


@pytest.mark.parametrize("table", [SEED_TRANSITIONS, DEPLOYED_TRANSITIONS])
def test_every_state_can_be_reached_and_left(table: Transitions) -> None:
    assert {cause for _, cause in table} <= CAUSES.keys()
    reached, before = set(table.values()), {state for state, _ in table}
    assert reached == before
    for state in reached - {None}:
        assert table[state, "kill"] is None


def test_the_first_design_has_two_states() -> None:
    assert set(SEED_TRANSITIONS.values()) == {State.ACTIVE, State.PAUSED, None}
    assert SEED_TRANSITIONS[State.ACTIVE, "use up"] is None
    assert not allowed(SEED_TRANSITIONS, State.PAUSED, "use up")


def test_what_runs_today_finalizes_also_while_paused() -> None:
    for state in (State.ACTIVE, State.PAUSED):
        assert DEPLOYED_TRANSITIONS[state, "use up"] is State.FINALIZED
    assert DEPLOYED_TRANSITIONS[State.FINALIZED, "clear"] is None
    for cause in ("pause", "reactivate", "update", "fail", "use up"):
        assert not allowed(DEPLOYED_TRANSITIONS, State.FINALIZED, cause)


@pytest.mark.parametrize("table", [SEED_TRANSITIONS, DEPLOYED_TRANSITIONS])
def test_only_the_paused_are_reactivated_and_only_the_active_paused(table: Transitions) -> None:
    assert [state for state, cause in table if cause == "reactivate"] == [State.PAUSED]
    assert [state for state, cause in table if cause in ("pause", "fail")] == [State.ACTIVE, State.ACTIVE]
    assert [state for state, cause in table if cause == "create"] == [None]
