"""The notebook on resharing: other parameters, the edges among them, and what comes out."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from drandlab.dkg.result import qual_by_columns
from drandlab.dkg.status import StatusMatrix
from drandlab.testing import CHAINED, UNCHAINED, generate_key, reshare

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05-resharing.ipynb"

G1_KEYS, G2_KEYS = CHAINED, UNCHAINED
NAMES = ("old_n", "old_threshold", "joining", "new_threshold", "prime", "scheme", "backend", "seed")
RUNS: list[dict[str, Any]] = [
    dict(zip(NAMES, values, strict=True))
    for values in (
        (6, 2, 2, 2, 13, G2_KEYS, "blst", 0),
        (8, 4, 4, 5, 31, G1_KEYS, "glass", 999_999),
        (6, 4, 2, 2, 17, G1_KEYS, "blst", 3),
    )
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize(
    "run", RUNS, ids=lambda run: f"{run['old_threshold']} of {run['old_n']} to {run['new_threshold']}, {run['backend']}"
)
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    old_n, old_threshold, new_threshold = run["old_n"], run["old_threshold"], run["new_threshold"]
    new_n = old_n - 1 + run["joining"]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims

    first = generate_key(old_n, old_threshold, scheme=run["scheme"], seed=run["seed"], backend=run["backend"])
    second = reshare(
        first, remaining=range(old_n - 1), joining=run["joining"], threshold=new_threshold, seed=run["seed"]
    )
    key = first.agreed.key.hex()[:16]
    assert f"before: {old_threshold} of {old_n}, key {key}…" in text
    assert f"after:  {new_threshold} of {new_n}, key {key}…" in text
    commits = b"".join(map(bytes, second.agreed.public.commits))
    assert text.strip().endswith(f"new commitments {sha256(commits).hexdigest()[:16]}")

    rows = {row[0]: row[1:] for row in re.findall(r"^([a-z-]+) +(valid|refused) +(yes|no)", text, flags=re.MULTILINE)}
    out, inside = ("refused", "no"), ("valid", "yes")
    assert rows == {
        **dict.fromkeys(("other-secret", "off-by-one", "degree-too-low", "silent", "absent-dealer"), out),
        "wrong-share": inside,
        "absent-holder": ("valid", "no"),
    }
    production, specification = (
        json.loads(f"[{re.search(rf'^{name}: +[(](.*)[)]$', text, flags=re.MULTILINE)[1]}]")  # type: ignore[index]
        for name in ("production", "specification")
    )
    assert specification == list(range(new_n)) and len(production) == new_n - 1
    assert f"{run['prime']} of {run['prime']} secrets still fit" in text
    assert f"ProtocolAborted: only {old_threshold - 1} dealers are left" in text


def test_production_leaves_out_the_silent_newcomer_that_the_specification_keeps(vectors) -> None:
    runs = vectors("kyber")["resharing"]["runs"]
    recorded = [run for run in runs if run["name"] == "joiner_absent" and run["fast_sync"]]
    assert recorded
    for run in recorded:
        [absent] = [party["new_index"] for party in run["parties"] if not party["online"]]
        party = next(one for one in run["outcome"] if one["party"] == run["result_classes"][0][0])
        matrix = StatusMatrix(run["dealer_order"], run["holder_order"], success=False)
        for dealer, row in zip(run["dealer_order"], party["final"]["status"], strict=True):
            for holder, mark in zip(run["holder_order"], row, strict=True):
                matrix.set(dealer, holder, mark == "1")
        assert absent not in run["qual"]
        assert absent in qual_by_columns(matrix)
