"""The notebook on fields and Shamir: other parameters, the edges among them, and what comes out."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from drandlab.algebra import BLS12_381_FR, Polynomial, PrimeField, split

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01-fields-and-shamir.ipynb"

RUNS = [
    {"prime": 11, "secret": 0, "threshold": 5, "n": 10, "seed": 0},
    {"prime": 43, "secret": 42, "threshold": 2, "n": 7, "seed": 999_999},
    {"prime": 31, "secret": 40, "threshold": 4, "n": 9, "seed": 5},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['threshold']} of {run['n']} mod {run['prime']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    field, threshold, n = PrimeField(run["prime"]), run["threshold"], run["n"]
    secret = field(run["secret"])

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    shares = split(secret, threshold=threshold, n=n, rng=Random(run["seed"]))
    for share in shares:
        assert repr(share) in text
    assert f"{list(range(n - threshold, n))} give {secret}" in text
    assert f"have {threshold - 1} distinct shares, need {threshold}" in text

    f = Polynomial.random(field, threshold - 1, Random(run["seed"]), constant=secret)
    total = sum(int(a) for a in f.padded(threshold))
    assert f"= {total} = {total // field.modulus}·{field.modulus} + {int(f(1))}" in text

    caught = re.search(r"the false shares are found: (\[.*\])", text)
    assert caught is not None
    errors = (n - threshold) // 2
    assert json.loads(caught[1]) == sorted(Random(run["seed"]).sample(range(n), errors))

    rng = Random(run["seed"])
    large = split(BLS12_381_FR.random(rng), threshold=threshold, n=n, rng=rng)
    digest = sha256(b"".join(share.value.to_bytes() for share in [*shares, *large])).hexdigest()
    assert text.strip().endswith(f"the shares hash to {digest[:16]}")

    alts = notebook.alts
    assert len(alts) == 6
    assert all(str(field.modulus) in alt for alt in alts if not alt.startswith("Over the reals"))
    assert any(f"so the secret f(0) is {secret}." in alt for alt in alts)
    assert any(f"all {field.modulus} secrets still fit" in alt for alt in alts)


def test_the_recorded_shares_are_those_of_production(vectors, saved) -> None:
    runs = vectors("kyber")["dkg_full"]["runs"]
    run = next(run for run in runs if (run["key_group"], run["n"], run["fast_sync"]) == ("G1", 5, False))
    quoted = re.sub(r'"\s*"', "", saved.source)
    assert run["threshold"] == 3
    assert run["public_key"] in quoted
    shares = [outcome["share"] for outcome in run["outcome"]]
    places = [quoted.index(share) for share in shares]
    assert places == sorted(places)
