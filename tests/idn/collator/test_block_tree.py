"""The tree of blocks: the best chain, what is final, and ways through it."""

from __future__ import annotations

import random

import pytest
from collator_loop import ToyRules

from drandlab.crypto.sr25519 import development
from drandlab.errors import LocalError
from drandlab.idn.collator.block_tree import STATES_KEPT, BlockTree, TreeBlock

KEY = development("Alice")


class Garden:
    """A tree of blocks of one author; `grow` adds a chain of them."""

    def __init__(self) -> None:
        self.rules = ToyRules([KEY.public])
        self.tree = BlockTree(self.rules.genesis)
        self.root = self.tree.final

    def grow(self, parent: TreeBlock, *slots: int) -> TreeBlock:
        for slot in slots:
            assert parent.head is not None
            block, head = self.rules.propose(parent.head, slot, {}, ()).sealed(bytes(64))
            parent = self.tree.add(block, head, 0)
        return parent


def test_the_longest_chain_is_the_best_and_the_first_seen_wins_a_tie() -> None:
    garden = Garden()
    one = garden.grow(garden.root, 1, 2)
    other = garden.grow(garden.root, 3, 4)
    assert one.number == other.number == 2 and garden.tree.best is one
    longer = garden.grow(other, 5)
    assert garden.tree.best is longer
    garden.grow(one, 6)
    assert garden.tree.best is longer


def test_ancestors_and_descendants() -> None:
    garden = Garden()
    trunk = garden.grow(garden.root, 1, 2)
    left, right = garden.grow(trunk, 3, 4), garden.grow(trunk, 5)
    tree = garden.tree
    assert [one.number for one in tree.up(left.hash)] == [4, 3, 2, 1, 0]
    assert tree.descends(left.hash, trunk.hash) and tree.descends(trunk.hash, trunk.hash)
    assert not tree.descends(trunk.hash, left.hash) and not tree.descends(right.hash, left.hash)
    assert not tree.descends(b"?" * 32, trunk.hash) and not tree.descends(trunk.hash, b"?" * 32)
    assert tree.best_after(right.hash) is right and tree.best_after(trunk.hash) is left
    assert tree.best_after(garden.root.hash) is left
    assert left.hash in tree and tree[left.hash] is left and tree.get(b"?") is None and b"?" not in tree
    middle = tree.at(left.hash, 3)
    assert middle is not None and middle.parent == trunk.hash
    assert tree.at(right.hash, 9) is None


def test_what_is_final_stays_and_all_beside_it_is_forgotten() -> None:
    garden = Garden()
    trunk = garden.grow(garden.root, 1, 2)
    left = garden.grow(trunk, 3, 4, 7)
    right = garden.grow(trunk, 5)
    tree = garden.tree
    assert [one.number for one in tree.finalise(right.hash)] == [1, 2, 3]
    assert tree.final is right and tree.best is right
    assert left.hash not in tree and len([one for one in (left,) if one.hash in tree]) == 0
    with pytest.raises(LocalError):
        tree.finalise(trunk.hash)
    assert tree.final is right
    assert tree.finalise(right.hash) == []
    grown = garden.grow(right, 8, 9)
    assert tree.best is grown and tree.descends(grown.hash, trunk.hash)
    assert tree.at(grown.hash, 1) is tree[tree[trunk.hash].parent]


def test_a_best_chain_that_is_beside_the_final_one_is_given_up() -> None:
    garden = Garden()
    short = garden.grow(garden.root, 2)
    long = garden.grow(garden.root, 1, 3, 4)
    tip, tie = garden.grow(short, 5), garden.grow(short, 6)
    assert garden.tree.best is long
    garden.tree.finalise(short.hash)
    assert garden.tree.best is tip and tie.number == tip.number


def test_states_of_old_final_blocks_are_let_go() -> None:
    garden = Garden()
    tip = garden.grow(garden.root, *range(1, 60))
    for number in range(1, 60):
        block = garden.tree.at(tip.hash, number)
        assert block is not None
        garden.tree.finalise(block.hash)
    held = [one.number for one in garden.tree.up(tip.hash) if one.head is not None]
    assert min(held) >= 59 - STATES_KEPT - 1 and 59 in held
    assert all(one.block is not None for one in garden.tree.up(tip.hash) if one.number)


