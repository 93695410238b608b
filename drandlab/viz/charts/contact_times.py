"""Contact windows in time, one row for each station, and below them what became of a satellite's rounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.orbit.contacts import Window, contact_share, longest_gap, union
from drandlab.printable import repr_of, shown
from drandlab.simulation.reading.orbit import SatelliteStory
from drandlab.typing import Round, Seconds, checked_real
from drandlab.viz.axis import number, time_ticks
from drandlab.viz.chart import Chart
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = [
    "PARTS",
    "RoundPart",
    "arch",
    "clock",
    "contact_times",
    "map_name",
    "rounds_of",
    "runs",
    "sky_colours",
    "windows_table",
]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

PARTS: Mapping[str, tuple[float, str, str]] = MappingProxyType(
    {
        # what became of a round's partial of a satellite: height, colour, meaning; the heights differ as the colours do
        "first t": (0.92, GREEN, "among the first t"),
        "in time": (0.62, BLUE, "on the ground in time"),
        "late": (0.32, OCHRE, "signed, not in time"),
        "missed": (0.06, INK, "not signed"),
    }
)

COLOURS = (BLUE, BRICK, VIOLET, OCHRE)
"""The colours of satellites, in turn; green is a station's in contact. Their names tell satellites apart."""

LONGEST_NAME = 22
"""Characters of a name in a picture."""

MOST_ROWS = 48
MOST_PIECES = 640
"""More boxes in a row than this are drawn as this many."""

NAMED = 8
"""Stations that the sentence names one by one."""


class RoundPart(NamedTuple):
    """What became of a satellite's partial of a round that was ``due`` then (UNIX seconds): a key of `PARTS`."""

    round: Round
    due: Seconds
    part: str


def contact_times(
    windows: Iterable[Window],
    start: Seconds,
    end: Seconds,
    *,
    stations: Iterable[str] | None = None,
    rounds: Mapping[str, Sequence[RoundPart]] | None = None,
    failed: Iterable[Window] = (),
    title: str | None = None,
) -> Chart:
    """Draw when which station sees a satellite, from ``start`` to ``end`` (UNIX time).

    A window is an arch as high as the satellite rises; below the stations stands the time in which any of them sees
    one. ``stations`` are rows that are there in any case, also without a window. ``rounds`` adds a row for each
    satellite: what became of its partials. Of the windows those that are ``failed`` are drawn hollow: the station did
    not see the satellite. Raises `LocalError` for more than 48 rows, and for an unknown part.

    >>> from drandlab.orbit.contacts import contact_windows
    >>> from drandlab.orbit.satellites import ISS
    >>> from drandlab.orbit.stations import Station
    >>> times = 1611772985, 1611772985 + 86400
    >>> found = contact_windows(ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6), *times)
    >>> contact_times(found, *times).alt.partition(" In sight")[0]
    'From 2021-01-27 18:43 to 2021-01-28 18:43 UTC: Lausanne has 5 contact windows, 1,851 s, highest 78°.'
    """
    start, end = (checked_real(time, name, what="UNIX seconds") for time, name in ((start, "start"), (end, "end")))
    shown_windows = sorted((w for w in windows if w.set > start and w.rise < end), key=lambda w: w.rise)
    names = list(dict.fromkeys([*(stations or ()), *(w.station for w in shown_windows)]))
    rounds = rounds or {}
    labels = [*names, "in sight", *(f"rounds of {name}" for name in rounds)]
    if len(labels) > MOST_ROWS:
        raise LocalError(f"there is room for {MOST_ROWS} rows, got {len(labels)}", argument="windows")
    row = {label: -float(i) for i, label in enumerate(labels)}
    lost = set(failed)
    seen = [w for w in shown_windows if w not in lost]
    unseen = [w for w in shown_windows if w in lost]
    traces = [*_arches(seen, row, start), *_sight(seen, row, start, end)]
    if unseen:
        hollow = [_triangle(one, row, start) for one in unseen]
        traces.insert(0, _area(hollow, "pass that failed", BRICK, fillcolor="rgba(0,0,0,0)"))
    used: set[str] = set()
    for name, parts in rounds.items():
        traces += _rounds(name, parts, row[f"rounds of {name}"], start, end, used)
    ticks = time_ticks(start, end)
    style = layout(
        title or f"Contact windows, {clock(start, day=True)} to {clock(end, day=True)} UTC",
        "time (UTC)",
        "",
        height=150 + 34 * len(labels),
        showlegend=True,
        xaxis={
            "range": [0, round(end - start)],
            "tickvals": [round(at - start) for at, _ in ticks],
            "ticktext": [label for _, label in ticks],
        },
        yaxis={
            "range": [1.1 - len(labels), 1.0],
            "tickvals": [y + 0.4 for y in row.values()],
            "ticktext": [map_name(label) for label in labels],
            "showgrid": False,
            "automargin": True,
        },
    )
    style["shapes"] = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": {"color": GRID, "width": 1}}
        for y in row.values()
    ]
    table = windows_table(shown_windows) or {"station": names or ["none"], "windows": [0] * (len(names) or 1)}
    return Chart(go.Figure(traces, style), _sentence(seen, unseen, names, rounds, start, end), table)


