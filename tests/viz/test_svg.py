from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.viz.svg import coordinate, render
from drandlab.viz.theme import layout
from helpers import SVG


def drawn(figure: go.Figure, alt: str = "A picture.") -> ElementTree.Element:
    return ElementTree.fromstring(render(figure, alt))


@given(
    st.lists(st.tuples(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12)), min_size=1, max_size=20),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=60),
)
def test_any_data_and_any_words_make_well_formed_bounded_svg(points: list[tuple[float, float]], words: str) -> None:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    figure = go.Figure(go.Scatter(x=xs, y=ys, mode="lines+markers", name=words), layout(words, "x", "y"))
    picture = drawn(figure, words or "x")
    assert picture.findtext(f"{SVG}desc") == (words or "x")
    for path in picture.iter(f"{SVG}path"):
        numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", path.get("d", ""))]
        assert all(abs(n) <= 9999 for n in numbers)
    assert "nan" not in ElementTree.tostring(picture, "unicode").partition("<desc>")[2].partition("</desc>")[2]


def test_control_characters_do_not_break_the_file() -> None:
    picture = drawn(go.Figure(go.Bar(x=["a\0b"], y=[1])), "one\x1btwo")
    assert picture.findtext(f"{SVG}desc") == "onetwo"


def test_the_same_figure_gives_the_same_bytes() -> None:
    one, other = (go.Figure(go.Bar(x=["a", "b"], y=[1, 2]), layout("t", "x", "y")) for _ in range(2))
    assert render(one, "a") == render(other, "a")


def test_a_gap_breaks_the_line() -> None:
    figure = go.Figure(go.Scatter(x=[1, 2, 3, 4], y=[1, None, 3, 4], mode="lines"))
    (path,) = drawn(figure).iter(f"{SVG}path")
    assert re.sub(r"[^ML]", "", path.get("d", "")) == "MML"


def test_equal_marks_share_a_path_and_different_ones_do_not() -> None:
    xs = list(range(500))
    assert len(list(drawn(go.Figure(go.Scatter(x=xs, y=xs, mode="markers"))).iter(f"{SVG}path"))) == 1
    colours = ["#ff0000", "#00ff00"] * 250
    two = go.Figure(go.Scatter(x=xs, y=xs, mode="markers", marker={"color": colours, "size": 10}))
    assert {path.get("fill") for path in drawn(two).iter(f"{SVG}path")} == set(colours)


def test_bars_stand_on_zero_and_reach_their_value() -> None:
    figure = go.Figure(go.Bar(x=["up", "down", "zero"], y=[2, -1, 0]), layout("", "", ""))
    up, down, zero = ({k: float(r.get(k, "nan")) for k in ("y", "height")} for r in drawn(figure).iter(f"{SVG}rect"))
    assert up["height"] == pytest.approx(2 * down["height"], abs=0.05)
    assert up["y"] + up["height"] == pytest.approx(down["y"], abs=0.02)  # the common foot
    assert zero["height"] == 0


def test_a_curve_that_leaves_the_plane_is_cut_at_its_edge() -> None:
    style = layout("", "", "", yaxis={"range": [0, 1]})
    inside = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines"), style)
    outside = go.Figure(go.Scatter(x=[0, 1], y=[0, 50], mode="lines"), style)
    assert len(list(drawn(inside).iter(f"{SVG}svg"))) == 1
    assert len(list(drawn(outside).iter(f"{SVG}svg"))) == 2


def test_a_legend_names_each_series_and_long_titles_wrap() -> None:
    traces = [go.Scatter(x=[1], y=[1], mode="markers", name=f"a series with number {i}") for i in range(9)]
    figure = go.Figure(traces, layout("word " * 40, "", "", showlegend=True))
    texts = ["".join(t.itertext()) for t in drawn(figure).iter(f"{SVG}text")]
    for i in range(9):
        assert f"a series with number {i}" in texts
    assert sum("word" in text for text in texts) >= 2


def test_tick_labels_do_not_touch() -> None:
    names = [f"a long category {i}" for i in range(40)]
    figure = go.Figure(go.Bar(x=names, y=[1] * 40), layout("", "", ""))
    texts = [t for t in drawn(figure).iter(f"{SVG}text") if (t.text or "").startswith("a long")]
    places = [float(t.get("x", "nan")) for t in texts]
    assert 1 < len(texts) < 10
    assert min(b - a for a, b in pairwise(places)) > 90


def test_a_trace_it_cannot_draw_is_refused_by_name() -> None:
    with pytest.raises(LocalError, match="scatter and bar traces, got 'heatmap'"):
        render(go.Figure(go.Heatmap(z=[[1]])), "x")


@given(st.floats(-1e6, 1e6))
def test_coordinates_have_at_most_two_decimals(value: float) -> None:
    text = coordinate(value)
    assert re.fullmatch(r"-?\d+(\.\d{1,2})?", text)
    assert float(text) == pytest.approx(value, abs=0.0051)


def test_hidden_axes_leave_no_trace_and_a_circle_stays_round() -> None:
    xs, ys = [1, 0, -1, 0], [0, 1, 0, -1]
    hidden = {"visible": False, "range": [-1.2, 1.2]}
    style = layout("", "x", "y", height=300, xaxis={**hidden, "scaleanchor": "y"}, yaxis=hidden)
    picture = drawn(go.Figure(go.Scatter(x=xs, y=ys, mode="lines"), style))
    assert list(picture.iter(f"{SVG}line")) == []
    assert [
        "".join(t.itertext()) for t in picture.iter(f"{SVG}text") if "".join(t.itertext()) not in ("", "x", "y")
    ] == []
    (path,) = picture.iter(f"{SVG}path")
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", path.get("d", ""))]
    assert max(numbers[::2]) - min(numbers[::2]) == pytest.approx(max(numbers[1::2]) - min(numbers[1::2]), abs=0.1)


def test_an_area_is_filled_and_a_line_is_not() -> None:
    xs, ys = [0, 1, 1, 0, None, 3, 4, 4, 3], [0, 0, 1, 0, None, 0, 0, 1, 0]
    look = {"x": xs, "y": ys, "mode": "lines", "line": {"color": "#123456", "width": 0}}
    line, area = (go.Scatter(look), go.Scatter(look, fill="toself", fillcolor="rgba(1,2,3,0.5)"))
    for trace, fill in ((line, "none"), (area, "rgba(1,2,3,0.5)")):
        (path,) = drawn(go.Figure(trace)).iter(f"{SVG}path")
        assert path.get("fill") == fill
        assert path.get("stroke-width") == "0"
        assert path.get("d", "").count("M") == 2


@pytest.mark.parametrize(("height", "wide"), [(300, True), (900, False)])
def test_axes_of_one_scale_may_shrink_instead_of_showing_less(height: int, wide: bool) -> None:
    corners = go.Scatter(x=[-180, 180], y=[-90, 90], mode="markers")
    axis = {"range": [-180, 180], "scaleanchor": "y", "constrain": "domain"}
    style = layout("", "", "", height=height, xaxis=axis, yaxis={"range": [-90, 90]})
    (path,) = drawn(go.Figure(corners, style)).iter(f"{SVG}path")
    (left, low), (right, high) = (
        tuple(map(float, spot.split()[:2])) for spot in re.findall(r"M([\d. ]+)", path.get("d", ""))
    )
    assert right - left == pytest.approx(2 * (low - high), abs=0.1)
    assert 0 < left < right < 720 and 0 < high < low < height
    # what limits it is the height in the one case and the width in the other
    assert (right - left < 600) == wide
