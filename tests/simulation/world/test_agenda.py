"""What is scheduled happens in order of time, messages first; what is cancelled never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.simulation.world.agenda import Agenda


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())), st.integers(0, 12))
def test_order_of_time_then_messages_then_as_scheduled(what, until):
    agenda, seen = Agenda(0), []
    for number, (when, is_message) in enumerate(what):
        if is_message:
            agenda.post(when, seen.append, ((when, False, number),))
        else:
            agenda.at(when, lambda entry=(when, True, number): seen.append(entry))
    expected = sorted((when, not is_message, number) for number, (when, is_message) in enumerate(what))
    agenda.run_until(until)
    assert seen == [entry for entry in expected if entry[0] < until] and agenda.now == until
    assert agenda.due() == next((when for when, *_ in expected if when >= until), None)
    agenda.run_until(100)
    assert seen == expected and agenda.due() is None


def test_what_is_scheduled_meanwhile_has_its_turn():
    agenda, seen = Agenda(5), []
    agenda.at(0, lambda: (seen.append(("past", agenda.now)), agenda.post(agenda.now, seen.append, ("at once",))))
    agenda.at(5, lambda: seen.append("timer of the same moment"))
    agenda.run_until(5)
    assert seen == [], "what is due at the end is left for the next run"
    agenda.run_until(6)
    assert seen == [("past", 5), "at once", "timer of the same moment"]


def test_what_is_cancelled_never_happens_and_is_not_due():
    agenda, seen = Agenda(0), []
    first, second = (agenda.at(when, lambda when=when: seen.append(when)) for when in (1, 2))
    first.cancel()
    assert first.is_cancelled and not second.is_cancelled and agenda.due() == 2
    agenda.run_until(10)
    second.cancel()
    assert seen == [2]


def test_an_error_stops_time_where_it_happened():
    agenda, seen = Agenda(0), []

    def fail():
        raise RuntimeError("here")

    agenda.at(3, fail)
    agenda.at(4, lambda: seen.append(4))
    with pytest.raises(RuntimeError, match="here"):
        agenda.run_until(10)
    assert agenda.now == 3
    agenda.run_until(10)
    assert seen == [4]
