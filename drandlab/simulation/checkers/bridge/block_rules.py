"""The checkers of a bridge's blocks: one chain, that never goes back, each block by the author whose turn it is.

* **one bridge**: no two honest collators hold different blocks of one number for final. That is promised while fewer
  than a third of the collators misbehave;
* **finality**: what a collator holds for final stays so: each block that it finalises has the one before among its
  ancestors, and a restart finds it again, unless the disk was lost; and an honest collator votes for one block in a
  stage of a round, before a restart and after it;
* **authors**: a block that an honest collator makes or keeps comes after its parent, in number and in slot, and is by
  the collator whose turn it is; an honest author makes one block in a slot, and none before its clock has come to it.
"""

from __future__ import annotations

from drandlab.idn.collator.collator_effects import BlockAuthored, BlockTaken, FinalityReached, VoteSent
from drandlab.simulation.bridge.bridge_entries import CollatorCrashed, CollatorRestarted
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.bridge.bridge_facts import BlockFacts, BridgeFacts
from drandlab.simulation.reading.reader import on

__all__ = ["Authors", "FinalityStays", "OneBridge"]

CLOCK_TOLERANCE = 5e-6
"""Times in a journal are floating-point seconds, and a drifting clock may ring a microsecond early."""


class OneBridge(Base[BridgeFacts]):
    """No two honest collators hold different blocks of one number for final."""

    def __init__(self) -> None:
        super().__init__("one bridge")
        self._final: dict[int, bytes] = {}
        self._by: dict[int, int] = {}

    @on(FinalityReached)
    def final(self, entry: Entry, what: FinalityReached, facts: BridgeFacts) -> None:
        """Compare the block, and all before it that were not final yet, with what is final elsewhere."""
        collator = facts.collator(entry.node)
        if collator.misbehaved:
            return
        self.checked += 1
        chain = {what.number: what.hash}
        for block in facts.ancestors(what.hash):
            number, hash = block.made.number, block.made.hash
            if self._final.get(number) == hash:
                break
            chain[number] = hash
        for number, hash in sorted(chain.items()):
            if self._final.setdefault(number, hash) != hash:
                other, by = self._final[number], self._by[number]
                said = f"block {number} is {hash.hex()[:8]}… here, {other.hex()[:8]}… at collator {by}"
                self.blame(entry.time, entry.node, said)
                return
            self._by.setdefault(number, collator.index)

    def end(self, facts: BridgeFacts) -> Verdict:
        """Give no verdict where nothing is promised."""
        if not facts.promises_agreement:
            return self.skip("a third of the collators or more have misbehaved")
        return Base.end(self, facts)


class FinalityStays(Base[BridgeFacts]):
    """What a collator holds for final stays so."""

    def __init__(self) -> None:
        super().__init__("finality")
        self._before: dict[int, int] = {}
        self._votes: dict[int, dict[tuple[int, str], bytes]] = {}

    @on(FinalityReached)
    def final(self, entry: Entry, what: FinalityReached, facts: BridgeFacts) -> None:
        """Look for the last final block among the ancestors."""
        collator = facts.collator(entry.node)
        if collator.misbehaved:
            return
        self.checked += 1
        if what.number <= collator.finalised:
            said = f"block {what.number} is final after block {collator.finalised} was"
            self.blame(entry.time, entry.node, said)
        elif collator.final_hash and not self._descends(what.hash, collator.finalised, collator.final_hash, facts):
            said = f"block {what.number} is final, and block {collator.finalised}, which was, is not before it"
            self.blame(entry.time, entry.node, said)

    @staticmethod
    def _descends(hash: bytes, number: int, ancestor: bytes, facts: BridgeFacts) -> bool:
        block: BlockFacts | None = None
        for block in facts.ancestors(hash):
            if block.made.number <= number:
                return block.made.hash == ancestor
        return block is None or block.made.parent == ancestor

    @on(CollatorCrashed)
    def crashed(self, entry: Entry, what: CollatorCrashed, facts: BridgeFacts) -> None:
        """Remember what was final."""
        collator = facts.collator(entry.node)
        self._before[collator.index] = 0 if what.disk == "lost" else collator.finalised
        if what.disk == "lost":
            self._votes.pop(collator.index, None)

    @on(VoteSent)
    def voted(self, entry: Entry, what: VoteSent, facts: BridgeFacts) -> None:
        """Compare the vote with the one before it in the same stage of the round, if any."""
        collator = facts.collator(entry.node)
        if collator.misbehaved:
            return
        first = self._votes.setdefault(collator.index, {}).setdefault((what.round, what.stage), what.hash)
        if first != what.hash:
            self.blame(entry.time, entry.node, f"voted for two blocks in the {what.stage} of round {what.round}")

    @on(CollatorRestarted)
    def restarted(self, entry: Entry, what: CollatorRestarted, facts: BridgeFacts) -> None:
        """Compare with what was final before the crash."""
        collator = facts.collator(entry.node)
        before = self._before.pop(collator.index, collator.finalised)
        if collator.misbehaved:
            return
        self.checked += 1
        if what.finalised != before:
            self.blame(entry.time, entry.node, f"restarted with block {what.finalised} final, it was {before}")


class Authors(Base[BridgeFacts]):
    """Blocks follow their parents and are by the collators whose turns they are."""

    def __init__(self) -> None:
        super().__init__("authors")
        self._slots: dict[tuple[int, int], bytes] = {}

    @on(BlockAuthored)
    def made(self, entry: Entry, what: BlockAuthored, facts: BridgeFacts) -> None:
        """Look at what an honest author makes."""
        collator = facts.collator(entry.node)
        if collator.misbehaved:
            return
        self._judge(entry, what, facts)
        if what.author != collator.index:
            self.blame(entry.time, entry.node, f"made block {what.number} in the name of collator {what.author}")
        if self._slots.setdefault((what.author, what.slot), what.hash) != what.hash:
            self.blame(entry.time, entry.node, f"made two blocks in slot {what.slot}")
        assert facts.header is not None
        early = what.slot * facts.header.slot_ms / 1000 - collator.clock(entry.time)
        if early > CLOCK_TOLERANCE:
            self.blame(entry.time, entry.node, f"made block {what.number} {early:.3f} s before its slot")

    @on(BlockTaken)
    def imported(self, entry: Entry, what: BlockTaken, facts: BridgeFacts) -> None:
        """Look at what an honest collator keeps of others."""
        if facts.collator(entry.node).misbehaved:
            return
        block = facts.blocks.get(what.hash)
        if block is None:
            self.blame(entry.time, entry.node, f"keeps block {what.number} {what.hash.hex()[:8]}…, which nobody made")
        else:
            self._judge(entry, block.made, facts)

    def _judge(self, entry: Entry, made: BlockAuthored, facts: BridgeFacts) -> None:
        self.checked += 1
        turn, parent = facts.author_of(made), facts.blocks.get(made.parent)
        said = ""
        if made.author != turn:
            said = f"it is by collator {made.author}, and slot {made.slot} is the turn of collator {turn}"
        elif parent is None and made.number != 1:
            said = "nobody has made its parent"
        elif parent is not None and made.number != parent.made.number + 1:
            said = f"its parent is block {parent.made.number}"
        elif parent is not None and made.slot <= parent.made.slot:
            said = f"its slot {made.slot} does not come after that of its parent, {parent.made.slot}"
        if said:
            self.blame(entry.time, entry.node, f"block {made.number} {made.hash.hex()[:8]}…: {said}")
