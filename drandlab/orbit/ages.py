r"""The age of an element set: a notice when it is used far from its epoch, and how far that moves contact windows.

An element set is fitted to a satellite's path near its epoch. Away from it the satellite runs ahead or behind along its
path, as the air's drag and the mean motion are known only so well; $\Delta t$ after the epoch an error $\delta \dot n$
of the drag and $\delta n$ of the mean motion have grown to $\frac12 \delta\dot n\,\Delta t^2 + \delta n\,\Delta t$
revolutions, and the windows move by as much.

`shifts` measures that for **assumed** errors: a drag that is wrong by 30 % (what the density of the upper air varies by
within weeks), and a mean motion that is wrong by 1e-5 revolutions a day (3 km along the path after a week, which is
what a set is said to be good for). It compares the windows of the set with those of the same set with both errors.

What that does not show: manoeuvres (the ISS is lifted several times a year, which moves it by minutes within days),
the error at the epoch itself (about a kilometre), and the truth. For that one would need two sets of one satellite a
few days apart; the shipped ones lie years apart.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drandlab.orbit.contacts import Window, contact_windows
from drandlab.orbit.elements import ElementSet, changed
from drandlab.orbit.stations import Station
from drandlab.typing import Seconds, checked_real

__all__ = ["DRAG_ERROR", "GOOD_DAYS", "MOTION_ERROR", "AgeNotice", "Shift", "age_notices", "shifts"]

DAY = 86_400
GOOD_DAYS = 7
"""Days around its epoch for which an element set is good to some kilometres."""

DRAG_ERROR = 0.3
MOTION_ERROR = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeNotice:
    """A notice that an interval reaches more than a week from the epoch of a satellite's element set.

    ``days`` is the distance of the farther end of the interval from the epoch.
    """

    satellite: str
    days: float

    def __str__(self) -> str:
        return (
            f"{self.satellite}: the interval reaches {self.days:.1f} days from the epoch of its element set, which is "
            f"good for about {GOOD_DAYS}; the windows may be off by seconds to minutes"
        )


def age_notices(satellites: Iterable[ElementSet], start: Seconds, end: Seconds) -> list[AgeNotice]:
    """Return a notice for each satellite whose epoch is more than a week from some moment of the interval.

    >>> from drandlab.orbit.satellites import ISS
    >>> one = ISS["2021-01-27"]
    >>> age_notices([one], one.epoch, one.epoch + 7 * 86_400)
    []
    >>> print(*age_notices([one], one.epoch + 30 * 86_400, one.epoch + 31 * 86_400))
    ISS: the interval reaches 31.0 days from the epoch of its element set, which is good for about 7; the windows ...
    """
    found = []
    for one in satellites:
        days = max(abs(start - one.epoch), abs(end - one.epoch)) / DAY
        if days > GOOD_DAYS + 1e-6:  # a week from the epoch, in floats
            found.append(AgeNotice(satellite=one.name, days=days))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far windows move with the assumed errors, ``age_days`` after the epoch.

    ``windows`` of the set itself were compared with the nearest ones of the set with errors: ``median_s`` and
    ``worst_s`` are the seconds between the two rises, and ``lost`` counts windows that have no counterpart within half
    a revolution, since a low pass sank below the mask. The seconds are None where nothing could be compared.
    """

    age_days: float
    windows: int
    median_s: Seconds | None
    worst_s: Seconds | None
    lost: int


def shifts(
    satellite: ElementSet,
    stations: Station | Iterable[Station],
    ages: Sequence[float] = (1, 7, 30),
    *,
    mask: float = 10.0,
    days: float = 1.0,
    drag: float = DRAG_ERROR,
    motion: float = MOTION_ERROR,
) -> list[Shift]:
    """Return for each age in days how far the windows of the ``days`` after it move with the assumed errors.

    ``drag`` is the error of the drag term relative to it, ``motion`` that of the mean motion in revolutions a day; both
    push in the same direction. Raises the errors of `contact_windows`.

    >>> from drandlab.orbit.satellites import ISS
    >>> for one in shifts(ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6)):
    ...     print(f"{one.age_days:2} days: {one.windows} windows move by {one.median_s:.1f} s")
     1 days: 6 windows move by 0.3 s
     7 days: 5 windows move by 4.5 s
    30 days: 6 windows move by 63.6 s
    """
    drag = checked_real(drag, "drag", -10, 10)
    motion = checked_real(motion, "motion", -1, 1, what="revolutions a day")
    days = checked_real(days, "days", 0, 366)
    places = [stations] if isinstance(stations, Station) else list(stations)
    wrong = changed(satellite, drag_factor=1 + drag, mean_motion_added=motion)
    found = []
    for age in ages:
        start = satellite.epoch + checked_real(age, "age", 0, 3660, what="days") * DAY
        end = start + days * DAY
        right = contact_windows(satellite, places, start, end, mask=mask)
        # A window may move over the ends of the interval.
        other = contact_windows(wrong, places, start - DAY / 2, end + DAY / 2, mask=mask)
        found.append(_shift(age, right, other, satellite.period / 2))
    return found


def _shift(age: float, right: list[Window], other: list[Window], most: Seconds) -> Shift:
    rises: dict[str, list[float]] = {}
    for one in other:
        rises.setdefault(one.station, []).append(one.rise)
    moved, lost = [], 0
    whole = [one for one in right if not one.clipped_start]
    for one in whole:
        near = rises.get(one.station, [])
        place = bisect_left(near, one.rise)
        distances = [abs(rise - one.rise) for rise in near[max(0, place - 1) : place + 1]]
        if distances and min(distances) <= most:
            moved.append(min(distances))
        else:
            lost += 1
    return Shift(
        age_days=age,
        windows=len(whole),
        median_s=round(statistics.median(moved), 3) if moved else None,
        worst_s=round(max(moved), 3) if moved else None,
        lost=lost,
    )
