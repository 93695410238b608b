from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra import (
    BLS12_381_FR,
    BN254_FR,
    FieldElement,
    Polynomial,
    PrimeField,
    interpolate,
    lagrange_coefficients,
)
from drandlab.errors import LocalError

F17 = PrimeField(17)
FIELDS = [F17, PrimeField(2**61 - 1), BN254_FR, BLS12_381_FR]


@st.composite
def fields_and_points(draw: st.DrawFn) -> tuple[PrimeField, list[int], list[int]]:
    field = draw(st.sampled_from(FIELDS))
    residues = st.integers(0, field.modulus - 1)
    xs = draw(st.lists(residues, min_size=1, max_size=10, unique=True))
    ys = draw(st.lists(residues, min_size=len(xs), max_size=len(xs)))
    return field, xs, ys


@given(fields_and_points(), st.integers(-(2**260), 2**260))
def test_coefficients_equal_the_formula(case: tuple[PrimeField, list[int], list[int]], at: int) -> None:
    field, xs, _ = case
    expected = []
    for i, x in enumerate(xs):
        product = field.one
        for j, other in enumerate(xs):
            if i != j:
                product *= field(at - other) / (x - other)
        expected.append(product)
    assert lagrange_coefficients(field, xs, at) == expected
    assert sum(expected, field.zero) == 1


@given(fields_and_points(), st.integers(-(2**260), 2**260))
def test_interpolate_evaluates_the_polynomial_through_the_points(
    case: tuple[PrimeField, list[int], list[int]], at: int
) -> None:
    field, xs, coefficients = case
    f = Polynomial(field, coefficients)
    assert interpolate(field, [(x, f(x)) for x in xs], at) == f(at)


@given(fields_and_points())
def test_coefficients_at_a_point_pick_that_point(case: tuple[PrimeField, list[int], list[int]]) -> None:
    field, xs, ys = case
    for i, x in enumerate(xs):
        assert lagrange_coefficients(field, xs, x) == [int(i == j) for j in range(len(xs))]
        assert interpolate(field, zip(xs, ys, strict=True), x) == ys[i]


def test_coefficients_at_zero_equal_the_vectors_of_drand(vectors) -> None:
    cases = vectors("drand")["tbls_synthetic"]
    assert len(cases) == 4
    for case in cases:
        for indices, expected in case["lagrange_at_zero"].items():
            xs = [int(index) + 1 for index in indices.split(",")]
            assert [c.to_bytes().hex() for c in lagrange_coefficients(BLS12_381_FR, xs)] == list(expected.values())


def test_the_denominator_of_the_idn_paper_negates_an_even_number_of_points() -> None:
    def as_the_paper_prints(xs: list[int]) -> list[FieldElement]:
        products = []
        for x in xs:
            product = F17.one
            for other in xs:
                if other != x:
                    product *= F17(-other) / (other - x)
            products.append(product)
        return products

    assert as_the_paper_prints([1, 2, 4]) == lagrange_coefficients(F17, [1, 2, 4])
    assert as_the_paper_prints([1, 2]) == [-c for c in lagrange_coefficients(F17, [1, 2])]


@pytest.mark.parametrize("xs", [[1, 2, 18], [1, 2, F17(1)], [1, 2, -16], [1, 2, 1]])
def test_points_equal_modulo_p_are_refused_by_position(xs: list[int]) -> None:
    with pytest.raises(LocalError, match=r"xs: positions 0 and 2 are the same point of PrimeField\(17\), x = 1"):
        lagrange_coefficients(F17, xs)
    with pytest.raises(LocalError, match="positions 0 and 2"):
        interpolate(F17, [(x, 0) for x in xs])
    with pytest.raises(LocalError, match="positions 0 and 2"):
        Polynomial.interpolate(F17, [(x, 0) for x in xs])


def test_no_points_are_refused() -> None:
    for call in (lambda: lagrange_coefficients(F17, []), lambda: interpolate(F17, [])):
        with pytest.raises(LocalError, match="xs: interpolation needs at least one point, got none"):
            call()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(TypeError, match=r"xs\[1\]: expected a whole number.*, got float"):
        lagrange_coefficients(F17, [1, 2.0])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"at: expected a whole number.*, got str"):
        lagrange_coefficients(F17, [1, 2], at="0")  # type: ignore[arg-type]
    with pytest.raises(
        LocalError, match=r"xs\[1\]: expected an element of PrimeField\(17\), got one of PrimeField\(19\)"
    ):
        lagrange_coefficients(F17, [1, PrimeField(19)(2)])
    with pytest.raises(TypeError, match=r"points\[1\]: expected a pair \(x, y\), got int"):
        interpolate(F17, [(1, 2), 7])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"points\[0\]: expected a pair"):
        interpolate(F17, [(1, 2, 3)])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"points\[1\]\[1\]: expected a whole number"):
        interpolate(F17, [(1, 2), (2, None)])  # type: ignore[list-item]
