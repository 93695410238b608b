"""Identity-based encryption against runs of the production library."""

import hashlib
import json
import pickle
import random
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.crypto import BLS, SCHEMES, scheme
from drandlab.crypto.ibe import Ciphertext, Opener, candidates, decrypt, encrypt, h2, h3, h4, steps
from drandlab.curves.roots import sqrt2
from drandlab.curves.small_order import small_order_points
from drandlab.errors import DecodeError, LocalError, VerificationError, WrongType

H = bytes.fromhex
BY_KEYS = {"G1": "pedersen-bls-unchained", "G2": "bls-unchained-g1-rfc9380"}
EVMNET = "bls-bn254-unchained-on-g1"
UNCHAINED = sorted(name for name, one in SCHEMES.items() if not one.chained)
OUR_OWN = json.loads((Path(__file__).parents[1] / "data" / "kyber-ibe-bn254.json").read_text(encoding="utf-8"))


class Fixed:
    def __init__(self, data):
        self.data = data

    def randbytes(self, n):
        assert n == len(self.data)
        return self.data


def glass(name):
    return BLS.of(scheme(name), "glass")


def verdict(call, *arguments):
    """What a call gives: a message, or the code of its refusal."""
    try:
        return call(*arguments)
    except VerificationError as error:
        assert str(error).startswith("ibe: ")
        return error.code


