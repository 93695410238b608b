"""The keys message binds both keys of a collator, and nothing of the secrets comes out."""

from __future__ import annotations

import copy
import pickle
import random

import pytest

from drandlab.crypto.sr25519 import development, development_ed25519
from drandlab.errors import FormatError, LocalError, VerificationError
from drandlab.idn.collator.collator_keys import KEYS_LENGTH, CollatorKeys, PublicKeys, seal_holds, vote_holds

GENESIS = b"g" * 32
ALICE, BOB = CollatorKeys.development("Alice"), CollatorKeys.development("Bob")


def announced(keys: CollatorKeys = ALICE) -> bytes:
    return keys.announce(GENESIS, random.Random(1))


def test_a_keys_message_says_both_keys() -> None:
    data = announced()
    keys = PublicKeys.from_bytes(data, GENESIS)
    assert len(data) == KEYS_LENGTH
    assert keys.aura == development("Alice").public and keys.votes == ALICE.votes and keys.encoded == data


def test_votes_and_seals() -> None:
    assert vote_holds(ALICE.votes, b"m", ALICE.vote(b"m")) and not vote_holds(BOB.votes, b"m", ALICE.vote(b"m"))
    assert ALICE.vote(b"m") == ALICE.vote(b"m")
    sealed = ALICE.seal(b"m", random.Random(1))
    assert seal_holds(ALICE.aura.public, b"m", sealed) and not seal_holds(ALICE.aura.public, b"n", sealed)
    assert not vote_holds(bytes(32), b"m", bytes(64)) and not vote_holds(b"short", b"m", b"")


@pytest.mark.parametrize("place", [0, 31, 32, 63, 64, 127, 128, 191])
def test_a_changed_byte_breaks_it(place: int) -> None:
    data = bytearray(announced())
    data[place] ^= 1
    with pytest.raises(VerificationError) as caught:
        PublicKeys.from_bytes(bytes(data), GENESIS)
    assert caught.value.code == "keys-signature"


def test_keys_of_another_chain_and_keys_put_together() -> None:
    with pytest.raises(VerificationError):
        PublicKeys.from_bytes(announced(), bytes(32))
    # Alice's key for seals with Bob's for votes: nobody has signed that with both
    alice, bob = announced(), announced(BOB)
    with pytest.raises(VerificationError):
        PublicKeys.from_bytes(alice[:32] + bob[32:64] + alice[64:128] + bob[128:], GENESIS)


@pytest.mark.parametrize("length", [0, 191, 193])
def test_another_length(length: int) -> None:
    with pytest.raises(FormatError) as caught:
        PublicKeys.from_bytes(bytes(length), GENESIS)
    assert caught.value.code == "length"


def test_secrets_stay_inside() -> None:
    seed = development_ed25519("Alice")
    for secret in (seed.hex(), str(development("Alice").scalar)):
        assert secret not in repr(ALICE) and secret not in str(vars(PublicKeys)) and secret not in repr(ALICE.aura)
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(LocalError):
            copied(ALICE)
    with pytest.raises(LocalError):
        CollatorKeys(development("Alice"), bytes(31))
