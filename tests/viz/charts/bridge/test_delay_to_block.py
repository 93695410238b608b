"""The delay from a round to its block as a stair."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.delay_to_block import MOST_STEPS, delay_to_block


def test_the_stair_has_a_step_for_each_delay() -> None:
    chart = delay_to_block({"a": [3, 1, 2, 2]})
    [stair] = chart.figure.data
    assert list(zip(stair.x, stair.y, strict=True))[1::2] == [(1, 0), (2, 25), (2, 50), (3, 75), (3, 100)]
    assert chart.table["delay, s"] == [1, 2, 2, 3]
    assert chart.table["share of rounds"] == [0.25, 0.5, 0.75, 1]
    assert chart.figure.layout.showlegend is False


def test_rounds_that_never_came_keep_it_below_the_top() -> None:
    chart = delay_to_block({"silent": [1.0, 2.0], "all": [4.0]}, due={"silent": 8})
    assert chart.figure.data[0].y[-1] == 25
    assert chart.figure.data[1].y[-1] == 100
    assert "silent: 2 of 8 rounds came, half of these within 1 s" in chart.alt
    assert "all: all 1 rounds came" in chart.alt
    assert {trace.line.dash for trace in chart.figure.data} == {"solid", "dash"}


def test_many_delays_make_a_small_figure_and_a_whole_table() -> None:
    chart = delay_to_block({"many": [i / 100 for i in range(20_000)]})
    assert len(chart.figure.data[0].x) <= 2 * MOST_STEPS + 2
    assert chart.figure.data[0].y[-1] == 100
    assert len(chart.table["delay, s"]) == 20_000


@pytest.mark.parametrize(
    ("delays", "due", "sentence"),
    [
        ({}, None, "delays: a figure has 1 to 5 series, got 0"),
        ({"a": []}, None, "a: expected at least one value, got none"),
        ({"a": [1.0, float("nan")]}, None, r"a\[1\]: must be a finite number"),
        ({"a": [1.0, 2.0]}, {"a": 1}, "due of a: expected a number of rounds of at least 2, got 1"),
        ({"a": [1.0]}, {"b": 1}, "due: there are no delays of 'b'"),
    ],
)
def test_what_is_no_distribution_is_refused(delays, due, sentence) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LocalError, match=sentence):
        delay_to_block(delays, due=due)
