"""The rule of messages on journals that were changed: what is lost, doubled, changed or overtaken is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drandlab.records import Record
from drandlab.simulation.chain_fuzz.message_rules import MessagesInOrder
from drandlab.simulation.chains.chain_entries import XcmArrived, XcmExecuted
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import load_chain
from drandlab.simulation.checkers.verdict import Verdict, judge
from drandlab.simulation.journal import Journal
from drandlab.simulation.reading.reader import JournalReader

JOURNAL = ChainRun(load_chain("slow-consumer"), backend="glass").run(12).journal


def judged(change: Callable[[int, Record], list[Record]]) -> Verdict:
    """The verdict where ``change`` is made to the entries of one kind, counted from 0."""
    found, seen = Journal(), 0
    for entry in JOURNAL:
        is_one = isinstance(entry.what, XcmArrived | XcmExecuted)
        for what in change(seen, entry.what) if is_one else [entry.what]:
            found.write(entry.time, entry.node, what)
        seen += is_one
    [verdict] = judge(found, JournalReader(), [MessagesInOrder()])
    return verdict


def test_an_honest_journal_breaks_none() -> None:
    verdict = judged(lambda seen, what: [what])
    assert verdict.ok and verdict.checked > 10


def changed(what: Record) -> Record:
    return replace(what, wire=what.wire + b"\0") if isinstance(what, XcmArrived) else replace(what, id=bytes(32))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "change",
    [
        lambda seen, what: [] if seen == 0 else [what],  # the first one is lost
        lambda seen, what: [what, what] if isinstance(what, XcmArrived) else [what],
        lambda seen, what: [what, what] if isinstance(what, XcmExecuted) else [what],
        lambda seen, what: [changed(what)] if isinstance(what, XcmArrived) else [what],
        lambda seen, what: [changed(what)] if isinstance(what, XcmExecuted) else [what],
        lambda seen, what: [replace(what, sibling=2000)] if isinstance(what, XcmArrived) else [what],
    ],
)
def test_each_lie_is_found(change: Callable[[int, Record], list[Record]]) -> None:
    assert not judged(change).ok
