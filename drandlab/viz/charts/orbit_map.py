"""Satellites above a map of the Earth: their ground tracks, what each of them sees, and the stations.

The map is a sketch of this package (`drandlab.viz.continents`): no tiles, nothing is fetched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.orbit.contacts import Window, contact_windows
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.ground_track import GroundTrack, footprint, ground_track
from drandlab.orbit.stations import Station
from drandlab.typing import Seconds, checked_real
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.contact_times import clock, map_name, sky_colours, windows_table
from drandlab.viz.continents import OUTLINES
from drandlab.viz.flat_map import Point, area_rings, line_pieces, map_rings, placed
from drandlab.viz.labels import label_positions
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["checked_sky", "land_rings", "orbit_map", "track_step"]

GREEN = PALETTE[2]

LAND, COAST = "rgba(128,132,140,0.2)", "rgba(128,132,140,0.55)"

MANY = 4
"""With more satellites than this, their tracks look alike and the sentence counts them."""

MOST_SATELLITES, MOST_STATIONS = 12, 32
"""More than these make no readable map."""

MOST_POINTS = 1500
"""Points of all tracks together."""

FINEST, COARSEST = 30, 120
"""Seconds between two points of a track: a satellite low above the Earth moves 2 to 8 degrees."""

NAMED = 8
"""Stations that the sentence names one by one."""


def orbit_map(
    satellites: ElementSet | Iterable[ElementSet],
    stations: Station | Iterable[Station],
    start: Seconds,
    end: Seconds,
    *,
    at: Seconds | None = None,
    mask: float = 10.0,
    title: str | None = None,
) -> Chart:
    """Draw the ground tracks from ``start`` to ``end`` (UNIX time), and where the satellites are ``at`` a moment.

    Around each satellite is its footprint: from there it is at least ``mask`` degrees above the horizon. Stations that
    see one are filled. ``at`` is the start unless given. The table has the contact windows. Raises `LocalError` for
    more than 12 satellites or 32 stations, and for an interval whose tracks would cover the whole map.

    >>> from drandlab.orbit.satellites import ISS
    >>> iss, lausanne = ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6)
    >>> orbit_map(iss, lausanne, 1611778000, 1611783000, at=1611778625).alt.partition(" From")[0]
    'At 20:17:05 UTC ISS is above 47.2° N, 7.1° E, 427 km high; Lausanne sees it.'
    """
    flying, ground = checked_sky(satellites, stations)
    windows = contact_windows(flying, ground, start, end, mask=mask)
    moment = start if at is None else checked_real(at, "at", start, end, what="UNIX seconds")
    tracks = [ground_track(one, start, end, track_step(start, end, len(flying))) for one in flying]
    here = [_here(one, moment) for one in flying]
    seen = {window.station for window in windows if window.rise <= moment <= window.set}
    traces = [
        _land(),
        *_tracks(flying, tracks),
        *_footprints(here, mask),
        *_marks(flying, here, ground, seen, tracks),
    ]
    names = f"{len(flying)} satellites" if len(flying) > MANY else ", ".join(map_name(one.name) for one in flying)
    until = clock(end, day=start // 86_400 != end // 86_400)
    style = layout(
        title or f"Ground track{'s' * (len(flying) > 1)} of {names}, {clock(start, day=True)} to {until} UTC",
        "",
        "",
        height=420,
        showlegend=True,
        margin={"l": 70, "r": 24, "t": 76, "b": 40},
        xaxis=_axis(180, 60, "WE") | {"scaleanchor": "y", "constrain": "domain", "showline": False},
        yaxis=_axis(90, 30, "SN") | {"constrain": "domain"},
    )
    return Chart(go.Figure(traces, style), _sentence(flying, here, windows, moment, start, end), _table(windows, mask))


def checked_sky(
    satellites: ElementSet | Iterable[ElementSet], stations: Station | Iterable[Station]
) -> tuple[list[ElementSet], list[Station]]:
    """Return the satellites and stations as lists; raises `LocalError` where a map has no room for them."""
    flying = [satellites] if isinstance(satellites, ElementSet) else list(satellites)
    ground = [stations] if isinstance(stations, Station) else list(stations)
    for found, most, argument in ((flying, MOST_SATELLITES, "satellites"), (ground, MOST_STATIONS, "stations")):
        least = 1 if argument == "satellites" else 0
        if not least <= len(found) <= most:
            raise LocalError(f"a map has room for {least} to {most}, got {len(found)}", argument=argument)
    return flying, ground


def track_step(start: Seconds, end: Seconds, count: int) -> float:
    """Return the seconds from point to point of ``count`` tracks; raises `LocalError` where that is too coarse."""
    step = max(FINEST, math.ceil((end - start) * count / MOST_POINTS))
    if step > COARSEST:
        most = MOST_POINTS * COARSEST / count / 3600
        raise LocalError(
            f"the tracks of {count} satellite{'s' * (count != 1)} over {number((end - start) / 3600, 1)} hours would "
            f"cover the whole map; expected at most {most:.0f} hours",
            argument="end",
        )
    return step


def land_rings() -> list[list[Point]]:
    """Return the continents as rings of the map."""
    return [ring for outline in OUTLINES.values() for ring in map_rings(outline)]


def _axis(reach: int, step: int, sides: str) -> dict[str, Any]:
    marks = range(-reach, reach + 1, step)
    labels = [f"{abs(mark)}°{f' {sides[mark > 0]}' if mark else ''}" for mark in marks]
    return {"range": [-reach, reach], "tickvals": list(marks), "ticktext": labels}


def _joined(pieces: Iterable[Sequence[Point]], *, closed: bool = False) -> dict[str, list[float | None]]:
    """Pieces as the columns of one trace, a gap between any two."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for piece in pieces:
        points = [*piece, piece[0]] if closed else piece
        gap = [None] * bool(xs)
        xs += [*gap, *(round(x, 2) for x, _ in points)]
        ys += [*gap, *(round(y, 2) for _, y in points)]
    return {"x": xs, "y": ys}


