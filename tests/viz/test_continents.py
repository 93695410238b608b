"""The sketch of the continents: closed rings on the globe, land where land is and sea where sea is."""

from __future__ import annotations

import pytest

from drandlab.viz.continents import OUTLINES
from drandlab.viz.flat_map import map_rings


def holds(ring: list[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a point lies within a ring: a ray from it to the east crosses the ring an odd number of times."""
    inside = False
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
            inside = not inside
    return inside


def is_land(latitude: float, longitude: float) -> bool:
    rings = [ring for outline in OUTLINES.values() for ring in map_rings(outline)]
    return any(holds(ring, longitude, latitude) for ring in rings)


def test_the_outlines_are_closed_rings_on_the_globe() -> None:
    assert {"Africa", "Eurasia", "North America", "South America", "Australia", "Antarctica"} <= set(OUTLINES)
    for name, ring in OUTLINES.items():
        assert ring[0] == ring[-1] and len(ring) > 3, name
        assert all(-180 <= x <= 190 and -90 <= y <= 90 for x, y in ring), name


@pytest.mark.parametrize(
    ("place", "latitude", "longitude"),
    [
        ("Bern", 47, 7.5),
        ("Madrid", 40.4, -3.7),
        ("Ankara", 39.9, 32.9),
        ("Moscow", 55.8, 37.6),
        ("Delhi", 28.6, 77.2),
        ("Chukotka", 66.5, 179),
        ("Nairobi", -1.3, 36.8),
        ("Denver", 39.7, -105),
        ("Brasilia", -15.8, -47.9),
        ("Alice Springs", -23.7, 133.9),
        ("South Pole", -89.9, 0),
        ("Nuuk's ice", 70, -45),
        ("beyond the date line", 66, -172),
    ],
)
def test_land_is_land(place: str, latitude: float, longitude: float) -> None:
    assert is_land(latitude, longitude), place


@pytest.mark.parametrize(
    ("place", "latitude", "longitude"),
    [
        ("Gulf of Guinea", 0, 0),
        ("Mediterranean", 35, 18),
        ("Black Sea", 43.3, 34),
        ("Red Sea", 20, 38.3),
        ("Bay of Bengal", 13, 88),
        ("Gulf of Mexico", 25, -90),
        ("Hudson Bay", 59, -86),
        ("Pacific", 0, -160),
        ("North Pole", 89, 0),
        ("Baltic", 56, 18.5),
    ],
)
def test_sea_is_sea(place: str, latitude: float, longitude: float) -> None:
    assert not is_land(latitude, longitude), place
