"""The blocks that a collator holds: a tree, of which the part up to the last final block is a chain.

**Best chain**: the longest one; of several of the same length the one whose last block was seen first. Only blocks that
descend from the last final one count.

Of the final chain the last `WINDOW` blocks are nodes of the tree. Of those before it there is the block alone, by its
number, as a disk holds it: that is enough for whoever asks for them, and for a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from drandlab.errors import LocalError
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.outcomes import Head

__all__ = ["BlockTree", "TreeBlock"]

STATES_KEPT = 16
"""Final blocks whose states are kept, for whoever still looks at them."""

WINDOW = 256
"""Final blocks before the last one that stay in the tree."""


@dataclass(slots=True, eq=False)
class TreeBlock:
    """A block in the tree: ``order`` is its place in the order in which blocks came, ``author`` the author's index.

    ``head`` (header and state) is None for an old final block; ``block`` is None for block 0.
    """

    hash: bytes
    number: int
    slot: int
    parent: bytes
    order: int
    author: int = -1
    head: Head | None = None
    block: Block | None = None
    children: list[bytes] = field(default_factory=list)


class BlockTree:
    """All blocks from the last final one on, and the chain of final blocks before it.

    ``changes`` counts what has changed in it: as long as it stays, every answer stays.
    """

    def __init__(self, genesis: Head) -> None:
        root = TreeBlock(genesis.hash, genesis.number, genesis.header.slot or -1, bytes(32), 0, head=genesis)
        self._blocks = {root.hash: root}
        self._final = [root.hash]
        self._old: list[Block] = []
        self._seen = 0
        self.changes = 0
        self.best = root

    def __contains__(self, hash: bytes) -> bool:
        return hash in self._blocks

    def __getitem__(self, hash: bytes) -> TreeBlock:
        return self._blocks[hash]

    def get(self, hash: bytes) -> TreeBlock | None:
        """Return a block, None for one that is not in the tree, or final long since."""
        return self._blocks.get(hash)

    @property
    def final(self) -> TreeBlock:
        """The last final block."""
        return self._blocks[self._final[-1]]

    @property
    def best_head(self) -> Head:
        """The header and state of the best block."""
        assert self.best.head is not None
        return self.best.head

    def add(self, block: Block, head: Head, author: int) -> TreeBlock:
        """Add a block whose parent is in the tree and not before the last final block; the best chain may change."""
        parent = self._blocks[block.header.parent_hash]
        self._seen += 1
        self.changes += 1
        slot = block.header.slot
        assert slot is not None
        added = TreeBlock(block.hash, block.header.number, slot, parent.hash, self._seen, author, head, block)
        self._blocks[added.hash] = added
        parent.children.append(added.hash)
        if added.number > self.best.number:
            self.best = added
        return added

    # -- ways through the tree ----------------------------------------------------------------------------------------

    def up(self, hash: bytes) -> Iterator[TreeBlock]:
        """Yield a block and those before it, as far down as the tree has them."""
        one = self._blocks.get(hash)
        while one is not None:
            yield one
            one = self._blocks.get(one.parent)

    def at(self, hash: bytes, number: int) -> TreeBlock | None:
        """Return the block of a number on the way down from a block, None where the tree does not hold it."""
        if number < len(self._final) and (own := self._blocks.get(hash)) is not None and own.number >= number:
            final = self._blocks.get(self._final[number])
            # below the last final block all ways are one
            if own.number >= self.final.number or self._final[own.number] == hash:
                return final
        return next((one for one in self.up(hash) if one.number == number), None)

    def descends(self, hash: bytes, ancestor: bytes) -> bool:
        """Whether a block is ``ancestor`` or comes after it."""
        old = self._blocks.get(ancestor)
        if old is None:
            return False
        found = self.at(hash, old.number)
        return found is not None and found.hash == ancestor

    def best_after(self, ancestor: bytes) -> TreeBlock:
        """Return the end of the best chain among those that hold ``ancestor``."""
        if self.descends(self.best.hash, ancestor):
            return self.best
        return self._end_after(ancestor)

    def _end_after(self, ancestor: bytes) -> TreeBlock:
        best = self._blocks[ancestor]
        waiting = [best]
        while waiting:
            one = waiting.pop()
            if (-one.number, one.order) < (-best.number, best.order):
                best = one
            waiting += [self._blocks[child] for child in one.children]
        return best

    def chain(self, hash: bytes, above: int, most: int) -> list[Block]:
        """Return at most ``most`` blocks of the way to a block, the lowest above number ``above`` first."""
        number, final = self._number(hash), self.final.number
        if number is None:
            return []
        last = min(number, above + most)
        found = [self._final_block(one) for one in range(max(0, above) + 1, min(last, final) + 1)]
        if last > final:
            found += [one.block for one in self.up(hash) if max(above, final) < one.number <= last][::-1]
        return [block for block in found if block is not None]

    def _number(self, hash: bytes) -> int | None:
        known = self._blocks.get(hash)
        if known is not None:
            return known.number
        old = self._final[: len(self._old) + 1]
        return old.index(hash) if hash in old else None

    def _final_block(self, number: int) -> Block | None:
        return self._old[number - 1] if number <= len(self._old) else self._blocks[self._final[number]].block

    # -- finality -----------------------------------------------------------------------------------------------------

    def finalise(self, hash: bytes) -> list[TreeBlock]:
        """Make a block final, and all before it; return those that are newly final. All beside them is forgotten."""
        before, self.changes = self.final.number, self.changes + 1
        if not self.descends(hash, self.final.hash):
            raise LocalError("a final block stays final: the new one must descend from it", argument="hash")
        new = [one for one in self.up(hash) if one.number > before][::-1]
        for one in new:
            for sibling in self._blocks[one.parent].children:
                if sibling != one.hash:
                    self._drop(sibling)
            self._blocks[one.parent].children = [one.hash]
            self._final.append(one.hash)
        for old in self._final[max(0, before - STATES_KEPT) : max(0, self.final.number - STATES_KEPT)]:
            self._blocks[old].head = None
        for old in self._final[max(0, before - WINDOW) : max(0, self.final.number - WINDOW)]:
            block = self._blocks.pop(old).block
            if block is not None:  # all but block 0
                self._old.append(block)
        if self.best.hash not in self._blocks or not self.descends(self.best.hash, hash):
            self.best = self._end_after(hash)
        return new

    def _drop(self, hash: bytes) -> None:
        waiting = [hash]
        while waiting:
            waiting += self._blocks.pop(waiting.pop()).children
