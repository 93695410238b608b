"""A chain store between a disk and the clients: it serves only beacons that were verified when they were stored.

A file may change under a running process, through a failing disk or a user's mistake. Verifying each beacon on each
request would cost a millisecond. Instead a checksum of each verified signature (CRC-32, four bytes per round) stays in
memory, and every beacon read is compared with it. A round that differs is repaired from another copy of the chain if
there is one; otherwise it is treated as missing.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Iterable

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.store import Store, StoreError
from drandlab.typing import Round

__all__ = ["GuardedStore"]


class GuardedStore:
    """A `Store` that serves only verified beacons; `trust` tells it which these are, from round 1 on.

    ``elsewhere`` returns the beacon of a round from another copy, if there is one. ``trouble`` is called with a
    sentence on what is wrong with the store, and with None when that is over.

    >>> import drandlab as dl
    >>> from drandlab.beacon.store import MemoryStore
    >>> plain, said = MemoryStore(dl.networks["quicknet"]), []
    >>> store = GuardedStore(plain, lambda round: None, said.append)
    >>> store.append(Beacon(round=1, signature=bytes(48)))
    >>> plain.replace(Beacon(round=1, signature=bytes(47) + bytes([1])))
    >>> store.get(1)
    Traceback (most recent call last):
    drandlab.beacon.store.StoreError: round 1: the stored beacon has changed on the disk and is not served
    >>> said
    ['round 1: the stored beacon has changed on the disk and is not served']
    """

    def __init__(
        self, store: Store, elsewhere: Callable[[Round], Beacon | None], trouble: Callable[[str | None], None]
    ) -> None:
        self.store, self.info = store, store.info
        self._elsewhere, self._trouble = elsewhere, trouble
        self._sums = array("I")
        self._unreadable: str | None = None
        self._damaged: set[Round] = set()

    def trust(self, beacons: Iterable[Beacon]) -> None:
        """Record verified beacons, which follow the recorded ones."""
        for beacon in beacons:
            if beacon.round == len(self._sums) + 1:
                self._sums.append(zlib.crc32(beacon.signature))

    def forget(self) -> None:
        """Forget all verified beacons, until `trust` is called again."""
        del self._sums[:]

    def knows(self, beacon: Beacon) -> bool:
        """Return whether this is the verified beacon of its round."""
        return self._is_true(beacon)

    def _is_true(self, beacon: Beacon) -> bool:
        if beacon.round == 0:
            return True
        return self._fits(beacon.round, beacon.signature) and (
            not self.info.scheme.chained or self._fits(beacon.round - 1, beacon.previous_signature)
        )

    def _fits(self, round: Round, signature: bytes) -> bool:
        if round == 0:
            return signature == self.info.genesis_seed
        return round <= len(self._sums) and self._sums[round - 1] == zlib.crc32(signature)

    def last(self) -> Beacon:
        """Return the newest beacon; the genesis beacon if there is no other."""
        return self.store.last()

    def get(self, round: Round) -> Beacon | None:
        """Return the beacon of a round, if the chain has reached it; raises `StoreError` if it has changed."""
        found = self.read(round, 1) if round >= 0 else []
        return found[0] if found and found[0].round == round else None

    def read(self, first: Round, limit: int) -> list[Beacon]:
        """Return up to ``limit`` beacons from round ``first`` on, without a gap, ending before a changed one.

        Raises `StoreError` if the first one has changed, or if the store cannot be read.
        """
        first = max(first, 0)
        wanted = range(first, min(first + limit, self.store.last().round + 1))
        try:
            found = self.store.read(first, limit)
            if (good := self._good(wanted, found)) < len(wanted):
                for round in range(first - 1, wanted.stop):
                    self._repair(round)
                found = self.store.read(first, limit)
                good = self._good(wanted, found)
        except StoreError as error:
            self._say(str(error), self._damaged)
            raise
        damaged = self._damaged.difference(wanted[:good])
        if good < len(wanted):
            damaged = damaged | {wanted[good]}
        self._say(None, damaged)
        if wanted and not good:
            raise StoreError(_changed(wanted[0]), code="damaged")
        return found[:good]

    def _good(self, wanted: range, found: list[Beacon]) -> int:
        """Return the number of ``wanted`` rounds, from the first on, that were found unchanged."""
        for place, round in enumerate(wanted):
            if place == len(found) or found[place].round != round or not self._is_true(found[place]):
                return place
        return len(wanted)

    def _say(self, unreadable: str | None, damaged: set[Round]) -> None:
        if (unreadable, damaged) != (self._unreadable, self._damaged):
            self._unreadable, self._damaged = unreadable, damaged
            self._trouble(unreadable or (_changed(min(damaged)) if damaged else None))

    def _repair(self, round: Round) -> None:
        here = self.store.read(round, 1)
        if not 0 < round <= len(self._sums) or (here and here[0].round == round and self._is_own(here[0])):
            return
        other = self._elsewhere(round)
        if other is not None and other.round == round and self._is_own(other):
            self.store.replace(other)

    def _is_own(self, beacon: Beacon) -> bool:
        return self._fits(beacon.round, beacon.signature)

    def append(self, beacon: Beacon) -> None:
        """Append a verified ``beacon``; raises `StoreError` and `AppendRefused` as its store does."""
        self.store.append(beacon)
        self.trust([beacon])

    def replace(self, beacon: Beacon) -> None:
        """Write ``beacon``, whose signature is the verified one, at its round."""
        self.store.replace(beacon)

    def __len__(self) -> int:
        """Number of stored beacons, without the genesis beacon."""
        return len(self.store)

    def __repr__(self) -> str:
        return f"<GuardedStore of {self.store!r}>"


def _changed(round: Round) -> str:
    return f"round {round}: the stored beacon has changed on the disk and is not served"