def arch(window: Window) -> float:
    """Return how high the arch of a window is, from 0 to 1: it grows with the elevation at its culmination."""
    return round(0.25 + 0.65 * max(0.0, window.max_elevation_deg) / 90, 3)


def rounds_of(story: SatelliteStory, genesis: Seconds, period: Seconds) -> list[RoundPart]:
    """Return what became of a satellite's partial of each round that was due in a run.

    Round 1 was due at ``genesis`` (UNIX time), and then one every ``period`` seconds.
    """
    best = {"first t": story.first_t, "in time": story.in_time, "late": story.signed}
    return [
        RoundPart(i, genesis + (i - 1) * period, next((part for part, own in best.items() if i in own), "missed"))
        for i in range(1, story.due + 1)
    ]


def runs(parts: Iterable[RoundPart], period: Seconds) -> list[tuple[Round, Round, Seconds, Seconds, str]]:
    """Return rounds one after the other that went the same way as one: first, last, from when, until when, part.

    >>> runs([RoundPart(1, 0, "missed"), RoundPart(2, 30, "missed"), RoundPart(3, 60, "late")], 30)
    [(1, 2, 0, 60, 'missed'), (3, 3, 60, 90, 'late')]
    """
    found: list[tuple[Round, Round, Seconds, Seconds, str]] = []
    for round_, due, part in parts:
        if part not in PARTS:
            raise LocalError(f"expected one of {', '.join(PARTS)}, got {repr_of(part)}", argument="rounds")
        if found and found[-1][1] == round_ - 1 and found[-1][4] == part:
            first, _, since, _, _ = found[-1]
            found[-1] = first, round_, since, due + period, part
        else:
            found.append((round_, round_, due, due + period, part))
    return found


def clock(time: Seconds, *, day: bool = False, seconds: bool = False) -> str:
    """Return a UNIX time as a reader writes it, in UTC.

    >>> clock(1611772985, day=True), clock(1611772985, seconds=True)
    ('2021-01-27 18:43', '18:43:05')
    """
    form = ("%Y-%m-%d " if day else "") + ("%H:%M:%S" if seconds else "%H:%M")
    return datetime.fromtimestamp(round(time) if seconds else time, UTC).strftime(form)


def map_name(name: str) -> str:
    """Return a name as a picture has it: not too long, and without what plotly takes for markup.

    >>> map_name("<b>SvalSat</b>")
    '‹b›SvalSat‹/b›'
    """
    return shown(name, LONGEST_NAME).replace("<", "‹").replace(">", "›")


def sky_colours(count: int) -> list[str]:
    """Return a colour for each satellite: one of its own, or where there are not enough the same for all."""
    return list(COLOURS[:count]) if count <= len(COLOURS) else [BLUE] * count


def windows_table(windows: Sequence[Window]) -> dict[str, list[Any]]:
    """Return windows as the columns of a table; nothing for none."""
    if not windows:
        return {}
    return {
        "satellite": [one.satellite for one in windows],
        "station": [one.station for one in windows],
        "rise": [clock(one.rise, day=True, seconds=True) for one in windows],
        "culmination": [clock(one.culmination, day=True, seconds=True) for one in windows],
        "set": [clock(one.set, day=True, seconds=True) for one in windows],
        "greatest elevation, degrees": [round(one.max_elevation_deg, 1) for one in windows],
        "range, km": [round(one.range_km) for one in windows],
        "light time, ms": [round(one.light_time_ms, 2) for one in windows],
    }


