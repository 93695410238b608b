"""The rule of messages between the chains of a file: what is sent comes once, as it was sent, in its order.

A message may wait, with its sender, in the channel or with its receiver; it is never lost, doubled, changed or
overtaken. What came is executed at most once, in the order in which it came.
"""

from __future__ import annotations

from collections import deque

from drandlab.idn.state import blake2_256
from drandlab.simulation.chains.chain_entries import XcmArrived, XcmExecuted, XcmSent
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["MessagesInOrder"]


class MessagesInOrder(Base[JournalReader]):
    """Each channel gives what was put into it, once and in order."""

    def __init__(self) -> None:
        super().__init__("messages")
        self._under_way: dict[tuple[int, int], deque[tuple[bytes, bytes]]] = {}
        self._waiting: dict[tuple[int, int], deque[frozenset[bytes]]] = {}

    @on(XcmSent)
    def sent(self, entry: Entry, what: XcmSent, facts: JournalReader) -> None:
        """Put a message into its channel."""
        self._under_way.setdefault((what.chain, what.to), deque()).append((what.id, what.wire))

    @on(XcmArrived)
    def arrived(self, entry: Entry, what: XcmArrived, facts: JournalReader) -> None:
        """Compare a message with the oldest one that is under way."""
        self.checked += 1
        way = what.sibling, what.chain
        under_way = self._under_way.get(way)
        if not under_way or under_way.popleft() != (what.id, what.wire):
            self._blame(entry, what, "came, and is not the oldest one that is under way")
        self._waiting.setdefault(way, deque()).append(frozenset((what.id, blake2_256(what.wire))))

    @on(XcmExecuted)
    def executed(self, entry: Entry, what: XcmExecuted, facts: JournalReader) -> None:
        """Look for a message among those that wait; those before it were too heavy, and are left out.

        One that is refused before its first instruction goes by its hash, not by its topic.
        """
        waiting = self._waiting.get((what.sibling, what.chain), deque())
        while waiting:
            if what.id in waiting.popleft():
                return
        self._blame(entry, what, "is executed, and does not wait")

    def _blame(self, entry: Entry, what: XcmArrived | XcmExecuted, said: str) -> None:
        message = f"message {what.id.hex()[:8]}… of {what.sibling}"
        self.blame(entry.time, None, f"chain {what.chain}, block {what.number}: {message} {said}")
