"""What goes from one process to another comes back equal, and what there is one of comes back as itself."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import drandlab as dl
from drandlab.algebra.shamir import Share, shares_of
from drandlab.beacon.forms.toml_files import DistributedShare
from drandlab.beacon.identity import KeyPair
from drandlab.crypto import BLS, SCHEMES, PublicPolynomial, ThresholdBLS, scheme, sign_partial
from drandlab.curves import suite
from drandlab.errors import LocalError
from drandlab.simulation import journal as journal_module
from drandlab.simulation.keygen.run import Run, generate_key
from drandlab.simulation.network import Network
from drandlab.testing import KnownGroup

WAYS = {"pickle": lambda value: pickle.loads(pickle.dumps(value)), "copy": copy.copy, "deepcopy": copy.deepcopy}
BACKENDS = ("blst", "py_ecc", "glass")
CURVES = ("bls12-381", "bn254")


@cache
def run() -> Run:
    return generate_key(4, 3, seed=1, backend="glass")


@cache
def network() -> Network:
    return dl.Network(nodes=3, threshold=2, seed="the seed of this network", backend="glass").run(rounds=2)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("curve", CURVES)
def test_points_and_scalars_of_every_backend(curve: str, backend: str, way: str) -> None:
    s = suite(curve, backend)
    assert WAYS[way](s) is s and WAYS[way](s.g1) is s.g1 and WAYS[way](s.g2) is s.g2
    for group in (s.g1, s.g2):
        for point in (5 * group.generator, group.identity):
            again = WAYS[way](point)
            assert again == point and again.group is group
        public = PublicPolynomial(group, [5 * group.generator, group.generator])
        again = WAYS[way](public)
        assert again == public and again.group is group and again.share(2) == public.share(2)
    assert WAYS[way](s.field(5)) == s.field(5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("curve", "backend"), [("bls12-381", "blst"), ("bls12-381", "py_ecc"), ("bn254", "glass")])
def test_pairing_values(curve: str, backend: str, way: str) -> None:
    s = suite(curve, backend)
    value = s.pairing(s.g1.generator, 2 * s.g2.generator)
    again = WAYS[way](value)
    assert again == value and again.suite is s and again * again == value * value


@pytest.mark.parametrize("way", WAYS)
def test_schemes_and_what_is_made_once(way: str) -> None:
    for one in SCHEMES.values():
        assert WAYS[way](one) is one
        signer = BLS.of(one, "glass")
        assert WAYS[way](signer) is signer
    other = replace(scheme(), dst=b"ANOTHER PURPOSE")
    assert WAYS[way](other) == other and WAYS[way](other) is not scheme()


def test_a_threshold_group_verifies_and_recovers_as_before() -> None:
    signer = BLS.of(scheme("bls-unchained-g1-rfc9380"), "blst")
    known = KnownGroup(4, 3, scheme="bls-unchained-g1-rfc9380", backend="blst")
    again: ThresholdBLS = WAYS["pickle"](ThresholdBLS(signer, known.public))
    partials = [sign_partial(signer, share, b"round 1") for share in known.shares.values()]
    again.verify(b"round 1", again.recover(b"round 1", partials[1:]))


def values() -> dict[str, Callable[[], Any]]:
    return {
        "info": lambda: dl.networks["quicknet"],
        "beacon": lambda: dl.Beacon(round=5, signature=bytes(48), previous_signature=bytes(48)),
        "report": lambda: dl.verify_batch(network().beacons, network().info, backend="glass"),
        "group": lambda: network().node(0).group,
        "beacons": lambda: network().beacons,
        "key pair": lambda: KeyPair.generate("node0.example.org:80", scheme(), random.Random(1), backend="blst"),
        "share": lambda: Share(index=2, value=suite("bls12-381", "blst").field(7)),
        "result": lambda: run().agreed,
        "held share": lambda: DistributedShare(
            share=run().agreed.share, public=run().agreed.public, scheme=scheme("pedersen-bls-chained")
        ),
        "entry": lambda: next(iter(network().journal)),
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", values())
def test_results_come_back_equal(name: str, way: str) -> None:
    value = values()[name]()
    assert WAYS[way](value) == value


@pytest.mark.parametrize("way", WAYS)
def test_a_journal_comes_back_whole_and_goes_its_own_way(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BLOCK", 8)
    journal = generate_key(4, 3, seed=1, backend="glass").journal
    assert len(journal) > 24
    again = WAYS[way](journal)
    assert again.digest() == journal.digest() and list(again) == list(journal)
    assert again.entries("done") == journal.entries("done")
    for one in (journal, again):
        one.write(9, 1, "crash", disk="kept")
    assert again.digest() == journal.digest() and len(again) == len(journal)
    again.write(9, 2, "crash", disk="kept")
    assert len(again) == len(journal) + 1 and again.to_jsonl() != journal.to_jsonl()
    assert list(again)[:-1] == list(journal)


def digest_in_a_worker(journal: Any) -> tuple[str, Any]:
    return journal.digest(), journal.entries("done")[0]


def test_a_journal_goes_to_a_worker_and_its_entries_come_back() -> None:
    journal = run().journal
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        digest, entry = pool.apply_async(digest_in_a_worker, [journal]).get(timeout=60)
    assert digest == journal.digest() and entry == journal.entries("done")[0]


MACHINES: dict[str, Callable[[], Any]] = {
    "Network": network,
    "DrandHost": lambda: network().host(0),
    "Signer": lambda: network().host(0).signer,
    "Run": run,
    "Protocol": lambda: run().protocols[0],
    "DistKeyGenerator": lambda: run().protocols[0].machine,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MACHINES)
def test_what_has_secrets_inside_stays_in_its_process(name: str, way: str) -> None:
    with pytest.raises(LocalError, match=f"^a {name} holds secrets and cannot be pickled or copied"):
        WAYS[way](MACHINES[name]())


def test_shares_of_a_polynomial_come_back() -> None:
    known = KnownGroup(4, 3, scheme="bls-unchained-g1-rfc9380", backend="glass")
    assert WAYS["pickle"](shares_of(known.polynomial, 4)) == shares_of(known.polynomial, 4)
