"""Contact windows: by arrays against moment by moment, against Skyfield, and a month of 96 pairs in 5 s."""

from __future__ import annotations

import math
from importlib.util import find_spec
from statistics import median
from time import process_time

from side_by_side import Comparison, cpu_medians

from drandlab.orbit.contacts import contact_windows
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.geometry import earth_fixed, horizon
from drandlab.orbit.satellites import ISS, constellation
from drandlab.orbit.search import STEP
from drandlab.orbit.stations import CLOUD, Station

DAY = 86_400
PLACES = list(CLOUD.values())[:8]
GOAL_S = 5.0
MASK = 10.0


def one_by_one(satellite: ElementSet, places: list[Station], days: float) -> list[tuple[str, int]]:
    """The moments of the same grid at which each station's view changes, each moment asked for alone: no refinement."""
    import numpy as np

    found, seen = [], dict.fromkeys((place.name for place in places), False)
    alone = {place.name: horizon([place]) for place in places}
    day, first = math.floor(satellite.epoch / DAY), satellite.epoch % DAY
    for k in range(int(days * DAY / STEP)):
        position = earth_fixed(satellite, day, np.array([first + STEP * k]))
        for name, ground in alone.items():
            above = bool(ground.sines(position)[0][0, 0] >= math.sin(math.radians(MASK)))
            if above != seen[name]:
                seen[name] = above
                found.append((name, k))
    return found


def at_once(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """A day of the ISS over 8 stations, by arrays and moment by moment."""
    iss = ISS["2026-08-07"]
    times = cpu_medians(
        {
            "arrays": lambda: contact_windows(iss, PLACES, iss.epoch, iss.epoch + DAY, mask=MASK),
            "one by one": lambda: one_by_one(iss, PLACES, 1),
        },
        turns=3,
    )
    microseconds["contact windows of a day, 1 satellite, 8 stations"] = 1e6 * times["arrays"]
    microseconds["the same grid, moment by moment, not refined"] = 1e6 * times["one by one"]
    rows.append(
        Comparison("contact windows: one moment after the other over arrays", times["one by one"] / times["arrays"], 10)
    )


def against_skyfield(rows: list[Comparison], microseconds: dict[str, float], absent: list[str]) -> None:
    """A week of the ISS over 8 stations: Skyfield, which ends its search within half a second, and ours."""
    if find_spec("skyfield") is None:
        absent.append("skyfield: it comes with the extra test")
        return
    from skyfield.api import EarthSatellite, load, wgs84

    iss, timescale = ISS["2026-08-07"], load.timescale(builtin=True)
    theirs = EarthSatellite(iss.line1, iss.line2, iss.name, timescale)
    sites = [wgs84.latlon(place.latitude, place.longitude, place.height) for place in PLACES]
    first, last = timescale.utc(2026, 8, 7), timescale.utc(2026, 8, 14)
    times = cpu_medians(
        {
            "ours": lambda: contact_windows(iss, PLACES, iss.epoch, iss.epoch + 7 * DAY, mask=MASK),
            "skyfield": lambda: [theirs.find_events(site, first, last, altitude_degrees=MASK) for site in sites],
        },
        turns=3,
    )
    microseconds["contact windows of a week, 1 satellite, 8 stations"] = 1e6 * times["ours"]
    microseconds["the same with Skyfield, to half a second"] = 1e6 * times["skyfield"]
    rows.append(
        Comparison("contact windows of a week: Skyfield's time over ours", times["skyfield"] / times["ours"], 1)
    )


def month(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """30 days of 12 satellites over 8 stations against the goal."""
    sets = constellation(12)
    start, spent = sets[0].epoch, []
    for _ in range(3):
        began = process_time()
        assert contact_windows(sets, PLACES, start, start + 30 * DAY, mask=MASK)
        spent.append(process_time() - began)
    microseconds["contact windows of 30 days, 12 satellites, 8 stations"] = 1e6 * median(spent)
    name = "contact windows of 30 days, 12 satellites, 8 stations: CPU seconds over 5"
    rows.append(Comparison(name, median(spent) / GOAL_S, 1, False))


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    at_once(rows, microseconds)
    against_skyfield(rows, microseconds, absent)
    if not quick:
        month(rows, microseconds)
