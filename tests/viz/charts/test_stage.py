"""The pictures of a network: each node, message and round where the journal has it, one picture on every machine."""

from __future__ import annotations

import math
from collections import Counter
from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.misbehaviour.running import parse
from drandlab.simulation.network import Network
from drandlab.simulation.reading.lamport import HAPPENINGS, SpaceTime
from drandlab.simulation.reading.moments import GROUPS, WORDS
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.world.links import Link
from drandlab.viz.charts.spacetime import EVENT_MARKS, lamport
from drandlab.viz.charts.stage import LOOKS, MARKS, listing, network_stage, ring
from drandlab.viz.charts.strip import HOWS, blocks, chain_strip, how
from drandlab.viz.theme import DARK, LIGHT, contrast


def faulty(scheme: str = "bls-unchained-g1-rfc9380", **more: object) -> Timeline:
    net = Network(5, 3, seed=1, backend="glass", scheme=scheme, **more)  # type: ignore[arg-type]
    net.run(rounds=3)
    net.crash(4)
    net.cut(0, 1)
    net.set_link(2, 3, Link(slow=3))
    net.misbehave(2, parse("garbage-partial:2"))
    net.run(rounds=3)
    net.restart(4)
    net.run(rounds=2)
    return Timeline(net.journal)


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return faulty()


def test_the_ring_is_a_circle_that_begins_at_the_top() -> None:
    places = ring(range(7))
    assert places[0] == (0, 1)
    assert places[1][0] > 0
    assert all(math.hypot(*place) == pytest.approx(1, abs=1e-5) for place in places.values())
    assert len(set(places.values())) == 7


@pytest.mark.parametrize("after", [0.0, 0.01, 0.02, 1.0])
@pytest.mark.parametrize("round", [1, 4, 7])
def test_every_node_and_message_is_drawn_with_its_look(timeline: Timeline, round: int, after: float) -> None:
    due = timeline.due(round)
    assert due is not None
    at = due + int(after * 1e6)
    chart = network_stage(timeline, at / 1e6)
    drawn = {trace.name: trace for trace in chart.figure.data if trace.mode == "markers"}
    place = ring(timeline.nodes)
    for name in timeline.nodes:
        trace = drawn[WORDS[timeline.word(name, at)]]
        assert place[name] in list(zip(trace.x, trace.y, strict=True))
    flight = Counter(GROUPS[m.kind] for m in timeline.in_flight(at))
    assert {name: len(trace.x) for name, trace in drawn.items() if name in LOOKS} == dict(flight)
    for name in flight:
        assert all(math.hypot(x, y) < 1 for x, y in zip(drawn[name].x, drawn[name].y, strict=True))
    assert chart.table["state"] == [WORDS[timeline.word(name, at)] for name in timeline.nodes]
    assert sum(chart.table["messages to it"]) == sum(flight.values())


def test_no_two_looks_share_a_shape_and_all_are_readable() -> None:
    assert set(MARKS) == set(WORDS)
    assert set(LOOKS) == set(GROUPS.values())
    assert set(EVENT_MARKS) == set(HAPPENINGS)
    for looks in (LOOKS, HOWS, {name: (symbol, colour) for name, (symbol, _, colour) in EVENT_MARKS.items()}):
        assert len({symbol for symbol, _ in looks.values()}) == len(looks)
        assert all(contrast(colour, paper) >= 3 for _, colour in looks.values() for paper in (LIGHT, DARK))
    # two states share the circle: a node that is up has a round beside it, one without a share none
    assert len({symbol for symbol, _ in MARKS.values()}) == len(MARKS) - 1


def test_the_sentence_says_what_is_to_be_seen(timeline: Timeline) -> None:
    due = timeline.due(6)
    assert due is not None
    alt = network_stage(timeline, due / 1e6 + 1).alt
    assert alt == (
        "After 50.0 s: round 6 was due 1.0 s ago; threshold 3. Node 0 is behind, at round 3. Node 1 is up, at round 5. "
        "Node 2 is misbehaving, at round 5. Node 3 is up, at round 4. Node 4 is down, at round 3. Link 0–1 is cut. "
        "Link 2–3 is slow. Nothing is on its way."
    )
    first = network_stage(Timeline(Network(5, 3, seed=1, backend="glass").journal), 0).alt
    assert "there is no chain yet; threshold 3. Nodes 0 to 4 are without a share, without a beacon." in first
    assert "round 1 is due in" in network_stage(timeline, 33).alt
    assert network_stage(timeline).alt.startswith(f"After {timeline.end / 1e6:.1f} s")


def test_cut_and_slow_links_have_their_own_lines(timeline: Timeline) -> None:
    traces = {trace.name: trace for trace in network_stage(timeline).figure.data if trace.mode == "lines"}
    assert len(traces["cut link"].x) == len(traces["slow link"].x) == 3
    assert traces["cut link"].line.dash != traces["slow link"].line.dash
    assert len(traces[None].x) == 3 * 8


@pytest.mark.parametrize("at", [-1, math.nan, math.inf, "now", True, [1]])
def test_what_is_no_moment_is_refused(timeline: Timeline, at: object) -> None:
    with pytest.raises(LocalError, match="at: expected seconds since the world began, from 0 to 1"):
        network_stage(timeline, at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), ([3], "3"), ([1, 0], "0, 1"), ([0, 1, 2, 5, 6], "0 to 2, 5, 6")]
)
def test_names_are_listed_in_runs(names: list[int], words: str) -> None:
    assert listing(names) == words


