from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.viz import Chart, bars, histogram, line, scatter

finite = st.floats(-1e300, 1e300)


@given(st.lists(finite, min_size=1, max_size=60), st.integers(1, 30))
def test_a_histogram_counts_every_value_once(values: list[float], bins: int) -> None:
    table = histogram(values, alt="x", bins=bins).table
    assert sum(table["count"]) == len(values)
    assert len(table["count"]) == bins


@pytest.mark.parametrize("unit", [1e-200, 1e-12, 1e-3, 1.0, 1e12, 1e200])
def test_a_histogram_has_its_edges_in_any_unit(unit: float) -> None:
    table = histogram([0, unit, 4 * unit], alt="x", bins=4).table
    assert table["from"] == pytest.approx([0, unit, 2 * unit, 3 * unit], abs=0)
    assert table["to"] == pytest.approx([unit, 2 * unit, 3 * unit, 4 * unit], abs=0)
    assert table["count"] == [1, 1, 0, 1]


def test_a_histogram_puts_edges_where_it_says() -> None:
    chart = histogram([0, 1, 2, 3, 4], alt="x", bins=4, span=(0, 4))
    assert chart.table == {"from": [0, 1, 2, 3], "to": [1, 2, 3, 4], "count": [1, 1, 1, 2]}


def test_a_histogram_of_many_values_is_a_small_file() -> None:
    chart = histogram([i % 97 for i in range(50_000)], alt="x")
    assert len(chart.figure.to_json()) < 3000


def test_curves_share_their_abscissae_and_may_have_gaps() -> None:
    chart = line([1, 2, 3], {"a": [1, None, 3], "b": [2, 2, 2]}, alt="x", x_title="n")
    assert chart.table == {"n": [1, 2, 3], "a": [1, None, 3], "b": [2, 2, 2]}
    assert chart.figure.layout.showlegend
    assert len({trace.line.dash for trace in chart.figure.data}) == 2
    assert len({trace.marker.symbol for trace in scatter([1], {"a": [1], "b": [2]}, alt="x").figure.data}) == 2


def test_bars_carry_their_errors_and_texts() -> None:
    chart = bars(["a", "b"], [1, 2], alt="x", errors=[0.1, 0.2], texts=["one", "two"], horizontal=True)
    assert chart.table["error"] == [0.1, 0.2]
    assert [note.text for note in chart.figure.layout.annotations] == ["one", "two"]
    svg = chart.to_svg()
    assert ">one<" in svg
    assert ">two<" in svg


def test_numbers_of_other_kinds_become_plain_ones() -> None:
    from fractions import Fraction

    assert line([Fraction(1, 2)], [True + 1], alt="x").table == {"x": [0.5], "y": [2]}


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: line([], [], alt="x"), "x: expected at least one value, got none"),
        (lambda: line([1], [None], alt="x"), "y: expected at least one value, got none"),
        (lambda: line([1, 2], [1], alt="x"), "equally long"),
        (lambda: line([1], {}, alt="x"), "1 to 5 series, got 0"),
        (lambda: line([1], {str(i): [1] for i in range(6)}, alt="x"), "1 to 5 series, got 6"),
        (lambda: line([1], [float("inf")], alt="x"), r"y\[0\]: must be a finite number, got inf"),
        (lambda: line(["1"], [1], alt="x"), r"x\[0\]: must be a finite number, got '1'"),
        (lambda: line("12", [1, 2], alt="x"), "x: must be a sequence of numbers, got str"),
        (lambda: line([1], [True], alt="x"), r"y\[0\]: must be a finite number, got True"),
        (lambda: line([1], [10**400], alt="x"), r"y\[0\]: must be a finite number"),
        (lambda: line([1], [0], alt="x", log_y=True), "a logarithmic axis needs values > 0, got 0"),
        (lambda: line([1], [1], alt=""), "alt: expected a sentence"),
        (lambda: bars(["a", "a"], [1, 2], alt="x"), "labels: must be distinct, 'a' comes twice"),
        (lambda: bars(["a"], [1, 2], alt="x"), "equally long"),
        (lambda: bars(["a"], [1], alt="x", errors=[-1]), "errors: must not be negative, got -1"),
        (lambda: bars(["a"], [1], alt="x", texts=[]), "equally long"),
        (lambda: bars([], [], alt="x"), "values: expected at least one value, got none"),
        (lambda: histogram([], alt="x"), "values: expected at least one value, got none"),
        (
            lambda: histogram([1, -2e300], alt="x"),
            r"values\[1\]: must lie within 1e\+300 of 0 to be drawn, got -2e\+300",
        ),
        (lambda: histogram([1], alt="x", bins=0), "bins: expected a whole number from 1 to 4000, got 0"),
        (lambda: histogram([1], alt="x", bins=2.5), "bins: expected a whole number"),
        (lambda: histogram([1], alt="x", span=(2, 2)), "low < high"),
        (lambda: histogram([5], alt="x", span=(0, 4)), "span: 0 to 4 leaves 5 out"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(draw: Any, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        draw()


@given(st.lists(finite, min_size=1, max_size=8))
@example([0.0, 5e-324])
@example([1e-300, 1.5e-300])
@example([-1e300, 1e300])
@example([1.7e18])
@example([1.0, 1.0000000000000002])
def test_every_kind_of_figure_has_a_picture(values: list[float]) -> None:
    xs = list(range(len(values)))
    figures: list[Chart] = [
        line(xs, values, alt="x"),
        scatter(xs, values, alt="x"),
        bars([str(x) for x in xs], values, alt="x", texts=["t"] * len(xs)),
        bars([str(x) for x in xs], values, alt="x", horizontal=True, errors=[1] * len(xs)),
        histogram(values, alt="x"),
    ]
    for chart in figures:
        assert chart.to_svg().count("<svg ") >= 1
