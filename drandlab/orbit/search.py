r"""The search for contact windows: on a grid first, then refined to the millisecond.

A station sees a satellite while its elevation is at least the mask. For each pair, with
$f = \sin(\text{elevation}) - \sin(\text{mask})$:

1. $f$ is computed on a grid of 30 s. A change of sign brackets a rise or a set.
2. A pass may be shorter than the grid: where $f$ has a local maximum below 0 on the grid, the true maximum lies within
   a step of it. It is searched wherever it could lie above 0; a bound on the satellite's speed says where it cannot.
   No orbit above the ground has two maxima within a minute, as its elevation from one place follows its revolution.
   A minimum above 0 is searched in the same way for a short gap.
3. Every bracket is halved until it is far shorter than a millisecond. Times are rounded to milliseconds, so that the
   last digits of a machine's sine decide nothing.

The grid is the ends of the interval and the whole multiples of 30 s of UNIX time between them, so that another interval
finds the same windows; no position is asked for outside of the interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from drandlab.orbit.elements import ElementSet
from drandlab.orbit.geometry import DAY, TURN_RATE, Horizon, earth_fixed, horizon
from drandlab.orbit.stations import Station
from drandlab.typing import Progress, Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

__all__ = ["Sighting", "sightings"]

STEP = 30
"""Seconds between two moments of the grid."""

SLICE = 1 << 19
"""Elevations that are computed at once, in some tens of megabytes."""

DIGITS = 3
"""Digits of a second that rise, culmination and set are rounded to."""

_HALVINGS = 22
_GOLDEN = 24
_SHRINK = (math.sqrt(5) - 1) / 2
_FASTEST_KM_S = 11.2
"""No satellite of the Earth is faster than the escape velocity at the ground."""


class Sighting(NamedTuple):
    """A window as it was found: indices of satellite and station, times, sin(elevation) and range at the culmination.

    ``rise`` or ``set`` is infinite where the window reaches beyond the interval.
    """

    satellite: int
    station: int
    rise: Seconds
    culmination: Seconds
    set: Seconds
    sine: float
    range_km: float


def sightings(
    satellites: Sequence[ElementSet],
    stations: Sequence[Station],
    start: Seconds,
    end: Seconds,
    mask: float,
    progress: Progress,
) -> list[Sighting]:
    """Return the sightings of all pairs in the interval; raises `LocalError` where SGP4 fails."""
    if not stations:
        return []
    ground, least, day = horizon(stations), math.sin(math.radians(mask)), math.floor(start / DAY)
    found: list[Sighting] = []
    for i, satellite in enumerate(satellites):
        search = _Search(satellite, ground, day, start - day * DAY, end - day * DAY, least)
        for done, total in search.scan():
            progress(i * total + done, len(satellites) * total)
        found += search.sightings(i)
    return found


class _Search:
    """The search for the windows of one satellite; times in it are seconds after the start of ``day``."""

    def __init__(
        self, satellite: ElementSet, ground: Horizon, day: int, start: float, end: float, least: float
    ) -> None:
        self._satellite, self._ground, self._day, self._least = satellite, ground, day, least
        self._start, self._end = start, end
        self._stations = ground.places.shape[1]
        self._seen_first = np.zeros(self._stations, bool)
        self._edges: list[_Edges] = []
        self._maxima: list[_Extrema] = []
        self._minima: list[_Extrema] = []

    def scan(self) -> Iterator[tuple[int, int]]:
        """Compute the grid slice by slice and keep what is to be refined; yields how many moments are done, of all."""
        inner = np.arange(math.floor(self._start / STEP) + 1, math.ceil(self._end / STEP)) * float(STEP)
        grid = np.concatenate([[self._start], inner, [self._end]])
        size, begin = max(3, SLICE // self._stations), 0
        while begin < len(grid) - 1:
            # A slice shares two moments with the next one, so that each moment is once between two others.
            stop = min(begin + size, len(grid))
            time = grid[begin:stop]
            positions = earth_fixed(self._satellite, self._day, time)
            sine, distance = self._ground.sines(positions)
            above = sine >= self._least
            if begin == 0:
                self._seen_first = above[0]
            k, j = np.nonzero(above[1:] != above[:-1])
            fresh = k >= (begin > 0)
            self._edges.append(_Edges(j[fresh], time[k[fresh]], time[k[fresh] + 1]))
            ends = begin == 0, stop == len(grid)
            reach = _reach(positions, distance)
            self._maxima.append(_maxima(time, sine, reach, ends, self._least))
            self._minima.append(_maxima(time, -sine, reach, ends, -self._least))
            yield stop, len(grid)
            begin = stop - 2 if stop < len(grid) else stop

    def sightings(self, satellite: int) -> list[Sighting]:
        """Refine what the scan has kept; ``satellite`` is the index to give to the sightings."""
        maxima, minima = _joined(self._maxima), _joined(self._minima)
        short = [*self._hidden(maxima, 1), *self._hidden(minima, -1)]
        edges = _joined([*self._edges, *short])
        times = self._refined(edges)
        order = np.lexsort((times, edges.station))
        station, times = edges.station[order], np.clip(np.round(times[order], DIGITS), self._start, self._end)
        rows: list[tuple[int, float, float]] = []
        for j in range(self._stations):
            cuts = times[station == j].tolist()
            if self._seen_first[j]:
                cuts.insert(0, -math.inf)
            if len(cuts) % 2:
                cuts.append(math.inf)
            rows += [(j, up, down) for up, down in zip(cuts[::2], cuts[1::2], strict=True) if up < down]
        return self._culminations(satellite, rows, maxima) if rows else []

    def _hidden(self, extrema: _Extrema, sign: int) -> list[_Edges]:
        """The two crossings of each pass, or with sign -1 of each gap, that lies between moments of the grid."""
        own = extrema.take(np.flatnonzero(extrema.value < sign * self._least))
        if not len(own.time):
            return []
        top, value = _golden(lambda moments: sign * self._sines(own.station, moments)[0], own.low, own.high)
        real = value >= sign * self._least if sign > 0 else value > sign * self._least
        own, top = own.take(np.flatnonzero(real)), top[real]
        return [_Edges(own.station, own.low, top), _Edges(own.station, top, own.high)]

    def _refined(self, edges: _Edges) -> Floats:
        """The moments at which the satellite crosses the mask, one for each bracket."""
        low, high = edges.low.copy(), edges.high.copy()
        if not len(low):
            return low
        rising = self._sines(edges.station, high)[0] >= self._least
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            later = (self._sines(edges.station, middle)[0] >= self._least) != rising
            low, high = np.where(later, middle, low), np.where(later, high, middle)
        return (low + high) / 2

    def _culminations(self, satellite: int, rows: list[tuple[int, float, float]], maxima: _Extrema) -> list[Sighting]:
        station = np.array([j for j, _, _ in rows])
        first = np.array([max(up, self._start) for _, up, _ in rows])
        last = np.array([min(down, self._end) for _, _, down in rows])
        low, high = first.copy(), first.copy()  # where no maximum lies within, an end of the window is the highest
        own = [maxima.take(np.flatnonzero(maxima.station == j)) for j in range(self._stations)]
        for place, (j, begin, end) in enumerate(zip(station, first, last, strict=True)):
            here = slice(np.searchsorted(own[j].high, begin, "right"), np.searchsorted(own[j].low, end, "left"))
            if here.start < here.stop:
                best = here.start + int(np.argmax(own[j].value[here]))
                low[place], high[place] = max(own[j].low[best], begin), min(own[j].high[best], end)
        top, _ = _golden(lambda moments: self._sines(station, moments)[0], low, high)
        choices = np.stack([np.clip(np.round(top, DIGITS), first, last), first, last])
        values = np.stack([self._sines(station, moments)[0] for moments in choices])
        best_choice = np.argmax(values, axis=0)
        top = choices[best_choice, np.arange(len(rows))]
        sine, distance = self._sines(station, top)
        return [
            Sighting(satellite, j, self._unix(up), self._unix(t), self._unix(down), float(s), float(d))
            for (j, up, down), t, s, d in zip(rows, top.tolist(), sine, distance, strict=True)
        ]

    def _sines(self, station: Indices, time: Floats) -> tuple[Floats, Floats]:
        return self._ground.sines_of(earth_fixed(self._satellite, self._day, time), station)

    def _unix(self, seconds: float) -> Seconds:
        return self._day * DAY + seconds if math.isinf(seconds) else round(self._day * DAY + seconds, DIGITS)


# -- the grid ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Brackets: for each its station's index, and the moments between which the satellite rises or sets."""

    station: Indices
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Extrema:
    """Local maxima on the grid: for each its station's index, its moment, those beside it, and the value."""

    station: Indices
    time: Floats
    low: Floats
    high: Floats
    value: Floats

    def take(self, which: Indices) -> _Extrema:
        return _Extrema(*(getattr(self, field.name)[which] for field in fields(self)))


