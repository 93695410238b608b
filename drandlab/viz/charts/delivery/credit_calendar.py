"""Which block takes a credit, and for what: a row for each subscription, a mark for each block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.viz.chart import Chart
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["MARKS", "credit_calendar"]

MARKS: Mapping[str, tuple[str, str, str]] = {
    "d": ("delivered, one credit", "circle", PALETTE[2]),
    "i": ("idle, one credit", "x", PALETTE[1]),
    "f": ("not delivered, and charged", "diamond", PALETTE[3]),
    "p": ("turned to Paused", "square", PALETTE[4]),
    "-": ("nothing is charged", "circle", GRID),
    "e": ("ended", "triangle-up", INK),
}
"""What may happen to a subscription in a block: its letter, what it means, its mark and its colour."""

MOST_ROWS, MOST_BLOCKS = 12, 60


def credit_calendar(
    rows: Mapping[str, str], *, first: int = 1, title: str = "What each block takes", labels: Mapping[str, str] = {}
) -> Chart:
    """Draw one row of marks for each of 1 to 12 subscriptions, one mark for each of at most 60 blocks.

    ``rows`` maps a name to letters of `MARKS`, the first for block ``first``; a space is a block before or after the
    subscription. ``labels`` are other words for some letters. Raises `LocalError` for rows of unequal length and for
    other letters.

    >>> credit_calendar({"seed": "d--d--", "deployed": "diidii"}).alt
    'Blocks 1 to 6. seed: 2 delivered, 0 idle. deployed: 2 delivered, 4 idle.'
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise LocalError(f"expected 1 to {MOST_ROWS} rows, got {len(rows)}", argument="rows")
    length = len(next(iter(rows.values())))
    for name, letters in rows.items():
        if len(letters) != length or not 1 <= length <= MOST_BLOCKS:
            raise LocalError(f"expected rows of equal length, 1 to {MOST_BLOCKS} blocks", argument=name)
        if strange := sorted(set(letters) - set(MARKS) - {" "}):
            raise LocalError(f"expected letters of {''.join(MARKS)}, got {strange[0]!r}", argument=name)
    traces: list[Any] = []
    for letter, (words, symbol, colour) in MARKS.items():
        at = [(first + x, y) for y, row in enumerate(rows.values()) for x, came in enumerate(row) if came == letter]
        if at:
            traces.append(
                go.Scatter(
                    x=[x for x, _ in at],
                    y=[y for _, y in at],
                    mode="markers",
                    name=labels.get(letter, words),
                    marker={"symbol": symbol, "size": 10, "color": colour},
                )
            )
    style = layout(title, "block", "", showlegend=True, height=150 + 34 * len(rows))
    style["yaxis"] |= {
        "tickvals": list(range(len(rows))),
        "ticktext": list(rows),
        "range": [len(rows) - 0.4, -0.6],
        "showgrid": False,
    }
    style["xaxis"] |= {"range": [first - 0.7, first + length - 0.3], "showgrid": False}
    said = " ".join(
        f"{name}: {row.count('d')} delivered, {row.count('i')} idle{_rest(row)}." for name, row in rows.items()
    )
    table: dict[str, list[Any]] = {
        "subscription": list(rows),
        **{f"block {first + i}": [row[i] for row in rows.values()] for i in range(length)},
    }
    return Chart(go.Figure(traces, style), f"Blocks {first} to {first + length - 1}. {said}", table)


def _rest(row: str) -> str:
    rest = [
        (row.count(letter), words) for letter, words in (("f", "failed"), ("p", "turned to Paused"), ("e", "ended"))
    ]
    return "".join(f", {count} {words}" for count, words in rest if count)
