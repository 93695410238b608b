"""The status matrix of a DKG or resharing as a picture: dealers in rows, holders in columns, one mark for each share.

Source: drand specification, "Distributed key generation", status matrix.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.keygen.belief import GOOD, STATES, Belief
from drandlab.simulation.keygen.evidence import short
from drandlab.typing import whole_number
from drandlab.viz.chart import Chart
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["status_matrix"]

MARKS: dict[str, tuple[str, float, str]] = {
    # state: symbol, size, colour; the symbols differ, so that nothing depends on colour alone
    "s": ("circle", 1.0, PALETTE[2]),
    "j": ("diamond", 1.0, PALETTE[0]),
    "c": ("x", 1.0, PALETTE[1]),
    "q": ("circle-open", 0.8, PALETTE[2]),
    "w": ("circle", 0.35, INK),
    "v": ("square-open", 0.7, INK),
}

LISTED = 8
"""Complaints that the sentence names one by one."""


def status_matrix(belief: Belief, step: int = -1, *, title: str | None = None) -> Chart:
    """Draw what a node believes about every share after ``step`` (negative ones count from the end).

    Raises `LocalError` for a step that is not there.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> from drandlab.simulation.misbehaviour.keygen import parse
    >>> from drandlab.simulation.keygen.replay import replay
    >>> faults = [parse("wrong-share:1:holder=3"), parse("no-justification:1")]
    >>> chart = status_matrix(replay(generate_key(4, 3, backend="glass", faults=faults), 0))
    >>> chart.alt.partition(" The group key")[0]
    'Node 0 after step 12 of 12: of 16 shares 15 are in order; holder 3 complains about dealer 1. QUAL: 0, 2, 3.'
    """
    count = len(belief.steps)
    whole = whole_number(step)
    if whole is None or not -count <= whole < count:
        raise LocalError(f"expected a whole number from 0 to {count - 1}, got {repr_of(step)}", argument="step")
    step = whole % count
    cells = [(d, h, belief.state(step, d, h)) for d in belief.dealers for h in belief.holders]
    rows, columns = len(belief.dealers), len(belief.holders)
    size = 16.0 if max(rows, columns) <= 12 else 11.0
    place = {d: rows - 1 - i for i, d in enumerate(belief.dealers)}, {h: i for i, h in enumerate(belief.holders)}
    traces = _marks(cells, place, size)
    struck, now = belief.struck(step), belief.steps[step]
    style = layout(
        title or f"Status matrix, node {belief.node}, step {step + 1} of {count}",
        "holder",
        "dealer",
        height=150 + 22 * ((len(traces) + 1) // 2) + max(60, round(size * 1.8 * rows)),
        showlegend=True,
        xaxis=_axis(belief, step, columns, dict(zip(range(columns), belief.holders, strict=True)), "holder"),
        yaxis=_axis(belief, step, rows, {place[0][d]: d for d in belief.dealers}, "dealer"),
    )
    style["shapes"] = [
        _strike(y, y, -0.45, columns - 0.55) for y in (place[0][d] for d in belief.dealers if d in struck)
    ]
    style["shapes"] += [
        _strike(-0.45, rows - 0.55, place[1][h], place[1][h]) for h in belief.holders if h in now.evicted_holders
    ]
    table: dict[str, list[Any]] = {
        "dealer": [c[0] for c in cells],
        "holder": [c[1] for c in cells],
        "state": [STATES[c[2]] for c in cells],
    }
    return Chart(go.Figure(traces, style), _sentence(belief, step, cells), table)


def _marks(cells: list[tuple[int, int, str]], place: tuple[dict[int, int], dict[int, int]], size: float) -> list[Any]:
    """A mark for each share, a trace for each state; ``place``: the rows of dealers, the columns of holders."""
    traces = []
    for state, (symbol, scale, colour) in MARKS.items():
        own = [(d, h) for d, h, found in cells if found == state]
        if own:
            marker = {"symbol": symbol, "size": size * scale, "color": colour}
            said = [f"dealer {d}, holder {h}: {STATES[state]}" for d, h in own]
            xs, ys = [place[1][h] for _, h in own], [place[0][d] for d, _ in own]
            traces.append(
                go.Scatter(x=xs, y=ys, mode="markers", name=STATES[state], marker=marker, text=said, hoverinfo="text")
            )
    return traces


def _axis(belief: Belief, step: int, size: int, names: dict[int, int], role: str) -> dict[str, Any]:
    now, over = belief.steps[step], step == len(belief.steps) - 1
    out = now.evicted_holders if role == "holder" else belief.struck(step)
    qual = belief.qual if over and belief.qual and belief.resharing == (role == "holder") else ()
    labels = [f"{i}{' out' if i in out else ' QUAL' if i in qual else ''}" for i in names.values()]
    return {"range": [-0.7, size - 0.3], "tickvals": list(names), "ticktext": labels, "showgrid": False}


def _strike(y0: float, y1: float, x0: float, x1: float) -> dict[str, Any]:
    return {"type": "line", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": {"color": PALETTE[1], "width": 2}}


def _sentence(belief: Belief, step: int, cells: list[tuple[int, int, str]]) -> str:
    now = belief.steps[step]
    complaints = [f"holder {h} complains about dealer {d}" for d, h, state in cells if state == "c"]
    good = sum(state in GOOD for _, _, state in cells)
    opening = f"Node {belief.node} after step {step + 1} of {len(belief.steps)}"
    said = [f"{opening}: of {len(cells)} shares {good} {'is' if good == 1 else 'are'} in order"]
    said += complaints if len(complaints) <= LISTED else [f"there are {len(complaints)} complaints"]
    text = "; ".join(said) + "."
    for role, out in (("dealer", now.evicted_dealers), ("holder", now.evicted_holders)):
        if out:
            text += f" Evicted as {role}: {', '.join(map(str, sorted(out)))}."
    if step == len(belief.steps) - 1:
        if belief.qual is None or belief.key is None:
            return f"{text} {now.said}"
        text += f" QUAL: {', '.join(map(str, belief.qual))}. The group key is {short(belief.key)}."
    return text
