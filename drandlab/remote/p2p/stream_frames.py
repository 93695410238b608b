"""Frames on a stream: the length as a varint, then so many bytes, as libp2p's protocols write them."""

from __future__ import annotations

from collections.abc import Iterator

from drandlab.errors import FormatError
from drandlab.typing import checked_bytes, checked_int

__all__ = ["FrameReader", "framed"]

_LONGEST_VARINT = 9
"""Bytes of the longest varint that libp2p allows: 63 bits."""


def framed(data: bytes) -> bytes:
    """Return ``data`` with its length before it.

    >>> framed(b"hello").hex(" "), framed(bytes(300))[:2].hex(" ")
    ('05 68 65 6c 6c 6f', 'ac 02')
    """
    length, number = bytearray(), len(checked_bytes(data, "data"))
    while number >= 0x80:
        length.append(number & 0x7F | 0x80)
        number >>= 7
    length.append(number)
    return bytes(length) + data


class FrameReader:
    """Cuts what arrives on one stream into frames of at most ``limit`` bytes each.

    It holds one frame that is not complete, and nothing more. After an error the stream is of no use: where the next
    frame begins is unknown.

    >>> reader = FrameReader(100)
    >>> list(reader.feed(framed(b"hello") + framed(b"world")[:3])), list(reader.feed(b"rld"))
    ([b'hello'], [b'world'])
    >>> list(FrameReader(100).feed(framed(bytes(101))))
    Traceback (most recent call last):
    drandlab.errors.FormatError: a frame of 101 bytes, at most 100 are taken
    """

    def __init__(self, limit: int) -> None:
        self.limit = checked_int(limit, "limit", 1)
        self._held = bytearray()

    @property
    def held(self) -> int:
        """Bytes of the frame that is not complete."""
        return len(self._held)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that are complete with ``data``.

        Raises `FormatError` for a length above the limit (``too-long``), and for one that is not written in the
        shortest way.
        """
        self._held += data
        begin = 0
        while (length := self._length(begin)) is not None:
            size, body = length
            if len(self._held) < body + size:
                break
            yield bytes(self._held[body : body + size])
            begin = body + size
        del self._held[:begin]

    def _length(self, begin: int) -> tuple[int, int] | None:
        """The length that is written at ``begin``, and where its frame's body begins; None while it is incomplete."""
        size = 0
        for place, byte in enumerate(self._held[begin : begin + _LONGEST_VARINT]):
            size |= (byte & 0x7F) << 7 * place
            # told at once, before the body could come
            if size > self.limit:
                raise FormatError(f"a frame of {size} bytes, at most {self.limit} are taken", code="too-long")
            if byte < 0x80:
                if place and not byte:
                    raise FormatError("the length of a frame is not in its shortest form")
                return size, begin + place + 1
        if len(self._held) - begin >= _LONGEST_VARINT:
            raise FormatError(f"the length of a frame has more than {_LONGEST_VARINT} bytes", code="too-long")
        return None
