"""What a journal has said of a bridge so far: its collators, the tree of blocks, what is final, and who hears whom.

`BridgeFacts` takes the entries one by one, in order; the checkers of the bridge ask it what held when an entry was
written. A bridge promises agreement while fewer than a third of its collators misbehave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.idn.collator.collator_effects import (
    BlockAuthored,
    BlockTaken,
    FinalityReached,
    PulseLost,
    PulseQueued,
    StepReached,
)
from drandlab.simulation.bridge.bridge_entries import (
    BridgeMade,
    CollatorClockSet,
    CollatorCrashed,
    CollatorMisbehaviour,
    CollatorRestarted,
    CollatorStarted,
    EclipseBegan,
    EclipseEnded,
    PulsesIngested,
)
from drandlab.simulation.entries import BeaconMade, LinksCut, LinksHealed, LinksMended, LinksParted
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.world.host_names import collator_index, collator_name
from drandlab.typing import Round, Seconds

__all__ = ["BlockFacts", "BridgeFacts", "CollatorFacts"]


@dataclass(slots=True, eq=False)
class BlockFacts:
    """One block: what its author said of it, who is the author, and the pulses that the chain ingests in it."""

    made: BlockAuthored
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
    held: set[Round] = field(default_factory=set)
    """The rounds of the pulses that it has heard since its start, and not dropped, as far as they are not ingested."""
    asleep_until: Seconds = 0.0
    shown: Seconds = 0.0
    """The latest time that its clock had shown, since it started, when the clock was set."""

    def clock(self, time: Seconds) -> Seconds:
        """Return what this collator's clock shows at ``time``."""
        return time + self.offset + (time - self.set_at) * self.drift

    def set_clock(self, time: Seconds, offset: Seconds, drift: float) -> None:
        """The clock is set; timers keep the local time at which they are due, so one that is set back sleeps on."""
        self.shown = max(self.shown, self.clock(time))
        self.offset, self.drift, self.set_at = offset, drift, time
        self.asleep_until = max(self.asleep_until, time + max(0.0, self.shown - self.clock(time)))

    def holds_next(self, facts: BridgeFacts) -> bool:
        """Whether it holds a pulse that could be ingested next."""
        assert facts.header is not None
        if facts.header.mode == "accumulate":
            return (facts.last_round + 1 if facts.last_round else facts.header.genesis_round) in self.held
        return any(round > facts.last_round for round in self.held)


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
    final: tuple[int, bytes] = (0, b"")
    """The highest block that an honest collator holds for final."""
    last_round: Round = 0
    """The last round that is ingested in a final block, 0 before there is one."""
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

    @staticmethod
    def name_of(index: int) -> int:
        """Return the name of a collator's host."""
        return collator_name(index)

    def ancestors(self, hash: bytes) -> Iterator[BlockFacts]:
        """Yield a block and those before it, as far as they are known."""
        while (block := self.blocks.get(hash)) is not None:
            yield block
            hash = block.made.parent

    def author_of(self, made: BlockAuthored) -> int:
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

    @on(StepReached)
    def _reached(self, entry: Entry, what: StepReached) -> None:
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
        one.up, one.best, one.shown = True, what.number, 0.0
        one.held = set()
        self.changes += 1

    @on(CollatorClockSet)
    def _clock(self, entry: Entry, what: CollatorClockSet) -> None:
        one = self.collator(entry.node)
        one.set_clock(entry.time, what.offset, what.drift)
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

    @on(PulseQueued)
    def _heard(self, entry: Entry, what: PulseQueued) -> None:
        one = self.collator(entry.node)
        if what.round > self.last_round:
            one.held.add(what.round)

    @on(PulseLost)
    def _dropped(self, entry: Entry, what: PulseLost) -> None:
        if what.code == "queue-full":
            self.collator(entry.node).held.discard(what.round)

    @on(BlockAuthored)
    def _made(self, entry: Entry, what: BlockAuthored) -> None:
        self.blocks.setdefault(what.hash, BlockFacts(what, entry.time))
        one = self.collator(entry.node)
        one.best = max(one.best, what.number)

    @on(PulsesIngested)
    def _ingested(self, entry: Entry, what: PulsesIngested) -> None:
        # a collator that takes what nobody made is blamed by a checker
        if (block := self.blocks.get(what.hash)) is not None:
            block.ingested = what

    @on(BlockTaken)
    def _imported(self, entry: Entry, what: BlockTaken) -> None:
        one = self.collator(entry.node)
        one.best = max(one.best, what.number)

    @on(FinalityReached)
    def _final(self, entry: Entry, what: FinalityReached) -> None:
        one = self.collator(entry.node)
        one.finalised, one.final_hash = what.number, what.hash
        if not one.misbehaved and what.number > self.final[0]:
            before, self.final = self.final[0], (what.number, what.hash)
            self._advance(before)

    def _advance(self, before: int) -> None:
        """Note the last round that the blocks after number ``before`` have ingested."""
        for block in self.ancestors(self.final[1]):
            if block.made.number <= before:
                return
            if block.ingested is not None and block.ingested.end > self.last_round:
                self.last_round = block.ingested.end
                for one in self.collators.values():
                    one.held = {round for round in one.held if round > self.last_round}
                return

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
