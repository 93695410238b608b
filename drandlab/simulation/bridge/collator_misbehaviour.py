"""What a collator may do that breaks the protocol: it is silent, late, or lies in one of many ways.

The machine behind it is an honest one and hears everything. Silence and lateness stand between its host and the links;
a lie takes the place of what the machine would send or bring on chain, and stands in the machine's own catalogue
(`drandlab.idn.collator.misbehaving_collators`). Fewer than a third of the collators may misbehave; then the others
agree, whatever these do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.idn.collator.collator_effects import CollatorEffect
from drandlab.idn.collator.conduct import Conduct
from drandlab.idn.collator.misbehaving_collators import MISBEHAVIOURS as CATALOGUE
from drandlab.simulation.chance import rng_for
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Seconds, checked_choice

__all__ = ["LIES", "MISBEHAVIOURS", "LateSender", "SilentSender", "SwitchedConduct", "lying"]

LIES: Mapping[str, str] = MappingProxyType(
    {
        name: CATALOGUE[name].about
        for name in ("two-blocks", "two-votes", "false-seal", "false-state", "other-slot", "false-pulse", "junk")
    }
)
"""How a collator may lie: entries of the machine's catalogue, with what each does."""

MISBEHAVIOURS: Mapping[str, str] = MappingProxyType(
    {"silent": "sends nothing", "late": "sends everything some seconds late", **LIES}
)
"""What a collator may do that breaks the protocol."""


class SilentSender:
    """Sends nothing of what its host would send."""

    def outgoing(self, host: Any, to: tuple[str, ...], message: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
        """Return nothing."""
        return ()


class LateSender:
    """Sends everything ``by`` seconds late."""

    def __init__(self, by: Seconds) -> None:
        self.by = by

    def outgoing(self, host: Any, to: tuple[str, ...], message: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
        """Return nothing now: it leaves later, if the host still runs."""
        world = host.world

        def send() -> None:
            if host.up:
                world.send(host, to, message)

        world.at(world.micros + round(self.by * MICRO), send)
        return ()


class SwitchedConduct(Conduct):
    """What a collator does now: the conduct of its host, which may change while it runs."""

    def __init__(self) -> None:
        self.now: Conduct = Conduct()

    @property
    def withholds(self) -> bool:  # type: ignore[override]  # it changes while the collator runs
        """Ask the present conduct."""
        return self.now.withholds

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, int, int] | None:
        """Ask the present conduct."""
        return self.now.choose(fresh)

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        """Ask the present conduct."""
        return self.now.provide(chosen)

    def sends(self, collator: Any, effect: CollatorEffect) -> Iterable[CollatorEffect]:
        """Ask the present conduct."""
        return self.now.sends(collator, effect)


def lying(how: str, seed: int | str, index: int) -> Conduct:
    """Return the conduct of a collator that lies, with a source of chance of its own."""
    return CATALOGUE[checked_choice(how, "how", LIES)].make(rng_for(seed, "lies", index, how))
