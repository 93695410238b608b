"""Votes as bytes, and the votes of one round counted."""

from __future__ import annotations

import random

import pytest
from collator_loop import ToyRules
from hypothesis import given
from hypothesis import strategies as st

from drandlab.crypto.sr25519 import development
from drandlab.errors import FormatError
from drandlab.idn.collator.block_tree import BlockTree, TreeBlock
from drandlab.idn.collator.votes import (
    PRECOMMIT,
    PREVOTE,
    VOTE_LENGTH,
    RoundVotes,
    Vote,
    decode_votes,
    encode_votes,
)

VOTE = Vote(PRECOMMIT, b"h" * 32, 7, 9, b"v" * 32, b"s" * 64)


@given(
    st.builds(
        Vote,
        st.sampled_from((PREVOTE, PRECOMMIT)),
        st.binary(min_size=32, max_size=32),
        st.integers(0, (1 << 32) - 1),
        st.integers(0, (1 << 64) - 1),
        st.binary(min_size=32, max_size=32),
        st.binary(min_size=64, max_size=64),
    )
)
def test_a_vote_goes_through_its_bytes(vote: Vote) -> None:
    data = vote.to_bytes()
    assert len(data) == VOTE_LENGTH and Vote.from_bytes(data) == vote
    assert decode_votes(encode_votes([vote, vote]), 2) == (vote, vote)


def test_what_is_signed_has_the_form_of_grandpa() -> None:
    assert VOTE.signed == b"\1" + b"h" * 32 + b"\7\0\0\0" + b"\x09" + bytes(7) + bytes(8)
    assert len(VOTE.signed) == 53


