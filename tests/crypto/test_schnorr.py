"""Schnorr over the key group against runs of the production library."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drandlab.algebra.field import PrimeField
from drandlab.crypto import schnorr
from drandlab.curves import suite
from drandlab.errors import VerificationError

H = bytes.fromhex


def rows_of(vectors):
    recorded = vectors("kyber")
    for row in recorded["schnorr"]["rows"]:
        yield suite("bls12-381").group(row["group"]), row
    for row in recorded["bn254"]["schnorr"]:
        yield suite("bn254").g2, row


def test_verdicts_of_production(vectors):
    """All equal but one: a non-canonical R on BN254, which Go's lax decoder lets pass and ours does not."""
    stricter = []
    count = 0
    for group, row in rows_of(vectors):
        try:
            key = group.decode(H(row["public"]), identity=True)
            schnorr.verify(key, H(row["msg"]), H(row["signature"]))
            valid = True
        except VerificationError:
            valid = False
        count += 1
        if valid != row["valid"]:
            assert group.curve.name == "bn254" and row["valid"], row["case"]
            stricter.append(row["case"])
    assert count == 50
    assert len(stricter) <= 2


def test_signatures_of_production_byte_for_byte(vectors, monkeypatch):
    made = 0
    for group, row in rows_of(vectors):
        if row["case"] == "signed by kyber":
            secret, nonce = (group.field(int(row[name], 16)) for name in ("private", "nonce"))
            monkeypatch.setattr(PrimeField, "random", lambda self, rng, *, nonzero, value=nonce: value)
            key = secret * group.generator
            assert key.hex() == row["public"]
            assert schnorr.sign(secret, key, H(row["msg"]), random.Random(1)).hex() == row["signature"]
            made += 1
    assert made >= 11


def test_synthetic_vectors(vectors, monkeypatch):
    rows = vectors("drand")["schnorr_synthetic"]
    assert rows
    for row in rows:
        group = suite("bls12-381").group(row["group"][-2:])
        secret, nonce = (group.field(int(row[name], 16)) for name in ("private", "nonce_k"))
        monkeypatch.setattr(PrimeField, "random", lambda self, rng, *, nonzero, value=nonce: value)
        signature = schnorr.sign(secret, secret * group.generator, H(row["msg"]), random.Random(1))
        assert signature.hex() == row["signature"]
        schnorr.verify(secret * group.generator, H(row["msg"]), signature)


@pytest.fixture
def always_batched(monkeypatch):
    monkeypatch.setattr(schnorr, "BATCH_FROM", 0)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), count=st.integers(0, 12), batch_from=st.sampled_from([0, 64]))
def test_the_batch_names_exactly_the_bad_ones(monkeypatch, data, count, batch_from):
    monkeypatch.setattr(schnorr, "BATCH_FROM", batch_from)
    group, rng = suite("bls12-381", "glass").g1, random.Random(data.draw(st.integers(0, 99)))
    claims = []
    bad = data.draw(st.sets(st.integers(0, count - 1))) if count else set()
    for i in range(count):
        secret = group.field.random(rng, nonzero=True)
        key, message = secret * group.generator, bytes([i])
        signature = schnorr.sign(secret, key, message, rng)
        if i in bad:
            position = data.draw(st.integers(0, len(signature) - 1))
            signature = signature[:position] + bytes([signature[position] ^ 1]) + signature[position + 1 :]
        claims.append(schnorr.Signed(key, message, signature))
    assert set(schnorr.failing(claims, rng)) == bad


@pytest.mark.parametrize("name", ["G1", "G2"])
def test_errors_that_would_cancel_in_a_sum(name, always_batched):
    group, rng = suite("bls12-381", "blst").group(name), random.Random(4)
    secrets = [group.field.random(rng) for _ in range(3)]
    claims = [
        schnorr.Signed(x * group.generator, b"m", schnorr.sign(x, x * group.generator, b"m", rng)) for x in secrets
    ]
    assert schnorr.failing(claims, rng) == {}
    shifted = []
    for claim, shift in zip(claims, (1, -1, 0), strict=True):
        s = group.field.from_bytes(claim.signature[-32:]) + shift
        shifted.append(schnorr.Signed(claim.key, claim.message, claim.signature[:-32] + s.to_bytes()))
    assert set(schnorr.failing(shifted, rng)) == {0, 1}
