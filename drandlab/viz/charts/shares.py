r"""What shares say: nothing below the threshold, one polynomial from it on, or that one of them is wrong.

Over the integers modulo p the shares are checked and interpolated by the algebra floor; over the reals, where they
only serve as a contrast, in exact fractions.

Source: Shamir, How to share a secret, CACM 22 (1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from drandlab.algebra.field import PrimeField
from drandlab.algebra.polynomial import Polynomial
from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.typing import checked_int, whole_number
from drandlab.viz.charts.basic import numbers

__all__ = [
    "Fit",
    "Point",
    "Share",
    "check_points",
    "check_prime",
    "check_shares",
    "check_threshold",
    "evaluate",
    "fit_field",
    "fit_reals",
    "newton",
]

LARGEST_PRIME = 257
"""Above it the p columns of the picture would touch each other."""

Share = tuple[int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What shares say about the polynomial.

    ``open``: fewer than t shares. ``fixed``: one polynomial of degree below t goes through all; ``coefficients`` are
    its own, constant term first, and ``secret`` is its value at 0. ``contradiction``: none does, so a share is wrong.
    """

    state: str
    coefficients: tuple[Any, ...] = ()

    @property
    def secret(self) -> Any:
        """The value at 0, ``None`` unless the polynomial is fixed."""
        return self.coefficients[0] if self.state == "fixed" else None


def check_shares(prime: int, shares: Iterable[Any]) -> list[Share]:
    """Return ``shares`` as pairs of ints, with distinct x from 1 to p - 1 and y from 0 to p - 1.

    Field elements count as their integers. Raises `LocalError` naming the share and the rule; x = 0 is refused, since
    the share there would be the secret itself.

    >>> check_shares(31, [[1, 9], (4, 30)])
    [(1, 9), (4, 30)]
    >>> check_shares(31, [(0, 7)])
    Traceback (most recent call last):
    drandlab.errors.LocalError: share 1: x = 0 is the place of the secret itself: take x from 1 to 30
    """
    checked: dict[int, int] = {}
    for position, x, y in _pairs(shares):
        given, (x, y) = (x, y), (whole_number(x), whole_number(y))
        if x is None or y is None:
            raise _wrong(position, f"must be two integers modulo {prime}, got {repr_of(given, 80)}")
        if x == 0:
            raise _wrong(position, f"x = 0 is the place of the secret itself: take x from 1 to {prime - 1}")
        if not 1 <= x < prime:
            raise _wrong(position, f"x = {x} is outside 1 to {prime - 1}")
        if not 0 <= y < prime:
            raise _wrong(position, f"y = {y} is outside 0 to {prime - 1}")
        if x in checked:
            raise _wrong(position, f"an earlier share has x = {x} too: every share needs its own x")
        checked[x] = y
    return list(checked.items())


def _wrong(position: int, rule: str) -> LocalError:
    return LocalError(rule, argument=f"share {position}")


def check_points(points: Iterable[Any]) -> list[Point]:
    """Return ``points`` as pairs of finite numbers, with distinct x and none of them 0; else `LocalError`."""
    checked: dict[float, float] = {}
    for position, *pair in _pairs(points):
        x, y = numbers(f"share {position}", pair)
        if x == 0:
            raise _wrong(position, "x = 0 is the place of the secret itself: take another x")
        if x in checked:
            raise _wrong(position, f"an earlier share has x = {x} too: every share needs its own x")
        checked[x] = y
    return list(checked.items())


def check_threshold(threshold: Any, most: int | None = None) -> int:
    """Return ``threshold`` if it is an int from 1 to ``most``; else `LocalError`."""
    whole = checked_int(threshold, "threshold", 1)
    if most is not None and whole > most:
        raise LocalError(f"must be at most {most}, the number of share positions, got {whole}", argument="threshold")
    return whole


