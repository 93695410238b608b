"""The states of something and what leads from one to the next, drawn from the table that the code itself uses."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from math import comb
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.viz.chart import Chart
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["state_diagram"]

STEPS = 12
"""Points of an arc."""

DOWN = 1.5
"""How far below the states the end is."""

AWAY = 0.05
"""How far words keep from their arrow."""

MOST_STATES = 6

Place = tuple[float, float]


def state_diagram(
    transitions: Mapping[tuple[enum.Enum | None, str], enum.Enum | None], *, title: str = "States", end: str = "gone"
) -> Chart:
    """Draw the states of a table of transitions: a box each, an arrow for each pair, its causes as words.

    ``transitions`` maps a state and a cause to the state after; None is the beginning and the end. Raises `LocalError`
    for a table without states, or with more than six.

    >>> State = enum.Enum("State", ["ON", "OFF"])
    >>> table = {(None, "buy"): State.OFF, (State.OFF, "press"): State.ON, (State.ON, "press"): State.OFF}
    >>> state_diagram({**table, (State.ON, "break"): None}).alt
    'buy: to Off. Off, press: to On. On, press: to Off. On, break: gone.'
    """
    names = list(dict.fromkeys(s for (before, _), after in transitions.items() for s in (before, after) if s))
    if not 1 <= len(names) <= MOST_STATES:
        raise LocalError(f"expected a table of 1 to {MOST_STATES} states, got {len(names)}", argument="transitions")
    places: dict[enum.Enum | None, Place] = {name: (float(i + 1), 0.0) for i, name in enumerate(names)}
    causes: dict[tuple[enum.Enum | None, enum.Enum | None], list[str]] = {}
    for (before, cause), after in transitions.items():
        causes.setdefault((before, after), []).append(cause)
    final = ((len(names) + 1) / 2, -DOWN)
    traces: list[Any] = []
    words: list[tuple[float, float, str, str]] = []
    for (before, after), said in causes.items():
        line, at, beside = _arrow(places, before, after, final)
        traces.append(_line([*line, *_head(line)], INK, 1.6))
        words.append((*at, ", ".join(said), beside))
    for i, name in enumerate(names):
        x, y = places[name]
        edge = [(x - 0.27, y - 0.13), (x + 0.27, y - 0.13), (x + 0.27, y + 0.13), (x - 0.27, y + 0.13)]
        traces.append(_line([*edge, edge[0]], PALETTE[i % len(PALETTE)], 3))
        words.append((x, y, _word(name), "middle center"))
    if any(after is None for _, after in causes):
        words.append((*final, end, "middle center"))
    text = go.Scatter(
        x=[x for x, _, _, _ in words],
        y=[y for _, y, _, _ in words],
        mode="text",
        text=[word for _, _, word, _ in words],
        textposition=[beside for _, _, _, beside in words],
    )
    traces.append(text.update(showlegend=False, hoverinfo="skip"))
    style = layout(title, "", "", height=330, showlegend=False)
    style["xaxis"] |= {"visible": False, "range": [-0.1, len(names) + 0.75]}
    style["yaxis"] |= {"visible": False, "range": [-DOWN - 0.2, 1.05]}
    alt = " ".join(_sentence(before, cause, after, end) for (before, cause), after in transitions.items())
    table: dict[str, list[Any]] = {
        "state": ["" if before is None else _word(before) for before, _ in transitions],
        "cause": [cause for _, cause in transitions],
        "state after": [end if after is None else _word(after) for after in transitions.values()],
    }
    return Chart(go.Figure(traces, style), alt, table)


def _word(state: enum.Enum) -> str:
    return state.name.capitalize()


def _sentence(before: enum.Enum | None, cause: str, after: enum.Enum | None, end: str) -> str:
    start = cause if before is None else f"{_word(before)}, {cause}"
    return f"{start}: {end}." if after is None else f"{start}: to {_word(after)}."


def _arrow(
    places: Mapping[enum.Enum | None, Place], before: enum.Enum | None, after: enum.Enum | None, final: Place
) -> tuple[list[Place], Place, str]:
    """The points of an arrow, and where its words stand beside it."""
    if before is None:
        x, y = places[after]
        return [(x - 0.88, y), (x - 0.3, y)], (x - 0.6, y + AWAY), "top center"
    x, y = places[before]
    if after is None:
        toward = final[0] + 0.12 * (x - final[0])
        side, away = ("middle left", -AWAY) if x < final[0] else ("middle right", AWAY)
        beside = x + 0.5 * (toward - x) + away
        return [(x, y - 0.16), (toward, final[1] + 0.14)], (beside, y - 0.5 * DOWN), side
    if after == before:
        return _arc((x - 0.13, y + 0.16), (x + 0.13, y + 0.16), 0.34), (x, y + 0.32 + AWAY), "top center"
    to = places[after][0]
    forward, far = to > x, abs(to - x) - 1
    # arrows that go back run below, so that both directions can be told apart
    up, (inset, edge) = (1, (0.18, 0.16)) if forward else (-1, (-0.18, -0.16))
    if far:
        # a far one passes over the boxes between, and over the words of the near ones: it starts and ends steeply
        inset, rise = inset - 0.06 * far * up, (0.5 + 0.45 * far) * up
        line = _curve([(x + inset, edge), (x + inset, edge + rise), (to - inset, edge + rise), (to - inset, edge)])
        return line, ((x + to) / 2, edge + 0.75 * rise + AWAY * up), "top center" if forward else "bottom center"
    line = _arc((x + inset, edge), (to - inset, edge), 0.3 * up)
    return line, ((x + to) / 2, edge + (0.15 + AWAY) * up), "top center" if forward else "bottom center"


def _arc(start: Place, end: Place, rise: float) -> list[Place]:
    return _curve([start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + rise), end])


def _curve(points: list[Place]) -> list[Place]:
    """The Bezier curve of these points."""
    degree, found = len(points) - 1, []
    for i in range((degree - 1) * STEPS + 1):
        t = i / ((degree - 1) * STEPS)
        weights = [comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
        x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) for axis in (0, 1))
        found.append((round(x, 3), round(y, 3)))
    return found


def _head(line: list[Place]) -> list[Place]:
    """The two strokes at the end of an arrow."""
    (x0, y0), (x1, y1) = line[-2] if len(line) > 2 else line[0], line[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    one, other = ((x1 - 0.09 * dx - s * 0.04 * dy, y1 - 0.09 * dy + s * 0.04 * dx) for s in (1, -1))
    return [one, (x1, y1), other]


def _line(points: list[Place], colour: str, width: float) -> Any:
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        line={"color": colour, "width": width},
        hoverinfo="skip",
        showlegend=False,
    )
