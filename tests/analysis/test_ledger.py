from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from drandlab.analysis import ledger
from drandlab.analysis.ledger import Ledger, RoundSet


@given(st.lists(st.integers(0, (1 << 64) - 1) | st.integers(0, 3000)))
def test_a_round_set_is_a_set(rounds):
    seen, plain = RoundSet(), set()
    for round in rounds:
        assert seen.add(round) == (round not in plain)
        plain.add(round)


def test_rounds_in_a_row_take_less_than_a_byte_each():
    tracemalloc.start()
    seen = RoundSet()
    for round in range(100_000):
        seen.add(round)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100_000


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
    assert book.enter(beacon, None) == "duplicate of an earlier row"
    assert book.enter(beacon, "bad") == "bad; an earlier row has this round too"
    book = Ledger(chained=False)
    assert book.enter(beacon, "bad") == "bad"
    assert "another content, which is invalid" in book.enter(beacon, None)


def test_open_ends_are_bounded(signer, monkeypatch):
    monkeypatch.setattr(ledger, "_OPEN_ENDS", 4)
    chain = signer("pedersen-bls-chained")
    book = Ledger(chained=True)
    for round in range(10, 40, 3):
        book.enter(chain.sign(round, b"p" * 96), None)
    assert len(book._signatures) == len(book._claims) == 4
    assert book.enter(chain.sign(38, b"q" * 96), None).startswith("link: previous signature 71717171…")
