r"""Lagrange interpolation: the value at any point of the one polynomial of degree below $n$ through $n$ points.

$$f(x) = \sum_i \lambda_i(x)\, f(x_i), \qquad \lambda_i(x) = \prod_{j \ne i} \frac{x - x_j}{x_i - x_j}$$

At $x = 0$ these coefficients turn shares into the secret and partial signatures into the signature. The IDN paper
prints the denominator as $x_j - x_i$, which negates each coefficient when the number of points is even; production
computes it as above.

Source: Shamir, How to share a secret, CACM 22 (1979); Berrut and Trefethen, Barycentric Lagrange interpolation,
SIAM Review 46 (2004), section 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.algebra.modular import inverses
from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_int

__all__ = [
    "barycentric_weights",
    "distinct_residues",
    "interpolate",
    "lagrange_coefficients",
    "points_over",
    "whole_coefficients",
]


def distinct_residues(field: PrimeField, xs: Iterable[int | FieldElement]) -> list[int]:
    """Return all `xs` modulo p, in order; they must be distinct there, since no polynomial has two values at one x.

    Raises `LocalError` that names the positions of two equal ones, or when there is no point at all.

    >>> distinct_residues(PrimeField(17), [1, 2, 18])
    Traceback (most recent call last):
    drandlab.errors.LocalError: xs: positions 0 and 2 are the same point of PrimeField(17), x = 1
    """
    positions: dict[int, int] = {}
    for position, x in enumerate(xs):
        residue = field.residue(x, f"xs[{position}]")
        first = positions.setdefault(residue, position)
        if first != position:
            raise LocalError(
                f"positions {first} and {position} are the same point of {field!r}, x = {field(residue)}",
                argument="xs",
            )
    if not positions:
        raise LocalError("interpolation needs at least one point, got none", argument="xs")
    return list(positions)


def barycentric_weights(field: PrimeField, xs: Sequence[int]) -> list[int]:
    r"""Return $w_i = \prod_{j \ne i} (x_i - x_j)^{-1} \bmod p$ for distinct residues `xs`, with one inversion in all.

    >>> barycentric_weights(PrimeField(17), [1, 2, 3])
    [9, 16, 9]
    """
    p = field.modulus
    denominators = []
    for i, x in enumerate(xs):
        product = 1
        for j, other in enumerate(xs):
            if j != i:
                product = product * (x - other) % p
        denominators.append(product)
    return inverses(denominators, p)


def lagrange_coefficients(
    field: PrimeField, xs: Iterable[int | FieldElement], at: int | FieldElement = 0
) -> list[FieldElement]:
    r"""Return the $\lambda_i$ with $f(\text{at}) = \sum_i \lambda_i f(x_i)$ for every $f$ of degree below $n$.

    `xs` are the $n$ points, distinct modulo p, in the order of the result; `at` is any point, one of `xs` included.

    $$\lambda_i = \prod_{j \ne i} \frac{\text{at} - x_j}{x_i - x_j}$$

    Takes about $n^2$ multiplications and one inversion. Raises `LocalError` when two points coincide (naming their
    positions) or there are none.

    >>> from drandlab.algebra.field import BLS12_381_FR
    >>> lagrange_coefficients(BLS12_381_FR, [2, 3, 4])
    [Fr(6), Fr(-8), Fr(3)]
    >>> lagrange_coefficients(PrimeField(17), [1, 2], at=2)
    [0 (mod 17), 1 (mod 17)]
    """
    p = field.modulus
    residues = distinct_residues(field, xs)
    target = field.residue(at, "at")
    # Products of the factors before and after i, without a division by at - x_i: `at` may be one of the points.
    before = [1]
    for x in residues:
        before.append(before[-1] * (target - x) % p)
    coefficients = barycentric_weights(field, residues)
    after = 1
    for i in range(len(residues) - 1, -1, -1):
        coefficients[i] = coefficients[i] * before[i] * after % p
        after = after * (target - residues[i]) % p
    return [FieldElement(field, value) for value in coefficients]


def whole_coefficients(xs: Sequence[int]) -> tuple[list[int], int]:
    r"""Return whole numbers $n_i$ and $D$ with $\lambda_i(0) = n_i / D$, as small as they can be.

    The points of shares are small whole numbers, so their coefficients are fractions of a few digits; modulo p they are
    as long as p. To combine points of a curve, $D^{-1} \sum_i n_i P_i$ takes short multiplications and one long one.
    Raises `LocalError` when two of the whole numbers ``xs`` are equal.

    >>> whole_coefficients([2, 3, 4])
    ([6, -8, 3], 1)
    >>> whole_coefficients([1, 2, 5])
    ([15, -10, 1], 6)
    """
    xs, fractions = [checked_int(x, f"xs[{i}]") for i, x in enumerate(xs)], []
    for i, x in enumerate(xs):
        top = bottom = 1
        for j, other in enumerate(xs):
            if j != i:
                top, bottom = top * other, bottom * (other - x)
        if not bottom:
            raise LocalError(f"interpolation needs distinct points, {x} comes twice", argument=f"xs[{i}]")
        fractions.append(Fraction(top, bottom))
    shared = math.lcm(*(fraction.denominator for fraction in fractions))
    return [fraction.numerator * (shared // fraction.denominator) for fraction in fractions], shared


def points_over(
    field: PrimeField, points: Iterable[tuple[int | FieldElement, int | FieldElement]]
) -> tuple[list[int], list[int]]:
    """Split `points` into the residues of their x, checked to be distinct, and of their y.

    >>> points_over(PrimeField(17), [(1, 20), (2, -1)])
    ([1, 2], [3, 16])
    """
    pairs = list(points)
    for position, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise WrongType(f"expected a pair (x, y), got {type(pair).__name__}", argument=f"points[{position}]")
    xs = distinct_residues(field, (x for x, _ in pairs))
    return xs, [field.residue(y, f"points[{position}][1]") for position, (_, y) in enumerate(pairs)]


def interpolate(
    field: PrimeField, points: Iterable[tuple[int | FieldElement, int | FieldElement]], at: int | FieldElement = 0
) -> FieldElement:
    r"""Return $f(\text{at}) = \sum_i \lambda_i y_i$ for the polynomial $f$ of degree below $n$ through $n$ `points`.

    Each point is a pair $(x_i, y_i)$. Raises `LocalError` when two points have one x, naming their positions.

    >>> F = PrimeField(17)
    >>> interpolate(F, [(1, 8), (2, 7), (3, 10)])  # on 13 + 10x + 2x^2
    13 (mod 17)
    """
    xs, ys = points_over(field, points)
    coefficients = lagrange_coefficients(field, xs, at)
    return FieldElement(field, sum(c.value * y for c, y in zip(coefficients, ys, strict=True)))
