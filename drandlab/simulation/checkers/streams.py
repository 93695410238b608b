"""The checkers of synchronisation: streams are opened and closed one after the other, and hold what was asked for.

* **streams**: before a reader opens the next stream, or says that its synchronisation is over, it has closed the one
  before, unless the server has; it says that nobody has what it wants only when it has asked every member; and while
  it is behind the clock and stores nothing, it closes a stream after at most four periods;
* **serving**: what an honest server sends on a stream begins with the round asked for and goes on without gaps.

The name of a stream says who reads it: the synchronisation or the repair.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.beacon.machines.effects import StreamId, StreamReader
from drandlab.node.messages import KINDS, NodePart
from drandlab.node.reports import StoreFailed, SyncEnded
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import BeaconStored, ClockSet, HostCrashed, MessageLost, MessageSent
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts, NodeFacts
from drandlab.simulation.reading.reader import on
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, Seconds

__all__ = ["Serving", "Streams"]

PATIENCE = 4
"""Periods that a reader waits at most: two, up to the next tick, and one more for its clock."""

OPENING = KINDS.names(lambda kind: kind.part is NodePart.SERVE)
ITEMS = KINDS.names(lambda kind: kind.ordered and kind.round_of is not None)
TURNS = KINDS.names(lambda kind: kind.ordered) - ITEMS
"""Kinds of messages that open a stream, that are items of one, that open or close one."""


def stream_of(what: MessageSent) -> StreamId | None:
    """Return the stream that a message belongs to."""
    return StreamId.of(what.about.get("stream")) if what.about else None


class Streams(Base[Facts]):
    """A reader closes each stream that it has opened before it goes on."""

    def __init__(self) -> None:
        super().__init__("streams")
        self._open: dict[tuple[int, StreamReader], tuple[int, StreamId]] = {}
        self._tried: dict[int, tuple[frozenset[int], set[int]]] = {}
        self._failed: dict[int, Seconds] = {}
        self._waits_since: dict[int, Seconds] = {}
        """By the clock of a node that reads a stream: when it has opened it, or stored last."""

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """What a node stores is of use, wherever it comes from."""
        if entry.node in self._waits_since:
            self._waits_since[entry.node] = facts.node(entry.node).clock(entry.time)

    @on(ClockSet)
    def clock_set(self, entry: Entry, what: ClockSet, facts: Facts) -> None:
        """A clock that is set moves the time until which its node is patient, at most to the latest it has shown."""
        if entry.node in self._waits_since:
            node, since = facts.node(entry.node), self._waits_since[entry.node]
            self._waits_since[entry.node] = max(since, node.clock(entry.time), entry.time + what.offset)

    @on(StoreFailed)
    def failed(self, entry: Entry, what: StoreFailed, facts: Facts) -> None:
        """A node that cannot store gives up at once."""
        assert entry.node is not None
        self._failed[entry.node] = entry.time

    @on(MessageSent)
    def sent(self, entry: Entry, what: MessageSent, facts: Facts) -> None:
        """Follow what opens and closes streams."""
        if entry.node in self._waits_since:
            self._judge_patience(entry.time, facts.node(entry.node), facts)
        stream = stream_of(what)
        if what.message not in TURNS or stream is None or entry.node is None:
            return
        if len(what.to) != 1 or facts.node(entry.node).misbehaved:
            return
        [other] = what.to
        if what.message == "end":
            if self._open.get((other, stream.reader)) == (entry.node, stream):
                self._close(other, stream.reader)
            return
        key = entry.node, stream.reader
        if what.message == "cancel":
            if self._open.get(key) == (other, stream):
                self._close(*key)
            return
        held = self._open.get(key)
        self._open[key] = other, stream
        if key[1] == StreamReader.SYNC:
            if entry.node not in self._tried:
                self._tried[entry.node] = _members(facts.node(entry.node)) - {entry.node}, set()
            self._tried[entry.node][1].add(other)
            self._waits_since[entry.node] = facts.node(entry.node).clock(entry.time)
        self.checked += 1
        if held is not None and not facts.node(held[0]).misbehaved:
            self.blame(entry.time, entry.node, f"opened stream {stream} while {held[1]} was open")

    def _close(self, node: int, reader: StreamReader) -> tuple[int, StreamId] | None:
        """Return the stream that a reader has had open, and have it closed."""
        if reader == StreamReader.SYNC:
            self._waits_since.pop(node, None)
        return self._open.pop((node, reader), None)

    def _judge_patience(self, time: Seconds, node: NodeFacts, facts: Facts) -> None:
        now, since, period = node.clock(time), self._waits_since[node.name], facts.period
        if now - since <= PATIENCE * period or facts.info is None or node.misbehaved or node.last_round is not None:
            return
        if node.last + 1 < facts.info.round_at(now - 2 * period):  # it was behind at the last two ticks
            stream = self._open[node.name, StreamReader.SYNC][1]
            self.blame(
                time, node.name, f"waits on stream {stream} though nothing of use has come for {now - since:.0f} s"
            )
            self._waits_since[node.name] = now

    @on(SyncEnded)
    def ended(self, entry: Entry, what: SyncEnded, facts: Facts) -> None:
        """A synchronisation that is over leaves no stream open."""
        assert entry.node is not None
        held = self._close(entry.node, StreamReader.SYNC)
        if facts.node(entry.node).misbehaved:
            return
        if held is not None and not facts.node(held[0]).misbehaved:
            self.blame(entry.time, entry.node, f"ended its synchronisation and left stream {held[1]} open")
        members, tried = self._tried.pop(entry.node, (frozenset(), set()))
        if not what.ok and self._failed.get(entry.node) != entry.time and (left := members - tried):
            names = ", ".join(map(str, sorted(left)))
            self.blame(entry.time, entry.node, f"gave its synchronisation up without asking nodes {names}")

    @on(HostCrashed)
    def crashed(self, entry: Entry, what: HostCrashed, facts: Facts) -> None:
        """A crash closes the streams."""
        assert entry.node is not None
        for reader in StreamReader:
            self._close(entry.node, reader)
        self._tried.pop(entry.node, None)

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        return Base.end(self, facts) if facts.detail == "full" else self.skip("a summary does not say what was sent")


def _members(node: NodeFacts) -> frozenset[int]:
    """The members of a node's newest group: who was evicted in its key generation is none of them."""
    if not node.epochs:
        return frozenset()
    epoch = node.epochs[-1]
    return frozenset(name for name, index in epoch.members.items() if index in epoch.qual)


