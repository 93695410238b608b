"""The checkers of a chain file: each finds what was planted in a true journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from beacon_chain import pulse_of

from drandlab.idn import block_randomness
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_entries import CallDispatched, ChainBlockEnded
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario
from drandlab.simulation.journal import Entry

FILE = """name = "x"
about = "y"
blocks = 4
[bridge]
mode = "{mode}"
ingest = true
[drand]
first_round = 100
missing = [106]
"""

NAMES = ["blocks", "no trace", "in order", "stored sums", "randomness"]


def journal(mode: str) -> list[Entry]:
    return list(ChainRun(ChainScenario.from_toml(FILE.format(mode=mode)), backend="glass").run().journal)


@pytest.fixture(scope="module")
def true() -> dict[str, list[Entry]]:
    return {mode: journal(mode) for mode in ("range", "accumulate")}


def planted(entries: list[Entry], number: int, change: Callable[[ChainBlockEnded], ChainBlockEnded]) -> set[str]:
    """The names of the checkers that find something where one block is changed."""

    def changed(entry: Entry) -> Entry:
        what = entry.what
        if isinstance(what, ChainBlockEnded) and what.number == number:
            return Entry(entry.time, entry.node, change(what))
        return entry

    return {verdict.name for verdict in check_chains(map(changed, entries)) if not verdict.ok}


def test_a_true_journal_breaks_no_rule(true: dict[str, list[Entry]]) -> None:
    for entries in true.values():
        verdicts = check_chains(entries)
        assert [verdict.name for verdict in verdicts] == NAMES
        assert [verdict for verdict in verdicts if not verdict.ok] == []
    checked = {verdict.name: verdict.checked for verdict in check_chains(true["accumulate"])}
    assert checked == {"blocks": 4, "no trace": 1, "in order": 3, "stored sums": 3, "randomness": 4}


@pytest.mark.parametrize("mode", ["range", "accumulate"])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda block: replace(block, number=7), "blocks"),
        (lambda block: replace(block, parent=bytes(32)), "blocks"),
        (lambda block: replace(block, slot=block.slot + 1), "blocks"),
        (lambda block: replace(block, slot=0), "blocks"),
        (lambda block: replace(block, author="Bob" if block.author == "Alice" else "Alice"), "blocks"),
        (lambda block: replace(block, seal=bytes(64)), "blocks"),
        (lambda block: replace(block, next_round=1), "in order"),
        (lambda block: replace(block, next_round=block.next_round + 100), "in order"),
        (lambda block: replace(block, signature=pulse_of(1, 1).signature), "stored sums"),
        (lambda block: replace(block, signature=bytes(48)), "stored sums"),
        (lambda block: replace(block, key=bytes(96)), "stored sums"),
        (lambda block: replace(block, random=bytes(32)), "randomness"),
    ],
)  # fmt: skip
def test_what_is_planted_in_a_block_is_found(
    true: dict[str, list[Entry]], mode: str, change: Callable[[ChainBlockEnded], ChainBlockEnded], found: str
) -> None:
    assert found in planted(true[mode], 2, change)


def test_what_is_planted_in_a_range_is_found(true: dict[str, list[Entry]]) -> None:
    entries = true["range"]
    assert "in order" in planted(entries, 2, lambda block: replace(block, start=101, end=101))
    assert "in order" in planted(entries, 2, lambda block: replace(block, start=103, end=113, next_round=114))
    assert planted(entries, 2, lambda block: replace(block, end=1000)) >= {"in order", "stored sums"}
    assert "stored sums" in planted(entries, 2, lambda block: replace(block, start=None, end=None))


def test_what_is_planted_in_a_pair_is_found(true: dict[str, list[Entry]]) -> None:
    entries = true["accumulate"]
    assert planted(entries, 2, lambda block: replace(block, message=pulse_of(1, 1).signature)) == {"stored sums"}
    assert planted(entries, 1, lambda block: replace(block, begin=1)) >= {"stored sums"}


def test_the_first_block_stands_on_block_0(true: dict[str, list[Entry]]) -> None:
    assert planted(true["range"], 1, lambda block: replace(block, parent=bytes(32))) == {"blocks"}


def test_a_failed_call_that_left_something_is_found(true: dict[str, list[Entry]]) -> None:
    for change in ({"after": bytes(32)}, {"events": ({"event": "RandBeacon.BeaconConfigSet"},)}):
        entries = [
            Entry(one.time, one.node, replace(one.what, **change))
            if isinstance(one.what, CallDispatched) and one.what.error is not None
            else one
            for one in true["accumulate"]
        ]
        assert [verdict.name for verdict in check_chains(entries) if not verdict.ok] == ["no trace"]


def test_randomness_is_that_of_what_was_submitted(true: dict[str, list[Entry]]) -> None:
    def of_the_sum(block: ChainBlockEnded) -> ChainBlockEnded:
        return replace(block, random=block_randomness(block.signature))

    assert planted(true["accumulate"], 2, of_the_sum) == {"randomness"}
