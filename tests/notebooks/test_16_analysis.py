"""The notebook on data, draws and experiments: other chains, networks and dice, and the sweep on a Dask cluster."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.crypto.feldman import minimum_threshold

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "16-analysis.ipynb"

RUNS: list[dict[str, Any]] = [
    {"network": "default", "nodes": 4, "down": 1, "faces": 3, "jobs": 1, "seed": 0},
    {"network": "incentinet", "nodes": 8, "down": 8, "faces": 100, "jobs": 2, "seed": 1_000_000},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['network']}, {run['nodes']} nodes")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    nodes, down, threshold = run["nodes"], run["down"], minimum_threshold(run["nodes"])

    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    goes_on = nodes - down >= threshold
    assert f"{nodes - down} nodes are up in the outage, the chain {'goes on' if goes_on else 'halts'}" in text
    late = re.search(r"late rounds: (\d+); foretold: about (\d+)", text)
    assert late and (late[1] == "0") == goes_on == (late[2] == "0")
    # rows of the sweep: each threshold, each number of nodes down, two seeds
    thresholds = {threshold, (threshold + nodes) // 2, nodes}
    assert f"{2 * nodes * len(thresholds)} runs, 23 columns" in text
    [halts] = [alt for alt in notebook.alts if alt.startswith("Longest halt")]
    for k in range(1, nodes + 1):
        waits = re.findall(rf"(?<= ){k} down (\d+)", halts)
        assert [wait != "0" for wait in waits] == [nodes - k < t for t in sorted(thresholds)]
    # what is enumerated depends on the die alone
    assert f"the faces have {sorted({256 // run['faces'], -(-256 // run['faces'])})}" in text


def test_a_bias_is_seen_as_often_as_foretold(saved) -> None:
    seen = re.search(r"the bias was seen in (\d+) of 100 samples; (\d+) were foretold", saved.text)
    assert seen and abs(int(seen[1]) - int(seen[2])) <= 20
    assert "| 53 % ones " in saved.shown("text/plain")


def test_the_pictures_have_their_sentences(saved) -> None:
    begins = (
        "False alarms among fair samples: one test, once ",
        "With 64 draws a byte modulo 6 looks biased",
        "Ways to each order of three cards, if each is changed with any: ABC 4, ACB 5,",
        "Delays of 140 rounds: ",
        "With nodes that are up for 95 % of the time: threshold 3 of 5 gives 0.9988,",
        "Longest halt in seconds: threshold 3: 1 down 0, 2 down 0, 3 down 12,",
    )
    assert len(saved.alts) == len(begins)
    for alt, begin in zip(saved.alts, begins, strict=True):
        assert alt.startswith(begin)


def test_the_sweep_is_the_same_on_a_dask_cluster(saved) -> None:
    """The notebook says so. A cluster listens on a port, so that it is here and not in the notebook."""
    pytest.importorskip("distributed")
    [cell] = [cell for cell in saved.cells if "dl.analysis.sweep(" in cell.source]
    source = cell.source.split("swept = swept.rename")[0]
    assert source.count("jobs=jobs") == 1
    space: dict[str, Any] = {"dl": dl, "nodes": 5, "threshold": 3, "thresholds": [3, 4, 5], "seed": 16}
    exec(source.replace("jobs=jobs", 'jobs=2, cluster="local"'), space)
    digest = hashlib.sha256("".join(space["swept"]["journal_digest"]).encode()).hexdigest()[:16]
    assert f"digest of the frame: {digest}\n" in saved.text
