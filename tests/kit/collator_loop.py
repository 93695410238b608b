"""Collators in a plain loop without a simulation: a chain of toy rules, links with one latency, and their clocks."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.sr25519 import development, names
from drandlab.idn.collator.collator import Collator, CollatorSettings
from drandlab.idn.collator.collator_effects import (
    CollatorEffect,
    DialRelays,
    FinalityReached,
    MessageDeclined,
    Noted,
    PingRelays,
    SubscribePulses,
    TellAll,
    TellOne,
    WakeAt,
)
from drandlab.idn.collator.collator_keys import CollatorKeys
from drandlab.idn.rand_beacon import INHERENT
from drandlab.idn.runtime.blocks import Block, Header, aura_pre_digest
from drandlab.idn.runtime.calls import TransactionSource, ValidTransaction
from drandlab.idn.runtime.failures import BlockNotValid, NotValid
from drandlab.idn.runtime.outcomes import Built, Executed, Head
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.state import Trie, blake2_256
from drandlab.wire.scale import Bytes, Vec

START = 1_700_000_004.0
_ITEM, _PULSES = Bytes(), Vec(Bytes())


def beacon(round: int) -> Beacon:
    return Beacon(round=round, signature=bytes([round % 256]) * 48)


class ToyRules:
    """Rules of a chain whose state is a hash of all extrinsics, and the next round that it accepts."""

    def __init__(self, authorities: Iterable[bytes], most: int = 6) -> None:
        self.authorities = tuple(authorities)
        self.most = most
        root = blake2_256(b"genesis")
        header = Header(parent_hash=bytes(32), number=0, state_root=root, extrinsics_root=bytes(32))
        self.genesis = Head(header=header, state=Trie())
        self.next = {root: 0}
        self.executed = 0
        self.fail_propose = False

    def _state(self, parent: Head, extrinsics: Iterable[bytes]) -> bytes:
        root, following = parent.header.state_root, self.next[parent.header.state_root]
        for extrinsic in extrinsics:
            root = blake2_256(root + extrinsic)
            body = _ITEM.decode(extrinsic)
            if body[:1] == b"S":
                start, end = int.from_bytes(body[-80:-72], "little"), int.from_bytes(body[-72:-64], "little")
                if start >= following:
                    following = end + 1
            elif body[:1] == b"P":
                for one in _PULSES.decode(body[1:]):
                    following = max(following, int.from_bytes(one[:8], "little") + 1)
        self.next.setdefault(root, following)
        return root

    def propose(self, parent: Head, slot: int, inherents: Mapping[bytes, bytes], pool: Iterable[bytes]) -> Built:
        if self.fail_propose:
            raise BlockNotValid("it was told to", code="slot")
        extrinsics = tuple(pool)
        if INHERENT in inherents:
            extrinsics = (_ITEM.encode(b"P" + inherents[INHERENT]), *extrinsics)
        root = self._state(parent, (*extrinsics, _ITEM.encode(b"N" + slot.to_bytes(8, "little"))))
        header = Header(
            parent_hash=parent.hash,
            number=parent.number + 1,
            state_root=root,
            extrinsics_root=blake2_256(b"".join(extrinsics)),
            digest=(aura_pre_digest(slot),),
        )
        return Built(block=Block(header=header, extrinsics=extrinsics), state=Trie(), outcomes=(), weight=Weight())

    def execute(self, parent: Head, block: Block) -> Executed:
        self.executed += 1
        header = block.header
        if header.parent_hash != parent.hash or header.number != parent.number + 1:
            raise BlockNotValid("it does not follow", code="number")
        noted = _ITEM.encode(b"N" + (header.slot or 0).to_bytes(8, "little"))
        if header.state_root != self._state(parent, (*block.extrinsics, noted)):
            raise BlockNotValid("executing it gives another state", code="state-root")
        return Executed(head=Head(header=header, state=Trie()), outcomes=(), weight=Weight(), touched=())

    def next_round(self, head: Head) -> int | None:
        return self.next[head.header.state_root] or None

    def max_rounds(self, head: Head) -> int:
        return self.most

    def submission(self, asig: bytes, start: int, end: int, signature: bytes) -> bytes:
        return _ITEM.encode(b"S" + asig + start.to_bytes(8, "little") + end.to_bytes(8, "little") + signature)

    def validate(self, parent: Head, encoded: bytes, source: TransactionSource) -> ValidTransaction:
        body = _ITEM.decode(encoded)
        if int.from_bytes(body[-80:-72], "little") < (self.next_round(parent) or 0):
            raise NotValid("Call")
        return ValidTransaction(provides=(body[:-64],), longevity=5)

    def calls(self, block: Block) -> tuple[str, ...]:
        return tuple(_ITEM.decode(one)[:1].decode() for one in block.extrinsics)


class Loop:
    """``count`` collators; each message takes ``latency`` seconds, none goes between two that are parted.

    What those in ``late`` send takes so many seconds longer.
    """

    def __init__(
        self,
        count: int,
        *,
        settings: CollatorSettings | None = None,
        latency: float = 0.05,
        loss: float = 0.0,
        rules: Any = None,
        conduct: Mapping[int, Any] | None = None,
        absent: Iterable[int] = (),
        late: Mapping[int, float] | None = None,
        seed: int = 1,
    ) -> None:
        self.names = names(count)
        self.rules = rules or ToyRules(development(name).public for name in self.names)
        self.now, self.latency, self.loss, self.absent = START, latency, loss, set(absent)
        self.chance = random.Random(f"loss {seed}")
        self.settings, self.conduct, self.late = settings, dict(conduct or {}), dict(late or {})
        self.parted: set[frozenset[int]] = set()
        self.log: list[tuple[float, int, Any]] = []
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._wake: dict[int, float] = {}
        self.collators: dict[int, Collator] = {}
        for index in range(count):
            if index not in self.absent:
                self.begin(index)

    def begin(self, index: int, **kept: Any) -> Collator:
        keys = CollatorKeys.development(self.names[index])
        rng = random.Random(f"seal {index} {self.now}")
        made = Collator(index, keys, self.rules, rng, self.settings, conduct=self.conduct.get(index), **kept)
        self.collators[index] = made
        self._wake.pop(index, None)
        self.carry(index, made.start(self.now))
        return made

    def at(self, time: float, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._queue, (time, self._number, act))

    def event(self, index: int, act: Callable[[Collator], list[CollatorEffect]]) -> None:
        if index in self.collators and index not in self.absent:
            self.carry(index, act(self.collators[index]))

    def carry(self, index: int, effects: Iterable[CollatorEffect]) -> None:
        for effect in effects:
            match effect:
                case Noted(what=what):
                    self.log.append((self.now, index, what))
                case TellAll(kind=kind, data=data):
                    for other in range(len(self.names)):
                        if other != index:
                            self.send(index, other, kind, data)
                case TellOne(to=to, kind=kind, data=data):
                    self.send(index, to, kind, data)
                case DialRelays():
                    self.at(self.now + 0.01, lambda: self.event(index, lambda one: one.connected(self.now)))
                case SubscribePulses():
                    self.at(self.now + 0.01, lambda: self.event(index, lambda one: one.subscribed(self.now)))
                case PingRelays():
                    self.at(self.now + 0.01, lambda: self.event(index, lambda one: one.pong(self.now)))
                case WakeAt(at=at):
                    self._wake[index] = at
                    self.at(at, lambda at=at: self.wake(index, at))
                case _:
                    pass

    def wake(self, index: int, at: float) -> None:
        if self._wake.get(index) == at:
            del self._wake[index]
            self.event(index, lambda one: one.tick(self.now))

    def send(self, sender: int, to: int, kind: str, data: bytes) -> None:
        if frozenset((sender, to)) in self.parted or (self.loss and self.chance.random() < self.loss):
            return
        self.at(
            self.now + self.latency + self.late.get(sender, 0),
            lambda: self.event(to, lambda one: one.receive(sender, kind, data, self.now)),
        )

    def part(self, *groups: Iterable[int]) -> None:
        of = {one: place for place, group in enumerate(groups) for one in group}
        self.parted = {frozenset((a, b)) for a in of for b in of if of[a] != of[b]}

    def pulse(self, round: int, to: Iterable[int] | None = None) -> None:
        for index in list(self.collators) if to is None else to:
            self.event(index, lambda one: one.pulse(beacon(round), self.now))

    def run(self, seconds: float, *, first_round: int | None = None) -> Loop:
        """Let so many seconds pass; with ``first_round`` a pulse comes every three seconds."""
        end = self.now + seconds
        if first_round is not None:
            for n in range(int(seconds // 3)):
                self.at(self.now + 3 * n + 0.5, lambda round=first_round + n: self.pulse(round))
        while self._queue and self._queue[0][0] <= end:
            time, _, act = heapq.heappop(self._queue)
            self.now = max(self.now, time)
            act()
        self.now = end
        return self

    # -- what has come out --------------------------------------------------------------------------------------------

    def reports(self, kind: type, index: int | None = None) -> list[Any]:
        return [what for _, by, what in self.log if isinstance(what, kind) and index in (None, by)]

    def codes(self, index: int | None = None) -> set[str]:
        return {what.code for what in self.reports(MessageDeclined, index)}

    def final(self, *but: int) -> dict[int, bytes]:
        """The final blocks by number; an error where two collators, beside ``but``, hold different ones."""
        found: dict[int, bytes] = {}
        for index, collator in self.collators.items():
            if index in but:
                continue
            tree = collator.tree
            for block in tree.up(tree.final.hash):
                assert found.setdefault(block.number, block.hash) == block.hash
        return found

    def heights(self) -> list[int]:
        return [self.collators[index].tree.final.number for index in sorted(self.collators)]

    def never_reverts(self) -> None:
        last: dict[int, int] = {}
        for _, index, what in self.log:
            if isinstance(what, FinalityReached):
                assert what.number > last.get(index, 0)
                last[index] = what.number
