"""Nothing in the package reads a sentence: what is decided hangs on types, codes and fields.

Two tests say so. One reads the source and finds each place where a message is searched, compared or taken apart. The
other lets the whole package run with every sentence swapped for a meaningless text: every verdict, code, field and exit
code, and the digest of every run without its texts, is as before the swap.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sentences import FOREIGN, SHOWN, readings, readings_below
from swapped_texts import PARTS, is_sentence, swapped

import drandlab

PACKAGE = Path(drandlab.__file__).parent
PROGRAM = Path(__file__).parent / "kit" / "swapped_texts.py"


# -- the source -------------------------------------------------------------------------------------------------------


def test_no_code_reads_a_sentence() -> None:
    found = readings_below(PACKAGE)
    unknown = {place: what for place, what in found.items() if place not in FOREIGN | SHOWN}
    assert not unknown, "give the error a code or a field, and ask for that"
    assert not (FOREIGN | SHOWN).keys() - found.keys(), "these read no sentence any more: strike them off the list"


READERS = {
    "a word in an error": "try: f()\nexcept ValueError as error:\n    if 'early' in str(error): g()",
    "the same, by way of a name": "try: f()\nexcept ValueError as e:\n    said = str(e)\n    if 'early' in said: g()",
    "the first argument": "try: f()\nexcept ValueError as e:\n    if 'early' in e.args[0]: g()",
    "a prefix": "def f(error: LocalError): return error.rule.removeprefix('node: ')",
    "what stands before a colon": "try: f()\nexcept LocalError as e: name, _, rule = str(e).partition(': ')",
    "an entry's reason": "def f(entry): return 'gap' in entry.details['why']",
    "the same, if there": "def f(entry): return entry.details.get('why').startswith('round')",
    "a whole sentence": "def f(error): return error.reason == 'no share'",
    "a pattern": "import re\ndef f(why: str): return re.match('round .*', why)",
    "a case": "def f(effect):\n    match effect.why:\n        case 'early': return 1",
    "an argument named so": "def f(reason): return reason.split(': ')[0]",
    "a part of a kind": "def f(entry): return 'failed' in entry.kind",
    "what is put together first": "try: f()\nexcept ValueError as e:\n    if 'early' in f'{e}': g()",
}


@pytest.mark.parametrize("source", READERS.values(), ids=list(READERS))
def test_a_reader_of_sentences_is_found(source: str) -> None:
    assert len(list(readings(source))) == 1


HARMLESS = (
    "try: f()\nexcept ValueError as error: raise LocalError(f'{where}: {error}') from None",
    "def f(error): return error.code == 'early' or error.argument in KEYS",
    "def f(why): return why or 'nothing was said'",
    "def f(why): return why == ''",
    "def f(names, name): return name.removeprefix('node') in names",
    "def f(entry): return entry.kind in ('failed', 'left')",
)


@pytest.mark.parametrize("source", HARMLESS)
def test_who_hands_a_sentence_on_is_no_reader(source: str) -> None:
    assert list(readings(source)) == []


# -- the swap ---------------------------------------------------------------------------------------------------------


@cache
def outcome(texts: str, *rest: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), texts, *rest], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_swapped() -> None:
    text = "it is early: the next round by this clock is "
    assert is_sentence(text) and swapped(text) == swapped(text) != text and len(swapped(text)) == len(text)
    for name in ("early", "node0.example.org:4444", "bls-unchained-g1-rfc9380", "SELECT info FROM chain", "no-group"):
        assert swapped(name) == name


@pytest.mark.parametrize("part", [part.__name__ for part in PARTS])
def test_no_verdict_code_field_exit_code_or_digest_hangs_on_a_text(part: str) -> None:
    assert outcome("swapped", "all")[part] == outcome("plain", "all")[part]


def test_the_runs_have_much_to_judge() -> None:
    found = outcome("plain", "all")
    runs = [found["clocks"], found["links"], found["servers"], found["setups"][1], found["resharing"], *found["fuzz"]]
    codes = {code for run in runs for code in run["codes"]}
    assert codes >= {"early", "gap", "full", "flags", "signature", "coordinator-silent"}
    assert all(found["refused"]) and len({tuple(map(str, error)) for error in found["refused"]}) > 20
    assert any(run["errors"] for run in found["keys"]) and any(run["blamed"] for run in found["keys"])


PLANTED = {
    "a checker that reads": (
        "clocks",
        "simulation/checkers/refusals.py",
        'if code == "early":',
        'if "it is early" in what.why:',
    ),
    "a reader of files that reads": (
        "refused",
        "wire/strict_toml.py",
        "inner: Path = (*error.within, *([error.argument] if error.argument else []))",
        'inner: Path = tuple(str(error).partition(": ")[0].split())',
    ),
    "a machine that reads": (
        "fuzz",
        "beacon/machines/sync.py",
        'if error.code == "stored":',
        'if "is stored already" in str(error):',
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_reader_is_noticed(name: str) -> None:
    part, *change = PLANTED[name]
    assert outcome("swapped", part, *change) != outcome("plain", part, *change)
