from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drandlab.viz.axis import Axis, linear_ticks, log_ticks, number, time_ticks

finite = st.floats(-1e9, 1e9) | st.floats(-1e300, 1e300) | st.floats(-1e-200, 1e-200)


@given(finite, finite)
def test_linear_ticks_are_few_even_and_inside(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assume(high - low > max(1e-299, 1e-6 * max(abs(a), abs(b))))
    ticks = linear_ticks(low, high)
    places = [place for place, _ in ticks]
    assert 2 <= len(ticks) <= 8
    slack = (high - low) * 1e-6
    assert low - slack <= places[0]
    assert places[-1] <= high + slack
    gaps = [b - a for a, b in pairwise(places)]
    assert max(gaps) - min(gaps) <= 1e-6 * max(gaps) + 1e-9 * max(abs(low), abs(high))


@given(st.floats(-8, 8), st.floats(0.4, 12))
def test_log_ticks_say_the_power_of_ten_where_they_stand(low: float, width: float) -> None:
    ticks = log_ticks(low, low + width)
    assert 1 <= len(ticks) <= 9
    for place, label in ticks:
        assert float(label.replace(",", "").replace("−", "-")) == pytest.approx(10**place, rel=1e-3)


@given(st.integers(0, 4_000_000_000), st.integers(6, 3_000_000_000))
def test_time_ticks_are_few_inside_and_distinct(start: int, span: int) -> None:
    ticks = time_ticks(start, start + span)
    assert 1 <= len(ticks) <= 13
    assert all(start <= place <= start + span for place, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)


def test_long_times_are_marked_at_months_and_years() -> None:
    ticks = time_ticks(datetime(2020, 7, 22, tzinfo=UTC).timestamp(), datetime(2025, 8, 22, tzinfo=UTC).timestamp())
    assert [label for _, label in ticks] == ["2021", "2022", "2023", "2024", "2025"]
    ticks = time_ticks(datetime(2024, 1, 20, tzinfo=UTC).timestamp(), datetime(2024, 12, 20, tzinfo=UTC).timestamp())
    assert ticks[0][1] == "2024-03"


@given(st.floats(-1e12, 1e12))
def test_a_written_number_reads_back(value: float) -> None:
    text = number(value).replace(",", "").replace("−", "-")
    assert float(text) == pytest.approx(value, rel=0.06, abs=1e-4)


def test_categories_keep_their_order_and_dates_are_utc() -> None:
    axis = Axis({}, ["b", "a", "b"], 0.05)
    assert axis.ticks() == [(0.0, "b"), (1.0, "a")]
    dates = Axis({"type": "date"}, ["1970-01-01 00:00:10", "1970-01-01 00:00:20"], 0.0)
    assert (dates.low, dates.high) == (10.0, 20.0)


def test_a_reversed_axis_starts_at_its_end() -> None:
    axis = Axis({"autorange": "reversed"}, ["first", "second"], 0.05)
    axis.start, axis.end = 100.0, 0.0
    first, second = axis.at("first"), axis.at("second")
    assert first is not None and second is not None and first < second


def test_a_logarithmic_axis_has_no_place_for_zero() -> None:
    axis = Axis({"type": "log"}, [1, 100], 0.0)
    assert axis.at(0) is None
    assert (axis.low, axis.high) == (0.0, 2.0)


def test_one_value_alone_still_makes_an_axis() -> None:
    axis = Axis({}, [5], 0.05)
    assert axis.low < 5 < axis.high
    assert linear_ticks(5, 5) == [(5, "5")]


def test_the_place_of_a_label_is_found_without_a_search() -> None:
    compared = 0

    class Label(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

    labels = [Label(i) for i in range(200)]
    axis = Axis({}, labels, 0.0)
    assert [axis.number(Label(i)) for i in range(200)] == list(range(200))
    assert compared < 2000  # a few for each; a search from the start takes 20,000
