r"""Whole numbers without bias from the randomness of one beacon: bytes without end, and rejection of what is too large.

A beacon gives 32 bytes. Whoever needs more, or needs several numbers that have nothing to do with each other, expands
them under a label. With $R$ the randomness, $L$ the label in UTF-8, and $D$ the 15 bytes ``drandlab draw 1``,

$$k = H(D \| R \| L), \qquad S = H(k \| 0) \| H(k \| 1) \| H(k \| 2) \| \dots$$

where $H$ is SHA-256 and the counter is 8 bytes, big-endian. As $R$ has a fixed length, no two pairs of randomness and
label give the same input. Two labels give two streams, and for who does not know $R$ both look independent.

A whole number below $n$ takes the $b = \lceil \log_2 n \rceil$ low bits of the next $\lceil b / 8 \rceil$ bytes,
big-endian. If that is $n$ or more it is thrown away, and the next bytes are taken. So each of the $n$ values comes from
exactly one of the $2^b$ words: all are equally likely, and fewer than two tries are needed on average. The remainder of
a division would not do: of the 256 values of a byte, 43 give 0 as the remainder of a division by 6, and 42 give 5.

Source: rejection sampling is von Neumann's, "Various techniques used in connection with random digits", 1951; counter
mode and label as in NIST SP 800-108.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from drandlab.errors import LocalError
from drandlab.typing import checked_bytes, checked_int, checked_text

__all__ = ["DrawStream", "uniform_below"]

DRAW = b"drandlab draw 1"
"""What every stream begins with: what others hash is no draw, and another version of the rules draws other numbers."""

RANDOMNESS = 32
"""Bytes of a beacon's randomness."""

LARGEST = 1 << 256
"""The highest bound: 32 bytes hold no more chance than for so many values."""

LONGEST = 1 << 24
"""Bytes that one call may ask for."""


class DrawStream:
    """Bytes without end from the 32 bytes of a beacon's ``randomness``, under a ``label`` that says what they are for.

    Verify the beacon first: `drandlab.verify` returns its randomness. Raises `LocalError` for a randomness of another
    length and for an empty label.

    >>> stream = DrawStream(bytes(32), "lottery 7")
    >>> stream.read(4).hex(), stream.below(6), stream.below(1000)
    ('fcd5679a', 2, 208)
    """

    def __init__(self, randomness: bytes, label: str) -> None:
        randomness = checked_bytes(randomness, "randomness", RANDOMNESS)
        text = checked_text(label, "label")
        if not text:
            raise LocalError("expected words that say what is drawn, got an empty text", argument="label")
        try:
            written = text.encode()
        except UnicodeEncodeError:
            raise LocalError("has half of a surrogate pair in it, which UTF-8 cannot write", argument="label") from None
        self.label = text
        self._key = hashlib.sha256(DRAW + randomness + written).digest()
        self._blocks = 0
        self._rest = b""

    def __repr__(self) -> str:
        return f"<DrawStream {self.label!r}>"

    def read(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        count = checked_int(count, "count", 0, LONGEST)
        parts, have = [self._rest], len(self._rest)
        while have < count:
            parts.append(hashlib.sha256(self._key + self._blocks.to_bytes(8)).digest())
            have += len(parts[-1])
            self._blocks += 1
        joined = b"".join(parts)
        self._rest = joined[count:]
        return joined[:count]

    def below(self, bound: int) -> int:
        """Return the next whole number from 0 to ``bound - 1``, all equally likely; ``bound`` is 1 to 2^256."""
        return uniform_below(self.read, bound)


def uniform_below(read: Callable[[int], bytes], bound: int) -> int:
    """Return a whole number from 0 to ``bound - 1`` from the bytes of ``read(count)``: each is as likely as any other.

    >>> words = iter([b"\\x06", b"\\xff", b"\\x0d"])  # of each byte the three low bits count: 6, 7, 5
    >>> uniform_below(lambda count: next(words), 6)
    5
    """
    bound = checked_int(bound, "bound", 1, LARGEST)
    bits = (bound - 1).bit_length()
    if not bits:
        return 0
    mask = (1 << bits) - 1
    while True:
        value = int.from_bytes(read((bits + 7) // 8)) & mask
        if value < bound:
            return value
