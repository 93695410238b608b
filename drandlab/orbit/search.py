r"""The search for contact windows: on a grid first, then refined to the millisecond.

A station sees a satellite while its elevation is at least the mask. For each pair, with
$f = \sin(\text{elevation}) - \sin(\text{mask})$:

1. $f$ is computed on a grid of 30 s. A change of sign brackets a rise or a set.
2. A pass may be shorter than the grid: where $f$ has a local maximum below 0 on the grid, the true maximum lies within
   a step of it. It is searched wherever it could lie above 0; a bound on the satellite's speed says where it cannot.
   No orbit above the ground has two maxima within a minute, as its elevation from one place follows its revolution.
3. Every bracket is halved until it is far shorter than a millisecond. Times are rounded to milliseconds, so that the
   last digits of a machine's sine decide nothing.

The grid lies at whole multiples of 30 s of UNIX time, so that another interval finds the same windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
"""Elevations that are computed at once: some ten megabytes."""

DIGITS = 3
"""Digits of a second that rise, culmination and set are rounded to."""

_HALVINGS = 24
_GOLDEN = 32
_SHRINK = (math.sqrt(5) - 1) / 2
_FASTEST_KM_S = 11.2
"""No satellite of the Earth is faster than the escape velocity at the ground."""


class Sighting(NamedTuple):
    """A window before it is clipped: indices of satellite and station, times, sin(elevation) and range at the top.

    ``rise`` or ``set`` is infinite where it lies beyond the interval by more than a step.
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
    """Return the sightings of all pairs that reach into the interval; raises `LocalError` where SGP4 fails."""
    search = _Search(satellites, horizon(stations), start, end, math.sin(math.radians(mask)))
    found: list[Sighting] = []
    for i in range(len(satellites)):
        if stations:
            found += search.of_satellite(i)
        progress(i + 1, len(satellites))
    return found


