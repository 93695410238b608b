"""Churn: subscribers that leave the network and come back, each at times of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drandlab.simulation.world.links import MICRO
from drandlab.typing import Rng, Seconds, checked_positive, checked_real

__all__ = ["Churn"]

LONGEST: Seconds = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    r"""How long a subscriber stays and how long it is away: both exponential, with these means in seconds.

    A ``share`` of the subscribers comes and goes, the others stay all along. In the long run one that comes and goes is
    there for $stay / (stay + away)$ of the time.

    >>> import random
    >>> changes = Churn(stay=60, away=20).changes(0, random.Random(3))
    >>> [round(next(changes) / 1e6, 1) for _ in range(4)]
    [0.6, 25.3, 51.9, 52.1]
    """

    stay: Seconds = 60.0
    away: Seconds = 15.0
    share: float = 0.5

    def __post_init__(self) -> None:
        for name in ("stay", "away"):
            value = checked_real(checked_positive(getattr(self, name), name), name, high=LONGEST, what="seconds")
            object.__setattr__(self, name, float(value))
        object.__setattr__(self, "share", float(checked_real(self.share, "share", 0, 1, what="a share")))

    def changes(self, start: int, rng: Rng) -> Iterator[int]:
        """Yield when a subscriber leaves, comes back, leaves ..., in microseconds, from ``start`` on."""
        at = start
        while True:
            for mean in (self.stay, self.away):
                at += max(1, round(MICRO * mean * exponential(rng)))
                yield at


def exponential(rng: Rng) -> float:
    """Return a number that is exponential with mean 1; whole steps of the logarithm are the same on every machine."""
    from math import log

    return -log((1 + int.from_bytes(rng.randbytes(6), "big")) / (1 << 48))
