"""The partials that a node keeps until there are enough of them for a beacon.

Partials of one round are kept apart by the previous signature that their senders build on: those of two histories never
mix. The limits are production's; they bound the memory that a misbehaving member can fill:

* only rounds just after the last one stored are kept (`WINDOW` of them);
* one partial for each index, round and previous signature: the first one counts;
* at most `PER_INDEX` partials of one index in all; one more removes the oldest.

Source: drand ``internal/chain/beacon/cache.go``.
"""

from __future__ import annotations

from collections.abc import Mapping

from drandlab.curves.group import Point
from drandlab.typing import Round, ShareIndex

__all__ = ["PER_INDEX", "WINDOW", "PartialCache"]

WINDOW = 4
"""A partial is kept for the next so many rounds after the last one stored."""

PER_INDEX = 100


class PartialCache:
    """Partials by round, previous signature and index.

    >>> from drandlab.curves import suite
    >>> g = suite("bls12-381", "glass").g1.generator
    >>> cache = PartialCache()
    >>> [sorted(cache.add(7, b"six", index, g)) for index in (2, 0, 2)]
    [[2], [0, 2], [0, 2]]
    >>> sorted(cache.add(7, b"another six", 1, g))
    [1]
    >>> cache.rounds, len(cache)
    (1, 3)
    """

    def __init__(self, per_index: int = PER_INDEX) -> None:
        self._per_index = per_index
        self._rounds: dict[tuple[Round, bytes], dict[ShareIndex, Point]] = {}
        self._of_index: dict[ShareIndex, list[tuple[Round, bytes]]] = {}

    def add(self, round: Round, previous: bytes, index: ShareIndex, point: Point) -> Mapping[ShareIndex, Point]:
        """Keep a partial and return all that are there for its round and previous signature."""
        key = round, previous
        held = self._rounds.get(key)
        if held is None:
            held = self._rounds[key] = {}
        if index not in held:
            keys = self._of_index.get(index)
            if keys is None:
                keys = self._of_index[index] = []
            if len(keys) == self._per_index:
                self._drop(keys.pop(0), index)
            keys.append(key)
            held[index] = point
        return held

    def remove(self, round: Round, previous: bytes, index: ShareIndex) -> None:
        """Remove one partial, which was found to be false."""
        key = round, previous
        if index in self._rounds.get(key, {}):
            self._drop(key, index)
            self._of_index[index].remove(key)

    def _drop(self, key: tuple[Round, bytes], index: ShareIndex) -> None:
        held = self._rounds[key]
        del held[index]
        if not held:
            del self._rounds[key]

    def flush(self, round: Round) -> None:
        """Remove all partials of ``round`` and before."""
        if any(r <= round for r, _ in self._rounds):
            self._rounds = {key: held for key, held in self._rounds.items() if key[0] > round}
            self._of_index = {
                index: kept for index, keys in self._of_index.items() if (kept := [k for k in keys if k[0] > round])
            }

    def indices(self, round: Round) -> dict[bytes, tuple[ShareIndex, ...]]:
        """Return who has contributed to ``round``, by previous signature."""
        return {previous: tuple(sorted(held)) for (r, previous), held in self._rounds.items() if r == round}

    @property
    def rounds(self) -> int:
        """How many rounds there are partials of."""
        return len({round for round, _ in self._rounds})

    @property
    def span(self) -> tuple[Round, Round] | None:
        """The oldest and the newest round that there are partials of."""
        held = [round for round, _ in self._rounds]
        return (min(held), max(held)) if held else None

    def __len__(self) -> int:
        return sum(len(held) for held in self._rounds.values())
