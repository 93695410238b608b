"""What waits to be sent to one peer: frames in their order, bounded in number and in bytes."""

from __future__ import annotations

from collections import deque

import anyio

from drandlab.typing import checked_int

__all__ = ["PeerQueue"]


class PeerQueue:
    """Frames that wait for one peer. `put` never waits: a frame for which there is no room is not taken.

    >>> queue = PeerQueue(most_frames=2, most_bytes=10)
    >>> queue.put(b"hello"), queue.put(b"world!"), queue.put(b"!"), queue.put(b"?")
    (True, False, True, False)
    """

    def __init__(self, *, most_frames: int = 1024, most_bytes: int = 8 << 20) -> None:
        self._most_frames = checked_int(most_frames, "most_frames", 1)
        self._most_bytes = checked_int(most_bytes, "most_bytes", 1)
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._filled: anyio.Event | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: bytes) -> bool:
        """Add a frame and return True, or return False where there is no room for it."""
        if len(self._frames) >= self._most_frames or self._bytes + len(frame) > self._most_bytes:
            return False
        self._frames.append(frame)
        self._bytes += len(frame)
        if self._filled is not None:
            self._filled.set()
        return True

    async def get(self) -> bytes:
        """Return the next frame, once there is one; one task at a time may wait."""
        while not self._frames:
            self._filled = anyio.Event()
            await self._filled.wait()
        self._filled = None
        frame = self._frames.popleft()
        self._bytes -= len(frame)
        return frame

    def clear(self) -> None:
        """Drop all frames."""
        self._frames.clear()
        self._bytes = 0
