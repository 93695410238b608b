"""``drandlab fuzz``: clean seeds, a seed that breaks a rule, its replay, and unusable input."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from drandlab.beacon.machines.handler import Handler
from drandlab.simulation.fuzz.draw import draw
from drandlab.simulation.fuzz.run import run
from drandlab.simulation.scenario.scenario import load

CURRENT = Handler._current


def ahead(self: Handler, now: float) -> int:
    return CURRENT(self, now) + 1


def test_clean_seeds_are_exit_code_0(drandlab: Callable) -> None:
    answer = drandlab("fuzz", "--seeds", "0:3", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out) == {"seeds": [0, 3], "ran": 3, "ok": True, "violation": None}


def test_people_are_told_how_many(drandlab: Callable) -> None:
    answer = drandlab("fuzz", "--seeds", "4:6")
    assert (answer.code, answer.out) == (0, "2 seeds from 4 to 5: no rule was broken\n")


def test_a_single_seed_shows_its_schedule_and_every_verdict(drandlab: Callable) -> None:
    answer = drandlab("fuzz", "--seeds", "4")
    assert answer.code == 0
    for part in ("seed 4: ", " of trouble, ", " s: ", "one chain: ok, ", "catch-up: ", "digest ", "no rule was broken"):
        assert part in answer.out, part


def test_a_violation_ends_the_run_and_is_shrunk_to_a_command_that_replays_it(drandlab: Callable) -> None:
    with patch.object(Handler, "_current", ahead):
        answer = drandlab("fuzz", "--seeds", "2:9", "--json")
        found = json.loads(answer.out)
        assert (answer.code, found["seeds"], found["ran"], found["ok"]) == (1, [2, 9], 1, False)
        violation = found["violation"]
        assert violation["seed"] == 2
        [early] = [rule for rule in violation["broken"] if rule["rule"] == "never early"]
        assert {"time", "node", "what"} == set(early["violations"][0])
        program, *again = shlex.split(violation["command"])
        assert program == "drandlab"
        replay, whole = drandlab(*again, "--json"), run(draw(2))
    assert replay.code == 1
    # all is said of the shortest plan, and beside it of the whole
    assert violation["whole"]["journal_digest"] == whole.journal.digest() != violation["journal_digest"]
    assert violation["whole"]["network"] == str(whole.plan) != violation["network"]
    told = {rule["rule"]: len(rule["violations"]) for rule in violation["whole"]["broken"]}
    assert told == {verdict.name: len(verdict.violations) for verdict in whole.broken}
    said = json.loads(replay.out)["violation"]
    assert {key: said[key] for key in ("broken", "network", "journal_digest")} == {
        key: violation[key] for key in ("broken", "network", "journal_digest")
    }


def broken(answer: dict[str, Any]) -> set[str]:
    return {check["name"] for check in answer["checks"] if not check["ok"]}


def test_a_violation_is_saved_as_a_scenario_that_breaks_the_same_rules(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "finding.toml"
    with patch.object(Handler, "_current", ahead):
        found = json.loads(drandlab("fuzz", "--seeds", "2:9", "--save", str(file), "--json").out)
        replay = drandlab("simulate", str(file), "--json")
    assert found["saved"] == str(file)
    assert replay.code == 1
    again, violation = json.loads(replay.out), found["violation"]
    assert again["journal_digest"] == violation["journal_digest"]
    assert "never early" in broken(again)
    head = file.read_text(encoding="utf-8").partition("name = ")[0]
    for part in ("seed 2", "never early", "s early", violation["command"], violation["journal_digest"]):
        assert part in head, part
    sound = drandlab("simulate", str(file), "--json")
    assert (sound.code, broken(json.loads(sound.out))) == (0, set())


def test_people_are_told_where_a_finding_is_saved(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "finding.toml"
    with patch.object(Handler, "_current", ahead):
        answer = drandlab("fuzz", "--seeds", "2", "--only", "none", "--rounds", "2", "--save", str(file))
    assert answer.code == 1
    assert f"saved: drandlab simulate {file}" in answer.out
    assert load(file).rounds == 2 + 5


def test_the_command_that_shows_a_finding_again_can_be_pasted(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "a b; $(c).toml"
    with patch.object(Handler, "_current", ahead):
        answer = drandlab("fuzz", "--seeds", "2", "--only", "none", "--rounds", "1", "--save", str(file))
    [line] = [line for line in answer.out.splitlines() if line.startswith("saved: ")]
    assert shlex.split(line.removeprefix("saved: ")) == ["drandlab", "simulate", str(file)]


def test_nothing_is_saved_where_nothing_is_found(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "finding.toml"
    answer = drandlab("fuzz", "--seeds", "0:2", "--save", str(file), "--json")
    assert (answer.code, "saved" in json.loads(answer.out), file.exists()) == (0, False, False)
    file.write_text("mine", encoding="utf-8")
    drandlab("fuzz", "--seeds", "0", "--save", str(file))
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_file_that_cannot_be_written_is_refused_before_the_work(drandlab: Callable, tmp_path: Path) -> None:
    with patch("drandlab.simulation.fuzz.run.run", side_effect=AssertionError("ran")):
        for arguments in (
            ("--save", str(tmp_path / "missing" / "finding.toml")),
            ("--save", str(tmp_path)),
            ("--seeds", str(1 << 63), "--save", str(tmp_path / "finding.toml")),
        ):
            answer = drandlab("fuzz", *arguments)
            assert (answer.code, answer.out) == (2, ""), arguments
            assert answer.err.count("\n") == 1


def test_people_see_rule_plan_and_command(drandlab: Callable) -> None:
    with patch.object(Handler, "_current", ahead):
        answer = drandlab("fuzz", "--seeds", "2:9")
    assert answer.code == 1
    for part in ("seed 2 breaks: never early", "s early", "the shortest plan found", "run it again: drandlab fuzz "):
        assert part in answer.out, part


def test_a_part_of_a_plan_is_run_alone(drandlab: Callable) -> None:
    whole, part = (
        drandlab("fuzz", "--seeds", "5", *more, "--json") for more in ((), ("--only", "0,2", "--rounds", "4"))
    )
    assert (whole.code, part.code) == (0, 0)
    assert json.loads(whole.out)["journal_digest"] != json.loads(part.out)["journal_digest"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (("--seeds", "9:3"), "seeds: 9:3 holds no seed"),
        (("--seeds", "3:3"), "seeds: 3:3 holds no seed"),
        (("--seeds", "a:b"), "seeds: expected A:B or one seed, whole numbers of at least 0, got 'a:b'"),
        (("--seeds", "1:"), "seeds: expected A:B"),
        (("--seeds", "-1:2"), "seeds: expected A:B"),
        (("--seeds", "0:9", "--only", "1"), "they change the plan of one seed"),
        (("--seeds", "0:9", "--nodes", "3"), "they change the plan of one seed"),
        (("--seeds", "5", "--only", "x"), "only: expected numbers of events, as in 0,3,7, got 'x'"),
        (("--seeds", "5", "--only", "9" * 5000), "only: expected numbers of events, as in 0,3,7, got '999"),
        (("--seeds", "5", "--only", "١"), "only: expected numbers of events, as in 0,3,7, got"),
        (("--seeds", "5", "--only", "999"), "only: seed 5 has no event 999"),
        (("--seeds", "5", "--nodes", "2"), "--nodes"),
        (("--seeds", "5", "--rounds", "0"), "--rounds"),
    ],
)
def test_unusable_input_is_one_sentence_and_exit_code_2(
    drandlab: Callable, call: tuple[str, ...], sentence: str
) -> None:
    answer = drandlab("fuzz", *call)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
