"""How many members an attacker must take to foretell beacons: plain chain against composed chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.analysis.takeover import Takeover
from drandlab.errors import LocalError
from drandlab.viz.chart import Chart
from drandlab.viz.theme import PALETTE, layout

__all__ = ["foretold"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

MARKS = {
    # what came of the attempts with so many members: symbol, size, colour; the symbols differ as the colours do
    "nothing foretold": ("circle-open", 7, GREEN),
    "some beacons foretold": ("diamond", 9, OCHRE),
    "all beacons foretold": ("square", 10, BRICK),
}


def foretold(points: Iterable[Takeover], *, by: str = "members", title: str | None = None) -> Chart:
    """Draw a takeover curve: a row for each chain and situation, a mark for each number of taken members.

    ``points`` come from `takeover_curve`, or from `takeover_by_operators` with ``by="operators"``. A clock has
    a row of its own only where it makes a difference. Raises `LocalError` for no points, and for another ``by``.

    >>> from drandlab.analysis.takeover import takeover_curve
    >>> foretold(takeover_curve(nodes=5, threshold=3, rounds=2)).alt.partition(" Plain chain, uplink")[0]
    'Attempts to foretell 2 beacons. Plain chain: all from 3 taken members on.'
    """
    given = list(points)
    if not given:
        raise LocalError("expected the points of a takeover curve, got none", argument="points")
    if by not in ("members", "operators"):
        raise LocalError(f"expected members or operators, got {by!r}", argument="by")
    rows = _rows(given, by)
    traces = []
    for word, (symbol, size, colour) in MARKS.items():
        spots = [(x, -y) for y, row in enumerate(rows.values()) for x, how in row if how == word]
        if spots:
            xs, ys = zip(*spots, strict=True)
            marker = {"symbol": symbol, "size": size, "color": colour}
            traces.append(go.Scatter(x=xs, y=ys, mode="markers", name=word, marker=marker, hoverinfo="skip"))
    style = layout(
        title or "Beacons foretold",
        f"taken {by}",
        "",
        height=150 + 34 * len(rows),
        showlegend=True,
        yaxis={
            "range": [0.4 - len(rows), 0.6],
            "tickvals": [-float(y) for y in range(len(rows))],
            "ticktext": list(rows),
            "showgrid": False,
            "automargin": True,
        },
    )
    table: dict[str, list[Any]] = {
        "chain": [p.chain for p in given],
        "taken members": [p.taken for p in given],
        "operators": [p.operators for p in given],
        "uplink taken": [p.uplink for p in given],
        "own clock": [p.clock for p in given],
        "rounds": [p.rounds for p in given],
        "foretold": [p.foretold for p in given],
        "by theory": [p.predicted for p in given],
    }
    return Chart(go.Figure(traces, style), _sentence(given, rows, by), table)


Row = tuple[tuple[int, str], ...]
"""What came of the attempts with each number of taken members or operators."""


def _rows(points: Sequence[Takeover], by: str) -> dict[str, Row]:
    """The rows by their names; a clock makes no difference where nobody sends requests."""
    found: dict[tuple[str, bool, bool], list[tuple[int, str]]] = {}
    for p in points:
        x = p.taken if by == "members" else p.operators
        if x is None:
            raise LocalError("these points do not count operators; leave it out", argument="by")
        words = list(MARKS)
        how = words[0] if not p.foretold else words[2] if p.foretold == p.rounds else words[1]
        found.setdefault((p.chain, p.uplink, p.clock), []).append((x, how))
    rows: dict[str, Row] = {}
    for (chain, uplink, clock), row in found.items():
        if clock and found.get((chain, uplink, False)) == row and not uplink:
            continue
        rows[f"{chain}{', uplink taken' * uplink}{', own clock' * clock}"] = tuple(sorted(row))
    return rows


def _sentence(points: Sequence[Takeover], rows: dict[str, Row], by: str) -> str:
    count = points[0].rounds
    said = [f"Attempts to foretell {count} beacon{'s' * (count != 1)}."]
    nothing, partly, _ = MARKS
    for name, row in rows.items():
        some, least = _from(row, {nothing}), _from(row, {nothing, partly})
        chain, _, rest = name.partition(",")
        head = f"{chain.capitalize()} chain{',' * bool(rest)}{rest}"
        words = f" taken {by}" if len(said) == 1 else ""
        parts = [f"some from {some}{words} on"] if some is not None and some != least else []
        parts.append(f"all from {least}{words} on" if least is not None else "never all" if parts else "never any")
        said.append(f"{head}: {', '.join(parts)}.")
    return " ".join(said)


def _from(row: Row, without: set[str]) -> int | None:
    """From how many on none of these comes of an attempt; None where one of them comes of the last."""
    return next((x for i, (x, _) in enumerate(row) if not {how for _, how in row[i:]} & without), None)
