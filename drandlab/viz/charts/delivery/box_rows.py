"""Rows of boxes that lie end to end: what stacked bars and the fields of a message are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import plotly.graph_objects as go

__all__ = ["Box", "boxes", "row_axis"]

Box = tuple[float, float, float, float]
"""Left, right, low and high edge."""


def boxes(places: Iterable[Box], *, name: str, colour: str, says: Sequence[str] = ()) -> list[go.Scatter]:
    """Return closed boxes in one colour, and their entry in the legend; ``says`` is what each says under a pointer.

    Unlike bars they begin anywhere, on a logarithmic axis too.

    >>> boxes([(0, 2, 0, 1)], name="held", colour="#3a6db3")[0].x
    (0, 2, 2, 0, 0)
    """
    xs: list[float | None] = []
    ys: list[float | None] = []
    words: list[str | None] = []
    for i, (left, right, low, high) in enumerate(places):
        if xs:
            xs, ys, words = [*xs, None], [*ys, None], [*words, None]
        xs += [left, right, right, left, left]
        ys += [low, low, high, high, low]
        said = says[i] if says else name
        words += [said, None, said, None, None]  # at two corners: long words would stand five times in a notebook
    line = {"color": colour, "width": 1}
    drawn = go.Scatter(
        x=xs, y=ys, mode="lines", fill="toself", fillcolor=colour, line=line, name=name, text=words, hoverinfo="text"
    )
    key = go.Scatter(x=[None], y=[None], mode="markers", name=name, marker={"symbol": "square", "color": colour})
    drawn.update(showlegend=False, legendgroup=name, hoveron="points")
    key.update(marker_size=11, legendgroup=name)
    return [drawn, key]


def row_axis(names: Sequence[str]) -> dict[str, object]:
    """Return the vertical axis of named rows, the first at the top, at 0, 1, 2, ... downwards."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [len(names) - 0.45, -0.55],
        "showgrid": False,
    }
