"""Slots, turns, and what a header must be before its block is looked at."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from collator_loop import START, ToyRules

from drandlab.crypto.sr25519 import development, names
from drandlab.errors import LocalError, VerificationError
from drandlab.idn.collator.authoring import Turns, slot_at, time_of
from drandlab.idn.runtime.blocks import Header, OtherDigest, PreRuntimeDigest, SealDigest
from drandlab.idn.slots import author, slot

NAMES = names(4)
RULES = ToyRules(development(name).public for name in NAMES)
TURNS = Turns(RULES.authorities)
SLOT = slot_at(START)


def sealed(number: int, by: str | None = None) -> Header:
    built = RULES.propose(RULES.genesis, number, {}, ())
    key = development(by or NAMES[number % 4])
    return built.block.header.sealed(key.sign(built.block.header.hash, random.Random(1)))


def refused(header: Header, now: float = START + 60) -> str:
    with pytest.raises(VerificationError) as caught:
        TURNS.check(header, now)
    return caught.value.code


def test_slots_and_times() -> None:
    assert slot_at(time_of(SLOT)) == SLOT == slot(1_700_000_004_000)
    assert slot_at(time_of(SLOT) - 0.001) == SLOT - 1 and slot_at(time_of(SLOT + 1) - 1e-9) == SLOT + 1
    assert slot_at(-1) == -1
    for number in range(SLOT, SLOT + 2000):
        assert slot_at(time_of(number)) == number


def test_the_author_of_a_slot_and_of_a_number() -> None:
    by_number = Turns(RULES.authorities, "number")
    for number in range(8):
        assert TURNS.author(slot=SLOT + number, number=3) == author(SLOT + number, 4) == (SLOT + number) % 4
        assert by_number.author(slot=SLOT, number=number) == number % 4
    with pytest.raises(LocalError):
        Turns(RULES.authorities, "height")


def test_a_header_as_it_should_be() -> None:
    assert TURNS.check(sealed(SLOT), START) == (SLOT, SLOT % 4)
    assert TURNS.check(sealed(SLOT + 1), START + 6) == (SLOT + 1, (SLOT + 1) % 4)


def test_a_slot_that_has_not_begun() -> None:
    assert refused(sealed(SLOT + 1), START + 5.9) == "future"


def test_a_seal_of_another_collator_or_of_another_header() -> None:
    assert refused(sealed(SLOT, NAMES[(SLOT + 1) % 4])) == "seal"
    header = sealed(SLOT)
    assert refused(replace(header, state_root=bytes(32))) == "seal"
    assert refused(replace(header, digest=(*header.digest[:-1], SealDigest(b"aura", b"")))) == "seal"


def test_headers_without_slot_or_seal() -> None:
    header = sealed(SLOT)
    assert refused(replace(header, digest=header.digest[:-1])) == "no-seal"
    assert refused(replace(header, digest=(*header.digest, OtherDigest(b"x")))) == "no-seal"
    assert refused(replace(header, digest=(header.digest[0], SealDigest(b"BABE", bytes(64))))) == "no-seal"
    assert refused(replace(header, digest=header.digest[1:])) == "no-slot"
    broken = PreRuntimeDigest(b"aura", b"short")
    assert refused(replace(header, digest=(broken, header.digest[1]))) == "no-slot"
