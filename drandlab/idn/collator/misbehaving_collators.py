"""Misbehaviours of collators as data: silent and lying ones, for tests, lessons and the simulation.

A late collator is an honest one behind a slow link, so lateness is left to whoever carries its messages.

``MISBEHAVIOURS`` has each by its name: what it does in a sentence, the kinds of messages that it changes, and the
function that makes the `Conduct` of it from a source of chance. What a lying collator changes is signed again with its
own keys, as a real one would do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Protocol

from drandlab.beacon.beacon import Beacon
from drandlab.errors import DrandlabError
from drandlab.idn.collator.collator_effects import (
    COLLATOR_MESSAGES,
    BlockAuthored,
    CollatorEffect,
    Noted,
    TellAll,
    TellOne,
)
from drandlab.idn.collator.conduct import Conduct
from drandlab.idn.collator.votes import Vote, vote_message
from drandlab.idn.pulses import aggregate
from drandlab.idn.runtime.blocks import Block, PreRuntimeDigest, SealDigest, aura_pre_digest
from drandlab.idn.slots import SLOT_MS
from drandlab.typing import Rng, Round

__all__ = ["MISBEHAVIOURS", "LiarsChance", "MisbehaviourKind"]

_TIME = b"timstap0"
"""The inherent with an author's time."""


class LiarsChance(Rng, Protocol):
    """Where a misbehaviour draws from; a ``random.Random`` is one."""

    def random(self) -> float:
        """Return a number from 0 up to 1."""
        ...

    def randrange(self, stop: int, /) -> int:
        """Return a whole number from 0 up to ``stop``."""
        ...

    def shuffle(self, x: list[int], /) -> None:
        """Bring a list into an order that is drawn."""
        ...


@dataclass(frozen=True, slots=True)
class MisbehaviourKind:
    """One entry: what it does, in a sentence; the kinds of messages that it touches; the conduct that does it."""

    about: str
    touches: frozenset[str]
    make: Callable[[LiarsChance], Conduct]


class _Changed(Conduct):
    """Messages of the kinds that it touches go through `instead`; all else is sent unchanged."""

    touches: frozenset[str] = frozenset()

    def __init__(self, rng: LiarsChance) -> None:
        self.rng = rng

    def sends(self, collator: Any, effect: CollatorEffect) -> Iterable[CollatorEffect]:
        if isinstance(effect, TellAll | TellOne) and effect.kind in self.touches:
            return self.instead(collator, effect)
        return (effect,)

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        """Return what is carried out in place of this message."""
        return ()


def _others(collator: Any) -> list[int]:
    return [index for index in range(len(collator.turns.authorities)) if index != collator.index]


def _split(collator: Any, kind: str, one: bytes, other: bytes) -> list[CollatorEffect]:
    """One message to half of the others, another one to the rest."""
    others = _others(collator)
    half = others[: (len(others) + 1) // 2]
    return [TellOne(to, kind, one if to in half else other) for to in others]


def _drawn_halves(collator: Any, rng: LiarsChance, kind: str, one: bytes, other: bytes) -> list[CollatorEffect]:
    """One message to a half of the others that chance draws, another one to the rest."""
    others = _others(collator)
    rng.shuffle(others)
    half = len(others) // 2
    return [TellOne(to, kind, one if place < half else other) for place, to in enumerate(others)]


_ANY = frozenset(COLLATOR_MESSAGES)
_BLOCK, _VOTE, _KEYS = frozenset({"block"}), frozenset({"vote"}), frozenset({"collator keys"})


class _Silent(_Changed):
    touches = _ANY


class _SilentAuthor(_Changed):
    touches = frozenset({"block", "blocks"})


class _SilentVoter(_Changed):
    touches = frozenset({"vote", "votes"})


class _TwoBlocks(_Changed):
    """A second block of the same slot, with another time in it and no pulses."""

    touches = _BLOCK

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        block = Block.decode(effect.data)
        parent, slot = collator.tree.get(block.header.parent_hash), block.header.slot
        if parent is None or parent.head is None or slot is None:
            return (effect,)
        time = (slot * SLOT_MS + 1 + self.rng.randrange(SLOT_MS - 1)).to_bytes(8, "little")
        try:
            built = collator.rules.propose(parent.head, slot, {_TIME: time}, ())
        except DrandlabError:
            return (effect,)
        second, _ = built.sealed(collator.keys.seal(built.block.header.hash, self.rng))
        report = BlockAuthored(
            number=second.header.number,
            slot=slot,
            hash=second.hash,
            parent=parent.hash,
            author=collator.index,
            state_root=second.header.state_root,
            calls=collator.rules.calls(second),
            size=len(second.encode()),
        )
        return [Noted(report), *_drawn_halves(collator, self.rng, "block", effect.data, second.encode())]


class _FalseSeal(_Changed):
    touches = _BLOCK

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        block = Block.decode(effect.data)
        seal = block.header.seal
        assert seal is not None
        broken = SealDigest(seal.engine, bytes([seal.data[0] ^ 1]) + seal.data[1:])
        header = replace(block.header, digest=(*block.header.digest[:-1], broken))
        return (replace(effect, data=replace(block, header=header).encode()),)


class _FalseState(_Changed):
    touches = _BLOCK

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        block = Block.decode(effect.data)
        header = replace(block.header.unsealed(), state_root=self.rng.randbytes(32))
        header = header.sealed(collator.keys.seal(header.hash, self.rng))
        return (replace(effect, data=replace(block, header=header).encode()),)


class _OtherSlot(_Changed):
    touches = _BLOCK

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        block = Block.decode(effect.data)
        header = block.header.unsealed()
        slot = header.slot
        assert slot is not None
        digest = tuple(aura_pre_digest(slot + 1) if isinstance(one, PreRuntimeDigest) else one for one in header.digest)
        moved = replace(header, digest=digest)
        moved = moved.sealed(collator.keys.seal(moved.hash, self.rng))
        return (replace(effect, data=replace(block, header=moved).encode()),)


class _FalsePulse(Conduct):
    """The newest round with the signature of one before it."""

    def __init__(self, rng: LiarsChance) -> None:
        self._past: list[Beacon] = []

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, Round, Round] | None:
        newest, other = fresh[-1], self._another(fresh[-1])
        return None if other is None else (other.signature, newest.round, newest.round)

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        other = self._another(chosen[-1]) if chosen else None
        if other is None:
            return chosen
        return [*chosen[:-1], Beacon(round=chosen[-1].round, signature=other.signature)]

    def _another(self, newest: Beacon) -> Beacon | None:
        """A true pulse of another round that went by."""
        other = next((one for one in reversed(self._past) if one.round != newest.round), None)
        self._past = [*self._past[-3:], newest]
        return other


