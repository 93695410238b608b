"""The live map of satellites: ground tracks, footprints, stations, and below it the passes and the rounds in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.orbit.contacts import Window, contact_windows, union
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.ground_track import ground_track
from drandlab.orbit.stations import Station
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.orbit import SatelliteStory, satellites_of
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.scenario.orbit_tables import OrbitTable
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Seconds, checked_int, checked_real
from drandlab.viz.chart import Chart
from drandlab.viz.charts.contact_times import PARTS, RoundPart, arch, contact_times, rounds_of, runs
from drandlab.viz.charts.orbit_map import checked_sky, land_rings, orbit_map
from drandlab.viz.flat_map import line_pieces
from drandlab.viz.labels import label_positions
from drandlab.viz.svg import coordinate, render_all
from drandlab.widgets.base import LabWidget, refusing, static
from drandlab.widgets.strip import timeline_of

__all__ = ["OrbitWidget"]

DAY: Seconds = 86_400
MASK = 10.0

SPEEDS = (10, 60, 300, 1200)
"""Simulated seconds in one second."""

TINTS = ("blue", "brick", "violet", "ochre")

MOST_WINDOWS, MOST_RUNS = 2000, 20_000
MOST_POINTS = 32_000
FINEST, COARSEST = 60, 240
"""Seconds between two points that the page gets of a track; between them it goes along a great circle."""


class OrbitWidget(LabWidget):
    """Satellites above the Earth, from ``start`` to ``end`` (UNIX time), and when which station sees them.

    The upper part is a map with the ground tracks, the footprints and the stations, at the moment ``at``; the lower one
    has a row for each station with its contact windows. Choosing one goes to its culmination and shows its figures.
    With ``source``, a `Network` with satellites, its journal or a `Timeline`, the windows are shown as the passes that
    came of them, beside the rounds that the satellites took part in; the names of ``satellites`` are then those that
    they have in the network. Without ``start`` and ``end`` it shows the run, or else a day from the first epoch. The
    ``[orbit]`` of a scenario may take the place of satellites, stations, mask (10 unless given) and start.

    ``at`` (UNIX seconds), ``chosen`` (the number of a window in ``windows``, or None) and ``speed`` (simulated seconds
    in one second) can be assigned and hold what was chosen in the page, which needs no Python once it is shown.

    Raises `LocalError` for more satellites, stations or days than there is room for.

    >>> from drandlab.orbit.satellites import ISS
    >>> view = OrbitWidget(ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6))
    >>> view
    OrbitWidget(1 satellite, 1 station, 5 windows, at=2021-01-27T18:43:05Z, chosen=None)
    >>> view.chosen = 0
    >>> view.describe().partition(" From")[0]
    'At 20:17:05 UTC ISS is above 47.2° N, 7.1° E, 427 km high; Lausanne sees it.'
    """

    _esm = static("orbit", "js", "player")
    _css = static("orbit", "css")

    # traitlets.Any would let None past the checks below
    at: Any = traitlets.TraitType(0.0).tag(sync=True)
    chosen: Any = traitlets.TraitType(None, allow_none=True).tag(sync=True)
    speed: Any = traitlets.TraitType(300).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        satellites: ElementSet | Iterable[ElementSet] | OrbitTable,
        stations: Station | Iterable[Station] | None = None,
        start: Seconds | None = None,
        end: Seconds | None = None,
        *,
        source: Network | Journal | Timeline | None = None,
        mask: float | None = None,
        at: Seconds | None = None,
        dark: bool | None = None,
    ) -> None:
        with refusing():
            if isinstance(satellites, OrbitTable):
                start = satellites.begins if start is None and source is None else start
                mask = satellites.mask if mask is None else mask
                stations = satellites.stations if stations is None else stations
                satellites = [one.elements for one in satellites.satellites if one.tle]
                if not satellites:
                    raise LocalError(
                        "no satellite of it has an element set, so there is no orbit to draw", argument="satellites"
                    )
            self.satellites, self.stations = checked_sky(satellites, () if stations is None else stations)
            run = None if source is None else timeline_of(source)
            self.start, self.end = _span(self.satellites, run, start, end)
            self.mask = MASK if mask is None else mask
            self.windows = contact_windows(self.satellites, self.stations, self.start, self.end, mask=self.mask)
            if len(self.windows) > MOST_WINDOWS:
                raise LocalError(
                    f"there is room for {MOST_WINDOWS} contact windows, there are {len(self.windows)}; "
                    "show a shorter time",
                    argument="end",
                )
            self._stories = [] if run is None else _stories(self.satellites, run)
            self._rounds = {} if run is None else _rounds(self._stories, run)
            self._came = _came(self.windows, self._stories, run)
            story = self._story(run)
        super().__init__()
        self.at = self.start if at is None else at
        self.set_trait("story", story)
        self.dark = dark

    def describe(self) -> str:
        """Return the alternative text: where the satellites are at the moment in view, and all windows in words."""
        return _alt(self._charts())

    def picture(self) -> str:
        """Return the map at the moment in view, and the windows below it, as SVG text."""
        charts = self._charts()
        return render_all([chart.figure for chart in charts], _alt(charts))

    def _charts(self) -> tuple[Chart, Chart]:
        longest = max(one.period for one in self.satellites)
        # one revolution about the moment: more would hide the map
        turns = 1.5 if len(self.satellites) <= len(TINTS) else 0.5
        first, last = max(self.start, self.at - longest * turns / 3), min(self.end, self.at + longest * turns * 2 / 3)
        sky = orbit_map(self.satellites, self.stations, first, last, at=self.at, mask=self.mask)
        names = [one.name for one in self.stations]
        return sky, contact_times(
            self.windows, self.start, self.end, stations=names, rounds=self._rounds, failed=self._failed
        )

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(found)} {word}{'s' * (len(found) != 1)}"
            for found, word in ((self.satellites, "satellite"), (self.stations, "station"), (self.windows, "window"))
        )
        return f"OrbitWidget({counts}, at={_stamp(self.at)}, chosen={self.chosen!r})"

    @traitlets.validate("at")
    def _check_at(self, proposal: Any) -> float:
        with refusing():
            return float(checked_real(proposal["value"], "at", self.start, self.end, what="UNIX seconds"))

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int | None:
        value = proposal["value"]
        with refusing():
            if value is None:
                return None
            if not self.windows:
                raise LocalError("there is no contact window to choose", argument="chosen")
            return checked_int(value, "chosen", 0, len(self.windows) - 1)

    @traitlets.observe("chosen")
    def _go(self, change: Any) -> None:
        if self.chosen is not None:
            self.at = self.windows[self.chosen].culmination

    @traitlets.validate("speed")
    def _check_speed(self, proposal: Any) -> float:
        with refusing():
            known = f"one of {', '.join(map(str, SPEEDS))}"
            speed = checked_real(proposal["value"], "speed", what=known)
            if speed not in SPEEDS:
                raise LocalError(f"expected {known}, got {speed:g}", argument="speed")
        return next(one for one in SPEEDS if one == speed)

    def _story(self, run: Timeline | None) -> dict[str, Any]:
        """What the page needs to show every moment; times are UNIX seconds, angles whole hundredths of a degree."""
        step = max(FINEST, -(-(self.end - self.start) * len(self.satellites) // MOST_POINTS))
        if step > COARSEST:
            most = MOST_POINTS * COARSEST / len(self.satellites) / DAY
            raise LocalError(
                f"there is room for {most:.0f} days of {len(self.satellites)} satellites, got "
                f"{(self.end - self.start) / DAY:.0f}",
                argument="end",
            )
        tracks = [ground_track(one, self.start, self.end, step) for one in self.satellites]
        numbers = {one.name: i for i, one in enumerate(self.satellites)}
        places = {one.name: i for i, one in enumerate(self.stations)}
        few = len(self.satellites) <= len(TINTS)
        near = [line_pieces(t.longitudes[:90], t.latitudes[:90]) for t in tracks] if few else []
        labels = label_positions(
            [(one.longitude, one.latitude) for one in self.stations],
            [one.name for one in self.stations],
            lines=[piece for pieces in near for piece in pieces],
        )
        return {
            "start": self.start,
            "end": self.end,
            "mask": self.mask,
            "step": step,
            "period": None if run is None else run.period / MICRO,
            "land": "".join(
                f"M{'L'.join(f'{coordinate(x)} {coordinate(-y)}' for x, y in ring)}Z" for ring in land_rings()
            ),
            "speeds": list(SPEEDS),
            "parts": [[part, height, meaning] for part, (height, _, meaning) in PARTS.items()],
            "satellites": [
                {
                    "name": one.name,
                    "tint": TINTS[i] if few else "blue",
                    "turn": one.period,
                    "track": [
                        [round(float(value) * scale) for value in column]
                        for column, scale in ((track.latitudes, 100), (track.longitudes, 100), (track.heights, 1))
                    ],
                    "runs": self._runs(one.name, run),
                }
                for i, (one, track) in enumerate(zip(self.satellites, tracks, strict=True))
            ],
            "stations": [
                [one.name, one.latitude, one.longitude, label] for one, label in zip(self.stations, labels, strict=True)
            ],
            "windows": [
                [
                    numbers[w.satellite],
                    places[w.station],
                    w.rise,
                    w.culmination,
                    w.set,
                    w.max_elevation_deg,
                    w.range_km,
                    w.light_time_ms,
                    arch(w),
                    [w.clipped_start, w.clipped_end],
                    happened,
                ]
                for w, happened in zip(self.windows, self._came, strict=True)
            ],
            "sight": _sight(self.windows, self._came),
        }

    @property
    def _failed(self) -> list[Window]:
        return [window for window, happened in zip(self.windows, self._came, strict=True) if happened == []]

    def _runs(self, name: str, run: Timeline | None) -> list[list[Any]] | None:
        """The rounds of a satellite, those that went the same way as one; None where nothing is known of any."""
        if run is None or name not in self._rounds:
            return None
        order = list(PARTS)
        own = [one for one in self._rounds[name] if self.start <= one.due < self.end]
        found = [[*times, order.index(part)] for *times, part in runs(own, run.period / MICRO)]
        if len(found) > MOST_RUNS:
            raise LocalError(f"there is room for {MOST_RUNS} runs of rounds, there are {len(found)}", argument="end")
        return found


def _alt(charts: Iterable[Chart]) -> str:
    return " ".join(chart.alt for chart in charts)


def _span(
    satellites: Sequence[ElementSet], run: Timeline | None, start: Seconds | None, end: Seconds | None
) -> tuple[Seconds, Seconds]:
    """The time that is shown: what was asked for, else the run, else a day from the first epoch."""
    if start is None:
        start = satellites[0].epoch if run is None else run.start
    start = checked_real(start, "start", what="UNIX seconds")
    if end is None:
        end = start + DAY if run is None else run.start + run.end / MICRO
    return start, checked_real(end, "end", what="UNIX seconds")


def _stories(satellites: Sequence[ElementSet], run: Timeline) -> list[SatelliteStory]:
    """What the run says of these satellites; raises `LocalError` where it knows none of them."""
    found = satellites_of(run.journal)
    names = {one.name for one in satellites}
    if not any(one.name in names for one in found):
        known = f"those of the run are {', '.join(one.name for one in found)}" if found else "none flies in it"
        raise LocalError(f"the run has no satellite {satellites[0].name}; {known}", argument="source")
    return [one for one in found if one.name in names]


def _rounds(stories: Iterable[SatelliteStory], run: Timeline) -> dict[str, list[RoundPart]]:
    if run.genesis is None:
        return {}
    return {one.name: rounds_of(one, run.start + run.genesis / MICRO, run.period / MICRO) for one in stories}


Came = list[list[Seconds] | None]
"""Of each window: from when until when its pass happened, nothing for one that failed, None where nobody says."""


def _came(windows: Iterable[Window], stories: Iterable[SatelliteStory], run: Timeline | None) -> Came:
    """What became of each window; a run says nothing of the time before its genesis and after its end."""
    if run is None or run.genesis is None:
        return [None for _ in windows]
    begin, end = (run.start + time / MICRO for time in (run.genesis, run.end))
    seen = {story.name: story.seen for story in stories}
    found: Came = []
    for window in windows:
        if window.satellite not in seen or window.set <= begin or window.rise >= end:
            found.append(None)
            continue
        own = [
            one
            for one in seen[window.satellite]
            if one.station == window.station and one.begin < window.set and one.end > window.rise
        ]
        # what is under way at the genesis is told from then on
        found.append([window.rise if own[0].begin <= begin else own[0].begin, own[-1].end] if own else [])
    return found


def _sight(windows: Iterable[Window], came: Came) -> list[list[Seconds]]:
    """The times in which a station saw a satellite, as they happened; where nothing is known of that, the windows."""
    spans = [
        replace(one, rise=happened[0], set=happened[1]) if happened else one
        for one, happened in zip(windows, came, strict=True)
        if happened != []
    ]
    return [list(span) for span in union(spans)]


def _stamp(time: Seconds) -> str:
    return datetime.fromtimestamp(round(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
