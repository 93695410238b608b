"""BLS in both orientations, on all backends."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.crypto import BLS, SCHEMES, scheme
from drandlab.crypto.schemes import Scheme
from drandlab.errors import DecodeError, VerificationError

BACKENDS = ("blst", "py_ecc", "glass")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", SCHEMES)
def test_sign_and_verify(name, backend):
    bls, rng = BLS.of(scheme(name), backend), random.Random(4)
    secret = bls.field.random(rng, nonzero=True)
    key, message = bls.public_key(secret), rng.randbytes(32)
    signature = bls.sign(secret, message)
    assert len(signature) == bls.scheme.signature_length
    assert len(bytes(key)) == bls.scheme.key_length
    bls.verify(bls.decode_key(bytes(key)), message, signature)
    for wrong in (
        (bls.public_key(secret + 1), message, signature),
        (key, message + b"\0", signature),
        (key, message, bls.sign(secret + 1, message)),
        (key, message, bytes(-bls.signatures.decode(signature))),
    ):
        with pytest.raises(VerificationError, match="valid point, but not the key's signature"):
            bls.verify(*wrong)


@settings(max_examples=20)
@given(secret=st.integers(1, 1 << 250), message=st.binary(max_size=80), name=st.sampled_from(sorted(SCHEMES)))
def test_signatures_are_unique_and_equal_on_both_backends(secret, message, name):
    if name == "bls-bn254-unchained-on-g1":
        name = "bls-unchained-g1-rfc9380"
    fast, slow = BLS.of(scheme(name), "blst"), BLS.of(scheme(name), "py_ecc")
    assert fast.sign(secret, message) == slow.sign(secret, message) == fast.sign(secret, message)
    assert bytes(fast.public_key(secret)) == bytes(slow.public_key(secret))


def test_wycheproof_signatures(shared):
    """The proof-of-possession suite differs from drand's in its domain tag only."""
    cases = json.loads((shared / "vectors/wycheproof/bls_sig_g2_pop_verify_test.json").read_text())
    count = 0
    for group in cases["testGroups"]:
        tagged = Scheme(
            name="pop", curve="bls12-381", key_group="G1", signature_group="G2", hash="sha256", chained=False,
            dst=group["ciphersuite"].encode(),
        )  # fmt: skip
        for backend in ("blst", "py_ecc"):
            bls = BLS.of(tagged, backend)
            for case in group["tests"]:
                try:
                    key = bls.decode_key(bytes.fromhex(group["publicKey"]["pk"]))
                    bls.verify(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
                    verdict = "valid"
                except (VerificationError, DecodeError):
                    verdict = "invalid"
                assert verdict == case["result"], case
                count += 1
    assert count == 2 * cases["numberOfTests"]


def test_identity_self_signatures_of_real_nodes(shared):
    """17 real identities: the same BLS over their hash (v1), or the scheme's name and their hash (v2)."""
    rows = json.loads((shared / "facts/drand-vectors.json").read_text())["identities"]
    assert len(rows) == 17
    for row in rows:
        bls = BLS.of(scheme(row["scheme"]))
        key = bls.decode_key(bytes.fromhex(row["key"]))
        bls.verify(key, bytes.fromhex(row["signed_message"]), bytes.fromhex(row["signature"]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", SCHEMES)
def test_infinity_is_neither_key_nor_signature(name, backend):
    """With the point at infinity on both sides the equation holds for every message."""
    bls = BLS.of(scheme(name), backend)
    assert bls.matches(bls.keys.identity, bls.hash(b"anything"), bls.signatures.identity)
    with pytest.raises(DecodeError, match="infinity"):
        bls.decode_key(bytes(bls.keys.identity))
    with pytest.raises(VerificationError, match="infinity"):
        bls.verify(bls.public_key(1), b"anything", bytes(bls.signatures.identity))


def test_one_object_a_scheme_and_backend():
    quick = scheme("bls-unchained-g1-rfc9380")
    assert BLS.of(quick, "blst") is BLS.of(quick, "blst")
    assert BLS.of(quick, "blst") is not BLS.of(quick, "glass")
    assert repr(BLS.of(quick, "glass")) == "<BLS bls-unchained-g1-rfc9380, backend glass>"
