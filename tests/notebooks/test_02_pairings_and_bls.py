"""The notebook on pairings and BLS signatures: other schemes, curves and backends, and what comes out."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

import drandlab as dl
from drandlab.crypto import BLS, SCHEMES

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02-pairings-and-bls.ipynb"

RUNS: list[dict[str, Any]] = [
    {"toy_prime": 97, "scheme": "pedersen-bls-chained", "message": "", "seed": 0, "backend": "blst"},
    {
        "toy_prime": 43,
        "scheme": "bls-bn254-unchained-on-g1",
        "message": "tirage à midi ✓",
        "seed": 7,
        "backend": "blst",
    },
    {"toy_prime": 11, "scheme": "bls-unchained-on-g1", "message": "x" * 300, "seed": 1_000_000, "backend": "py_ecc"},
]

# Points of y^2 = x^3 + 4, the one at infinity among them; for p = 2 (mod 3) there are always p + 1.
POINTS = {97: 93, 43: 36, 11: 12}


def test_the_runs_reach_the_edges_of_what_is_announced(announced, unreached) -> None:
    assert unreached == {}
    assert set(announced["scheme"].choices) == set(SCHEMES)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['scheme']} on {run['backend']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text, tables = notebook.text, notebook.shown("text/plain")

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    bls = BLS.of(dl.scheme(run["scheme"]), run["backend"])
    secret = bls.field.random(Random(run["seed"]), nonzero=True)
    assert f"bytes  {bls.public_key(secret).hex()[:48]}…" in text
    assert f"bytes  {bls.sign(secret, run['message'].encode()).hex()[:48]}…" in text
    assert f"{POINTS[run['toy_prime']]} points with the one at infinity" in text

    for cofactor in ("0x396c8c005555e1568c00aaab0000aaab", "0x5d543a95414e7f1091d50792876a202cd91de4547085"):
        assert text.count(cofactor) == 1

    # The rule that refuses each false encoding, and the orientations of the five schemes.
    for rule in ("length", "flags", "infinity", "range", "curve", "subgroup"):
        assert f"┆ {rule} " in tables, rule
    assert tables.count("┆ G1, ") == tables.count("┆ G2, ") == 5

    # What does not depend on the parameters: the real beacons, and the four encodings of one of evmnet's.
    for name in ("quicknet", "default"):
        last = dl.load_beacons(name)["randomness"][-1]
        assert f"random {last[:56]}…" in text
    for randomness in ("7314ea6e7510", "691ca5834ace", "e9d9a9000d1b", "27e914df93d2"):
        assert tables.count(randomness) == 1
    assert "6 ways to write x, 5 for y: 30 values for round 513" in text
    assert "quicknet obeys the tag of ['G1'] and fastnet that of ['G2']" in text
    assert text.splitlines()[-1].startswith(
        f"{run['scheme']}, small prime {run['toy_prime']}, backend {run['backend']}"
    )
