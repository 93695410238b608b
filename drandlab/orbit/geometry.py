r"""Where a satellite is, seen from the turning Earth: SGP4, the sidereal angle, the station's horizon.

1. SGP4 gives the position in TEME: true equator, mean equinox of date.
2. The Greenwich mean sidereal angle of 1982, $\theta(t)$, turns it into a frame that is fixed to the Earth.
3. A station is a point of the WGS84 ellipsoid; its zenith $u$ is the normal there. With $s$ the station, $r$ the
   satellite and $d = r - s$: $\sin(\text{elevation}) = d \cdot u / |d|$. No refraction: it would lift the horizon by
   half a degree.

Neglected: UT1 - UTC, which is below 0.9 s by definition and was -0.2 to 0.1 s since 2014 (0.1 s turn the Earth by 46 m
at the equator); the motion of the pole (15 m); light time (a satellite is seen where it was some milliseconds ago).
Beside the error of the elements, some kilometres after days, all of that is small. Skyfield, which has UT1, gives rises
and sets of low satellites that differ by less than 0.01 s in the middle and 0.17 s at worst, at a pass of 7 s that only
just reaches the mask (48 pairs over 7 days; ``tests/orbit/test_search_skyfield.py``). The elevation of a high satellite
changes so slowly that the same angle is up to half a second there.

Positions are arrays of shape (number of moments, 3), in kilometres.

Source: Vallado et al., AIAA 2006-6753; Aoki et al., Astronomy and Astrophysics 105 (1982), for the sidereal angle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from drandlab.errors import LocalError
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.stations import Station

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TURN_RATE", "Horizon", "earth_fixed", "horizon", "sidereal_angle", "surface_point"]

TURN_RATE = 7.292115e-5
"""Radians a second by which the Earth turns."""

WGS84_A = 6378.137
WGS84_F = 1 / 298.257223563

FARTHEST_KM = 2e6
"""An absurd drag, say, leads SGP4 anywhere; beyond this nothing orbits the Earth."""

DAY = 86_400
_UNIX_JD = 2_440_587.5
_J2000_JD = 2_451_545.0

_LOST = 7
_FAILURES = {
    1: "its eccentricity leaves the bounds of the model",
    2: "its mean motion falls below 0",
    3: "its disturbed eccentricity leaves the bounds of the model",
    4: "its orbit meets the centre of the Earth",
    5: "the elements are below the ground",
    6: "it has decayed: it is below the ground",
    _LOST: "the elements lead away from the Earth",
}
"""What SGP4 says with its error codes, 1 to 6, and one of our own."""


def sidereal_angle(day: int, seconds: Floats) -> Floats:
    """Return the Greenwich mean sidereal angle in radians, ``seconds`` after the start of the UNIX ``day``.

    UT1 is taken to be UTC.

    >>> import numpy as np
    >>> float(np.degrees(sidereal_angle(10957, np.array([43_200.0])))[0]).__round__(4)  # 2000-01-01, 12 h
    280.4606
    """
    centuries = ((_UNIX_JD + day - _J2000_JD) + seconds / DAY) / 36_525
    turn = 67_310.54841 + centuries * (8_640_184.812866 + centuries * (0.093104 - 6.2e-6 * centuries))
    # The whole turns of the days are left out before they cost digits.
    whole = (_UNIX_JD + day - _J2000_JD) % 1 * DAY + seconds
    angle: Floats = (turn + whole) % DAY * (2 * np.pi / DAY)
    return angle


def earth_fixed(satellite: ElementSet, day: int, seconds: Floats) -> Floats:
    """Return the positions of a satellite in the frame that turns with the Earth, ``seconds`` after the UNIX ``day``.

    Raises `LocalError` with code ``decayed`` where SGP4 gives no position.
    """
    codes, found, _ = _sgp4_of(satellite).sgp4_array(
        np.full(len(seconds), _UNIX_JD + day), np.ascontiguousarray(seconds / DAY)
    )
    far = ~((found**2).sum(axis=1) < FARTHEST_KM**2)  # NaN, too
    if codes.any() or far.any():
        codes = np.where((codes == 0) & far, _LOST, codes)
        first = int(np.flatnonzero(codes)[0])
        raise _failed(satellite, int(codes[first]), day * DAY + float(seconds[first]))
    angle = sidereal_angle(day, seconds)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned: Floats = np.empty_like(found)
    turned[:, 0] = cosine * found[:, 0] + sine * found[:, 1]
    turned[:, 1] = cosine * found[:, 1] - sine * found[:, 0]
    turned[:, 2] = found[:, 2]
    return turned


@lru_cache(maxsize=256)
def _sgp4_of(satellite: ElementSet) -> Any:
    from sgp4.api import Satrec

    return Satrec.twoline2rv(satellite.line1, satellite.line2)


def _failed(satellite: ElementSet, code: int, moment: float) -> LocalError:
    why = _FAILURES.get(code, f"error {code}")
    when = datetime.fromtimestamp(round(moment), UTC)
    return LocalError(
        f"SGP4 gives no position of satellite {satellite.name} at {when:%Y-%m-%dT%H:%M:%SZ}, "
        f"{(moment - satellite.epoch) / DAY:.1f} days from its epoch: {why}; use a newer element set",
        code="decayed",
    )


# -- stations ---------------------------------------------------------------------------------------------------------


def surface_point(latitude: float, longitude: float, height: float = 0.0) -> tuple[Floats, Floats]:
    """Return a place of the WGS84 ellipsoid in kilometres and its zenith, a vector of length 1; ``height`` in metres.

    >>> place, zenith = surface_point(90, 0)
    >>> float(place[2].round(3)), float(zenith[2])
    (6356.752, 1.0)
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    zenith = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    flat = (1 - WGS84_F) ** 2
    normal = WGS84_A / np.sqrt(np.cos(phi) ** 2 + flat * np.sin(phi) ** 2)
    place = zenith * (normal + height / 1000)
    place[2] += zenith[2] * normal * (flat - 1)
    return place, zenith


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """Stations as arrays: their places (3, stations), zeniths (3, stations), and the products that are used often."""

    places: Floats
    zeniths: Floats
    lifts: Floats
    squares: Floats

    def sines(self, positions: Floats) -> tuple[Floats, Floats]:
        """Return sin(elevation) and range, each of shape (moments, stations), for positions (moments, 3)."""
        height: Floats = positions @ self.zeniths - self.lifts
        square = (positions**2).sum(axis=1)[:, None] - 2 * (positions @ self.places) + self.squares
        distance = np.sqrt(np.maximum(square, 1e-12))
        return np.divide(height, distance), distance

    def sines_of(self, positions: Floats, stations: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """The same for one station a moment: ``stations`` are their indices."""
        away = positions - self.places.T[stations]
        distance = np.sqrt((away**2).sum(axis=1))
        sine = (away * self.zeniths.T[stations]).sum(axis=1) / np.maximum(distance, 1e-6)
        return sine, distance


def horizon(stations: Sequence[Station]) -> Horizon:
    """Return the stations as arrays."""
    points = [surface_point(one.latitude, one.longitude, one.height) for one in stations]
    places = np.array([place for place, _ in points]).T.reshape(3, -1)
    zeniths = np.array([zenith for _, zenith in points]).T.reshape(3, -1)
    return Horizon(places, zeniths, (places * zeniths).sum(axis=0), (places**2).sum(axis=0))
