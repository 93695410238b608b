r"""The append rule, and the stores in which a node keeps its chain.

A chain begins with the **genesis beacon**, round 0, whose "signature" is the genesis seed. From there the append rule
holds, round by round:

* no gap: the new round is the last one plus one;
* no fork: a round that is stored stays as it is;
* on a chained network, the new beacon names the last one's signature as its previous signature.

Signatures are verified before, by whoever took the beacon in. Unchained networks drop the previous signature.

A `Store` is what the drivers keep a chain in. The machines of this floor never touch one: they say what is to be stored
and are told when it is. `MemoryStore` needs no file; `drandlab.remote.keep.chain_store` has one that survives a crash.

Source: drand ``internal/chain/beacon/store.go``; drand specification, "Beacon chain".
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import Protocol

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import not_the_signature_before
from drandlab.errors import DrandlabError, LocalError
from drandlab.typing import Round

__all__ = ["AppendRefused", "MemoryStore", "Store", "StoreError", "as_stored", "check_append", "genesis_beacon"]


class AppendRefused(DrandlabError):
    """A beacon that does not continue the chain; ``code`` is ``stored``, ``fork``, ``gap`` or ``link``."""

    CODE = "append"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)


class StoreError(DrandlabError):
    """A store could not be read or written: full disk, damaged file, another chain's file; nothing was changed.

    ``source`` is the file, None where there is none; ``rule`` is the rest of the sentence.
    """

    CODE = "store"

    def __init__(self, rule: str, *, source: str | None = None, code: str | None = None) -> None:
        self.rule, self.source = rule, source
        super().__init__(f"{source}: {rule}" if source else rule, code=code)


def genesis_beacon(info: ChainInfo) -> Beacon:
    """Return round 0 of a chain: it holds the genesis seed in place of a signature.

    >>> import drandlab as dl
    >>> genesis_beacon(dl.networks["quicknet"])
    Beacon(round=0, signature=f477d5c8…)
    """
    return Beacon(round=0, signature=info.genesis_seed)


def as_stored(info: ChainInfo, beacon: Beacon) -> Beacon:
    """Return ``beacon`` as its chain keeps it: without a previous signature on unchained networks, without claims."""
    previous = beacon.previous_signature if info.scheme.chained else b""
    if previous == beacon.previous_signature and beacon.claimed_randomness is None:
        return beacon
    return replace(beacon, previous_signature=previous, claimed_randomness=None)


def check_append(info: ChainInfo, last: Beacon, beacon: Beacon) -> None:
    """Raise `AppendRefused` unless ``beacon``, as stored, may follow ``last``.

    >>> import drandlab as dl
    >>> info = dl.networks["quicknet"]
    >>> check_append(info, genesis_beacon(info), Beacon(round=2, signature=bytes(48)))
    Traceback (most recent call last):
    drandlab.beacon.store.AppendRefused: round 2 leaves a gap: the last one stored is 0
    """
    if beacon.round == last.round:
        if beacon.signature == last.signature:
            raise AppendRefused("stored", f"round {beacon.round} is stored already")
        raise AppendRefused("fork", f"round {beacon.round} is stored already, with another signature")
    if beacon.round < last.round:
        raise AppendRefused("stored", f"round {beacon.round} is before the last one stored, {last.round}")
    if beacon.round != last.round + 1:
        raise AppendRefused("gap", f"round {beacon.round} leaves a gap: the last one stored is {last.round}")
    if info.scheme.chained and beacon.previous_signature != last.signature:
        raise AppendRefused("link", not_the_signature_before(beacon, last.signature))


class Store(Protocol):
    """A store of one chain, from its genesis beacon on."""

    info: ChainInfo

    def last(self) -> Beacon:
        """Return the newest beacon, the genesis beacon if there is no other."""
        ...

    def get(self, round: Round) -> Beacon | None:
        """Return the beacon of a round, if it is here."""
        ...

    def read(self, first: Round, limit: int) -> list[Beacon]:
        """Return up to ``limit`` beacons from round ``first`` on, ascending."""
        ...

    def append(self, beacon: Beacon) -> None:
        """Keep ``beacon`` as the new last one; when this returns, a crash cannot lose it.

        Raises `AppendRefused` by the append rule, `StoreError` when it cannot be written.
        """
        ...

    def replace(self, beacon: Beacon) -> None:
        """Write ``beacon`` at its round without the append rule: the repair of a damaged chain."""
        ...

    def __len__(self) -> int:
        """How many beacons are here, the genesis beacon not counted."""
        ...


class MemoryStore:
    """A chain in memory: gone with its process.

    ``kept`` bounds it to the newest so many beacons, as production's memory store; None keeps all.

    >>> import drandlab as dl
    >>> store = MemoryStore(dl.networks["quicknet"])
    >>> store.append(Beacon(round=1, signature=bytes(48)))
    >>> store.last().round, len(store), store.get(0)
    (1, 1, Beacon(round=0, signature=f477d5c8…))
    """

    def __init__(self, info: ChainInfo, *, kept: int | None = None) -> None:
        self.info = info
        self._kept = kept
        self._genesis = genesis_beacon(info)
        self._beacons: list[Beacon] = []

    def last(self) -> Beacon:
        """Return the newest beacon, the genesis beacon if there is no other."""
        return self._beacons[-1] if self._beacons else self._genesis

    def get(self, round: Round) -> Beacon | None:
        """Return the beacon of a round, if it is here."""
        if round == 0:
            return self._genesis
        place = self._place(round)
        found = self._beacons[place] if place < len(self._beacons) else None
        return found if found is not None and found.round == round else None

    def read(self, first: Round, limit: int) -> list[Beacon]:
        """Return up to ``limit`` beacons from round ``first`` on, ascending."""
        head = [self._genesis][: limit if first == 0 else 0]
        place = self._place(max(first, 1))
        return head + self._beacons[place : place + limit - len(head)]

    def append(self, beacon: Beacon) -> None:
        """Keep ``beacon`` as the new last one; raises `AppendRefused`."""
        beacon = as_stored(self.info, beacon)
        check_append(self.info, self.last(), beacon)
        self._beacons.append(beacon)
        if self._kept is not None and len(self._beacons) > self._kept:
            del self._beacons[0]

    def replace(self, beacon: Beacon) -> None:
        """Write ``beacon`` at its round without the append rule; the genesis beacon stays what it is."""
        if beacon.round == 0:
            raise LocalError("expected a round from 1 on: the genesis beacon is not stored", argument="round")
        beacon = as_stored(self.info, beacon)
        place = self._place(beacon.round)
        same = place < len(self._beacons) and self._beacons[place].round == beacon.round
        self._beacons[place : place + same] = [beacon]

    def remove(self, round: Round) -> None:
        """Lose one round, as a damaged disk would: for tests of check and repair."""
        if (found := self.get(round)) is not None and round:
            self._beacons.remove(found)

    def _place(self, round: Round) -> int:
        return bisect_left(self._beacons, round, key=lambda beacon: beacon.round)

    def __len__(self) -> int:
        return len(self._beacons)

    def __repr__(self) -> str:
        return f"<MemoryStore of {self.info.beacon_id}, {len(self)} beacons, last {self.last().round}>"
