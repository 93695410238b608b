from __future__ import annotations

import operator
import pickle
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra import BLS12_381_FR, BN254_FR, Polynomial, PrimeField
from drandlab.errors import LocalError

F17 = PrimeField(17)
FIELDS = [PrimeField(2), F17, PrimeField(2**61 - 1), BN254_FR, BLS12_381_FR]

integers = st.integers(-(2**260), 2**260)
coefficient_lists = st.lists(st.one_of(st.just(0), integers), max_size=7)


@st.composite
def three_polynomials(draw: st.DrawFn) -> tuple[Polynomial, Polynomial, Polynomial]:
    field = draw(st.sampled_from(FIELDS))
    f, g, h = (Polynomial(field, draw(coefficient_lists)) for _ in range(3))
    return f, g, h


@given(three_polynomials(), integers)
def test_polynomials_obey_the_ring_laws(trio: tuple[Polynomial, Polynomial, Polynomial], c: int) -> None:
    f, g, h = trio
    assert (f + g) + h == f + (g + h) and (f * g) * h == f * (g * h)
    assert f + g == g + f and f * g == g * f
    assert f * (g + h) == f * g + f * h
    assert f + 0 == f and f * 1 == f and f - f == 0 and f - g == f + -g
    assert c * f == f * c == f * f.field(c) == f.field(c) * f == f * Polynomial(f.field, [c])
    assert c - f == -(f - c) and f.field(c) + f == f + c


@given(three_polynomials(), integers)
def test_evaluation_is_a_homomorphism(trio: tuple[Polynomial, Polynomial, Polynomial], x: int) -> None:
    f, g, _ = trio
    assert (f + g)(x) == f(x) + g(x) and (f - g)(x) == f(x) - g(x) and (f * g)(x) == f(x) * g(x)
    assert f(x) == f(f.field(x)) == sum((a * f.field(x) ** k for k, a in enumerate(f.coefficients)), f.field.zero)