@dataclass(slots=True)
class Asked:
    """A stream as its server should serve it: the ``next`` round, once the request has arrived."""

    arrives: Seconds
    next: Round
    first: Round | None = None
    """Another round that it may begin with."""


class Serving(Base[Facts]):
    """A server sends, from the round asked for on, one round after the other."""

    def __init__(self) -> None:
        super().__init__("serving")
        self._asked: dict[tuple[int, int, StreamId], Asked] = {}
        self._stored: dict[int, Seconds] = {}

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """Remember when a node has stored last."""
        assert entry.node is not None
        self._stored[entry.node] = entry.time

    @on(MessageLost)
    def lost(self, entry: Entry, what: MessageLost, facts: Facts) -> None:
        """A request that never leaves opens nothing."""
        if what.message == "sync":
            for key in [key for key in self._asked if key[:2] == (entry.node, what.to)]:
                del self._asked[key]

    @on(MessageSent)
    def sent(self, entry: Entry, what: MessageSent, facts: Facts) -> None:
        """Follow the streams that honest readers open at honest servers."""
        stream = stream_of(what)
        if what.message not in OPENING | ITEMS or stream is None or entry.node is None:
            return
        node = facts.node(entry.node)
        for other, delays in what.to.items():
            if node.misbehaved or facts.node(other).misbehaved:
                continue
            if what.message == "sync":
                if stream.reader == StreamReader.SYNC and delays:
                    arrives = entry.time + max(delays) / MICRO
                    self._asked[entry.node, other, stream] = Asked(arrives, node.last + 1)
                    # a node decides first and acts then: what it stores in the same moment it may still ask for
                    if self._stored.get(entry.node) == entry.time:
                        self._asked[entry.node, other, stream].first = node.last
                else:
                    self._asked.pop((entry.node, other, stream), None)
                continue
            asked = self._asked.get((other, entry.node, stream))
            if asked is None or what.round is None or entry.time < asked.arrives - 1e-6:
                continue
            self.checked += 1
            if what.round != asked.next and what.round != asked.first:
                self.blame(entry.time, entry.node, f"served round {what.round} where round {asked.next} was to come")
            asked.next, asked.first = what.round + 1, None

    @on(HostCrashed)
    def crashed(self, entry: Entry, what: HostCrashed, facts: Facts) -> None:
        """A crash closes the streams."""
        for key in [key for key in self._asked if entry.node in key[:2]]:
            del self._asked[key]

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        return Base.end(self, facts) if facts.detail == "full" else self.skip("a summary does not say what was sent")
