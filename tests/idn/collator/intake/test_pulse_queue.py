"""The queue as the real node has it, with its losses; and the repair."""

from __future__ import annotations

import pytest
from collator_loop import beacon

from drandlab.beacon.beacon import Beacon
from drandlab.errors import LocalError, WrongType
from drandlab.idn.collator.collator_effects import Noted, PulseLost, PulseQueued
from drandlab.idn.collator.intake.pulse_queue import CAPACITIES, PulseQueue


def lost(reports: list[Noted]) -> list[tuple[int, str]]:
    return [(note.what.round, note.what.code) for note in reports if isinstance(note.what, PulseLost)]


def filled(queue: PulseQueue, *rounds: int) -> list[Noted]:
    return [note for round in rounds for note in queue.put(beacon(round))]


def test_reading_leaves_pulses_and_taking_consumes_them() -> None:
    queue = PulseQueue()
    reports = filled(queue, 1, 2, 3)
    assert [note.what for note in reports if isinstance(note.what, PulseQueued)][-1].held == 3
    assert [one.round for one in queue.read()] == [1, 2, 3] and len(queue) == 3
    assert [one.round for one in queue.take(2)] == [1, 2]
    assert [one.round for one in queue.read()] == [3]
    assert queue.take(0) == [] and [one.round for one in queue.take(9)] == [3] and queue.take(1) == []


def test_a_queue_of_capacity_one_keeps_the_newest() -> None:
    queue = PulseQueue(1)
    assert lost(filled(queue, 7, 8)) == [(7, "queue-full")]
    assert [one.round for one in queue.read()] == [8]


def test_when_it_is_full_the_oldest_makes_room() -> None:
    queue = PulseQueue(3)
    assert lost(filled(queue, *range(1, 7))) == [(1, "queue-full"), (2, "queue-full"), (3, "queue-full")]
    assert [one.round for one in queue.read()] == [4, 5, 6]
    assert CAPACITIES == {"first": 20, "second": 6, "today": 100}
    assert PulseQueue().capacity == 100


def test_nothing_is_checked_by_default() -> None:
    queue = PulseQueue()
    assert lost(filled(queue, 5, 5, 4, 9)) == []
    assert [one.round for one in queue.read()] == [5, 5, 4, 9]


def test_junk_drives_true_pulses_out() -> None:
    queue = PulseQueue(10)
    filled(queue, 1, 2)
    for number in range(10):
        queue.put(Beacon(round=10**9 + number, signature=b"\xff" * 48))
    assert all(one.round >= 10**9 for one in queue.read())


def test_verified_at_ingress_and_keyed_by_round_junk_does_nothing() -> None:
    queue = PulseQueue(10, verify=lambda one: one.signature == beacon(one.round).signature)
    assert lost(filled(queue, 1, 2)) == []
    for number in range(10):
        reports = queue.put(Beacon(round=10**9 + number, signature=b"\xff" * 48))
        assert lost(reports) == [(10**9 + number, "pulse-invalid")]
    assert lost(queue.put(beacon(2))) == [(2, "pulse-repeated")]
    assert lost(queue.put(Beacon(round=2, signature=b"\xff" * 48))) == [(2, "pulse-repeated")]
    assert [one.round for one in queue.read()] == [1, 2]


def test_what_may_not_come_in() -> None:
    queue = PulseQueue()
    for signature in (b"", bytes(47), bytes(96)):
        with pytest.raises(LocalError):
            queue.put(Beacon(round=1, signature=signature))
    with pytest.raises(WrongType):
        queue.put(b"a beacon")  # type: ignore[arg-type]
    for capacity in (0, -1):
        with pytest.raises(LocalError):
            PulseQueue(capacity)
    with pytest.raises(LocalError):
        queue.take(-1)
    assert len(queue) == 0
