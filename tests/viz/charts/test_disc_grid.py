"""Discs in a grid: each value at its place, as large as it is, with its number; bad tables are refused."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.disc_grid import disc_grid
from helpers import SVG


def test_each_value_stands_at_its_row_and_column_with_its_number() -> None:
    chart = disc_grid([2, 1, 2, 1], [10, 9, 9, 10], [0, 0.25, 1, None], alt="x", percent=True)
    discs, words = chart.figure.data
    # rows and columns that are numbers stand in order, from the top and from the left
    assert list(zip(discs.x, discs.y, discs.text, strict=True)) == [(1, -1, "0 %"), (0, 0, "25 %"), (0, -1, "100 %")]
    assert list(words.x) == list(discs.x) and list(words.text) == list(discs.text)
    assert list(chart.figure.layout.yaxis.ticktext) == ["1", "2"]
    assert list(chart.figure.layout.xaxis.ticktext) == ["9", "10"]
    assert chart.table == {"row": [2, 1, 2, 1], "column": [10, 9, 9, 10], "value": [0, 0.25, 1, None]}


def test_the_area_of_a_disc_grows_with_its_value() -> None:
    (discs, _) = disc_grid(["a"] * 3, ["x", "y", "z"], [0, 1, 4], alt="x").figure.data
    none, one, four = discs.marker.size
    assert four - none == pytest.approx(2 * (one - none))
    assert disc_grid(["a"], ["x"], [0], alt="x").figure.data[0].marker.size == (none,)


def test_labels_that_are_words_stay_as_they_came_and_are_text() -> None:
    chart = disc_grid(["two", "one", "two"], ["<b>", "x", "x"], [1, 2, 3], alt="words", row_title="satellites")
    assert list(chart.figure.layout.yaxis.ticktext) == ["two", "one"]
    assert list(chart.figure.layout.xaxis.ticktext) == ["‹b›", "x"]
    texts = {one.text for one in ElementTree.fromstring(chart.to_svg()).iter(f"{SVG}text")}
    assert {"two", "one", "‹b›", "satellites", "1", "2", "3"} <= texts


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (([1], [1, 2], [1, 2]), "values"),
        (([1, 1], [2, 2], [1, 2]), "rows"),
        (([1], [1], [-1]), "values"),
        (([1], [1], ["many"]), "values[0]"),
        (([1], [1], [None]), "values"),
        ((list(range(25)), [1] * 25, [1] * 25), "rows"),
        (([1] * 17, list(range(17)), [1] * 17), "columns"),
    ],
)
def test_what_is_no_grid_is_refused(arguments: Any, argument: str) -> None:
    with pytest.raises(LocalError) as raised:
        disc_grid(*arguments, alt="x")
    assert raised.value.argument == argument
