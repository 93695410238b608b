"""What is told of peers that do something wrong: one line for each peer and reason, and not more than is readable."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["PeerNotes"]

MOST = 1000
"""Lines after which nothing more is told: anybody may connect under ever new names."""


class PeerNotes:
    """Tells ``note`` each kind of trouble with a peer once.

    >>> notes = PeerNotes(print)
    >>> notes.say("12D3", "unread", "does not read"), notes.say("12D3", "unread", "does not read")
    peer 12D3 does not read
    (None, None)
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._told: set[tuple[str, str]] = set()

    def say(self, peer: str, code: str, sentence: str) -> None:
        """Tell the sentence, which goes on after the name of the peer, unless this was told of it before."""
        if (peer, code) in self._told or len(self._told) >= MOST:
            return
        self._told.add((peer, code))
        self._note(f"peer {peer} {sentence}")
        if len(self._told) == MOST:
            self._note(f"{MOST} troubles with peers were told; no more are")