class _ForgedAggregate(Conduct):
    def __init__(self, rng: LiarsChance) -> None:
        self.rng = rng

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, Round, Round] | None:
        return self._forged(), fresh[-1].round, fresh[-1].round

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        return [replace(chosen[0], signature=self._forged()), *chosen[1:]] if chosen else chosen

    def _forged(self) -> bytes:
        return b"\x80" + self.rng.randbytes(47)


class _Withholding(Conduct):
    withholds = True

    def __init__(self, rng: LiarsChance) -> None:
        pass

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        return []


def favour(signature: bytes) -> bytes:
    """What a choosing author compares: it wants the smallest randomness."""
    return hashlib.sha256(signature).digest()


class _Choosing(Conduct):
    """Of all contiguous ranges of the pulses at hand it takes the one whose randomness is the smallest."""

    def __init__(self, rng: LiarsChance) -> None:
        pass

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, Round, Round] | None:
        by_round = sorted({beacon.round: beacon for beacon in fresh}.values(), key=lambda beacon: beacon.round)
        found: list[tuple[bytes, Round, Round]] = []
        for first in range(len(by_round)):
            for last in range(first, len(by_round)):
                part = by_round[first : last + 1]
                if all(after.round == before.round + 1 for before, after in pairwise(part)):
                    try:
                        pulse = aggregate(part)
                    except DrandlabError:
                        continue
                    found.append((pulse.signature, pulse.start, pulse.end))
        return min(found, key=lambda one: favour(one[0]), default=None)

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        ranges = [chosen[:length] for length in range(len(chosen) + 1)]
        sums = []
        for part in ranges[1:]:
            try:
                sums.append((favour(aggregate(part).signature), part))
            except DrandlabError:
                continue
        return min(sums, key=lambda one: one[0])[1] if sums else chosen


class _TwoVotes(_Changed):
    touches = _VOTE

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        vote = Vote.from_bytes(effect.data)
        block = collator.tree.get(vote.hash)
        parent = None if block is None else collator.tree.get(block.parent)
        if parent is None:
            return (effect,)
        signature = collator.keys.vote(vote_message(vote.stage, parent.hash, parent.number, vote.round))
        other = replace(vote, hash=parent.hash, number=parent.number, signature=signature)
        return _drawn_halves(collator, self.rng, "vote", effect.data, other.to_bytes())


class _FalseVotes(_Changed):
    touches = _VOTE

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        vote = Vote.from_bytes(effect.data)
        unsigned = replace(vote, signature=self.rng.randbytes(64))
        other = next(keys for index, keys in sorted(collator.peers.items()) if index != collator.index)
        stolen = replace(vote, voter=other.votes)
        return [replace(effect, data=one.to_bytes()) for one in (unsigned, stolen)]


