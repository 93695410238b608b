"""How blocks of others come into a collator's tree, and how missing ones are asked for.

A block is looked at in this order: is it known; its slot, seal and turn (`Turns.check`); is it beside the final chain;
is its parent known, and its slot after the parent's; does executing it give its header. A block whose parent is missing
waits, and the sender is asked for what lies between. An author that seals two blocks of one slot is reported; both stay
in the tree, as nobody can say which of them others have seen first.

::

    block request   hash wanted (32) ++ number above which the way to it is wanted (u32)
    blocks          compact number of blocks ++ each with its compact length
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from drandlab.errors import DrandlabError, FormatError, VerificationError
from drandlab.idn.collator.authoring import Turns
from drandlab.idn.collator.block_tree import BlockTree
from drandlab.idn.collator.chain_rules import ChainRules
from drandlab.idn.collator.collator_effects import (
    BlockKept,
    BlockTaken,
    CollatorEffect,
    EquivocationSeen,
    MessageDeclined,
    Noted,
    TellOne,
)
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.outcomes import Head
from drandlab.typing import Seconds
from drandlab.wire.scale import Bytes, Vec

__all__ = ["BlockImport", "block_of"]

MOST_SENT = 64
"""Blocks in one answer."""

MOST_WAITING = 64
"""Blocks that wait for their parents."""

ASK_AGAIN: Seconds = 3.0
"""Seconds after which a collator asks again for blocks that did not come."""

_BLOCKS = Vec(Bytes(), MOST_SENT)

# Every collator of a simulation gets the same blocks: what was read once is remembered, and all hold the same object.
block_of = lru_cache(maxsize=64)(Block.decode)
"""`Block.decode`, which remembers the latest blocks."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A block that is wanted: who was asked for it and the way to it above a number, and since when."""

    asked: int
    number: int
    above: int
    since: Seconds


