"""What functions take: every kind of bytes gives one result, and anything else one error, on all backends."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, shares_of
from drandlab.beacon.identity import Identity, KeyPair, blake2b_256
from drandlab.crypto import (
    BLS,
    PublicPolynomial,
    ThresholdBLS,
    combine,
    ecies,
    ibe,
    partial_index,
    scheme,
    schnorr,
    sign_partial,
)
from drandlab.crypto.batch import SignedMessage, failing
from drandlab.crypto.scalars import blake2xb
from drandlab.curves import suite
from drandlab.curves.hashing.expand import domain_tag, expand_message_xmd, hash_to_field
from drandlab.curves.hashing.keccak import keccak256
from drandlab.errors import LocalError, NotEnoughShares, WrongType

BACKENDS = ("blst", "py_ecc", "glass")
NAME = "bls-unchained-g1-rfc9380"


class Bytes(bytes):
    """As numpy's ``bytes_``."""


class Whole:
    """As numpy's and sympy's integers: no int, yet a whole number."""

    def __index__(self) -> int:
        return 42


KINDS: dict[str, Callable[[bytes], Any]] = {
    "bytearray": bytearray,
    "memoryview": memoryview,
    "memoryview of every second byte": lambda data: memoryview(b"".join(bytes([b, 0]) for b in data))[::2],
    "a subclass, as numpy has": Bytes,
}
WRONG: dict[str, Any] = {
    "text": "a text",
    "None": None,
    "int": 48,
    "list": [1, 2],
    "array": array("B", bytes(48)),
}


class World:
    """One key, one group, one message on a backend."""

    def __init__(self, backend: str) -> None:
        self.bls = BLS.of(scheme(NAME), backend)
        self.secret, self.message, self.dst = 42, b"a message of 32 bytes, more or less", b"A TAG"
        self.key = self.bls.public_key(42)
        self.signature = self.bls.sign(42, self.message)
        f = Polynomial(self.bls.field, [42, 5])
        self.group = ThresholdBLS(self.bls, PublicPolynomial.commit(f, self.bls.keys))
        self.partials = [sign_partial(self.bls, share, self.message) for share in shares_of(f, 3)]
        self.x = self.bls.field(42)
        self.schnorr = schnorr.sign(self.x, self.key, self.message, random.Random(1))
        self.sealed = ecies.encrypt(self.key, self.message, random.Random(1))
        self.ibe = ibe.encrypt(self.bls, self.key, self.message, b"a file key", random.Random(1))


@cache
def world(backend: str) -> World:
    return World(backend)


def _ibe(w: World, v: Any, other: Any) -> bytes:
    return ibe.decrypt(w.bls, w.bls.decode_signature(w.signature), ibe.Ciphertext(u=w.ibe.u, v=v, w=other))


