"""Back-offs: after a PRUNE neither side grafts the other for a while."""

from __future__ import annotations

from drandlab.typing import Seconds

__all__ = ["Backoffs"]


class Backoffs:
    """Until when a peer may not be grafted into the mesh of a topic.

    >>> backoffs = Backoffs()
    >>> backoffs.add("t", "peer", until=60.0)
    >>> backoffs.active("t", "peer", now=59.0), backoffs.active("t", "peer", now=60.0)
    (True, False)
    """

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], Seconds] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, topic: str, peer: str, until: Seconds) -> None:
        """Begin a back-off, or lengthen one; it never becomes shorter."""
        self._until[topic, peer] = max(until, self._until.get((topic, peer), until))

    def until(self, topic: str, peer: str) -> Seconds | None:
        """Return when the back-off ends, None if there is none."""
        return self._until.get((topic, peer))

    def passed(self, topic: str, peer: str, now: Seconds, slack: Seconds) -> bool:
        """Return whether we may graft the peer: the back-off is over, and ``slack`` for a clock that is behind."""
        until = self._until.get((topic, peer))
        return until is None or now >= until + slack

    def active(self, topic: str, peer: str, now: Seconds) -> bool:
        """Return whether the peer may not be grafted yet."""
        until = self._until.get((topic, peer))
        return until is not None and now < until

    def expire(self, now: Seconds, slack: Seconds) -> None:
        """Forget those that are over, slack included."""
        self._until = {key: until for key, until in self._until.items() if now < until + slack}
