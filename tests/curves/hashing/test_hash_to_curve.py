"""Hashing to the curve against RFC 9380, and Keccak against two other implementations' figures."""

import json

import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from drandlab.curves import encoding, suite
from drandlab.curves.hashing.expand import KECCAK_256, SHA_256, expand_message_xmd, hash_to_field
from drandlab.curves.hashing.keccak import keccak256
from drandlab.curves.hashing.sswu import A, B, Z, simplified_swu
from drandlab.curves.params import BLS12_381
from drandlab.curves.roots import sqrt
from drandlab.errors import LocalError

REAL = ("blst", "py_ecc")


@pytest.mark.parametrize("backend", REAL)
@pytest.mark.parametrize("group", ["G1", "G2"])
def test_rfc_9380_random_oracle_vectors(shared, backend, group):
    vectors = json.loads((shared / f"vectors/rfc9380/BLS12381{group}_XMD_SHA-256_SSWU_RO_.json").read_text())
    assert vectors["vectors"]
    for vector in vectors["vectors"]:
        point = suite("bls12-381", backend).group(group).hash(vector["msg"].encode(), vectors["dst"].encode())
        x, larger = encoding.read(bytes(point), group)
        assert [int(word, 16) for word in vector["P"]["x"].split(",")] == list(x)
        assert encoding.is_larger(tuple(int(word, 16) for word in vector["P"]["y"].split(","))) == larger


@pytest.mark.parametrize("group", ["G1", "G2"])
def test_rfc_9380_field_elements(shared, group):
    vectors = json.loads((shared / f"vectors/rfc9380/BLS12381{group}_XMD_SHA-256_SSWU_RO_.json").read_text())
    assert vectors["vectors"]
    for vector in vectors["vectors"]:
        found = hash_to_field(vector["msg"].encode(), vectors["dst"].encode(), BLS12_381.p, degree=int(group[1]))
        assert found == [tuple(int(word, 16) for word in u.split(",")) for u in vector["u"]]


@pytest.mark.parametrize("group", ["G1", "G2"])
def test_rfc_9380_nonuniform_vectors_with_the_map_of_the_reference(shared, group):
    """encode_to_curve is no part of drand; its vectors still check the map and the cofactor clearing underneath."""
    vectors = json.loads((shared / f"vectors/rfc9380/BLS12381{group}_XMD_SHA-256_SSWU_NU_.json").read_text())
    reference = suite("bls12-381", "py_ecc").group(group)
    assert vectors["vectors"]
    for vector in vectors["vectors"]:
        u = tuple(int(word, 16) for word in vector["u"][0].split(","))
        x, y = reference.clear_cofactor(reference._map_to_curve(u)).affine()
        assert x == tuple(int(word, 16) for word in vector["P"]["x"].split(","))
        assert y == tuple(int(word, 16) for word in vector["P"]["y"].split(","))


P = BLS12_381.p
EXCEPTIONAL = [0, *([] if (root := sqrt(-pow(Z, -1, P) % P, P)) is None else [root, P - root])]
"""Where the denominator of the map, Z u^2 (Z u^2 + 1), is 0."""


@given(st.integers(0, P - 1) | st.integers(0, 20) | st.sampled_from(EXCEPTIONAL))
def test_the_map_to_the_curve_is_that_of_py_ecc(u):
    from py_ecc.optimized_bls12_381 import FQ, optimized_swu_G1

    x, y = simplified_swu(u)
    numerator, scaled, denominator = optimized_swu_G1(FQ(u))
    assert (FQ(x), FQ(y)) == (numerator / denominator, scaled / denominator)
    assert (y * y - x**3 - A * x - B) % P == 0


def test_the_exceptional_points_go_where_rfc_9380_sends_them():
    assert len(EXCEPTIONAL) == 3
    assert {simplified_swu(u)[0] for u in EXCEPTIONAL} == {B * pow(Z * A, -1, P) % P}


@pytest.mark.parametrize("name", ["expand_message_xmd_SHA256_38", "expand_message_xmd_SHA256_256"])
def test_expansion_vectors(shared, name):
    vectors = json.loads((shared / f"vectors/rfc9380/{name}.json").read_text())
    assert vectors["tests"]
    for vector in vectors["tests"]:
        length = int(vector["len_in_bytes"], 16)
        out = expand_message_xmd(vector["msg"].encode(), vectors["DST"].encode(), length)
        assert out.hex() == vector["uniform_bytes"]


def test_wycheproof_hash_to_g2(shared):
    cases = json.loads((shared / "vectors/wycheproof/bls_hash_to_g2_test.json").read_text())
    tests = [(group["dst"].encode(), case) for group in cases["testGroups"] for case in group["tests"]]
    assert len(tests) == cases["numberOfTests"]
    for dst, case in tests:
        for backend in REAL:
            point = suite("bls12-381", backend).g2.hash(bytes.fromhex(case["msg"]), dst)
            assert (point.hex() == case["expected"]) == (case["result"] == "valid"), case


def test_bn254_vectors_of_production(vectors):
    g1 = suite("bn254").g1
    rows = vectors("drand")["bn254_hash_to_curve"]
    assert {"point" in row for row in rows} == {True, False}
    for vector in rows:
        message, dst = bytes.fromhex(vector["msg_hex"]), vector["dst"].encode()
        if "point" in vector:
            assert g1.hash(message, dst).hex() == vector["point"]
        else:
            assert expand_message_xmd(message, dst, vector["len"], KECCAK_256).hex() == vector["output"]
    kyber = vectors("kyber")["bn254"]["hash_to_curve"]
    assert kyber
    for vector in kyber:
        tag = vector.get("dst", "BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_").encode()
        assert g1.hash(bytes.fromhex(vector["msg"]), tag).hex() == vector["point"]


def test_bn254_map_of_zero_and_of_the_exceptional_points():
    from drandlab.curves.hashing.svdw import BN254, map_to_curve

    p = BN254.p
    for u in (0, 1, p - 1, 2, p - 2):
        x, y = map_to_curve(u)
        assert (y * y - x**3 - 3) % p == 0
        assert y % 2 == u % 2


@given(st.binary(max_size=600))
def test_keccak_agrees_with_another_library(data):
    assert keccak256(data) == keccak.new(digest_bits=256, data=data).digest()


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=400))
def test_backends_hash_alike_under_any_tag(message, dst):
    assert bytes(suite("bls12-381", "blst").g1.hash(message, dst)) == bytes(
        suite("bls12-381", "py_ecc").g1.hash(message, dst)
    )


@pytest.mark.parametrize("backend", ["blst", "py_ecc", "glass"])
@pytest.mark.parametrize(
    ("dst", "rule"), [(b"", "a domain tag is at least one byte"), ("text", "expected bytes, got text")]
)
def test_an_empty_tag_is_refused(backend, dst, rule):
    with pytest.raises(LocalError, match=f"^dst: {rule}"):
        suite("bls12-381", backend).g1.hash(b"message", dst)


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_expansion_to_an_impossible_length(length):
    with pytest.raises(LocalError, match="length"):
        expand_message_xmd(b"", b"tag", length, SHA_256)


def test_bn254_has_no_hash_to_g2():
    with pytest.raises(LocalError, match="G2 of BN254"):
        suite("bn254").g2.hash(b"message", b"tag")
