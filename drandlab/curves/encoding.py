"""The compressed form of BLS12-381 points that drand, ZCash and Ethereum share.

A point is the big-endian x coordinate ($G_2$: the coefficient of $u$ first) with three flags in the top bits:

| bit | meaning |
| --- | --- |
| 7 | 1: compressed (always) |
| 6 | 1: the point at infinity; every other bit is then 0 |
| 5 | 1: y is the larger of the two roots, compared as $(y_1, y_0)$ in $G_2$ |

Each point has exactly one such encoding, and `read` refuses all others. Source: the notes on serialisation of the
zkcrypto ``bls12_381`` crate; draft-irtf-cfrg-pairing-friendly-curves, appendix C.
"""

from __future__ import annotations

from drandlab.curves.params import BLS12_381
from drandlab.errors import DecodeError

__all__ = ["is_larger", "read", "write"]

_P = BLS12_381.p
_WORD = 48


def read(data: bytes, name: str) -> tuple[tuple[int, ...], bool] | None:
    """Return the coefficients of x, lowest first, and whether y is the larger root; None for the point at infinity."""
    flags, words = data[0] >> 5, [data[i : i + _WORD] for i in range(0, len(data), _WORD)]
    if not flags & 4:
        raise DecodeError("flags", f"{name} point: the compression flag (bit 7) is not set in {data[:4].hex()}…")
    words[0] = bytes([data[0] & 0x1F]) + words[0][1:]
    if flags & 2:
        if flags & 1 or any(any(word) for word in words):
            raise DecodeError("flags", f"{name} point: infinity has one encoding, c0 and zeros; got {data[:4].hex()}…")
        return None
    x = tuple(int.from_bytes(word, "big") for word in reversed(words))
    if max(x) >= _P:
        raise DecodeError("range", f"{name} point: the x coordinate is not below the field modulus p")
    return x, bool(flags & 1)


def write(x: tuple[int, ...], larger: bool) -> bytes:
    """Return the encoding of the point with this x and the larger (or the smaller) y."""
    out = bytearray(b"".join(word.to_bytes(_WORD, "big") for word in reversed(x)))
    out[0] |= 0xA0 if larger else 0x80
    return bytes(out)


def is_larger(y: tuple[int, ...], p: int = _P) -> bool:
    """Return whether ``y`` is the larger of y and -y, compared from the highest coefficient down."""
    leading = next((word for word in reversed(y) if word), 0)
    return 2 * leading > p
