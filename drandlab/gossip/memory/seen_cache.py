"""The seen cache: which messages have come already, for a while."""

from __future__ import annotations

from drandlab.typing import Seconds

__all__ = ["SeenCache"]


class SeenCache:
    """The IDs of messages that came within the last ``ttl`` seconds; a repeat does not lengthen the time.

    >>> seen = SeenCache(ttl=60.0)
    >>> seen.add(b"a", now=0.0), seen.add(b"a", now=59.0), seen.add(b"a", now=60.0)
    (True, False, True)
    """

    def __init__(self, ttl: Seconds) -> None:
        self._ttl = ttl
        self._until: dict[bytes, Seconds] = {}  # by time of arrival, so the first ones expire first

    def __len__(self) -> int:
        return len(self._until)

    def holds(self, message_id: bytes, now: Seconds) -> bool:
        """Return whether the message has come."""
        until = self._until.get(message_id)
        return until is not None and now < until

    def add(self, message_id: bytes, now: Seconds) -> bool:
        """Take note of a message; return whether it is new."""
        if self.holds(message_id, now):
            return False
        self._until.pop(message_id, None)
        self._until[message_id] = now + self._ttl
        return True

    def expire(self, now: Seconds) -> None:
        """Forget what is too old."""
        for message_id in list(self._until):
            if self._until[message_id] > now:
                return
            del self._until[message_id]
