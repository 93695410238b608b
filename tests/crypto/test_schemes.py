"""The five schemes as data: sizes, digests, names."""

import hashlib

import pytest

from drandlab.crypto.schemes import SCHEMES, round_bytes, scheme
from drandlab.errors import LocalError, VerificationError


def test_order_and_sizes_are_those_of_production():
    sizes = {s.name: (s.key_length, s.signature_length, s.partial_length, s.chained) for s in SCHEMES.values()}
    assert list(sizes.items()) == [
        ("pedersen-bls-chained", (48, 96, 98, True)),
        ("pedersen-bls-unchained", (48, 96, 98, False)),
        ("bls-unchained-g1-rfc9380", (96, 48, 50, False)),
        ("bls-unchained-on-g1", (96, 48, 50, False)),
        ("bls-bn254-unchained-on-g1", (128, 64, 66, False)),
    ]


def test_domain_tags(vectors):
    tags = vectors("drand")["scheme_dsts"]
    assert {name: s.dst.decode() for name, s in SCHEMES.items()} == tags


def test_digests_made_by_the_daemon(vectors):
    rows = vectors("kyber")["drand"]["digests"]
    assert {row["scheme"] for row in rows} == set(SCHEMES)
    for row in rows:
        previous = bytes.fromhex(row["previous_signature"] or "")
        assert scheme(row["scheme"]).digest(row["round"], previous).hex() == row["digest"]


def test_chained_digest_covers_the_previous_signature_and_unchained_does_not():
    chained, unchained = scheme("pedersen-bls-chained"), scheme("pedersen-bls-unchained")
    assert chained.digest(7, b"a") == hashlib.sha256(b"a" + (7).to_bytes(8, "big")).digest()
    assert unchained.digest(7, b"a") == unchained.digest(7) == chained.digest(7, b"")


@pytest.mark.parametrize("name", ["rsa", "Pedersen-BLS-chained", "pedersen-bls-chained "])
def test_unknown_names_list_the_known(name):
    with pytest.raises(LocalError, match="bls-unchained-g1-rfc9380"):
        scheme(name)


def test_the_empty_name_is_the_first_scheme():
    assert scheme() is scheme("") is SCHEMES["pedersen-bls-chained"]


@pytest.mark.parametrize("round", [-1, 1 << 64, 1.0, "1", True, None])
def test_impossible_rounds(round):
    with pytest.raises(LocalError, match="round"):
        round_bytes(round)


def test_signature_length_is_named():
    with pytest.raises(VerificationError, match="expected 48 bytes for bls-unchained-g1-rfc9380, got 47"):
        scheme("bls-unchained-g1-rfc9380").check_signature_form(bytes(47))