def _area(pieces: list[list[tuple[float, float]]], name: str, colour: str, **more: Any) -> Any:
    """Closed pieces as one filled trace."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for piece in pieces:
        xs += [*([None] if xs else []), *(x for x, _ in piece)]
        ys += [*([None] if ys else []), *(round(y, 3) for _, y in piece)]
    look = {"fill": "toself", "fillcolor": colour, "line": {"color": colour, "width": 0.8}, "hoverinfo": "skip"}
    return go.Scatter(x=xs, y=ys, mode="lines", name=name, **(look | more))


def _box(since: Seconds, until: Seconds, y: float, height: float, start: Seconds) -> list[tuple[float, float]]:
    left, right = round(since - start), round(until - start)
    return [(left, y), (left, y + height), (right, y + height), (right, y), (left, y)]


def _arches(windows: Sequence[Window], row: Mapping[str, float], start: Seconds) -> list[Any]:
    traces = []
    satellites = list(dict.fromkeys(w.satellite for w in windows))
    many = len(satellites) > len(COLOURS)
    groups: dict[str, list[Window]] = {}
    for window in windows:
        groups.setdefault("contact windows" if many else map_name(window.satellite), []).append(window)
    for (name, own), colour in zip(groups.items(), sky_colours(len(groups)), strict=True):
        traces.append(_area([_triangle(one, row, start) for one in own], name, colour))
    return traces


def _triangle(window: Window, row: Mapping[str, float], start: Seconds) -> list[tuple[float, float]]:
    corners = [(window.rise, 0.0), (window.culmination, arch(window)), (window.set, 0.0), (window.rise, 0.0)]
    return [(float(round(x - start)), row[window.station] + height) for x, height in corners]


def _sight(windows: Sequence[Window], row: Mapping[str, float], start: Seconds, end: Seconds) -> list[Any]:
    spans = [(max(start, rise), min(end, down)) for rise, down in union(windows)]
    pieces = [_box(rise, down, row["in sight"], 0.5, start) for rise, down in spans]
    return [_area(pieces, "in sight of a station", GREEN)] if pieces else []


def _rounds(name: str, parts: Sequence[RoundPart], y: float, start: Seconds, end: Seconds, used: set[str]) -> list[Any]:
    own = [one for one in parts if start <= one.due < end]
    if not own:
        return []
    period = min((b.due - a.due for a, b in pairwise(own)), default=end - start)
    found = [(since, min(until, end), part) for _, _, since, until, part in runs(own, period)]
    if len(found) > MOST_PIECES:
        found = _coarser(found, start, end)
    traces = []
    for part, (height, colour, meaning) in PARTS.items():
        pieces = [_box(since, until, y, height, start) for since, until, what in found if what == part]
        if pieces:
            traces.append(_area(pieces, meaning, colour, showlegend=part not in used))
            used.add(part)
    return traces


def _coarser(found: list[tuple[Seconds, Seconds, str]], start: Seconds, end: Seconds) -> list[Any]:
    """Boxes that end at multiples of one width: in each what is best of all that was there."""
    order = list(PARTS)
    width = (end - start) / MOST_PIECES
    best: dict[int, int] = {}
    for since, until, part in found:
        for cell in range(int((since - start) / width), math.ceil((until - start) / width)):
            best[cell] = min(best.get(cell, len(order)), order.index(part))
    merged: list[tuple[int, int, str]] = []
    for cell, place in sorted(best.items()):
        if merged and merged[-1][1:] == (cell, order[place]):
            merged[-1] = merged[-1][0], cell + 1, order[place]
        else:
            merged.append((cell, cell + 1, order[place]))
    return [(start + first * width, start + last * width, part) for first, last, part in merged]


def _sentence(
    windows: Sequence[Window],
    failed: Sequence[Window],
    names: Sequence[str],
    rounds: Mapping[str, Sequence[RoundPart]],
    start: Seconds,
    end: Seconds,
) -> str:
    parts = []
    for name in names[:NAMED]:
        own = [w for w in windows if w.station == name]
        total = number(sum(min(w.set, end) - max(w.rise, start) for w in own), 0)
        best = max((w.max_elevation_deg for w in own), default=0.0)
        count = f"{len(own)} contact window{'s' * (len(own) != 1)}"
        parts.append(f"{name} has {count}, {total} s, highest {best:.0f}°" if own else f"{name} has none")
    if len(names) > NAMED:
        parts.append(f"and {len(names) - NAMED} more stations")
    text = f"From {clock(start, day=True)} to {clock(end, day=True)} UTC: {'; '.join(parts) or 'there is no station'}."
    if failed:
        text += f" {number(len(failed))} more failed."
    share, gap = contact_share(windows, start, end), longest_gap(windows, start, end)
    text += f" In sight for {number(100 * share, 1)} % of the time, longest gap {number(gap, 0)} s."
    for name, found in rounds.items():
        due = [one.part for one in found if start <= one.due < end]
        signed = sum(part != "missed" for part in due)
        first, timely = due.count("first t"), due.count("first t") + due.count("in time")
        text += (
            f" Of {number(len(due))} rounds due {name} signed {number(signed)}; {number(timely)} partials were on the "
            f"ground in time, {number(first)} among the first t."
        )
    return text
