from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra.field import PrimeField
from drandlab.algebra.polynomial import Polynomial
from drandlab.errors import LocalError
from drandlab.viz import shamir_field, shamir_reals
from drandlab.viz.charts.polynomials import formula
from drandlab.viz.charts.shares import check_points, evaluate, fit_field, fit_reals, newton


@given(st.sampled_from([5, 31, 257]), st.data())
def test_shares_of_a_polynomial_fix_it_and_fewer_do_not(prime: int, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(1, min(prime - 1, 6)))
    f = Polynomial.random(PrimeField(prime), threshold - 1, Random(data.draw(st.integers())))
    xs = data.draw(st.lists(st.integers(1, prime - 1), min_size=threshold, max_size=min(prime - 1, 9), unique=True))
    shares = [(x, int(f(x))) for x in xs]
    fit = fit_field(prime, shares, threshold)
    assert (fit.state, fit.secret) == ("fixed", int(f(0)))
    assert len(fit.coefficients) == threshold
    assert fit_field(prime, shares[: threshold - 1], threshold).state == "open"
    if len(shares) > threshold:
        x, y = shares[-1]
        assert fit_field(prime, [*shares[:-1], (x, (y + 1) % prime)], threshold).state == "contradiction"


@given(st.lists(st.fractions(-100, 100, max_denominator=9), min_size=1, max_size=6))
def test_newton_gives_back_the_coefficients(coefficients: list[Fraction]) -> None:
    points = [(Fraction(x), evaluate(coefficients, Fraction(x))) for x in range(1, len(coefficients) + 1)]
    assert newton(points) == coefficients


def test_real_shares_are_told_from_wrong_ones() -> None:
    on_curve = [(x, 1 + 0.5 * x - 0.25 * x * x) for x in (1, 2, 3, 4.5)]
    assert fit_reals(on_curve, 3).secret == pytest.approx(1)
    assert fit_reals([*on_curve, (6, 0)], 3).state == "contradiction"
    assert fit_reals(on_curve[:2], 3).state == "open"


def test_the_field_picture_says_what_the_shares_say() -> None:
    shares = [(1, 15), (2, 2), (3, 30)]
    assert shamir_field(31, shares, 3).alt.endswith("f(x) = 7 + 3x + 5x² mod 31, so the secret f(0) is 7.")
    assert shamir_field(31, shares, 4).alt.endswith("One more is needed; all 31 secrets still fit.")
    assert "at least one share is wrong" in shamir_field(31, [*shares, (4, 7)], 3).alt
    assert shamir_field(31, [], 2).alt == (
        "Modulo 31 with threshold 2, there is no share yet. 2 more are needed; all 31 secrets still fit."
    )
    assert shamir_field(31, shares, 3).table["what"] == ["share", "share", "share", "secret"]
    assert "secret" not in shamir_field(31, shares, 4).table["what"]


@given(st.integers(0, 3), st.integers(1, 4))
def test_candidates_go_through_all_shares_and_differ_in_the_secret(count: int, threshold: int) -> None:
    shares = [(1, 15), (2, 2), (3, 30)][:count]
    chart = shamir_field(31, shares, threshold)
    candidates = [t for t in chart.figure.data if t.name and t.name.startswith("fits")]
    if count >= threshold:
        assert candidates == []
        return
    assert len({t.y[0] for t in candidates}) == 3
    for t in candidates:
        assert all(t.y[x] == y for x, y in shares)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(-50, 50)), max_size=5, unique_by=lambda p: p[0]), st.integers(1, 5)
)
def test_real_pictures_keep_all_shares_in_view(points: list[tuple[int, float]], threshold: int) -> None:
    chart = shamir_reals(points, threshold)
    low, high = chart.figure.layout.yaxis.range
    assert all(low <= y <= high for _, y in points)
    chart.to_svg()


def test_small_primes_are_dots_and_large_ones_are_not() -> None:
    assert sum(len(t.x) for t in shamir_field(43, [(1, 1)], 2).figure.data) > 43 * 43
    assert sum(len(t.x) for t in shamir_field(257, [(1, 1)], 2).figure.data) < 257 * 6
    assert len(shamir_field(43, [(1, 1)], 2).to_svg()) < 60_000


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ([(0, 1)], "share 1: x = 0 is the place"),
        ([(1, 1), (1.0, 2)], r"share 2: an earlier share has x = 1\.0 too"),
        ([(1, "a")], r"share 1\[1\]: must be a finite number"),
        (["ab"], r"share 1\[0\]: must be a finite number, got 'a'"),
        ("ab", "shares: must be a sequence of pairs"),
        (None, "shares: must be a sequence of pairs"),
    ],
)
def test_bad_points_are_refused(points: object, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        check_points(points)  # type: ignore[arg-type]


@pytest.mark.parametrize("threshold", [0, -1, 1.5, True, None, 31])
def test_bad_thresholds_are_refused(threshold: object) -> None:
    with pytest.raises(LocalError, match=r"threshold: expected a whole number of at least 1|threshold: must be"):
        shamir_field(31, [(1, 1)], threshold)  # type: ignore[arg-type]


@pytest.mark.parametrize("prime", [0, 2, 4, 259, 263, "31", True])
def test_bad_primes_are_refused(prime: object) -> None:
    with pytest.raises(LocalError, match="must be"):
        shamir_field(prime, [(1, 1)], 2)  # type: ignore[arg-type]


def test_formulas_read_as_in_a_book() -> None:
    assert formula([0, 0]) == "f(x) = 0"
    assert formula([-1, 1, -1]) == "f(x) = −1 + x − x²"
    assert formula([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]) == "f(x) = 2x² + x¹⁰"
