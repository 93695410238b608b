"""The message cache: what the router can still send to whoever asks, in windows of one heartbeat each."""

from __future__ import annotations

from collections import deque

from drandlab.gossip.messages.rpc import GossipMessage

__all__ = ["MessageCache"]


class MessageCache:
    """The messages of the last ``windows`` heartbeats; those of the last ``gossip_windows`` are told of.

    >>> cache = MessageCache(windows=2, gossip_windows=1)
    >>> cache.put(b"id", GossipMessage(topic="t", data=b"hello"))
    >>> cache.shift()
    >>> cache.ids_of("t"), cache.ask(b"id", "peer")
    ([], (GossipMessage(topic='t', data=b'hello', source=b'', seqno=b'', signature=b'', key=b''), 1))
    >>> cache.shift()
    >>> cache.ask(b"id", "peer") is None
    True
    """

    def __init__(self, windows: int, gossip_windows: int) -> None:
        self._gossip_windows = gossip_windows
        self._messages: dict[bytes, GossipMessage] = {}
        self._asked: dict[bytes, dict[str, int]] = {}
        self._windows: deque[list[bytes]] = deque([[] for _ in range(windows)])  # the newest first

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message_id: bytes, message: GossipMessage) -> None:
        """Keep a message; one that is there already stays where it is."""
        if message_id not in self._messages:
            self._messages[message_id] = message
            self._windows[0].append(message_id)

    def ids_of(self, topic: str) -> list[bytes]:
        """Return the IDs of a topic's messages that gossip tells of, the newest window first."""
        newest = [self._windows[i] for i in range(self._gossip_windows)]
        return [one for window in newest for one in window if self._messages[one].topic == topic]

    def ask(self, message_id: bytes, peer: str) -> tuple[GossipMessage, int] | None:
        """Return a message and how often this peer has asked for it, this time included; None if it is not there."""
        message = self._messages.get(message_id)
        if message is None:
            return None
        counts = self._asked.setdefault(message_id, {})
        counts[peer] = counts.get(peer, 0) + 1
        return message, counts[peer]

    def shift(self) -> None:
        """Begin a new window, and drop the oldest."""
        for message_id in self._windows.pop():
            del self._messages[message_id]
            self._asked.pop(message_id, None)
        self._windows.appendleft([])
