"""The notebook on Feldman's DKG: other parameters, the edges among them, and what comes out."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from drandlab.curves import suite
from drandlab.dkg.codec import encode
from drandlab.dkg.packets import Deal, DealBundle
from drandlab.testing import CATALOGUE, generate_key

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04-feldman-dkg.ipynb"
SAVED = {"n": 7, "threshold": 4, "scheme": "pedersen-bls-chained", "backend": "blst", "seed": 1}

RUNS: list[dict[str, Any]] = [
    {"n": 6, "threshold": 5, "prime": 13, "scheme": "bls-unchained-g1-rfc9380", "backend": "blst", "seed": 0},
    {"n": 10, "threshold": 3, "prime": 43, "scheme": "pedersen-bls-chained", "backend": "glass", "seed": 999_999},
]
OUT = {
    "off-by-one", "inconsistent-commitments", "degree-too-high", "degree-too-low", "unknown-holder", "equivocation",
    "malformed-point", "absent-dealer", "unknown-dealer", "absent-holder", "silent", "old-session", "bad-signature",
    "truncated", "upheld-share", "stranger-justified",
}  # fmt: skip


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['threshold']} of {run['n']}, {run['backend']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    n, threshold = run["n"], run["threshold"]

    # As many claims as in the saved file: two more for every accuser of section 7, none is skipped.
    extra = 2 * (threshold - SAVED["threshold"])
    assert notebook.claims == saved.claims + extra

    key = generate_key(n, threshold, scheme=run["scheme"], seed=run["seed"], backend=run["backend"]).agreed.key
    assert text.strip().endswith(f"seed {run['seed']}: key {sha256(bytes(key)).hexdigest()[:16]}")
    assert f"have {threshold - 1} distinct shares, need {threshold}" in text
    assert f"{len(bytes(key))} bytes of point, 32 of share, 16 of tag: {len(bytes(key)) + 48}" in text

    rows = dict(re.findall(r"^([a-z-]+) +(yes|no) +\d", text, flags=re.MULTILINE))
    assert rows == {name: "no" if name in OUT else "yes" for name in CATALOGUE}
    assert re.findall(r"^split-dealing +yes +(\d)", text, flags=re.MULTILINE) == ["2"]

    verdicts = re.findall(r"accusers: (\d), dealer 0 (stays|is out), justification packets: (\d)", text)
    expected = [(str(k), *(("stays", "1") if k < threshold else ("is out", "0"))) for k in range(1, threshold + 1)]
    assert verdicts == expected

    simulated = {label: float(q) for label, q in re.findall(r"^(.{10}) exact \S+ +simulated (\S+)", text, re.MULTILINE)}
    assert [label.strip() for label in simulated] == ["honest", "1 dealer", "2 dealers", "3 dealers", "3, blind"]
    assert list(simulated.values()) == pytest.approx([1 / 2, 3 / 4, 15 / 16, 255 / 256, 1 / 2], abs=0.05)


def test_the_recorded_packet_is_productions(vectors, saved) -> None:
    runs = vectors("kyber")["dkg_full"]["runs"]
    run = next(run for run in runs if (run["key_group"], run["n"], run["fast_sync"]) == ("G1", 3, True))
    quoted = re.sub(r'"\s*"', "", saved.source)
    g1 = suite("bls12-381", "py_ecc").g1
    deals = run["deals"][0]
    bundle = DealBundle(
        dealer_index=deals["dealer_index"],
        commits=tuple(g1.decode(bytes.fromhex(commit)) for commit in deals["commits"]),
        deals=tuple(Deal(share_index=i, encrypted_share=bytes.fromhex(data)) for i, data in deals["deals"]),
        session_id=bytes.fromhex(deals["session_id"]),
        signature=bytes.fromhex(deals["signature"]),
    )
    assert f'"{encode(bundle).hex()}"' in quoted
    assert f'"{run["parties"][0]["public"]}"' in quoted
    assert f'"{run["parties"][1]["longterm"]}"' in quoted
