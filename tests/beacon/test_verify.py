"""Verification of beacons, one by one, in batches, and their links. (All the shipped ones: tests/data.)"""

import dataclasses
import random

import pytest

from drandlab.algebra.field import BLS12_381_FR
from drandlab.beacon import Beacon, ChainInfo, HashCache, Verifier, broken_links
from drandlab.crypto import BLS, SCHEMES, scheme
from drandlab.errors import LocalError, VerificationError


def chain(name="bls-unchained-g1-rfc9380", rounds=6, backend="glass", secret=99):
    """A chain of our own: its info and its first rounds."""
    bls = BLS.of(scheme(name), backend)
    info = ChainInfo(
        public_key=bytes(bls.public_key(secret)), scheme=bls.scheme, period=3, genesis_time=1000,
        genesis_seed=bytes(range(32)), beacon_id="test",
    )  # fmt: skip
    previous, made = info.genesis_seed, []
    for round in range(1, rounds + 1):
        signature = bls.sign(secret, info.scheme.digest(round, previous))
        made.append(
            Beacon(round=round, signature=signature, previous_signature=previous if info.scheme.chained else b"")
        )
        previous = signature
    return info, made


def reason(verifier, beacon):
    with pytest.raises(VerificationError) as error:
        verifier.verify(beacon)
    assert error.value.round == beacon.round
    assert verifier.invalid([beacon], random.Random(1)) == {0: error.value.reason}
    return error.value.reason


@pytest.mark.parametrize("backend", ["blst", "py_ecc", "glass"])
@pytest.mark.parametrize("name", SCHEMES)
def test_a_chain_of_our_own(name, backend):
    if backend == "blst" and name == "bls-bn254-unchained-on-g1":
        backend = "glass"
    info, beacons = chain(name, 3, backend)
    verifier = Verifier.of(info, backend)
    for beacon in beacons:
        assert verifier.verify(beacon) == beacon.randomness
        with pytest.raises(VerificationError):
            verifier.verify(dataclasses.replace(beacon, round=beacon.round + 1))
    assert verifier.invalid(beacons, random.Random(1)) == {}
    assert broken_links(beacons) == []


def test_randomness_is_never_trusted():
    info, beacons = chain()
    lied = dataclasses.replace(beacons[0], claimed_randomness=bytes(32))
    assert reason(Verifier.of(info, "glass"), lied).startswith("randomness: claimed 00000000…, but SHA-256")
    honest = dataclasses.replace(beacons[0], claimed_randomness=beacons[0].randomness)
    assert Verifier.of(info, "glass").verify(honest) == beacons[0].randomness


def test_previous_signature_belongs_to_chained_networks_alone():
    info, beacons = chain("pedersen-bls-chained")
    verifier = Verifier.of(info, "glass")
    assert "96 bytes on a chained network, got 0" in reason(
        verifier, dataclasses.replace(beacons[3], previous_signature=b"")
    )
    assert "genesis seed 00010203…, got none" in reason(
        verifier, dataclasses.replace(beacons[0], previous_signature=b"")
    )
    assert "not the key's signature" in reason(
        verifier, dataclasses.replace(beacons[3], previous_signature=beacons[1].signature)
    )
    info, beacons = chain()
    assert "unchained" in reason(
        Verifier.of(info, "glass"), dataclasses.replace(beacons[3], previous_signature=beacons[2].signature)
    )


def test_round_0_carries_no_signature():
    info, beacons = chain()
    assert "genesis beacon" in reason(Verifier.of(info, "glass"), dataclasses.replace(beacons[0], round=0))


def test_a_batch_names_the_positions_of_the_input_in_order():
    info, beacons = chain(rounds=8)
    bad = dataclasses.replace(beacons[2], signature=beacons[3].signature)
    short = dataclasses.replace(beacons[5], signature=b"")
    report = Verifier.of(info, "glass").invalid([bad, *beacons, short, bad], random.Random(1))
    assert list(report) == [0, 9, 10]
    assert report[0] == report[10] == reason(Verifier.of(info, "glass"), bad)


def test_a_key_at_infinity_is_refused_before_any_beacon():
    info, _ = chain()
    bls = BLS.of(info.scheme, "glass")
    with pytest.raises(VerificationError, match=r"public key of chain test.*infinity"):
        Verifier.of(dataclasses.replace(info, public_key=bytes(bls.keys.identity)), "glass")


def test_links_tell_a_splice_that_signatures_do_not():
    """Rounds 1-3 and 4-6 are honest, each of its own chain under one key: only the link is wrong."""
    info, beacons = chain("pedersen-bls-chained")
    bls = BLS.of(info.scheme, "glass")
    other = bls.sign(99, b"another history")
    spliced, previous = list(beacons[:3]), other
    for round in range(4, 7):
        signature = bls.sign(99, info.scheme.digest(round, previous))
        spliced.append(Beacon(round=round, signature=signature, previous_signature=previous))
        previous = signature
    assert Verifier.of(info, "glass").invalid(spliced, random.Random(1)) == {}
    assert [round for round, _ in broken_links(spliced)] == [4]
    assert [round for round, _ in broken_links(reversed(spliced))] == [4]
    assert broken_links([spliced[0], spliced[4]]) == broken_links([]) == []


def test_hash_cache_saves_hashing_and_changes_no_verdict(monkeypatch):
    info, beacons = chain(rounds=10)
    verifier, cache = Verifier.of(info, "glass"), HashCache(size=8)
    calls = []
    hash = type(verifier.bls).hash
    monkeypatch.setattr(BLS, "hash", lambda self, message: calls.append(message) or hash(self, message))
    bad = [dataclasses.replace(beacons[2], signature=beacons[3].signature), *beacons[3:]]
    assert verifier.invalid(beacons, random.Random(1), cache.over(verifier.bls)) == {}
    assert (len(calls), len(cache)) == (10, 8)
    report = verifier.invalid(bad, random.Random(1), cache.over(verifier.bls))
    assert list(report) == [0]
    assert len(calls) == 12  # the two that the full cache did not keep


def test_hash_cache_refuses_what_it_cannot_serve():
    cache = HashCache()
    with pytest.raises(LocalError, match="chained"):
        cache.over(BLS.of(scheme("pedersen-bls-chained"), "glass"))
    cache.over(BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass"))
    with pytest.raises(LocalError, match="take a cache for each"):
        cache.over(BLS.of(scheme("bls-unchained-on-g1"), "glass"))


def test_backends_give_the_same_verdict_on_damaged_signatures():
    info, beacons = chain(rounds=1, backend="blst", secret=BLS12_381_FR(7).value)
    rng = random.Random(8)
    for _ in range(12):
        damaged = bytearray(beacons[0].signature)
        damaged[rng.randrange(48)] ^= 1 << rng.randrange(8)
        beacon = dataclasses.replace(beacons[0], signature=bytes(damaged))
        assert reason(Verifier.of(info, "blst"), beacon) == reason(Verifier.of(info, "py_ecc"), beacon)
