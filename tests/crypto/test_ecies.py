"""ECIES against runs of the production library, and scalars drawn as it draws them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra.field import BLS12_381_FR, PrimeField
from drandlab.crypto import ecies
from drandlab.crypto.scalars import pick_scalar
from drandlab.curves import suite
from drandlab.errors import VerificationError

H = bytes.fromhex


def test_scalars_of_production(vectors):
    class Blocks:
        def __init__(self, blocks):
            self.blocks = [H(block) for block in blocks]

        def randbytes(self, n):
            assert n == 32
            return self.blocks.pop(0)

    rows = vectors("kyber")["random"]["rows"]
    assert any(len(row["reader_blocks"]) > 1 for row in rows)
    for row in rows:
        source = Blocks(row["reader_blocks"])
        assert pick_scalar(BLS12_381_FR, source).to_bytes().hex() == row["scalar"]
        assert source.blocks == []


def test_valid_ciphertexts_of_production(vectors, monkeypatch):
    recorded = vectors("kyber")
    rows = [(suite("bls12-381").group(row["group"]), row) for row in recorded["ecies"]["valid"]]
    rows += [(suite("bn254").g2, row) for row in recorded["bn254"]["ecies"]]
    assert len(rows) == 12
    for group, row in rows:
        secret, plaintext = group.field(int(row["private"], 16)), H(row["plaintext"])
        assert ecies.decrypt(secret, H(row["ciphertext"]), group.generator) == plaintext
        ephemeral = group.field(int(row["ephemeral"], 16))
        monkeypatch.setattr(PrimeField, "random", lambda self, rng, *, nonzero, value=ephemeral: value)
        key = group.decode(H(row["public"]))
        assert ecies.encrypt(key, plaintext, random.Random(1)).hex() == row["ciphertext"]


def test_damaged_ciphertexts_of_production(vectors):
    rows = vectors("kyber")["ecies"]["other"]
    assert {bool(row["error"]) for row in rows} == {True, False}
    for row in rows:
        group = suite("bls12-381").group(row["group"])
        secret = group.field(int(row["private"], 16))
        try:
            plaintext = ecies.decrypt(secret, H(row["ciphertext"]), group.generator)
            assert not row["error"], row["why"]
            assert plaintext.hex() == row["accepted_plaintext"]
        except VerificationError:
            assert row["error"], row["why"]


def test_synthetic_vectors(vectors):
    rows = vectors("drand")["ecies_synthetic"]
    assert rows
    for row in rows:
        group = suite("bls12-381").group(row["group"][-2:])
        secret = group.field(int(row["private"], 16))
        assert ecies.decrypt(secret, H(row["ciphertext"]), group.generator).hex() == row["plaintext"]


@given(st.binary(max_size=200), st.data())
def test_round_trip_and_every_flipped_bit(plaintext, data):
    group, rng = suite("bls12-381", "glass").g1, random.Random(3)
    ciphertext = ecies.encrypt(42 * group.generator, plaintext, rng)
    assert len(ciphertext) == group.length + len(plaintext) + ecies.TAG_LENGTH
    assert ecies.decrypt(group.field(42), ciphertext, group.generator) == plaintext
    position = data.draw(st.integers(0, 8 * len(ciphertext) - 1))
    damaged = bytearray(ciphertext)
    damaged[position // 8] ^= 1 << position % 8
    with pytest.raises(VerificationError, match="ecies"):
        ecies.decrypt(group.field(42), bytes(damaged), group.generator)
    with pytest.raises(VerificationError, match="ecies"):
        ecies.decrypt(group.field(43), ciphertext, group.generator)


@pytest.mark.parametrize("length", [0, 47, 48, 50, 63])
def test_too_short(length):
    group = suite("bls12-381", "blst").g1
    data = bytes(group.generator)[:length].ljust(length, b"\0")
    with pytest.raises(VerificationError, match="ecies"):
        ecies.decrypt(group.field(42), data, group.generator)
