"""From the globe to the flat map: nothing is lost at the date line, at the poles, or where a curve goes all round."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.viz.flat_map import Ring, area_rings, line_pieces, map_rings, placed, unwrapped

LATITUDES = st.floats(-89, 89)
LONGITUDES = st.floats(-180, 180)


def circle(latitude: float, longitude: float, radius: float, points: int = 180) -> tuple[list[float], list[float]]:
    """Longitudes and latitudes of a circle of the sphere, closed."""
    phi, rho = math.radians(latitude), math.radians(radius)
    xs, ys = [], []
    for i in range(points + 1):
        turn = 2 * math.pi * i / points
        sine = math.sin(phi) * math.cos(rho) + math.cos(phi) * math.sin(rho) * math.cos(turn)
        aside = math.sin(turn) * math.sin(rho) * math.cos(phi)
        x = longitude + math.degrees(math.atan2(aside, math.cos(rho) - math.sin(phi) * sine))
        xs.append((x + 180) % 360 - 180)
        ys.append(math.degrees(math.asin(max(-1.0, min(1.0, sine)))))
    return xs, ys


def area(ring: Ring) -> float:
    """The area of a ring on the sphere, as a share of the whole."""
    flat = sum(
        (x1 - x0) * (math.sin(math.radians(y0)) + math.sin(math.radians(y1))) / 2
        for (x0, y0), (x1, y1) in pairwise([*ring, ring[0]])
    )
    return abs(flat) / 720


@given(LATITUDES, LONGITUDES, st.floats(2, 80))
def test_a_circle_keeps_its_area_wherever_it_lies(latitude: float, longitude: float, radius: float) -> None:
    rings = area_rings(*circle(latitude, longitude, radius, 1440))
    assert all(-180 <= x <= 180 and -90 <= y <= 90 for ring in rings for x, y in ring)
    assert sum(map(area, rings)) == pytest.approx((1 - math.cos(math.radians(radius))) / 2, rel=0.05, abs=2e-3)


def test_a_circle_across_the_date_line_is_two_areas() -> None:
    rings = area_rings(*circle(0, 175, 20))
    assert len(rings) == 2
    assert {max(x for x, _ in ring) == 180 for ring in rings} == {True, False}
    assert len(area_rings(*circle(0, 100, 20))) == 1


@pytest.mark.parametrize(("latitude", "pole"), [(80, 90), (-80, -90)])
def test_a_circle_around_a_pole_reaches_the_edge_of_the_map(latitude: float, pole: float) -> None:
    for longitude in (-180, -90, 0, 45, 179):
        rings = area_rings(*circle(latitude, longitude, 20))
        edge = [x for ring in rings for x, y in ring if y == pole]
        assert (min(edge), max(edge)) == (-180, 180)
    assert all(abs(y) < 90 for ring in area_rings(*circle(latitude, 0, 8)) for _, y in ring)


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(-30, 30)), min_size=1, max_size=30), LONGITUDES)
def test_a_line_is_cut_at_the_date_line_only_and_keeps_its_points(moves: list[tuple[float, float]], x: float) -> None:
    longitudes, latitudes = [x], [0.0]
    for across, up in moves:
        longitudes.append((longitudes[-1] + across + 180) % 360 - 180)
        latitudes.append(max(-89.0, min(89.0, latitudes[-1] + up)))
    pieces = line_pieces(longitudes, latitudes)
    there = {(round(a % 360, 6), round(b, 6)) for piece in pieces for a, b in piece}
    assert {(round(a % 360, 6), round(b, 6)) for a, b in zip(longitudes, latitudes, strict=True)} <= there
    for piece in pieces:
        assert all(abs(b[0] - a[0]) <= 40 + 1e-6 for a, b in pairwise(piece))
        assert all(-180 <= a <= 180 for a, _ in piece)
    for one, other in pairwise(pieces):
        assert one[-1][0] == -other[0][0] and abs(one[-1][0]) == 180
        assert one[-1][1] == other[0][1]


def test_a_point_a_hair_beside_the_edge_stays_on_the_map() -> None:
    assert line_pieces([179.99999999999997, -180], [0, 1]) == [[(-180.0, 0.0), (-180.0, 1.0)]]


def test_nothing_and_one_point_are_no_special_cases() -> None:
    assert line_pieces([], []) == []
    assert line_pieces([179], [3]) == [[(179.0, 3.0)]]
    assert unwrapped([]) == []


def test_an_area_within_the_map_stays_as_it_is() -> None:
    ring = [(0.0, 0.0), (10.0, 0.0), (10.0, 5.0)]
    assert map_rings(ring) == [ring]
    assert [min(x for x, _ in piece) for piece in map_rings([(500, 0), (560, 0), (560, 9)])] == [140, -180]


@pytest.mark.parametrize(
    ("latitude", "longitude", "said"),
    [(0, 0, "0° N, 0° E"), (-33.94, -71.4, "33.9° S, 71.4° W"), (1234.5, 0, "1,234.5° N, 0° E")],
)
def test_a_place_is_said_with_its_directions(latitude: float, longitude: float, said: str) -> None:
    assert placed(latitude, longitude) == said
