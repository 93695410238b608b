"""What a collator hands to its runtime when it makes a block, where pulses come on chain as inherents.

* ``first``: the first design as it was built. Everything in the queue, in the order in which it came, each time; the
  queue is never emptied. With an empty queue an empty list, of which the pallet makes a call that fails.
* ``second``: the same; the pallet takes the newest of it.
* ``seed``: the design as it was written. The pulses that continue what the chain has seen, without a gap, each round
  once, at most as many as a block may ingest; so nothing before the pulse of the genesis round was seen.

Source: IDN V0 architecture and design, "block production"; the Ideal Network's node of May and July 2025.
"""

from __future__ import annotations

from collections.abc import Callable

from drandlab.beacon.beacon import Beacon
from drandlab.idn.collator.intake.pulse_queue import PulseQueue
from drandlab.idn.rand_beacon import encode_observed
from drandlab.typing import Round, checked_choice

__all__ = ["PROVIDERS", "InherentProvider"]

PROVIDERS = ("seed", "first", "second")
"""The designs of the provider."""


class InherentProvider:
    """The pulses for a block, read from a queue.

    ``genesis_round`` is the round with which the bridge begins, None while nobody has set one: then the first
    block begins with the smallest round that was seen. ``most`` is how many rounds a block may ingest.

    >>> queue = PulseQueue()
    >>> provider = InherentProvider(queue, genesis_round=5)
    >>> for round in (6, 5, 5, 8):
    ...     _ = queue.put(Beacon(round=round, signature=bytes(48)))
    >>> [beacon.round for beacon in provider.chosen(next_round=5, most=6)]
    [5, 6]
    """

    def __init__(self, queue: PulseQueue, design: str = "seed", *, genesis_round: Round | None = None) -> None:
        self.queue, self.genesis_round = queue, genesis_round
        self.design = checked_choice(design, "design", PROVIDERS)

    def chosen(self, next_round: Round | None, most: int) -> list[Beacon]:
        """Return the pulses for a block whose chain expects ``next_round``, None where it has ingested none yet."""
        held = self.queue.read()
        if self.design != "seed":
            return list(held)
        by_round: dict[Round, Beacon] = {}
        for beacon in held:
            by_round.setdefault(beacon.round, beacon)
        begin = next_round if next_round is not None else self.genesis_round
        if begin is None:
            begin = min(by_round, default=0)
        found: list[Beacon] = []
        while begin in by_round and len(found) < most:
            found.append(by_round[begin])
            begin += 1
        return found

    def data(
        self, next_round: Round | None, most: int, provide: Callable[[list[Beacon]], list[Beacon]] | None = None
    ) -> bytes | None:
        """Return the data of the inherent, None for no inherent at all; ``provide`` may change what is in it."""
        found = self.chosen(next_round, most)
        if provide is not None:
            found = provide(found)
        return encode_observed(found) if found or self.design != "seed" else None
