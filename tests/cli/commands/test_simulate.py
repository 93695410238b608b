"""``drandlab simulate``: JSON, digests, journals, shipped scenarios, bad files."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from drandlab.simulation.chance import seed_mark
from drandlab.simulation.checkers import judges as checkers
from drandlab.simulation.checkers.verdict import Verdict, Violation
from drandlab.simulation.journal import Journal
from drandlab.simulation.scenario.scenario import shipped_scenarios

SMALL = """name = "Small"
about = "Three nodes, one of which is down for a while."
rounds = 6
backend = "glass"

[network]
nodes = 3
threshold = 2

[[event]]
do = "crash"
node = 2
at = 4

[[event]]
do = "restart"
node = 2
at = 10
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_json_has_rounds_participation_latencies_verdicts_and_digest(drandlab: Callable, small: Path) -> None:
    answer = drandlab("simulate", small, "--json")
    assert (answer.code, answer.err) == (0, "")
    found = json.loads(answer.out)
    assert (found["scenario"], found["network"]["nodes"]) == ("Small", 3)
    assert found["rounds"] == {"made": 6, "due": 6, "first": 1, "last": 6}
    assert [node["down"] for node in found["nodes"]] == [0, 0, 6]
    assert [node["stored"]["partials"] + node["stored"]["sync"] for node in found["nodes"]] == [6, 6, 6]
    assert found["nodes"][2]["stored"]["sync"] > 0
    assert 0 < found["latency"]["first"]["median"] < 1 < found["latency"]["stored"]["max"]
    assert {check["ok"] for check in found["checks"]} == {True}
    assert {"one chain", "no gap", "progress"} <= {check["name"] for check in found["checks"]}
    assert len(found["journal_digest"]) == 64


def test_the_same_seed_gives_the_same_output_and_another_another(drandlab: Callable, small: Path) -> None:
    one, again, other = (drandlab("simulate", small, "--json", "--seed", seed) for seed in ("a", "a", "b"))
    assert one.out == again.out
    assert json.loads(one.out)["journal_digest"] != json.loads(other.out)["journal_digest"]
    assert json.loads(other.out)["network"]["seed"] == seed_mark("b"), "a text may be a secret: its mark is shown"


def test_other_processes_and_other_hash_seeds_give_the_same_output(process: Callable, small: Path) -> None:
    answers = [process("simulate", small, "--json", PYTHONHASHSEED=seed) for seed in ("0", "4711")]
    assert [(answer.code, answer.err) for answer in answers] == [(0, "")] * 2
    assert answers[0].out == answers[1].out
    json.loads(answers[0].out)


def test_rounds_and_backend_are_as_asked_for(drandlab: Callable, small: Path) -> None:
    found = json.loads(drandlab("simulate", small, "--rounds", "2", "--backend", "blst", "--json").out)
    assert (found["rounds"]["made"], found["network"]["backend"]) == (2, "bls12-381")
    assert json.loads(drandlab("simulate", small, "--rounds", "9", "--json").out)["rounds"]["made"] == 9


def test_the_journal_is_written_whole_and_read_again(drandlab: Callable, small: Path, tmp_path: Path) -> None:
    target = tmp_path / "run.jsonl"
    target.write_text("what was there before", encoding="utf-8")
    found = json.loads(drandlab("simulate", small, "--json", "--journal", target).out)
    saved = Journal.from_jsonl(target.read_text(encoding="utf-8"))
    assert saved.digest() == found["journal_digest"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.jsonl", "small.toml"]


def test_the_journal_goes_through_a_link_and_keeps_the_mode(drandlab: Callable, small: Path, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "target").chmod(0o600)
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "null").symlink_to("/dev/null")
    found = json.loads(drandlab("simulate", small, "--json", "--journal", tmp_path / "link").out)
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").stat().st_mode & 0o777 == 0o600
    saved = Journal.from_jsonl((tmp_path / "target").read_text(encoding="utf-8"))
    assert saved.digest() == found["journal_digest"]
    assert drandlab("simulate", small, "--json", "--journal", tmp_path / "null").code == 0
    assert (tmp_path / "null").is_symlink() and Path("/dev/null").is_char_device()


