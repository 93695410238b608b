"""Bytes in rows, with a frame around each span of them: what the charts of messages and files are drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

__all__ = ["byte_frames", "byte_letters", "byte_rows"]

GAP = 0.06


def byte_frames(spans: Sequence[tuple[int, int, str]], *, wide: int, colour: str, name: str) -> list[Any]:
    """Return the traces that frame spans of bytes (start, end, what is said of it) in rows of ``wide``, and their key.

    >>> drawn, key = byte_frames([(2, 5, "a field")], wide=4, colour="#3a6db3", name="fields")
    >>> drawn.x.count(None), key.name
    (1, 'fields')
    """
    xs: list[float | None] = []
    ys: list[float | None] = []
    words: list[str | None] = []
    for start, end, said in spans:
        for row in range(start // wide, (end - 1) // wide + 1):
            left = max(start, row * wide) - row * wide + GAP * (start >= row * wide)
            right = min(end, (row + 1) * wide) - row * wide - GAP * (end <= (row + 1) * wide)
            top, low = row + 0.08, row + 0.92
            if xs:
                xs, ys, words = [*xs, None], [*ys, None], [*words, None]
            xs += [left, right, right, left, left]
            ys += [low, low, top, top, low]
            words += [said, None, said, None, None]
    drawn = go.Scatter(x=xs, y=ys, mode="lines", fill="toself", fillcolor=_pale(colour), name=name)
    drawn.update(line={"color": colour, "width": 1.5}, text=words, hoverinfo="text", hoveron="points")
    drawn.update(showlegend=False)
    key = go.Scatter(x=[None], y=[None], mode="markers", name=name)
    return [drawn, key.update(marker={"symbol": "square", "size": 11, "color": colour})]


def byte_letters(letters: Sequence[str], *, wide: int, size: float) -> Any:
    """Return the trace that writes something for each byte in its place."""
    text = go.Scatter(
        x=[i % wide + 0.5 for i in range(len(letters))],
        y=[i // wide + 0.5 for i in range(len(letters))],
        mode="text",
        text=list(letters),
        textposition="middle center",
        showlegend=False,
        hoverinfo="skip",
    )
    return text.update(textfont={"size": size})


def byte_rows(style: dict[str, Any], count: int, *, wide: int) -> None:
    """Set the axes of a layout to rows of ``wide`` bytes, each with the number of its first."""
    rows = -(-count // wide)
    style["xaxis"] |= {"visible": False, "range": [-0.1, wide + 0.1]}
    ticks = list(range(0, count, wide))
    style["yaxis"] |= {
        "tickvals": [value // wide + 0.5 for value in ticks],
        "ticktext": [str(value) for value in ticks],
        "range": [rows + 0.1, -0.1],
        "showgrid": False,
    }


def _pale(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgba({red},{green},{blue},0.16)"
