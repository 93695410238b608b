"""What a collator may do that breaks the protocol: it is silent, late, or lies in one of many ways.

The machine behind it is an honest one and hears everything. Silence and lateness stand between its host and the links;
a lie takes the place of what the machine would send or bring on chain (`Conduct`). Fewer than a third of the collators
may misbehave; then the others agree, whatever these do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias

from drandlab.beacon.beacon import Beacon
from drandlab.errors import DrandlabError
from drandlab.idn.collator.collator import Collator
from drandlab.idn.collator.collator_effects import BlockAuthored, CollatorEffect, Noted, TellAll, TellOne
from drandlab.idn.collator.conduct import Conduct
from drandlab.idn.collator.votes import Vote, vote_message
from drandlab.idn.runtime.blocks import Block, PreRuntimeDigest, aura_pre_digest
from drandlab.idn.slots import SLOT_MS
from drandlab.simulation.chance import rng_for
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Seconds, checked_choice

__all__ = ["LIES", "MISBEHAVIOURS", "LateSender", "LyingConduct", "SilentSender", "SwitchedConduct", "lying"]

LIES: Mapping[str, str] = MappingProxyType(
    {
        "two-blocks": "seals two blocks of one slot, and sends each to half of the others",
        "two-votes": "votes for a block, and for its parent in the same round, each to half of the others",
        "false-seal": "sends its blocks with a seal that is not its own",
        "false-state": "seals blocks whose state root is not what comes out",
        "other-slot": "seals blocks in the name of the slot after its own",
        "false-pulse": "brings the signature of another round on chain",
        "junk": "sends random bytes in place of blocks and votes",
    }
)
"""How a collator may lie."""

MISBEHAVIOURS: Mapping[str, str] = MappingProxyType(
    {"silent": "sends nothing", "late": "sends everything some seconds late", **LIES}
)
"""What a collator may do that breaks the protocol."""

TIME = b"timstap0"
"""The inherent with an author's time."""