def test_a_journal_that_cannot_be_written_is_said_before_the_run(
    drandlab: Callable, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setattr("drandlab.simulation.scenario.scenario.Scenario.start", lambda *arguments, **options: 1 / 0)
    answer = drandlab("simulate", small, "--journal", tmp_path / "loop")
    assert (answer.code, answer.out) == (2, "")
    assert "loop: cannot be written (Too many levels of symbolic links)" in answer.err


def test_people_see_nodes_latencies_and_verdicts(drandlab: Callable, small: Path) -> None:
    answer = drandlab("simulate", small)
    assert (answer.code, answer.err) == (0, "")
    assert "Small: Three nodes, one of which is down for a while." in answer.out
    assert "rounds      6 made of 6 due, the last is 6" in answer.out
    assert "6 s" in next(line for line in answer.out.splitlines() if line.strip().startswith("2 "))
    assert "✓ one chain" in answer.out
    assert "journal     " in answer.out


def test_a_long_halt_is_shown(drandlab: Callable) -> None:
    answer = drandlab("simulate", "specification-catch-up", "--backend", "glass")
    assert answer.code == 0
    assert "halted      60.0" in answer.out


def test_a_violation_is_named_and_exit_code_1(drandlab: Callable, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuple(Violation(1_700_000_040.5, node, "two beacons of round 7") for node in (None, *range(7)))
    verdicts = [Verdict("one chain", 9, found), Verdict("no gap", 9), Verdict("shares", 0, skipped="for want of them")]
    monkeypatch.setattr(checkers, "check_all", lambda journal: verdicts)
    answer = drandlab("simulate", small, "--json")
    assert answer.code == 1
    checks = json.loads(answer.out)["checks"]
    assert [(check["name"], check["ok"], len(check["violations"])) for check in checks] == [
        ("one chain", False, 8),
        ("no gap", True, 0),
        ("shares", True, 0),
    ]
    assert checks[0]["violations"][1] == {"time": 1_700_000_040.5, "node": 0, "what": "two beacons of round 7"}
    answer = drandlab("simulate", small)
    assert answer.code == 1
    assert "✗ one chain: 9 checked" in answer.out
    assert "1700000040.500000, the network: two beacons of round 7" in answer.out
    assert "and 3 more" in answer.out
    assert "– shares: skipped, for want of them" in answer.out


def test_no_key_is_exit_code_1(drandlab: Callable, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    faults = ", ".join(f'"silent:{name}"' for name in range(3))
    path.write_text(SMALL.replace("threshold = 2", f"threshold = 2\nfaults = [{faults}]"), encoding="utf-8")
    answer = drandlab("simulate", path, "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "no node has a key" in answer.err
    assert "Traceback" not in answer.err


def test_a_rule_that_is_broken_before_there_is_a_key_is_shown(
    drandlab: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.toml"
    faults = ", ".join(f'"silent:{name}"' for name in range(3))
    path.write_text(SMALL.replace("threshold = 2", f"threshold = 2\nfaults = [{faults}]"), encoding="utf-8")
    verdicts = [Verdict("one chain", 1, (Violation(1_700_000_001.0, 1, "two chains"),))]
    monkeypatch.setattr(checkers, "check_all", lambda journal: verdicts)
    answer = drandlab("simulate", path, "--json")
    found = json.loads(answer.out)
    assert (answer.code, found["rounds"]["made"], found["checks"][0]["ok"]) == (1, 0, False)


def test_the_shipped_scenarios_are_listed(drandlab: Callable) -> None:
    answer = drandlab("simulate", "--list")
    assert answer.code == 0
    assert "league-of-entropy  23 nodes, 20 rounds" in answer.out
    rows = json.loads(drandlab("simulate", "--list", "--json").out)
    assert [row["name"] for row in rows] == shipped_scenarios()
    assert next(row for row in rows if row["name"] == "quiet-five") == {
        "name": "quiet-five",
        "about": next(row["about"] for row in rows if row["name"] == "quiet-five"),
        "nodes": 5,
        "rounds": 20,
    }


def test_a_shipped_name_stands_for_its_file(drandlab: Callable) -> None:
    found = json.loads(drandlab("simulate", "quiet-five", "--rounds", "2", "--backend", "glass", "--json").out)
    assert (found["scenario"], found["rounds"]["made"]) == ("Quiet five", 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("nodes = 3", "nodes = 0"), 'line 7, field "network.nodes": expected a whole number from 2 to 1000, got 0'),
        (("threshold = 2", "treshold = 2"), 'line 8, field "network.treshold": no such key; did you mean "threshold"?'),
        (('do = "crash"', 'do = "explode"'), 'line 11, field "event.do": no such event; there are crash'),
        (("node = 2\nat = 4", "node = 3\nat = 4"), 'line 12, field "event.node": there is no node 3'),
        (("at = 4", "at = 40"), 'line 13, field "event.at": 40 s after genesis is not within the 6 rounds'),
        (('backend = "glass"', 'backend = "fast"'), 'line 4, field "backend"'),
        (("rounds = 6", "rounds = "), "line 3: not TOML"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_place_and_exit_code_2(
    drandlab: Callable, small: Path, change: tuple[str, str], sentence: str
) -> None:
    small.write_text(SMALL.replace(*change), encoding="utf-8")
    answer = drandlab("simulate", small, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert f"{small}, {sentence}" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ((), "name a TOML file, or one of those that `drandlab simulate --list` shows"),
        (("quiet-six",), 'did you mean "quiet-five"?'),
        (("nowhere.toml",), "no such file and no such shipped scenario; there are bridge-accumulates"),
        ((".",), "is a folder, expected a file"),
        (("quiet-five", "--rounds", "0"), "greater than or equal to 1"),
        (("quiet-five", "--backend", "fast"), "backend"),
        (("quiet-five", "--journal", "."), "is a folder"),
        (("quiet-five", "--journal", "nowhere/run.jsonl"), "nowhere does not exist"),
    ],
)
def test_unusable_input_is_one_sentence_and_exit_code_2(
    drandlab: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = drandlab("simulate", *call)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def test_the_scenario_itself_is_not_written_over(drandlab: Callable, small: Path) -> None:
    answer = drandlab("simulate", small, "--journal", small)
    assert answer.code == 2
    assert "is the scenario itself" in answer.err
    assert small.read_text(encoding="utf-8") == SMALL


def test_what_cannot_happen_is_exit_code_2_and_leaves_no_journal(
    drandlab: Callable, small: Path, tmp_path: Path
) -> None:
    small.write_text(SMALL + '[[event]]\ndo = "reshare"\nat = 12\nthreshold = 1\n', encoding="utf-8")
    answer = drandlab("simulate", small, "--journal", tmp_path / "run.jsonl")
    assert (answer.code, answer.out) == (2, "")
    assert "event 3 (reshare at 12 s): threshold: 3 nodes need one from 2 to 3, got 1" in answer.err
    assert not (tmp_path / "run.jsonl").exists()


# -- satellites -------------------------------------------------------------------------------------------------------

KEYS = [
    "node", "name", "passes", "contact_s", "contact_share", "longest_gap_s", "signed", "in_time", "first_t",
    "participation",
]  # fmt: skip


def flying(tmp_path: Path, **changes: str) -> Path:
    """The shipped scenario that needs its satellite, with some of its text replaced."""
    text = (files("drandlab.simulation.scenario") / "shipped" / "satellite-needed.toml").read_text(encoding="utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "flying.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_json_tells_of_satellites(drandlab: Callable) -> None:
    answer = drandlab("simulate", "satellite-needed", "--json")
    assert (answer.code, answer.err) == (0, "")
    [found] = json.loads(answer.out)["orbit"]["satellites"]
    assert list(found) == KEYS
    assert (found["node"], found["name"], found["passes"]) == (4, "crypto", 2)
    assert found["participation"] == found["in_time"] / 150
    assert 0 < found["contact_share"] < 1 and found["longest_gap_s"] > 2000
    assert "orbit" not in json.loads(drandlab("simulate", "quiet-five", "--rounds", "1", "--json").out)


def test_people_see_satellites(drandlab: Callable, tmp_path: Path) -> None:
    path = flying(tmp_path, name=('name = "crypto"', 'name = "cry\\u001bpto"'))
    answer = drandlab("simulate", path, "--rounds", "20")
    assert (answer.code, answer.err) == (0, "")
    row = next(line for line in answer.out.splitlines() if "pto" in line and "crypto" not in line)
    assert "\x1b" not in row and row.split()[2] == "1" and row.rstrip().endswith("%")
    assert "orbit" not in answer.out


def test_an_old_element_set_is_told_on_stderr_and_runs(drandlab: Callable, tmp_path: Path) -> None:
    path = flying(
        tmp_path, start=("2026-01-01T02:35", "2026-03-01T00:00"), wait=("nodes = 5", "nodes = 5\nwait = 90000")
    )
    answer = drandlab("simulate", path, "--rounds", "1", "--json")
    assert answer.code == 0 and len(answer.err.splitlines()) == 1
    assert answer.err.startswith("drandlab: crypto: the interval reaches 59.0 days from the epoch of its element set")
    assert len(json.loads(answer.out)["orbit"]["satellites"]) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("15.13677680    18", "15.13677680    17", 'flying.toml, line 29, field "orbit.satellite.tle": line 2 of the'),
        ("node = 4", "node = 5", 'flying.toml, line 27, field "orbit.satellite.node": there is no node 5'),
        ('"2026-01-01T02:35:00Z"', '"soon"', 'flying.toml, line 13, field "orbit.start": expected a moment such as'),
    ],
)
def test_a_bad_orbit_is_exit_code_2(drandlab: Callable, tmp_path: Path, old: str, new: str, said: str) -> None:
    answer = drandlab("simulate", flying(tmp_path, change=(old, new)), "--json")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and len(answer.err.splitlines()) == 1


LOW = (
    "1 25544U 98067A   26001.00000000  .00050000  00000-0  50000-3 0  9992",
    "2 25544  51.6498 109.4756 0003572  55.9686 274.8005 16.20000000    19",
)
"""It stays up for a month: nobody lifts it again."""


def test_more_rounds_than_a_satellite_lasts_are_exit_code_2(drandlab: Callable, tmp_path: Path) -> None:
    lines = ("1 99999U          26001.00000000  .00000000  00000-0  00000-0 0    18", LOW[0])
    path = flying(
        tmp_path, one=lines, two=("2 99999  97.4970   0.0000 0000000   0.0000   0.0000 15.13677680    18", LOW[1])
    )
    answer = drandlab("simulate", path, "--rounds", "1000000", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "orbit satellite 1 tle: SGP4 gives no position of satellite crypto" in answer.err


def test_no_pass_in_time_is_exit_code_1(drandlab: Callable, tmp_path: Path) -> None:
    answer = drandlab("simulate", flying(tmp_path, wait=("nodes = 5", "nodes = 5\nwait = 60")), "--json")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        "drandlab: no node has a key: 4 of the 5 expected nodes are here at the time-out"
    ]


def test_a_bridge_has_its_figures(drandlab: Callable) -> None:
    found = json.loads(drandlab("simulate", "bridge-accumulates", "--backend", "glass", "--rounds", "32", "--json").out)
    bridge = found["bridge"]
    assert (bridge["mode"], bridge["rounds"]["first"], bridge["rounds"]["skipped"]) == ("accumulate", 1, 0)
    assert bridge["blocks"]["final"] == bridge["slots"]["all"] - bridge["slots"]["missed"] > 10
    assert 0 < bridge["latency"]["to_block"]["p50"] < bridge["latency"]["to_final"]["max"] < 30
    assert bridge["observer_bytes"] < bridge["beacon_bytes"] and len(bridge["collators"]) == 4
    assert all(check["ok"] for check in found["checks"])
    said = drandlab("simulate", "bridge-accumulates", "--backend", "glass", "--rounds", "32").out
    assert "bridge      accumulate, " in said and "observer    keeps " in said and "misbehaved" in said
    assert "bridge" not in json.loads(drandlab("simulate", "quiet-five", "--rounds", "2", "--json").out)
