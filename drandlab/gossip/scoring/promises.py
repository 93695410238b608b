"""Promises: who tells of a message and is asked for it has to send it in time."""

from __future__ import annotations

from drandlab.typing import Seconds

__all__ = ["Promises"]


class Promises:
    """One promise for each request: a message that the peer has told of, until it has come from anybody.

    >>> promises = Promises(patience=3.0)
    >>> promises.add("peer", b"id", now=0.0)
    >>> promises.broken(now=2.0), promises.broken(now=3.0), promises.broken(now=4.0)
    ({}, {'peer': 1}, {})
    """

    def __init__(self, patience: Seconds) -> None:
        self._patience = patience
        self._until: dict[bytes, dict[str, Seconds]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._until.values()))

    def add(self, peer: str, message_id: bytes, now: Seconds) -> None:
        """A peer was asked for a message; a second request does not lengthen the time."""
        self._until.setdefault(message_id, {}).setdefault(peer, now + self._patience)

    def fulfil(self, message_id: bytes) -> None:
        """The message has come, so nobody owes it any more."""
        self._until.pop(message_id, None)

    def broken(self, now: Seconds) -> dict[str, int]:
        """Return how many promises each peer has broken, and forget those."""
        counts: dict[str, int] = {}
        for message_id, owed in list(self._until.items()):
            for peer in [peer for peer, until in owed.items() if until <= now]:
                counts[peer] = counts.get(peer, 0) + 1
                del owed[peer]
            if not owed:
                del self._until[message_id]
        return counts
