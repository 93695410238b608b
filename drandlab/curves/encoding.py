"""The compressed form of BLS12-381 points that drand, ZCash and Ethereum share.

A point is the big-endian x coordinate ($G_2$: the coefficient of $u$ first) with three flags in the top bits:

| bit | meaning |
| --- | --- |
| 7 | 1: compressed (always) |
| 6 | 1: the point at infinity; every other bit is then 0 |
| 5 | 1: y is the larger of the two roots, compared as $(y_1, y_0)$ in $G_2$ |

Each point has exactly one such string, and `read` refuses all others. Source: the notes on serialisation of the
zkcrypto ``bls12_381`` crate; draft-irtf-cfrg-pairing-friendly-curves, appendix C.
"""

from __future__ import annotations

from drandlab.curves.params import BLS12_381
from drandlab.errors import DecodeError

__all__ = ["FQ2", "is_larger", "read", "sqrt", "sqrt2", "write"]

_P = BLS12_381.p
_WORD = 48

FQ2 = tuple[int, int]
r"""An element $a_0 + a_1 u$ of $\mathbb{F}_{p^2}$, with $u^2 = -1$, as the pair $(a_0, a_1)$."""


def read(data: bytes, name: str) -> tuple[tuple[int, ...], bool] | None:
    """Return (coordinates of x, lowest first; whether y is the larger root), or None for the point at infinity."""
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


def sqrt(a: int, p: int) -> int | None:
    r"""Return a square root of ``a`` modulo $p \equiv 3 \pmod 4$, namely $a^{(p+1)/4}$, or None.

    >>> sqrt(2, 7)
    4
    """
    root = pow(a, (p + 1) // 4, p)
    return root if root * root % p == a % p else None


def sqrt2(a: FQ2, p: int) -> FQ2 | None:
    r"""Return a square root in $\mathbb{F}_{p^2}$, or None.

    With $N = a_0^2 + a_1^2$ the norm, $x_0^2 = (a_0 \pm \sqrt N)/2$ and $x_1 = a_1 / (2 x_0)$.

    >>> sqrt2((5, 12), 1000003) is not None  # (3 + 2u)^2
    True
    """
    a0, a1 = a[0] % p, a[1] % p
    if not a1:
        root = sqrt(a0, p)
        if root is not None:
            return root, 0
        root = sqrt(-a0 % p, p)  # -1 is no square, so one of a0 and -a0 is
        return None if root is None else (0, root)
    norm = sqrt((a0 * a0 + a1 * a1) % p, p)
    if norm is None:
        return None
    half = (p + 1) // 2
    for sign in (norm, -norm):
        x0 = sqrt((a0 + sign) * half % p, p)
        if x0:
            return x0, a1 * pow(2 * x0, -1, p) % p
    return None
