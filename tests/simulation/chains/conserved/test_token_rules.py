"""Tokens that appear or vanish are found."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.simulation.chains.chain_entries import ChainMoney
from drandlab.simulation.chains.conserved.token_rules import TokensConserved
from drandlab.simulation.checkers.verdict import Verdict, judge
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader


def money(number: int, **about: Any) -> Entry:
    fields: dict[str, Any] = {"chain": 7, "number": number, "issuance": 100, "free": 90, "held": 10, "named": {}}
    return Entry(float(number), None, ChainMoney(**fields | about))


def verdict(*entries: Entry) -> Verdict:
    [found] = judge(entries, JournalReader(), [TokensConserved()])
    return found


def test_what_is_told_is_no_fault() -> None:
    found = verdict(money(1, fees=4, deposits=6), money(2, issuance=105, free=95, made=8, taken=3), money(1, chain=8))
    assert (found.ok, found.checked) == (True, 3)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"free": 91}, "100 is issued, and the accounts have 91 free and 10 held"),
        ({"fees": 5, "deposits": 6}, "10 is held, and 5 of it for credits and 6 for deposits"),
        ({"issuance": 101, "free": 91}, "100 was issued, 0 came into being and 0 went, and 101 is issued now"),
        ({"made": 1}, "100 was issued, 1 came into being and 0 went, and 100 is issued now"),
        ({"taken": 2}, "100 was issued, 0 came into being and 2 went"),
    ],
)
def test_what_is_not_told_is_found(about: dict[str, int], said: str) -> None:
    found = verdict(money(1), money(2, **about))
    assert [violation.what.startswith(f"chain 7, block 2: {said}") for violation in found.violations] == [True]
