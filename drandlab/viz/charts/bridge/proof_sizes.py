"""How large a proof is that a round was observed, by the number of rounds behind it, on two logarithmic axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.typing import checked_int
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.basic import numbers
from drandlab.viz.theme import PALETTE, SYMBOLS, layout

__all__ = ["proof_sizes"]


def proof_sizes(
    rounds: Iterable[int],
    sizes: Mapping[str, Iterable[int]],
    *,
    title: str = "Bytes that a proof takes",
    x_title: str = "rounds observed",
    y_title: str = "bytes",
) -> Chart:
    """Draw bytes against numbers of rounds, a line with marks for each of one to five ways to prove it.

    ``sizes`` maps a name to bytes, one for each of ``rounds``. Raises `LocalError` for columns of unequal length, and
    for a number below 1, which has no place on a logarithmic axis.

    >>> proof_sizes([10, 1000], {"all signatures": [480, 48000], "path": [200, 400]}).alt
    'Bytes for 10 and for 1,000 rounds. all signatures: 480 and 48,000. path: 200 and 400.'
    """
    xs = [checked_int(value, f"rounds[{i}]", 1) for i, value in enumerate(rounds)]
    if len(xs) < 2 or sorted(set(xs)) != xs:
        raise LocalError("expected at least two numbers of rounds, each greater than the one before", argument="rounds")
    if not 1 <= len(sizes) <= len(PALETTE):
        raise LocalError(f"a figure has 1 to {len(PALETTE)} series, got {len(sizes)}", argument="sizes")
    series = {str(name): numbers(str(name), values) for name, values in sizes.items()}
    for name, values in series.items():
        if len(values) != len(xs):
            raise LocalError(
                f"expected {len(xs)} numbers, one for each of the rounds, got {len(values)}", argument=name
            )
        if min(values) < 1:
            raise LocalError(f"a logarithmic axis needs values of at least 1, got {min(values)}", argument=name)
    traces = [
        go.Scatter(
            x=xs,
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": PALETTE[i], "width": 2},
            marker={"symbol": SYMBOLS[i], "size": 8, "color": PALETTE[i]},
        )
        for i, (name, values) in enumerate(series.items())
    ]
    style = layout(title, x_title, y_title, showlegend=True, xaxis={"type": "log"}, yaxis={"type": "log"})
    said = " ".join(f"{name}: {number(values[0], 0)} and {number(values[-1], 0)}." for name, values in series.items())
    alt = f"Bytes for {xs[0]:,} and for {xs[-1]:,} rounds. {said}"
    table: dict[str, list[Any]] = {x_title: xs, **series}
    return Chart(go.Figure(traces, style), alt, table)
