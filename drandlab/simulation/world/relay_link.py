"""A relay link: a satellite that talks through relay satellites in geostationary orbit, as the ISS does.

It takes the place of ground stations: contact nearly all the time, half a second from here to there and back, rare long
gaps, and single drops. The times between gaps are exponential, a gap lasts some minutes, each length as likely; both
come from the seed. In a run the stretches between gaps are the passes of a station named ``relay``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.chance import rng_for
from drandlab.simulation.world.links import Latency, Link
from drandlab.typing import Seconds, checked_positive, checked_real

__all__ = ["RELAY", "RelayLink"]

RELAY = "relay"
"""The station that the passes of a relay link name."""

LINK = Link(latency=Latency(kind="uniform", mean=0.26, spread=0.02), loss=0.002)
"""One way from 0.24 to 0.28 s: light up to geostationary orbit and down again; a transmission in 500 is lost."""

LONGEST: Seconds = 30 * 86_400
"""The most seconds between two gaps, on average, and of one gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLink:
    """A relay link: its gaps come after ``between`` seconds on average, and last from ``least`` to ``most`` seconds.

    ``link`` is each of its directions. The numbers are assumptions: nobody has published outages of such a link.

    >>> RelayLink().link.latency.mean
    0.26
    """

    between: Seconds = 5400.0
    least: Seconds = 60.0
    most: Seconds = 900.0
    link: Link = LINK

    def __post_init__(self) -> None:
        try:
            for name in ("between", "least", "most"):
                value = checked_positive(getattr(self, name), name, what="seconds")
                object.__setattr__(self, name, float(checked_real(value, name, high=LONGEST, what="seconds")))
            if self.least > self.most:
                raise LocalError(f"a gap lasts at most {self.most} s, got {self.least}", argument="least")
            if not isinstance(self.link, Link):
                raise WrongType(f"expected a Link, got {type(self.link).__name__}", argument="link")
        except LocalError as error:
            raise error.inside("relay") from None

    def stretches(self, seed: int | str, node: int, start: Seconds) -> Iterator[tuple[Seconds, Seconds]]:
        """Yield the stretches of contact of a node from ``start`` on, without an end; they come from the seed."""
        chance, at = rng_for(seed, "relay", node), start
        while True:
            end = at + max(1e-3, chance.expovariate(1 / self.between))
            yield round(at, 6), round(end, 6)
            at = end + chance.uniform(self.least, self.most)