def _land() -> Any:
    line = {"color": COAST, "width": 0.6}
    look = {"fill": "toself", "fillcolor": LAND, "line": line, "showlegend": False, "hoverinfo": "skip"}
    return go.Scatter(_joined(land_rings(), closed=True), mode="lines", **look)


def _here(satellite: ElementSet, moment: Seconds) -> tuple[float, float, float]:
    """Latitude, longitude and height of a satellite at a moment."""
    track = ground_track(satellite, moment, moment + 1, 1)
    return float(track.latitudes[0]), float(track.longitudes[0]), float(track.heights[0])


def _footprints(here: list[tuple[float, float, float]], mask: float) -> list[Any]:
    traces = []
    for i, place in enumerate(here):
        latitudes, longitudes = footprint(*place, mask, points=72 if len(here) <= MANY else 48)
        colour = sky_colours(len(here))[i]
        area = {"fill": "toself", "fillcolor": _faint(colour), "showlegend": False, "hoverinfo": "skip"}
        rings = _joined(area_rings(longitudes, latitudes), closed=True)
        traces.append(go.Scatter(rings, mode="lines", line={"color": colour, "width": 0}, **area))
        # The edge apart from the area: where the map ends, the area ends, and its edge does not.
        edge = _joined(line_pieces(longitudes, latitudes))
        line = {"color": colour, "width": 1.2, "dash": "dot"}
        name = f"footprint: at least {number(mask)}° high"
        traces.append(go.Scatter(edge, mode="lines", name=name, line=line, showlegend=not i, hoverinfo="skip"))
    return traces


def _faint(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red},{green},{blue},0.16)"


def _tracks(flying: list[ElementSet], tracks: list[GroundTrack]) -> list[Any]:
    traces = []
    many = len(flying) > MANY
    for i, (one, track, colour) in enumerate(zip(flying, tracks, sky_colours(len(flying)), strict=True)):
        pieces = _joined(line_pieces(track.longitudes, track.latitudes))
        look = {"line": {"color": colour, "width": 0.9 if many else 1.8}, "showlegend": not (many and i)}
        name = "ground tracks" if many else map_name(one.name)
        traces.append(go.Scatter(pieces, mode="lines", name=name, hoverinfo="skip", **look))
    return traces


