r"""Several copies of one chain, checked together: an invalid or missing beacon in one is repaired from another.

Every stored beacon is verified, in batches. A beacon that is the same in several stores is verified once, so six copies
cost as much as one. Only a slice of each store is in memory at a time.

After `check_chains`, the rounds of each store run from 1 to its last one without a gap, every one verifies, and on
chained networks each names the signature of the round before. If no store has a valid beacon of a round, it is removed
at the end of all chains (the network makes it again, with the same bytes: a round has one signature). If valid rounds
follow it, nobody can fill the gap: the check raises `StoreError` with the round, and nothing was written.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import Store, StoreError, genesis_beacon
from drandlab.beacon.verify import Verifier
from drandlab.errors import VerificationError
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.typing import Progress, Round

__all__ = ["Repairs", "UnreadableStore", "check_chains"]

SLICE = 1024
SLOW_SLICE = 64
"""Rounds that are verified at a time; fewer with a slow backend, so that progress is visible."""

_FAST = frozenset({"blst", "glass"})


class UnreadableStore(StoreError):
    """The store ``name`` cannot be read."""

    CODE = "unreadable"

    def __init__(self, name: str, rule: str, *, source: str | None = None) -> None:
        self.name = name
        super().__init__(rule, source=source)


@dataclass(slots=True)
class Repairs:
    """The repairs of one store: rounds that were ``repaired`` from another one, and rows that were ``dropped``."""

    repaired: list[Round] = field(default_factory=list)
    dropped: list[Round] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.repaired or self.dropped)

    def __str__(self) -> str:
        said = [
            f"{_rounds(rounds)} {'was' if len(rounds) == 1 else 'were'} {how}"
            for rounds, how in (
                (self.repaired, "invalid or missing, and repaired from another copy"),
                (self.dropped, "invalid in every copy, and removed: the network makes it again"),
            )
            if rounds
        ]
        return "; ".join(said)


def _rounds(rounds: list[Round]) -> str:
    if len(rounds) == 1:
        return f"round {rounds[0]}"
    shown = ", ".join(map(str, rounds[:3]))
    return f"rounds {shown}" + (f" and {len(rounds) - 3} more" if len(rounds) > 3 else "")


@dataclass(slots=True)
class _Copy:
    """One store during the check; ``gap`` is its first missing round since the last valid one."""

    store: ChainStore
    gap: Round | None = None
    gaps: list[tuple[Round, Round]] = field(default_factory=list)
    wrong: list[tuple[Round, str]] = field(default_factory=list)
    false: list[Round] = field(default_factory=list)

    def pass_by(self, round: Round, mine: bytes | None, true: bytes | None, source: str) -> None:
        """Compare this store's signature of a round with the valid one, which the store ``source`` has."""
        if mine is not None and true is not None:
            if mine != true:
                self.wrong.append((round, source))
            if self.gap is not None:
                self.gaps.append((self.gap, round - 1))
                self.gap = None
            return
        if mine is not None:
            self.false.append(round)
        if self.gap is None:
            self.gap = round


def check_chains(
    stores: Mapping[str, ChainStore],
    *,
    backend: str | None = None,
    progress: Progress | None = None,
    true: Callable[[Iterable[Beacon]], None] = lambda beacons: None,
) -> dict[str, Repairs]:
    """Verify and repair the copies ``stores`` of one chain, by name; return the repairs of each.

    ``true`` is called with the verified beacons, ascending, from round 1 on. Raises `UnreadableStore` for a store that
    cannot be read, `StoreError` for a round without a valid copy although later rounds have one, and for a store that
    cannot be repaired.
    """
    [info, *_] = [store.info for store in stores.values()]
    walk = _Walk(info, {name: _Copy(store) for name, store in stores.items()}, backend)
    total = max(len(store) for store in stores.values())
    for found in walk.slices():
        true(found)
        if progress is not None:
            progress(min(walk.first - 1, total), total)
    for copy in walk.copies.values():
        for round, source in copy.wrong:
            copy.store.replace(stores[source].read(round, 1)[0])
        if copy.false:
            copy.store.drop(copy.false)
    # every remaining beacon is valid, in whichever store it is
    for copy in walk.copies.values():
        for first, last in copy.gaps:
            for round in range(first, last + 1):
                copy.store.replace(_anywhere(stores.values(), round))
    return {
        name: Repairs([r for r, _ in copy.wrong] + [r for a, b in copy.gaps for r in range(a, b + 1)], copy.false)
        for name, copy in walk.copies.items()
    }


