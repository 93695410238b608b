"""Which call of a plan an entry about a call is: those of a chain's block run in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator

from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan, PlannedCall
from drandlab.simulation.chains.chain_entries import CallDispatched

__all__ = ["PlannedInOrder"]


class PlannedInOrder:
    """Gives each entry its call; what an author submits by itself, before the calls of the file, is none of them."""

    def __init__(self, plan: ChainPlan, bridge: int) -> None:
        self._planned: dict[tuple[int, int], list[PlannedCall]] = {}
        for call in plan.calls:
            place = bridge if call.chain is None else call.chain, call.block
            self._planned.setdefault(place, []).append(call)
        self._left: dict[tuple[int, int], Iterator[PlannedCall]] = {}

    def of(self, what: CallDispatched) -> PlannedCall | None:
        """Return the call of an entry; entries are to come in the order of the journal."""
        if what.call.startswith("RandBeacon."):
            return None
        place = what.chain, what.number
        return next(self._left.setdefault(place, iter(self._planned.get(place, ()))), None)
