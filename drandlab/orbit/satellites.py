"""Element sets that come with the package: the ISS at five moments, and a satellite like Crypto1, which is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drandlab.errors import LocalError
from drandlab.orbit.elements import ElementSet, circular
from drandlab.typing import Seconds, checked_int

__all__ = ["BY_NAME", "ISS", "constellation", "crypto1_like"]

_LINES = {
    "2014-01-20": (
        "1 25544U 98067A   14020.93268519  .00009878  00000-0  18200-3 0  5082",
        "2 25544  51.6498 109.4756 0003572  55.9686 274.8005 15.49815350868473",
    ),
    "2020-01-16": (
        "1 25544U 98067A   20016.35580316  .00000752  00000-0  21465-4 0  9996",
        "2 25544  51.6452  24.6741 0004961 136.6310 355.9024 15.49566400208322",
    ),
    "2021-01-27": (
        "1 25544U 98067A   21027.77992426  .00003336  00000-0  68893-4 0  9991",
        "2 25544  51.6465 317.1909 0002399 302.6503 164.1536 15.48908950266831",
    ),
    "2025-11-20": (
        "1 25544U 98067A   25324.86734766  .00014275  00000-0  26737-3 0  9990",
        "2 25544  51.6324 250.7347 0003961 150.1460 209.9755 15.48935269539463",
    ),
    "2026-08-07": (
        "1 25544U 98067A   26219.02141064  .00004539  00000-0  89363-4 0  9992",
        "2 25544  51.6324  48.5171 0007293  20.5996 339.5285 15.49370096579630",
    ),
}

ISS: Mapping[str, ElementSet] = MappingProxyType({day: ElementSet("ISS", *lines) for day, lines in _LINES.items()})
"""Element sets of the International Space Station by the day of their epoch; each is good for a week around it.

There is none of March 2022, when drand ran aboard.
"""

ASSUMED_ALTITUDE_KM = 525
"""No elements of Crypto1 are published; the launches that carry such satellites leave them at about this height."""


def crypto1_like(
    name: str = "crypto1-like", *, node_deg: float = 0.0, anomaly_deg: float = 0.0, epoch: Seconds = 1_767_225_600
) -> ElementSet:
    """Return an assumed orbit of a satellite such as Crypto1: circular, sun-synchronous, 525 km high, without drag.

    >>> crypto1_like().inclination
    97.497
    """
    return circular(name, altitude_km=ASSUMED_ALTITUDE_KM, node_deg=node_deg, anomaly_deg=anomaly_deg, epoch=epoch)


def constellation(
    count: int,
    *,
    planes: int | None = None,
    altitude_km: float = ASSUMED_ALTITUDE_KM,
    inclination_deg: float | None = None,
    epoch: Seconds = 1_767_225_600,
    name: str = "sat",
) -> list[ElementSet]:
    r"""Return a Walker constellation of ``count`` satellites with phasing 1, named ``sat-1``, ``sat-2`` and so on.

    With $P$ planes of $S$ satellites: plane $p$ has its node at $360^\circ p / P$, and the satellite $s$ in it is
    at $360^\circ (s / S + p / (P S))$. ``planes`` divides ``count``; None takes the largest divisor of at most
    $\sqrt{\text{count}}$. The altitude and inclination are those of `crypto1_like` unless given.

    >>> [one.name for one in constellation(4)]
    ['sat-1', 'sat-2', 'sat-3', 'sat-4']
    """
    count = checked_int(count, "count", 1, 1000)
    if planes is None:
        planes = max(p for p in range(1, int(count**0.5) + 1) if count % p == 0)
    planes = checked_int(planes, "planes", 1, count)
    if count % planes:
        raise LocalError(f"must divide the {count} satellites, got {planes}", argument="planes")
    each = count // planes
    return [
        circular(
            f"{name}-{plane * each + place + 1}",
            altitude_km=altitude_km,
            inclination_deg=inclination_deg,
            node_deg=360 * plane / planes,
            anomaly_deg=360 * (place / each + plane / count),
            epoch=epoch,
        )
        for plane in range(planes)
        for place in range(each)
    ]


BY_NAME: Mapping[str, ElementSet] = MappingProxyType({"iss": ISS["2026-08-07"], "crypto1-like": crypto1_like()})
"""Element sets that come with the package, by the names that commands take in place of a file."""
