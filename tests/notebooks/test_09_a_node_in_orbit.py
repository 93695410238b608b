"""The notebook on a node in orbit: small and large leagues, masks and periods, and what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drandlab.crypto.feldman import minimum_threshold

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "09-a-node-in-orbit.ipynb"

RUNS: list[dict[str, Any]] = [
    {"nodes": 8, "period": 20, "hours": 2, "mask": 5, "seed": 0},
    {"nodes": 24, "period": 60, "hours": 8, "mask": 20, "seed": 999_999},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['nodes']} nodes, {run['hours']} hours")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    nodes, rounds = run["nodes"], run["hours"] * 3600 // run["period"]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    assert f"{nodes} members, threshold {minimum_threshold(nodes)}" in text
    assert f"{rounds} rounds of {run['period']} s" in text

    # What the attacker needs follows from the sizes alone.
    least = {
        words.strip(): int(k) for words, k in re.findall(r"^(plain.*?|composed.*?) +(\d+) of \d+ members", text, re.M)
    }
    threshold = minimum_threshold(nodes)
    assert least["plain"] == threshold and least["plain, uplink"] == threshold - 1
    assert least["composed, uplink"] == minimum_threshold(nodes - 1)
    assert least["composed, uplink, own clock"] == nodes

    # A fleet of four never sees less from more stations, and nobody sees all the time.
    assert len(re.findall(r"^(50|90|99) %: ", text, re.M)) == 3


def test_the_figures_of_the_article_are_there(saved) -> None:
    assert "✓ 12 of 23, as the article of 2022 says" in saved.text
    assert "✓ Svalbard never sees the ISS: its track ends at 51.6°" in saved.text
    assert re.search(r"^through a relay +\d+ s in sight, 60 of 60 rounds made$", saved.text, re.M)
