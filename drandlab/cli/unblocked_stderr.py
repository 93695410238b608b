"""A stderr that never blocks: a thread writes the text, and drops it if nobody reads.

A server whose stderr is a pipe that nobody reads would otherwise stop as soon as the pipe is full.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

__all__ = ["UnblockedStream", "unblocked_stderr"]

MOST = 1 << 16
"""Characters that may wait to be read; further texts are dropped and counted."""

END_TIME = 1.0
"""Seconds for writing the waiting text at the end."""


class UnblockedStream:
    """A text stream in front of ``stream`` whose `write` returns at once.

    >>> import io
    >>> out = io.StringIO()
    >>> stream = UnblockedStream(out)
    >>> _ = stream.write("said")
    >>> stream.close()
    >>> out.getvalue()
    'said'
    """

    def __init__(self, stream: TextIO, most: int = MOST) -> None:
        self._stream, self._most = stream, most
        try:
            self._file: int | None = stream.fileno()
        except (OSError, AttributeError):
            self._file = None
        self._waiting: deque[str] = deque()
        self._size = self._dropped = 0
        self._ends = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_out, name="stderr", daemon=True)
        self._thread.start()

    def __getattr__(self, name: str) -> Any:
        # encoding, isatty, fileno: everything but writing is left to the stream itself
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Accept ``text``, or drop it if too much waits already."""
        with self._changed:
            if self._size + len(text) > self._most:
                self._dropped += 1
            elif text:
                self._waiting.append(text)
                self._size += len(text)
            self._changed.notify()
        return len(text)

    def flush(self) -> None:
        """Do nothing: the thread writes as fast as the reader reads."""

    def close(self) -> None:
        """Write the waiting text, as far as it is read within a second."""
        with self._changed:
            self._ends = True
            self._changed.notify()
        self._thread.join(END_TIME)

    def _write_out(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._dropped or self._ends)
                text, dropped = "".join(self._waiting), self._dropped
                if not text and not dropped:
                    return
                self._waiting.clear()
                self._size = self._dropped = 0
            if dropped:
                text += f"(left out here, since nobody read: {dropped})\n"
            # a reader that has gone does not stop the server
            with suppress(OSError, ValueError):
                self._give(text)

    def _give(self, text: str) -> None:
        if self._file is None:
            self._stream.write(text)
            self._stream.flush()
            return
        # not through the stream, whose lock this thread would hold until somebody reads
        data = text.encode(self._stream.encoding or "utf-8", "replace")
        while data:
            data = data[os.write(self._file, data) :]


@contextmanager
def unblocked_stderr() -> Iterator[None]:
    """Make ``sys.stderr`` non-blocking."""
    before = sys.stderr
    stream = UnblockedStream(before)
    sys.stderr = cast(TextIO, stream)
    try:
        yield
    finally:
        sys.stderr = before
        stream.close()
