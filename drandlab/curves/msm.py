r"""Multi-scalar multiplication: $\sum_i k_i P_i$ much faster than one multiplication after the other.

Pippenger's bucket method with signed windows. It uses only ``+`` and unary ``-``, so that it works for every backend.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

__all__ = ["Addable", "multi_scalar_multiplication", "window_width"]


class Addable(Protocol):
    """What the method needs of a point: addition and negation."""

    def __add__(self, other: Self, /) -> Self: ...

    def __neg__(self) -> Self: ...


P = TypeVar("P", bound=Addable)


def window_width(count: int, bits: int) -> int:
    r"""Return the window width $c$ that needs the fewest additions for ``count`` scalars of ``bits`` bits.

    Each of the $\lceil (b+1)/c \rceil$ windows takes one addition for each point and about two for each of its
    $2^{c-1}$ buckets:

    $$\min_c \lceil (b+1)/c \rceil \, (n + 2^c).$$

    >>> window_width(2, 128), window_width(1000, 128)
    (2, 8)
    """
    return min(range(2, 17), key=lambda c: -(-(bits + 1) // c) * (count + (1 << c)))


def _signed_digits(scalar: int, width: int, windows: int) -> list[int]:
    # Digits in (-2^(c-1), 2^(c-1)]: half as many buckets, since a negation costs almost nothing.
    half, full, mask = 1 << (width - 1), 1 << width, (1 << width) - 1
    digits = []
    for _ in range(windows):
        digit = scalar & mask
        scalar >>= width
        if digit > half:
            digit -= full
            scalar += 1
        digits.append(digit)
    return digits


def multi_scalar_multiplication(points: Sequence[P], scalars: Sequence[int], zero: P) -> P:
    r"""Return $\sum_i k_i P_i$ for scalars $k_i \ge 0$; ``zero`` is the neutral element.

    >>> class Z(int):
    ...     __add__ = lambda a, b: Z(int(a) + int(b))
    ...     __neg__ = lambda a: Z(-int(a))
    >>> int(multi_scalar_multiplication([Z(3), Z(5), Z(7)], [10, 1000, 2**90], Z(0))) == 30 + 5000 + 7 * 2**90
    True

    Source: Pippenger 1976; Bernstein, Doumen, Lange, Oosterwijk, "Faster batch forgery identification", 2012, section
    4.
    """
    bits = max((scalar.bit_length() for scalar in scalars), default=0)
    if not bits:
        return zero
    width = window_width(len(points), bits)
    windows = -(-(bits + 1) // width)
    buckets: list[list[P | None]] = [[None] * ((1 << (width - 1)) + 1) for _ in range(windows)]
    for point, scalar in zip(points, scalars, strict=True):
        opposite = -point
        for row, digit in zip(buckets, _signed_digits(scalar, width, windows), strict=True):
            if digit > 0:
                held = row[digit]
                row[digit] = point if held is None else held + point
            elif digit:
                held = row[-digit]
                row[-digit] = opposite if held is None else held + opposite
    total: P | None = None
    for row in reversed(buckets):
        if total is not None:
            for _ in range(width):
                total = total + total
        # the sum of d * bucket_d is the sum of all suffix sums
        running: P | None = None
        window: P | None = None
        for held in reversed(row[1:]):
            if held is not None:
                running = held if running is None else running + held
            if running is not None:
                window = running if window is None else window + running
        if window is not None:
            total = window if total is None else total + window
    return zero if total is None else total
