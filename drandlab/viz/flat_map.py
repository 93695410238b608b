"""The flat map of the Earth: lines and areas of the globe cut at the date line and closed at the poles.

The projection is equirectangular: longitude to the right and latitude upwards, both in degrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from drandlab.viz.axis import number

__all__ = ["Point", "Ring", "area_rings", "line_pieces", "map_rings", "placed", "unwrapped"]

Point = tuple[float, float]
"""Longitude and latitude in degrees."""

Ring = list[Point]

EDGE = 180.0


def unwrapped(longitudes: Iterable[float]) -> list[float]:
    """Return longitudes that go on beyond 180 degrees instead of jumping there.

    >>> unwrapped([170, 179, -172])
    [170.0, 179.0, 188.0]
    """
    found: list[float] = []
    for longitude in map(float, longitudes):
        if found:
            longitude += 360.0 * round((found[-1] - longitude) / 360.0)
        found.append(longitude)
    return found


def line_pieces(longitudes: Iterable[float], latitudes: Iterable[float]) -> list[Ring]:
    """Return a line of the globe as pieces of the map, cut where it crosses the date line.

    >>> line_pieces([170, -170], [10, 20])
    [[(170.0, 10.0), (180.0, 15.0)], [(-180.0, 15.0), (-170.0, 20.0)]]
    """
    points = [(x, float(y)) for x, y in zip(unwrapped(longitudes), latitudes, strict=True)]
    if not points:
        return []
    turn = _turn(points[0][0])
    pieces = [[(_on_map(points[0][0], turn), points[0][1])]]
    for one, other in pairwise(points):
        while (new := _turn(other[0])) != turn:
            step = 1 if new > turn else -1
            edge = 360.0 * turn + step * EDGE
            height = _between(one, other, edge)
            pieces[-1].append((step * EDGE, height))
            pieces.append([(-step * EDGE, height)])
            turn += step
        pieces[-1].append((_on_map(other[0], turn), other[1]))
    return [piece for piece in pieces if len(piece) > 1 or len(pieces) == 1]


def area_rings(longitudes: Iterable[float], latitudes: Iterable[float]) -> list[Ring]:
    """Return the area within a closed curve of the globe as rings of the map.

    A curve that goes once round the Earth holds a pole, the nearer one: the area then reaches to the edge of the map.

    >>> area_rings([0, 120, -120, 0], [70, 70, 70, 70])[0]
    [(180.0, 90.0), (0.0, 90.0), (0.0, 70.0), (120.0, 70.0), (180.0, 70.0)]
    """
    ring = list(zip(unwrapped(longitudes), map(float, latitudes), strict=True))
    if abs(ring[-1][0] - ring[0][0]) > EDGE:
        heights = [latitude for _, latitude in ring]
        pole = 90.0 if max(heights) + min(heights) > 0 else -90.0
        ring = [(ring[0][0], pole), *ring, (ring[-1][0], pole)]
    return map_rings(ring)


def map_rings(ring: Sequence[Point]) -> list[Ring]:
    """Return what an area that reaches beyond 180 degrees covers of the map, piece by piece.

    >>> map_rings([(170, 0), (190, 0), (190, 10), (170, 10)])[1]
    [(-180.0, 0.0), (-170.0, 0), (-170.0, 10), (-180.0, 10.0)]
    """
    low, high = _turn(min(x for x, _ in ring)), _turn(max(x for x, _ in ring))
    pieces = []
    for turn in range(low, high + 1):
        shifted = [(x - 360.0 * turn, y) for x, y in ring]
        piece = _clipped(_clipped(shifted, EDGE, 1), -EDGE, -1)
        if len({x for x, _ in piece}) > 1:
            pieces.append(piece)
    return pieces


def placed(latitude: float, longitude: float) -> str:
    """Return a place on Earth as a reader writes it.

    >>> placed(46.52, -6.6)
    '46.5° N, 6.6° W'
    """
    north, east = ("N" if latitude >= 0 else "S"), ("E" if longitude >= 0 else "W")
    return f"{number(abs(latitude), 1)}° {north}, {number(abs(longitude), 1)}° {east}"


def _turn(longitude: float) -> int:
    """How many times round the Earth: 0 from -180 to 180."""
    return int((longitude + EDGE) // 360.0)


def _on_map(longitude: float, turn: int) -> float:
    """A longitude without its turns; rounding must not put it beyond the edge."""
    return max(-EDGE, min(EDGE, longitude - 360.0 * turn))


def _between(one: Point, other: Point, edge: float) -> float:
    """The latitude at which the way between two points has a longitude."""
    return one[1] + (other[1] - one[1]) * (edge - one[0]) / (other[0] - one[0])


def _clipped(ring: Sequence[Point], edge: float, side: int) -> Ring:
    """The part of an area on one side of a meridian, west of it for side 1 (Sutherland and Hodgman)."""
    kept: Ring = []
    for one, other in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        before, behind = side * (one[0] - edge) <= 0, side * (other[0] - edge) <= 0
        if before != behind:
            kept.append((edge, _between(one, other, edge)))
        if behind:
            kept.append(other)
    return kept
