"""The notebook on attacks: small and large groups, many and few runs, and that every attack kept to its prediction."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drandlab.attacks import catalogue
from drandlab.attacks.all_attacks import MODULES

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "15-attacks.ipynb"

ELSEWHERE = {"old_shares", "eclipse", "wrong_domain_tag", "broken_link"}
"""Attacks of these rooms that other notebooks show."""

RUNS: list[dict[str, Any]] = [
    {"nodes": 4, "players": 2, "runs": 200, "seed": 0},
    {"nodes": 9, "players": 20, "runs": 1000, "seed": 1_000_000},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['nodes']} nodes, {run['players']} players")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    assert compared(notebook.text) == compared(saved.text)
    nodes, threshold = run["nodes"], run["nodes"] // 2 + 1
    least = nodes - threshold + 1
    assert f"here it takes {least}, which is {'fewer' if nodes % 2 == 0 else 'not fewer'}" in notebook.text
    [clocks] = [alt for alt in notebook.alts if alt.startswith("Seconds by which the beacon comes early")]
    early = {int(k): float(lead) for k, lead in re.findall(r"(\d+) nodes (\d+)", clocks)}
    assert early == {k: 10 if k >= threshold else 0 for k in range(nodes + 1)}


def compared(text: str) -> set[str]:
    """The attacks whose figures were laid beside their predictions."""
    return set(re.findall(r"^✓ (\w+): as predicted, in each way", text, re.M))


def test_every_attack_on_keys_beacons_and_their_uses_is_shown(saved) -> None:
    wanted = {name for room in ("keys", "beacons", "uses") for name in MODULES[room]} - ELSEWHERE
    assert compared(saved.text) == wanted
    assert wanted < set(catalogue())
    # the last table has them all, in the order of the lesson
    table = saved.shown("text/plain").split("| attack ")[-1]
    assert {cell for cell in re.findall(r"^\| (\w+) +\|", table, re.M)} == wanted


def test_each_remedy_is_said(saved) -> None:
    said = " ".join(saved.text.split())
    assert all(" ".join(catalogue()[name].remedy.split()) in said for name in compared(saved.text))


def test_the_pictures_have_their_sentences(saved) -> None:
    begins = (
        "Share of the keys with the wanted bit: 2 dealers 0.9",
        "Minutes until the network is on time again, by catch-up period: 15 s 45.0, 10 s 22.5, 5 s 9.0, 3 s 5.0.",
        "Seconds by which the beacon comes early: 5 nodes 10, 4 nodes 10, 3 nodes 10, 2 nodes 0",
        "Share of the games with the wanted bit: 2 withhold 0.9",
    )
    for begin in begins:
        assert any(alt.startswith(begin) for alt in saved.alts), begin
