"""What a collator may do otherwise than the protocol says: the places where a misbehaviour can reach in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.idn.collator.collator_effects import CollatorEffect
from drandlab.typing import Round

__all__ = ["Conduct"]


class Conduct:
    """An honest collator; a misbehaviour is a subclass that overrides one of these (`misbehaving_collators`).

    A collator asks it which pulses to bring on chain, and what to send in place of what it would send.
    """

    withholds: bool = False
    """Whether the gadget submits nothing at all."""

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, Round, Round] | None:
        """Return the sum and its range that the gadget submits of these pulses, oldest first; None for the newest."""
        return None

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        """Return the pulses that the author of a block hands to its runtime."""
        return chosen

    def sends(self, collator: Any, effect: CollatorEffect) -> Iterable[CollatorEffect]:
        """Return what is carried out in place of an effect of this collator."""
        return (effect,)
