r"""The objects of this folder as sympy expressions, to show a proof beside the numbers that it is about.

The proofs need no field: they hold for exact fractions and, as long as no denominator is 0 modulo p, in every
$\mathbb{F}_p$. `evaluate` maps an expression into a field, where it must equal what `lagrange`, `polynomial` and
`shamir` compute with plain integers.

>>> from drandlab import algebra
>>> F = algebra.PrimeField(17)
>>> exact = lagrange_coefficients([1, 2, 4])
>>> exact
[8/3, -2, 1/3]
>>> [evaluate(c, F) for c in exact] == algebra.lagrange_coefficients(F, [1, 2, 4])
True

Source: Shamir, How to share a secret, CACM 22 (1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import sympy
from sympy import Expr, Symbol

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.algebra.polynomial import Polynomial
from drandlab.errors import LocalError
from drandlab.typing import checked_int

__all__ = [
    "Exact",
    "consistent_polynomials",
    "evaluate",
    "interpolant",
    "interpolation_identity",
    "lagrange_basis",
    "lagrange_coefficients",
    "points",
    "polynomial",
    "s",
    "to_sympy",
    "x",
]

Exact: TypeAlias = int | FieldElement | Expr
"""An exact number or expression: an int, an element (its `value` counts) or any sympy expression without floats."""

x = Symbol("x")
"""The variable of every polynomial here."""

s = Symbol("s")
"""The secret, where it is unknown."""


def polynomial(threshold: int, name: str = "a") -> Expr:
    r"""Return $f(x) = a_0 + a_1 x + \dots + a_{t-1} x^{t-1}$ with symbols for its $t$ = `threshold` coefficients.

    The secret is $a_0$; `name` is the letter of the coefficients.

    >>> polynomial(3)
    a_0 + a_1*x + a_2*x**2
    """
    threshold = checked_int(threshold, "threshold", 1)
    return sympy.Add(*(Symbol(f"{name}_{k}") * x**k for k in range(threshold)))


def points(n: int) -> tuple[Symbol, ...]:
    r"""Return symbols $x_1, \dots, x_n$ for points that are not chosen: what holds for them holds for any points.

    >>> points(3)
    (x_1, x_2, x_3)
    """
    n = checked_int(n, "n", 1)
    return tuple(Symbol(f"x_{i}") for i in range(1, n + 1))


def lagrange_basis(xs: Iterable[Exact]) -> list[Expr]:
    r"""Return the Lagrange basis: polynomials $\ell_i(x)$ of degree below $n$ that are 1 at $x_i$ and 0 at the others.

    $$\ell_i(x) = \prod_{j \ne i} \frac{x - x_j}{x_i - x_j}$$

    `xs` are integers, fractions or symbols. Raises `LocalError` when two are equal, naming their positions.

    >>> lagrange_basis([1, 2])
    [2 - x, x - 1]
    """
    at = _distinct(xs)
    return [
        sympy.Mul(*((x - other) / (own - other) for j, other in enumerate(at) if j != i)) for i, own in enumerate(at)
    ]


def lagrange_coefficients(xs: Iterable[Exact], at: Exact = 0) -> list[Expr]:
    r"""Return the Lagrange coefficients $\lambda_i = \ell_i(\text{at})$, as fractions when all points are numbers.

    >>> lagrange_coefficients([1, 2, 3])
    [3, -3, 1]
    >>> lagrange_coefficients(points(2))
    [-x_2/(x_1 - x_2), -x_1/(-x_1 + x_2)]
    """
    return [line.subs(x, _exact("at", at)) for line in lagrange_basis(xs)]


def interpolation_identity(xs: Iterable[Exact], at: Exact = 0) -> sympy.Eq:
    r"""Return the equation $\sum_i \lambda_i f(x_i) = f(\text{at})$ for every $f$ of degree below $n$, unsimplified.

    sympy can prove it; with `points` for `xs`, for all points at once.

    >>> identity = interpolation_identity(points(2))
    >>> identity.rhs
    a_0
    >>> sympy.simplify(identity.lhs - identity.rhs)
    0
    """
    chosen, target = _distinct(xs), _exact("at", at)
    f = polynomial(len(chosen))
    terms = [c * f.subs(x, own) for c, own in zip(lagrange_coefficients(chosen, target), chosen, strict=True)]
    return sympy.Eq(sympy.Add(*terms), f.subs(x, target), evaluate=False)


def interpolant(known: Sequence[tuple[Exact, Exact]]) -> Expr:
    r"""Return $\sum_i y_i \ell_i(x)$, the polynomial of degree below $n$ through $n$ `known` points $(x_i, y_i)$.

    A share is the point ``(share.x, share.value)``.

    >>> sympy.expand(interpolant([(1, 8), (2, 7), (3, 10)]))
    2*x**2 - 7*x + 13
    """
    lines = lagrange_basis(own for own, _ in known)
    return sympy.Add(*(_exact("y", y) * line for line, (_, y) in zip(lines, known, strict=True)))


def consistent_polynomials(known: Sequence[tuple[Exact, Exact]], threshold: int) -> Expr:
    r"""Return all polynomials of degree below `threshold` through too few `known` points, with a free secret $s$.

    With $k < t$ points, $g$ the `interpolant` of them and of $(0, s)$, and free $c_1, \dots, c_{t-k-1}$:

    $$f(x) = g(x) + x \prod_i (x - x_i) \sum_{j=1}^{t-k-1} c_j x^{j-1}$$

    Whatever $s$ is, $f$ passes through every point and $f(0) = s$: fewer than $t$ shares fit every secret.

    Raises `LocalError` when the points already determine the secret, or one lies at 0.

    >>> f = consistent_polynomials([(1, 8), (2, 7)], threshold=3)
    >>> f.subs(x, 0), f.subs(x, 1), f.subs(x, 2)
    (s, 8, 7)
    """
    xs = [_exact("x", own) for own, _ in known]
    threshold = checked_int(threshold, "threshold", 1)
    if len(known) >= threshold:
        raise LocalError(
            f"{len(known)} points determine the secret at threshold {threshold}: leave at least one out",
            argument="known",
        )
    if 0 in xs:
        raise LocalError("a point at x = 0 is the secret itself: shares lie at x = 1, 2, ...", argument="known")
    vanishing = sympy.Mul(x, *(x - own for own in xs))
    rest = [Symbol(f"c_{j}") * x ** (j - 1) for j in range(1, threshold - len(known))]
    return interpolant([(0, s), *known]) + vanishing * sympy.Add(*rest)


def to_sympy(f: Polynomial) -> sympy.Poly:
    """Return a polynomial over a prime field as a sympy polynomial modulo p, to factor or divide it there.

    >>> to_sympy(Polynomial(PrimeField(17), [13, 10, 2]))
    Poly(2*x**2 + 10*x + 13, x, modulus=17)
    """
    values = [a.value for a in reversed(f.coefficients)]
    return sympy.Poly(values, x, domain=sympy.GF(f.field.modulus, symmetric=False))


def evaluate(
    expression: Exact, field: PrimeField, values: Mapping[Symbol, int | FieldElement] | None = None
) -> FieldElement:
    r"""Map an exact expression into a field: $\frac{a}{b} \mapsto a b^{-1} \bmod p$, and symbols to their `values`.

    Raises `LocalError` for a symbol without a value or anything but sums, products, fractions and whole powers;
    `ZeroDivisionError` for a denominator that is 0 modulo p.

    >>> F = PrimeField(17)
    >>> evaluate(sympy.Rational(8, 3), F) == F(8) / 3
    True
    >>> evaluate(polynomial(2), F, {Symbol("a_0"): 13, Symbol("a_1"): 10, x: 3})
    9 (mod 17)
    """
    known = values or {}

    def walk(node: Expr) -> FieldElement:
        if node.is_Symbol:
            if node not in known:
                raise LocalError(f"symbol {node} has no value", argument="values")
            return field(known[node])
        if node.is_Rational:
            return field(int(node.p)) / int(node.q)
        if node.is_Add:
            return sum((walk(part) for part in node.args), field.zero)
        if node.is_Mul:
            product = field.one
            for part in node.args:
                product *= walk(part)
            return product
        if node.is_Pow and node.exp.is_Integer:
            return walk(node.base) ** int(node.exp)
        raise LocalError(
            f"{node} has no value in {field!r}: only sums, products, fractions and whole powers have",
            argument="expression",
        )

    return walk(_exact("expression", expression))


def _exact(name: str, value: Exact) -> Expr:
    """The sympy form of a number; a float is refused, since a proof needs exact numbers."""
    if isinstance(value, FieldElement):
        return sympy.Integer(value.value)
    if isinstance(value, Expr) and not value.has(sympy.Float):
        return value
    return sympy.Integer(checked_int(value, name))


def _distinct(xs: Iterable[Exact]) -> list[Expr]:
    """The points in sympy's form, no two of them equal and at least one."""
    exact = [_exact(f"xs[{i}]", own) for i, own in enumerate(xs)]
    for i, own in enumerate(exact):
        if exact.index(own) != i:
            raise LocalError(f"positions {exact.index(own)} and {i} are the same point, x = {own}", argument="xs")
    if not exact:
        raise LocalError("interpolation needs at least one point, got none", argument="xs")
    return exact
