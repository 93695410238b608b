"""Previous signatures put back: beacons of a chained network may come without them, each is the signature before.

A dump may leave the previous signatures out, since each is in it already, one round earlier. Putting them back takes no
trust: the signature of a round is verified over the previous one that was put in, and no other verifies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import FormatError
from drandlab.typing import Round

__all__ = ["Linker"]

_MOST = 1 << 16
"""Signatures that are kept, and beacons that wait for one: how far from each other two neighbours may lie."""


class Linker:
    """Puts the previous signatures into the beacons of one chained network, where no beacon bears one.

    The rounds may come in any order, as long as fewer than 65,536 others lie between a round and the one before;
    a beacon whose neighbour comes later is given when that has come. Once a beacon bears a previous signature of its
    own, all are given as they are: then one without it lacks something.

    ``foreign`` is asked once whether a beacon without one is of another network: then too nothing is put in.
    ``used`` says whether anything was.

    >>> import drandlab as dl
    >>> beacons = list(dl.beacons_of(dl.load_beacons("default")))[:3]
    >>> bare = [Beacon(round=beacon.round, signature=beacon.signature) for beacon in beacons]
    >>> linker = Linker(dl.networks["default"])
    >>> [beacon.previous_signature for beacon in linker.over(bare)] == [b.previous_signature for b in beacons]
    True
    """

    def __init__(self, info: ChainInfo, foreign: Callable[[Beacon], bool] = lambda beacon: False) -> None:
        self.info, self.used = info, False
        self._foreign: Callable[[Beacon], bool] | None = foreign
        self._off = not info.scheme.chained
        self._signatures: dict[Round, bytes] = {0: info.genesis_seed}
        self._waiting: dict[Round, list[Beacon]] = {}

    def over(self, beacons: Iterable[Beacon]) -> Iterator[Beacon]:
        """Yield ``beacons`` with their previous signatures.

        Raises `FormatError` at the end, or when too many wait, where the round before one of them is not there.
        """
        for beacon in beacons:
            if self._off or not isinstance(beacon, Beacon):
                yield beacon
            elif beacon.previous_signature or self._is_foreign(beacon):
                self._off = True
                yield from self._rest()
                yield beacon
            else:
                yield from self._linked(beacon)
        if self._waiting and not self._off:
            self._missing()
        yield from self._rest()

    def _linked(self, beacon: Beacon) -> Iterator[Beacon]:
        if not beacon.round:  # the genesis beacon comes first and has none before it
            yield beacon
            return
        before = self._signatures.get(beacon.round - 1)
        if before is None:
            self._waiting.setdefault(beacon.round - 1, []).append(beacon)
            if len(self._waiting) > _MOST:
                self._missing()
        else:
            yield self._put(beacon, before)
        self._signatures.setdefault(beacon.round, beacon.signature)
        if len(self._signatures) > _MOST:
            del self._signatures[next(round for round in self._signatures if round)]  # the oldest but the seed
        for follower in self._waiting.pop(beacon.round, []):
            yield self._put(follower, beacon.signature)

    def _put(self, beacon: Beacon, before: bytes) -> Beacon:
        self.used = True
        return replace(beacon, previous_signature=before)

    def _is_foreign(self, beacon: Beacon) -> bool:
        if not beacon.round or self._foreign is None:
            return False
        foreign, self._foreign = self._foreign, None
        return len(beacon.signature) != self.info.scheme.signature_length or foreign(beacon)

    def _rest(self) -> Iterator[Beacon]:
        for waiting in self._waiting.values():
            yield from waiting
        self._waiting.clear()

    def _missing(self) -> None:
        before, waiting = next(iter(self._waiting.items()))
        raise FormatError(
            f"the column is missing: {self.info.scheme.name} signs each round over the signature before it, "
            f"and the signature of round {before}, before {waiting[0].round}, is not there either",
            field="previous_signature",
        )
