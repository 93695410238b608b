"""Assumed latencies between cities, from their distance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from drandlab.simulation.world.links import Latency
from drandlab.typing import checked_choice

__all__ = ["CITIES", "between"]

CITIES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        # latitude and longitude in degrees; where members of the League of Entropy have run nodes, roughly
        "Lausanne": (46.5, 6.6),
        "Zurich": (47.4, 8.5),
        "Frankfurt": (50.1, 8.7),
        "Paris": (48.9, 2.4),
        "London": (51.5, -0.1),
        "Amsterdam": (52.4, 4.9),
        "New York": (40.7, -74.0),
        "Ashburn": (39.0, -77.5),
        "Chicago": (41.9, -87.6),
        "San Francisco": (37.8, -122.4),
        "Toronto": (43.7, -79.4),
        "Santiago": (-33.5, -70.7),
        "Sao Paulo": (-23.6, -46.6),
        "Singapore": (1.4, 103.8),
        "Tokyo": (35.7, 139.7),
        "Seoul": (37.6, 127.0),
        "Mumbai": (19.1, 72.9),
        "Sydney": (-33.9, 151.2),
    }
)

EARTH_KM, FIBRE_KM_S, DETOUR, OVERHEAD = 6371.0, 200_000.0, 1.6, 0.004
"""Radius of the Earth; light in glass; how much longer cables are than the great circle; routers and hosts, seconds."""


def between(one: str, other: str, *, spread: float = 0.15) -> Latency:
    """Return an assumed latency between two of `CITIES`: light in a cable by a detour, routers, and a long tail.

    No table of measured delays between drand's nodes is public; this stands in for one.

    >>> round(between("Zurich", "Singapore").mean, 3)
    0.086
    """
    for name in (one, other):
        checked_choice(name, "city", CITIES)
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, CITIES[name])) for name in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    distance = 2 * EARTH_KM * math.asin(math.sqrt(half))
    # rounded, so that every machine has the same number
    return Latency(kind="lognormal", mean=round(OVERHEAD + DETOUR * distance / FIBRE_KM_S, 4), spread=spread)
