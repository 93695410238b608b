r"""What an author gains by choosing which rounds it submits: how often it gets the outcome that it wants.

An author that may choose among $m$ outcomes, each a fair draw that shows what it wants with probability $q$, gets it
with probability $1 - (1 - q)^m$ instead of $q$.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.typing import checked_int, checked_real
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["author_choice", "windows"]

MOST_PENDING = 64


def windows(pending: int) -> int:
    r"""Return among how many outcomes an author chooses that has ``pending`` contiguous rounds: $n (n + 1) / 2 + 1$.

    These are all windows of neighbouring rounds, and to submit nothing.

    >>> [windows(n) for n in (0, 1, 2, 7)]
    [1, 2, 4, 29]
    """
    count = checked_int(pending, "pending", 0)
    return count * (count + 1) // 2 + 1


def author_choice(
    pending: Iterable[int],
    wins: Iterable[int],
    trials: int,
    *,
    wanted: float = 0.5,
    outcomes: Iterable[int] | None = None,
    title: str = "What the choice of a range is worth",
) -> Chart:
    """Draw how often an author got what it wanted, by the number of its pending rounds, beside what theory says.

    ``wins`` of ``trials`` for each number of ``pending`` rounds; ``wanted`` is the probability of a fair draw,
    ``outcomes`` among how many the author chose (`windows` by default). Bars of error are two standard deviations.
    Raises `LocalError` for columns of unequal length and for more wins than trials.

    >>> author_choice([1, 2], [74, 95], 100).alt.partition(" trials")[0]
    'An author who wants one of two equal outcomes gets it in 74 % of 100'
    """
    given, came = list(pending), list(wins)
    trials = checked_int(trials, "trials", 1)
    wanted = checked_real(wanted, "wanted", 0, 1)
    xs = [checked_int(value, f"pending[{i}]", 0, MOST_PENDING) for i, value in enumerate(given)]
    choices = [windows(value) for value in xs] if outcomes is None else list(outcomes)
    if not xs or not len(xs) == len(came) == len(choices):
        raise LocalError(
            f"columns must be equally long, got {len(xs)}, {len(came)} and {len(choices)}", argument="wins"
        )
    shares = [checked_int(value, f"wins[{i}]", 0, trials) / trials for i, value in enumerate(came)]
    theory = [1 - (1 - wanted) ** checked_int(value, f"outcomes[{i}]", 1) for i, value in enumerate(choices)]
    spread = [200 * sqrt(share * (1 - share) / trials) for share in theory]
    measured = go.Bar(x=xs, y=[100 * share for share in shares], name="measured", width=0.6, marker_color=PALETTE[0])
    error = {"type": "data", "array": spread, "color": INK, "thickness": 1.2, "width": 4}
    expected = go.Scatter(
        x=xs,
        y=[100 * share for share in theory],
        error_y=error,
        mode="markers",
        name="theory, two standard deviations",
        marker={"symbol": "diamond", "size": 9, "color": PALETTE[1]},
    )
    style = layout(title, "pending rounds", "outcome as wanted, %", showlegend=True, xaxis={"tickvals": xs})
    style["xaxis"] |= {"ticktext": [str(value) for value in xs], "range": [min(xs) - 0.6, max(xs) + 0.6]}
    style["yaxis"]["range"] = [0, 108]
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 100 * wanted, "y1": 100 * wanted}
    style["shapes"] = [line | {"line": {"color": INK, "dash": "dash"}}]
    alt = _sentence(xs, shares, theory, trials, wanted)
    table: dict[str, list[Any]] = {
        "pending rounds": xs,
        "outcomes": choices,
        "as wanted": came,
        "trials": [trials] * len(xs),
        "theory": [round(share, 6) for share in theory],
    }
    return Chart(go.Figure([measured, expected], style), alt, table)


def _sentence(xs: list[int], shares: list[float], theory: list[float], trials: int, wanted: float) -> str:
    what = "one of two equal outcomes" if wanted == 0.5 else f"an outcome of probability {number(wanted, 4)}"
    text = f"An author who wants {what} gets it in {_percent(shares[0])} of {trials:,} trials with {xs[0]} pending "
    text += "round" if xs[0] == 1 else "rounds"
    if len(xs) > 1:
        text += f", in {_percent(shares[-1])} with {xs[-1]}"
    expected = " and ".join(_percent(share) for share in dict.fromkeys((theory[0], theory[-1])))
    return f"{text}; theory: {expected}. A fair draw: {_percent(wanted)}."


def _percent(share: float) -> str:
    return f"{number(100 * share, 2)} %"
