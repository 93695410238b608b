"""The capsule of the IDN's own crate: its vector, its differences to a tlock file, and everything that is refused."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto import BLS, ibe, scheme
from drandlab.errors import LocalError, WrongType
from drandlab.idn.pulses import aggregate
from drandlab.timelock import TimelockError
from drandlab.timelock.idn_capsule import IdnCapsule, open_capsule, seal_capsule

H = bytes.fromhex
SECRET, ROUND = 77, 1000
BLS_BOX = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
BOX = ChainInfo(
    public_key=bytes(BLS_BOX.public_key(SECRET)),
    scheme=BLS_BOX.scheme,
    period=3,
    genesis_time=1_700_000_000,
    genesis_seed=bytes(32),
    beacon_id="box",
)
QUICKNET = dl.networks["quicknet"]


class Chosen:
    """A source of "random" bytes that are given."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = list(parts)

    def randbytes(self, n: int) -> bytes:
        part = self.parts.pop(0)
        assert len(part) == n
        return part


def signed(round: int) -> bytes:
    return BLS_BOX.sign(SECRET, BLS_BOX.scheme.digest(round))


def sealed(text: bytes = b"a text", seed: int = 1) -> bytes:
    return seal_capsule(text, BOX, round=ROUND, rng=random.Random(seed), backend="glass")


def opened(data: bytes, round: int = ROUND) -> bytes:
    return open_capsule(data, BOX, signature=signed(round), backend="glass")


def refused(data: bytes, signature: bytes | None = None) -> str:
    with pytest.raises(TimelockError) as caught:
        open_capsule(data, BOX, signature=signed(ROUND) if signature is None else signature, backend="glass")
    assert caught.value.reason in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_the_known_answer(vectors: Any, backend: str) -> None:
    row, known = vectors("idn")["timelock_header"], vectors("tlock")
    key, sigma, nonce = H(row["esk"]), H(row["sigma"]), bytes(range(12))
    data = seal_capsule(b"a text", QUICKNET, round=row["round"], rng=Chosen(key, sigma, nonce), backend=backend)
    assert data[:160] == H(row["header_serialized"]) == H(row["U"] + row["V"] + row["W"])
    signature = next(one["signature"] for one in known["js_produced"] if one["round"] == 1000)
    assert open_capsule(data, QUICKNET, signature=H(signature), backend=backend) == b"a text"
    # the values in between
    bls = BLS.of(QUICKNET.scheme, backend)
    r = int.from_bytes(hashlib.sha256(sigma + key).digest(), "big") % bls.suite.order
    assert r == int(row["r_be"], 16)
    value = bytes(bls.suite.pairing(bls.decode_signature(H(signature)), bls.keys.decode(H(row["U"]))))[::-1]
    assert len(value) == row["gt_len"] and value.startswith(H(row["gt_first32"]))
    assert hashlib.sha256(value).hexdigest() == row["gt_sha256"]


def test_every_byte_has_its_place() -> None:
    data = sealed(b"five!")
    key, rest = data[:160], data[160:]
    body = (8 + 5 + 16 + 8 + 12).to_bytes(8, "little")
    assert rest[:8] == body and rest[8:16] == (5 + 16).to_bytes(8, "little")
    assert rest[37:45] == (12).to_bytes(8, "little") and rest[57:] == (8).to_bytes(8, "little") + b"AES_GCM_"
    capsule = IdnCapsule.from_bytes(BLS_BOX, data)
    assert capsule.to_bytes() == data and capsule.key.to_bytes() == key and capsule.nonce == rest[45:57]
    assert len(sealed(b"")) == 228


