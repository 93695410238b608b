"""What a credit costs, by how many are bought: the price of the next one, and the mean price of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.typing import checked_int
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.theme import PALETTE, layout

__all__ = ["fee_tiers"]

STEPS = 12
"""Points of the mean price within one tier."""


def fee_tiers(
    fee: Callable[[int], int], bounds: Iterable[int], *, most: int = 100_000_000, title: str = "What a credit costs"
) -> Chart:
    r"""Draw the price of the $n$-th credit, fee$(n)$ - fee$(n - 1)$, and the mean price, fee$(n) / n$.

    ``fee`` gives the fee of so many credits, as a policy does; ``bounds`` are the first credits of its tiers, the first
    of them 1; the last tier is drawn up to ``most`` credits. Raises `LocalError` for bounds that do not grow.

    >>> fee_tiers(lambda credits: 10 * min(credits, 5) + 8 * max(0, credits - 5), [1, 6], most=20).alt
    'The next credit costs 10 from credit 1 on, 8 from 6 on. The mean of all: 10 for 5 credits, 8.5 for 20.'
    """
    firsts = [checked_int(value, f"bounds[{i}]", 1) for i, value in enumerate(bounds)]
    if not firsts or firsts[0] != 1 or any(a >= b for a, b in pairwise(firsts)):
        raise LocalError(f"expected first credits that grow from 1, got {firsts}", argument="bounds")
    ends = [*(value - 1 for value in firsts[1:]), checked_int(most, "most", firsts[-1])]
    prices = [fee(first) - fee(first - 1) for first in firsts]
    xs = sorted({point for first, end in zip(firsts, ends, strict=True) for point in _points(first, end)})
    means = [fee(x) / x for x in xs]
    steps_x = [x for pair in zip(firsts, ends, strict=True) for x in pair]
    steps_y = [price for price in prices for _ in (0, 1)]
    traces = [
        go.Scatter(x=steps_x, y=steps_y, mode="lines", name="the next credit", line={"color": PALETTE[1], "width": 2}),
        go.Scatter(
            x=xs,
            y=means,
            mode="lines",
            name="mean of all credits",
            line={"color": PALETTE[0], "width": 2, "dash": "dash"},
        ),
    ]
    style = layout(title, "credits", "planck per credit", showlegend=True, xaxis={"type": "log"})
    style["yaxis"]["range"] = [0, 1.08 * max(prices)]
    said = ", ".join(
        f"{number(price, 2)} from {'credit ' if i == 0 else ''}{first:,} on"
        for i, (first, price) in enumerate(zip(firsts, prices, strict=True))
    )
    mean = f"{number(fee(ends[0]) / ends[0], 2)} for {ends[0]:,} credits, {number(fee(ends[-1]) / ends[-1], 2)}"
    alt = f"The next credit costs {said}. The mean of all: {mean} for {ends[-1]:,}."
    table: dict[str, list[Any]] = {
        "credits": xs,
        "fee": [fee(x) for x in xs],
        "the next credit": [fee(x) - fee(x - 1) for x in xs],
        "mean of all credits": [round(mean, 3) for mean in means],
    }
    return Chart(go.Figure(traces, style), alt, table)


def _points(first: int, end: int) -> list[int]:
    """Credits of one tier, evenly spaced on a logarithmic axis, both ends among them."""
    ratio = end / first
    return [round(first * ratio ** (i / STEPS)) for i in range(STEPS + 1)]
