"""Identities and proofs of possession against production's, and what is refused."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.identity import Identity, KeyPair, check_address
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import LocalError, VerificationError

H = bytes.fromhex
GLASS = {"backend": "glass"}


@pytest.fixture(scope="module")
def old(vectors):
    return vectors("drand")


@pytest.fixture(scope="module")
def rows(vectors):
    return vectors("kyber")["drand"]["identities"]


def test_real_identities(old):
    """11 nodes of the v1 years and 6 of v2: each signed by one rule, and by that one only."""
    versions = []
    for row in old["identities"]:
        used = scheme(row["scheme"])
        identity = Identity(
            address=row["address"],
            key=BLS.of(used).decode_key(H(row["key"])),
            scheme=used,
            signature=H(row["signature"]),
        )
        version = 2 if "v2" in row["signed_message_rule"] else 1
        assert identity.identity_hash.hex() == row["identity_hash"]
        assert identity.self_signature_message(version).hex() == row["signed_message"]
        identity.check_self_signature(version)
        with pytest.raises(VerificationError, match="not the key's signature"):
            identity.check_self_signature(3 - version)
        versions.append(version)
    assert sorted(versions) == [1] * 11 + [2] * 6


def test_identities_of_the_production_daemon(rows):
    """20 key pairs of all five schemes: public key, hash and self-signature come out of the secret."""
    assert len(rows) == 20
    for row in rows:
        pair = KeyPair.of(int(row["private"], 16), row["address"], scheme(row["scheme"]))
        assert pair.identity.key.hex() == row["public"]
        assert pair.identity.identity_hash.hex() == row["identity_hash"]
        assert pair.identity.signature.hex() == row["self_signature"]
    assert {row["scheme"] for row in rows} == set(SCHEMES)


def test_one_of_each_scheme_is_checked(rows):
    for row in {row["scheme"]: row for row in rows}.values():
        used = scheme(row["scheme"])
        Identity(
            address=row["address"],
            key=BLS.of(used).decode_key(H(row["public"])),
            scheme=used,
            signature=H(row["self_signature"]),
        ).check_self_signature()


def test_demo_node(old):
    row = old["demo_node"]["keypair"]
    pair = KeyPair.of(int(row["private"], 16), "127.0.0.1:38161", scheme())
    assert pair.identity.key.hex() == row["public"]
    assert pair.identity.signature.hex() == row["self_signature"]
    assert pair.identity.self_signature_message().hex() == row["signed_message"]


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("version", [1, 2])
def test_a_proof_counts_for_its_key_rule_and_scheme_only(name, version):
    pair = KeyPair.generate("a:1", scheme(name), random.Random(1), version=version, tls=True, **GLASS)
    other = KeyPair.generate("a:1", scheme(name), random.Random(2), version=version, **GLASS)
    pair.identity.check_self_signature(version)
    assert pair.identity.tls
    for false in (
        replace(pair.identity, signature=other.identity.signature),
        replace(pair.identity, key=other.identity.key),
        replace(pair.identity, signature=b""),
        replace(pair.identity, signature=pair.identity.signature + b"\0"),
        replace(pair.identity, signature=bytes(len(pair.identity.signature))),
    ):
        with pytest.raises(VerificationError, match="self-signature of a:1"):
            false.check_self_signature(version)
    with pytest.raises(VerificationError):
        pair.identity.check_self_signature(3 - version)


def test_a_proof_does_not_cross_schemes_in_version_2():
    one, two = scheme("pedersen-bls-chained"), scheme("pedersen-bls-unchained")
    for version, crosses in ((1, True), (2, False)):
        proved = KeyPair.of(7, "a:1", one, version=version, **GLASS).identity
        taken = replace(proved, scheme=two)
        if crosses:
            taken.check_self_signature(version)
        else:
            with pytest.raises(VerificationError):
                taken.check_self_signature(version)


def test_equality_is_address_and_key():
    one = KeyPair.of(7, "a:1", scheme(), tls=True, **GLASS).identity
    assert one == replace(one, signature=b"", tls=False)
    assert len({one, replace(one, signature=b"")}) == 1
    assert one != replace(one, address="a:2")
    assert one != KeyPair.of(8, "a:1", scheme(), **GLASS).identity


def test_a_secret_is_never_printed():
    pair = KeyPair.of(0xDEADBEEF, "a:1", scheme(), **GLASS)
    assert "deadbeef" not in f"{pair!r} {pair} {pair.identity!r}"
    assert str(0xDEADBEEF) not in f"{pair!r} {pair}"


@pytest.mark.parametrize("address", ["", "host", "a:1:2", "[::1]", "::1:80", "a]:1", "[a:1", "[[a]]:1", None, b"a:1"])
def test_addresses_that_are_none(address):
    with pytest.raises(LocalError, match="address: expected host:port"):
        check_address(address)


@pytest.mark.parametrize("address", ["a:1", "127.0.0.1:80", "[::1]:80", ":80", "example.org:http"])
def test_addresses(address):
    check_address(address)


@given(st.text())
def test_any_text_is_an_address_or_an_error_of_ours(text):
    try:
        check_address(text)
    except LocalError:
        return
    host, port = text.rsplit(":", 1)
    assert ":" not in port and (":" not in host or (host[0], host[-1]) == ("[", "]"))


def test_bad_input_names_what_is_wrong():
    pair = KeyPair.of(7, "a:1", scheme(), **GLASS)
    other = KeyPair.of(7, "a:1", scheme("bls-unchained-g1-rfc9380"), **GLASS)
    for change, message in (
        ({"address": "nowhere"}, "address: "),
        ({"address": "\ud800:1"}, "address: not a text"),
        ({"key": other.identity.key}, "key: pedersen-bls-chained has keys on G1"),
        ({"key": pair.identity.key.group.identity}, "key: must not be the point at infinity"),
        ({"signature": "aa"}, "signature: expected bytes, got text"),
    ):
        with pytest.raises(LocalError, match=message):
            replace(pair.identity, **change)
    for secret in (0, pair.secret.field.modulus):
        with pytest.raises(LocalError, match="secret: must not be 0"):
            KeyPair.of(secret, "a:1", scheme(), **GLASS)
    with pytest.raises(LocalError, match="does not belong to the identity's key"):
        KeyPair(secret=pair.secret + 1, identity=pair.identity)
    with pytest.raises(LocalError, match="version"):
        pair.identity.check_self_signature(3)


def test_what_holds_is_checked_once_and_what_does_not_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    verify = BLS.verify
    monkeypatch.setattr(BLS, "verify", lambda self, *given: (calls.append(given), verify(self, *given))[1])
    identity = KeyPair.generate("once.example.org:8000", scheme(), random.Random(20261128), backend="glass").identity
    for _ in range(3):
        identity.check_self_signature()
    assert len(calls) == 1
    # nothing that was checked stands for anything else: not the other rule, not a signature that is not there
    for _ in range(2):
        with pytest.raises(VerificationError):
            identity.check_self_signature(1)
        with pytest.raises(VerificationError, match=r"self-signature of once.example.org:8000"):
            replace(identity, signature=b"").check_self_signature()
    assert len(calls) == 5
