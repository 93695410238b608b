"""What a journal has said of a bridge so far: its collators, the tree of blocks, what is final, and who hears whom.

`BridgeFacts` takes the entries one by one, in order; the checkers of the bridge ask it what held when an entry was
written. A bridge promises agreement while fewer than a third of its collators misbehave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.simulation.bridge.bridge_entries import (
    BlockFinalised,
    BlockImported,
    BlockMade,
    BridgeMade,
    CollatorClockSet,
    CollatorCrashed,
    CollatorMisbehaviour,
    CollatorReached,
    CollatorRestarted,
    CollatorStarted,
    EclipseBegan,
    EclipseEnded,
    PulseHeard,
    PulsesIngested,
)
from drandlab.simulation.entries import BeaconMade, LinksCut, LinksHealed, LinksMended, LinksParted
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.world.host_names import collator_index
from drandlab.typing import Round, Seconds

__all__ = ["BlockFacts", "BridgeFacts", "CollatorFacts"]


@dataclass(slots=True, eq=False)
class BlockFacts:
    """One block: what its author said of it, who is the author, and the pulses that the chain ingests in it."""

    made: BlockMade
    time: Seconds
    ingested: PulsesIngested | None = None


@dataclass(slots=True, eq=False)
class CollatorFacts:
    """One collator: what was done to it, and what it holds for final."""

    index: int
    up: bool = True
    step: str = ""
    misbehaves: bool = False
    misbehaved: bool = False
    eclipsed: bool = False
    offset: Seconds = 0.0
    drift: float = 0.0
    set_at: Seconds = 0.0
    finalised: int = 0
    final_hash: bytes = b""
    best: int = 0
    heard: Round = 0
    """The newest round that it has heard."""

    def clock(self, time: Seconds) -> Seconds:
        """Return what this collator's clock shows at ``time``."""
        return time + self.offset + (time - self.set_at) * self.drift