@given(three_polynomials())
def test_division_leaves_a_smaller_remainder(trio: tuple[Polynomial, Polynomial, Polynomial]) -> None:
    f, g, _ = trio
    if g.degree < 0:
        with pytest.raises(ZeroDivisionError, match="division by the zero polynomial"):
            divmod(f, g)
    else:
        quotient, remainder = divmod(f, g)
        assert quotient * g + remainder == f and remainder.degree < g.degree
        assert (f // g, f % g) == (quotient, remainder)


@given(three_polynomials())
def test_degrees(trio: tuple[Polynomial, Polynomial, Polynomial]) -> None:
    f, g, _ = trio
    assert f.degree == max((k for k, a in enumerate(f.coefficients) if a), default=-1)
    assert (f + g).degree <= max(f.degree, g.degree)
    if f.degree >= 0 and g.degree >= 0:
        assert (f * g).degree == f.degree + g.degree


@given(st.sampled_from([F17, BN254_FR, BLS12_381_FR]), st.data())
def test_interpolation_undoes_evaluation(field: PrimeField, data: st.DataObject) -> None:
    residues = st.integers(0, field.modulus - 1)
    xs = data.draw(st.lists(residues, min_size=1, max_size=9, unique=True))
    f = Polynomial(field, data.draw(st.lists(residues, max_size=len(xs))))
    assert Polynomial.interpolate(field, [(x, f(x)) for x in xs]) == f
    ys = data.draw(st.lists(residues, min_size=len(xs), max_size=len(xs)))
    through = Polynomial.interpolate(field, zip(xs, ys, strict=True))
    assert [through(x) for x in xs] == ys and through.degree < len(xs)


def test_a_polynomial_has_one_form() -> None:
    f = Polynomial(F17, [1, 2, 0, 17])
    assert f == Polynomial(F17, [18, -15]) and hash(f) == hash(Polynomial(F17, [18, -15])) and f.degree == 1
    assert Polynomial(F17, [3]) == 3 == Polynomial(F17, [3]) and hash(Polynomial(F17, [3])) == hash(F17(3))
    assert F17(3) == Polynomial(F17, [3]) and Polynomial(F17, []) == 0 and Polynomial(F17, [0, 1]) != 0
    assert Polynomial(F17, [3]) != Polynomial(PrimeField(19), [3]) and Polynomial(F17, [1]) != "1"
    assert pickle.loads(pickle.dumps(f)) == f


def test_padded_shows_the_zeros_at_the_top() -> None:
    f = Polynomial(F17, [1, 2, 0])
    assert f.padded(4) == (1, 2, 0, 0) and f.padded(2) == (1, 2)
    with pytest.raises(LocalError, match="length: must be at least 2 for degree 1, got 1"):
        f.padded(1)


def test_random_draws_all_polynomials_equally_often() -> None:
    field, rng = PrimeField(3), Random(5)
    counts = Counter(Polynomial.random(field, 1, rng) for _ in range(4500))
    # 9 polynomials, 500 each, standard deviation 21; constants are among them.
    assert len(counts) == 9 and all(abs(count - 500) < 130 for count in counts.values())


@given(st.sampled_from(FIELDS), st.integers(0, 8), integers, st.integers(0, 2**32))
def test_random_keeps_the_constant_and_the_degree(field: PrimeField, degree: int, secret: int, seed: int) -> None:
    f = Polynomial.random(field, degree, Random(seed), constant=secret)
    assert f(0) == secret and f.degree <= degree
    assert f == Polynomial.random(field, degree, Random(seed), constant=field(secret))


def test_bad_arguments_are_named() -> None:
    with pytest.raises(TypeError, match="field: expected a PrimeField, got int"):
        Polynomial(17, [1])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"coefficients\[1\]: expected a whole number.*, got float"):
        Polynomial(F17, [1, 2.5])  # type: ignore[list-item]
    with pytest.raises(
        LocalError, match=r"coefficients\[0\]: expected an element of PrimeField\(17\), got one of PrimeField\(19\)"
    ):
        Polynomial(F17, [PrimeField(19)(1)])
    with pytest.raises(LocalError, match="degree: expected a whole number of at least 0, got -1"):
        Polynomial.random(F17, -1, Random(1))
    with pytest.raises(TypeError, match=r"x: expected a whole number.*, got str"):
        Polynomial(F17, [1])("0")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match=r"polynomials over PrimeField\(17\) and PrimeField\(19\) do not mix"):
        Polynomial(F17, [1]) + Polynomial(PrimeField(19), [1])
    for operation in (operator.add, operator.sub, operator.mul, divmod):
        with pytest.raises(TypeError, match="unsupported operand"):
            operation(Polynomial(F17, [1]), 1.5)
    with pytest.raises(AttributeError):
        Polynomial(F17, [1]).coefficients = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "coefficients", "text", "latex"),
    [
        (F17, [], "0 over PrimeField(17)", r"$0 \in \mathbb{F}_{17}[x]$"),
        (F17, [0, 1, 0, -2], "x + 15x^3 over PrimeField(17)", r"$x + 15 x^{3} \in \mathbb{F}_{17}[x]$"),
        (BLS12_381_FR, [6, -8, 1], "6 - 8x + x^2 over Fr (255 bits)", r"$6 - 8 x + x^{2} \in \text{Fr}[x]$"),
        (
            F17,
            range(1, 12),
            "1 + 2x + 3x^2 + 4x^3 + 5x^4 + … + 11x^10 over PrimeField(17)",
            r"$1 + 2 x + 3 x^{2} + 4 x^{3} + 5 x^{4} + \dots + 11 x^{10} \in \mathbb{F}_{17}[x]$",
        ),
    ],
)
def test_what_is_printed(field: PrimeField, coefficients: list[int], text: str, latex: str) -> None:
    f = Polynomial(field, coefficients)
    assert repr(f) == text and f._repr_latex_() == latex
