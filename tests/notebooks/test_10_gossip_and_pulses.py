"""The notebook on gossip: few and many peers, fast and slow links, no loss and much, few Sybils and nearly all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "10-gossip-and-pulses.ipynb"

RUNS: list[dict[str, Any]] = [
    {"peers": 40, "latency": 10, "loss": 0, "share": 50, "seed": 0},
    {"peers": 200, "latency": 200, "loss": 30, "share": 90, "seed": 999_999},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['peers']} peers, {run['loss']} per cent lost")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    [reached, of] = map(int, re.findall(r"round 1000: (\d+) of (\d+) subscribers", notebook.text)[0])
    assert reached == of == run["peers"] - 2
    # What stands on the wire depends on no parameter.
    wire = [line for line in saved.text.splitlines() if re.match(r" *\d+  [0-9a-f]{2}( |$)", line)]
    assert len(wire) == 8 and all(line in notebook.text for line in wire)


def test_the_figures_of_the_real_rounds_are_there(saved) -> None:
    assert "/drand/pubsub/v0.0.0/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971" in saved.text
    assert " 0  08 " in saved.text and "e8 07" in saved.text
    assert "two relays, default IDs: each round comes twice" in saved.text


def test_the_views_have_their_sentences(saved) -> None:
    alts = saved.alts
    assert any(alt.startswith("120 peers on a ring, and lines between those in each other's mesh.") for alt in alts)
    assert any(alt.startswith("The pulse of round 1000 reaches 118 peers:") for alt in alts)
