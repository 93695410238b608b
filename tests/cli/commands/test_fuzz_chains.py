"""``drandlab fuzz --chains``: clean seeds, a seed that breaks a rule, the file that ``drandlab idn`` replays."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from planted_chains import CHAIN_BUGS

from drandlab.simulation.chain_fuzz import chain_judging
from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_judging import judge_chains

BUG = CHAIN_BUGS["charged-twice"]


def test_clean_seeds_are_exit_code_0(drandlab: Callable) -> None:
    answer = drandlab("fuzz", "--chains", "--seeds", "0:4", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out) == {"seeds": [0, 4], "ran": 4, "ok": True, "violation": None}
    answer = drandlab("fuzz", "--chains", "--seeds", "4:6")
    assert (answer.code, answer.out) == (0, "2 seeds from 4 to 5: no rule was broken\n")


def test_a_single_seed_shows_its_calls_and_every_verdict(drandlab: Callable) -> None:
    answer = drandlab("fuzz", "--chains", "--seeds", "1")
    assert answer.code == 0
    for part in ("seed 1: a bridge (", " blocks, ", "  0: block ", "tokens: ok, ", "messages: ok, ", "digest "):
        assert part in answer.out, part
    digest = json.loads(drandlab("fuzz", "--chains", "--seeds", "1", "--json").out)["journal_digest"]
    assert digest == judge_chains(draw_chains(1)).journal.digest() and digest in answer.out


def test_a_violation_ends_the_run_and_is_shrunk_to_a_command_that_replays_it(drandlab: Callable) -> None:
    with BUG.planted():
        answer = drandlab("fuzz", "--chains", "--seeds", "0:500", "--json")
        found = json.loads(answer.out)
        violation = found["violation"]
        assert (answer.code, found["ok"], found["ran"]) == (1, False, violation["seed"] + 1)
        assert {"credits", "tokens"} & {rule["rule"] for rule in violation["broken"]}
        program, *again = shlex.split(violation["command"])
        assert (program, again[:2]) == ("drandlab", ["fuzz", "--chains"])
        replay, whole = drandlab(*again, "--json"), judge_chains(draw_chains(violation["seed"]))
    assert replay.code == 1
    said = json.loads(replay.out)["violation"]
    assert {key: said[key] for key in ("broken", "network", "journal_digest")} == {
        key: violation[key] for key in ("broken", "network", "journal_digest")
    }
    # all is said of the shortest plan, and beside it of the whole
    assert violation["whole"]["journal_digest"] == whole.journal.digest() != violation["journal_digest"]
    assert violation["whole"]["network"] == str(whole.plan) != violation["network"]
    assert len(violation["events"]) < len(whole.plan.calls)
    assert set(violation["events"]) <= set(whole.plan.events), "calls keep their numbers"


def test_a_violation_is_saved_as_a_chain_file_that_runs_to_the_same_digest(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "a b; $(c).toml"
    with BUG.planted():
        told = drandlab("fuzz", "--chains", "--seeds", "0:500", "--save", str(file))
        found = json.loads(drandlab("fuzz", "--chains", "--seeds", "0:500", "--save", str(file), "--json").out)
        replay = drandlab("idn", str(file), "--json")
    assert (told.code, replay.code, found["saved"]) == (1, 1, str(file))
    [line] = [line for line in told.out.splitlines() if line.startswith("saved: ")]
    assert shlex.split(line.removeprefix("saved: ")) == ["drandlab", "idn", str(file)]
    again, violation = json.loads(replay.out), found["violation"]
    assert again["journal_digest"] == violation["journal_digest"]
    assert {rule["rule"] for rule in violation["broken"]} >= {one["name"] for one in again["checks"] if not one["ok"]}
    head = file.read_text(encoding="utf-8").partition("name = ")[0]
    for part in (f"seed {violation['seed']}", violation["command"], violation["journal_digest"]):
        assert part in head, part
    sound = json.loads(drandlab("idn", str(file), "--json").out)
    assert all(one["ok"] for one in sound["checks"]) and sound["journal_digest"] != violation["journal_digest"]


def test_people_see_rule_plan_calls_and_command(drandlab: Callable) -> None:
    with BUG.planted():
        answer = drandlab("fuzz", "--chains", "--seeds", "0:500")
    assert answer.code == 1
    for part in (" breaks: credits", " s, the chains: ", "the shortest plan found", "run it again: drandlab fuzz --ch"):
        assert part in answer.out, part


def test_nothing_is_saved_where_nothing_is_found(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "finding.toml"
    answer = drandlab("fuzz", "--chains", "--seeds", "0:2", "--save", str(file), "--json")
    assert (answer.code, "saved" in json.loads(answer.out), file.exists()) == (0, False, False)


def test_a_file_that_cannot_be_written_is_refused_before_the_work(drandlab: Callable, tmp_path: Path) -> None:
    with patch.object(chain_judging, "judge_chains", side_effect=AssertionError("ran")):
        for path in (tmp_path / "missing" / "finding.toml", tmp_path):
            answer = drandlab("fuzz", "--chains", "--save", str(path))
            assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("seed", [1 << 63, (1 << 64) - 2])
def test_a_seed_of_any_length_is_drawn_and_saved(drandlab: Callable, tmp_path: Path, seed: int) -> None:
    answer = drandlab("fuzz", "--chains", "--seeds", str(seed), "--save", str(tmp_path / "finding.toml"), "--json")
    assert answer.code == 0, answer.err


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (("--chains", "--seeds", "3:3"), "seeds: 3:3 holds no seed"),
        (("--chains", "--seeds", "x"), "seeds: expected A:B or one seed"),
        (("--chains", "--seeds", "0:9", "--only", "1"), "only, blocks: they change the plan of one seed"),
        (("--chains", "--seeds", "0:9", "--blocks", "3"), "only, blocks: they change the plan of one seed"),
        (("--chains", "--seeds", "5", "--only", "x"), "only: expected numbers of events, as in 0,3,7, got 'x'"),
        (("--chains", "--seeds", "5", "--only", "999"), "only: seed 5 has no call 999"),
        (("--chains", "--seeds", "5", "--blocks", "0"), "--blocks"),
        (("--chains", "--seeds", "5", "--nodes", "4"), "nodes, rounds: they are about networks"),
        (("--chains", "--seeds", "5", "--rounds", "4"), "nodes, rounds: they are about networks"),
        (("--seeds", "5", "--blocks", "4"), "blocks: it is about chain files"),
    ],
)
def test_unusable_input_is_one_sentence_and_exit_code_2(
    drandlab: Callable, call: tuple[str, ...], sentence: str
) -> None:
    answer = drandlab("fuzz", *call)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