def _anywhere(stores: Iterable[Store], round: Round) -> Beacon:
    for store in stores:
        found = store.read(round, 1)
        if found and found[0].round == round:
            return found[0]
    raise StoreError(f"round {round}: was there a moment ago, and is in no copy any more", code="missing")


class _Walk:
    """The check of all copies, from round 1 on; ``first`` is the round at which the next slice begins."""

    def __init__(self, info: ChainInfo, copies: dict[str, _Copy], backend: str | None) -> None:
        self.copies, self.first = copies, 1
        self._verifier, self._rng = Verifier.of(info, backend), secrets.SystemRandom()
        self._chained = info.scheme.chained
        self._size = SLICE if self._verifier.bls.suite.backend in _FAST else SLOW_SLICE
        self._before: bytes | None = genesis_beacon(info).signature
        self._hole: Round | None = None

    def slices(self) -> Iterator[list[Beacon]]:
        """Yield the valid beacons, slice by slice; the copies record what is wrong with them."""
        while True:
            rows = {name: self._read(name, copy.store) for name, copy in self.copies.items()}
            nearest = min((slice[0].round for slice in rows.values() if slice), default=None)
            if nearest is None:
                return
            if nearest >= self.first + self._size:  # an invalid row far ahead: the rounds between are skipped
                self._miss(self.first)
                self.first, self._before = nearest, None
            last = self.first + self._size - 1
            here = {name: {b.round: b for b in slice if b.round <= last} for name, slice in rows.items()}
            end = max(round for slice in here.values() for round in slice)
            found = self._true_ones(here)
            for round in range(self.first, end + 1):
                beacon, source = found.get(round, (None, ""))
                if beacon is None:
                    self._miss(round)
                elif self._hole is not None:
                    raise StoreError(
                        f"round {self._hole}: no copy of it is valid, though later rounds are here; "
                        "restore one from a backup",
                        code="damaged",
                    )
                for name, copy in self.copies.items():
                    mine = here[name].get(round)
                    copy.pass_by(round, mine.signature if mine else None, beacon.signature if beacon else None, source)
            self.first = end + 1
            yield [beacon for _, (beacon, _) in sorted(found.items())]

    def _miss(self, round: Round) -> None:
        if self._hole is None:
            self._hole = round

    def _read(self, name: str, store: Store) -> list[Beacon]:
        try:
            return store.read(self.first, self._size)
        except StoreError as error:
            raise UnreadableStore(name, error.rule, source=error.source) from None

    def _true_ones(self, here: Mapping[str, Mapping[Round, Beacon]]) -> dict[Round, tuple[Beacon, str]]:
        """Return the valid beacon of each round of a slice, and the name of a store that has its signature."""
        claims: dict[Round, dict[Beacon, str]] = {}
        for name, slice in here.items():
            for beacon in slice.values():
                claims.setdefault(beacon.round, {}).setdefault(beacon, name)
        beacons = [beacon for _, others in sorted(claims.items()) for beacon in others]
        invalid = self._verifier.invalid(beacons, self._rng)
        valid = {beacon for position, beacon in enumerate(beacons) if position not in invalid}
        found: dict[Round, tuple[Beacon, str]] = {}
        before, expected = self._before, self.first
        for round in sorted(claims):
            before = before if round == expected else None
            for beacon, name in claims[round].items():
                true = self._if_true(beacon, before, beacon in valid)
                if true is not None:
                    found[round] = true, name
                    break
            before, expected = (found[round][0].signature if round in found else None), round + 1
        self._before = before
        return found

    def _if_true(self, beacon: Beacon, before: bytes | None, valid: bool) -> Beacon | None:
        """Return the valid beacon with this signature, if any; ``before`` is the valid signature before, if known."""
        if not self._chained or before is None or beacon.previous_signature == before:
            return beacon if valid else None
        # the row before it in its own store is invalid: this one may still be valid
        true = replace(beacon, previous_signature=before)
        try:
            self._verifier.verify(true)
        except VerificationError:
            return None
        return true
