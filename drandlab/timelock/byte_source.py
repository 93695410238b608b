"""One way to read bytes, whether they come at once, from a binary file, or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeAlias

from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_bytes

__all__ = ["ByteInput", "ByteSource", "Readable"]

_PIECE = 1 << 16
"""Bytes that are asked for where only a few are needed."""


class Readable(Protocol):
    """A binary file that is open for reading: ``read`` gives at most ``size`` bytes, and none at the end alone."""

    def read(self, size: int, /) -> bytes | None:
        """Return up to ``size`` bytes."""
        ...


ByteInput: TypeAlias = bytes | bytearray | memoryview | Readable | Iterable[bytes]
"""What bytes are read from: all of them at once, a binary file, or an iterator of pieces of any length."""


def _of_file(file: Readable) -> Callable[[int], bytes]:
    def more(wanted: int) -> bytes:
        piece = file.read(wanted)
        if piece is None:
            raise LocalError("the file has no bytes just now: one is needed that waits for them", argument="data")
        return checked_bytes(piece, "data")

    return more


def _of_pieces(pieces: Iterator[bytes]) -> Callable[[int], bytes]:
    def more(_wanted: int) -> bytes:
        for piece in pieces:
            if piece := checked_bytes(piece, "data"):
                return piece
        return b""

    return more


class ByteSource:
    """Bytes in the order in which they come, read with bounds: never more is held than was asked for, and one piece.

    ``taken`` counts the bytes that were read. The bytes of an object are not read before they are asked for, and what
    its ``read`` raises is passed on. Raises `WrongType` for text, and for what has no bytes.

    >>> source = ByteSource([b"age-", b"encryption.org/v1", b"\\n-> "])
    >>> source.peek(3), source.read_line(100), source.read(100), source.taken
    (b'age', b'age-encryption.org/v1\\n', b'-> ', 25)
    """

    __slots__ = ("_at", "_held", "_more", "taken")

    def __init__(self, data: ByteInput) -> None:
        self._held, self._at, self.taken = b"", 0, 0
        if isinstance(data, bytes | bytearray | memoryview):
            self._held, self._more = bytes(data), _of_pieces(iter(()))
        elif not isinstance(data, str) and callable(getattr(data, "read", None)):
            self._more = _of_file(data)  # type: ignore[arg-type]  # it was asked for `read` above
        elif not isinstance(data, str) and isinstance(data, Iterable):
            self._more = _of_pieces(iter(data))
        else:
            came = "text" if isinstance(data, str) else "None" if data is None else type(data).__name__
            raise WrongType(f"expected bytes, a binary file or an iterator of bytes, got {came}", argument="data")

    def _empty(self, wanted: int) -> bool:
        """Whether there are no more bytes; else at least one is held."""
        if self._at == len(self._held):
            self._held, self._at = self._more(wanted), 0
        return not self._held

    def _take(self, count: int) -> bytes:
        piece = self._held[self._at : self._at + count]
        self._at += len(piece)
        self.taken += len(piece)
        return piece

    def read(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer only at the end."""
        pieces = []
        while count and not self._empty(count):
            pieces.append(self._take(count))
            count -= len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_line(self, most: int) -> bytes:
        """Return the next bytes up to a line feed, which is the last of them, but at most ``most``."""
        pieces = []
        while most and not self._empty(_PIECE):
            end = self._held.find(b"\n", self._at, self._at + most)
            pieces.append(self._take(most if end < 0 else end + 1 - self._at))
            most = 0 if end >= 0 else most - len(pieces[-1])
        return b"".join(pieces)

    def peek(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer only at the end, and leave them where they are."""
        while len(self._held) - self._at < count and (piece := self._more(_PIECE)):
            self._held, self._at = self._held[self._at :] + piece, 0
        return self._held[self._at : self._at + count]