T = TypeVar("T", _Edges, _Extrema)


def _joined(parts: Sequence[T]) -> T:
    kind = type(parts[0])
    return kind(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(kind)))


def _reach(positions: Floats, distance: Floats) -> Floats:
    """Radians by which an elevation can change within a step, for each moment and station.

    Each radian that the satellite moves on the sky changes it by at most one. In the frame of the Earth the satellite
    is as fast as in space and the turn of the Earth together.
    """
    way = STEP * (_FASTEST_KM_S + TURN_RATE * np.sqrt((positions**2).sum(axis=1)))[:, None]
    reach: Floats = np.minimum(way / np.maximum(distance - way, 1e-3), np.pi)
    return reach


def _maxima(time: Floats, value: Floats, reach: Floats, ends: tuple[bool, bool], least: float) -> _Extrema:
    """The local maxima whose true value within a step may be at least ``least``, all as sines.

    The first and the last moment count only where they are the ends of the grid.
    """
    rises = np.empty((len(time) + 1, value.shape[1]), bool)
    rises[1:-1] = value[1:] > value[:-1]
    rises[0], rises[-1] = ends[0], not ends[1]
    k, j = np.nonzero(rises[:-1] & ~rises[1:])
    most = np.arcsin(np.clip(value[k, j], -1, 1)) + reach[k, j]
    possible = most >= np.arcsin(np.clip(least, -1, 1))
    k, j = k[possible], j[possible]
    before, after = np.maximum(k - 1, 0), np.minimum(k + 1, len(time) - 1)
    return _Extrema(j, time[k], time[before], time[after], value[k, j])


def _golden(value: Callable[[Floats], Floats], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The place of the greatest value in each bracket, in which the function has one maximum, and the value."""
    left, right = high - _SHRINK * (high - low), low + _SHRINK * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(_GOLDEN):
        keep = at_left > at_right
        low, high = np.where(keep, low, left), np.where(keep, right, high)
        fresh = np.where(keep, high - _SHRINK * (high - low), low + _SHRINK * (high - low))
        at_fresh = value(fresh)
        left, right = np.where(keep, fresh, right), np.where(keep, left, fresh)
        at_left, at_right = np.where(keep, at_fresh, at_right), np.where(keep, at_left, at_fresh)
    best = at_left >= at_right
    return np.where(best, left, right), np.where(best, at_left, at_right)
