"""The sums of the accumulator as points of the curve: what is stored, what is submitted, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import Any

import plotly.graph_objects as go

from drandlab.curves.group import Point
from drandlab.errors import LocalError
from drandlab.typing import checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.bridge.heard_pulses import SumStep
from drandlab.viz.charts.bridge.point_places import PLANES, Place, place_of, plane_of
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["MARKS", "curve_sums"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

MARKS = {
    # what is drawn: symbol, size, colour; the symbols differ as the colours do
    "Q stored": ("circle", 9, BLUE),
    "σ stored": ("diamond", 9, VIOLET),
    "Q submitted": ("circle-open", 15, BLUE),
    "σ submitted": ("diamond-open", 15, VIOLET),
    "where σ must be": ("x", 9, OCHRE),
}


def curve_sums(steps: Sequence[SumStep], at: int | None = None, *, title: str | None = None) -> Chart:
    r"""Draw the sums $Q$ of the rounds and $\sigma$ of the signatures up to step ``at`` (the last by default).

    ``steps`` come from `heard_pulses`. A line goes from each stored pair to the next. On the real curve nobody can see
    whether a pair fits: $\sigma = x Q$ holds for one point of some $2^{255}$, and only the pairing tells. In the glass
    box the place where $\sigma$ must be is marked. Raises `LocalError` for no steps and for a step that is not there.

    >>> import drandlab as dl
    >>> from drandlab.viz.charts.bridge.heard_pulses import heard_pulses
    >>> net = dl.Network(4, 3, backend="glass", scheme="bls-unchained-g1-rfc9380").run(rounds=4)
    >>> curve_sums(heard_pulses(net.beacons, net.info, backend="glass")[1]).alt.partition(" Block 2")[0]
    'Sums of points of G1, each point at its discrete logarithm, as an angle. 2 pairs were stored; next round 5.'
    """
    if not steps:
        raise LocalError("expected the steps of heard_pulses, got none", argument="steps")
    at = len(steps) - 1 if at is None else checked_int(at, "at", 0, len(steps) - 1)
    step = steps[at]
    pairs = stored_pairs(steps[: at + 1])
    plane = next((plane_of(one.message.group) for one in steps if one.message is not None), "square")
    groups: dict[str, list[Point]] = {
        "Q stored": [message for message, _ in pairs],
        "σ stored": [signature for _, signature in pairs],
        "Q submitted": [point for point in (step.message,) if point is not None],
        "σ submitted": [point for point in (step.signature,) if point is not None],
        "where σ must be": [point for point in (step.wanted,) if point is not None],
    }
    traces = [_outline()] if plane == "circle" else []
    traces += [_trace(name, points) for name, points in groups.items() if points]
    axis = {"range": [-0.09, 1.04], "showgrid": False, "visible": False}
    style = layout(title or "Sums of points", "", "", height=460, showlegend=True, xaxis=axis, yaxis=axis)
    style["xaxis"] |= {"scaleanchor": "y", "constrain": "domain"}
    style["yaxis"] |= {"constrain": "domain"}
    if plane == "square":
        edges = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 0, 0, 1), (1, 0, 1, 1)]
        middle = _edge(0, 0.5, 1, 0.5) | {"line": {"color": INK, "dash": "dot"}}
        style["shapes"] = [*(_edge(*ends) for ends in edges), middle]
        places = ((0.5, -0.06, "x / p"), (-0.06, 0.5, "y / p"))
        style["annotations"] = [{"x": x, "y": y, "text": text, "showarrow": False} for x, y, text in places]
    held = {None: "", True: " The equation holds.", False: " The equation does not hold."}[step.holds]
    many = f"{len(pairs)} pair{'s were' if len(pairs) != 1 else ' was'} stored"
    alt = f"Sums of points of G1, {PLANES[plane]}. {many}; next round {step.next_round}. {step.said}"
    if step.kind == "pulse":
        alt += f" What an author would submit now:{held}" if held else ""
    return Chart(go.Figure(traces, style), alt, _table(groups))


def stored_pairs(steps: Sequence[SumStep]) -> list[tuple[Point, Point]]:
    """Return the pairs that were stored one after the other."""
    found: list[tuple[Point, Point]] = []
    for step in steps:
        if step.kind == "block" and step.stored is not None and step.holds:
            found.append(step.stored)
    return found


def _trace(name: str, points: Sequence[Point]) -> Any:
    symbol, size, colour = MARKS[name]
    places = [place_of(point) or Place(0.5, 0.5) for point in points]
    joined = name.endswith("stored")
    return go.Scatter(
        x=[place.x for place in places],
        y=[place.y for place in places],
        mode="lines+markers" if joined else "markers",
        name=name,
        marker={"symbol": symbol, "size": size, "color": colour},
        line={"color": colour, "width": 1, "dash": "dot"} if joined else None,
        text=[f"{name} {point.hex()[:16]}…" for point in points],
        hoverinfo="text",
    )


def _outline() -> Any:
    """The circle on which the logarithms stand."""
    turns = [2 * pi * i / 120 for i in range(121)]
    return go.Scatter(
        x=[round(0.5 + sin(turn) / 2, 4) for turn in turns],
        y=[round(0.5 + cos(turn) / 2, 4) for turn in turns],
        mode="lines",
        line={"color": INK, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )


def _edge(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return {"type": "line", "layer": "below", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": {"color": GRID}}


def _table(groups: dict[str, list[Point]]) -> dict[str, list[Any]]:
    rows = [(name, point, place_of(point)) for name, points in groups.items() for point in points]
    if not rows:
        return {"sum": ["none yet"]}
    return {
        "sum": [name for name, _, _ in rows],
        "point": [point.hex() for _, point, _ in rows],
        "x": [None if place is None else place.x for _, _, place in rows],
        "y": [None if place is None else place.y for _, _, place in rows],
    }
