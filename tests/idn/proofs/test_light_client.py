"""A light client takes a header for final when enough collators have voted for it, and for nothing less."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drandlab.errors import LocalError, VerificationError
from drandlab.idn.collator.collator_keys import CollatorKeys
from drandlab.idn.collator.votes import PRECOMMIT, PREVOTE, Vote, vote_message
from drandlab.idn.proofs.ingest_history import HISTORY_KEY
from drandlab.idn.proofs.light_client import LIGHT_CLIENT_CODES, LightClient
from drandlab.idn.proofs.round_proof import NotObserved, Observed, RoundArchive
from drandlab.idn.runtime.blocks import Header
from drandlab.idn.state import Trie

KEYS = [CollatorKeys.development(name) for name in ("Alice", "Bob", "Charlie", "Dave")]


def precommit(key: CollatorKeys, header: Header, *, round: int = 3, stage: int = PRECOMMIT) -> Vote:
    signature = key.vote(vote_message(stage, header.hash, header.number, round))
    return Vote(stage, header.hash, header.number, round, key.votes, signature)


def header(number: int, state: Trie | None = None, parent: bytes = bytes(32)) -> Header:
    root = (state or Trie()).root
    return Header(parent_hash=parent, number=number, state_root=root, extrinsics_root=bytes(32))


def client() -> LightClient:
    return LightClient([key.votes for key in KEYS])


def test_three_of_four_decide_and_two_do_not() -> None:
    one, new = client(), header(7)
    with pytest.raises(VerificationError) as caught:
        one.take(new, [precommit(key, new) for key in KEYS[:2]])
    assert caught.value.code == "votes-few" and one.header is None
    one.take(new, [precommit(key, new) for key in KEYS[:3]])
    assert one.header == new


def test_a_vote_for_a_later_block_counts_where_the_headers_between_are_shown() -> None:
    first = header(7)
    second = header(8, parent=first.hash)
    third = header(9, parent=second.hash)
    votes = [precommit(KEYS[0], first), precommit(KEYS[1], second), precommit(KEYS[2], third)]
    one = client()
    with pytest.raises(VerificationError) as caught:
        one.take(first, votes, [third])
    assert caught.value.code == "vote-elsewhere"
    one.take(first, votes, [third, second])
    assert one.header == first


def test_each_vote_that_is_wrong_has_its_code() -> None:
    new, other = header(7), header(7, parent=b"x" * 32)
    good = [precommit(key, new) for key in KEYS[:3]]
    stranger = CollatorKeys.development("Eve")
    cases = {
        "vote-stage": [precommit(KEYS[0], new, stage=PREVOTE), *good[1:]],
        "vote-stranger": [precommit(stranger, new), *good[1:]],
        "vote-twice": [good[0], good[0], *good[1:]],
        "vote-forged": [replace(good[0], signature=bytes(64)), *good[1:]],
        "vote-elsewhere": [precommit(KEYS[0], other), *good[1:]],
    }
    for code, votes in cases.items():
        one = client()
        with pytest.raises(VerificationError) as caught:
            one.take(new, votes)
        assert caught.value.code == code and one.header is None
    mixed = [precommit(KEYS[0], new, round=4), *good[1:]]
    with pytest.raises(VerificationError) as caught:
        client().take(new, mixed)
    assert caught.value.code == "vote-stage"


def test_headers_only_go_up() -> None:
    one, new = client(), header(7)
    one.take(new, [precommit(key, new) for key in KEYS])
    for number in (6, 7):
        old = header(number)
        with pytest.raises(VerificationError) as caught:
            one.take(old, [precommit(key, old) for key in KEYS])
        assert caught.value.code == "header-past" and one.header == new


def test_it_learns_of_a_round_from_the_header_alone() -> None:
    archive = RoundArchive()
    for start, end in ((1000, 1001), (1004, 1004)):
        archive.append(start, end, bytes(48))
    state = Trie.of({HISTORY_KEY: archive.history.to_scale()})
    one, new = client(), header(7, state)
    proofs = {round: archive.prove(round, state) for round in (1001, 1002)}
    with pytest.raises(VerificationError) as caught:
        one.check(proofs[1001])
    assert caught.value.code == "no-header"
    one.take(new, [precommit(key, new) for key in random.Random(1).sample(KEYS, 3)])
    assert isinstance(one.check(proofs[1001]), Observed)
    assert one.check(proofs[1002]) == NotObserved(1002, "skipped")


def test_voters_must_differ() -> None:
    for voters in ([], [bytes(32), bytes(32)]):
        with pytest.raises(LocalError, match="voters"):
            LightClient(voters)
    assert set(LIGHT_CLIENT_CODES) >= {"votes-few", "no-header"}