def _marks(
    flying: list[ElementSet],
    here: list[tuple[float, float, float]],
    ground: list[Station],
    seen: set[str],
    tracks: list[GroundTrack],
) -> list[Any]:
    """The satellites and the stations, with their names where none hides another; one satellite needs no name."""
    above = [(longitude, latitude) for latitude, longitude, _ in here]
    below = [(one.longitude, one.latitude) for one in ground]
    places = [(round(x, 2), round(y, 2)) for x, y in above + below]
    names = [map_name(one.name) if len(flying) > 1 else "" for one in flying] + [map_name(one.name) for one in ground]
    lines = [piece for one in tracks for piece in line_pieces(one.longitudes, one.latitudes)]
    positions = label_positions(places, names, lines=lines)
    hover = [
        f"{map_name(one.name)}: {placed(*place[:2])}, {number(place[2], 0)} km high"
        for one, place in zip(flying, here, strict=True)
    ] + names[len(flying) :]
    count = len(flying)
    kinds = {
        # name in the legend: which of them, symbol, size, colour
        "satellite": ([*range(count)], "diamond", 13, sky_colours(count)),
        "station in contact": ([i + count for i, s in enumerate(ground) if s.name in seen], "circle", 9, GREEN),
        "station": ([i + count for i, s in enumerate(ground) if s.name not in seen], "circle-open", 8, INK),
    }
    return [
        go.Scatter(
            x=[places[i][0] for i in own],
            y=[places[i][1] for i in own],
            mode="markers+text",
            name=label,
            marker={"symbol": symbol, "size": size, "color": colour},
            text=[names[i] for i in own],
            textposition=[positions[i] for i in own],
            textfont={"size": 12},
            hovertext=[hover[i] for i in own],
            hoverinfo="text",
            showlegend=label != "satellite",
        )
        for label, (own, symbol, size, colour) in kinds.items()
        if own
    ]


def _sentence(
    flying: list[ElementSet],
    here: list[tuple[float, float, float]],
    windows: list[Window],
    moment: Seconds,
    start: Seconds,
    end: Seconds,
) -> str:
    said = []
    close = [w for w in windows if w.rise <= moment <= w.set]
    for one, (latitude, longitude, height) in zip(flying, here, strict=True):
        seers = [w.station for w in close if w.satellite == one.name]
        which = " and ".join([", ".join(seers[:-1]), seers[-1]] if len(seers) > 1 else seers) or "no station"
        said.append(
            f"{one.name} is above {placed(latitude, longitude)}, {number(height, 0)} km high; "
            f"{which} {'see' if len(seers) > 1 else 'sees'} it"
        )
    if len(flying) > MANY:
        pairs = "; ".join(f"{w.station} sees {w.satellite}" for w in close[:NAMED])
        said = [
            f"{len({w.satellite for w in close})} of {len(flying)} satellites are in contact{': ' * bool(pairs)}{pairs}"
        ]
    text = f"At {clock(moment, seconds=True)} UTC {'; '.join(said)}."
    found: dict[str, list[Window]] = {}
    for window in windows:
        found.setdefault(window.station, []).append(window)
    span = f"From {clock(start, day=True)} to {clock(end, day=True)} UTC"
    if not windows:
        return f"{text} {span} there is no contact window."
    parts = [
        f"{name} has {len(own)} contact window{'s' * (len(own) > 1)} "
        f"(first {clock(own[0].rise)} to {clock(own[0].set)}, highest {max(w.max_elevation_deg for w in own):.0f}°)"
        for name, own in list(found.items())[:NAMED]
    ]
    rest = len(found) - len(parts)
    return f"{text} {span}: {'; '.join(parts)}{f'; and {rest} more stations' if rest else ''}."


def _table(windows: list[Window], mask: float) -> dict[str, list[Any]]:
    """The windows; without any, one row that says so."""
    return windows_table(windows) or {"satellite": ["none"], "station": [f"no contact window above {number(mask)}°"]}
