"""Tokens that appear or vanish are found."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.simulation.chains.chain_entries import ChainMoney, XcmSent
from drandlab.simulation.chains.conserved.token_rules import TokensConserved
from drandlab.simulation.checkers.verdict import Verdict, judge
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader


def money(number: int, **about: Any) -> Entry:
    fields: dict[str, Any] = {"chain": 7, "number": number, "issuance": 100, "free": 90, "held": 10, "named": {}}
    return Entry(float(number), None, ChainMoney(**fields | about))


def sent(number: int, *, price: int, sender: bytes = bytes(32)) -> Entry:
    what = XcmSent(chain=7, number=number, to=8, id=b"", xcm=b"", sender=sender, price=price)
    return Entry(float(number), None, what)


def verdict(*entries: Entry) -> Verdict:
    [found] = judge(entries, JournalReader(), [TokensConserved()])
    return found


def test_what_is_told_is_no_fault() -> None:
    moved = {"withdrawn": 9, "deposited": 5, "trapped": 3, "spent": 1, "made": 5, "taken": 9}
    found = verdict(
        money(1, fees=4, deposits=6),
        money(2, issuance=96, free=86, **moved),
        sent(2, price=2),
        money(3, issuance=96, free=86, claimed=2, deposited=1, given=1, spent=1, made=2, sending=2, taken=2),
        money(4, issuance=95, free=85, taken=1, dust=1),
        money(1, chain=8),
    )
    assert (found.ok, found.checked) == (True, 5)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"free": 91}, "100 is issued, and the accounts have 91 free and 10 held"),
        ({"fees": 5, "deposits": 6}, "10 is held, and 5 of it for credits and 6 for deposits"),
        ({"issuance": 101, "free": 91}, "100 was issued, 0 came into being and 0 went, and 101 is issued now"),
        ({"made": 1}, "100 was issued, 1 came into being and 0 went, and 100 is issued now"),
        ({"taken": 2}, "100 was issued, 0 came into being and 2 went"),
        # what messages withdrew and claimed is deposited, trapped or spent, once
        ({"trapped": 1}, "messages have withdrawn 0 and claimed 0, and of it 0 was deposited, 1 trapped and 0 spent"),
        ({"claimed": 1}, "messages have withdrawn 0 and claimed 1"),
        ({"spent": 1}, "messages have withdrawn 0 and claimed 0, and of it 0 was deposited, 0 trapped and 1 spent"),
        (
            {"withdrawn": 2, "taken": 2, "spent": 1},
            "messages have withdrawn 2 and claimed 0, and of it 0 was deposited",
        ),
        # what accounts got and gave is what messages, senders and dust account for
        (
            {"made": 1, "taken": 1, "withdrawn": 1, "spent": 1},
            "1 came into being, messages have deposited 0 and given 0",
        ),
        ({"made": 1, "deposited": 1, "claimed": 1, "taken": 1}, "1 went, messages have withdrawn 0, 0 was paid"),
        ({"withdrawn": 1, "deposited": 1, "made": 1, "taken": 1, "dust": 1}, "1 went, messages have withdrawn 1"),
        ({"trapped": 1, "claimed": 2, "spent": 1}, "2 was claimed, and 1 was trapped"),
    ],
)
def test_what_is_not_told_is_found(about: dict[str, int], said: str) -> None:
    found = verdict(money(1), money(2, **about))
    assert any(violation.what.startswith(f"chain 7, block 2: {said}") for violation in found.violations)


def test_what_was_trapped_can_be_claimed_once() -> None:
    left = {"withdrawn": 4, "trapped": 4, "taken": 4, "issuance": 96, "free": 86}
    back = {"claimed": 4, "deposited": 4, "made": 4}
    assert verdict(money(1), money(2, **left), money(3, **back)).ok
    again = {"issuance": 104, "free": 94, **back}
    [violation] = verdict(money(1), money(2, **left), money(3, **back), money(4, **again)).violations
    assert violation.what == "chain 7, block 4: 4 was claimed, and 0 was trapped"
    other = {**back, "issuance": 104, "free": 94, "chain": 8}
    assert not verdict(money(1), money(2, **left), money(1, chain=8), money(2, **other)).ok


def test_a_message_that_an_account_has_not_paid_for_is_found() -> None:
    [violation] = verdict(money(1), sent(2, price=3), money(2, sending=2, taken=2, issuance=98, free=88)).violations
    assert violation.what == "chain 7, block 2: 2 was paid for sending, the messages that were sent cost 3"
    # what the executor sends is paid for by the message that makes it do so
    assert verdict(money(1), sent(2, price=3, sender=b""), money(2)).ok