class BlockImport:
    """Puts blocks into a tree, and asks for those that are missing.

    ``best_before`` and ``final_before`` are what the collator has acted on last.
    """

    def __init__(self, index: int, tree: BlockTree, rules: ChainRules, turns: Turns) -> None:
        self.index, self.tree, self.rules, self.turns = index, tree, rules, turns
        self.best_before, self.final_before = tree.best.hash, tree.final.number
        self._waiting: dict[bytes, tuple[int, Block]] = {}
        self._wanted: dict[bytes, _Wish] = {}
        self._slots: dict[tuple[int, int], bytes] = {}

    # -- own blocks ---------------------------------------------------------------------------------------------------

    def own(self, block: Block, head: Head) -> None:
        """Put a block of the collator's own into the tree."""
        slot = block.header.slot
        assert slot is not None
        author = self.turns.author(slot=slot, number=block.header.number)
        self._slots.setdefault((author, slot), block.hash)
        self.tree.add(block, head, author)
        self.best_before = self.tree.best.hash

    def restore(self, block: Block) -> None:
        """Put a block of the collator's disk into the tree, on top of those that are there."""
        head = self.rules.execute(self.tree.best_head, block).head
        self.own(block, head)

    # -- blocks of others ---------------------------------------------------------------------------------------------

    def block(self, sender: int, block: Block, now: Seconds) -> list[CollatorEffect]:
        """Take a block; raises an error of the family with a code for one that is refused."""
        effects = self._take(sender, block, now)
        return [*effects, *self._children(block.hash, now)]

    def blocks(self, sender: int, data: bytes, now: Seconds) -> list[CollatorEffect]:
        """Take an answer: what is known of it is passed over; the first block that is refused ends it."""
        if not any(wish.asked == sender for wish in self._wanted.values()):
            raise VerificationError("nothing was asked of this collator", code="unasked")
        effects: list[CollatorEffect] = []
        last: int | None = None
        for encoded in _BLOCKS.decode(data):
            block = block_of(encoded)
            if block.hash not in self.tree:
                try:
                    effects += self.block(sender, block, now)
                except DrandlabError as error:
                    declined = MessageDeclined(
                        message="blocks", sender=sender, code=error.code, why=str(error), hash=block.hash
                    )
                    return [*effects, Noted(declined)]
            last = block.header.number if block.hash in self.tree else last
        for hash, wish in list(self._wanted.items()):
            if hash in self.tree:
                del self._wanted[hash]
            elif wish.asked == sender and last is not None and last > wish.above:  # a part of the way: go on at once
                self._wanted[hash] = replace(wish, above=last, since=now)
                effects.append(self._request(hash))
        return effects

    def _take(self, sender: int, block: Block, now: Seconds) -> list[CollatorEffect]:
        header, hash = block.header, block.hash
        if hash in self.tree or hash in self._waiting:
            raise VerificationError(f"block {header.number} is known", code="known")
        slot, author = self.turns.check(header, now)
        if header.number <= self.tree.final.number:
            raise VerificationError(
                f"block {header.number} is beside the final chain, which has {self.tree.final.number}", code="stale"
            )
        parent = self.tree.get(header.parent_hash)
        if parent is None:
            if len(self._waiting) >= MOST_WAITING:
                raise VerificationError("its parent is not known, and others wait already", code="no-parent")
            self._waiting[hash] = (sender, block)
            return self.want(sender, header.parent_hash, header.number - 1, now)
        if not self.tree.descends(parent.hash, self.tree.final.hash) or parent.head is None:
            raise VerificationError("its parent is beside the final chain", code="stale")
        if slot <= parent.slot:
            raise VerificationError(f"its slot is {slot}, that of its parent {parent.slot}", code="slot-order")
        executed = self.rules.execute(parent.head, block)
        added = self.tree.add(block, executed.head, author)
        self._wanted.pop(hash, None)
        taken = BlockTaken(
            number=added.number, slot=slot, hash=hash, parent=parent.hash, author=author, best=self.tree.best is added
        )
        kept = BlockKept(block, executed.head, executed.outcomes, False)
        return [*self._second(author, slot, hash), Noted(taken), kept]

    def _second(self, author: int, slot: int, hash: bytes) -> list[CollatorEffect]:
        first = self._slots.setdefault((author, slot), hash)
        if len(self._slots) > 1000:
            self._slots = {key: one for key, one in self._slots.items() if key[1] > slot - 100}
        if first == hash:
            return []
        return [Noted(EquivocationSeen(what="block", by=author, at=slot, first=first, second=hash))]

    def _children(self, hash: bytes, now: Seconds) -> list[CollatorEffect]:
        """Take the blocks that have waited for this one."""
        effects: list[CollatorEffect] = []
        ready = [hash] if hash in self.tree else []
        while ready:
            parent = ready.pop()
            for child, (sender, block) in list(self._waiting.items()):
                if block.header.parent_hash != parent:
                    continue
                del self._waiting[child]
                try:
                    effects += self._take(sender, block, now)
                except DrandlabError as error:
                    effects.append(
                        Noted(
                            MessageDeclined(message="block", sender=sender, code=error.code, why=str(error), hash=child)
                        )
                    )
                    continue
                ready.append(child)
        return effects

    # -- asking -------------------------------------------------------------------------------------------------------

    def want(self, sender: int, hash: bytes, number: int, now: Seconds) -> list[CollatorEffect]:
        """Ask a collator for a block and those before it, unless it is here, on its way, or of no use."""
        if hash in self.tree or hash in self._wanted or hash in self._waiting or number <= self.tree.final.number:
            return []
        if len(self._wanted) >= MOST_WAITING:
            return []
        self._wanted[hash] = _Wish(sender, number, self.tree.final.number, now)
        return [self._request(hash)]

    def _request(self, hash: bytes) -> TellOne:
        wish = self._wanted[hash]
        return TellOne(wish.asked, "block request", hash + wish.above.to_bytes(4, "little"))

    def answer(self, sender: int, data: bytes) -> list[CollatorEffect]:
        """Return the blocks that another collator asks for, nothing if they are not here."""
        if len(data) != 36:
            raise FormatError(f"a block request has 36 bytes, got {len(data)}", code="length")
        chain = self.tree.chain(data[:32], int.from_bytes(data[32:], "little"), MOST_SENT)
        if not chain:
            return []
        return [TellOne(sender, "blocks", _BLOCKS.encode(tuple(block.encode() for block in chain)))]

    def tick(self, now: Seconds) -> list[CollatorEffect]:
        """Ask the next collator for what the last one did not send, and forget what is of no use any more."""
        final = self.tree.final.number
        self._waiting = {hash: one for hash, one in self._waiting.items() if one[1].header.number > final}
        self._wanted = {
            hash: wish for hash, wish in self._wanted.items() if wish.number > final and hash not in self.tree
        }
        effects: list[CollatorEffect] = []
        count = len(self.turns.authorities)
        for hash, wish in self._wanted.items():
            if now >= wish.since + ASK_AGAIN:
                other = next(one % count for one in (wish.asked + 1, wish.asked + 2) if one % count != self.index)
                self._wanted[hash] = _Wish(other, wish.number, final, now)
                effects.append(self._request(hash))
        return effects

    def wake(self) -> Seconds | None:
        """When to ask again, None while nothing is missing."""
        return min((wish.since + ASK_AGAIN for wish in self._wanted.values()), default=None)

    @property
    def missing(self) -> tuple[bytes, ...]:
        """The hashes of the blocks that were asked for and did not come yet."""
        return tuple(self._wanted)