@dataclass
class BridgeFacts(JournalReader):
    """The state of a bridge as the entries so far tell it; without one, ``header`` stays None."""

    header: BridgeMade | None = None
    info: ChainInfo | None = None
    collators: dict[int, CollatorFacts] = field(default_factory=dict)
    blocks: dict[bytes, BlockFacts] = field(default_factory=dict)
    beacons: dict[Round, bytes] = field(default_factory=dict)
    """The signatures of the drand network that is beside the bridge, by round."""
    cut: set[tuple[int, int]] = field(default_factory=set)
    """The directions between collators that are cut, by index."""
    time: Seconds = 0.0
    changes: int = 0
    """Grows with whatever may change who can finalise blocks with whom."""

    @property
    def size(self) -> int:
        """How many collators there are."""
        return self.header.collators if self.header else 0

    @property
    def quorum(self) -> int:
        """How many votes make a block final: more than two thirds."""
        return 2 * self.size // 3 + 1

    @property
    def promises_agreement(self) -> bool:
        """Whether fewer than a third of the collators have ever misbehaved."""
        return 3 * sum(one.misbehaved for one in self.collators.values()) < self.size

    def collator(self, name: int | None) -> CollatorFacts:
        """Return what is known of the collator whose host has this name."""
        index = collator_index(name)
        assert index is not None
        return self.at(index)

    def at(self, index: int) -> CollatorFacts:
        """Return what is known of a collator by its index."""
        if index not in self.collators:
            self.collators[index] = CollatorFacts(index)
        return self.collators[index]

    def ancestors(self, hash: bytes) -> Iterator[BlockFacts]:
        """Yield a block and those before it, as far as they are known."""
        while (block := self.blocks.get(hash)) is not None:
            yield block
            hash = block.made.parent

    def author_of(self, made: BlockMade) -> int:
        """Return the index of the collator whose turn a block is."""
        assert self.header is not None
        place = made.slot if self.header.turn == "slot" else made.number
        return place % self.header.collators

    def take(self, entry: Entry, *beside: Any) -> None:
        """Take the next entry."""
        self.time = max(self.time, entry.time)
        JournalReader.take(self, entry)

    # -- the bridge and its collators ---------------------------------------------------------------------------------

    @on(BridgeMade)
    def _bridge(self, entry: Entry, what: BridgeMade) -> None:
        self.header, self.info = what, ChainInfo.from_json(dict(what.info))

    @on(CollatorStarted)
    def _started(self, entry: Entry, what: CollatorStarted) -> None:
        self.at(what.index)
        self.changes += 1

    @on(CollatorReached)
    def _reached(self, entry: Entry, what: CollatorReached) -> None:
        self.collator(entry.node).step = what.step
        self.changes += 1

    @on(CollatorCrashed)
    def _crashed(self, entry: Entry, what: CollatorCrashed) -> None:
        one = self.collator(entry.node)
        one.up, one.step = False, ""
        if what.disk == "lost":
            one.finalised = one.best = 0
            one.final_hash = b""
        self.changes += 1

    @on(CollatorRestarted)
    def _restarted(self, entry: Entry, what: CollatorRestarted) -> None:
        one = self.collator(entry.node)
        one.up, one.best = True, what.number
        self.changes += 1

    @on(CollatorClockSet)
    def _clock(self, entry: Entry, what: CollatorClockSet) -> None:
        one = self.collator(entry.node)
        one.offset, one.drift, one.set_at = what.offset, what.drift, entry.time
        self.changes += 1

    @on(CollatorMisbehaviour)
    def _misbehaves(self, entry: Entry, what: CollatorMisbehaviour) -> None:
        one = self.collator(entry.node)
        one.misbehaves = what.what is not None
        one.misbehaved |= one.misbehaves
        self.changes += 1

    @on(EclipseBegan)
    def _eclipsed(self, entry: Entry, what: EclipseBegan) -> None:
        self.collator(entry.node).eclipsed = True
        self.changes += 1

    @on(EclipseEnded)
    def _lit(self, entry: Entry, what: EclipseEnded) -> None:
        self.collator(entry.node).eclipsed = False
        self.changes += 1

    # -- pulses and blocks --------------------------------------------------------------------------------------------

    @on(BeaconMade)
    def _beacon(self, entry: Entry, what: BeaconMade) -> None:
        self.beacons.setdefault(what.round, what.signature)

    @on(PulseHeard)
    def _heard(self, entry: Entry, what: PulseHeard) -> None:
        one = self.collator(entry.node)
        one.heard = max(one.heard, what.round)

    @on(BlockMade)
    def _made(self, entry: Entry, what: BlockMade) -> None:
        self.blocks.setdefault(what.hash, BlockFacts(what, entry.time))
        one = self.collator(entry.node)
        one.best = max(one.best, what.number)

    @on(PulsesIngested)
    def _ingested(self, entry: Entry, what: PulsesIngested) -> None:
        self.blocks[what.hash].ingested = what

    @on(BlockImported)
    def _imported(self, entry: Entry, what: BlockImported) -> None:
        one = self.collator(entry.node)
        one.best = max(one.best, what.number)

    @on(BlockFinalised)
    def _final(self, entry: Entry, what: BlockFinalised) -> None:
        one = self.collator(entry.node)
        one.finalised, one.final_hash = what.number, what.hash

    # -- links --------------------------------------------------------------------------------------------------------

    def _between(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        found = {(collator_index(a), collator_index(b)) for a, b in pairs}
        return {(a, b) for a, b in found if a is not None and b is not None}

    @on(LinksCut)
    def _cut(self, entry: Entry, what: LinksCut) -> None:
        self.cut |= self._between(what.pairs)
        self.changes += 1

    @on(LinksMended)
    def _mend(self, entry: Entry, what: LinksMended) -> None:
        self.cut -= self._between(what.pairs)
        self.changes += 1

    @on(LinksParted)
    def _part(self, entry: Entry, what: LinksParted) -> None:
        self.cut = self._between(what.pairs)
        self.changes += 1

    @on(LinksHealed)
    def _heal(self, entry: Entry, what: LinksHealed) -> None:
        self.cut = set()
        self.changes += 1
