r"""ristretto255: a group of prime order $\ell = 2^{252} + 27742317777372353535851937790883648493$ made of edwards25519.

The curve has eight times as many points as a group of prime order may have. Ristretto takes points that differ by a
point of small order as one element, and gives each element one encoding of 32 bytes. So nothing has to be said of
cofactors and small subgroups by those who use it.

A point is held in extended coordinates $(X : Y : Z : T)$ with $x = X / Z$, $y = Y / Z$, $T = X Y / Z$ on
$-x^2 + y^2 = 1 + d x^2 y^2$. Nothing here runs in constant time.

Source: RFC 9496; Hisil, Wong, Carter, Dawson, "Twisted Edwards curves revisited", 2008 (the formulas).
"""

from __future__ import annotations

from functools import cache

from drandlab.errors import DecodeError
from drandlab.typing import checked_bytes

__all__ = ["ORDER", "RistrettoPoint", "base_times"]

ORDER = 2**252 + 27742317777372353535851937790883648493
"""The number of elements: scalars count modulo this prime."""

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_D2 = 2 * _D % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)

_Coordinates = tuple[int, int, int, int]
_ZERO: _Coordinates = (0, 1, 1, 0)


def _ratio_root(u: int, v: int) -> tuple[bool, int]:
    """Whether ``u / v`` is a square, and the even root of it, or of sqrt(-1) times it (SQRT_RATIO_M1 of the RFC)."""
    v3 = v * v % _P * v % _P
    root = u * v3 % _P * pow(u * v3 % _P * v3 % _P * v % _P, (_P - 5) // 8, _P) % _P
    check = v * root % _P * root % _P
    turned = check == -u * _SQRT_M1 % _P
    if check == -u % _P or turned:
        root = root * _SQRT_M1 % _P
    return check in (u % _P, -u % _P), _P - root if root & 1 else root


_INVSQRT_A_MINUS_D = _ratio_root(1, (-1 - _D) % _P)[1]


def _add(one: _Coordinates, other: _Coordinates) -> _Coordinates:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = t1 * _D2 % _P * t2, 2 * z1 * z2
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(point: _Coordinates) -> _Coordinates:
    x, y, z, _ = point
    a, b = x * x, y * y
    h = a + b
    e, g = (h - (x + y) * (x + y)) % _P, (a - b) % _P
    f, h = (2 * z * z + g) % _P, h % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Coordinates) -> _Coordinates:
    """``scalar`` times ``point``, four bits at a time."""
    small = [_ZERO, point]
    for _ in range(14):
        small.append(_add(small[-1], point))
    total = _ZERO
    for shift in range(252, -1, -4):
        if total is not _ZERO:
            total = _double(_double(_double(_double(total))))
        if digit := scalar >> shift & 15:
            total = _add(total, small[digit])
    return total


@cache
def _base_table() -> tuple[tuple[_Coordinates, ...], ...]:
    """Row i holds the multiples 0 ... 15 of 16^i times the generator; made at first use, in some milliseconds."""
    rows, step = [], RistrettoPoint.from_bytes(_GENERATOR).coordinates
    for _ in range(64):
        row = [_ZERO, step]
        for _ in range(14):
            row.append(_add(row[-1], step))
        rows.append(tuple(row))
        step = _add(row[15], step)
    return tuple(rows)


_GENERATOR = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


def base_times(scalar: int) -> RistrettoPoint:
    """Return ``scalar`` times the generator, by a table of its multiples.

    >>> base_times(1).to_bytes().hex()
    'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76'
    """
    scalar %= ORDER
    total = _ZERO
    for row in _base_table():
        if digit := scalar & 15:
            total = _add(total, row[digit])
        scalar >>= 4
    return RistrettoPoint(total)


class RistrettoPoint:
    """An element of ristretto255; equal elements have equal encodings, whatever their coordinates.

    >>> point = RistrettoPoint.from_bytes(base_times(5).to_bytes())
    >>> point + base_times(2) == base_times(7) == 7 * base_times(1)
    True
    """

    __slots__ = ("coordinates",)

    def __init__(self, coordinates: tuple[int, int, int, int]) -> None:
        self.coordinates = coordinates

    @classmethod
    def from_bytes(cls, data: bytes) -> RistrettoPoint:
        """Return the element that 32 bytes encode; `DecodeError` for all that is not the one encoding of an element."""
        data = checked_bytes(data, "data")
        if len(data) != 32:
            raise DecodeError("length", f"an element of ristretto255 has 32 bytes, got {len(data)}")
        s = int.from_bytes(data, "little")
        if s >= _P:
            raise DecodeError("range", "an element of ristretto255 is a number below 2^255 - 19, got a larger one")
        if s & 1:
            raise DecodeError("encoding", "an element of ristretto255 is an even number, got an odd one")
        square = s * s % _P
        u1, u2 = (1 - square) % _P, (1 + square) % _P
        u2_square = u2 * u2 % _P
        v = (-_D * u1 % _P * u1 - u2_square) % _P
        is_square, inverse = _ratio_root(1, v * u2_square % _P)
        den_x = inverse * u2 % _P
        den_y = inverse * den_x % _P * v % _P
        x = 2 * s * den_x % _P
        if x & 1:
            x = _P - x
        y = u1 * den_y % _P
        t = x * y % _P
        if not is_square or t & 1 or y == 0:
            raise DecodeError("curve", "these 32 bytes encode no element of ristretto255")
        return cls((x, y, 1, t))

    def to_bytes(self) -> bytes:
        """Return the one encoding of the element: 32 bytes."""
        x, y, z, t = self.coordinates
        u1, u2 = (z + y) * (z - y) % _P, x * y % _P
        _, inverse = _ratio_root(1, u1 * u2 % _P * u2 % _P)
        den1, den2 = inverse * u1 % _P, inverse * u2 % _P
        z_inverse = den1 * den2 % _P * t % _P
        if t * z_inverse % _P & 1:
            x, y, den = y * _SQRT_M1 % _P, x * _SQRT_M1 % _P, den1 * _INVSQRT_A_MINUS_D % _P
        else:
            den = den2
        if x * z_inverse % _P & 1:
            y = -y % _P
        s = den * (z - y) % _P
        return (_P - s if s & 1 else s).to_bytes(32, "little")

    def __add__(self, other: RistrettoPoint) -> RistrettoPoint:
        return RistrettoPoint(_add(self.coordinates, other.coordinates))

    def __neg__(self) -> RistrettoPoint:
        x, y, z, t = self.coordinates
        return RistrettoPoint((-x % _P, y, z, -t % _P))

    def __rmul__(self, scalar: int) -> RistrettoPoint:
        return RistrettoPoint(_times(scalar % ORDER, self.coordinates))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RistrettoPoint):
            return NotImplemented
        x1, y1, _, _ = self.coordinates
        x2, y2, _, _ = other.coordinates
        return (x1 * y2 - y1 * x2) % _P == 0 or (y1 * y2 - x1 * x2) % _P == 0

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __repr__(self) -> str:
        return f"<RistrettoPoint {self.to_bytes().hex()[:8]}…>"
