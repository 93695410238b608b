"""What one pulse costs, by the way in which it comes: parts end to end, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log10
from typing import Any

import plotly.graph_objects as go

from drandlab.attacks.cost_of_a_pulse import CostPart
from drandlab.errors import LocalError
from drandlab.typing import checked_real
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.delivery.box_rows import boxes, row_axis
from drandlab.viz.theme import PALETTE, layout

__all__ = ["pulse_costs"]

MOST_WAYS = 12


def pulse_costs(
    parts: Sequence[CostPart], *, unit: str = "planck", title: str = "What one pulse costs", least: float | None = None
) -> Chart:
    """Draw the parts of each way end to end, the smallest first: where a part ends is the sum so far.

    On a logarithmic axis a length says nothing, an end does: so each end has its value beside it, and the last one is
    the whole. `cost_parts` has the figures of the real bridge and of other ways to get a pulse. ``least`` is where the
    axis begins, a tenth of the smallest part if not given. Raises `LocalError` for no parts, too many, and amounts that
    are not above 0.

    >>> parts = [CostPart(way="by XCM", part="fee", amount=3e6, source="the table of fees")]
    >>> parts += [CostPart(way="by XCM", part="delivery", amount=3e10, source="the price of a message")]
    >>> pulse_costs(parts).alt
    'by XCM: 30,003,000,000 planck (fee 3,000,000, delivery 30,000,000,000).'
    """
    ways = list(dict.fromkeys(part.way for part in parts))
    kinds = list(dict.fromkeys(part.part for part in parts))
    if not 1 <= len(ways) <= MOST_WAYS:
        raise LocalError(f"expected parts of 1 to {MOST_WAYS} ways, got {len(ways)}", argument="parts")
    for part in parts:
        if checked_real(part.amount, part.part, 0) <= 0:
            raise LocalError(f"must be above 0 on a logarithmic axis, got {part.amount}", argument=part.part)
    begin = min(part.amount for part in parts) / 10 if least is None else least
    places: dict[str, list[Any]] = {kind: [] for kind in kinds}
    totals: list[float] = []
    for y, way in enumerate(ways):
        own = sorted((part for part in parts if part.way == way), key=lambda part: part.amount)
        at = 0.0
        for part in own:
            box = (max(at, begin), at + part.amount, y - 0.32, y + 0.32)
            places[part.part].append((box, f"{way}: {part.part}, {number(part.amount, 0)} {unit}; {part.source}"))
            at += part.amount
        totals.append(at)
    traces: list[Any] = [
        trace
        for i, kind in enumerate(kinds)
        for trace in boxes(
            [box for box, _ in places[kind]],
            name=kind,
            colour=PALETTE[i % len(PALETTE)],
            says=[words for _, words in places[kind]],
        )
    ]
    sums = [f"  {number(total, 0)}" for total in totals]
    ends = go.Scatter(x=totals, y=list(range(len(ways))), mode="text", text=sums, textposition="middle right")
    traces.append(ends.update(showlegend=False, hoverinfo="skip"))
    style = layout(title, f"{unit} per pulse", "", showlegend=True, height=170 + 44 * len(ways))
    style["yaxis"] |= row_axis(ways)
    top = max(totals)
    style["xaxis"] |= {"type": "log", "range": [log10(begin), log10(top) + 0.45 * log10(top / begin)]}
    said = " ".join(
        f"{way}: {number(total, 0)} {unit} ({_listed(part for part in parts if part.way == way)})."
        for way, total in zip(ways, totals, strict=True)
    )
    table: dict[str, list[Any]] = {
        "way": [part.way for part in parts],
        "part": [part.part for part in parts],
        unit: [part.amount for part in parts],
        "source": [part.source for part in parts],
    }
    return Chart(go.Figure(traces, style), said, table)


def _listed(parts: Iterable[CostPart]) -> str:
    return ", ".join(f"{part.part} {number(part.amount, 0)}" for part in parts)
