"""The plain figures: lines, points, bars and histograms, each a pure function from data to a `Chart`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.typing import checked_int
from drandlab.viz.axis import LEAST
from drandlab.viz.chart import Chart
from drandlab.viz.theme import GRID, INK, PALETTE, SYMBOLS, layout
from drandlab.viz.thinning import points_of_cloud, points_of_curve

__all__ = ["MOST_POINTS", "bars", "histogram", "line", "numbers", "scatter"]

MOST_POINTS = 4000
"""More marks than this make neither a readable picture nor a small notebook."""

GREATEST = 1e300
"""Beyond this the span of an axis may overflow."""

Number = int | float


def numbers(name: str, values: Iterable[Any], *, gaps: bool = False) -> list[Any]:
    """Return ``values`` as a list of finite Python numbers; with ``gaps``, ``None`` is a missing one.

    Raises `LocalError` with ``name`` and the position if a value is not a real number within 1e300 of 0, or if there is
    no value.

    >>> numbers("delay", (1, 2.5))
    [1, 2.5]
    >>> numbers("delay", [1, float("nan")])
    Traceback (most recent call last):
    drandlab.errors.LocalError: delay[1]: must be a finite number, got nan
    """
    if isinstance(values, str | bytes | Mapping):
        raise LocalError(f"must be a sequence of numbers, got {type(values).__name__}", argument=name)
    checked: list[Any] = []
    for position, value in enumerate(values):
        if value is None and gaps:
            checked.append(None)
            continue
        try:
            plain = value if type(value) in (int, float) else float(value)
            finite = math.isfinite(plain) and not isinstance(value, str | bytes | bool)
        except (TypeError, ValueError, OverflowError):
            finite = False
        if not finite:
            raise LocalError(f"must be a finite number, got {repr_of(value)}", argument=f"{name}[{position}]")
        if abs(plain) > GREATEST:
            raise LocalError(
                f"must lie within {GREATEST:.0e} of 0 to be drawn, got {repr_of(value)}",
                argument=f"{name}[{position}]",
            )
        checked.append(plain)
    if all(value is None for value in checked):
        raise LocalError("expected at least one value, got none", argument=name)
    return checked


def line(
    x: Iterable[Number],
    y: Iterable[Number | None] | Mapping[str, Iterable[Number | None]],
    *,
    alt: str,
    title: str = "",
    x_title: str = "x",
    y_title: str = "y",
    log_y: bool = False,
) -> Chart:
    """Draw one or several curves over common abscissae; ``None`` in ``y`` leaves a gap.

    ``y`` is one column, or a mapping from name to column, each as long as ``x``, at most five. Of more than
    `MOST_POINTS` points those are drawn that make the same picture (`drandlab.viz.thinning`), the alt text says so, and
    the table holds all. Raises `LocalError` for columns of unequal length, values that are not finite, or a value <= 0
    on a logarithmic axis.

    >>> line([1, 2, 3], {"t": [2, 3, 4], "n": [3, 5, 7]}, alt="Both grow by one step each.").table["n"]
    [3, 5, 7]
    """
    return _curves(x, y, "lines", alt, title, x_title, y_title, log_y)


def scatter(
    x: Iterable[Number],
    y: Iterable[Number | None] | Mapping[str, Iterable[Number | None]],
    *,
    alt: str,
    title: str = "",
    x_title: str = "x",
    y_title: str = "y",
    log_y: bool = False,
) -> Chart:
    """Draw one or several clouds of points; arguments and errors as for `line`.

    >>> scatter([1, 2], [5, 3], alt="Two points.").figure.data[0].mode
    'markers'
    """
    return _curves(x, y, "markers", alt, title, x_title, y_title, log_y)


def bars(
    labels: Sequence[str],
    values: Iterable[Number],
    *,
    alt: str,
    title: str = "",
    label_title: str = "",
    value_title: str = "",
    errors: Iterable[Number] | None = None,
    texts: Sequence[str] | None = None,
    band: tuple[Number, Number] | None = None,
    horizontal: bool = False,
) -> Chart:
    """Draw one bar for each label, with symmetric ``errors`` and a ``text`` at its end where they are given.

    ``band`` is a grey strip behind the bars, from a low to a high value, such as what chance allows.

    ``labels`` must be distinct; ``horizontal`` puts them at the left, which suits long ones, the first at the top.

    >>> bars(["blst", "py_ecc"], [1.0, 320.0], alt="py_ecc takes 320 times as long.").table["value"]
    [1.0, 320.0]
    """
    names = [str(label) for label in labels]
    heights = numbers("values", values)
    _same_length({"labels": names, "values": heights})
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise LocalError(f"must be distinct, {twice!r} comes twice", argument="labels")
    table: dict[str, Sequence[Any]] = {label_title or "label": names, value_title or "value": heights}
    spread = None
    if errors is not None:
        spread = numbers("errors", errors)
        if min(spread) < 0:
            raise LocalError(f"must not be negative, got {min(spread)}", argument="errors")
        table["error"] = spread
    if texts is not None:
        texts = [str(text) for text in texts]
    _same_length({"labels": names, "errors": spread or names, "texts": names if texts is None else texts})
    error = {"type": "data", "array": spread, "color": INK, "thickness": 1.2, "width": 4} if spread else None
    long, across = ("x", "y") if horizontal else ("y", "x")
    bar = go.Bar(
        {long: heights, across: names, f"error_{long}": error},
        orientation="h" if horizontal else "v",
        marker_color=PALETTE[0],
    )
    titles = {long: value_title, across: label_title}
    style = layout(title, titles["x"], titles["y"], bargap=0.35)
    style[f"{long}axis"]["rangemode"] = "tozero"
    style[f"{across}axis"] |= {"type": "category", "showgrid": False, "automargin": True}
    if horizontal:
        style["yaxis"]["autorange"] = "reversed"
        style["height"] = 110 + 44 * len(names)
    if band is not None:
        low, high = _put_band(style, band, heights, horizontal, free=not texts)
        table["band from"], table["band to"] = [low] * len(names), [high] * len(names)
    if texts:
        _put_texts(style, names, heights, spread, texts, horizontal)
    return Chart(go.Figure(bar, style), alt, table)


def _put_band(
    style: dict[str, Any], band: tuple[Number, Number], heights: Sequence[Number], horizontal: bool, *, free: bool
) -> tuple[Number, Number]:
    """Add a grey strip behind the bars to ``style``, and if ``free`` set the range of the axis; return its ends."""
    long, across = ("x", "y") if horizontal else ("y", "x")
    low, high = numbers("band", band)
    if low > high:
        raise LocalError(f"the low end comes first, got {low} and {high}", argument="band")
    strip = {"type": "rect", "layer": "below", "fillcolor": GRID, "line": {"width": 0}, f"{across}ref": "paper"}
    style["shapes"] = [strip | {f"{across}0": 0, f"{across}1": 1, f"{long}0": low, f"{long}1": high}]
    if free:
        style[f"{long}axis"]["range"] = [min(0, low, *heights) * 1.05, max(0, high, *heights) * 1.05 or 1]
    return low, high


def _put_texts(
    style: dict[str, Any],
    names: Sequence[str],
    heights: Sequence[Number],
    spread: Sequence[Number] | None,
    texts: Sequence[str],
    horizontal: bool,
) -> None:
    """Add a text at the end of each bar to ``style``, and the room that it needs."""
    long, across = ("x", "y") if horizontal else ("y", "x")
    # Placed beyond the error bar, since plotly's own bar text would be hidden under it.
    ends = [h + e if h >= 0 else h for h, e in zip(heights, spread or [0] * len(heights), strict=True)]
    shift = {"xanchor": "left", "xshift": 8} if horizontal else {"yshift": 11}
    style["annotations"] = [
        {long: end, across: name, "text": text, "showarrow": False, **shift}
        for end, name, text in zip(ends, names, texts, strict=True)
    ]
    style[f"{long}axis"]["range"] = [min(0, *heights) * 1.18, (max(0, *ends) or 1) * (1.3 if horizontal else 1.18)]


def histogram(
    values: Iterable[Number],
    *,
    alt: str,
    title: str = "",
    value_title: str = "value",
    bins: int = 20,
    span: tuple[float, float] | None = None,
) -> Chart:
    """Count ``values`` in ``bins`` equal intervals over ``span`` (default: from least to greatest) and draw bars.

    Interval i holds ``low + i w <= v < low + (i + 1) w`` with ``w = (high - low) / bins``; the last one holds ``high``
    as well. Only the counts enter the figure, so any number of values makes a small file. Raises `LocalError` for a
    value outside a given ``span``.

    >>> histogram([0, 1, 1, 2], bins=2, alt="Three of four are at least 1.").table["count"]
    [1, 3]
    """
    data = numbers("values", values)
    bins = checked_int(bins, "bins", 1, MOST_POINTS)
    low, high = (min(data), max(data)) if span is None else _span(span)
    if high - low < LEAST:
        room = max(0.5, 1e-6 * abs(low))  # half of one is lost beside a great number
        low, high = low - room, high + room
    outside = next((v for v in data if not low <= v <= high), None)
    if outside is not None:
        raise LocalError(
            f"{low} to {high} leaves {outside} out: make it wider, or leave the value out", argument="span"
        )
    width = (high - low) / bins
    counts = [0] * bins
    for value in data:
        counts[min(int((value - low) / width), bins - 1)] += 1
    digits = max(9, 3 - math.floor(math.log10(width)))
    edges = [round(low + i * width, digits) for i in range(bins + 1)]
    middles = [round((a + b) / 2, digits) for a, b in pairwise(edges)]
    bar = go.Bar(x=middles, y=counts, width=width * 0.96, marker_color=PALETTE[0])
    style = layout(title, value_title, "count", xaxis={"range": [low - width * 0.2, high + width * 0.2]})
    style["yaxis"]["rangemode"] = "tozero"
    return Chart(go.Figure(bar, style), alt, {"from": edges[:-1], "to": edges[1:], "count": counts})


def _span(span: Any) -> tuple[float, float]:
    if isinstance(span, tuple | list) and len(span) == 2:
        low, high = numbers("span", span)
        if low < high:
            return low, high
    raise LocalError(f"must be (low, high) with low < high, got {repr_of(span)}", argument="span")


def _curves(
    x: Iterable[Number],
    y: Iterable[Number | None] | Mapping[str, Iterable[Number | None]],
    mode: str,
    alt: str,
    title: str,
    x_title: str,
    y_title: str,
    log_y: bool,
) -> Chart:
    xs = numbers("x", x)
    columns = y if isinstance(y, Mapping) else {y_title: y}
    series = {str(name): numbers(str(name), values, gaps=True) for name, values in columns.items()}
    if not 1 <= len(series) <= len(PALETTE):
        raise LocalError(f"a figure has 1 to {len(PALETTE)} series, got {len(series)}: draw two figures", argument="y")
    _same_length({"x": xs, **series})
    lowest = min(v for values in series.values() for v in values if v is not None)
    if log_y and lowest <= 0:
        raise LocalError(f"a logarithmic axis needs values > 0, got {lowest}", argument="y")
    dashes = ("solid", "dash", "dot", "dashdot", "solid")
    if mode == "lines":
        kept = points_of_curve(list(series.values()), MOST_POINTS)
    else:
        kept = points_of_cloud(xs, list(series.values()), MOST_POINTS, log_y=log_y)
    if len(kept) < len(xs):
        alt = f"{alt} Drawn are {len(kept):,} of {len(xs):,} points; the others would lie over these."
    traces = [
        go.Scatter(
            x=[xs[i] for i in kept],
            y=[values[i] for i in kept],
            name=name,
            mode=mode,
            line={"color": PALETTE[i], "width": 2, "dash": dashes[i]} if mode == "lines" else None,
            marker={"color": PALETTE[i], "size": 7, "symbol": SYMBOLS[i]} if mode == "markers" else None,
        )
        for i, (name, values) in enumerate(series.items())
    ]
    style = layout(title, x_title, y_title, showlegend=len(series) > 1)
    if log_y:
        style["yaxis"]["type"] = "log"
    name = x_title if x_title not in series else "x"
    return Chart(go.Figure(traces, style), alt, {name: xs, **series})


def _same_length(columns: Mapping[str, Sequence[Any]]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise LocalError(f"columns must be equally long, got {lengths}")
