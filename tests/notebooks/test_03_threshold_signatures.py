"""The notebook on threshold signatures: every scheme, the edges of what it announces, and what comes out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.algebra import Polynomial, shares_of
from drandlab.crypto import BLS, SCHEMES, sign_partial

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03-threshold-signatures.ipynb"

RUNS: list[dict[str, Any]] = [
    {"scheme": "pedersen-bls-chained", "n": 7, "threshold": 2, "seed": 0, "backend": "blst"},
    {"scheme": "pedersen-bls-unchained", "n": 5, "threshold": 4, "seed": 1_000_000, "backend": "blst"},
    {"scheme": "bls-unchained-on-g1", "n": 5, "threshold": 2, "seed": 77, "backend": "blst"},
    {"scheme": "bls-bn254-unchained-on-g1", "n": 5, "threshold": 2, "seed": 5, "backend": "py_ecc"},
    {"scheme": "bls-unchained-g1-rfc9380", "n": 7, "threshold": 4, "seed": 12, "backend": "blst"},
]


def test_the_runs_reach_the_edges_of_what_is_announced(announced, unreached) -> None:
    assert unreached == {}
    assert {run["scheme"] for run in RUNS} == set(announced["scheme"].choices) == set(SCHEMES)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['scheme']} {run['threshold']} of {run['n']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text, alt = notebook.text, "\n".join(notebook.alts)
    n, threshold = run["n"], run["threshold"]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    # The group, made again from the texts that the notebook prints.
    bls = BLS.of(dl.scheme(run["scheme"]), run["backend"])
    texts = [f"drandlab 03, seed {run['seed']}, coefficient {k}" for k in range(threshold)]
    f = Polynomial(bls.field, [int.from_bytes(hashlib.sha512(text.encode()).digest(), "big") for text in texts])
    message = bls.scheme.digest(1, hashlib.sha256(b"a chain of our own").digest())
    partials = [sign_partial(bls, share, message) for share in shares_of(f, n)]
    signature = bls.sign(f(0), message)
    for k, a in enumerate(f.padded(threshold)):
        assert f"a_{k} = {a.to_bytes().hex()}\n" in text
    assert f"public key {bytes(bls.public_key(f(0))).hex()[:64]}…" in text
    assert f"signature  {signature.hex()[:64]}…" in text
    assert f"randomness {hashlib.sha256(signature).hexdigest()}" in text

    # Of what arrived, each bad partial is named: two by their length, two by the share that they claim.
    size = bls.scheme.partial_length
    reasons = [f"expected {size} bytes for {run['scheme']}, got {length}" for length in (0, 1)]
    reasons += [f"not the signature of the share with index {index}" for index in (0, 1)]
    assert "".join(f"{place}: partial: {reason}\n" for place, reason in enumerate(reasons)) in text

    # What the attacks come to: replays depend on the scheme alone, counts on the numbers alone.
    replays = 0 if bls.scheme.chained else n
    assert f"{replays} of {n} partials of one chain count on the other" in text
    assert f"all n on receipt, then recover and verify: {n + threshold + 1};" in alt
    assert f"recover, which checks t, then verify: {threshold + 1};" in alt
    assert f"{2 ** (n - threshold)} ways to withhold, 1 outcome" in text
    assert f"Modulo 31 with threshold {threshold}," in alt
    assert "One more is needed; all 31 secrets still fit." in alt

    # What does not depend on the parameters: production's verdicts and the tags that real beacons obey.
    assert "the library answers otherwise on [(0, 0, 1, 2)]" in text
    assert [line.split()[3] for line in text.splitlines() if "specified tag: " in line] == [
        "True",
        "True",
        "False",
        "False",
    ]
    digest = hashlib.sha256(b"".join([*partials, signature])).hexdigest()[:16]
    assert text.splitlines()[-1].endswith(f"seed {run['seed']}: the partials and their signature hash to {digest}")
