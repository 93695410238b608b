"""One number for each pair of settings, as discs in a grid: how a result depends on two things at once."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.printable import repr_of, shown
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.basic import Number, numbers
from drandlab.viz.theme import PALETTE, layout

__all__ = ["disc_grid"]

MOST_ROWS, MOST_COLUMNS = 24, 16

LEAST, GREATEST = 3.0, 26.0
"""Diameters in pixels of the disc of 0 and of the greatest value."""

HIGH = 50
"""Pixels of a row: a disc and its number below."""


def disc_grid(
    rows: Iterable[Any],
    columns: Iterable[Any],
    values: Iterable[Number | None],
    *,
    alt: str,
    title: str = "",
    row_title: str = "row",
    column_title: str = "column",
    percent: bool = False,
) -> Chart:
    """Draw a disc for each value, in the row and the column that it belongs to; its area grows with the value.

    The three are columns of one tidy table, as a sweep gives them: each pair of row and column comes once, a value is
    not negative, None leaves its place empty. With ``percent`` a value of 0.5 is written as 50 %. Raises `LocalError`
    for columns of unequal length, a pair that comes twice, a value below 0, and more than 24 rows or 16 columns.

    >>> chart = disc_grid([1, 1, 2, 2], [1, 4, 1, 4], [0.1, 0.3, 0.2, 0.6], alt="More is better.", percent=True)
    >>> chart.figure.data[0].text
    ('10 %', '30 %', '20 %', '60 %')
    """
    lines, stacks, sizes = list(rows), list(columns), numbers("values", values, gaps=True)
    if not len(lines) == len(stacks) == len(sizes):
        raise LocalError(
            f"columns must be equally long, got {len(lines)}, {len(stacks)} and {len(sizes)}", argument="values"
        )
    if low := [value for value in sizes if value is not None and value < 0]:
        raise LocalError(f"must not be negative, got {low[0]}", argument="values")
    pairs = list(zip(lines, stacks, strict=True))
    if twice := next((pair for pair in pairs if pairs.count(pair) > 1), None):
        raise LocalError(f"the pair {repr_of(twice)} comes twice", argument="rows")
    down, across = _ordered(lines, "rows", MOST_ROWS), _ordered(stacks, "columns", MOST_COLUMNS)
    there = [i for i, value in enumerate(sizes) if value is not None]
    most = max(sizes[i] for i in there) or 1
    marker = {
        "symbol": "circle",
        "size": [round(LEAST + (GREATEST - LEAST) * sqrt(sizes[i] / most), 2) for i in there],
        "color": PALETTE[0],
    }
    discs = go.Scatter(
        x=[across[stacks[i]] for i in there],
        y=[-down[lines[i]] for i in there],
        mode="markers",
        marker=marker,
        text=[_said(sizes[i], percent) for i in there],
        hoverinfo="text",
        showlegend=False,
    )
    words = go.Scatter(
        x=discs.x, y=[y - 0.4 for y in discs.y], mode="text", text=discs.text, textposition="middle center"
    )
    words.update(hoverinfo="skip", showlegend=False, textfont={"size": 12})
    style = layout(
        title,
        column_title,
        row_title,
        height=130 + HIGH * len(down),
        xaxis=_axis(across, 1) | {"range": [-0.6, len(across) - 0.4]},
        yaxis=_axis(down, -1) | {"range": [0.35 - len(down), 0.5]},
    )
    return Chart(go.Figure([discs, words], style), alt, {row_title: lines, column_title: stacks, "value": sizes})


def _ordered(labels: list[Any], name: str, most: int) -> dict[Any, int]:
    """The place of each label: in order where they are numbers, else as they came."""
    distinct = list(dict.fromkeys(labels))
    if all(isinstance(label, (int, float)) for label in distinct):
        distinct.sort()
    if not 1 <= len(distinct) <= most:
        raise LocalError(f"a grid has 1 to {most} {name}, got {len(distinct)}", argument=name)
    return {label: place for place, label in enumerate(distinct)}


def _axis(places: dict[Any, int], sign: int) -> dict[str, Any]:
    labels = [shown(label, 24).replace("<", "‹").replace(">", "›") for label in places]
    return {"tickvals": [sign * place for place in places.values()], "ticktext": labels, "showgrid": False}


def _said(value: Number, percent: bool) -> str:
    return f"{number(100 * value, 1)} %" if percent else number(value, 2)
