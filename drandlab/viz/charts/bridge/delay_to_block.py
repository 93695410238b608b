"""How long a round takes to reach the chain: for each delay, the share of the rounds that are there by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.typing import Seconds, checked_int
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.basic import numbers
from drandlab.viz.theme import PALETTE, layout
from drandlab.viz.thinning import points_of_curve

__all__ = ["delay_to_block"]

DASHES = ("solid", "dash", "dot", "dashdot", "solid")

MOST_STEPS = 1500


def delay_to_block(
    delays: Mapping[str, Iterable[Seconds]],
    *,
    due: Mapping[str, int] | None = None,
    title: str = "From the time of a round to a block that has it",
    x_title: str = "seconds after the round was due",
) -> Chart:
    """Draw the distribution of the delays: a stair for each of one to five series.

    ``delays`` are seconds from the time of a round to the block that ingested it, one for each round that was. ``due``
    has the number of all rounds of a series that were due, so that those that never came keep its stair below 100 %.
    Raises `LocalError` for a series without a delay, a delay that is no number, and fewer rounds due than ingested.

    >>> delay_to_block({"range": [4.0, 7.0, 5.0, 8.0]}, due={"range": 8}).alt
    'Delay from the time of a round to its block. range: 4 of 8 rounds came, half of these within 5 s, 95 % within 8 s.'
    """
    if not 1 <= len(delays) <= len(PALETTE):
        raise LocalError(f"a figure has 1 to {len(PALETTE)} series, got {len(delays)}", argument="delays")
    series = {str(name): sorted(numbers(str(name), values)) for name, values in delays.items()}
    known = dict(due or {})
    if odd := set(known) - set(series):
        raise LocalError(f"there are no delays of {sorted(map(str, odd))[0]!r}", argument="due")
    table: dict[str, list[Any]] = {"series": [], "delay, s": [], "share of rounds": []}
    traces, said = [], []
    end = max(values[-1] for values in series.values())
    for place, (name, values) in enumerate(series.items()):
        rounds = checked_int(known.get(name, len(values)), f"due of {name}", len(values), what="a number of rounds")
        steps = [(value, (i + 1) / rounds) for i, value in enumerate(values)]
        kept = points_of_curve([[share for _, share in steps]], MOST_STEPS)
        xs, ys = [min(0.0, values[0])], [0.0]
        for i in kept:
            xs += [steps[i][0]] * 2
            ys += [ys[-1], round(100 * steps[i][1], 4)]
        traces.append(
            go.Scatter(
                x=[*xs, end],
                y=[*ys, ys[-1]],
                mode="lines",
                name=name,
                line={"color": PALETTE[place], "width": 2, "dash": DASHES[place]},
            )
        )
        table["series"] += [name] * len(values)
        table["delay, s"] += [round(value, 6) for value in values]
        table["share of rounds"] += [round(share, 6) for _, share in steps]
        half, most = (number(values[ceil(share * len(values)) - 1], 2) for share in (0.5, 0.95))
        came = f"{len(values):,} of {rounds:,} rounds came" if rounds > len(values) else f"all {rounds:,} rounds came"
        said.append(f"{name}: {came}, half of these within {half} s, 95 % within {most} s.")
    style = layout(title, x_title, "rounds on the chain, %", showlegend=len(series) > 1)
    style["yaxis"]["range"] = [0, 104]
    alt = f"Delay from the time of a round to its block. {' '.join(said)}"
    return Chart(go.Figure(traces, style), alt, table)
