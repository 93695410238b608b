r"""Ground tracks and footprints: above which place of the Earth a satellite is, and from where it can be seen.

Latitudes and longitudes are geodetic degrees of WGS84, north and east positive; heights are kilometres above its
ellipsoid.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from drandlab.errors import LocalError
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.geometry import DAY, WGS84_A, WGS84_F, earth_fixed
from drandlab.typing import Seconds, checked_int, checked_real

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GroundTrack", "footprint", "ground_track"]

SQUARED = WGS84_F * (2 - WGS84_F)
"""The squared eccentricity of the ellipsoid."""

MOST_POINTS = 200_000

LOWEST_MASK = -5
"""Below this, more than half of the Earth could lie in a footprint."""

HALVINGS = 48
"""Halvings of 120 degrees: what is left is far below a metre."""


class GroundTrack(NamedTuple):
    """A satellite's ground track: arrays of equal length, one value for each moment.

    ``times`` are UNIX seconds, ``latitudes`` and ``longitudes`` the subsatellite points in degrees (longitudes from
    -180 to 180), ``heights`` kilometres.
    """

    times: Floats
    latitudes: Floats
    longitudes: Floats
    heights: Floats


def footprint(
    latitude: float, longitude: float, height: float, mask: float = 10.0, *, points: int = 72
) -> tuple[Floats, Floats]:
    r"""Return the edge of the area that sees a satellite at least ``mask`` degrees above the horizon.

    The satellite is ``height`` kilometres above ``latitude``, ``longitude``. The result is two arrays of
    ``points + 1`` latitudes and longitudes, a closed curve: in each direction the place on the ellipsoid, at height 0,
    where the geometric elevation is the mask. On a sphere this is the circle of radius
    $\arccos\left(\frac{R}{R + h} \cos\varepsilon\right) - \varepsilon$. Raises `LocalError` for numbers out of bounds.

    >>> latitudes, longitudes = footprint(0, 0, 420, mask=0, points=4)
    >>> [round(float(latitude), 1) + 0 for latitude in latitudes]
    [20.3, 0.0, -20.3, 0.0, 20.3]
    """
    latitude = checked_real(latitude, "latitude", -90, 90, what="degrees")
    longitude = checked_real(longitude, "longitude", -180, 180, what="degrees")
    height = checked_real(height, "height", what="kilometres")
    mask = checked_real(mask, "mask", LOWEST_MASK, what="degrees")
    if not 0 < height <= 1e6:
        raise LocalError(f"expected kilometres above 0, at most 1,000,000, got {height:g}", argument="height")
    if mask >= 90:
        raise LocalError(f"expected degrees below 90, got {mask:g}", argument="mask")
    points = checked_int(points, "points", 3, 3600)
    satellite = _cartesian(np.radians([latitude]), np.radians([longitude]), height)
    bearings = np.linspace(0, 2 * np.pi, points + 1)
    near, far = np.zeros(points + 1), np.full(points + 1, math.radians(120))
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        seen = _elevation(satellite, *_away(latitude, longitude, bearings, middle)) >= math.radians(mask)
        near, far = np.where(seen, middle, near), np.where(seen, far, middle)
    latitudes, longitudes = _away(latitude, longitude, bearings, near)
    return np.degrees(latitudes), (np.degrees(longitudes) + 180) % 360 - 180


def _away(latitude: float, longitude: float, bearings: Any, angles: Any) -> tuple[Any, Any]:
    """The places that lie in directions (from north over east) and distances on the sphere, in radians."""
    north = math.radians(latitude)
    height = np.sin(north) * np.cos(angles) + np.cos(north) * np.sin(angles) * np.cos(bearings)
    latitudes = np.arcsin(np.clip(height, -1, 1))
    aside = np.sin(bearings) * np.sin(angles) * np.cos(north)
    return latitudes, math.radians(longitude) + np.arctan2(aside, np.cos(angles) - np.sin(north) * height)


def _cartesian(latitudes: Any, longitudes: Any, height: Any) -> Any:
    """Places as Earth-fixed kilometres, one row each."""
    across = WGS84_A / np.sqrt(1 - SQUARED * np.sin(latitudes) ** 2)
    flat = (across + height) * np.cos(latitudes)
    upright = (across * (1 - SQUARED) + height) * np.sin(latitudes)
    return np.stack([flat * np.cos(longitudes), flat * np.sin(longitudes), upright], axis=-1)


def _elevation(satellite: Any, latitudes: Any, longitudes: Any) -> Any:
    """The angles, in radians, at which a satellite stands above the horizon of places."""
    up = np.stack(
        [np.cos(latitudes) * np.cos(longitudes), np.cos(latitudes) * np.sin(longitudes), np.sin(latitudes)], axis=-1
    )
    sight = satellite - _cartesian(latitudes, longitudes, 0.0)
    return np.arcsin((sight * up).sum(axis=-1) / np.linalg.norm(sight, axis=-1))


def ground_track(elements: ElementSet, start: Seconds, end: Seconds, step: Seconds = 30.0) -> GroundTrack:
    """Return where a satellite is, every ``step`` seconds from ``start`` to ``end`` (UNIX time), both included.

    Raises `LocalError` for an empty interval, and for more than 200,000 moments.
    """
    start = checked_real(start, "start", what="UNIX seconds")
    end = checked_real(end, "end", what="UNIX seconds")
    step = checked_real(step, "step", what="seconds")
    if end <= start:
        raise LocalError(f"expected a time after the start, {start:g}, got {end:g}", argument="end")
    if not step > 0 or (end - start) / step > MOST_POINTS:
        raise LocalError(f"expected seconds above {(end - start) / MOST_POINTS:g}, got {step:g}", argument="step")
    count = math.ceil((end - start) / step - 1e-9)
    day = math.floor(start / DAY)
    times = np.append(start + step * np.arange(count), end)
    return GroundTrack(times, *_geodetic(earth_fixed(elements, day, times - day * DAY)))


def _geodetic(places: Any) -> tuple[Any, Any, Any]:
    """Earth-fixed kilometres as degrees and heights; Bowring's formula, right to a micrometre near the Earth."""
    x, y, z = places[..., 0], places[..., 1], places[..., 2]
    across = np.hypot(x, y)
    polar = WGS84_A * (1 - WGS84_F)
    turned = np.arctan2(z * WGS84_A, across * polar)
    second = SQUARED / (1 - SQUARED)
    latitudes = np.arctan2(z + second * polar * np.sin(turned) ** 3, across - SQUARED * WGS84_A * np.cos(turned) ** 3)
    near = WGS84_A / np.sqrt(1 - SQUARED * np.sin(latitudes) ** 2)
    # well-conditioned at the poles and at the equator
    heights = across * np.cos(latitudes) + z * np.sin(latitudes) - near * (1 - SQUARED * np.sin(latitudes) ** 2)
    return np.degrees(latitudes), np.degrees(np.arctan2(y, x)), heights
