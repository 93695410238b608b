"""Satellites of the fuzz: some nodes fly, and their passes fall into a run of minutes.

Real passes take minutes and come hours apart, and a run of the fuzz is over before the second. So the orbit is a real
one, and the stations stand where they are needed: below it, each at a drawn moment of the run; how high a satellite
must stand above the horizon says how long a pass takes.

While a key is made and while a resharing runs, no satellite rises or sets: production's DKG assumes a reliable
broadcast. Who is out of sight all the time is like a node that is down.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

from drandlab.orbit.contacts import contact_windows
from drandlab.orbit.elements import ElementSet, circular
from drandlab.orbit.stations import Station
from drandlab.simulation.scenario.orbit_tables import OrbitTable, SatelliteTable
from drandlab.simulation.world.links import Link
from drandlab.simulation.world.relay_link import RelayLink
from drandlab.typing import Seconds

__all__ = ["SET_UP", "draw_orbit"]

EPOCH: Seconds = 1_767_225_600
"""2026-01-01, the first moment of each such run."""

ALTITUDE_KM = 525.0
MASKS = (30.0, 45.0, 60.0, 70.0, 70.0, 75.0)
"""Degrees; a pass above them takes at most about 220, 130, 75, 45 and 33 seconds."""

LOW_MASK = 5.0
"""With it a pass takes more than eight minutes, longer than any resharing of a run."""

LATE_BY: Seconds = 8
"""The most that a pass begins late, so that even then a set-up and its DKG fit into it."""

MARGIN: Seconds = 20
"""How far an estimate of a pass may be off."""

SPREAD_DEG = 0.4
"""How far satellites of one run fly from each other on their orbit, in degrees: some seconds."""

SET_UP: Seconds = 30
"""The longest that a set-up and its DKG take here, once all nodes are in sight."""

FLATTENING = 1 / 298.257223563


def draw_orbit(
    rng: random.Random,
    seed: int,
    nodes: Sequence[int],
    length: Seconds,
    busy: tuple[Seconds, Seconds] | None,
    *,
    chained: bool,
) -> OrbitTable | None:
    """Return the orbit of a run of ``length`` seconds in which these nodes fly; None if there are none.

    ``seed`` is the network's, from which the gaps of a relay link come, and ``busy`` is when a resharing runs, in
    seconds after the start.
    """
    if not nodes:
        return None
    mask = rng.choice(MASKS if busy is None else _masks_around(busy))
    node_deg, anomaly_deg = rng.uniform(0, 360), rng.uniform(0, 360)
    flying = [
        circular(f"sat-{name}", altitude_km=ALTITUDE_KM, node_deg=node_deg, anomaly_deg=anomaly_deg - at, epoch=EPOCH)
        for name, at in zip(nodes, sorted(rng.uniform(0, SPREAD_DEG) for _ in nodes), strict=True)
    ]
    half = _half_a_pass(mask)
    # either the set-up begins in a pass, or it waits for one
    first = half - 2 if busy or rng.random() < 0.7 else rng.uniform(half, 10 * half)
    centres = [first, *(rng.uniform(first, first + length + 60) for _ in range(rng.randint(1, 6)))]
    stations = [_below(flying[0], at, f"S{number}") for number, at in enumerate(centres)]
    founding = max(0.0, first - half) - 2, max(0.0, first - half) + SET_UP
    kept = [stations[0], *(one for one in stations[1:] if _is_quiet(flying, one, mask, [founding, busy]))]
    fail = late = 0.0
    if not busy and rng.random() < 0.4:
        fail, late = rng.choice((0.0, 0.2, 0.5)), rng.choice((0.0, 0.3))
    redial = rng.random() < 0.3
    over_relay = not busy and rng.random() < 0.25
    return OrbitTable(
        start=EPOCH,
        mask=mask,
        stations=tuple(kept),
        satellites=tuple(
            SatelliteTable(
                node=name,
                name=one.name,
                tle=(one.line1, one.line2),
                redial=redial,
                fail=fail,
                late=late,
                late_by=LATE_BY,
                relay=_relay(rng, seed, name) if over_relay and number == 0 else False,
                **_split(rng, name, chained),
            )
            for number, (name, one) in enumerate(zip(nodes, flying, strict=True))
        ),
    )


def _split(rng: random.Random, node: int, chained: bool) -> dict[str, Any]:
    """Whether only the signer of a node flies, over which link, and how many rounds it signs ahead."""
    if node == 0 or rng.random() < 0.6:  # node 0 leads the set-up, and needs its signer at hand
        return {}
    return {
        "proxy": True,
        "ahead": 0 if chained else rng.choice((0, 0, 3, 50)),
        "own_clock": rng.random() < 0.7,
        "thin": rng.choice((None, Link(bandwidth=100_000.0), Link(bandwidth=20_000.0, loss=0.05, duplicate=0.1))),
    }


def _relay(rng: random.Random, seed: int, node: int) -> RelayLink:
    """A relay link with gaps within a run of minutes, the first of them after the set-up."""
    _, end = next(RelayLink(between=1000.0).stretches(seed, node, EPOCH))
    between = rng.choice((60.0, 120.0, 300.0))
    if (end - EPOCH) * between / 1000 < SET_UP:  # the first gap scales with the time between two of them
        between = min(86_400.0, math.ceil(1000 * (SET_UP + 1) / (end - EPOCH)))
    return RelayLink(between=between, least=1.0, most=rng.choice((5.0, 60.0)))


def _masks_around(busy: tuple[Seconds, Seconds]) -> list[float]:
    """The masks with which the first pass, which begins with the run, ends before or after a resharing."""
    ends = {mask: 2 * _half_a_pass(mask) for mask in (LOW_MASK, *MASKS)}
    return [mask for mask in (LOW_MASK, *MASKS) if not busy[0] - MARGIN <= ends[mask] <= busy[1] + MARGIN]


def _half_a_pass(mask: float) -> Seconds:
    """Seconds from the rise of a satellite that passes through the zenith to its culmination."""
    m, ratio = math.radians(mask), 6371 / (6371 + ALTITUDE_KM)
    return (math.acos(ratio * math.cos(m)) - m) / (2 * math.pi) * 5710


def _below(satellite: ElementSet, at: Seconds, name: str) -> Station:
    """A station that has the satellite in its zenith ``at`` seconds after the start."""
    import numpy as np

    from drandlab.orbit.geometry import earth_fixed

    [[x, y, z]] = earth_fixed(satellite, int(EPOCH // 86_400), np.array([at]))
    latitude = math.degrees(math.atan2(z, (1 - FLATTENING) ** 2 * math.hypot(x, y)))
    return Station(name, round(latitude, 3), round(math.degrees(math.atan2(y, x)), 3))


def _is_quiet(
    flying: Iterable[ElementSet], station: Station, mask: float, busy: Iterable[tuple[Seconds, Seconds] | None]
) -> bool:
    """Whether no satellite rises or sets over the station while a key is made."""
    windows = contact_windows(flying, station, EPOCH - 600, EPOCH + 3600, mask=mask)
    edges = [edge - EPOCH for window in windows for edge in (window.rise, window.set)]
    return not any(during and during[0] <= edge <= during[1] for edge in edges for during in busy)
