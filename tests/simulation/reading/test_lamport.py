"""Happened-before is an order, and a logical clock respects it."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.reading.lamport import HAPPENINGS, SpaceTime
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.world.links import Latency, Link

LOSSY = Link(latency=Latency(kind="lognormal", mean=0.05, spread=0.6), loss=0.15, duplicate=0.1)


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    net = Network(5, 3, seed=3, backend="glass").run(rounds=1)
    for one in range(5):
        for other in range(one):
            net.set_link(one, other, LOSSY)
    net.run(rounds=2)
    net.crash(4)
    net.run(rounds=3)
    net.restart(4)
    net.run(rounds=2)
    return Timeline(net.journal)


@pytest.mark.parametrize("round", range(1, 9))
def test_causes_come_first_and_clocks_respect_them(timeline: Timeline, round: int) -> None:
    view = SpaceTime(timeline, round)
    assert {event.kind for event in view.events} <= set(HAPPENINGS)
    for number, event in enumerate(view.events):
        past, future = view.past(number), view.future(number)
        assert number not in past | future
        assert not past & future
        assert all(view.events[i].clock < event.clock for i in past)
        assert all(view.events[i].time <= event.time for i in past)
        assert all(number in view.future(i) for i in past)
        assert all(view.past(i) <= past for i in past)
        assert event.clock == 1 + max((view.events[i].clock for i in event.causes), default=0)
        assert {i for i in range(number) if view.events[i].node == event.node} <= past


@pytest.mark.parametrize("round", range(1, 9))
def test_every_message_of_the_round_is_an_arrow(timeline: Timeline, round: int) -> None:
    view = SpaceTime(timeline, round)
    wanted = [copy for sent in timeline.sent if sent.round == round for copy in timeline.copies(sent)]
    assert [arrow.message for arrow in view.arrows] == wanted
    for arrow in view.arrows:
        source = view.events[arrow.source]
        assert (source.node, source.time) == (arrow.message.sender, arrow.message.departs)
        received = arrow.message.fate in ("arrives", "twice")
        assert (arrow.target is not None) == received
        if arrow.target is not None:
            target = view.events[arrow.target]
            assert (target.node, target.time, target.kind) == (arrow.message.receiver, arrow.message.arrives, "arrived")
            assert arrow.source in view.past(arrow.target)


def test_a_beacon_by_partials_has_the_threshold_in_its_past(timeline: Timeline) -> None:
    ways = set()
    for round in range(1, 9):
        view, story = SpaceTime(timeline, round), timeline.round(round)
        ways |= {by for _, _, by in story.stored}
        for time, name, by in story.stored:
            [number] = [i for i, e in enumerate(view.events) if (e.time, e.node, e.kind) == (time, name, "stored")]
            before = [view.events[i] for i in view.past(number)]
            if by == "partials":
                assert len({event.node for event in before if event.kind == "signed"}) >= 3
            else:
                assert any(event.kind == "served" for event in before)
    assert ways >= {"partials", "sync"}


def test_what_cannot_be_shown_is_refused(timeline: Timeline) -> None:
    for round in (0, 99, True, "1", None):
        with pytest.raises(LocalError, match=r"round: the journal has no round .*; there are 1 to 8"):
            SpaceTime(timeline, round)  # type: ignore[arg-type]
    view = SpaceTime(timeline, 1)
    for number in (-1, len(view.events)):
        with pytest.raises(LocalError, match="event: expected a number from 0 to"):
            view.past(number)
        with pytest.raises(LocalError, match="event: expected a number from 0 to"):
            view.future(number)
    summary = Network(4, 3, backend="glass", detail="summary").run(rounds=1)
    with pytest.raises(LocalError, match="a summary has no messages; make the network with detail='full'"):
        SpaceTime(Timeline(summary.journal), 1)
