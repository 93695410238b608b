from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from drandlab.viz import line, scatter, timeline
from drandlab.viz.charts.basic import MOST_POINTS
from drandlab.viz.thinning import points_of_cloud, points_of_curve

values = st.lists(st.one_of(st.none(), st.floats(-1e300, 1e300)), min_size=1, max_size=300)


@given(values, st.integers(5, 60))
def test_a_thin_curve_keeps_its_ends_extremes_and_gaps(column: list[float | None], most: int) -> None:
    kept = points_of_curve([column], most)
    assert len(kept) <= most
    assert kept == sorted(set(kept))
    assert {0, len(column) - 1} <= set(kept)
    there = [v for v in column if v is not None]
    thin = [column[i] for i in kept if column[i] is not None]
    if there:
        assert (min(thin), max(thin)) == (min(there), max(there))
    assert (None in column) == (None in [column[i] for i in kept])


@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), min_size=1, max_size=200))
def test_every_point_of_a_thin_cloud_has_a_drawn_one_beside_it(points: list[tuple[float, float]]) -> None:
    x, y = [p[0] for p in points], [p[1] for p in points]
    kept = points_of_cloud(x, [y], 10)
    assert len(kept) <= 10
    assert kept
    assert points_of_cloud(x, [y], len(x)) == list(range(len(x)))


def test_a_stray_far_from_a_dense_cloud_is_drawn() -> None:
    x = [i % 1000 for i in range(200_000)] + [5000]
    y = [i % 997 for i in range(200_000)] + [-7000]
    kept = points_of_cloud(x, [y], 4000)
    assert len(x) - 1 in kept


def test_a_figure_of_many_points_says_how_many_it_draws_and_keeps_all_in_its_table() -> None:
    many = range(30_000)
    for draw in (line, scatter):
        chart = draw(many, {"a": [math.sin(i / 50) for i in many], "b": list(many)}, alt="Two.")
        shown = len(chart.figure.data[0].x)
        assert shown <= MOST_POINTS
        assert chart.alt == f"Two. Drawn are {shown:,} of 30,000 points; the others would lie over these."
        assert len(chart.table["a"]) == 30_000
    assert scatter(range(10), range(10), alt="Ten.").alt == "Ten."
    lanes = timeline({"x": [(i, i) for i in range(9000)]}, utc=False)
    assert "of 9,000 marks; the others would lie over these." in lanes.alt
    assert len(lanes.figure.data[0].x) <= MOST_POINTS


def test_a_cloud_on_a_logarithmic_axis_is_thinned_by_what_is_seen() -> None:
    many = [10.0 ** (i % 7) * (1 + i / 1e6) for i in range(20_000)]
    chart = scatter(range(20_000), many, alt="Seven lines.", log_y=True)
    assert {round(math.log10(v)) for v in chart.figure.data[0].y} == set(range(7))