class _Search:
    """The search for the windows of all pairs; times in it are seconds after the start of the first day."""

    def __init__(self, flying: Sequence[ElementSet], ground: Horizon, start: float, end: float, least: float) -> None:
        self._flying, self._ground, self._least = flying, ground, least
        self._day = math.floor(start / DAY)
        self._zero = self._day * DAY
        self._start, self._end = start - self._zero, end - self._zero
        self._count = ground.places.shape[1]

    def of_satellite(self, i: int) -> list[Sighting]:
        signs, edges, maxima = self._grid(i)
        short = self._short_passes(i, maxima)
        edges = _joined([edges, *short])
        order = np.lexsort((edges.time, edges.station))
        edges = edges.take(order)
        times = self._refined(i, edges)
        rows: list[tuple[int, float, float]] = []
        for j in range(self._count):
            mine = edges.station == j
            cuts = times[mine].tolist()
            if signs[j]:
                cuts.insert(0, -math.inf)
            if len(cuts) % 2:
                cuts.append(math.inf)
            rows += [
                (j, up, down)
                for up, down in zip(cuts[::2], cuts[1::2], strict=True)
                if down > self._start and up < self._end and down > up
            ]
        return self._culminations(i, rows, maxima)

    def _grid(self, i: int) -> tuple[list[bool], _Edges, _Maxima]:
        """Whether each station sees the satellite at first; changes of sign; local maxima, all on the grid."""
        first = math.floor(self._start / STEP) - 1
        last = math.ceil(self._end / STEP) + 1
        size = max(3, SLICE // self._count)
        edges, maxima, seen = [], [], None
        begin = first
        while begin < last:
            # A slice shares two moments with the next one, so that each moment is once between two others.
            stop = min(begin + size, last)
            time = np.arange(begin, stop + 1) * float(STEP)
            positions = earth_fixed(self._flying[i], self._day, time)
            sine, distance = self._ground.sines(positions)
            above = sine >= self._least
            if seen is None:
                seen = above[0].tolist()
            k, j = np.nonzero(above[1:] != above[:-1])
            if begin > first:
                k, j = k[k > 0], j[k > 0]
            edges.append(_Edges(j, time[k], time[k + 1]))
            maxima.append(self._maxima(time, positions, sine, distance))
            if stop == last:
                break
            begin = stop - 1
        return seen or [], _joined(edges), _Maxima.joined(maxima)

    def _maxima(self, time: Floats, positions: Floats, sine: Floats, distance: Floats) -> _Maxima:
        """The moments of the grid, without the first and the last, at which no neighbour is higher."""
        middle = sine[1:-1]
        k, j = np.nonzero((middle >= sine[:-2]) & (middle > sine[2:]))
        k += 1
        speed = _FASTEST_KM_S + TURN_RATE * np.sqrt((positions[k] ** 2).sum(axis=1))
        near = np.maximum(distance[k, j] - speed * STEP, 1e-3)
        turn = np.minimum(speed * STEP / near, np.pi)
        # The elevation that can be reached within a step: each radian that the satellite moves adds at most one.
        reach = np.arcsin(np.clip(sine[k, j], -1, 1)) + turn >= np.arcsin(np.clip(self._least, -1, 1))
        k, j = k[reach], j[reach]
        return _Maxima(j, time[k], sine[k, j])

    def _short_passes(self, i: int, maxima: _Maxima) -> list[_Edges]:
        """Rise and set of each pass that lies between two moments of the grid."""
        hidden = maxima.sine < self._least
        station, time = maxima.station[hidden], maxima.time[hidden]
        if not len(time):
            return []
        top, sine = self._highest(i, station, time - STEP, time + STEP)
        real = sine >= self._least
        station, time, top = station[real], time[real], top[real]
        return [_Edges(station, time - STEP, top), _Edges(station, top, time + STEP)]

    def _refined(self, i: int, edges: _Edges) -> Floats:
        """The moments at which the satellite crosses the mask, one for each bracket."""
        low, high = edges.time.copy(), edges.until.copy()
        if not len(low):
            return low
        rising = self._sines(i, edges.station, high)[0] >= self._least
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            later = (self._sines(i, edges.station, middle)[0] >= self._least) != rising
            low, high = np.where(later, middle, low), np.where(later, high, middle)
        found: Floats = np.round((low + high) / 2, DIGITS)
        return found

    def _culminations(self, i: int, rows: list[tuple[int, float, float]], maxima: _Maxima) -> list[Sighting]:
        if not rows:
            return []
        station = np.array([j for j, _, _ in rows])
        first = np.array([max(up, self._start) for _, up, _ in rows])
        last = np.array([min(down, self._end) for _, _, down in rows])
        low, high = first.copy(), first.copy()  # where no maximum lies within, an end of the window is the highest
        for place, (j, begin, end) in enumerate(zip(station, first, last, strict=True)):
            inside = np.flatnonzero((maxima.station == j) & (maxima.time > begin - STEP) & (maxima.time < end + STEP))
            if len(inside):
                best = maxima.time[inside[np.argmax(maxima.sine[inside])]]
                low[place], high[place] = max(best - STEP, begin), min(best + STEP, end)
        top, _ = self._highest(i, station, low, high)
        choices = np.stack([np.clip(np.round(top, DIGITS), first, last), first, last])
        values = np.stack([self._sines(i, station, moments)[0] for moments in choices])
        best = np.argmax(values, axis=0)
        top = choices[best, np.arange(len(best))]
        sine, distance = self._sines(i, station, top)
        zero = self._zero
        return [
            Sighting(i, j, _moment(zero, up), _moment(zero, t), _moment(zero, down), float(s), float(d))
            for (j, up, down), t, s, d in zip(rows, top.tolist(), sine, distance, strict=True)
        ]

    def _highest(self, i: int, station: Indices, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """The moment of the greatest elevation in each bracket, by golden section, and its sine."""
        return _golden(lambda moments: self._sines(i, station, moments)[0], low, high)

    def _sines(self, i: int, station: Indices, time: Floats) -> tuple[Floats, Floats]:
        return self._ground.sines_of(earth_fixed(self._flying[i], self._day, time), station)


def _moment(zero: int, seconds: float) -> float:
    return round(zero + seconds, DIGITS) if math.isfinite(seconds) else seconds


def _golden(value: Callable[[Floats], Floats], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The place of the greatest value in each bracket, in which the function has one maximum, and the value."""
    low, high = low.copy(), high.copy()
    left, right = high - _SHRINK * (high - low), low + _SHRINK * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(_GOLDEN):
        keep = at_left > at_right
        high, low = np.where(keep, right, high), np.where(keep, low, left)
        fresh = np.where(keep, high - _SHRINK * (high - low), low + _SHRINK * (high - low))
        at_fresh = value(fresh)
        left, right = np.where(keep, fresh, right), np.where(keep, left, fresh)
        at_left, at_right = np.where(keep, at_fresh, at_right), np.where(keep, at_left, at_fresh)
    best = at_left >= at_right
    return np.where(best, left, right), np.where(best, at_left, at_right)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Brackets: for each its station's index, and the moments between which the satellite rises or sets."""

    station: Indices
    time: Floats
    until: Floats

    def take(self, order: Indices) -> _Edges:
        return _Edges(self.station[order], self.time[order], self.until[order])


def _joined(parts: Sequence[_Edges]) -> _Edges:
    return _Edges(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("station", "time", "until")))


@dataclass(frozen=True, slots=True, eq=False)
class _Maxima:
    """Local maxima on the grid: for each its station's index, its moment, and sin(elevation)."""

    station: Indices
    time: Floats
    sine: Floats

    @staticmethod
    def joined(parts: Sequence[_Maxima]) -> _Maxima:
        return _Maxima(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("station", "time", "sine"))
        )
