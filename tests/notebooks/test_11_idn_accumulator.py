"""The notebook on the accumulator: few and many collators, silent ones, short and long runs, and what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "11-idn-accumulator.ipynb"

RUNS: list[dict[str, Any]] = [
    {"collators": 2, "silent": 0, "slots": 12, "trials": 100, "minutes": 2, "seed": 0},
    {"collators": 7, "silent": 6, "slots": 24, "trials": 2000, "minutes": 5, "seed": 1_000_000},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['collators']} collators, {run['silent']} silent")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    # Whose turn it is follows from the counts alone.
    present = run["collators"] - run["silent"]
    by_slot, by_number = map(int, re.findall(r"(\d+) blocks by slot, (\d+) by block number", text)[0])
    assert by_number == (min(run["slots"], present - 1) if run["silent"] else run["slots"])
    assert run["slots"] * present // run["collators"] <= by_slot <= -(-run["slots"] * present // run["collators"]) + 1
    # What is taken and what is refused depends on no parameter.
    assert answers(text, notebook) == answers(saved.text, saved)


def answers(text: str, notebook) -> list[str]:
    """The table of submissions, and the blocks of the chain that lost a round."""
    [table] = re.findall(r"^\| submission .*\n(?:\|.*\n)+", notebook.shown("text/plain"), re.M)
    return [*table.splitlines(), *re.findall(r"^(?:accumulate|range) +stored.*", text, re.M)]


def test_the_figures_of_the_real_rounds_are_there(saved) -> None:
    # the running pair of rounds 1000 to 1003, as others have computed it
    assert "signature b1605132c1fe4003caab92f67a8ef0af922d2811f4dc49a4…" in saved.text
    assert "message   a582a422c811ec184bf72fa18357c1139e5ba5ea804411e1…" in saved.text
    assert "which round does the first beacon of quicknet sign? {0: False, 1: True}" in saved.text
    assert "a year of quicknet: 505 MB of signatures" in saved.text
    assert "0 false and accepted" in saved.text


def test_a_lost_round_stops_the_first_design_only(saved) -> None:
    assert "accumulate stored, stored, VerificationFailed, VerificationFailed; next round 72753" in saved.text
    assert "range      stored, stored, stored, stored; next round 72758" in saved.text


def test_the_views_have_their_sentences(saved) -> None:
    alts = saved.alts
    assert sum(alt.startswith("Sums of points of G1, each point at its coordinates") for alt in alts) == 3
    assert sum(alt.startswith("Sums of points of G1, each point at its discrete logarithm") for alt in alts) == 1
    assert any(alt.startswith("3 blocks, numbers 1 to 3: 6 calls, none failed.") for alt in alts)
    assert any(alt.startswith("Delay from the time of a round to its block.") for alt in alts)
