"""Pictures of beacons: when rounds come, how their randomness is distributed, and what verifying costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import plotly.graph_objects as go

from drandlab.analysis.statistics import Autocorrelation, binomial_band, probability_outside
from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.typing import Round, Seconds
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.basic import MOST_POINTS, bars, numbers
from drandlab.viz.theme import GRID, INK, PALETTE, SYMBOLS, layout
from drandlab.viz.thinning import points_of_cloud

__all__ = ["autocorrelation", "bit_distribution", "byte_distribution", "timeline", "verification_cost"]

LATEST = 253_402_300_799
"""31 December 9999: what a calendar date can hold."""


def timeline(
    lanes: Mapping[str, Iterable[tuple[Round, Seconds]]], *, title: str = "Rounds in time", utc: bool = True
) -> Chart:
    """Draw one lane for each chain or node, a mark for every round at its time.

    ``lanes`` maps a name to pairs (round, UNIX time in seconds); with ``utc=False`` the times are plain seconds, as in
    a simulation. Of more than 4,000 marks those are drawn that do not lie over others; the table holds all. Raises
    `LocalError` for an empty lane, a time out of range, or lanes without names.

    >>> timeline({"quicknet": [(1, 1692803367), (2, 1692803370)]}).alt
    'Rounds on a time axis. quicknet: 2 rounds, 1 to 2, from 2023-08-23 15:09:27 to 2023-08-23 15:09:30 UTC.'
    """
    if not isinstance(lanes, Mapping):
        raise LocalError(
            f"expected a name for each lane, as in {{name: [(round, time)]}}, got {repr_of(lanes)}", argument="lanes"
        )
    traces, said = [], []
    drawn = 0
    table: dict[str, list[Any]] = {"lane": [], "round": [], "time": []}
    for i, (name, events) in enumerate(lanes.items()):
        rounds, times = _lane(name, events, utc)
        when = [_date(t) for t in times] if utc else times
        first, last = (_spoken(t, utc) for t in (min(times), max(times)))
        count = "1 round" if len(rounds) == 1 else f"{len(rounds)} rounds"
        said.append(f"{name}: {count}, {min(rounds)} to {max(rounds)}, from {first} to {last}{' UTC' if utc else ''}.")
        table["lane"] += [name] * len(rounds)
        table["round"] += rounds
        table["time"] += when
        mark = {"color": PALETTE[i % len(PALETTE)], "symbol": SYMBOLS[i % len(SYMBOLS)], "size": 8}
        hover = "round %{customdata}<br>%{x}"
        kept = points_of_cloud(times, [[0] * len(times)], MOST_POINTS // len(lanes))
        drawn += len(kept)
        traces.append(
            go.Scatter(
                x=[when[k] for k in kept],
                y=[name] * len(kept),
                customdata=[rounds[k] for k in kept],
                mode="markers",
                marker=mark,
                hovertemplate=hover,
            )
        )
    if not traces:
        raise LocalError("expected at least one lane, got none", argument="lanes")
    if drawn < len(table["round"]):
        said.append(f"Drawn are {drawn:,} of {len(table['round']):,} marks; the others would lie over these.")
    style = layout(title, "time (UTC)" if utc else "time (s)", "", height=130 + 48 * len(traces))
    style["yaxis"] |= {"type": "category", "autorange": "reversed", "automargin": True}
    style["xaxis"]["type"] = "date" if utc else "linear"
    return Chart(go.Figure(traces, style), f"Rounds on a time axis. {' '.join(said)}", table)


def _lane(name: str, events: Iterable[tuple[Round, Seconds]], utc: bool) -> tuple[list[Any], list[Any]]:
    """The rounds and the times of a lane, checked."""
    pairs = list(events)
    odd = next((pair for pair in pairs if not isinstance(pair, tuple | list) or len(pair) != 2), None)
    if odd is not None:
        raise LocalError(f"must be pairs (round, time), got {repr_of(odd)}", argument=str(name))
    rounds = numbers(f"rounds of {name}", (r for r, _ in pairs))
    times = numbers(f"times of {name}", (t for _, t in pairs))
    if utc and not (min(times) >= 0 and max(times) <= LATEST):
        raise LocalError(f"must be UNIX seconds between 0 and {LATEST}, got {min(times)}", argument=f"times of {name}")
    return rounds, times


def byte_distribution(randomness: Iterable[bytes], *, title: str = "Bytes of the randomness") -> Chart:
    """Count the 256 byte values in many random strings, against what fair bytes would do.

    Two bands are drawn: the inner one holds a single fair count with probability 95 %, the outer one (Šidák) all 256
    counts at once. Of 256 fair counts up to 13 leave the inner band on average: a few strays are no discovery. How many
    it is for the sample at hand stands in the alt text: a count is a whole number, so that a band of a small sample
    holds more than 95 %.

    >>> "of 256 byte values" in byte_distribution([bytes(range(256))]).alt
    True
    """
    data = b"".join(_strings(randomness))
    counts = [0] * 256
    for byte in data:
        counts[byte] += 1
    return _banded(
        counts, len(data), 1 / 256, title, "byte value", "count", f"{len(data):,} bytes, counts of 256 byte values"
    )


def bit_distribution(randomness: Iterable[bytes], *, title: str = "Ones at each bit") -> Chart:
    """Count the ones at each bit position over many strings of one length, against fair coins.

    Bit 0 is the most significant bit of the first byte. Bands as for `byte_distribution`. Raises `LocalError` when the
    strings differ in length.

    >>> bit_distribution([b"\\x80", b"\\x81"]).table["count"]
    [2, 0, 0, 0, 0, 0, 0, 1]
    """
    strings = _strings(randomness)
    size = len(strings[0])
    odd = next((i for i, s in enumerate(strings) if len(s) != size), None)
    if odd is not None:
        raise LocalError(f"expected {size} bytes, as the first, got {len(strings[odd])}", argument=f"randomness[{odd}]")
    counts = [sum(s[i // 8] >> (7 - i % 8) & 1 for s in strings) for i in range(8 * size)]
    what = f"{len(strings):,} strings, counts of ones at {8 * size} bit positions"
    return _banded(counts, len(strings), 0.5, title, "bit position", "ones", what)


def autocorrelation(found: Autocorrelation, *, title: str = "Autocorrelation of the bits") -> Chart:
    """Draw how alike bits at each distance are, within the bands of fair bits.

    ``found`` is what `drandlab.analysis.statistics.autocorrelation` returns; the inner band holds one fair value with
    probability 95 %, the outer one all of them.

    >>> from drandlab.analysis.statistics import autocorrelation as measure
    >>> autocorrelation(measure(bytes(range(256)), lags=4)).alt[:50]
    'Correlation of 2,048 bits with those at a distance'
    """
    if not isinstance(found, Autocorrelation):
        raise LocalError(
            f"expected what drandlab.analysis.statistics.autocorrelation returns, got {type(found).__name__}",
            argument="found",
        )
    if len(found.lags) > MOST_POINTS:
        raise LocalError(f"a figure has at most {MOST_POINTS} lags, got {len(found.lags)}", argument="found")
    lags, values = list(found.lags), list(found.values)
    strays = sum(abs(v) > band for v, band in zip(values, found.single, strict=True))
    wild = sum(abs(v) > band for v, band in zip(values, found.joint, strict=True))
    at_most = max(range(len(lags)), key=lambda i: abs(values[i]))
    alt = (
        f"Correlation of {found.sample:,} bits with those at a distance of {lags[0]} to {lags[-1]}. The greatest is "
        f"{number(values[at_most], 5)} at {lags[at_most]}. {strays} of {len(lags)} lie outside the band that holds one "
        f"fair value with 95 %, {wild or 'none'} outside the band that holds all of them with 95 %."
    )
    bands = [
        go.Scatter(
            x=lags,
            y=[sign * width for width in widths],
            mode="lines",
            name=name,
            showlegend=sign > 0,
            line={"color": INK, "width": 1, "dash": dash},
            hoverinfo="skip",
        )
        for name, widths, dash in (("95 %, one lag", found.single, "dot"), ("95 %, all lags", found.joint, "dash"))
        for sign in (1, -1)
    ]
    marks = go.Scatter(
        x=lags, y=values, mode="markers", name="observed", marker={"color": PALETTE[0], "size": 6, "symbol": SYMBOLS[0]}
    )
    style = layout(title, "lag (bits)", "correlation", showlegend=True)
    table: dict[str, list[Any]] = {"lag": lags, "correlation": values, "p-value": list(found.p_values)}
    return Chart(go.Figure([*bands, marks], style), alt, table)


def verification_cost(
    milliseconds: Mapping[str, float],
    *,
    errors: Mapping[str, float] | None = None,
    title: str = "Cost of verifying one beacon",
) -> Chart:
    """Draw what each way of verifying costs per beacon, cheapest last, each with its ratio to the cheapest.

    ``milliseconds`` maps a name to a time > 0; ``errors`` gives the spread of each, in the same unit.

    >>> verification_cost({"single": 0.9, "batch": 0.15}).alt
    'Milliseconds per beacon: single 0.9 (6 times batch), batch 0.15. The cheapest is batch.'
    """
    times = dict(zip(milliseconds, numbers("milliseconds", milliseconds.values()), strict=True))
    wrong = next((name for name, time in times.items() if time <= 0), None)
    if wrong is not None:
        raise LocalError(f"the cost of {wrong} must be > 0 ms, got {times[wrong]}", argument="milliseconds")
    if errors is not None and set(errors) != set(times):
        raise LocalError(
            f"must have the same names as milliseconds, got {sorted(set(errors) ^ set(times))}", argument="errors"
        )
    names = sorted(times, key=lambda name: -times[name])
    best = names[-1]
    ratios = {name: number(times[name] / times[best], 1) for name in names}
    texts = [f"{number(times[n], 3)} ms" + ("" if n == best else f" ({ratios[n]}×)") for n in names]
    said = ", ".join(
        f"{n} {number(times[n], 3)}" + ("" if n == best else f" ({ratios[n]} times {best})") for n in names
    )
    return bars(
        names,
        [times[n] for n in names],
        alt=f"Milliseconds per beacon: {said}. The cheapest is {best}.",
        title=title,
        value_title="milliseconds per beacon",
        errors=[errors[n] for n in names] if errors else None,
        texts=texts,
        horizontal=True,
    )


def _banded(
    counts: Sequence[int], trials: int, probability: float, title: str, x_title: str, y_title: str, what: str
) -> Chart:
    tests, expected = len(counts), trials * probability
    inner, outer = (binomial_band(trials, probability, level) for level in (0.95, 0.95 ** (1 / tests)))
    strays, wild = (sum(not low <= c <= high for c in counts) for low, high in (inner, outer))
    by_chance = tests * probability_outside(trials, probability, inner)
    alt = (
        f"{what}, {number(expected, 1)} expected in each. {strays} lie outside the 95 % band {inner[0]} to {inner[1]}, "
        f"where {number(by_chance, 1)} of {tests} fair ones lie on average; "
        f"{wild or 'none'} outside the band {outer[0]} to {outer[1]} that holds all of them in 95 % of fair samples."
    )
    places = list(range(tests))
    marks = go.Scatter(
        x=places, y=list(counts), mode="markers", name="observed", marker={"color": PALETTE[0], "size": 5}
    )
    style = layout(title, x_title, y_title, xaxis={"range": [-0.02 * tests, 1.02 * tests - 1], "showgrid": False})
    low, high = min(outer[0], *counts), max(outer[1], *counts)
    room = (high - low or 1) * 0.08
    style["yaxis"]["range"] = [max(low - room, -room), high + room]
    style["shapes"] = _bands((outer, inner), expected)
    return Chart(go.Figure(marks, style), alt, {x_title: places, "count": list(counts)})


def _bands(bands: Iterable[tuple[int, int]], expected: float) -> list[dict[str, Any]]:
    """Grey strips behind the marks, and a dashed line at what is expected."""
    return [
        *(
            {
                "type": "rect",
                "layer": "below",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": band[0] - 0.5,
                "y1": band[1] + 0.5,
            }
            | {"fillcolor": GRID, "opacity": 0.8, "line": {"width": 0}}
            for band in bands
        ),
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": expected,
            "y1": expected,
            "line": {"color": INK, "dash": "dash"},
        },
    ]


def _strings(randomness: Iterable[bytes]) -> list[bytes]:
    strings = list(randomness)
    for i, value in enumerate(strings):
        if not isinstance(value, bytes) or not value:
            raise LocalError(f"must be bytes, at least one, got {repr_of(value)}", argument=f"randomness[{i}]")
    if not strings:
        raise LocalError("expected at least one string of bytes, got none", argument="randomness")
    return strings


def _date(time: Seconds) -> str:
    moment = datetime.fromtimestamp(time, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.microsecond == 0 else "%Y-%m-%d %H:%M:%S.%f")


def _spoken(time: Seconds, utc: bool) -> str:
    return _date(time).partition(".")[0] if utc else f"{number(time, 3)} s"
