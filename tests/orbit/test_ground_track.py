"""Ground tracks and footprints: against an independent computation and the horizon, near the poles, at the edges."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from drandlab.errors import LocalError
from drandlab.orbit.elements import ElementSet, circular
from drandlab.orbit.geometry import surface_point
from drandlab.orbit.ground_track import footprint, ground_track
from drandlab.orbit.satellites import ISS, crypto1_like

OLD = ISS["2021-01-27"]
DAY = 86_400


def elevation(latitude: float, longitude: float, above: tuple[float, float, float]) -> float:
    """How high a satellite stands above the horizon of a place; ``above``: latitude, longitude and height in km."""
    place, zenith = surface_point(latitude, longitude)
    satellite, _ = surface_point(above[0], above[1], above[2] * 1000)
    sight = satellite - place
    return math.degrees(math.asin(sight @ zenith / np.linalg.norm(sight)))


@pytest.mark.parametrize("satellite", [OLD, crypto1_like(), circular("geo", altitude_km=35_786, inclination_deg=0.1)])
def test_a_track_agrees_with_an_independent_computation(satellite: ElementSet) -> None:
    skyfield: Any = pytest.importorskip("skyfield.api")
    track = ground_track(satellite, satellite.epoch, satellite.epoch + 2 * DAY, 300)
    scale = skyfield.load.timescale(builtin=True)
    times = scale.from_datetimes([datetime.fromtimestamp(time, UTC) for time in track.times])
    place = skyfield.wgs84.geographic_position_of(
        skyfield.EarthSatellite(satellite.line1, satellite.line2, satellite.name, scale).at(times)
    )
    assert np.abs(place.latitude.degrees - track.latitudes).max() < 1e-4
    # UT1 is taken to be UTC here: 0.2 s turn the Earth by 0.0008 degrees
    assert np.abs((place.longitude.degrees - track.longitudes + 180) % 360 - 180).max() < 2e-3
    assert np.abs(place.elevation.km - track.heights).max() < 0.01


def test_a_track_stays_within_the_inclination_and_on_the_map() -> None:
    track = ground_track(OLD, OLD.epoch, OLD.epoch + DAY, 20)
    assert 51.5 < np.abs(track.latitudes).max() < 52  # geodetic latitudes reach beyond the inclination
    assert np.abs(track.longitudes).max() <= 180
    assert 410 < track.heights.min() < track.heights.max() < 450


def test_the_moments_are_equally_far_apart_and_both_ends_are_there() -> None:
    track = ground_track(OLD, 1_611_800_000, 1_611_800_100, 30)
    assert track.times.tolist() == [1_611_800_000 + more for more in (0, 30, 60, 90, 100)]
    assert len(ground_track(OLD, 1_611_800_000, 1_611_800_090, 30).times) == 4
    both = ground_track(OLD, 1_611_800_000, 1_611_800_001, 1)
    assert both.latitudes[0] == track.latitudes[0]


@pytest.mark.parametrize("mask", [0, 5, 10, 40, 89])
@pytest.mark.parametrize(
    "above",
    [
        (0, 0, 420),
        (51.6, 179.9, 420),
        (-33, -179.9, 525),
        (85, 30, 525),
        (-90, 0, 525),
        (0.05, -60, 35_786),
        (63, 20, 40_000),
    ],
)
def test_at_the_edge_of_a_footprint_the_elevation_is_the_mask(above: tuple[float, float, float], mask: float) -> None:
    latitudes, longitudes = footprint(*above, mask)
    assert len(latitudes) == len(longitudes) == 73
    assert np.abs(latitudes).max() <= 90 and np.abs(longitudes).max() <= 180
    assert latitudes[0] == pytest.approx(latitudes[-1], abs=1e-9)
    for latitude, longitude in zip(latitudes, longitudes, strict=True):
        assert elevation(latitude, longitude, above) == pytest.approx(mask, abs=1e-6)


def test_what_lies_within_sees_the_satellite_better_and_what_lies_outside_worse() -> None:
    above = (60.0, 170.0, 525.0)
    inner, outer = (footprint(*above, mask) for mask in (11, 9))
    assert all(elevation(*place, above) > 10 for place in zip(*inner, strict=True))
    assert all(elevation(*place, above) < 10 for place in zip(*outer, strict=True))


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ((91, 0, 420, 10), "latitude"),
        ((0, -181, 420, 10), "longitude"),
        ((0, 0, 0, 10), "height"),
        ((0, 0, 2e6, 10), "height"),
        ((0, 0, 420, 90), "mask"),
        ((0, 0, 420, -6), "mask"),
        ((0, 0, math.nan, 10), "height"),
        ((0, 0, 420, None), "mask"),
    ],
)
def test_a_footprint_of_nothing_is_refused(arguments: Any, argument: str) -> None:
    with pytest.raises(LocalError) as raised:
        footprint(*arguments)
    assert raised.value.argument == argument


@pytest.mark.parametrize(
    ("start", "end", "step", "argument"),
    [(10, 10, 30, "end"), (10, 9, 30, "end"), (0, 1e6, 1, "step"), (0, 10, 0, "step"), (0, math.inf, 30, "end")],
)
def test_a_track_without_a_length_is_refused(start: float, end: float, step: float, argument: str) -> None:
    with pytest.raises(LocalError) as raised:
        ground_track(OLD, start, end, step)
    assert raised.value.argument == argument


def test_a_satellite_that_has_decayed_has_no_track() -> None:
    with pytest.raises(LocalError) as raised:
        ground_track(OLD, OLD.epoch + 20_000 * DAY, OLD.epoch + 20_000 * DAY + 60)
    assert raised.value.code == "decayed"
