"""The layout of a figure for plotly: room for labels and legends, which the static renderer makes by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from drandlab.viz.svg import text_width

__all__ = ["laid_out"]

NARROW = 650
"""Width in pixels of a notebook's output that a legend is laid out for."""

ROW, KEY, OFF = 20, 52, 16
"""Height of a row of the legend, width of an entry without its text, and how far a text keeps from its line."""


def laid_out(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a figure's JSON with room for the labels of its axis, for its legend, and between lines and their texts.

    >>> bar = {"type": "bar", "orientation": "h", "x": [1], "y": ["a name that is longer than the margin"]}
    >>> laid_out({"data": [bar], "layout": {"margin": {"l": 70}}})["layout"]["yaxis"]
    {'automargin': True}
    """
    data = [_apart(trace) for trace in spec["data"]]
    layout = dict(spec["layout"])
    axis = layout.get("yaxis", {})
    left, labels = layout.get("margin", {}).get("l", 80), _longest(axis, data) + 12
    if labels > left and "automargin" not in axis:
        layout["yaxis"] = {**axis, "automargin": True}
    if layout.get("showlegend"):
        if any("legendgroup" in trace for trace in data):
            layout["legend"] = {**layout.get("legend", {}), "tracegroupgap": 0}
        names = [trace["name"] for trace in data if trace.get("showlegend", True) and "name" in trace]
        layout |= _room(layout, names, max(left, labels))
    return {**spec, "data": data, "layout": layout}


def _apart(trace: dict[str, Any]) -> dict[str, Any]:
    """Keep texts off the line: plotly moves a text away from its marker only, so an invisible one is added."""
    if trace.get("mode") != "lines+text":
        return trace
    return {**trace, "mode": "lines+markers+text", "marker": {"size": OFF, "opacity": 0}}


def _longest(axis: dict[str, Any], data: Iterable[dict[str, Any]]) -> float:
    """The width of the longest label of a vertical axis that has words on it."""
    words: list[Any] = list(axis.get("ticktext") or ())
    if not words:
        for trace in data:
            words += [y for y in _list(trace.get("y")) if isinstance(y, str)]
    return max((text_width(word, 13) for word in words), default=0.0)


def _list(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (list, tuple)) else []


def _room(layout: dict[str, Any], names: list[str], left: float) -> dict[str, Any]:
    """More height for a legend of several rows, which would grow into the title: all its entries are equally wide."""
    margin = layout.get("margin", {})
    wide = NARROW - left - margin.get("r", 80)
    each = max((text_width(name, 13) for name in names), default=0.0) + KEY
    more = ROW * (math.ceil(len(names) / max(1, wide // each)) - 1)
    if more <= 0 or sum(text_width(name, 13) + KEY for name in names) <= wide:
        return {}
    title = {**layout.get("title", {}), "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 20}}
    return {
        "title": title,
        "height": layout.get("height", 400) + more,
        "margin": {**margin, "t": margin.get("t", 64) + more},
    }