@pytest.mark.parametrize("data", [b"", bytes(VOTE_LENGTH - 1), bytes(VOTE_LENGTH + 1)])
def test_a_vote_of_another_length(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        Vote.from_bytes(data)
    assert caught.value.code == "length"


def test_a_vote_of_another_set_or_stage_and_too_many_votes() -> None:
    data = VOTE.to_bytes()
    for changed in (data[:8] + b"\1" + data[9:], data[:16] + b"\2" + data[17:]):
        with pytest.raises(FormatError):
            Vote.from_bytes(changed)
    for several in (b"", data * 3, data + b"\0"):
        with pytest.raises(FormatError):
            decode_votes(several, 2)


class Count:
    """Four voters, or more, a trunk of two blocks and two branches on it."""

    def __init__(self, voters: int = 4) -> None:
        self.rules = ToyRules([development("Alice").public])
        self.tree = BlockTree(self.rules.genesis)
        self.votes = RoundVotes(voters, self.tree)
        self.trunk = self.grow(self.tree.final, 1)
        self.left, self.right = self.grow(self.trunk, 2), self.grow(self.trunk, 3)
        self.top = self.grow(self.left, 4)

    def grow(self, parent: TreeBlock, slot: int) -> TreeBlock:
        assert parent.head is not None
        block, head = self.rules.propose(parent.head, slot, {}, ()).sealed(bytes(64))
        return self.tree.add(block, head, 0)

    def cast(self, stage: int, *targets: TreeBlock | None, first: int = 0) -> Vote | None:
        """One vote for each target by one voter after the other; None: that voter does not vote."""
        other = None
        for voter, target in enumerate(targets, first):
            if target is not None:
                key = bytes([voter]) * 32
                other = self.votes.add(Vote(stage, target.hash, target.number, 1, key, bytes(64)))
        return other


def test_how_many_decide() -> None:
    found = {n: (RoundVotes(n, Count().tree).threshold, RoundVotes(n, Count().tree).faulty) for n in range(1, 13)}
    assert {n: found[n][0] for n in (1, 2, 3, 4, 5, 6, 7, 10, 12)} == {
        1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 10: 7, 12: 9,
    }  # fmt: skip
    # more than two thirds, and two such majorities share more voters than may lie
    for n, (threshold, faulty) in found.items():
        assert 3 * threshold > 2 * n and 2 * threshold - n > faulty and 3 * faulty < n


def test_the_highest_block_for_which_enough_votes_stand() -> None:
    count = Count()
    assert count.votes.supported(PREVOTE) is None
    count.cast(PREVOTE, count.top, count.top)
    assert count.votes.supported(PREVOTE) is None
    count.cast(PREVOTE, count.left, first=2)
    assert count.votes.supported(PREVOTE) is count.left
    count.cast(PREVOTE, count.right, first=3)
    assert count.votes.supported(PREVOTE) is count.left


def test_votes_for_both_branches_support_what_is_before_them() -> None:
    count = Count()
    count.cast(PREVOTE, count.top, count.right, count.left, count.right)
    assert count.votes.supported(PREVOTE) is count.trunk


def test_a_vote_for_a_block_that_is_not_here_is_as_none_until_it_comes() -> None:
    count = Count()
    count.cast(PREVOTE, count.left, count.left)
    built = count.rules.propose(count.top.head, 9, {}, ())  # type: ignore[arg-type]
    block, head = built.sealed(bytes(64))
    count.votes.add(Vote(PREVOTE, block.hash, 4, 1, b"z" * 32, bytes(64)))
    assert count.votes.supported(PREVOTE) is None
    count.tree.add(block, head, 0)
    assert count.votes.supported(PREVOTE) is count.left
    # a vote that gives the block another number counts for nothing
    count.votes.add(Vote(PREVOTE, count.top.hash, 99, 1, b"y" * 32, bytes(64)))
    assert count.votes.supported(PREVOTE) is count.left


def test_who_votes_twice_counts_for_everything() -> None:
    count = Count()
    count.cast(PREVOTE, count.top, count.top, count.right)
    other = count.cast(PREVOTE, count.top, first=2)
    assert other is not None and other.hash == count.right.hash
    assert count.votes.supported(PREVOTE) is count.top
    assert count.cast(PREVOTE, count.trunk, first=2) is None, "a third vote says nothing new"
    assert len(count.votes.all()) == 4
    assert count.cast(PREVOTE, count.top, first=0) is None


def test_what_a_round_may_still_make_final() -> None:
    count = Count()
    assert count.votes.estimate() is None and not count.votes.completable()
    count.cast(PREVOTE, count.top, count.top, count.top)
    assert count.votes.estimate() is count.top and not count.votes.completable()
    count.cast(PRECOMMIT, count.trunk, count.trunk)
    # two that are silent and one that may lie: three for the top are possible, at worst
    assert count.votes.estimate() is count.top
    count.cast(PRECOMMIT, count.trunk, first=2)
    # one that is silent and one that may have said something else elsewhere: two are no three
    assert count.votes.estimate() is count.trunk and count.votes.completable()


def test_a_round_with_enough_precommits_is_over() -> None:
    count = Count()
    count.cast(PREVOTE, count.top, count.top, count.top)
    count.cast(PRECOMMIT, count.top, count.top)
    assert not count.votes.completable()
    count.cast(PRECOMMIT, count.top, first=2)
    assert count.votes.completable() and count.votes.supported(PRECOMMIT) is count.top


def test_a_round_is_not_over_while_a_child_may_become_final() -> None:
    count = Count(7)
    count.cast(PREVOTE, *[count.left] * 5)
    count.cast(PRECOMMIT, *[count.top] * 3, *[count.left] * 2)
    # two that are silent, and of the two for the parent both may lie: the child may have seven
    assert count.votes.possible(count.top) and not count.votes.completable()
    count.cast(PRECOMMIT, *[count.left] * 2, first=5)
    # three for the child, and two of the others may lie: still five
    assert count.votes.possible(count.top) and not count.votes.completable()


def test_votes_beside_the_final_chain_count_for_nothing() -> None:
    count = Count()
    count.tree.finalise(count.left.hash)
    count.cast(PREVOTE, count.right, count.right, count.right)
    assert count.votes.supported(PREVOTE) is None
    count.cast(PREVOTE, count.top, count.top, count.top, first=3)
    assert count.votes.supported(PREVOTE) is count.top


def test_what_is_remembered_of_a_round_is_what_a_fresh_count_finds() -> None:
    rng = random.Random(7)
    for _ in range(40):
        count = Count(7)
        blocks = [count.tree.final, count.trunk, count.left, count.right, count.top]
        for step in range(18):
            target, stage = rng.choice(blocks), rng.choice((PREVOTE, PRECOMMIT))
            # a vote, a second one of the same voter, a block, or a block that becomes final
            count.cast(stage, target, first=rng.randrange(7))
            if step == 6:
                blocks.append(count.grow(rng.choice(blocks[1:]), 20 + step))
            if step == 12:
                count.tree.finalise(count.trunk.hash)
            fresh = RoundVotes(7, count.tree)
            for vote in count.votes.all():
                fresh.add(vote)
            for ask in (
                lambda votes: votes.supported(PREVOTE),
                lambda votes: votes.supported(PRECOMMIT),
                lambda votes: votes.estimate(),
                lambda votes: votes.completable(),
            ):
                assert ask(count.votes) == ask(fresh)