# -- the strip --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "dash"), [("pedersen-bls-chained", "solid"), ("bls-unchained-g1-rfc9380", "dot")])
def test_every_part_of_every_node_is_in_the_strip(scheme: str, dash: str) -> None:
    timeline = faulty(scheme)
    chart = chain_strip(timeline)
    marks = {
        (x, -1 - y): trace.name
        for trace in chart.figure.data
        if trace.mode == "markers" and trace.name in HOWS
        for x, y in zip(trace.x, trace.y, strict=True)
    }
    assert marks == {(r, n): how(timeline.round(r), n) for r in range(1, 9) for n in range(5)}
    assert marks[1, 0] == "signed and stored"
    assert marks[5, 4] == "stored by sync"
    [link] = [trace for trace in chart.figure.data if trace.mode == "lines"]
    assert link.line.dash == dash
    assert chart.table["round"] == list(range(1, 9))


def test_a_round_that_never_came_is_said() -> None:
    net = Network(4, 3, seed=1, backend="glass").run(rounds=2)
    net.crash(0), net.crash(1)
    net.run(rounds=2)
    timeline = Timeline(net.journal)
    chart = chain_strip(timeline)
    assert chart.alt == "Rounds 1 to 4, unchained: 2 have a beacon. None yet: 3, 4. Each was signed by 0 to 4 nodes."
    assert how(blocks(timeline)[-1], 2) == "nothing"
    assert any(how(story, 2) == "signed only" for story in blocks(timeline))


def test_a_summary_does_not_say_who_signed() -> None:
    chart = chain_strip(Timeline(Network(4, 3, backend="glass", detail="summary").run(rounds=2).journal), 2)
    assert chart.alt.endswith("1 has a beacon. The journal is a summary: it does not say who signed.")


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (0, None, "first: expected a round from 1 to 8, got 0"),
        (None, 9, "last: expected a round from 1 to 8, got 9"),
        (5, 4, "first: expected a round from 1 to 4, got 5"),
        (True, None, "first: expected a round from 1 to 8, got True"),
        ("1", None, "first: expected a round"),
    ],
)
def test_rounds_that_are_not_there_are_refused(timeline: Timeline, first: object, last: object, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        chain_strip(timeline, first, last)  # type: ignore[arg-type]


def test_too_many_rounds_and_none_are_refused() -> None:
    net = Network(2, 2, backend="glass", detail="summary").run(rounds=201)
    with pytest.raises(LocalError, match="first: expected a round from 2 to 201, got 1"):
        blocks(Timeline(net.journal), 1)
    with pytest.raises(LocalError, match="there is no round yet"):
        chain_strip(Timeline(Network(3, 2, backend="glass").journal))


# -- space and time ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["time", "order"])
@pytest.mark.parametrize("round", [1, 5, 7])
def test_every_event_stands_on_the_line_of_its_node(timeline: Timeline, round: int, by: str) -> None:
    chart, view = lamport(timeline, round, by=by), SpaceTime(timeline, round)
    spots = Counter(
        (trace.name, x, -y)
        for trace in chart.figure.data
        if "markers" in trace.mode
        for x, y in zip(trace.x, trace.y, strict=True)
    )
    where = [(e.time - view.due) / 1000 if by == "time" else i + 1 for i, e in enumerate(view.events)]
    assert spots == Counter((HAPPENINGS[e.kind], x, e.node) for e, x in zip(view.events, where, strict=True))
    assert chart.table["clock"] == [event.clock for event in view.events]
    lines = sum(len(trace.x) for trace in chart.figure.data if trace.mode == "lines")
    assert lines == 3 * len(view.arrows)


def test_a_round_that_takes_long_is_drawn_by_order(timeline: Timeline) -> None:
    assert lamport(timeline, 5).figure.layout.xaxis.title.text == "events in order"
    assert lamport(timeline, 2).figure.layout.xaxis.title.text == "milliseconds after the round was due"
    for by in ("size", "", 1):
        with pytest.raises(LocalError, match="by: expected one of time, order, got"):
            lamport(timeline, 2, by=by)  # type: ignore[arg-type]


# -- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [network_stage, chain_strip, lambda timeline: lamport(timeline, 4)])
def test_the_picture_is_a_small_valid_svg_and_always_the_same(draw) -> None:  # type: ignore[no-untyped-def]
    one, two = (draw(faulty()) for _ in range(2))
    assert one.to_svg() == two.to_svg()
    root = ElementTree.fromstring(one.to_svg())
    assert root.attrib["aria-label"] == one.alt
    assert len(one.to_svg()) < 40_000


def test_a_large_network_still_fits() -> None:
    net = Network(23, 12, seed=1, backend="glass").run(rounds=1)
    timeline = Timeline(net.journal)
    due = timeline.due(1)
    assert due is not None
    chart = network_stage(timeline, due / 1e6 + 0.01)
    assert max(chart.table["messages to it"]) > 10
    assert len(chart.to_svg()) < 60_000


def test_of_many_nodes_the_messages_are_a_faint_ground() -> None:
    few, many = (lamport(Timeline(Network(n, n // 2 + 1, backend="glass").run(rounds=1).journal), 1) for n in (4, 14))
    [dense], [plain] = ([t for t in chart.figure.data if t.name == "partial on its way"] for chart in (many, few))
    assert (plain.opacity, plain.line.width) == (0.7, 1.1)
    assert dense.opacity < 0.3 and dense.line.width < 1
