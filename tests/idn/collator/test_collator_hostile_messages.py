"""What others may send: nothing raises, nothing that should not be is taken, and each refusal has a code."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from collator_loop import START, Loop

from drandlab.errors import CODES, WrongType
from drandlab.idn.collator.authoring import slot_at
from drandlab.idn.collator.collator import Collator
from drandlab.idn.collator.collator_effects import (
    COLLATOR_CODES,
    COLLATOR_MESSAGES,
    BlockTaken,
    CollatorEffect,
    MessageDeclined,
    Noted,
    TellAll,
    TellOne,
)
from drandlab.idn.collator.collator_keys import CollatorKeys
from drandlab.idn.collator.votes import PREVOTE, Vote, encode_votes, vote_message
from drandlab.idn.runtime.blocks import Block, SealDigest
from drandlab.idn.runtime.failures import RUNTIME_CODES
from drandlab.idn.state import blake2_256
from drandlab.wire.scale import SCALE_CODES, compact

KNOWN = COLLATOR_CODES.keys() | CODES.keys() | RUNTIME_CODES.keys() | SCALE_CODES.keys()


class Listening(Loop):
    """Keeps every message that was sent."""

    def __init__(self, *args: object, **more: object) -> None:
        self.sent: list[tuple[int, str, bytes]] = []
        super().__init__(*args, **more)  # type: ignore[arg-type]

    def send(self, sender: int, to: int, kind: str, data: bytes) -> None:
        self.sent.append((sender, kind, data))
        super().send(sender, to, kind, data)


@pytest.fixture
def loop() -> Listening:
    return Listening(4, loss=0.1).run(60)  # type: ignore[return-value]


def declined(effects: list[CollatorEffect]) -> list[str]:
    return [one.what.code for one in effects if isinstance(one, Noted) and isinstance(one.what, MessageDeclined)]


def picture(one: Collator) -> tuple[object, ...]:
    return one.tree.best.hash, one.tree.final.hash, one.finality.round, sorted(one.peers), len(one.queue)


def one_code(loop: Loop, sender: int, kind: str, data: bytes, to: int = 0) -> str:
    one = loop.collators[to]
    before = picture(one)
    [code] = declined(one.receive(sender, kind, data, loop.now))
    assert picture(one) == before
    return code


def test_mutated_messages_are_refused_by_code_and_change_nothing(loop: Listening) -> None:
    chance = random.Random(3)
    one = loop.collators[0]
    blocks = {block.hash for block in one.tree.up(one.tree.best.hash)}
    kinds = sorted(COLLATOR_MESSAGES)
    taken = 0
    for _ in range(6000):
        sender, kind, data = chance.choice(loop.sent)
        how = chance.randrange(6)
        if how == 0:
            data = chance.randbytes(chance.randrange(300))
        elif how == 1:
            data = data[: chance.randrange(len(data) + 1)]
        elif how == 2:
            data += chance.randbytes(1 + chance.randrange(8))
        elif how == 3:
            kind = chance.choice(kinds)
        elif data:
            place = chance.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        effects = one.receive(1 if sender == 0 else sender, kind, data, loop.now)
        assert set(declined(effects)) <= KNOWN, declined(effects)
        taken += sum(isinstance(effect, Noted) and isinstance(effect.what, BlockTaken) for effect in effects)
    # only blocks that honest collators have sealed are in the tree
    found = {block.hash for block in one.tree.up(one.tree.best.hash)} - blocks
    sealed = {Block.decode(data).hash for _, kind, data in loop.sent if kind == "block"}
    assert found <= sealed
    # and it goes on with the others
    loop.run(30)
    loop.final()
    assert min(loop.heights()) >= 10


def test_senders_and_kinds(loop: Listening) -> None:
    for sender in (-1, 4, 99, 0):
        assert one_code(loop, sender, "vote", b"") == "no-collator"
    assert one_code(loop, 1, "gossip", b"") == "unknown-kind"
    assert one_code(loop, 1, "block", bytes((16 << 20) + 1)) == "too-large"
    with pytest.raises(WrongType):
        loop.collators[0].receive(1, "vote", "text", loop.now)  # type: ignore[arg-type]


def test_a_message_before_the_start_is_over() -> None:
    loop = Loop(4)
    assert one_code(loop, 1, "vote", b"") == "not-started"


def test_keys_of_others(loop: Listening) -> None:
    genesis = loop.rules.genesis.hash
    stranger = CollatorKeys.development("Mallory").announce(genesis, random.Random(1))
    assert one_code(loop, 1, "collator keys", stranger) == "no-collator"
    assert one_code(loop, 1, "collator keys", b"") == "length"
    bob = CollatorKeys.development("Bob")
    other = CollatorKeys(bob.aura, bytes(32)).announce(genesis, random.Random(1))
    one = loop.collators[0]
    votes = one.peers[1].votes
    assert declined(one.receive(1, "collator keys", other, loop.now)) == ["keys-changed"]
    assert one.peers[1].votes == votes
    wrong_chain = bob.announce(bytes(32), random.Random(1))
    assert one_code(loop, 1, "collator keys", wrong_chain) == "keys-signature"


def vote(loop: Loop, name: str, round: int, hash: bytes | None = None, stage: int = PREVOTE) -> Vote:
    keys = CollatorKeys.development(name)
    tip = loop.collators[0].tree.best
    hash = tip.hash if hash is None else hash
    return Vote(stage, hash, tip.number, round, keys.votes, keys.vote(vote_message(stage, hash, tip.number, round)))


def test_votes_with_wrong_keys_signatures_and_rounds(loop: Listening) -> None:
    now = loop.collators[0].finality.round
    good = vote(loop, "Bob", now)
    assert one_code(loop, 1, "vote", vote(loop, "Mallory", now).to_bytes()) == "no-keys"
    assert one_code(loop, 1, "vote", replace(good, signature=bytes(64)).to_bytes()) == "vote-signature"
    assert one_code(loop, 1, "vote", replace(good, round=now + 1).to_bytes()) == "vote-signature"
    assert one_code(loop, 1, "vote", vote(loop, "Bob", now + 1000).to_bytes()) == "far-round"
    assert one_code(loop, 1, "vote", vote(loop, "Bob", (1 << 64) - 1).to_bytes()) == "far-round"
    assert one_code(loop, 1, "votes", b"") == "length"
    mixed = encode_votes([vote(loop, "Bob", now), vote(loop, "Bob", now + 7)])
    assert one_code(loop, 1, "votes", mixed) == "mixed-rounds"
    assert one_code(loop, 1, "votes", vote(loop, "Bob", 1).to_bytes()) == "past-round"
    assert one_code(loop, 1, "votes", vote(loop, "Mallory", now).to_bytes()) == "no-keys"


def test_a_replayed_vote_of_an_old_round(loop: Listening) -> None:
    old = next(data for sender, kind, data in loop.sent if kind == "vote" and sender == 1)
    one = loop.collators[0]
    # who votes in an old round may have fallen behind: it is told once how the last round went
    first = one.receive(1, "vote", old, loop.now)
    assert [effect.kind for effect in first if isinstance(effect, TellOne)] == ["votes"]
    assert one_code(loop, 1, "vote", old) == "past-round"


def sealed(loop: Loop, author: int, block: Block) -> Block:
    header = block.header.unsealed()
    key = CollatorKeys.development(loop.names[author]).aura
    return replace(block, header=header.sealed(key.sign(header.hash, random.Random(1))))


def made(loop: Loop, slots: int = 1) -> tuple[Block, int]:
    """A block on top of the best one of collator 0, by another author, in a slot that has begun when it is sent."""
    one = loop.collators[0]
    slot = slot_at(loop.now)
    while slot % 4 == 0:
        slot -= 1
    parent = one.tree.at(one.tree.best.hash, one.tree.best.number - slots)
    assert parent is not None and parent.head is not None
    return sealed(loop, slot % 4, loop.rules.propose(parent.head, slot, {}, ()).block), slot % 4


def test_blocks_that_are_not_what_they_say(loop: Listening) -> None:
    loop.part([0], [1, 2, 3])
    loop.run(20)
    block, author = made(loop, 0)
    if loop.collators[0].tree.best.slot >= (block.header.slot or 0):
        loop.run(6)
        block, author = made(loop, 0)
    header = block.header
    wrong_state = sealed(loop, author, replace(block, header=replace(header.unsealed(), state_root=bytes(32))))
    assert one_code(loop, author, "block", wrong_state.encode()) == "state-root"
    unsealed = replace(block, header=header.unsealed())
    assert one_code(loop, author, "block", unsealed.encode()) == "no-seal"
    broken = replace(header.unsealed(), digest=(*header.unsealed().digest, SealDigest(b"aura", bytes(64))))
    assert one_code(loop, author, "block", replace(block, header=broken).encode()) == "seal"
    other = next(index for index in (1, 2, 3) if index != author)
    assert one_code(loop, author, "block", sealed(loop, other, block).encode()) == "seal"
    assert one_code(loop, author, "block", b"") in KNOWN
    assert one_code(loop, author, "block", block.encode() + b"\0") == "trailing"
    assert declined(loop.collators[0].receive(author, "block", block.encode(), loop.now)) == []
    assert one_code(loop, author, "block", block.encode()) == "known"


def test_old_blocks_and_blocks_of_the_future(loop: Listening) -> None:
    old = next(data for _, kind, data in loop.sent if kind == "block")
    assert one_code(loop, 1, "block", old) == "known"
    one = loop.collators[0]
    root = one.tree.at(one.tree.best.hash, 0)
    assert root is not None
    slot = slot_at(loop.now) - slot_at(loop.now) % 4 - 3
    beside = sealed(loop, slot % 4, loop.rules.propose(loop.rules.genesis, slot, {}, ()).block)
    assert one_code(loop, 1, "block", beside.encode()) == "stale"
    lost = sealed(loop, slot % 4, replace(beside, header=replace(beside.header.unsealed(), parent_hash=b"?" * 32)))
    assert one_code(loop, 1, "block", lost.encode()) == "stale"
    later = slot_at(loop.now) + 4 - slot_at(loop.now) % 4 + 1
    early = sealed(loop, 1, loop.rules.propose(one.tree.best_head, later, {}, ()).block)
    assert one_code(loop, 1, "block", early.encode()) == "future"
    tip = one.tree.best
    before = tip.slot - (tip.slot - 1) % 4 if tip.slot % 4 else tip.slot - 3
    back = sealed(loop, before % 4, loop.rules.propose(one.tree.best_head, before, {}, ()).block)
    assert one_code(loop, 1, "block", back.encode()) == "slot-order"


def test_answers_that_nobody_asked_for(loop: Listening) -> None:
    assert one_code(loop, 1, "blocks", compact(0)) == "unasked"
    assert one_code(loop, 1, "block request", b"") == "length"
    one = loop.collators[0]
    nothing = one.receive(1, "block request", b"?" * 32 + bytes(4), loop.now)
    assert not any(isinstance(effect, TellOne | TellAll) for effect in nothing) and declined(nothing) == []


def test_orphans_without_end_fill_no_memory(loop: Listening) -> None:
    one = loop.collators[0]
    slot = slot_at(loop.now)
    slot -= (slot - 1) % 4  # of collator 1
    codes: list[str] = []
    for number in range(200):
        built = loop.rules.propose(loop.rules.genesis, slot, {}, ()).block
        parent = blake2_256(f"nobody {number}".encode())
        header = replace(built.header, parent_hash=parent, number=one.tree.best.number + 5)
        codes += declined(one.receive(1, "block", sealed(loop, 1, replace(built, header=header)).encode(), loop.now))
    assert set(codes) == {"no-parent"} and len(codes) == 200 - 64
    assert len(one.imports.missing) <= 64
    loop.run(120)
    assert min(loop.heights()) > 20
    assert one.imports.missing == ()


def test_times_are_those_of_the_collators_own_clock() -> None:
    assert slot_at(START) * 6 == START
