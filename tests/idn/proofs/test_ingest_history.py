"""The history of what was ingested: leaves that tile the rounds, and the value that the state holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError
from drandlab.idn.proofs.ingest_history import Ingest, IngestHistory
from drandlab.idn.proofs.mountain_range import Peaks

SIGNATURE = bytes(range(48))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), min_size=1, max_size=20), st.integers(1, 1000))
def test_the_leaves_tile_the_rounds(steps: list[tuple[int, int]], first: int) -> None:
    history, leaves, at = IngestHistory(), [], first
    for gap, more in steps:
        start = at if not leaves else at + gap
        leaves.append(history.following(start, start + more, SIGNATURE))
        history = history.append(start, start + more, SIGNATURE)
        at = start + more + 1
    assert (history.first, history.next) == (first, at)
    for round in range(first, at):
        assert sum(leaf.observes(round) or leaf.skips(round) for leaf in leaves) == 1
    assert not any(leaf.observes(round) or leaf.skips(round) for leaf in leaves for round in (first - 1, at))
    assert IngestHistory.from_scale(history.to_scale()) == history
    assert [Ingest.from_scale(leaf.to_scale()) for leaf in leaves] == leaves
    assert {len(leaf.to_scale()) for leaf in leaves} == {72}


def test_rounds_that_are_past_are_refused() -> None:
    history = IngestHistory().append(1000, 1003, SIGNATURE)
    for start in (999, 1003):
        with pytest.raises(LocalError, match="start: must not be before round 1004"):
            history.append(start, 1005, SIGNATURE)
    with pytest.raises(LocalError, match="end"):
        history.append(1005, 1004, SIGNATURE)
    with pytest.raises(LocalError, match="expected 48 bytes"):
        history.append(1005, 1005, SIGNATURE[1:])


def test_bytes_that_are_no_history_are_refused() -> None:
    written = IngestHistory().append(1000, 1003, SIGNATURE).to_scale()
    for wrong in (b"", written[:-1], written + b"\0", written[:16] + b"\x03" + written[17:]):
        with pytest.raises(FormatError):
            IngestHistory.from_scale(wrong)


def test_an_empty_history() -> None:
    assert (
        IngestHistory.from_scale(IngestHistory().to_scale())
        == IngestHistory()
        == IngestHistory(first=0, next=0, peaks=Peaks())
    )
