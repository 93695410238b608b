"""Contact windows: when which station sees which satellite, and what all windows together cover.

`drandlab.orbit.search` says how they are found.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from drandlab.errors import LocalError, WrongType
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.stations import Station
from drandlab.orbit.utc import checked_moment
from drandlab.printable import repr_of
from drandlab.typing import Progress, Seconds, checked_real, digits_of

if TYPE_CHECKING:
    from drandlab.orbit.search import Sighting

__all__ = ["LONGEST_DAYS", "Window", "contact_share", "contact_windows", "longest_gap", "union"]

DAY = 86_400
LIGHT_KM_S = 299_792.458

LONGEST_DAYS = 366
"""An interval that is longer says nothing of a real satellite."""

LOWEST_MASK = -90


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A contact window: from rise to set a station sees a satellite, or as far as the interval reaches.

    Times are UNIX seconds; ``culmination`` is the moment of the greatest elevation within the window, at which
    ``range_km`` is the distance and ``light_time_ms`` the light's one-way time. ``clipped_start`` and ``clipped_end``
    say that the interval begins or ends within the window.
    """

    satellite: str
    station: str
    rise: Seconds
    culmination: Seconds
    set: Seconds
    max_elevation_deg: float
    range_km: float
    light_time_ms: float
    clipped_start: bool = False
    clipped_end: bool = False

    @property
    def duration(self) -> Seconds:
        """Seconds from rise to set."""
        return round(self.set - self.rise, 6)


def contact_windows(
    satellites: ElementSet | Iterable[ElementSet],
    stations: Station | Iterable[Station],
    start: Seconds,
    end: Seconds,
    *,
    mask: float = 10.0,
    progress: Progress | None = None,
) -> list[Window]:
    """Return the contact windows of all pairs from ``start`` to ``end`` (UNIX time), in the order of rise.

    ``mask`` is the least elevation in degrees, below 90; below 0 is the horizon of a mountain. Names tell satellites
    and stations apart, so no two are the same. Raises `LocalError` for arguments out of bounds, for an interval of more
    than 366 days, and with code ``decayed`` where SGP4 gives no position.

    >>> from drandlab.orbit.satellites import ISS
    >>> [window] = contact_windows(ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6), 1611772985, 1611772985 + 7200)
    >>> round(window.rise), round(window.duration), round(window.max_elevation_deg), round(window.range_km)
    (1611778421, 407, 78, 436)
    """
    flying = _list_of(satellites, ElementSet, "satellites")
    ground = _list_of(stations, Station, "stations")
    begin = float(checked_moment(start, "start"))
    last = float(checked_moment(end, "end"))
    if not begin < last:
        raise LocalError(f"must be after the start, {begin}, got {last}", argument="end")
    if last - begin > LONGEST_DAYS * DAY:
        raise LocalError(f"must be at most {LONGEST_DAYS} days after the start", argument="end", code="range")
    least = checked_real(mask, "mask", LOWEST_MASK, what="degrees")
    if not least < 90:
        raise LocalError(f"expected degrees below 90, got {digits_of(least)}", argument="mask", code="range")
    from drandlab.orbit.search import sightings  # numpy, which not all who use windows need

    rows = sightings(flying, ground, begin, last, least, progress or (lambda done, total: None))
    found = [_window(flying[row.satellite].name, ground[row.station].name, begin, last, row) for row in rows]
    found.sort(key=lambda w: (w.rise, w.set, w.satellite, w.station))
    return found


def _list_of(given: Any, kind: type[Any], argument: str) -> list[Any]:
    if isinstance(given, kind):
        given = [given]
    try:
        found = list(given)
    except TypeError:
        found = [given]
    for one in found:
        if not isinstance(one, kind):
            raise WrongType(f"expected {kind.__name__} objects, got {repr_of(one)}", argument=argument)
    if twice := sorted(name for name, times in Counter(one.name for one in found).items() if times > 1):
        raise LocalError(f"two are named {repr_of(twice[0])}; names tell them apart", argument=argument)
    return found


def _window(satellite: str, station: str, start: Seconds, end: Seconds, seen: Sighting) -> Window:
    first, last = max(seen.rise, start), min(seen.set, end)
    return Window(
        satellite=satellite,
        station=station,
        rise=first,
        culmination=min(max(seen.culmination, first), last),
        set=last,
        max_elevation_deg=round(math.degrees(math.asin(max(-1.0, min(1.0, seen.sine)))), 4),
        range_km=round(seen.range_km, 3),
        light_time_ms=round(seen.range_km / LIGHT_KM_S * 1000, 6),
        clipped_start=math.isinf(seen.rise),
        clipped_end=math.isinf(seen.set),
    )


# -- all pairs together -----------------------------------------------------------------------------------------------


def union(windows: Iterable[Window]) -> list[tuple[Seconds, Seconds]]:
    """Return the times in which at least one of the windows is open, in order; windows that touch become one.

    >>> def one(rise, set):
    ...     facts = dict(culmination=rise, max_elevation_deg=20.0, range_km=900.0, light_time_ms=3.0)
    ...     return Window(satellite="a", station="b", rise=rise, set=set, **facts)
    >>> union([one(5, 8), one(1, 3), one(2, 4)])
    [(1, 4), (5, 8)]
    """
    found: list[tuple[Seconds, Seconds]] = []
    for rise, down in sorted((window.rise, window.set) for window in windows):
        if found and rise <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], down))
        else:
            found.append((rise, down))
    return found


def contact_share(windows: Iterable[Window], start: Seconds, end: Seconds) -> float:
    """Return the share of the interval in which at least one of the windows is open, from 0 to 1.

    >>> contact_share([], 0, 10)
    0.0
    """
    return sum(down - rise for rise, down in _within(windows, start, end)) / _length(start, end)


def longest_gap(windows: Iterable[Window], start: Seconds, end: Seconds) -> Seconds:
    """Return the longest time of the interval in which no window is open, before the first and after the last, too.

    >>> longest_gap([], 0, 10)
    10
    """
    _length(start, end)
    open_times = [(start, start), *_within(windows, start, end), (end, end)]
    return max(later[0] - earlier[1] for earlier, later in pairwise(open_times))


def _within(windows: Iterable[Window], start: Seconds, end: Seconds) -> list[tuple[Seconds, Seconds]]:
    return [(max(rise, start), min(down, end)) for rise, down in union(windows) if down > start and rise < end]


def _length(start: Seconds, end: Seconds) -> Seconds:
    start, end = checked_real(start, "start"), checked_real(end, "end")
    if not start < end:
        raise LocalError(f"must be after the start, {digits_of(start)}, got {digits_of(end)}", argument="end")
    return end - start
