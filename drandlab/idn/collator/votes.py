"""Votes on what is final: what is signed, their bytes, and the votes of one round counted.

A vote is for a block and all before it, in a round of voting and one of its two stages. Its bytes are GRANDPA's::

    signed    stage (0 prevote, 1 precommit) ++ hash (32) ++ number (u32) ++ round (u64) ++ set id (u64, here 0)
    vote      round (u64) ++ set id (u64) ++ stage ++ hash ++ number ++ signature (64) ++ voter's ed25519 key (32)

With n voters, of which f = (n - 1) div 3 may lie, n - f votes decide. A voter that has cast two votes in one stage
counts for both, and for everything else: it may have told others yet another thing.

Source: Stewart and Kokoris-Kogias, "GRANDPA: a Byzantine finality gadget", 2020, sections 2.2 and 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from drandlab.errors import FormatError
from drandlab.idn.collator.block_tree import BlockTree, TreeBlock
from drandlab.typing import LAST_ROUND, checked_bytes

__all__ = [
    "PRECOMMIT",
    "PREVOTE",
    "STAGES",
    "VOTE_LENGTH",
    "RoundVotes",
    "Vote",
    "decode_votes",
    "encode_votes",
    "vote_message",
    "vote_of",
]

PREVOTE, PRECOMMIT = 0, 1
STAGES = ("prevote", "precommit")
VOTE_LENGTH = 149
_SET = bytes(8)

_T = TypeVar("_T")
_Target: TypeAlias = tuple[bytes, int]
"""A block as a vote names it: hash and number."""
_State: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote. ``hash`` and ``number`` name the block, ``voter`` is the ed25519 key that signs it.

    >>> vote = Vote(PREVOTE, bytes(32), 7, 1, bytes(32), bytes(64))
    >>> Vote.from_bytes(vote.to_bytes()) == vote, len(vote.to_bytes())
    (True, 149)
    """

    stage: int
    hash: bytes
    number: int
    round: int
    voter: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the voter signs."""
        return vote_message(self.stage, self.hash, self.number, self.round)

    def to_bytes(self) -> bytes:
        """Return the bytes of the vote."""
        message = self.signed[:37]
        return self.round.to_bytes(8, "little") + _SET + message + self.signature + self.voter

    @classmethod
    def from_bytes(cls, data: bytes) -> Vote:
        """Return the vote of these bytes; raises `FormatError`."""
        data = checked_bytes(data, "data")
        if len(data) != VOTE_LENGTH:
            raise FormatError(f"a vote has {VOTE_LENGTH} bytes, got {len(data)}", code="length")
        if data[8:16] != _SET or data[16] > PRECOMMIT:
            raise FormatError("a vote is of set 0 and of stage 0 or 1", code="format")
        return cls(
            stage=data[16],
            hash=data[17:49],
            number=int.from_bytes(data[49:53], "little"),
            round=int.from_bytes(data[:8], "little"),
            signature=data[53:117],
            voter=data[117:],
        )


# Every collator of a simulation reads the same votes: what was read once is remembered.
vote_of = lru_cache(maxsize=1 << 10)(Vote.from_bytes)
"""`Vote.from_bytes`, which remembers the latest votes."""


def vote_message(stage: int, hash: bytes, number: int, round: int) -> bytes:
    """Return what a voter signs."""
    return bytes([stage]) + hash + number.to_bytes(4, "little") + min(round, LAST_ROUND).to_bytes(8, "little") + _SET


def encode_votes(votes: Iterable[Vote]) -> bytes:
    """Return the bytes of several votes, one after the other."""
    return b"".join(vote.to_bytes() for vote in votes)


def decode_votes(data: bytes, most: int) -> tuple[Vote, ...]:
    """Return at most so many votes; raises `FormatError`."""
    data = checked_bytes(data, "data")
    if not data or len(data) % VOTE_LENGTH or len(data) > most * VOTE_LENGTH:
        raise FormatError(f"expected 1 to {most} votes of {VOTE_LENGTH} bytes, got {len(data)} bytes", code="length")
    return tuple(Vote.from_bytes(data[at : at + VOTE_LENGTH]) for at in range(0, len(data), VOTE_LENGTH))


@dataclass(slots=True)
class RoundVotes:
    """The votes of one round so far, of ``voters`` voters; the tree says which block comes after which.

    All answers count only votes for blocks that are in the tree: who voted for another block is as one who has not
    voted, until the block comes.
    """

    voters: int
    tree: BlockTree
    cast: tuple[dict[bytes, list[Vote]], dict[bytes, list[Vote]]] = field(default_factory=lambda: ({}, {}))
    _weights: tuple[dict[_Target, int], dict[_Target, int]] = field(default_factory=lambda: ({}, {}))
    _doubles: list[int] = field(default_factory=lambda: [0, 0])
    _found: dict[str, tuple[_State, Any]] = field(default_factory=dict)

    faulty: int = field(init=False)
    """How many voters may lie."""
    threshold: int = field(init=False)
    """How many votes decide."""

    def __post_init__(self) -> None:
        self.faulty = (self.voters - 1) // 3
        self.threshold = self.voters - self.faulty

    def add(self, vote: Vote) -> Vote | None:
        """Count a vote; return the other vote of an equivocation, when it is the first time that there are two."""
        votes = self.cast[vote.stage].setdefault(vote.voter, [])
        if any(one.hash == vote.hash for one in votes) or len(votes) > 1:
            return None
        votes.append(vote)
        weights = self._weights[vote.stage]
        if len(votes) == 1:
            weights[vote.hash, vote.number] = weights.get((vote.hash, vote.number), 0) + 1
            return None
        weights[votes[0].hash, votes[0].number] -= 1
        self._doubles[vote.stage] += 1
        return votes[0]

    def holds(self, vote: Vote) -> bool:
        """Whether this very vote, or two others of the same voter in the same stage, are counted already."""
        votes = self.cast[vote.stage].get(vote.voter, ())
        return len(votes) > 1 or any(one.hash == vote.hash for one in votes)

    def all(self) -> list[Vote]:
        """Return every vote."""
        return [vote for stage in self.cast for votes in stage.values() for vote in votes]

    # -- counting -----------------------------------------------------------------------------------------------------

    def _remembered(self, name: str, state: _State, find: Callable[[], _T]) -> _T:
        """What ``find`` has found, as long as ``state`` stays: which votes are counted, and what the tree holds."""
        known = self._found.get(name)
        if known is not None and known[0] == state:
            found: _T = known[1]
            return found
        fresh = find()
        self._found[name] = state, fresh
        return fresh

    def _state(self) -> _State:
        prevotes, precommits = self.cast
        return len(prevotes), len(precommits), *self._doubles, self.tree.changes

    def _targets(self, stage: int) -> list[tuple[TreeBlock, int]]:
        """The blocks that those have voted for who cast one vote, with how many have."""
        found = []
        for (hash, number), weight in self._weights[stage].items():
            if weight and (target := self.tree.get(hash)) is not None and target.number == number:
                found.append((target, weight))
        return found

    def supported(self, stage: int) -> TreeBlock | None:
        """Return the highest block for which enough votes stand, of the last final block and those after it."""
        if len(self.cast[stage]) < self.threshold:
            return None
        state = (len(self.cast[stage]), self._doubles[stage], self.tree.changes)
        return self._remembered(STAGES[stage], state, lambda: self._supported(stage))

    def _supported(self, stage: int) -> TreeBlock | None:
        base, double = self.tree.final, self._doubles[stage]
        counts: dict[bytes, int] = {}
        for target, weight in self._targets(stage):
            if not self.tree.descends(target.hash, base.hash):
                continue
            for block in self.tree.up(target.hash):
                counts[block.hash] = counts.get(block.hash, 0) + weight
                if block.number <= base.number:
                    break
        enough = [self.tree[hash] for hash, count in counts.items() if count + double >= self.threshold]
        return min(enough, key=lambda block: (-block.number, block.order), default=None)

    def possible(self, block: TreeBlock) -> bool:
        """Whether enough precommits for a block, or for what comes after it, may still come about."""
        targets, double = self._targets(PRECOMMIT), self._doubles[PRECOMMIT]
        single = sum(weight for _, weight in targets)
        for_it = sum(weight for target, weight in targets if self.tree.descends(target.hash, block.hash))
        more_liars = max(0, min(self.faulty - double, single - for_it))
        silent = self.voters - single - double
        return for_it + double + silent + more_liars >= self.threshold

    def estimate(self) -> TreeBlock | None:
        """Return the highest block that this round may have made final, None before the prevotes say one."""
        return self._remembered("estimate", self._state(), self._estimate)

    def _estimate(self) -> TreeBlock | None:
        block = self.supported(PREVOTE)
        while block is not None and block.number > self.tree.final.number and not self.possible(block):
            block = self.tree.get(block.parent)
        return block

    def completable(self) -> bool:
        """Whether it is clear what the round has made final at most: then the next one may begin."""
        if len(self.cast[PREVOTE]) < self.threshold:  # most calls end here
            return False
        return self._remembered("completable", self._state(), self._completable)

    def _completable(self) -> bool:
        voted, estimate = self.supported(PREVOTE), self.estimate()
        if voted is None or estimate is None:
            return False
        if estimate.hash != voted.hash:
            return True
        if sum(weight for _, weight in self._targets(PRECOMMIT)) + self._doubles[PRECOMMIT] < self.threshold:
            return False
        return not any(self.possible(self.tree[child]) for child in voted.children)
