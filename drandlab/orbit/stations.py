"""Ground stations: places on the Earth from which satellites are seen.

Latitudes and longitudes are geodetic degrees of WGS84, north and east positive; heights are metres above its ellipsoid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drandlab.errors import FormatError, LocalError
from drandlab.printable import repr_of
from drandlab.typing import checked_real, checked_text

__all__ = ["CLOUD", "COMMERCIAL", "POLAR", "Station", "parse_station"]

LOWEST_M, HIGHEST_M = -1000, 20_000
"""Heights of a station: from below the Dead Sea to a balloon; what is higher is no ground station."""

LONGEST_NAME = 100
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Station:
    """A ground station: its name, geodetic latitude and longitude in degrees, height in metres.

    Raises `LocalError` for numbers out of bounds: latitudes from -90 to 90, longitudes from -180 to
    180, heights from -1,000 to 20,000 m.

    >>> Station("Lausanne", 46.5, 6.6)
    Station(name='Lausanne', latitude=46.5, longitude=6.6, height=0.0)
    """

    name: str
    latitude: float
    longitude: float
    height: float = 0.0

    def __post_init__(self) -> None:
        name = checked_text(self.name, "name").strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise LocalError(f"expected 1 to {LONGEST_NAME} characters, got {repr_of(self.name)}", argument="name")
        object.__setattr__(self, "name", name)
        for slot, low, high, what in (
            ("latitude", -90, 90, "degrees"),
            ("longitude", -180, 180, "degrees"),
            ("height", LOWEST_M, HIGHEST_M, "metres"),
        ):
            object.__setattr__(self, slot, float(checked_real(getattr(self, slot), slot, low, high, what=what)))


def parse_station(text: str) -> Station:
    """Return the station that ``[NAME=]LAT,LON[,HEIGHT_M]`` describes; without a name, the text itself is its name.

    Raises `FormatError` for another form and `LocalError` for numbers out of bounds.

    >>> parse_station("SvalSat=78.2298,15.4078")
    Station(name='SvalSat', latitude=78.2298, longitude=15.4078, height=0.0)
    >>> parse_station("46.5")
    Traceback (most recent call last):
    drandlab.errors.FormatError: station '46.5': expected [NAME=]LAT,LON[,HEIGHT_M]
    """
    name, equals, numbers = checked_text(text, "station").rpartition("=")
    parts = [part.strip() for part in numbers.split(",")]
    where = f"station {repr_of(text)}"
    if len(parts) not in (2, 3) or (equals and not name.strip()):
        raise FormatError(f"{where}: expected [NAME=]LAT,LON[,HEIGHT_M]")
    values = []
    for part in parts:
        if not _NUMBER.fullmatch(part):
            raise FormatError(f"{where}: {repr_of(part)} is no number; expected [NAME=]LAT,LON[,HEIGHT_M]")
        values.append(float(part))
    try:
        return Station(name if equals else text, *values)
    except LocalError as error:
        raise error.inside("station", repr_of(text)) from None


def _table(*stations: Station) -> Mapping[str, Station]:
    return MappingProxyType({station.name: station for station in stations})


POLAR: Mapping[str, Station] = _table(
    Station("SvalSat", 78.2298, 15.4078),
    Station("TrollSat", -72.01, 2.5, 1270),
)
"""The two stations that see a satellite in a polar orbit on each revolution: Svalbard and Antarctica."""

COMMERCIAL: Mapping[str, Station] = _table(
    Station("Fairbanks", 64.83, -147.74),
    Station("Inuvik", 68.35, -133.72),
    Station("Longovilo", -33.94, -71.40),
    Station("Mfuleni", -34.01, 18.67),
    Station("Courgenay", 47.39, 7.06),
    Station("Jeju", 33.50, 126.46),
    Station("Magadan", 59.56, 150.70),
)
"""Sites of operators that sell contacts, with the coordinates of a public simulator (cryptosim, ``data/``)."""

CLOUD: Mapping[str, Station] = _table(
    Station("Alaska", 64.8, -147.7),
    Station("Bahrain", 26.1, 50.6),
    Station("Cape Town", -33.9, 18.4),
    Station("Dubbo", -32.2, 148.6),
    Station("Hawaii", 19.9, -155.6),
    Station("Ireland", 53.3, -6.3),
    Station("Ohio", 40.0, -83.0),
    Station("Oregon", 45.8, -119.7),
    Station("Punta Arenas", -53.2, -70.9),
    Station("Singapore", 1.4, 103.8),
    Station("Stockholm", 59.3, 18.1),
    Station("Seoul", 37.6, 127.0),
)
"""Antenna sites of one cloud operator (AWS Ground Station user guide; Seoul until 2026-06-16).

The guide names places, not coordinates: these are **approximate**, those of the town or the middle of the region, so a
window may be off by a minute.
"""