@settings(max_examples=100)
@given(text=st.binary(max_size=60), seed=st.integers(0, 1 << 32), flip=st.integers(0, 10_000))
def test_round_trip_and_every_changed_bit(text: bytes, seed: int, flip: int) -> None:
    data = sealed(text, seed)
    assert opened(data) == text
    body = bytearray(data)
    body[flip // 8 % len(body)] ^= 1 << flip % 8
    assert refused(bytes(body)) in {"point", "proof", "truncated", "trailing", "format", "chunk"}


def test_each_fault_has_its_reason() -> None:
    data = sealed(b"a text of a few bytes")
    for end in range(len(data)):
        assert refused(data[:end]) == "truncated"
    assert refused(data + b"\0") == "trailing"
    assert refused(data[:-1] + b"-") == "format"
    assert refused(data[:160] + b"\xff" * 8 + data[168:]) == "truncated"
    assert refused(bytes(96) + data[96:]) == "point"
    assert refused(b"\xc0" + bytes(95) + data[96:]) == "point"
    for at in (96, 127, 128, 159):
        assert refused(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) == "proof"
    for at in (176, 196, len(data) - 17):  # the text, its tag, the nonce
        assert refused(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) == "chunk"
    assert refused(data, b"no signature") == "signature"
    assert refused(data, bytes(48)) == "signature"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(8),
        bytes(16),
        (16).to_bytes(8, "little") + bytes(16) + (11).to_bytes(8, "little") + bytes(11),
        (16).to_bytes(8, "little") + bytes(16) + (13).to_bytes(8, "little") + bytes(13),
        (15).to_bytes(8, "little") + bytes(15) + (12).to_bytes(8, "little") + bytes(12),
        (16).to_bytes(8, "little") + bytes(16) + (12).to_bytes(8, "little") + bytes(13),
        (1 << 63).to_bytes(8, "little") + bytes(40),
    ],
)
def test_a_body_with_other_lengths_is_refused(body: bytes) -> None:
    key = sealed()[:160]
    data = key + len(body).to_bytes(8, "little") + body + (8).to_bytes(8, "little") + b"AES_GCM_"
    assert refused(data) == "format"


def test_a_pulse_of_one_round_opens_and_one_of_several_does_not() -> None:
    beacons = [Beacon(round=r, signature=signed(r)) for r in range(ROUND - 1, ROUND + 2)]
    data = sealed()
    with dl.use_backend("glass"):
        one, three = aggregate(beacons[1:2]), aggregate(beacons)
    assert (one.start, one.end) == (ROUND, ROUND)
    assert open_capsule(data, BOX, signature=one.signature, backend="glass") == b"a text"
    assert refused(data, three.signature) == "proof"
    assert refused(data, signed(ROUND - 1)) == "proof"


def test_neither_opens_the_other() -> None:
    file = dl.timelock.encrypt(b"a text", BOX, round=ROUND, rng=random.Random(1), backend="glass")
    assert refused(file) in {"truncated", "format", "point"}
    with pytest.raises(TimelockError) as caught:
        dl.timelock.decrypt(sealed(), BOX, signature=signed(ROUND), backend="glass")
    assert caught.value.reason == "format"
    # and where the same 32 bytes are sealed, the hashes differ
    point = BLS_BOX.decode_signature(signed(ROUND))
    with pytest.raises(dl.VerificationError):
        ibe.Opener(BLS_BOX, point).open(sealed()[:160], 32)


def test_arguments_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    with pytest.raises(LocalError, match=r"info: .* scheme bls-unchained-g1-rfc9380, got bls-unchained-on-g1"):
        seal_capsule(b"", dl.networks["fastnet"], round=1, rng=rng)
    with pytest.raises(WrongType, match="info: expected a ChainInfo, got str"):
        open_capsule(b"", "quicknet", signature=bytes(48))  # type: ignore[arg-type]
    with pytest.raises(WrongType, match="text: expected bytes, got text"):
        seal_capsule("text", BOX, round=1, rng=rng, backend="glass")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match=r"round: expected a whole number from 1 to 2\^64 - 1, got 0"):
        seal_capsule(b"", BOX, round=0, rng=rng, backend="glass")
    with pytest.raises(WrongType, match="signature: expected bytes"):
        open_capsule(sealed(), BOX, signature="aa", backend="glass")  # type: ignore[arg-type]
    parts = IdnCapsule.from_bytes(BLS_BOX, sealed())
    with pytest.raises(LocalError, match="nonce: expected 12 bytes, got 11"):
        dataclasses.replace(parts, nonce=bytes(11))
    with pytest.raises(WrongType, match="key: expected a Ciphertext, got bytes"):
        dataclasses.replace(parts, key=bytes(160))  # type: ignore[arg-type]
    monkeypatch.setattr("drandlab.timelock.idn_capsule.LONGEST_TEXT", 5)
    with pytest.raises(LocalError, match="text: expected at most 5 bytes, got 6"):
        sealed()
