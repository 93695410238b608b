"""How many subscriptions a block has room for: its time and its proof against their number, and where it is full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.idn.runtime.weights import Weight
from drandlab.typing import checked_int
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.theme import INK, PALETTE, SYMBOLS, layout

__all__ = ["block_room", "most_that_fits"]


def most_that_fits(weight: Callable[[int], Weight], limit: Weight, most: int = 1 << 20) -> int | None:
    """Return the greatest number from 0 to ``most`` whose weight fits ``limit``, None if not even 0 fits.

    ``weight`` must not fall as the number grows.

    >>> most_that_fits(lambda count: Weight(10 * count, 3 * count), Weight(1000, 100))
    33
    """
    if not weight(0).fits(limit):
        return None
    low, high = 0, checked_int(most, "most", 0)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if weight(middle).fits(limit) else (low, middle - 1)
    return low


def block_room(
    weight: Callable[[int], Weight],
    limit: Weight,
    counts: Sequence[int],
    *,
    measured: Callable[[int], Weight] | None = None,
    title: str = "What a block with one pulse takes",
) -> Chart:
    """Draw the weight of a block against the number of subscriptions, in hundredths of the limit, and where it ends.

    ``weight`` gives for a number the whole weight of the block; ``counts`` are the numbers to draw. ``measured`` is a
    second weight to draw beside it, dashed. Raises `LocalError` for fewer than two counts, or counts that do not grow.

    >>> block_room(lambda count: Weight(count, 4000 + 3 * count), Weight(10**6, 10_000), [0, 1000, 2500]).alt
    'For 0 subscriptions: 0 % of the time, 40 % of the proof; for 2,500: 0.25 % and 115 %. At most 2,000 fit: ...'
    """
    xs = [checked_int(count, f"counts[{i}]", 0) for i, count in enumerate(counts)]
    if len(xs) < 2 or sorted(set(xs)) != xs:
        raise LocalError("expected at least two numbers, each greater than the one before", argument="counts")
    found = most_that_fits(weight, limit)
    traces: list[Any] = []
    table: dict[str, list[Any]] = {"subscriptions": xs}
    for kind, of in (("", weight), (", measured", measured)):
        if of is None:
            continue
        for i, (name, shares) in enumerate(_shares(of, limit, xs).items()):
            table[f"{name}{kind}, %"] = [round(share, 4) for share in shares]
            traces.append(
                go.Scatter(
                    x=xs,
                    y=shares,
                    mode="lines+markers",
                    name=name + kind,
                    line={"color": PALETTE[2 * i], "width": 2, "dash": "dash" if kind else "solid"},
                    marker={"symbol": SYMBOLS[i], "size": 6, "color": PALETTE[2 * i]},
                )
            )
    style = layout(title, "subscriptions", "% of a block", showlegend=True)
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 100, "y1": 100}
    style["shapes"] = [line | {"line": {"color": INK, "dash": "dash"}}]
    style["yaxis"]["rangemode"] = "tozero"
    if found is not None and xs[0] <= found <= xs[-1]:
        mark = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": found, "x1": found}
        style["shapes"].append(mark | {"line": {"color": PALETTE[1], "dash": "dot"}})
        style["annotations"] = [
            {"x": found, "y": 0.06, "yref": "paper", "xanchor": "right", "xshift": -6, "text": f"{found:,}"}
            | {"showarrow": False}
        ]
    return Chart(go.Figure(traces, style), _sentence(weight, limit, xs, found), table)


def _shares(weight: Callable[[int], Weight], limit: Weight, xs: Sequence[int]) -> dict[str, list[float]]:
    weights = [weight(x) for x in xs]
    return {
        "time of execution": [100 * one.ref_time / limit.ref_time for one in weights],
        "size of the proof": [100 * one.proof_size / limit.proof_size for one in weights],
    }


def _sentence(weight: Callable[[int], Weight], limit: Weight, xs: Sequence[int], found: int | None) -> str:
    (t0, t1), (p0, p1) = (
        [f"{number(value, 2)} %" for value in (shares[0], shares[-1])] for shares in _shares(weight, limit, xs).values()
    )
    text = f"For {xs[0]:,} subscriptions: {t0} of the time, {p0} of the proof; for {xs[-1]:,}: {t1} and {p1}."
    if found is None:
        return f"{text} Not even a block without them fits."
    over = weight(found + 1)
    what = "the proof" if over.proof_size > limit.proof_size else "the time"
    return f"{text} At most {found:,} fit: {what} is full." if not over.fits(limit) else text
