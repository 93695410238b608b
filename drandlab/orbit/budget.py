r"""The link's budget: how the data rate changes through a pass, and how much fits into one.

In free space the power that arrives falls with the square of the range, and a link that adapts its rate to the power
carries as many bits: $R(d) = R_0 (d_0 / d)^2$. In decibels the path loss between two ranges is
$20 \log_{10}(d / d_0)$. Antennas, weather, coding and regulation are left out; nobody has published the rates of
Crypto1 and Crypto2, so $R_0$ is an assumption wherever it stands.

Source: Friis, A note on a simple transmission formula, Proc. IRE 34 (1946).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drandlab.errors import LocalError
from drandlab.orbit.contacts import Window
from drandlab.orbit.elements import EARTH_RADIUS_KM, ElementSet
from drandlab.orbit.stations import Station
from drandlab.typing import Seconds, checked_positive, checked_real

__all__ = ["Budget", "path_loss_db", "ranges", "slant_range"]

STEP = 5.0
"""Seconds between two ranges of a pass: between them the rate of a low satellite changes by some percent."""


def slant_range(elevation_deg: float, altitude_km: float) -> float:
    r"""Return the distance in km of a satellite at this elevation, for a circular orbit over a round Earth.

    With $R$ the Earth's radius, $h$ the altitude and $e$ the elevation:
    $d = \sqrt{(R \sin e)^2 + 2 R h + h^2} - R \sin e$.

    >>> round(slant_range(10, 420)), round(slant_range(90, 420))
    (1493, 420)
    """
    elevation = math.radians(checked_real(elevation_deg, "elevation_deg", -90, 90, what="degrees"))
    altitude = checked_positive(altitude_km, "altitude_km", what="kilometres")
    up = EARTH_RADIUS_KM * math.sin(elevation)
    return math.sqrt(up**2 + 2 * EARTH_RADIUS_KM * altitude + altitude**2) - up


def path_loss_db(range_km: float, than_km: float) -> float:
    """Return by how many decibels the power that arrives is lower at ``range_km`` than at ``than_km``.

    The ISS, seen from Lausanne 10 degrees above the horizon and near the zenith:

    >>> round(path_loss_db(1496, 436), 1)
    10.7
    """
    here, there = (checked_positive(value, name) for value, name in ((range_km, "range_km"), (than_km, "than_km")))
    return 20 * math.log10(here / there)


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of a link: its rate in bytes a second, ``rate``, at the range ``at_km``.

    >>> uplink = Budget(9600 / 8, at_km=1500)
    >>> uplink.rate_at(1500), uplink.rate_at(750)
    (1200.0, 4800.0)
    """

    rate: float
    at_km: float

    def __post_init__(self) -> None:
        for name in ("rate", "at_km"):
            object.__setattr__(self, name, float(checked_positive(getattr(self, name), name)))

    def rate_at(self, range_km: float) -> float:
        """Bytes a second at a range."""
        return self.rate * (self.at_km / checked_positive(range_km, "range_km", what="kilometres")) ** 2

    def bytes_in(self, ranges_km: Sequence[float], step: Seconds = STEP) -> float:
        """Bytes that fit into a time in which the range was measured every ``step`` seconds, by the trapezoid rule.

        >>> Budget(100, at_km=500).bytes_in([500, 500, 500], step=10)
        2000.0
        """
        step = checked_positive(step, "step", what="seconds")
        rates = [self.rate_at(one) for one in ranges_km]
        return step * (sum(rates) - (rates[0] + rates[-1]) / 2) if len(rates) > 1 else 0.0

    def bytes_of(self, window: Window, satellite: ElementSet, station: Station) -> float:
        """Bytes that fit into a contact window of this satellite and station.

        >>> from drandlab.orbit.contacts import contact_windows
        >>> from drandlab.orbit.satellites import ISS
        >>> iss, here = ISS["2021-01-27"], Station("Lausanne", 46.5, 6.6)
        >>> [window] = contact_windows(iss, here, iss.epoch, iss.epoch + 7200)
        >>> round(Budget(9600 / 8, at_km=1500).bytes_of(window, iss, here), -5)
        2200000.0
        """
        if (window.satellite, window.station) != (satellite.name, station.name):
            raise LocalError(
                f"is of {window.satellite} and {window.station}, not of {satellite.name} and {station.name}",
                argument="window",
            )
        count = max(1, math.ceil(window.duration / STEP))
        step = window.duration / count
        return self.bytes_in(ranges(satellite, station, window.rise, step, count + 1), step)


def ranges(satellite: ElementSet, station: Station, start: Seconds, step: Seconds, count: int) -> list[float]:
    """Return ``count`` distances in km between satellite and station, every ``step`` seconds from ``start`` on.

    Raises `LocalError` with code ``decayed`` where SGP4 gives no position.
    """
    import numpy as np

    from drandlab.orbit.geometry import DAY, earth_fixed, horizon

    day = math.floor(start / DAY)
    positions = earth_fixed(satellite, day, start - day * DAY + step * np.arange(count, dtype=np.float64))
    distances: list[float] = horizon([station]).sines(positions)[1][:, 0].tolist()
    return distances
