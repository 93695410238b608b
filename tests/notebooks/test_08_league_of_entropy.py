"""The notebook on real beacons: other networks, sizes and backends, the edges among them, and what comes out."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

import drandlab as dl
from drandlab.analysis.frames import beacons_of

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "08-league-of-entropy.ipynb"

RUNS: list[dict[str, Any]] = [
    {"network": "default", "sample": 1000, "backend": "blst", "seed": 0},
    {"network": "evmnet", "sample": 20, "backend": "blst", "seed": 1_000_000},
    {"network": "testnet-unchained-3s", "sample": 2, "backend": "py_ecc", "seed": 5},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['network']} on {run['backend']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text, reports = notebook.text, notebook.shown("text/plain")
    network, info = run["network"], dl.networks[run["network"]]
    every = list(beacons_of(dl.load_beacons(network)))
    beacons = every[: run["sample"]]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    assert f"{len(beacons)} of {len(every)} shipped beacons" in text
    assert info.chain_hash.hex()[:48] in text
    chosen = Random(run["seed"]).choice(beacons)
    assert info.scheme.digest(chosen.round, chosen.previous_signature).hex() in text
    assert dl.verify(chosen, info).hex() in text

    # The report of the forged batch names the rounds that the seed chooses, and no other.
    victims = sorted(Random(run["seed"]).sample(range(len(beacons)), min(3, len(beacons))))
    named = ", ".join(str(beacons[victim].round) for victim in victims)
    assert f"<BatchReport {network}: {len(beacons)} beacons, all valid>" in reports
    assert f"<BatchReport {network}: {len(beacons)} beacons, {len(victims)} invalid: rounds {named}>" in reports

    # What does not depend on the parameters: three readings of quicknet's round 1, and fastnet's slip.
    for randomness in ("1466a6cd24e32718", "d42e742905606033", "356dc9ad6ba1e926"):
        assert f"randomness {randomness}…" in text
    tried = min(run["sample"], 234)
    assert f"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_: {tried} of {tried} accepted" in text
    assert f"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_: 0 of {tried} accepted" in text

    table = notebook.shown("text/markdown")
    assert table.count("\n") == 2 + 22 - 1
    assert "None" not in table
    assert f"{len(every)} strings, counts of ones at 256 bit positions" in reports
    assert f"{network}, backend {run['backend']}, seed {run['seed']}: " in text.splitlines()[-1]
