from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab import algebra
from drandlab.algebra import BLS12_381_FR, Polynomial, PrimeField
from drandlab.algebra import symbolic as sym
from drandlab.errors import LocalError

F17 = PrimeField(17)


@settings(max_examples=25)
@given(
    st.sampled_from([PrimeField(257), BLS12_381_FR]),
    st.lists(st.integers(0, 200), min_size=1, max_size=5, unique=True),
    st.integers(-50, 200),
)
def test_exact_coefficients_carried_into_a_field_equal_the_fast_ones(field: PrimeField, xs: list[int], at: int) -> None:
    exact = sym.lagrange_coefficients(xs, at)
    assert all(c.is_Rational for c in exact)
    assert [sym.evaluate(c, field) for c in exact] == algebra.lagrange_coefficients(field, xs, at)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_interpolation_identity_holds_for_all_points(n: int) -> None:
    identity = sym.interpolation_identity(sym.points(n))
    assert identity.rhs == sympy.Symbol("a_0")
    assert sympy.simplify(identity.lhs - identity.rhs) == 0


def test_the_interpolation_identity_can_fail() -> None:
    identity = sym.interpolation_identity([1, 2, 4])
    assert sympy.expand(identity.lhs - identity.rhs) == 0
    higher = sym.polynomial(4)
    wrong = sum(
        c * higher.subs(sym.x, own) for c, own in zip(sym.lagrange_coefficients([1, 2, 4]), [1, 2, 4], strict=True)
    )
    assert sympy.expand(wrong - higher.subs(sym.x, 0)) != 0


def test_the_identity_holds_at_any_point() -> None:
    z = sympy.Symbol("z")
    identity = sym.interpolation_identity([1, 2, 3], at=z)
    assert sympy.expand(identity.lhs - identity.rhs) == 0 and identity.rhs.has(z)


def test_the_basis_is_one_at_its_own_point_and_zero_at_the_others() -> None:
    xs = [1, 3, 4, sympy.Rational(7, 2)]
    table = [[line.subs(sym.x, own) for own in xs] for line in sym.lagrange_basis(xs)]
    assert table == [[int(i == j) for j in range(4)] for i in range(4)]


def test_the_interpolant_equals_the_polynomial_of_the_field() -> None:
    f = Polynomial(F17, [13, 10, 2])
    expression = sym.interpolant([(i, f(i)) for i in (1, 2, 3)])
    assert all(sym.evaluate(expression, F17, {sym.x: i}) == f(i) for i in range(17))


def test_elements_stand_for_their_values() -> None:
    points, plain = [(F17(1), F17(8)), (F17(2), F17(-10))], [(1, 8), (2, 7)]
    assert sym.interpolant(points) == sym.interpolant(plain)
    assert sym.consistent_polynomials(points, threshold=4) == sym.consistent_polynomials(plain, threshold=4)


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_fewer_points_leave_every_secret_possible(known: int) -> None:
    points = [(1, 8), (2, 7), (5, 11)][:known]
    family = sym.consistent_polynomials(points, threshold=4)
    assert sympy.expand(family.subs(sym.x, 0)) == sym.s
    assert all(sympy.expand(family.subs(sym.x, own)) == y for own, y in points)
    assert sympy.degree(sympy.expand(family), sym.x) == 3
    assert len(family.free_symbols - {sym.x, sym.s}) == 4 - known - 1
    free = {symbol: 3 for symbol in family.free_symbols}
    for secret in range(17):
        values = [sym.evaluate(family, F17, {**free, sym.s: secret, sym.x: i}) for i in range(17)]
        assert values[0] == secret and all(values[own] == y for own, y in points)
        assert Polynomial.interpolate(F17, list(enumerate(values))).degree <= 3


def test_the_family_is_not_there_when_the_secret_is_determined() -> None:
    with pytest.raises(LocalError, match="2 points determine the secret at threshold 2"):
        sym.consistent_polynomials([(1, 8), (2, 7)], threshold=2)
    with pytest.raises(LocalError, match="x = 0 is the secret itself"):
        sym.consistent_polynomials([(0, 8)], threshold=3)


@settings(max_examples=25)
@given(st.lists(st.integers(-(2**256), 2**256), max_size=5), st.integers(0, 2**256))
def test_sympy_computes_with_the_same_polynomial(coefficients: list[int], at: int) -> None:
    for field in (F17, BLS12_381_FR):
        f = Polynomial(field, coefficients)
        same = sym.to_sympy(f)
        assert int(same.eval(at)) == f(at).value
        assert sym.to_sympy(f * f + 1) == same * same + 1


def test_evaluate_names_what_has_no_meaning() -> None:
    with pytest.raises(LocalError, match="symbol a_1 has no value"):
        sym.evaluate(sym.polynomial(2), F17, {sym.x: 1, sympy.Symbol("a_0"): 3})
    with pytest.raises(LocalError, match=r"sqrt\(2\) has no value in PrimeField\(17\)"):
        sym.evaluate(sympy.sqrt(2), F17)
    with pytest.raises(LocalError, match="has no value"):
        sym.evaluate(sympy.pi * 2, F17)
    with pytest.raises(ZeroDivisionError, match=r"0 has no inverse in PrimeField\(17\)"):
        sym.evaluate(sympy.Rational(1, 34), F17)
    with pytest.raises(ZeroDivisionError, match="0 has no inverse"):
        sym.evaluate(1 / sym.x, F17, {sym.x: 17})
    with pytest.raises(TypeError, match="expression: expected a whole number, got 'x'"):
        sym.evaluate("x", F17)


def test_points_must_be_exact_and_distinct() -> None:
    with pytest.raises(TypeError, match=r"xs\[1\]: expected a whole number, got 2.0"):
        sym.lagrange_coefficients([1, 2.0])
    with pytest.raises(TypeError, match=r"xs\[0\]: expected a whole number"):
        sym.lagrange_basis([sympy.Float(1), 2])
    with pytest.raises(LocalError, match=r"xs: positions 0 and 2 are the same point, x = 1"):
        sym.lagrange_basis([1, 2, 1])
    with pytest.raises(LocalError, match="xs: interpolation needs at least one point, got none"):
        sym.lagrange_coefficients([])
    with pytest.raises(LocalError, match="threshold: expected a whole number of at least 1, got 0"):
        sym.polynomial(0)
    with pytest.raises(LocalError, match="n: expected a whole number of at least 1, got 0"):
        sym.points(0)