def test_a_part_of_a_chain_lowest_first() -> None:
    garden = Garden()
    tip = garden.grow(garden.root, *range(1, 11))
    fork = garden.grow(garden.tree.at(tip.hash, 7) or tip, 20)
    middle = garden.tree.at(tip.hash, 5)
    assert middle is not None
    garden.tree.finalise(middle.hash)

    def numbers(hash: bytes, above: int, most: int) -> list[int]:
        return [block.header.number for block in garden.tree.chain(hash, above, most)]

    assert numbers(tip.hash, 0, 64) == list(range(1, 11))
    assert numbers(tip.hash, 0, 3) == [1, 2, 3]
    assert numbers(tip.hash, 3, 4) == [4, 5, 6, 7]
    assert numbers(fork.hash, 6, 64) == [7, 8]
    assert garden.tree.chain(fork.hash, 7, 9)[-1].hash == fork.hash
    assert numbers(b"?" * 32, 0, 64) == [] and numbers(tip.hash, 10, 64) == [] and numbers(tip.hash, 99, 64) == []


def test_it_agrees_with_plain_search_on_random_trees() -> None:
    chance = random.Random(5)
    garden = Garden()
    blocks = [garden.root]
    for slot in range(1, 80):
        blocks.append(garden.grow(chance.choice(blocks[-12:]), slot))
    tree = garden.tree

    def above(one: TreeBlock) -> list[bytes]:
        found = []
        while one.number:
            found.append(one.hash)
            one = tree[one.parent]
        return [*found, garden.root.hash]

    for one in blocks:
        for other in blocks:
            assert tree.descends(one.hash, other.hash) == (other.hash in above(one))
    assert tree.best.number == max(one.number for one in blocks)


def test_of_old_final_blocks_there_are_the_blocks_alone_and_whoever_asks_gets_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drandlab.idn.collator.block_tree.WINDOW", 20)
    garden, held = Garden(), []
    tree, end = garden.tree, garden.root
    hashes = [end.hash]
    for slot in range(1, 41):
        end = garden.grow(end, slot)
        hashes.append(end.hash)
        if slot > 2:
            tree.finalise(hashes[slot - 2])
        held.append(sum(hash in tree for hash in hashes))
    # the last final block, 20 before it, and two that are not final: however long the chain
    assert held[30:] == [23] * 10
    assert tree.final.number == 38 and tree.get(hashes[17]) is None and tree.get(hashes[18]) is not None
    # a disk gets all of them, in order, and so does a collator that has none
    assert [block.hash for block in tree.chain(end.hash, 0, 1000)] == hashes[1:]
    assert [block.hash for block in tree.chain(end.hash, 3, 4)] == hashes[4:8]
    assert [block.hash for block in tree.chain(end.hash, 15, 6)] == hashes[16:22]
    assert [block.hash for block in tree.chain(hashes[10], 7, 64)] == hashes[8:11]
    assert tree.chain(bytes(32), 0, 64) == []
    # the way to an old block cannot be walked any more, and nothing descends from it for a vote
    assert not tree.descends(end.hash, hashes[10]) and tree.at(end.hash, 10) is None
    assert tree.descends(end.hash, hashes[35])
    fork = garden.grow(tree[hashes[39]], 50)
    assert tree.chain(fork.hash, 37, 64)[-1].hash == fork.hash and len(tree.chain(fork.hash, 0, 64)) == 40


def test_a_disk_of_a_long_chain_gives_the_same_tree_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drandlab.idn.collator.block_tree.WINDOW", 20)
    garden = Garden()
    end = garden.grow(garden.root, *range(1, 31))
    garden.tree.finalise(end.hash)
    again = BlockTree(garden.rules.genesis)
    for block in garden.tree.chain(end.hash, 0, 1000):
        head = garden.rules.execute(again.best_head, block).head
        again.add(block, head, 0)
    again.finalise(end.hash)
    assert again.best.hash == end.hash and again.final.number == 30
    assert again.chain(end.hash, 0, 1000) == garden.tree.chain(end.hash, 0, 1000)
