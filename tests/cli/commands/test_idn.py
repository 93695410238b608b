"""``drandlab idn``: JSON, text, journals, shipped files, bad files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.simulation.chains import chain_checks
from drandlab.simulation.chains.chain_scenario import shipped_chains
from drandlab.simulation.checkers.verdict import Verdict, Violation
from drandlab.simulation.journal import Journal

FIRST = "776bbd70e342f790762abfa5cd6f2d5ce4206ceb5551fdc7ecfda76061683e68"
"""The randomness of the block that ingests rounds 1000 and 1001 of quicknet."""


def test_json_has_blocks_consumers_verdicts_and_digest(drandlab: Callable) -> None:
    answer = drandlab("idn", "real-ranges", "--json")
    assert (answer.code, answer.err) == (0, "")
    found = json.loads(answer.out)
    assert list(found) == ["scenario", "about", "blocks", "consumers", "checks", "journal_digest"]
    assert (found["scenario"], found["consumers"]) == ("real ranges", [])
    assert [block["beacon"]["random"] for block in found["blocks"]][:3] == [None, FIRST, FIRST]
    assert [one["error"] for one in found["blocks"][2]["calls"]] == ["InvalidTransaction::Call", "StartExpired"]
    assert {check["ok"] for check in found["checks"]} == {True}
    assert {"name", "checked", "violations", "skipped", "ok"} == set(found["checks"][0])
    assert len(found["journal_digest"]) == 64


def test_fewer_and_more_blocks_are_made_on_demand(drandlab: Callable) -> None:
    for count in (1, 9):
        found = json.loads(drandlab("idn", "real-ranges", "--json", "--blocks", count).out)
        assert len(found["blocks"]) == count


def test_people_are_shown_a_row_for_each_block(drandlab: Callable) -> None:
    answer = drandlab("idn", "stall")
    assert (answer.code, answer.err) == (0, "")
    for words in (
        "accumulate, collators Alice, Bob, Charlie",
        "1002 to 1003",
        "VerificationFailed",
        "✓ stored sums: 2",
    ):
        assert words in answer.out
    assert "72753 to 72753" in drandlab("idn", "real-pulses").out


def test_the_journal_is_written(drandlab: Callable, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    answer = drandlab("idn", "real-ranges", "--json", "--journal", path)
    read = Journal.from_jsonl(path.read_text(encoding="utf-8"))
    assert read.digest() == json.loads(answer.out)["journal_digest"]
    assert {entry.kind for entry in read} == {"chain file", "chain call", "chain block"}


def test_the_journal_does_not_replace_the_file(drandlab: Callable, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "x"\nabout = "y"\nblocks = 1', encoding="utf-8")
    answer = drandlab("idn", path, "--journal", path)
    assert answer.code == 2
    assert "is the scenario itself" in answer.err


def test_shipped_files_are_listed(drandlab: Callable) -> None:
    found = json.loads(drandlab("idn", "--list", "--json").out)
    assert [one["name"] for one in found] == shipped_chains()
    listed = drandlab("idn", "--list").out
    assert all(name in listed for name in shipped_chains())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nabout = "y"\nblocks = 1\n[bridge]\nmode = "sum"', 'line 5, field "bridge.mode": expected one of'),
        ('name = "x"', 'field "about": missing'),
        ("name =", "not TOML"),
        (
            'name = "x"\nabout = "y"\nblocks = 1\n[bridge]\ningest = true\n[drand]\nchain = "fastnet2"',
            "fastnet2",
        ),
        (
            'name = "x"\nabout = "y"\nblocks = 1\n[bridge]\ningest = true\n[drand]\nchain = "default"',
            "chain: default has another scheme",
        ),
        (
            'name = "x"\nabout = "y"\nblocks = 1\n[bridge]\ningest = true\n[drand]\nchain = "quicknet-t"',
            "chain: no beacons of 'quicknet-t' come with drandlab",
        ),
    ],
)  # fmt: skip
def test_an_unusable_file_is_one_sentence(drandlab: Callable, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    answer = drandlab("idn", path, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_file_that_is_not_there_is_said(drandlab: Callable) -> None:
    assert drandlab("idn", "real-rangs").code == 2
    answer = drandlab("idn")
    assert (answer.code, "drandlab idn --list" in answer.err) == (2, True)


def test_a_violation_is_exit_code_1(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [Verdict("blocks", 1, (Violation(1.0, None, "block 2: out of order"),))]
    monkeypatch.setattr(chain_checks, "check_chains", lambda journal: broken)
    answer = drandlab("idn", "real-ranges")
    assert answer.code == 1
    assert "block 2: out of order" in answer.out


def test_people_are_shown_what_was_delivered(drandlab: Callable) -> None:
    answer = drandlab("idn", "two-consumers")
    assert (answer.code, answer.err) == (0, "")
    for words in (
        "subscription ",
        "0xcccccccccccc…",
        "ended",
        "4 × IdnConsumer.RandomnessConsumed",
        "chain 2000  6 messages executed",
        "of the proof's size",
        "✓ tokens: 36",
        "✓ credits: ",
    ):
        assert words in answer.out
    waited = drandlab("idn", "full-channel").out
    assert "the latest waited 7 blocks" in waited


def test_json_has_subscriptions_balances_and_messages(drandlab: Callable) -> None:
    found = json.loads(drandlab("idn", "failing-target", "--json").out)
    states = {sub["id"][2:4]: sub["state"] for sub in found["blocks"][2]["subscriptions"]}
    assert states == {"aa": "Paused", "bb": "Paused", "cc": "Active"}
    assert [one["to"] for block in found["blocks"] for one in block["messages"]] == [4594] * 4
    assert set(found["blocks"][0]["balances"]["Alice"]) == {"free", "fees", "deposit"}
    assert [one["name"] for one in found["checks"]][-3:] == ["tokens", "credits", "due"]


def test_one_of_a_thing_is_told_in_the_singular(drandlab: Callable, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    text = (
        'name = "x"\nabout = "y"\nblocks = 3\n[bridge]\ningest = true\ntreasury = 5_000_000_000\n[bridge.balances]\n'
        "Alice = 10_000_000_000_000\n[[consumer]]\npara_id = 4594\nbalances = { Alice = 10_000_000_000_000 }\n"
        '[[call]]\nblock = 1\norigin = "Alice"\ncall = "IdnManager.create_subscription"\nargs = { credits = 1, '
        'target = { parents = 1, interior = { X1 = [{ Parachain = 4594 }] } }, call = "0x2800", frequency = 1 }\n'
    )
    path.write_text(text, encoding="utf-8")
    assert "chain 4594  1 message executed, 1 × IdnConsumer.RandomnessConsumed" in drandlab("idn", path).out


def test_what_a_message_has_waited_counts_from_when_it_was_sent(drandlab: Callable) -> None:
    assert "the latest waited 11 blocks" in drandlab("idn", "slow-consumer").out
