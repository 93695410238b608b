"""The seed's interface to gossip, $G = (P, S)$: to publish, and a stream of what others have published.

$P(t, m) = 1$ if the message $m$ is published to the topic $t$, else 0. $S(t)$ is a stream that outputs each new message
of the topic within a bounded time. In virtual time a stream never waits: it yields what has come so far, and goes on
with what comes later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

__all__ = ["MessageStream"]


class MessageStream:
    """The messages of one topic that reach one peer, each once, in the order in which they come.

    >>> stream = MessageStream("t")
    >>> stream.put(b"one"), stream.put(b"two")
    (None, None)
    >>> next(stream), list(stream), list(stream)
    (b'one', [b'two'], [])
    >>> stream.put(b"three")
    >>> list(stream)
    [b'three']
    """

    def __init__(self, topic: str, close: Callable[[MessageStream], None] = lambda stream: None) -> None:
        self.topic = topic
        self._waiting: deque[bytes] = deque()
        self._close: Callable[[MessageStream], None] | None = close

    @property
    def closed(self) -> bool:
        """Whether nothing more comes."""
        return self._close is None

    def put(self, data: bytes) -> None:
        """A message has come; one that comes after the end is dropped."""
        if self._close is not None:
            self._waiting.append(data)

    def close(self) -> None:
        """End the subscription; what has come already can still be read."""
        if self._close is not None:
            close, self._close = self._close, None
            close(self)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._waiting:
            raise StopIteration
        return self._waiting.popleft()

    def __len__(self) -> int:
        return len(self._waiting)

    def __repr__(self) -> str:
        return f"<MessageStream of {self.topic}, {len(self)} waiting{', closed' if self.closed else ''}>"
