"""Figures of contact windows: how long the gaps between them are, and how fast the link is through one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median

from drandlab.errors import LocalError
from drandlab.orbit.budget import Budget, path_loss_db, ranges
from drandlab.orbit.contacts import Window, union
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.stations import Station
from drandlab.typing import Seconds, checked_real
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.basic import histogram, line
from drandlab.viz.charts.contact_times import clock

__all__ = ["gap_lengths", "rate_through_pass"]

POINTS = 121
"""Points of a pass: one every 3 seconds or so for a low satellite."""


def gap_lengths(
    windows: Iterable[Window], start: Seconds, end: Seconds, *, title: str = "Gaps between contacts", bins: int = 20
) -> Chart:
    """Count the times out of sight from ``start`` to ``end`` (UNIX time) by their lengths in minutes.

    Windows of all stations count together; the time before the first and that after the last are gaps too. Raises
    `LocalError` where there is no gap.

    >>> gap_lengths([], 0, 7200).alt
    'From 1970-01-01 00:00 to 1970-01-01 02:00 UTC 1 gap: median 120 minutes, longest 120 minutes, 100 % of the time.'
    """
    start, end = (checked_real(time, name, what="UNIX seconds") for time, name in ((start, "start"), (end, "end")))
    if end <= start:
        raise LocalError(f"must be after the start, {start:g}, got {end:g}", argument="end")
    spans = [(max(rise, start), min(down, end)) for rise, down in union(windows) if down > start and rise < end]
    stops = [start, *(time for span in spans for time in span), end]
    gaps = [(b - a) / 60 for a, b in zip(stops[::2], stops[1::2], strict=True) if b > a]
    if not gaps:
        raise LocalError("the satellite is in sight all the time: there is no gap", argument="windows")
    alt = (
        f"From {clock(start, day=True)} to {clock(end, day=True)} UTC {number(len(gaps))} gap{'s' * (len(gaps) > 1)}: "
        f"median {number(median(gaps), 1)} minutes, longest {number(max(gaps), 1)} minutes, "
        f"{number(100 * 60 * sum(gaps) / (end - start), 1)} % of the time."
    )
    span = (0.0, max(gaps))
    return histogram(gaps, alt=alt, title=title, value_title="minutes out of sight", bins=bins, span=span)


def rate_through_pass(
    satellite: ElementSet, station: Station, window: Window, budget: Budget, *, title: str | None = None
) -> Chart:
    """Draw the rate of the link through one contact window, which falls with the square of the range.

    Raises `LocalError` for a window of another satellite or station.

    >>> from drandlab.orbit.contacts import contact_windows
    >>> from drandlab.orbit.satellites import ISS
    >>> iss, here = ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6)
    >>> [window] = contact_windows(iss, here, iss.epoch, iss.epoch + 7200)
    >>> rate_through_pass(iss, here, window, Budget(9600 / 8, at_km=1500)).alt.partition(": ")[2]
    'from 9.4 kbit/s at 1,512 km to 113.8 kbit/s at 436 km, 10.8 dB more. In 407 s 2,228 kB fit.'
    """
    total = budget.bytes_of(window, satellite, station)
    step = window.duration / (POINTS - 1)
    distances = ranges(satellite, station, window.rise, step, POINTS)
    times = [round(window.rise + i * step - window.culmination, 2) for i in range(POINTS)]
    rates = [round(8 * budget.rate_at(distance) / 1000, 4) for distance in distances]
    far, near = max(distances), min(distances)
    alt = (
        f"{satellite.name} over {station.name}, culmination {clock(window.culmination, day=True, seconds=True)} UTC, "
        f"{window.max_elevation_deg:.0f}° high: from {number(min(rates), 1)} kbit/s at {number(far, 0)} km to "
        f"{number(max(rates), 1)} kbit/s at {number(near, 0)} km, {number(path_loss_db(far, near), 1)} dB more. "
        f"In {number(window.duration, 0)} s {number(math.floor(total / 1000))} kB fit."
    )
    return line(
        times,
        rates,
        alt=alt,
        title=title or f"Rate of the link, {satellite.name} over {station.name}",
        x_title="seconds after the culmination",
        y_title="kbit/s",
    )
