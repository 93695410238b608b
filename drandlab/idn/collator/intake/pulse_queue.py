"""The queue of a collator between the gossip network and the chain: first in, first out, with a capacity.

As in the real node nothing is checked by default: a pulse that comes twice stands twice, the order is that of their
coming, and a false one takes a place like a true one. When the queue is full, the *oldest* pulse makes room, so that
whoever floods a node with junk drives the true pulses out. ``verify`` is the repair: each pulse is verified when it
comes, and there is one of each round.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType

from drandlab.beacon.beacon import Beacon
from drandlab.errors import WrongType
from drandlab.idn.collator.collator_effects import Noted, PulseLost, PulseQueued
from drandlab.idn.pulses import checked_signature
from drandlab.typing import checked_int

__all__ = ["CAPACITIES", "PulseQueue"]

CAPACITIES: Mapping[str, int] = MappingProxyType({"first": 20, "second": 6, "today": 100})
"""How many pulses the queue held in the three designs; today's is the default."""


class PulseQueue:
    """Pulses in the order in which they came; at most ``capacity`` of them, the oldest makes room.

    ``verify`` says whether a beacon is genuine. With it a pulse that is not, or whose round is in the queue already, is
    not taken; without it everything is.

    >>> queue = PulseQueue(2)
    >>> for round in (5, 6, 7):
    ...     _ = queue.put(Beacon(round=round, signature=bytes(48)))
    >>> [beacon.round for beacon in queue.read()], [beacon.round for beacon in queue.take(5)], len(queue)
    ([6, 7], [6, 7], 0)
    """

    def __init__(self, capacity: int = CAPACITIES["today"], *, verify: Callable[[Beacon], bool] | None = None) -> None:
        self.capacity = checked_int(capacity, "capacity", 1)
        self._verify, self._held = verify, deque[Beacon]()

    def __len__(self) -> int:
        return len(self._held)

    def put(self, beacon: Beacon) -> list[Noted]:
        """Take a pulse that the gossip network has delivered; reports what became of it, and of the one it drove out.

        Raises `WrongType` for what is no beacon, `LocalError` for a signature that is not of 48 bytes: such messages
        were refused where they were decoded.
        """
        if not isinstance(beacon, Beacon):
            raise WrongType(f"expected a Beacon, got {type(beacon).__name__}", argument="beacon")
        checked_signature(beacon.signature, "signature")
        if self._verify is not None:
            if any(held.round == beacon.round for held in self._held):
                return [Noted(PulseLost(round=beacon.round, code="pulse-repeated"))]
            if not self._verify(beacon):
                return [Noted(PulseLost(round=beacon.round, code="pulse-invalid"))]
        reports = []
        if len(self._held) == self.capacity:
            reports.append(Noted(PulseLost(round=self._held.popleft().round, code="queue-full")))
        self._held.append(beacon)
        queued = PulseQueued(round=beacon.round, signature=beacon.signature, held=len(self._held))
        return [*reports, Noted(queued)]

    def read(self) -> tuple[Beacon, ...]:
        """Return all that is in the queue, which stays there."""
        return tuple(self._held)

    def take(self, count: int) -> list[Beacon]:
        """Take the ``count`` oldest pulses out, or as many as there are."""
        count = checked_int(count, "count", 0)
        return [self._held.popleft() for _ in range(min(count, len(self._held)))]

    def forget(self, before: int) -> None:
        """Take out every pulse of a round before this one."""
        self._held = deque(beacon for beacon in self._held if beacon.round >= before)
