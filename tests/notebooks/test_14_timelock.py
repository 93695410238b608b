"""The notebook on timelock encryption: few and many nodes, every real round, and what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drandlab.attacks.timelock.unusual_files import UNUSUAL_FILES

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "14-timelock.ipynb"

RUNS: list[dict[str, Any]] = [
    {"nodes": 3, "heartbeats": 1, "shipped": 1, "seed": 0},
    {"nodes": 8, "heartbeats": 6, "shipped": 12_040_883, "seed": 1_000_000},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['nodes']} nodes, round {run['shipped']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    # The known encryption and the table of the tools depend on no parameter.
    assert known(notebook.text) == known(saved.text)
    assert tools(notebook) == tools(saved)
    opened = re.findall(r"last heartbeat in round (\d+), open from round (\d+) on", notebook.text)
    assert opened == [(str(2 * run["heartbeats"] - 1), str(2 * run["heartbeats"] + 2))]
    alts = [alt for alt in notebook.alts if alt.startswith("An age file of ")]
    assert alts[0].startswith(f"An age file of {335 + len(str(run['shipped'])) + 13 + 16} bytes")


def known(text: str) -> list[str]:
    """The values of the public encryption to round 123."""
    return [line for line in text.splitlines() if re.match(r"[QkUVW] = [0-9a-f]{32}(?!, W)", line)]


def tools(notebook: Any) -> list[str]:
    """The rows of the table of unusual files."""
    return re.findall(r"^\| (?:armor|header|payload) .*$", notebook.shown("text/plain"), re.M)


def test_the_table_of_the_tools_has_every_file(saved) -> None:
    rows = tools(saved)
    assert len(rows) == len(UNUSUAL_FILES)
    for one, row in zip(UNUSUAL_FILES, rows, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells == [
            one.part,
            one.name,
            "yes" if one.anybody else "",
            one.tlock_js,
            one.tle,
            one.reason or "opens",
        ]


def test_the_known_encryption_is_whole(saved) -> None:
    assert len(known(saved.text)) == 5
    assert "V = 55501d6f71b10aa83fe69deb9404b4a2" in saved.text and "W = 05628b6fddc29c1fc70b3fe8897e2b32" in saved.text


def test_the_pictures_have_their_sentences(saved) -> None:
    alts = saved.alts
    assert any(alt.startswith("The signature of round 4 appears at node") and "a riddle opens:" in alt for alt in alts)
    assert any("U again is U: nothing was changed." in alt for alt in alts)
    assert any(alt.startswith("An age file of 368 bytes, by parts: version 22, stanza 253") for alt in alts)
    assert sum("Open: " in alt for alt in alts) >= 3


def test_a_vault_stands_at_the_top(saved) -> None:
    [shown] = [cell for cell in saved.cells if "vaults.show()" in cell.source]
    assert saved.cells.index(shown) < 6
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in shown.outputs)