CALLS: dict[str, tuple[str, Callable[[World], bytes], Callable[[World, Any], Any]]] = {
    # the argument's name in an error, the bytes that it gets, and the call
    "hash": ("message", lambda w: w.message, lambda w, b: w.bls.hash(b)),
    "Group.hash": ("dst", lambda w: w.dst, lambda w, b: w.bls.signatures.hash(w.message, b)),
    "sign": ("message", lambda w: w.message, lambda w, b: w.bls.sign(42, b)),
    "verify, message": ("message", lambda w: w.message, lambda w, b: w.bls.verify(w.key, b, w.signature)),
    "verify, signature": ("signature", lambda w: w.signature, lambda w, b: w.bls.verify(w.key, w.message, b)),
    "decode_key": ("data", lambda w: bytes(w.key), lambda w, b: w.bls.decode_key(b)),
    "decode_signature": ("signature", lambda w: w.signature, lambda w, b: w.bls.decode_signature(b)),
    "digest": ("previous_signature", lambda w: w.signature, lambda w, b: scheme().digest(5, b)),
    "check_signature_form": ("signature", lambda w: w.signature, lambda w, b: w.bls.scheme.check_signature_form(b)),
    "sign_partial": (
        "message",
        lambda w: w.message,
        lambda w, b: sign_partial(w.bls, Share(index=0, value=w.x), b),
    ),
    "partial_index": ("partial", lambda w: w.partials[2], lambda w, b: partial_index(w.bls, b)),
    "verify_partial": ("partial", lambda w: w.partials[2], lambda w, b: w.group.verify_partial(w.message, b)),
    "verify_partial, message": ("message", lambda w: w.message, lambda w, b: w.group.verify_partial(b, w.partials[2])),
    "group verify": ("message", lambda w: w.message, lambda w, b: w.group.verify(b, w.signature)),
    "open": ("partial", lambda w: w.partials[2], lambda w, b: w.group.open(b)),
    "recover": ("partial", lambda w: w.partials[2], lambda w, b: w.group.recover(w.message, [w.partials[0], b])),
    "failing, message": (
        "message",
        lambda w: w.message,
        lambda w, b: failing(w.bls, w.key, [SignedMessage(b, w.signature)], random.Random(1)),
    ),
    "failing, signature": (
        "signature",
        lambda w: w.signature,
        lambda w, b: failing(w.bls, w.key, [SignedMessage(w.message, b)], random.Random(1)),
    ),
    "schnorr sign": ("message", lambda w: w.message, lambda w, b: schnorr.sign(w.x, w.key, b, random.Random(1))),
    "schnorr verify": ("message", lambda w: w.message, lambda w, b: schnorr.verify(w.key, b, w.schnorr)),
    "schnorr signature": ("signature", lambda w: w.schnorr, lambda w, b: schnorr.verify(w.key, w.message, b)),
    "schnorr failing": (
        "signature",
        lambda w: w.schnorr,
        lambda w, b: schnorr.failing([schnorr.Signed(w.key, w.message, b)], random.Random(1)),
    ),
    "ecies encrypt": ("plaintext", lambda w: w.message, lambda w, b: ecies.encrypt(w.key, b, random.Random(1))),
    "ecies decrypt": (
        "ciphertext",
        lambda w: w.sealed,
        lambda w, b: ecies.decrypt(w.x, b, w.bls.keys.generator),
    ),
    "ibe encrypt": ("message", lambda w: b"a key", lambda w, b: ibe.encrypt(w.bls, w.key, b"id", b, random.Random(1))),
    "ibe identity": (
        "identity",
        lambda w: w.message,
        lambda w, b: ibe.encrypt(w.bls, w.key, b, b"a key", random.Random(1)),
    ),
    "ibe V": ("v", lambda w: w.ibe.v, lambda w, b: _ibe(w, b, w.ibe.w)),
    "ibe W": ("w", lambda w: w.ibe.w, lambda w, b: _ibe(w, w.ibe.v, b)),
    "commitments": ("data", lambda w: bytes(w.key), lambda w, b: PublicPolynomial.decode(w.bls.keys, [b])),
    "scalar": ("data", lambda w: bytes(w.x), lambda w, b: w.bls.field.from_bytes(b)),
    "keccak256": ("data", lambda w: w.message, lambda w, b: keccak256(b)),
    "blake2b_256": ("data", lambda w: w.message, lambda w, b: blake2b_256(b)),
    "blake2xb": ("key", lambda w: w.message, lambda w, b: blake2xb(b, 40)),
    "domain_tag": ("dst", lambda w: w.dst, lambda w, b: domain_tag(b)),
    "expand_message_xmd": ("message", lambda w: w.message, lambda w, b: expand_message_xmd(b, w.dst, 32)),
    "hash_to_field": ("message", lambda w: w.message, lambda w, b: hash_to_field(b, w.dst, 101)),
    "identity's signature": (
        "signature",
        lambda w: w.signature,
        lambda w, b: Identity(address="a:1", key=w.key, scheme=w.bls.scheme, signature=b).signature,
    ),
    "key pair": (
        "message",
        lambda w: w.message,
        lambda w, b: KeyPair.of(42, "a:1", w.bls.scheme, backend=w.bls.suite.backend).sign(b),
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("call", CALLS)
def test_every_kind_of_bytes_gives_the_result_of_bytes(call: str, backend: str) -> None:
    w = world(backend)
    _, given, function = CALLS[call]
    wanted = function(w, given(w))
    for kind in KINDS.values() if backend != "py_ecc" else [bytearray]:
        assert function(w, kind(given(w))) == wanted


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_bytes_is_refused_by_name(call: str, backend: str) -> None:
    w = world(backend)
    name, _, function = CALLS[call]
    for kind, value in WRONG.items():
        with pytest.raises(WrongType, match=f"^{name}: expected bytes, got {kind}"):
            function(w, value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_of_other_libraries_are_secrets_too(backend: str) -> None:
    w = world(backend)
    assert w.bls.sign(Whole(), w.message) == w.signature and w.bls.public_key(Whole()) == w.key
    assert schnorr.sign(42, w.key, w.message, random.Random(1)) == w.schnorr
    assert ecies.decrypt(42, w.sealed, w.bls.keys.generator) == w.message


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("secret", ["2a" * 32, b"\x2a" * 32, None, 4.5, True])
def test_what_is_no_secret_is_refused_without_a_word_of_it(secret: Any, backend: str) -> None:
    w = world(backend)
    calls: list[Callable[[], Any]] = [
        lambda: w.bls.sign(secret, w.message),
        lambda: w.bls.public_key(secret),
        lambda: schnorr.sign(secret, w.key, w.message, random.Random(1)),
        lambda: ecies.decrypt(secret, w.sealed, w.bls.keys.generator),
        lambda: KeyPair.of(secret, "a:1", w.bls.scheme, backend=backend),
    ]
    for call in calls:
        with pytest.raises(WrongType, match=r"^(secret|value): expected a whole number") as caught:
            call()
        assert "2a2a" not in str(caught.value) and "**" not in str(caught.value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_secret_of_another_field(backend: str) -> None:
    w, other = world(backend), suite("bn254", "glass").field(42)
    with pytest.raises(LocalError, match=r"^secret: expected an element of Fr \(255 bits\), got one of BN254 Fr"):
        w.bls.sign(other, w.message)
    with pytest.raises(LocalError, match=r"^secret: expected an element of Fr"):
        ecies.decrypt(other, w.sealed, w.bls.keys.generator)


def points(w: World) -> dict[str, tuple[type[Exception], Any]]:
    name = w.bls.suite.backend
    other = "glass" if name != "glass" else "blst"
    return {
        "None": (WrongType, None),
        "bytes": (WrongType, bytes(w.key)),
        "another backend": (LocalError, BLS.of(scheme(NAME), other).public_key(42)),
        "another group": (LocalError, w.bls.signatures.generator),
        "another curve": (LocalError, suite("bn254", "glass").g2.generator),
    }


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", points(World("glass")))
def test_points_of_elsewhere_are_refused_by_name(kind: str, backend: str) -> None:
    w = world(backend)
    error, key = points(w)[kind]
    calls: dict[str, Callable[[], Any]] = {
        "key": lambda: w.bls.verify(key, w.message, w.signature),
        "key ": lambda: failing(w.bls, key, [SignedMessage(w.message, w.signature)], random.Random(1)),
        "key  ": lambda: ibe.encrypt(w.bls, key, b"id", b"a key", random.Random(1)),
        "commits": lambda: PublicPolynomial(w.bls.keys, [key]),
        "points": lambda: w.bls.keys.msm([key], [1]),
        "points ": lambda: w.bls.keys.sum([key]),
        "points  ": lambda: w.bls.keys.horner([key], 2),
    }
    for name, call in calls.items():
        with pytest.raises(error, match=f"^{name.strip()}: expected a point of {w.bls.keys!r}, got"):
            call()
    # points of the signature group
    if kind != "another group":
        for name, call in {
            "points": lambda: combine(w.bls, {0: key}),
            "signature": lambda: ibe.decrypt(w.bls, key, w.ibe),
            "hashed": lambda: w.group.check(key, w.partials[0]),
        }.items():
            with pytest.raises(error, match=f"^{name}: expected a point of {w.bls.signatures!r}, got"):
                call()


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_points_and_no_partials(backend: str) -> None:
    w = world(backend)
    for call in (lambda: combine(w.bls, {}), lambda: w.group.all_valid(w.bls.hash(w.message), {})):
        with pytest.raises(LocalError, match=r"^points: expected the signature point of at least one holder, got none"):
            call()
    with pytest.raises(NotEnoughShares, match="have 0 distinct shares, need 2"):
        w.group.recover(w.message, [])
    with pytest.raises(LocalError, match=r"^commits: expected at least the commitment to the constant term, got none"):
        PublicPolynomial(w.bls.keys, [])
    with pytest.raises(LocalError, match=r"^points: expected at least one point, got none"):
        w.bls.keys.horner([], 2)
    assert failing(w.bls, w.key, [], random.Random(1)) == {} and schnorr.failing([], random.Random(1)) == {}
    # an empty sum is the neutral element
    assert w.bls.keys.sum([]).is_identity and w.bls.keys.msm([], []).is_identity


def test_what_is_no_share_and_no_public_polynomial() -> None:
    w = world("glass")
    with pytest.raises(WrongType, match=r"^share: expected a Share, got int"):
        sign_partial(w.bls, 5, w.message)
    with pytest.raises(WrongType, match=r"^public: expected a PublicPolynomial, got Point"):
        ThresholdBLS(w.bls, w.key)
    with pytest.raises(LocalError, match=r"^threshold: expected a whole number of at least 1, got 0"):
        PublicPolynomial.commit(Polynomial(w.bls.field, [42]), w.bls.keys, 0)
    with pytest.raises(LocalError, match=r"^key: expected at most 64 bytes, got 65"):
        blake2xb(bytes(65), 8)
