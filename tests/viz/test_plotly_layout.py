"""What plotly is told, so that the live chart can be read as the static picture can."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import pytest

from drandlab.viz import Chart, shamir_reals
from drandlab.viz.charts.delivery.box_rows import boxes
from drandlab.viz.plotly_layout import laid_out
from drandlab.viz.theme import layout


def shown(*traces: Any, **style: Any) -> dict[str, Any]:
    figure = go.Figure(list(traces), layout("A title", "", "", **style))
    bundle = Chart(figure, "Something.", {"x": [1]})._repr_mimebundle_()
    return dict(bundle["application/vnd.plotly.v1+json"])


@pytest.mark.parametrize(("label", "room"), [("dealer and holder", True), ("newcomer to be", True), ("node 0", None)])
def test_a_label_of_the_vertical_axis_is_never_cut(label: str, room: bool | None) -> None:
    line = go.Scatter(x=[0, 1], y=[0, 1], mode="lines")
    ticked = shown(line, yaxis={"tickvals": [0, 1], "ticktext": ["a", label]})
    assert ticked["layout"]["yaxis"].get("automargin") is room
    named = shown(go.Bar(x=[1, 2], y=["a", label], orientation="h"))
    assert named["layout"]["yaxis"].get("automargin") is room


def test_a_text_on_a_line_keeps_away_from_it() -> None:
    line = go.Scatter(x=[0, 1, 2], y=[0, 0, 0], mode="lines+text", text=["", "deals", ""], line={"color": "#123456"})
    [trace] = shown(line)["data"]
    assert trace["mode"] == "lines+markers+text"
    assert trace["marker"] == {"size": 16, "opacity": 0}
    assert trace["line"]["color"] == "#123456" and list(trace["text"]) == ["", "deals", ""]
    other = go.Scatter(x=[0], y=[0], mode="markers+text", text=["a"], marker={"size": 5})
    assert shown(other)["data"][0]["marker"] == {"size": 5}


def test_a_legend_of_several_rows_stays_below_the_title() -> None:
    names = ["the line, wrapped around", "the curve", "its points", "P and Q", "third point", "P + Q"]
    many = shown(*(go.Scatter(x=[0], y=[0], name=name) for name in names), showlegend=True)["layout"]
    few = shown(*(go.Scatter(x=[0], y=[0], name=name) for name in names[1:3]), showlegend=True)["layout"]
    none = shown(*(go.Scatter(x=[0], y=[0], name=name) for name in names))["layout"]
    assert (few["height"], few["margin"]["t"]) == (none["height"], none["margin"]["t"]) == (400, 64)
    more = many["height"] - 400
    assert more > 0 and many["margin"]["t"] == 64 + more  # the plane itself is as high as before
    assert (many["title"]["y"], many["title"]["yanchor"], many["title"]["text"]) == (1, "top", "A title")


def test_long_labels_beside_leave_less_room_for_the_legend() -> None:
    names = ["credit", "execution", "delivery", "check", "extrinsic"]
    traces = [go.Scatter(x=[0], y=[0], name=name) for name in names]
    beside = {"tickvals": [0], "ticktext": ["one of 32 behind a coordinator"]}
    assert shown(*traces, showlegend=True)["layout"]["height"] == 400
    assert shown(*traces, showlegend=True, yaxis=beside)["layout"]["height"] == 420


def test_entries_of_boxes_stand_as_close_as_others() -> None:
    assert "tracegroupgap" not in shown(go.Scatter(x=[0], y=[0], name="a"), showlegend=True)["layout"]["legend"]
    grouped = shown(*boxes([(0, 1, 0, 1)], name="a", colour="#123456"), showlegend=True)["layout"]["legend"]
    assert grouped["tracegroupgap"] == 0 and len(grouped) > 1


def test_the_figure_itself_is_left_alone() -> None:
    figure = go.Figure(go.Scatter(x=[0, 1], y=["a name of many letters", "b"], mode="lines+text", text=["a", "b"]))
    before = figure.to_json()
    laid_out(figure.to_plotly_json())
    assert figure.to_json() == before


def test_the_name_of_a_share_stands_beside_its_curve_and_not_on_it() -> None:
    falls_and_rises = shamir_reals([(1, 5), (2, 2), (3, 5)], 3)
    shares = next(trace for trace in falls_and_rises.figure.data if trace.name == "shares")
    assert shares.textposition == ("top right", "top right", "top left")
    svg = falls_and_rises.to_svg()
    assert svg.count('text-anchor="start"') >= 2 and svg.count('text-anchor="end"') >= 1
    few = shamir_reals([(1, 5)], 3)
    assert next(trace for trace in few.figure.data if trace.name == "shares").textposition == "top right"
