"""What an author gains by choosing a range."""

from __future__ import annotations

from itertools import combinations

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.author_choice import author_choice, windows


@pytest.mark.parametrize("pending", range(8))
def test_the_windows_are_all_ranges_and_to_submit_nothing(pending: int) -> None:
    ranges = list(combinations(range(pending + 1), 2))  # the edges of a window
    assert windows(pending) == len(ranges) + 1


def test_measured_and_expected_stand_side_by_side() -> None:
    chart = author_choice([0, 1, 2], [50, 74, 95], 100)
    bars, marks = chart.figure.data
    assert list(bars.y) == [50, 74, 95]
    assert list(marks.y) == [50, 75, 93.75]
    assert marks.error_y.array[0] == pytest.approx(10)
    assert chart.table["outcomes"] == [1, 2, 4]


def test_another_wish_and_other_choices() -> None:
    chart = author_choice([1], [3], 10, wanted=0.1, outcomes=[3])
    assert chart.figure.data[1].y[0] == pytest.approx(27.1)
    assert chart.alt == (
        "An author who wants an outcome of probability 0.1 gets it in 30 % of 10 trials with 1 pending round; "
        "theory: 27.1 %. A fair draw: 10 %."
    )


@pytest.mark.parametrize(
    ("pending", "wins", "trials", "sentence"),
    [
        ([], [], 10, "wins: columns must be equally long, got 0, 0 and 0"),
        ([1, 2], [1], 10, "wins: columns must be equally long, got 2, 1 and 2"),
        ([1], [11], 10, r"wins\[0\]: expected a whole number from 0 to 10, got 11"),
        ([65], [1], 10, r"pending\[0\]: expected a whole number from 0 to 64, got 65"),
        ([1], [1], 0, "trials"),
    ],
)
def test_what_was_no_experiment_is_refused(pending, wins, trials, sentence) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LocalError, match=sentence):
        author_choice(pending, wins, trials)
