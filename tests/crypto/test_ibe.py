"""Identity-based encryption against runs of the production library."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.crypto import BLS, scheme
from drandlab.crypto.ibe import Ciphertext, decrypt, encrypt
from drandlab.errors import LocalError, VerificationError

H = bytes.fromhex
SCHEMES = {"G1": "pedersen-bls-unchained", "G2": "bls-unchained-g1-rfc9380"}


class Fixed:
    def __init__(self, data):
        self.data = data

    def randbytes(self, n):
        assert n == len(self.data)
        return self.data


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_ciphertexts_of_production(vectors, backend):
    rows = vectors("kyber")["ibe"]["valid"]
    assert len(rows) == 12
    for row in rows if backend == "blst" else rows[::4]:
        bls = BLS.of(scheme(SCHEMES[row["key_group"]]), backend)
        key, secret = bls.keys.decode(H(row["master_public"])), bls.field(int(row["master_secret"], 16))
        assert secret * bls.keys.generator == key
        signature = bls.signatures.decode(H(row["private"]))
        assert signature == secret * bls.hash(H(row["id"]))
        sealed = Ciphertext(u=bls.keys.decode(H(row["u"])), v=H(row["v"]), w=H(row["w"]))
        assert decrypt(bls, signature, sealed) == H(row["plaintext"])
        assert encrypt(bls, key, H(row["id"]), H(row["plaintext"]), Fixed(H(row["sigma"]))) == sealed


def test_damaged_ciphertexts_of_production(vectors):
    rows = vectors("kyber")["ibe"]["other"]
    assert len(rows) == 24
    for row in rows:
        bls = BLS.of(scheme(SCHEMES[row["key_group"]]), "blst")
        if row["case"] == "encrypt 33 bytes":
            with pytest.raises(LocalError, match="at most 32 bytes, got 33"):
                encrypt(bls, bls.public_key(5), b"id", bytes(33), random.Random(1))
            continue
        assert row["error"]
        signature = bls.signatures.decode(H(row["private"]), identity=True)
        sealed = Ciphertext(u=bls.keys.decode(H(row["u"]), identity=True), v=H(row["v"]), w=H(row["w"]))
        with pytest.raises(VerificationError, match="ibe"):
            decrypt(bls, signature, sealed)


@settings(max_examples=100)
@given(
    message=st.binary(min_size=12, max_size=32),
    name=st.sampled_from(sorted(SCHEMES.values())),
    flip=st.integers(0, 10_000),
)
def test_round_trip_and_every_changed_bit(message, name, flip):
    bls = BLS.of(scheme(name), "glass")
    sealed = encrypt(bls, bls.public_key(77), b"round", message, random.Random(1))
    signature = bls.decode_signature(bls.sign(77, b"round"))
    assert decrypt(bls, signature, sealed) == message
    with pytest.raises(VerificationError):
        decrypt(bls, bls.decode_signature(bls.sign(77, b"another round")), sealed)
    body = bytearray(sealed.v + sealed.w)
    body[flip // 8 % len(body)] ^= 1 << flip % 8
    half = len(message)
    changed = Ciphertext(u=sealed.u, v=bytes(body[:half]), w=bytes(body[half:]))
    with pytest.raises(VerificationError):
        decrypt(bls, signature, changed)


def test_a_message_of_no_bytes_hides_nothing():
    bls = BLS.of(scheme(SCHEMES["G2"]), "glass")
    sealed = encrypt(bls, bls.public_key(77), b"round", b"", random.Random(1))
    assert decrypt(bls, bls.decode_signature(bls.sign(77, b"another round")), sealed) == b""
