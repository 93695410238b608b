"""Terminals that know few characters, and text of others that would steer one."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.cli.terminal import note, progress, say, screen
from drandlab.plain import PLAIN, as_words
from drandlab.remote.networks import networks

EVIL = "\x1b]0;evil\x07\x9b2J\u202eabc\u200b"
FORGED = f"{EVIL}\n2 beacons of quicknet checked in 0.01 s: all valid"


def steers(text: str) -> bool:
    return any(c in text for c in "\x1b\x07\x9b\u202e\u200b\x7f\r")


def test_every_sign_has_a_plain_form_of_its_own() -> None:
    assert "✓".encode("ascii", as_words()) == b"ok"
    assert "✗".encode("ascii", as_words()) == b"NO"
    assert "a\ud800東".encode("ascii", as_words()) == b"a\\ud800\\u6771"
    assert "✓é".encode("latin-1", as_words()) == b"ok\xe9"
    assert all(sign.encode("ascii", as_words()).decode() == word for sign, word in PLAIN.items())


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_what_is_well_and_what_is_not_differ_on_an_ascii_terminal(
    process: Callable, tmp_path: Path, environment: dict[str, str]
) -> None:
    answer = process("chains", **environment)
    assert answer.code == 0
    assert "chain hash ok 52db9ba7" in answer.out
    assert "?" not in answer.out
    answer = process("verify", tmp_path / "東京.jsonl", "--chain", "quicknet", **environment)
    assert answer.code == 2
    assert "?" not in answer.err
    assert ".jsonl: cannot be read" in answer.err


def hostile_files(folder: Path) -> list[tuple[list[str | Path], int]]:
    """Commands, each with text of another in a place of its own, and their exit codes."""
    name = FORGED.replace("/", "")
    info = networks["quicknet"].to_dict(2) | {"beacon_id": FORGED}
    del info["chain_hash"]
    chain = folder / "chain.json"
    chain.write_text(json.dumps(info))
    good = folder / "good.jsonl"
    beacon = '{"round": 42, "signature": "' + "ab" * 48 + '"}\n'
    good.write_text(beacon)
    csv = folder / "header.csv"
    csv.write_bytes(f'{EVIL},"{FORGED}",round\n1,2,3\n'.encode())
    scenario = folder / "scenario.toml"
    scenario.write_text(f"{json.dumps(FORGED)} = 1\n")
    about = folder / "about.toml"
    about.write_text("about = " + json.dumps(FORGED) + "\nrounds = 2\n[network]\nnodes = 3\n")
    key = folder / "key.json"
    key.write_text(json.dumps({FORGED: 1}))
    text = folder / "value.jsonl"
    text.write_text(json.dumps({"round": 1, "signature": FORGED}) + "\n")
    (folder / name).write_text("x")
    return [
        (["verify", good, "--chain", chain], 1),
        (["verify", csv, "--chain", "quicknet"], 2),
        (["verify", text, "--chain", "quicknet"], 2),
        (["verify", folder / f"{name}.csv", "--chain", "quicknet"], 2),
        (["verify", good, "--chain", FORGED], 2),
        (["verify", good, "--chain", key], 2),
        (["verify", good, "--chain", folder / name], 2),
        (["verify", good, "--chain", "quicknet", f"--{FORGED}"], 2),
        (["verify", good, "--chain", "quicknet", "--jobs", FORGED], 2),
        (["verify", good, "--chain", "quicknet", "--backend", FORGED], 2),
        ([FORGED], 2),
        (["simulate", scenario], 2),
        (["simulate", FORGED], 2),
        (["run", FORGED, "-o", "x.ipynb"], 2),
        (["dkg", "--faults", FORGED], 2),
        (["fetch", FORGED, "--from", "1", "--to", "2", "-o", folder / "x.jsonl"], 2),
        (["fetch", "quicknet", "--from", "1", "--to", "2", "-o", folder / FORGED], 2),
    ]


@pytest.mark.parametrize("number", range(17))
def test_no_text_of_others_steers_the_terminal_or_forges_a_line(
    drandlab: Callable, tmp_path: Path, number: int
) -> None:
    arguments, code = hostile_files(tmp_path)[number]
    answer = drandlab(*arguments)
    assert answer.code == code
    assert not steers(answer.out + answer.err)
    said = (answer.out + answer.err).splitlines()
    assert not any(line.startswith("2 beacons of quicknet") for line in said)
    if code == 2:
        assert len(said) == 1


def test_what_every_command_shows_is_escaped(capsys: pytest.CaptureFixture) -> None:
    from rich.table import Table
    from rich.text import Text

    note(FORGED)
    say(FORGED)
    console = screen()
    console.print(FORGED, style="bold")
    console.print(Text(EVIL))
    table = Table(EVIL)
    table.add_row(EVIL)
    console.print(table)
    with progress(f"[/red]{FORGED}") as advance:
        advance(1, 2)
    out, err = capsys.readouterr()
    assert not steers(out + err)
    assert err.count("\n") == 1
    assert out.count("evil") == 5
    assert not any(line.startswith("2 beacons") for line in out.splitlines())


def test_a_warning_is_a_sentence_and_shows_no_place_in_a_library(
    drandlab: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    import drandlab.cli.commands.chains as module

    def warned() -> list:
        warnings.warn(FORGED, stacklevel=1)
        return []

    monkeypatch.setattr(module, "recomputed", warned)
    warnings.simplefilter("always")
    answer = drandlab("chains", "--json")
    assert (answer.code, answer.out) == (0, "[]\n")
    assert answer.err.startswith("drandlab: warning: \\x1b]0;evil")
    assert answer.err.count("\n") == 1
    assert ".py" not in answer.err
