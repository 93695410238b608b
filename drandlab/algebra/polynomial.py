r"""Polynomials over a prime field: the ring $\mathbb{F}_p[x]$."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.algebra.lagrange import barycentric_weights, points_over
from drandlab.errors import LocalError, WrongType
from drandlab.typing import Rng, checked_int, whole_number

__all__ = ["Polynomial"]

SHOWN = 6
"""Terms that are printed; the middle of a longer polynomial is left out."""


@dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)
class Polynomial:
    r"""The polynomial $f(x) = a_0 + a_1 x + \dots + a_d x^d$ over a prime field, immutable and hashable.

    `coefficients` are ints or elements, the constant term first; zeros at the top are dropped, so that equal
    polynomials have one form. ``f(x)`` evaluates; ``+ - *``, ``divmod``, ``//``, ``%`` and ``==`` are those of the
    ring, and an int or element on either side is a constant. Polynomials over two fields in one operation raise
    `LocalError`.

    >>> F = PrimeField(17)
    >>> f = Polynomial(F, [13, 10, 2])
    >>> f, f.degree, f(0), f(3)
    (13 + 10x + 2x^2 over PrimeField(17), 2, 13 (mod 17), 10 (mod 17))
    >>> f * f - 1
    15 + 5x + 16x^2 + 6x^3 + 4x^4 over PrimeField(17)
    >>> f % Polynomial(F, [-3, 1]) == f(3)  # the remainder by x - 3 is the value at 3
    True

    Source: Shoup, A Computational Introduction to Number Theory and Algebra, 2nd ed., section 7.2.
    """

    field: PrimeField
    coefficients: tuple[FieldElement, ...]

    def __init__(self, field: PrimeField, coefficients: Iterable[int | FieldElement]) -> None:
        if not isinstance(field, PrimeField):
            raise WrongType(f"expected a PrimeField, got {type(field).__name__}", argument="field")
        values = [field.residue(c, f"coefficients[{k}]") for k, c in enumerate(coefficients)]
        while values and not values[-1]:
            values.pop()
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "coefficients", tuple(FieldElement(field, value) for value in values))

    @classmethod
    def random(cls, field: PrimeField, degree: int, rng: Rng, constant: int | FieldElement | None = None) -> Polynomial:
        r"""Draw uniformly from the polynomials of degree at most `degree`, with $f(0)$ = `constant` if given.

        The top coefficient may be 0. If it were never 0, `degree` shares would exclude one value of the secret.

        >>> from random import Random
        >>> Polynomial.random(PrimeField(17), 2, Random(1), constant=13)(0)
        13 (mod 17)
        """
        degree = checked_int(degree, "degree", 0)
        first = field.random(rng) if constant is None else field(constant)
        return cls(field, [first, *(field.random(rng) for _ in range(degree))])

    @classmethod
    def interpolate(
        cls, field: PrimeField, points: Iterable[tuple[int | FieldElement, int | FieldElement]]
    ) -> Polynomial:
        r"""Return the one polynomial of degree below $n$ through $n$ points $(x_i, y_i)$.

        $$f(x) = \sum_i y_i \prod_{j \ne i} \frac{x - x_j}{x_i - x_j}$$

        Takes about $n^2$ multiplications. Raises `LocalError` when two points have one x, naming their positions.

        >>> Polynomial.interpolate(PrimeField(17), [(1, 8), (2, 7), (3, 10)])
        13 + 10x + 2x^2 over PrimeField(17)

        Source: Berrut and Trefethen, Barycentric Lagrange interpolation, SIAM Review 46 (2004), section 3.
        """
        p = field.modulus
        xs, ys = points_over(field, points)
        # The product of all (x - x_j), constant term first.
        master = [1]
        for x in xs:
            master = [(low - x * high) % p for low, high in zip([0, *master], [*master, 0], strict=True)]
        total = [0] * len(xs)
        for x, y, weight in zip(xs, ys, barycentric_weights(field, xs), strict=True):
            scale, quotient = y * weight % p, 0
            # The master product divided by (x - x_i), top coefficient first, is the product of the other factors.
            for k in range(len(xs) - 1, -1, -1):
                quotient = (master[k + 1] + x * quotient) % p
                total[k] += scale * quotient
        return cls(field, total)

    @property
    def degree(self) -> int:
        """The exponent of the highest term, -1 for the zero polynomial."""
        return len(self.coefficients) - 1

    def padded(self, length: int) -> tuple[FieldElement, ...]:
        """Return exactly `length` coefficients, zeros at the top included: a dealer commits to all of them.

        Raises `LocalError` when the polynomial has more.

        >>> Polynomial(PrimeField(17), [13, 0]).padded(3)
        (13 (mod 17), 0 (mod 17), 0 (mod 17))
        """
        length = checked_int(length, "length", 0)
        if length < len(self.coefficients):
            raise LocalError(
                f"must be at least {len(self.coefficients)} for degree {self.degree}, got {length}", argument="length"
            )
        return self.coefficients + (self.field.zero,) * (length - len(self.coefficients))

    def __call__(self, x: int | FieldElement) -> FieldElement:
        """Evaluate at `x` by Horner's rule, one multiplication and one addition per coefficient."""
        point, p, value = self.field.residue(x, "x"), self.field.modulus, 0
        for coefficient in reversed(self.coefficients):
            value = (value * point + coefficient.value) % p
        return FieldElement(self.field, value)

    def _operand(self, other: object) -> Polynomial | None:
        """The other side of an operator as a polynomial over this field, None when it cannot be one."""
        if isinstance(other, Polynomial):
            if other.field != self.field:
                raise LocalError(
                    f"polynomials over {self.field!r} and {other.field!r} do not mix: take both over one field"
                )
            return other
        constant = other if isinstance(other, FieldElement) else whole_number(other)
        return None if constant is None else Polynomial(self.field, [constant])

    def __add__(self, other: Polynomial | int | FieldElement) -> Polynomial:
        right = self._operand(other)
        if right is None:
            return NotImplemented
        pairs = zip_longest(self.coefficients, right.coefficients, fillvalue=self.field.zero)
        return Polynomial(self.field, [a + b for a, b in pairs])

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial(self.field, [-a for a in self.coefficients])

    def __sub__(self, other: Polynomial | int | FieldElement) -> Polynomial:
        right = self._operand(other)
        return NotImplemented if right is None else self + -right

    def __rsub__(self, other: int | FieldElement) -> Polynomial:
        return -self + other

    def __mul__(self, other: Polynomial | int | FieldElement) -> Polynomial:
        right = self._operand(other)
        if right is None:
            return NotImplemented
        product = [0] * (len(self.coefficients) + len(right.coefficients))
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(right.coefficients):
                product[i + j] += a.value * b.value
        return Polynomial(self.field, product)

    __rmul__ = __mul__

    def __divmod__(self, other: Polynomial | int | FieldElement) -> tuple[Polynomial, Polynomial]:
        divisor = self._operand(other)
        if divisor is None:
            return NotImplemented
        if divisor.degree < 0:
            raise ZeroDivisionError(f"division by the zero polynomial over {self.field!r}")
        top = divisor.coefficients[-1].inverse()
        remainder = list(self.coefficients)
        quotient = [self.field.zero] * max(self.degree - divisor.degree + 1, 0)
        for shift in range(len(quotient) - 1, -1, -1):
            quotient[shift] = factor = remainder[shift + divisor.degree] * top
            for k, coefficient in enumerate(divisor.coefficients):
                remainder[shift + k] -= factor * coefficient
        return Polynomial(self.field, quotient), Polynomial(self.field, remainder)

    def __floordiv__(self, other: Polynomial | int | FieldElement) -> Polynomial:
        return divmod(self, other)[0]

    def __mod__(self, other: Polynomial | int | FieldElement) -> Polynomial:
        return divmod(self, other)[1]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Polynomial):
            return self.field == other.field and self.coefficients == other.coefficients
        if isinstance(other, FieldElement) or whole_number(other) is not None:
            return self.degree <= 0 and self(0) == other
        return NotImplemented

    def __hash__(self) -> int:
        # A constant polynomial equals its constant, so the two share a hash.
        return hash(self.coefficients) if self.degree > 0 else hash(self(0))

    def __str__(self) -> str:
        return self._sum(str, "{}{}", "x^{}", "…")

    def __repr__(self) -> str:
        return f"{self} over {self.field!r}"

    def _repr_latex_(self) -> str:
        terms = self._sum(FieldElement.latex, "{} {}", "x^{{{}}}", r"\dots")
        return rf"${terms} \in {self.field.latex()}[x]$"

    def _sum(self, number: Callable[[FieldElement], str], multiple: str, power: str, dots: str) -> str:
        """The polynomial as text; the arguments say how a number, a multiple, a power of x and a gap are written."""
        terms = []
        for k, a in enumerate(self.coefficients):
            x = "x" if k == 1 else power.format(k)
            if a:
                terms.append(number(a) if k == 0 else x if a == 1 else multiple.format(number(a), x))
        shown = [*terms[: SHOWN - 1], dots, terms[-1]] if len(terms) > SHOWN else terms
        return " + ".join(shown).replace("+ -", "- ") or "0"
