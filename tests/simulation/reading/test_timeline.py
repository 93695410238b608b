"""What a timeline says of every moment is what the network was at that moment."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError
from drandlab.node.messages import Envelope
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.run import generate_key
from drandlab.simulation.misbehaviour.running import parse
from drandlab.simulation.network import Network
from drandlab.simulation.reading.moments import FATES, GROUPS, WORDS
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.world.links import MICRO, Latency, Link


def network(**more: object) -> Network:
    return Network(5, 3, **({"seed": 1, "backend": "glass"} | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def eventful() -> tuple[Network, list[tuple[int, list[tuple[bool, int | None]]]]]:
    """A run with faults, and what its hosts were at some moments."""
    net = network().run(rounds=1)
    lossy = Link(latency=Latency(kind="lognormal", mean=0.05, spread=0.5), loss=0.5, duplicate=0.1)
    for one in range(5):
        for other in range(one):
            net.set_link(one, other, lossy)
    seen: list[tuple[int, list[tuple[bool, int | None]]]] = []
    net.run(rounds=1)
    deeds = [
        lambda: net.crash(4),
        lambda: net.cut(0, 1),
        lambda: net.misbehave(2, parse("garbage-partial:2")),
        lambda: net.restart(4),
        lambda: net.partition([0, 1], [2, 3]),
        lambda: net.heal(),
        lambda: net.misbehave(2, None),
        lambda: net.crash(3, lose_disk=True),
        lambda: net.restart(3),
        lambda: None,
    ]
    for deed in deeds:
        net.run(rounds=1)
        deed()
        for _ in range(4):
            net.run(until=net.now + 0.4)
            states = [(host.up, host.node.last.round or None if host.node.last else None) for host in net.hosts]
            seen.append((net.world.micros - net.journal.entries("network")[0].time * MICRO, states))
    return net, seen


def test_what_arrives_is_what_hosts_got_whatever_is_lost_late_or_broken_off() -> None:
    net = network().run(rounds=1)
    got: list[tuple[int, str, int]] = []

    def watched(host: Host) -> None:
        take = host.arrive

        def arrive(sender: str, envelope: Envelope) -> None:
            if host.up:
                got.append((net.world.micros, envelope.kind, host.name))
            take(sender, envelope)

        host.arrive = arrive  # type: ignore[method-assign]

    for host in net.hosts:
        watched(host)
        for other in range(host.name):
            net.set_link(host.name, other, Link(latency=Latency(mean=0.1), loss=0.6))
    start, begun = net.now, len(net.journal)
    for deed in (lambda: net.cut(0, 1), lambda: net.crash(2), lambda: net.partition([0, 3]), lambda: net.heal()):
        net.run(until=net.now + 3.7)
        deed()
    net.run(until=net.now + 700)
    timeline = Timeline(net.journal)
    copies = [copy for sent in timeline.sent if sent.time >= timeline.time_of(start) for copy in timeline.copies(sent)]
    taken = [copy for copy in copies if copy.fate == "arrives" and copy.arrives < timeline.end]
    origin = net.journal.entries("network")[0].time
    assert [e for e in net.journal.since(begun, "broken")], "some were broken off"
    assert timeline.reach < MICRO // 5 < MICRO < timeline.longest, (
        "the waits before a transmission are no part of its way"
    )
    late = [e.details["late"] for e in net.journal.since(begun, "sent") if "late" in e.details]
    assert late and all(micros > 0 for lates in late for micros in lates.values())
    wanted = sorted((micros - round(origin * MICRO), kind, name) for micros, kind, name in got)
    assert sorted((copy.arrives, copy.kind, copy.receiver) for copy in taken) == [
        one for one in wanted if one[0] < timeline.end
    ]


def test_the_state_of_every_node_is_what_its_host_was(eventful: tuple[Network, list]) -> None:
    net, seen = eventful
    timeline = Timeline(net.journal)
    for at, states in seen:
        told = [timeline.node(name, int(at) - 1) for name in timeline.nodes]
        # a node that is down, or that lost its disk, has no last round of its own
        assert [state.up for state in told] == [up for up, _ in states]
        for state, (up, last) in zip(told, states, strict=True):
            if up and state.phase == "member":
                assert state.last == last


def test_every_message_of_the_journal_has_its_fate(eventful: tuple[Network, list]) -> None:
    net, _ = eventful
    timeline = Timeline(net.journal)
    copies = [copy for sent in timeline.sent for copy in timeline.copies(sent)]
    wanted = sum(max(1, len(d)) for e in net.journal.since(0, "sent") for d in e.details["to"].values())
    assert len(copies) == wanted
    assert {copy.fate for copy in copies} == set(FATES)
    for copy in copies:
        assert (copy.arrives is None) == (copy.fate in ("lost", "cut"))
        assert copy.arrives is None or copy.arrives >= copy.departs
        if copy.fate == "cut":
            assert timeline.link(copy.sender, copy.receiver, copy.departs)[0]
        if copy.fate == "missed":
            assert copy.arrives is not None and not timeline.node(copy.receiver, copy.arrives - 1).up


@settings(max_examples=60)
@given(part=st.floats(0, 1))
def test_what_is_in_flight_has_left_and_not_arrived(eventful: tuple[Network, list], part: float) -> None:
    timeline = Timeline(eventful[0].journal)
    # most of the run is silence: look at moments close to when something was sent
    sent = timeline.sent[int(part * (len(timeline.sent) - 1))]
    at = sent.time + int(timeline.longest * part / 3)
    every = [copy for one in timeline.sent for copy in timeline.copies(one)]
    assert [m for m in timeline.in_flight(at) if m.arrives is not None] == [
        m for m in every if m.arrives is not None and m.departs <= at < m.arrives
    ]
    for m in timeline.in_flight(at):
        assert m.fate != "cut"
        assert m.departs <= at <= m.departs + timeline.longest


def test_reading_on_is_reading_at_once() -> None:
    net = network().run(rounds=2)
    timeline = Timeline(net.journal)
    assert timeline.update() == 0
    net.crash(1)
    net.run(rounds=2)
    assert timeline.update() > 0
    whole = Timeline(net.journal)
    assert timeline.sent == whole.sent
    assert timeline.events == whole.events
    assert [timeline.changes(name) for name in timeline.nodes] == [whole.changes(name) for name in whole.nodes]
    assert timeline.rounds == whole.rounds == [1, 2, 3, 4]
    assert timeline.newest == 4


def test_rounds_know_when_they_were_due_and_who_was_behind_them() -> None:
    net = network().run(rounds=3)
    net.crash(4)
    net.run(rounds=2)
    timeline, info = Timeline(net.journal), net.info
    assert info is not None
    for round in (1, 3, 5):
        due = timeline.due(round)
        assert due is not None
        assert due == timeline.time_of(info.round_time(round))
        assert timeline.round_at(due) == round
        assert timeline.round_at(due - 1) == round - 1
        story = timeline.round(round)
        signers = {name for _, name, _ in story.signed}
        assert signers == ({0, 1, 2, 3, 4} if round <= 3 else {0, 1, 2, 3})
        assert story.first is not None and story.first[0] == min(time for time, _, _ in story.stored)
        assert story.signature == net.beacons[round - 1].signature.hex()
        assert story.randomness == net.beacons[round - 1].randomness[:8].hex()
    assert timeline.head(timeline.end) == 5
    assert timeline.threshold(5) == 3


def test_the_words_for_a_node_follow_its_fate() -> None:
    net = network().run(rounds=2)
    net.crash(4)
    net.run(rounds=3)
    net.misbehave(0, parse("silent-partials:0"))
    net.cut(4, 0), net.cut(4, 1), net.cut(4, 2), net.cut(4, 3)
    net.restart(4)
    net.run(rounds=1)
    timeline = Timeline(net.journal)
    assert timeline.word(1, 0) == "none"
    genesis = timeline.genesis
    assert genesis is not None
    assert timeline.word(4, genesis + 1_000_000) == "good"
    assert timeline.word(4, timeline.due(4) or 0) == "down"
    assert [timeline.word(name, timeline.end) for name in timeline.nodes] == ["false", "good", "good", "good", "behind"]
    assert {timeline.word(name, at) for name in timeline.nodes for at in (0, timeline.end)} <= set(WORDS)
    assert set(timeline.links(timeline.end)) == {(a, 4) for a in range(4)} | {(4, a) for a in range(4)}


def test_a_resharing_brings_nodes_and_lets_others_go() -> None:
    net = network().run(rounds=2)
    net.reshare(threshold=3, remaining=[0, 1, 2, 3], joining=1)
    net.run(rounds=40)
    timeline = Timeline(net.journal)
    assert timeline.nodes == (0, 1, 2, 3, 4, 5)
    assert timeline.word(4, timeline.end) == "left"
    assert timeline.word(5, timeline.end) == "good"
    assert timeline.node(5, 0).last is None
    said = " ".join(event.said for event in timeline.events)
    assert "A resharing begins: nodes 0, 1, 2, 3, 5, threshold 3." in said
    assert "Node 4 is not in the group any more." in said


def test_events_are_in_order_and_say_what_happened(eventful: tuple[Network, list]) -> None:
    timeline = Timeline(eventful[0].journal)
    assert all(one.time <= other.time for one, other in pairwise(timeline.events))
    said = {event.said for event in timeline.events}
    for sentence in (
        "Node 4 crashes.",
        "Node 3 crashes and loses its disk.",
        "Link 0–1 is cut.",
        "The network parts: 0, 1 | 2, 3 | 4.",
        "All links are mended.",
        "Node 2 misbehaves: garbage-partial:2.",
        "Node 2 is honest again.",
        "Node 0 signs round 1.",
        "Node 0 stores round 1, by partials.",
    ):
        assert sentence in said
    assert any(event.said.startswith("Node 0 refuses a partial") for event in timeline.events)
    assert all(event.said for event in timeline.events)
    assert timeline.said(0, timeline.end + 1) == timeline.events
    middle = timeline.events[len(timeline.events) // 2].time
    assert timeline.said(0, middle) + timeline.said(middle, timeline.end + 1) == timeline.events


def test_every_kind_of_message_has_a_group(eventful: tuple[Network, list]) -> None:
    assert {sent.kind for sent in Timeline(eventful[0].journal).sent} <= set(GROUPS)


def test_a_summary_has_rounds_and_no_messages() -> None:
    timeline = Timeline(network(detail="summary").run(rounds=3).journal)
    assert timeline.sent == []
    assert timeline.rounds == [1, 2, 3]
    assert timeline.word(0, timeline.end) == "good"


@pytest.mark.parametrize(
    ("journal", "sentence"),
    [
        (lambda: None, "journal: expected the journal of a network, got a NoneType"),
        (Journal, "got an empty one"),
        (lambda: generate_key(3, backend="glass").journal, "journal: expected the journal of a network, got one that"),
    ],
)
def test_what_is_no_journal_of_a_network_is_refused(journal, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LocalError, match=sentence):
        Timeline(journal())


@pytest.mark.parametrize(
    ("node", "kind", "details"),
    [
        (9, "crash", {"disk": "kept"}),
        (None, "crash", {"disk": "kept"}),
        (None, "stored", {"round": 1, "beacon": "00", "by": "sync"}),
        (7, "clock", {"offset": 0, "drift": 0}),
    ],
)
def test_an_entry_that_cannot_be_one_is_named(node: int | None, kind: str, details: dict[str, object]) -> None:
    journal = Journal.from_jsonl(network().journal.to_jsonl())
    journal.write(1_700_000_001, node, kind, **details)
    with pytest.raises(FormatError, match=rf"journal, line {len(journal)}: no '{kind}' entry of a network"):
        Timeline(journal)


@pytest.mark.parametrize("name", [5, -1, "0", None])
def test_a_node_or_round_that_is_not_there_is_refused(name: object) -> None:
    timeline = Timeline(network().run(rounds=1).journal)
    with pytest.raises(LocalError, match="node: there is no node"):
        timeline.node(name, 0)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match=r"round: the journal has no round .*; there are 1 to 1"):
        timeline.round(name)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="there is none yet"):
        Timeline(network().journal).round(1)
