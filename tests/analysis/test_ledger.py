from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.analysis import ledger
from drandlab.analysis.ledger import Ledger, MarkedRounds, RoundSet


@given(st.lists(st.integers(0, (1 << 64) - 1) | st.integers(0, 3000)))
def test_a_round_set_is_a_set(rounds):
    seen, plain = RoundSet(), set()
    for round in rounds:
        assert seen.add(round) == (round not in plain)
        plain.add(round)


@given(st.lists(st.tuples(st.integers(0, (1 << 64) - 1) | st.integers(0, 3000), st.integers(1, 255))))
def test_the_first_mark_of_a_round_is_kept(marks):
    rounds, plain = MarkedRounds(), {}
    for round, mark in marks:
        assert rounds.put(round, mark) == plain.get(round, 0)
        plain.setdefault(round, mark)


@pytest.mark.parametrize(("kind", "most"), [(RoundSet, 1), (MarkedRounds, 2)])
def test_rounds_in_a_row_take_a_byte_or_two_each(kind, most):
    tracemalloc.start()
    seen = kind()
    put = seen.add if kind is RoundSet else partial(seen.put, mark=1)
    for round in range(100_000):
        put(round)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < most * 100_000


def test_links_are_found_in_either_order(signer):
    first, second = signer("pedersen-bls-chained").beacons(2)
    stray = signer("pedersen-bls-chained").sign(2, b"p" * 96)
    for good in ([first, second], [second, first]):
        book = Ledger(chained=True)
        assert [book.enter(beacon, None) for beacon in good] == [None, None]
    book = Ledger(chained=True)
    assert book.enter(first, None) is None
    assert book.enter(stray, None).startswith("link: previous signature 70707070… is not the signature")
    book = Ledger(chained=True)
    assert book.enter(stray, None) is None
    assert book.enter(first, None).endswith("is not the previous signature 70707070… that round 2 names")


def test_an_invalid_beacon_says_nothing_about_its_neighbours(signer):
    first, _ = signer("pedersen-bls-chained").beacons(2)
    stray = signer("pedersen-bls-chained").sign(2, b"p" * 96)
    book = Ledger(chained=True)
    assert book.enter(first, "bad") == "bad"
    assert book.enter(stray, None) is None


def test_repeated_rounds_are_told_apart(signer):
    beacon = next(signer().beacons(1))
    book = Ledger(chained=False)
    assert book.enter(beacon, None) is None
    assert [book.enter(beacon, None) for _ in range(3)] == [None] * 3
    assert book.repeated == 3
    here = beacon.signature.hex()[:8]
    other = replace(beacon, signature=b"\xab\xcd\xef\x01" + beacon.signature[4:])
    assert book.enter(other, "bad") == (
        "bad; conflict: an earlier row of this round is valid, this one has the signature abcdef01…"
    )
    assert book.repeated == 3
    book = Ledger(chained=False)
    assert book.enter(other, "bad") == "bad"
    assert book.enter(beacon, None) == (
        f"conflict: an earlier row of this round is invalid, with abcdef01…, this one has the signature {here}…"
    )
    assert book.enter(other, "bad") == "bad; an earlier row of this round is invalid too"
    assert book.repeated == 0


def test_two_valid_beacons_of_one_round_with_two_pasts_are_a_conflict(signer):
    chain = signer("pedersen-bls-chained")
    one, other = chain.sign(5, b"p" * 96), chain.sign(5, b"q" * 96)
    book = Ledger(chained=True)
    assert book.enter(one, None) is None
    assert book.enter(other, None).startswith("conflict: an earlier row of this round is valid with another past")


def test_open_ends_are_bounded(signer, monkeypatch):
    monkeypatch.setattr(ledger, "_OPEN_ENDS", 4)
    chain = signer("pedersen-bls-chained")
    book = Ledger(chained=True)
    for round in range(10, 40, 3):
        book.enter(chain.sign(round, b"p" * 96), None)
    assert book.open_ends == 2 * 4
    assert book.enter(chain.sign(38, b"q" * 96), None).startswith("link: previous signature 71717171…")


def test_a_row_that_comes_again_without_its_past_is_said_to_lack_it(signer):
    first, second = signer("pedersen-bls-chained").beacons(2)
    book = Ledger(chained=True)
    assert [book.enter(beacon, None) for beacon in (first, second)] == [None, None]
    said = book.enter(replace(second, previous_signature=b""), "previous signature: missing")
    assert said.endswith("an earlier row of this round is valid, this one leaves the previous signature out")
    assert "conflict" not in said
