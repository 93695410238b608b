"""What a run came to: counts and latencies on a journal made by hand, and laws on those of whole networks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.summary import Latencies, summarize
from drandlab.simulation.scenario.scenario import load

INFO = Network(2, 2, backend="glass", period=10, start=1000).run(rounds=0).info
assert INFO is not None
GENESIS = INFO.genesis_time
HEADER = Network(2, 2, backend="glass", period=10, start=1000).journal.entries("network")[0].details


def journal(*entries: tuple, detail: str = "full") -> Journal:
    """Entries as (seconds after genesis, node, kind, details), after those with which every network begins."""
    made = Journal()
    made.write(GENESIS - 9, None, "network", **dict(HEADER) | {"detail": detail})
    for name in (0, 1):
        made.write(GENESIS - 9, name, "start", address=f"node{name}", key=b"")
        made.write(GENESIS - 1, name, "chain", hash=INFO.chain_hash, info=INFO.to_dict(2))
    for time, node, kind, details in entries:
        made.write(GENESIS + time, node, kind, **details)
    return made


def stored(time: float, node: int, number: int, by: str = "partials") -> tuple:
    return time, node, "stored", {"round": number, "beacon": "00", "by": by}


def beacon(time: float, node: int, number: int) -> tuple:
    return time, node, "beacon", {"round": number, "signature": b"", "previous_signature": b""}


def test_what_each_node_did_is_counted() -> None:
    found = summarize(
        journal(
            (0, 0, "partial", {"round": 1, "index": 0}),
            (0, 1, "partial", {"round": 1, "index": 1}),
            beacon(0.25, 0, 1),
            stored(0.25, 0, 1),
            stored(0.5, 1, 1),
            (1, 1, "crash", {"disk": "kept"}),
            (10, 0, "partial", {"round": 2, "index": 0}),
            (20, 0, "partial", {"round": 2, "index": 0}),
            (21, 1, "restart", {"round": 1}),
            (21.5, 1, "refused", {"what": "partial", "why": "false", "sender": "node0"}),
            (21.5, 1, "refused", {"what": "partial", "why": "false", "sender": "a stranger"}),
            (22, 1, "store failed", {"round": 2, "why": "full"}),
            beacon(23, 0, 2),
            stored(23, 0, 2),
            stored(24, 1, 2, "sync"),
            stored(25, 1, 1, "repair"),
            (26, 0, "crash", {"disk": "lost"}),
        ),
        GENESIS + 30,
    )
    zero, one = found.nodes
    assert (zero.node, zero.signed, zero.stored) == (0, 2, {"partials": 2, "sync": 0, "repair": 0})
    assert (one.node, one.signed, one.stored) == (1, 1, {"partials": 1, "sync": 1, "repair": 1})
    assert (zero.refused, zero.was_refused, one.refused, one.was_refused) == (0, 1, 2, 0)
    assert (zero.crashes, zero.down, one.crashes, one.down) == (1, 4, 1, 20)
    assert (zero.first, zero.last, one.first, one.last, one.store_failed) == (1, 2, 1, 2, 1)
    assert one.latency == Latencies(count=2, median=0.5, p95=14, max=14)
    assert found.latency_first == Latencies(count=2, median=0.25, p95=13, max=13)
    assert found.latency_stored == Latencies(count=4, median=0.5, p95=14, max=14)
    assert (found.rounds, found.due, found.first, found.last, found.halted) == (2, 4, 1, 2, 12.75)


def test_a_run_ends_with_its_last_event_unless_it_is_said_when() -> None:
    entries = (beacon(0.25, 0, 1), (1, 1, "crash", {"disk": "kept"}), stored(11, 0, 1))
    assert (summarize(journal(*entries)).nodes[1].down, summarize(journal(*entries)).due) == (10, 2)
    assert summarize(journal(*entries), GENESIS + 61).nodes[1].down == 60


def test_a_network_without_beacons_has_no_latencies() -> None:
    found = summarize(journal())
    assert (found.rounds, found.due, found.first, found.last, found.halted) == (0, 0, None, None, 0)
    assert found.latency_first == found.nodes[0].latency == Latencies(count=0, median=None, p95=None, max=None)
    assert [node.signed for node in found.nodes] == [0, 0]


def test_a_network_without_a_key_is_summed_up_too() -> None:
    made = Journal()
    made.write(5, None, "network", **HEADER)
    made.write(5, 0, "start", address="node0", key=b"")
    made.write(9, 0, "set-up failed", why="nobody came")
    found = summarize(made)
    assert (found.info, found.to_dict()["chain_hash"], len(found.nodes)) == (None, None, 1)


@pytest.mark.parametrize("lines", ["", '{"kind":"tick","node":1,"phase":"deal","time":0}'])
def test_a_journal_of_something_else_is_refused(lines: str) -> None:
    with pytest.raises(LocalError, match="expected that of a network"):
        summarize(Journal.from_jsonl(lines))


def test_a_summary_does_not_say_who_signed() -> None:
    assert {node.signed for node in summarize(journal(detail="summary")).nodes} == {None}


def test_the_journal_is_all_it_needs() -> None:
    net = load("specification-catch-up").start(backend="glass").run(rounds=6)
    saved = Journal.from_jsonl(net.journal.to_jsonl())
    assert summarize(saved).to_dict() == summarize(net.journal).to_dict()
    assert summarize(saved).journal_digest == net.journal.digest()


def test_numbers_of_a_whole_network_agree_with_each_other() -> None:
    net = load("reshare-under-load").start(backend="glass").run(rounds=60)
    found = summarize(net.journal, net.now)
    assert (found.rounds, found.due, found.last) == (60, 60, 60)
    assert sum(sum(node.stored.values()) for node in found.nodes) == found.latency_stored.count
    assert sum(node.latency.count for node in found.nodes) == found.latency_stored.count
    assert max(node.latency.max or 0 for node in found.nodes) == found.latency_stored.max
    for node in found.nodes:
        assert sum(node.stored.values()) == 1 + (node.last or 0) - (node.first or 0)


@given(st.lists(st.floats(-10, 1e6), min_size=1))
def test_percentiles_are_values_that_occurred_and_as_many_lie_below(values: list[float]) -> None:
    found = Latencies.of(values)
    rounded = [round(value, 6) for value in values]
    assert found.count == len(values)
    assert found.max == max(rounded)
    for percentile, part in ((found.median, 50), (found.p95, 95)):
        assert percentile in rounded
        below = sum(value <= percentile for value in rounded)
        assert 100 * below >= part * len(values)
        assert 100 * sum(value < percentile for value in rounded) < part * len(values)


def test_what_is_no_journal_is_refused() -> None:
    with pytest.raises(LocalError, match="journal: expected a journal, got a int"):
        summarize(3)  # type: ignore[arg-type]
