"""Every beacon that ships is checked again: on blst, on py_ecc, line by line."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from drandlab.analysis.bulk import verify, verify_batch
from drandlab.beacon import Beacon, Verifier, broken_links
from drandlab.crypto import BLS, scheme
from drandlab.errors import DecodeError, VerificationError
from drandlab.remote.networks import networks
from drandlab.remote.tables.read_files import read_beacons

DATA = Path(__file__).parents[2] / "data"
FILES = {path.stem: path for path in sorted((DATA / "beacons").glob("*.jsonl"))}
INVALID = json.loads((DATA / "invalid_beacons.json").read_text())
SAMPLES = json.loads((DATA / "scheme_samples.json").read_text())
BACKENDS = ("blst", "py_ecc")


def beacons_of(network: str) -> list[Beacon]:
    return list(read_beacons(FILES[network]))


# py_ecc needs a fifth of a second for a beacon with a long signature: slices spread over the processes of the tests.
SLICES = [
    pytest.param(name, first, id=f"{name}-{first}") for name in FILES for first in range(0, len(beacons_of(name)), 48)
]


def test_all_known_beacons_are_here():
    assert sum(len(beacons_of(name)) for name in FILES) == 721
    assert set(FILES) <= set(networks)


@pytest.mark.parametrize("network", FILES)
def test_each_line_is_what_the_v1_route_sends(network):
    lines = FILES[network].read_text(encoding="ascii").splitlines()
    beacons = [Beacon.from_json(line) for line in lines]
    assert [beacon.to_json() for beacon in beacons] == lines
    assert all(beacon.claimed_randomness == beacon.randomness for beacon in beacons)
    rounds = [beacon.round for beacon in beacons]
    assert rounds == sorted(set(rounds))


@pytest.mark.parametrize("network", [name for name in FILES if not networks[name].scheme.curve.startswith("bn")])
def test_each_beacon_verifies_on_blst_by_itself(network):
    for beacon in beacons_of(network):
        assert verify(beacon, network, backend="blst") == beacon.randomness


@pytest.mark.parametrize(("network", "first"), SLICES)
def test_all_beacons_verify_on_py_ecc_in_batches(network, first):
    report = verify_batch(beacons_of(network)[first : first + 48], network, backend="py_ecc", rng=random.Random(first))
    assert report.invalid == []
    assert report.checked > 0


@pytest.mark.parametrize("network", FILES)
def test_chained_links_hold(network):
    beacons = beacons_of(network)
    if networks[network].scheme.chained:
        assert broken_links(beacons) == []
        assert all(beacon.previous_signature for beacon in beacons)
    else:
        assert not any(beacon.previous_signature for beacon in beacons)


def test_chain_hashes_recompute():
    rows = json.loads((DATA / "networks.json").read_text())
    assert {name: row["info"]["chain_hash"] for name, row in rows.items()} == {
        name: info.chain_hash.hex() for name, info in networks.items()
    }


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['chain']}-{sample['round']}")
def test_samples_verify_under_their_key(sample, backend):
    bls = BLS.of(scheme(sample["scheme"]), backend)
    message = bls.scheme.digest(sample["round"], bytes.fromhex(sample.get("previous_signature", "")))
    bls.verify(bls.decode_key(bytes.fromhex(sample["public_key"])), message, bytes.fromhex(sample["signature"]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", INVALID, ids=lambda row: row["what"][:40])
def test_invalid_beacons_are_refused_by_the_rule_that_they_break(row, backend):
    info = replace(networks[row["network"]], scheme=scheme(row["scheme"]))
    assert info.public_key.hex() == row["public_key"]
    beacon = Beacon.from_json(row)
    with pytest.raises(VerificationError) as refused:
        Verifier.of(info, backend).verify(beacon)
    assert refused.value.round == beacon.round
    reason, cause = refused.value.reason, refused.value.__cause__
    if isinstance(cause, DecodeError):
        assert cause.code == row["rule"]
    else:
        said = {"length": "signature: expected", "previous signature": "previous signature:", "pairing": "valid point"}
        assert said[row["rule"]] in reason
    report = verify_batch([beacon], info, backend=backend, rng=random.Random(1))
    if row["rule"] == "previous signature" and beacon.round == 1 and not beacon.previous_signature:
        # Of a sequence without links the signature before is taken from the round before, and before round 1 stands the
        # genesis seed, which the chain info has.
        assert report.ok
        return
    assert [round for round, _ in report.invalid] == [beacon.round]
    if row["rule"] != "pairing":
        assert report.invalid == [(beacon.round, reason)]


def test_every_rule_has_an_invalid_beacon_and_is_explained():
    rules = {row["rule"] for row in INVALID}
    assert len(INVALID) == 22
    assert rules == set(re.findall(r"^\| `([a-z ]+)` \| [a-z]", (DATA / "README.md").read_text(), re.MULTILINE))


def test_the_readme_counts_right():
    table = re.findall(r"^\| `([\w-]+)` \| `([\w-]+)` \| (\d+) \|", (DATA / "README.md").read_text(), re.MULTILINE)
    assert {(name, named, int(count)) for name, named, count in table} == {
        (name, networks[name].scheme.name, len(beacons_of(name))) for name in FILES
    }