class _StrangeVotes(_Changed):
    """Votes for blocks that nobody has, for blocks beside the chain, and for rounds far ahead."""

    touches = _VOTE

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        vote, effects = Vote.from_bytes(effect.data), []
        nothing = self.rng.randbytes(32)
        for hash, number, round in (
            (nothing, vote.number + 1, vote.round),
            (vote.hash, vote.number, vote.round + 1000),
        ):
            signature = collator.keys.vote(vote_message(vote.stage, hash, number, round))
            made = Vote(vote.stage, hash, number, round, vote.voter, signature)
            effects.append(replace(effect, data=made.to_bytes()))
        return effects


class _Replaying(_Changed):
    touches = _BLOCK | _VOTE

    def __init__(self, rng: LiarsChance) -> None:
        super().__init__(rng)
        self._past: list[TellAll | TellOne] = []

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        self._past = [*self._past[-40:], effect]
        old = self._past[:: max(1, len(self._past) // 3)]
        return [effect, effect, *old]


class _TwoKeys(_Changed):
    touches = _KEYS

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        made = type(collator.keys)(collator.keys.aura, self.rng.randbytes(32))
        other = made.announce(collator.rules.genesis.hash, self.rng)
        if isinstance(effect, TellOne):
            return (effect, replace(effect, data=other))
        return _split(collator, "collator keys", effect.data, other)


class _Junk(_Changed):
    """Random bytes of the same length, or the same bytes with one changed."""

    touches = _BLOCK | _VOTE

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        if self.rng.random() < 0.5:
            return (replace(effect, data=self.rng.randbytes(len(effect.data))),)
        place = self.rng.randrange(len(effect.data))
        changed = effect.data[:place] + bytes([effect.data[place] ^ 1 << self.rng.randrange(8)])
        return (replace(effect, data=changed + effect.data[place + 1 :]),)


class _Noise(_Changed):
    touches = _BLOCK | _VOTE

    def instead(self, collator: Any, effect: TellAll | TellOne) -> Iterable[CollatorEffect]:
        kinds = (*sorted(COLLATOR_MESSAGES), "gossip")
        junk = [TellAll(kind, self.rng.randbytes(self.rng.randbytes(1)[0])) for kind in kinds]
        cut = replace(effect, data=effect.data[: len(effect.data) // 2])
        return [effect, *junk, cut]


MISBEHAVIOURS: Mapping[str, MisbehaviourKind] = MappingProxyType(
    {
        "silent": MisbehaviourKind("sends nothing to the other collators", _ANY, _Silent),
        "silent-author": MisbehaviourKind("keeps its blocks to itself", _SilentAuthor.touches, _SilentAuthor),
        "silent-voter": MisbehaviourKind("does not vote", _SilentVoter.touches, _SilentVoter),
        "two-blocks": MisbehaviourKind(
            "seals two blocks of one slot, and sends each to half of the others", _BLOCK, _TwoBlocks
        ),
        "false-seal": MisbehaviourKind("sends its blocks with a seal that is not its own", _BLOCK, _FalseSeal),
        "false-state": MisbehaviourKind("seals blocks whose state root is not what comes out", _BLOCK, _FalseState),
        "other-slot": MisbehaviourKind("seals blocks in the name of the slot after its own", _BLOCK, _OtherSlot),
        "false-pulse": MisbehaviourKind("brings the signature of another round on chain", frozenset(), _FalsePulse),
        "forged-pulse": MisbehaviourKind("submits a signature that is not the beacon's", frozenset(), _ForgedAggregate),
        "withheld-pulses": MisbehaviourKind("brings no pulse on chain", frozenset(), _Withholding),
        "chosen-range": MisbehaviourKind(
            "brings the range of pulses whose randomness it likes best", frozenset(), _Choosing
        ),
        "two-votes": MisbehaviourKind(
            "votes for a block, and for its parent in the same round, each to half of the others", _VOTE, _TwoVotes
        ),
        "false-votes": MisbehaviourKind("votes with signatures and in names that are not its own", _VOTE, _FalseVotes),
        "strange-votes": MisbehaviourKind(
            "votes for blocks that do not exist, in rounds far ahead", _VOTE, _StrangeVotes
        ),
        "replay": MisbehaviourKind("sends everything twice, and old messages again", _Replaying.touches, _Replaying),
        "two-keys": MisbehaviourKind("tells each half another key for its votes", _KEYS, _TwoKeys),
        "junk": MisbehaviourKind("sends random bytes in place of blocks and votes", _Junk.touches, _Junk),
        "noise": MisbehaviourKind("adds random bytes of every kind", _Noise.touches, _Noise),
    }
)
"""Every misbehaviour of a collator by name."""
