"""The Python that runs in a browser: no threads, no processes, no sockets, no compiled wheels, and the same results."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import drandlab

PROGRAM = Path(__file__).parent / "pyodide" / "program.py"
ROOT = Path(drandlab.__file__).parents[1]
IMPORTABLE = ("google", "mpmath", "narwhals", "_plotly_utils", "plotly", "py_ecc", "sympy")
"""Packages in pure Python: all that the floors below the faces, and the figures, need."""


def importable() -> dict[str, str]:
    """Return where drandlab, its data and those packages lie, and what tells the version of each."""
    library = Path(str(distribution("py_ecc").locate_file("")))
    versions = [path.name for name in IMPORTABLE for path in library.glob(f"{name}-*.dist-info")]
    theirs = {name: str(library / name) for name in (*IMPORTABLE, *versions)}
    return {"drandlab": str(ROOT / "drandlab"), "data": str(ROOT / "data"), **theirs}


def said_by(*command: str | Path) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def in_a_browser(installed: Callable[[str, str], list[Path]]) -> dict[str, Any]:
    """What the program says in Pyodide, which Node.js runs as a browser would."""
    return said_by(*installed("pyodide", "run.mjs"), PROGRAM, json.dumps(importable()))


@pytest.fixture(scope="module")
def here(in_a_browser: dict[str, Any]) -> dict[str, Any]:
    return said_by(sys.executable, PROGRAM)


def test_it_is_the_python_of_a_browser(in_a_browser: dict[str, Any], here: dict[str, Any]) -> None:
    assert (in_a_browser["python"], in_a_browser["thread"]) == ("emscripten", "RuntimeError")
    assert (here["python"], here["thread"]) == (sys.platform, "runs")


@pytest.mark.parametrize("what", ["chains", "beacons", "scenarios", "network", "picture", "symbolic"])
def test_the_same_comes_out(in_a_browser: dict[str, Any], here: dict[str, Any], what: str) -> None:
    assert in_a_browser[what] == here[what]


def test_what_comes_out_is_right(in_a_browser: dict[str, Any]) -> None:
    for name, digests in in_a_browser["beacons"].items():
        beacons = drandlab.load_beacons(name).head(len(digests))
        assert digests and digests == beacons["randomness"].to_list()
    assert in_a_browser["chains"]["quicknet"] == drandlab.networks["quicknet"].chain_hash.hex()
    assert all(all(verdicts) for _, verdicts in in_a_browser["scenarios"].values())