class SilentSender:
    """Sends nothing of what its host would send."""

    def outgoing(self, host: Any, to: tuple[str, ...], message: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
        """Return nothing."""
        return ()


class LateSender:
    """Sends everything ``by`` seconds late."""

    def __init__(self, by: Seconds) -> None:
        self.by = by

    def outgoing(self, host: Any, to: tuple[str, ...], message: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
        """Return nothing now: it leaves later, if the host still runs."""
        world = host.world

        def send() -> None:
            if host.up:
                world.send(host, to, message)

        world.at(world.micros + round(self.by * MICRO), send)
        return ()


class SwitchedConduct(Conduct):
    """What a collator does now: the conduct of its host, which may change while it runs."""

    def __init__(self) -> None:
        self.now: Conduct = Conduct()

    @property
    def withholds(self) -> bool:  # type: ignore[override]  # it changes while the collator runs
        """Ask the present conduct."""
        return self.now.withholds

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, int, int] | None:
        """Ask the present conduct."""
        return self.now.choose(fresh)

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        """Ask the present conduct."""
        return self.now.provide(chosen)

    def sends(self, collator: Any, effect: CollatorEffect) -> Iterable[CollatorEffect]:
        """Ask the present conduct."""
        return self.now.sends(collator, effect)


class LyingConduct(Conduct):
    """A collator that lies in one of the ways of `LIES`; its chance comes from ``rng``."""

    def __init__(self, how: str, rng: random.Random) -> None:
        self.how, self.rng = checked_choice(how, "how", LIES), rng
        self._past: list[Beacon] = []

    def choose(self, fresh: list[Beacon]) -> tuple[bytes, int, int] | None:
        """Submit the newest round with the signature of one before it."""
        if self.how != "false-pulse":
            return None
        newest, other = fresh[-1], self._another(fresh[-1])
        return None if other is None else (other.signature, newest.round, newest.round)

    def provide(self, chosen: list[Beacon]) -> list[Beacon]:
        """Give the last round the signature of one before it."""
        if self.how != "false-pulse" or not chosen:
            return chosen
        other = self._another(chosen[-1])
        if other is None:
            return chosen
        return [*chosen[:-1], Beacon(round=chosen[-1].round, signature=other.signature)]

    def _another(self, newest: Beacon) -> Beacon | None:
        """A true pulse of another round that went by."""
        other = next((one for one in reversed(self._past) if one.round != newest.round), None)
        self._past = [*self._past[-3:], newest]
        return other

    def sends(self, collator: Any, effect: CollatorEffect) -> Iterable[CollatorEffect]:
        """Send a lie in place of a block or a vote."""
        if isinstance(effect, TellAll) and (lie := _LIES.get((self.how, effect.kind))) is not None:
            return lie(self, collator, effect)
        return (effect,)

    def halves(self, collator: Collator, kind: str, one: bytes, other: bytes) -> list[CollatorEffect]:
        """Send one message to half of the others, another to the rest."""
        others = [index for index in range(len(collator.turns.authorities)) if index != collator.index]
        self.rng.shuffle(others)
        half = len(others) // 2
        return [TellOne(index, kind, one if place < half else other) for place, index in enumerate(others)]

    # -- the lies -----------------------------------------------------------------------------------------------------

    def two_blocks(self, collator: Collator, effect: TellAll) -> list[CollatorEffect]:
        """Make a second block of the same slot, with another time in it and no pulses."""
        block = Block.decode(effect.data)
        parent = collator.tree.get(block.header.parent_hash)
        slot = block.header.slot
        if parent is None or parent.head is None or slot is None:
            return [effect]
        time = (slot * SLOT_MS + 1 + self.rng.randrange(SLOT_MS - 1)).to_bytes(8, "little")
        try:
            built = collator.rules.propose(parent.head, slot, {TIME: time}, ())
        except DrandlabError:
            return [effect]
        second, _ = built.sealed(collator.keys.seal(built.block.header.hash, self.rng))
        if second.hash == block.hash:
            return [effect]
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
        return [Noted(report), *self.halves(collator, effect.kind, effect.data, second.encode())]

    def two_votes(self, collator: Collator, effect: TellAll) -> list[CollatorEffect]:
        """Vote for the parent as well."""
        vote = Vote.from_bytes(effect.data)
        target = collator.tree.get(vote.hash)
        parent = collator.tree.get(target.parent) if target is not None else None
        if parent is None:
            return [effect]
        message = vote_message(vote.stage, parent.hash, parent.number, vote.round)
        second = replace(vote, hash=parent.hash, number=parent.number, signature=collator.keys.vote(message))
        return self.halves(collator, effect.kind, effect.data, second.to_bytes())

    def false_seal(self, collator: Collator, effect: TellAll) -> list[CollatorEffect]:
        """Flip a bit of the seal."""
        header = Block.decode(effect.data).header
        seal = header.seal
        assert seal is not None
        broken = bytes([seal.data[0] ^ 1]) + seal.data[1:]
        return [self._instead(effect, header.unsealed().sealed(broken))]

    def false_state(self, collator: Collator, effect: TellAll) -> list[CollatorEffect]:
        """Seal another state root."""
        header = replace(Block.decode(effect.data).header.unsealed(), state_root=self.rng.randbytes(32))
        return [self._instead(effect, header.sealed(collator.keys.seal(header.hash, self.rng)))]

    def other_slot(self, collator: Collator, effect: TellAll) -> list[CollatorEffect]:
        """Seal the block as that of the next slot."""
        header = Block.decode(effect.data).header.unsealed()
        slot = header.slot
        assert slot is not None
        digest = tuple(aura_pre_digest(slot + 1) if isinstance(one, PreRuntimeDigest) else one for one in header.digest)
        moved = replace(header, digest=digest)
        return [self._instead(effect, moved.sealed(collator.keys.seal(moved.hash, self.rng)))]

    @staticmethod
    def _instead(effect: TellAll, header: Any) -> TellAll:
        block = Block.decode(effect.data)
        return TellAll(effect.kind, Block(header=header, extrinsics=block.extrinsics).encode())

    def junk(self, collator: Collator, effect: TellAll) -> list[CollatorEffect]:
        """Send random bytes of the same length, or the same bytes with one changed."""
        if self.rng.random() < 0.5:
            return [TellAll(effect.kind, self.rng.randbytes(len(effect.data)))]
        place = self.rng.randrange(len(effect.data))
        changed = effect.data[:place] + bytes([effect.data[place] ^ 1 << self.rng.randrange(8)])
        return [TellAll(effect.kind, changed + effect.data[place + 1 :])]


_Lie: TypeAlias = Callable[[LyingConduct, Any, TellAll], Iterable[CollatorEffect]]

_LIES: Mapping[tuple[str, str], _Lie] = MappingProxyType(
    {
        ("two-blocks", "block"): LyingConduct.two_blocks,
        ("two-votes", "vote"): LyingConduct.two_votes,
        ("false-seal", "block"): LyingConduct.false_seal,
        ("false-state", "block"): LyingConduct.false_state,
        ("other-slot", "block"): LyingConduct.other_slot,
        ("junk", "block"): LyingConduct.junk,
        ("junk", "vote"): LyingConduct.junk,
    }
)


def lying(how: str, seed: int | str, index: int) -> LyingConduct:
    """Return the conduct of a collator that lies, with a source of chance of its own."""
    return LyingConduct(how, rng_for(seed, "lies", index, how))
