"""The notebook that welcomes: other networks and dice, the edges among them, and what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.analysis.frames import beacons_of

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00-start-here.ipynb"

RUNS: list[dict[str, Any]] = [
    {"network": "default", "sides": 2, "seed": 0},
    {"network": "evmnet", "sides": 256, "seed": 1_000_000},
    {"network": "incentinet", "sides": 100, "seed": 5},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {"network": {"quicknet"}}, "which is what the saved file shows"


def test_its_links_lead_somewhere(saved) -> None:
    text = "".join(cell.source for cell in saved.cells if cell.cell_type == "markdown")
    linked = {name for piece in text.split("](")[1:] if (name := piece.partition(")")[0]).endswith(".ipynb")}
    assert linked >= {path.name for path in NOTEBOOK.parent.glob("*.ipynb")} - {NOTEBOOK.name}
    assert [name for name in linked if not (NOTEBOOK.parent / name).exists()] == []


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['network']}, {run['sides']} sides")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text, figures = notebook.text, notebook.alts
    beacons = list(beacons_of(dl.load_beacons(run["network"])))
    sides = run["sides"]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    last = beacons[-1]
    assert text.startswith(dl.verify(last, run["network"]).hex())
    assert text.count(f"VerificationError: round {last.round}: randomness: claimed") == 1
    assert f"VerificationError: round {last.round + 1}: signature: valid point" in text

    q, s = divmod(256, sides)
    if s:
        assert f"favoured: {100 * ((q + 1) * sides / 256 - 1):+.2f} %" in text
    else:  # then no sentence may speak of favoured faces
        assert f"256 is a multiple of {sides}: no face is favoured" in text
        assert f"No face of a byte modulo {sides} is favoured: all come equally often." in figures
    assert f"{s} of 256 bytes are thrown away" in text
    assert any(f"{len(beacons)} throws of a die with {sides} sides" in alt for alt in figures)
    assert any("Modulo 31 with threshold 3" in alt for alt in figures)

    ones = sum(bin(int(b.randomness.hex(), 16)).count("1") for b in beacons)
    assert f"{ones:,} ones among {256 * len(beacons):,} bits" in text
    assert text.splitlines()[-1].startswith(f"{run['network']}, {sides} sides, seed {run['seed']}: ")