def one_by_one(bls, signature, data, length=16):
    return decrypt(bls, signature, Ciphertext.from_bytes(bls, data, length))


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_ciphertexts_of_production(vectors, backend):
    rows = vectors("kyber")["ibe"]["valid"]
    assert len(rows) == 12
    for row in rows if backend == "blst" else rows[::4]:
        bls = BLS.of(scheme(BY_KEYS[row["key_group"]]), backend)
        key, secret = bls.keys.decode(H(row["master_public"])), bls.field(int(row["master_secret"], 16))
        assert secret * bls.keys.generator == key
        signature = bls.signatures.decode(H(row["private"]))
        assert signature == secret * bls.hash(H(row["id"]))
        sealed = Ciphertext.from_bytes(bls, H(row["u"] + row["v"] + row["w"]), len(row["plaintext"]) // 2)
        assert decrypt(bls, signature, sealed) == H(row["plaintext"])
        assert Opener(bls, signature).open(sealed.to_bytes(), len(sealed.v)) == H(row["plaintext"])
        assert encrypt(bls, key, H(row["id"]), H(row["plaintext"]), Fixed(H(row["sigma"]))) == sealed


def test_damaged_ciphertexts_of_production(vectors):
    rows = vectors("kyber")["ibe"]["other"]
    assert len(rows) == 24
    for row in rows:
        bls = BLS.of(scheme(BY_KEYS[row["key_group"]]), "blst")
        if row["case"] == "encrypt 33 bytes":
            with pytest.raises(LocalError, match="at most 32 bytes, got 33"):
                encrypt(bls, bls.public_key(5), b"id", bytes(33), random.Random(1))
            continue
        assert row["error"]
        signature = bls.signatures.decode(H(row["private"]), identity=True)
        sealed = Ciphertext(u=bls.keys.decode(H(row["u"]), identity=True), v=H(row["v"]), w=H(row["w"]))
        with pytest.raises(VerificationError, match="ibe"):
            decrypt(bls, signature, sealed)


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_every_value_of_the_known_answers(vectors, backend):
    """Five files with a fixed sigma, whose H3 takes one to four hashes."""
    known = vectors("tlock")
    assert {row["h3_iterations"] for row in known["python_kats"]} == {1, 2, 3, 4}
    for row in known["python_kats"]:
        bls = BLS.of(scheme(row["scheme"]), backend)
        key = bls.decode_key(H(known["networks"][row["network"]]["public_key"]))
        sigma, file_key = H(row["sigma"]), H(row["file_key"])
        made = steps(bls, key, bls.scheme.digest(row["round"]), file_key, sigma)
        assert made.identity == H(row["identity_sha256_round"]) and bytes(made.hashed) == H(row["Q_id"])
        assert made.tries == row["h3_iterations"] and int(made.k) == int(row["r"], 16)
        assert [n < bls.suite.order for n in islice(candidates(bls, sigma, file_key), made.tries)] == [
            *[False] * (made.tries - 1),
            True,
        ]
        assert hashlib.sha256(bytes(made.value)).hexdigest() == row["gt_bytes_sha256"]
        assert made.mask == H(row["H2_16"]) == h2(bls, made.value, 16)
        assert made.ciphertext.to_bytes() == H(row["U"] + row["V"] + row["W"])
        assert h4(bls, sigma, 16) == bytes(a ^ b for a, b in zip(file_key, H(row["W"]), strict=True))
        signature = bls.decode_signature(H(row["signature"]))
        assert decrypt(bls, signature, made.ciphertext) == file_key
        assert Opener(bls, signature).open(made.ciphertext.to_bytes()) == file_key


def test_ciphertexts_of_production_on_bn254():
    for row in OUR_OWN["rows"]:
        bls = BLS.of(scheme(EVMNET), "py_ecc")
        secret, message = bls.field(int(row["secret"], 16)), H(row["message"])
        key, signature = bls.decode_key(H(row["public"])), bls.decode_signature(H(row["signature"]))
        sealed = Ciphertext.from_bytes(bls, H(row["u"] + row["v"] + row["w"]), len(message))
        assert secret * bls.keys.generator == key and bytes(bls.hash(H(row["id"]))) == H(row["q"])
        value = bls.suite.pairing(signature, sealed.u)
        assert len(bytes(value)) == 384 and hashlib.sha256(bytes(value)).hexdigest() == row["gt_sha256"]
        assert decrypt(bls, signature, sealed) == message
        assert Opener(bls, signature).open(sealed.to_bytes(), len(message)) == message
        sigma = bytes(a ^ b for a, b in zip(sealed.v, h2(bls, value, len(message)), strict=True))
        made = steps(bls, key, H(row["id"]), message, sigma)
        assert made.ciphertext == sealed and made.value == value and made.k == h3(bls, sigma, message)


@settings(max_examples=100)
@given(
    message=st.binary(min_size=12, max_size=32),
    name=st.sampled_from(UNCHAINED),
    flip=st.integers(0, 10_000),
)
def test_round_trip_and_every_changed_bit(message, name, flip):
    bls = glass(name)
    sealed = encrypt(bls, bls.public_key(77), b"round", message, random.Random(1))
    signature = bls.decode_signature(bls.sign(77, b"round"))
    assert decrypt(bls, signature, sealed) == message
    with pytest.raises(VerificationError):
        decrypt(bls, bls.decode_signature(bls.sign(77, b"another round")), sealed)
    data = sealed.to_bytes()
    assert Ciphertext.from_bytes(bls, data, len(message)) == sealed
    opener = Opener(bls, signature)
    assert opener.open(data, len(message)) == message
    body = bytearray(data)
    body[flip // 8 % len(body)] ^= 1 << flip % 8
    refusal = verdict(one_by_one, bls, signature, bytes(body), len(message))
    assert isinstance(refusal, str) and verdict(opener.open, bytes(body), len(message)) == refusal


def test_a_message_of_no_bytes_hides_nothing():
    bls = glass(BY_KEYS["G2"])
    sealed = encrypt(bls, bls.public_key(77), b"round", b"", random.Random(1))
    assert decrypt(bls, bls.decode_signature(bls.sign(77, b"another round")), sealed) == b""


def bad_points(bls):
    """For each rule that an encoding of U can break, one that breaks it; on BN254 the points come from the twist."""
    length, p = bls.keys.length, bls.suite.curve.p
    good = bytes(bls.keys.generator)
    if not bls.suite.curve.compressed:
        b0, b1 = bls.suite.curve.b2
        x, y = next((x, y) for x in range(1, 20) if (y := sqrt2(((x**3 + b0) % p, b1), p)))
        outside = b"".join(word.to_bytes(32, "big") for word in (0, x, y[1], y[0]))
        return {
            "infinity": bytes(length),
            "range": p.to_bytes(32, "big") + good[32:],
            "curve": good[:-1] + bytes([good[-1] ^ 1]),
            "subgroup": outside,
        }
    made = {
        "infinity": b"\xc0" + bytes(length - 1),
        "range": bytes([0x80 | p >> 376]) + p.to_bytes(48, "big")[1:] + good[48:],
        "flags": bytes([good[0] & 0x7F]) + good[1:],
    }
    for x in range(12):  # small x lie outside of the subgroup, if on the curve at all
        data = b"\x80" + bytes(length - 2) + bytes([x])
        with pytest.raises(DecodeError) as caught:
            bls.keys.decode(data)
        made[caught.value.code] = data
    return made


@pytest.mark.parametrize(
    ("name", "backend"),
    [*((name, one) for name in BY_KEYS.values() for one in ("blst", "py_ecc")), (EVMNET, "py_ecc")],
)
def test_each_fault_of_the_bytes_has_its_code(name, backend):
    bls = BLS.of(scheme(name), backend)
    length = bls.keys.length
    good = bytes(bls.keys.generator) + bytes(32)
    assert Ciphertext.from_bytes(bls, good).to_bytes() == good
    points = bad_points(bls)
    assert points.keys() == {"infinity", "range", "curve", "subgroup"} | ({"flags"} if name != EVMNET else set())
    opener = Opener(bls, bls.signatures.generator)
    for code, point in points.items():
        with pytest.raises(VerificationError, match="ibe: U: ") as caught:
            Ciphertext.from_bytes(bls, point + bytes(32))
        assert caught.value.code == code
        with pytest.raises(VerificationError, match="ibe: U: ") as again:
            opener.open(point + bytes(32))
        assert again.value.code == code and str(again.value) == str(caught.value)
    for data in (b"", good[:-1], good + b"\0", good[:length]):
        with pytest.raises(
            VerificationError, match=f"expected {length + 32} bytes for {name}, got {len(data)}"
        ) as caught:
            Ciphertext.from_bytes(bls, data)
        assert caught.value.code == "length" == verdict(opener.open, data)
    assert Ciphertext.from_bytes(bls, good[:length], 0).v == b""


def test_arguments_that_are_wrong():
    bls = glass(EVMNET)
    key, other = bls.public_key(5), glass(BY_KEYS["G2"])
    with pytest.raises(LocalError, match="key: must not be the point at infinity") as caught:
        encrypt(bls, bls.keys.identity, b"round", bytes(16), random.Random(1))
    assert caught.value.code == "infinity"
    with pytest.raises(LocalError, match="sigma: expected 16 bytes, got 15"):
        steps(bls, key, b"round", bytes(16), bytes(15))
    with pytest.raises(LocalError, match="length: expected a whole number from 0 to 32, got 33"):
        Ciphertext.from_bytes(bls, bytes(160), 33)
    with pytest.raises(WrongType, match="value: expected a value of the pairing, got bytes"):
        h2(bls, bytes(384), 16)
    with pytest.raises(LocalError, match="key: expected a point of"):
        encrypt(bls, other.public_key(5), b"round", bytes(16), random.Random(1))
    with pytest.raises(WrongType, match="message: expected bytes, got text"):
        encrypt(bls, key, b"round", "text", random.Random(1))
    with pytest.raises(WrongType, match="sigma: expected bytes, got text"):
        candidates(bls, "sigma", b"")


def test_the_steps_show_no_secret_and_survive_pickling():
    bls = glass(BY_KEYS["G1"])
    made = steps(bls, bls.public_key(5), b"round", b"sixteen letters!", bytes(range(0xA0, 0xB0)))
    assert pickle.loads(pickle.dumps(made)) == made
    shown = repr(made)
    for secret in (made.sigma.hex(), repr(made.sigma), repr(made.mask), str(int(made.k))):
        assert secret not in shown


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_a_point_of_small_order_added_to_u_is_refused(backend):
    """The pairing cannot tell U + T from U, so that everything but the encoding of U would fit."""
    bls = BLS.of(scheme(BY_KEYS["G1"]), backend)
    sealed = encrypt(bls, bls.public_key(5), b"round", bytes(16), random.Random(1))
    signature = bls.decode_signature(bls.sign(5, b"round"))
    (small,) = small_order_points(3, 1)
    u = bytes(small.group.decode(bytes(sealed.u)) + small)
    if backend == "blst":
        assert bls.suite.paired_with(signature)(u) == bls.suite.pairing(sealed.u, signature)
    opener = Opener(bls, signature)
    assert verdict(opener.open, u + sealed.v + sealed.w) == "subgroup"
    assert verdict(opener.open, sealed.to_bytes()) == bytes(16)


@pytest.mark.parametrize("name", BY_KEYS.values())
def test_every_changed_bit_is_refused_on_the_real_curve(name):
    bls = BLS.of(scheme(name), "blst")
    data = encrypt(bls, bls.public_key(5), b"round", bytes(16), random.Random(1)).to_bytes()
    signature = bls.decode_signature(bls.sign(5, b"round"))
    opener, length, seen = Opener(bls, signature), bls.keys.length, set()
    for bit in range(8 * len(data)):
        body = bytearray(data)
        body[bit // 8] ^= 1 << bit % 8
        refusal = verdict(opener.open, bytes(body))
        assert refusal in ("flags", "range", "curve", "subgroup", "infinity", "ciphertext")
        if bit < 8 * length:  # V and W are not decoded
            assert verdict(one_by_one, bls, signature, bytes(body)) == refusal
        seen.add(refusal)
    assert {"flags", "curve", "subgroup", "ciphertext"} <= seen


def test_one_wrong_ciphertext_among_many_is_found_alone():
    bls = BLS.of(scheme(BY_KEYS["G2"]), "blst")
    rng, key, names = random.Random(3), bls.public_key(5), [b"round"] * 12
    names[7] = b"another round"
    texts = [rng.randbytes(16) for _ in names]
    rows = [encrypt(bls, key, name, text, rng).to_bytes() for name, text in zip(names, texts, strict=True)]
    # V and W of the fourth from the fifth, and a U that is right for another
    rows[3] = rows[3][:96] + rows[4][96:]
    opener = Opener(bls, bls.decode_signature(bls.sign(5, b"round")))
    found = [verdict(opener.open, row) for row in rows]
    texts[3] = texts[7] = "ciphertext"
    assert found == texts


def test_u_at_infinity_is_refused_even_where_k_is_zero(monkeypatch):
    """H3 never gives 0 by chance."""
    bls = glass(BY_KEYS["G2"])
    monkeypatch.setattr("drandlab.crypto.ibe.h3", lambda bls, sigma, message: bls.field(0))
    data = bytes(bls.keys.identity) + bytes(32)
    opener = Opener(bls, bls.signatures.generator)
    assert verdict(opener.open, data) == verdict(one_by_one, bls, bls.signatures.generator, data) == "infinity"


def test_an_opener_is_of_one_scheme():
    bls, other = glass(BY_KEYS["G2"]), glass(EVMNET)
    with pytest.raises(LocalError, match="signature: expected a point of"):
        Opener(bls, other.signatures.generator)
    with pytest.raises(WrongType, match="decode makes one"):
        Opener(bls, bls.sign(5, b"round"))
    opener = Opener(bls, 5 * bls.hash(b"round"))
    assert repr(opener) == "<Opener bls-unchained-g1-rfc9380, backend glass>"
    data = encrypt(bls, bls.public_key(5), b"round", bytes(16), random.Random(1)).to_bytes()
    assert pickle.loads(pickle.dumps(opener)).open(bytearray(data)) == bytes(16)
    with pytest.raises(LocalError, match="length: expected a whole number from 0 to 32, got -1"):
        opener.open(data, -1)
