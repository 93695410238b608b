"""The figures of a bridge, from a journal written by hand."""

from __future__ import annotations

import pytest
from bridge_journals import GENESIS, SLOT, block, bridge_journal, changed, final, instead, said, same

import drandlab as dl
from drandlab.errors import LocalError, WrongType
from drandlab.idn.collator.collator_effects import BlockAuthored
from drandlab.simulation.bridge.bridge_entries import (
    CollatorCrashed,
    CollatorMisbehaviour,
    CollatorRestarted,
    SubmissionFailed,
)
from drandlab.simulation.journal import Journal
from drandlab.simulation.reading.bridge.bridge_story import Quantiles, bridge_of
from drandlab.simulation.reading.summary import summarize


def test_each_figure_of_a_quiet_run() -> None:
    found = bridge_of(bridge_journal()).to_dict()
    assert found["blocks"] == {"made": 4, "final": 4} and found["slots"] == {"all": 4, "missed": 0}
    assert found["rounds"] == {"first": 1, "last": 8, "ingested": 8, "skipped": 0, "failed": {}}
    # block 1 stands in the slot after that of genesis: round 1 is due at genesis, round 2 three seconds later
    first = (SLOT + 1) * 6 - GENESIS
    marks = {"p5": first - 3, "p25": first - 3, "p50": first - 3, "p75": first, "p95": first, "max": first}
    assert found["latency"]["to_block"] == {"count": 8, **marks}
    assert found["latency"]["to_final"]["max"] == pytest.approx(first + 0.2)
    assert [one["authored"] for one in found["collators"]] == [1, 1, 1, 1]
    assert found["beacon_bytes"] == 8 * 48


def test_empty_slots_count_against_their_authors_until_the_end_of_the_run() -> None:
    late = instead(BlockAuthored, 4, changed(slot=SLOT + 6, author=(SLOT + 6) % 4))
    found = bridge_of(bridge_journal(of=late), until=(SLOT + 8) * 6.0)
    assert (found.slots, found.missed) == (8, 4)
    empty = [(SLOT + number) % 4 for number in (4, 5, 7, 8)]
    assert [one.missed for one in found.collators] == [empty.count(index) for index in range(4)]


def test_a_block_that_no_honest_collator_finalises_is_made_and_no_more() -> None:
    lies = said(1, CollatorMisbehaviour(what="lying"))
    fork = said(1, block(4, hash=b"fork", author=1))
    ends = said(1, final(9, b"fork"))
    failed = said(1, SubmissionFailed(hash=b"fork", number=4, error="StartExpired"))
    found = bridge_of(bridge_journal(of=instead(BlockAuthored, 4, lies, fork, failed, ends, same)))
    assert (found.made, found.blocks, found.failed) == (5, 4, {})
    assert [one.misbehaved for one in found.collators] == [False, True, False, False]


def test_failures_crashes_and_the_time_down() -> None:
    failed = said(0, SubmissionFailed(hash=b"block3", number=3, error="StartExpired"))
    crashed = said(2, CollatorCrashed(disk="kept"))
    back = said(2, CollatorRestarted(number=3, finalised=2), 0.05)
    found = bridge_of(bridge_journal(of=instead(BlockAuthored, 3, same, failed, crashed, back)))
    assert found.failed == {"StartExpired": 1}
    assert (found.collators[2].crashes, found.collators[2].down) == (1, pytest.approx(0.05))


def test_a_journal_without_a_bridge_is_refused() -> None:
    with pytest.raises(LocalError, match="journal: expected that of a bridge"):
        bridge_of(Journal())
    with pytest.raises(WrongType, match="expected a journal, got a list"):
        bridge_of([])  # type: ignore[arg-type]


def test_no_latencies_have_no_percentiles() -> None:
    assert Quantiles.of(()).to_dict() == {"count": 0, **dict.fromkeys(("p5", "p25", "p50", "p75", "p95", "max"))}


def test_collators_are_no_nodes_of_a_drand_network() -> None:
    net = dl.Network(3, 2, backend="glass").run(rounds=1)
    for entry in bridge_journal(beacons=False):
        net.journal.write(entry.time, entry.node, entry.what)
    assert [node.node for node in summarize(net.journal).nodes] == [0, 1, 2]