def check_prime(prime: Any) -> PrimeField:
    """Return the field of a prime that fits into a picture, 3 to 257; else `LocalError`."""
    whole = whole_number(prime)
    if whole is None or not 3 <= whole <= LARGEST_PRIME:
        raise LocalError(
            f"must be a prime from 3 to {LARGEST_PRIME} to fit a picture, got {repr_of(prime)}", argument="prime"
        )
    return PrimeField(whole)


def fit_field(prime: int, shares: Iterable[Any], threshold: int) -> Fit:
    """Return what ``shares`` over the integers modulo ``prime`` say about a polynomial of degree below ``threshold``.

    >>> fit_field(31, [(1, 15), (2, 2), (3, 30)], 3)
    Fit(state='fixed', coefficients=(7, 3, 5))
    >>> fit_field(31, [(1, 15), (2, 2)], 3).secret is None
    True
    """
    field = check_prime(prime)
    pairs = check_shares(field.modulus, shares)
    threshold = check_threshold(threshold, field.modulus - 1)
    if len(pairs) < threshold:
        return Fit(state="open")
    f = Polynomial.interpolate(field, pairs[:threshold])
    if any(f(x) != y for x, y in pairs[threshold:]):
        return Fit(state="contradiction")
    coefficients = [int(c) for c in f.coefficients]
    return Fit(state="fixed", coefficients=tuple(coefficients + [0] * (threshold - len(coefficients))))


def fit_reals(points: Iterable[Any], threshold: int) -> Fit:
    """Return what ``points`` over the reals say about a polynomial of degree below ``threshold``, in floats.

    The first ``threshold`` points are interpolated exactly; a further one may miss the curve by 1e-6 of its size.

    >>> fit_reals([(1, 2), (2, 3)], 2)
    Fit(state='fixed', coefficients=(1.0, 1.0))
    """
    pairs = check_points(points)
    threshold = check_threshold(threshold)
    if len(pairs) < threshold:
        return Fit(state="open")
    exact = newton([(Fraction(x), Fraction(y)) for x, y in pairs[:threshold]])
    for x, y in pairs[threshold:]:
        if abs(float(evaluate(exact, Fraction(x))) - y) > 1e-6 * max(1.0, abs(y)):
            return Fit(state="contradiction")
    return Fit(state="fixed", coefficients=tuple(float(c) for c in exact))


def newton(points: Sequence[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """Coefficients, constant term first, of the polynomial through ``points`` (Newton's divided differences)."""
    xs = [x for x, _ in points]
    slopes = [y for _, y in points]
    for order in range(1, len(points)):
        for i in range(len(points) - 1, order - 1, -1):
            slopes[i] = (slopes[i] - slopes[i - 1]) / (xs[i] - xs[i - order])
    result = [Fraction(0)] * len(points)
    for x, slope in zip(reversed(xs), reversed(slopes), strict=True):
        shifted = [Fraction(0), *result[:-1]]
        result = [s - x * r for s, r in zip(shifted, result, strict=True)]
        result[0] += slope
    return result


def evaluate(coefficients: Sequence[Any], x: Any) -> Any:
    """Return the value at ``x`` by Horner's rule; ``coefficients`` come constant term first."""
    total: Any = 0
    for c in reversed(coefficients):
        total = total * x + c
    return total


def _pairs(shares: Any) -> Iterator[tuple[int, Any, Any]]:
    """Yield the 1-based position, x and y of each share; elements of a field stand for their integers."""
    if not isinstance(shares, Iterable) or isinstance(shares, str | bytes | Mapping):
        raise LocalError(f"must be a sequence of pairs (x, y), got {repr_of(shares)}", argument="shares")
    for position, share in enumerate(shares, 1):
        try:
            x, y = share
        except (TypeError, ValueError):
            raise _wrong(position, f"must be a pair (x, y), got {repr_of(share)}") from None
        yield position, getattr(x, "value", x), getattr(y, "value", y)
