"""BLS in both orientations, on all backends."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.crypto import BLS, SCHEMES, scheme
from drandlab.errors import DecodeError, LocalError, VerificationError, WrongType

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


def test_identity_self_signatures_of_real_nodes(vectors):
    """17 real identities: the same BLS over their hash (v1), or the scheme's name and their hash (v2)."""
    rows = vectors("drand")["identities"]
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


# -- aggregates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["bls-unchained-g1-rfc9380", "pedersen-bls-unchained"])
def test_aggregates_of_distinct_messages(name, backend):
    bls = BLS.of(scheme(name), backend)
    secrets, messages = [5, 6, 7], [b"", b"one", b"two"]
    keys = [bls.public_key(x) for x in secrets]
    signatures = [bls.sign(x, m) for x, m in zip(secrets, messages, strict=True)]
    whole = bls.aggregate(signatures)
    bls.verify_aggregate(keys, messages, whole)
    bls.verify_aggregate(keys[:1], messages[:1], signatures[0])
    assert bls.aggregate(reversed(signatures)) == whole  # a sum has no order
    for wrong_keys, wrong_messages, wrong, rule in (
        (keys, [b"", b"one", b"three"], whole, "not the sum"),
        ([keys[0], keys[0], keys[2]], messages, whole, "not the sum"),
        (keys[:2], messages[:2], whole, "not the sum"),
        (keys, messages, bytes(-bls.signatures.decode(whole)), "not the sum"),
        (keys[:2], messages, whole, "as many keys as messages, at least one; got 2 and 3"),
        ([], [], whole, "at least one; got 0 and 0"),
        (keys, [b"one", b"", b"one"], whole, "a message comes twice"),
        ([keys[0], bls.keys.identity], messages[:2], whole, "a key must not be the point at infinity"),
        (keys, messages, bytes(bls.signatures.identity), "infinity"),
        (keys, messages, whole[:-1], "signature: expected"),
        (keys, messages, b"\xff" + whole[1:], "signature: "),
    ):
        with pytest.raises(VerificationError, match=rule):
            bls.verify_aggregate(wrong_keys, wrong_messages, wrong)
    with pytest.raises(LocalError, match=r"^signatures: expected at least one"):
        bls.aggregate([])
    with pytest.raises(VerificationError, match="signature: expected"):
        bls.aggregate([b""])
    with pytest.raises(WrongType, match=r"^keys\[1\]: expected a point"):
        bls.verify_aggregate([keys[0], bytes(keys[1])], messages[:2], whole)
    with pytest.raises(WrongType, match=r"^messages\[0\]: expected bytes, got text"):
        bls.verify_aggregate(keys, ["", "one", "two"], whole)


def test_why_the_messages_must_differ():
    """Mallory shows xg - K as her key; then her signature alone is the aggregate of hers and the victim's."""
    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "blst")
    victim, message = bls.public_key(5), b"pay Mallory"
    rogue, forged = bls.public_key(9) - victim, bls.sign(9, message)
    hashed = bls.hash(message)
    assert bls.matches(victim + rogue, hashed, bls.decode_signature(forged))
    with pytest.raises(VerificationError, match="a message comes twice"):
        bls.verify_aggregate([victim, rogue], [message, message], forged)
