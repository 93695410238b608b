"""Pulses against the public vectors, and everything that is none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab import Beacon, networks
from drandlab.errors import DecodeError, FormatError, LocalError, WrongType
from drandlab.gossip import decode_pulse, encode_pulse, message_id, topic
from drandlab.wire.common_pb2 import Metadata
from drandlab.wire.public_pb2 import PublicRandResponse

SIGNATURE = bytes(range(48))
PLAIN = encode_pulse(Beacon(round=7, signature=SIGNATURE))


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict:
    return json.loads((shared / "facts/idn-vectors.json").read_text(encoding="utf-8"))


def test_the_pulses_of_the_vectors_are_written_and_read(vectors: dict) -> None:
    signatures = {p["round"]: p["signature"] for p in vectors["pulses"]}
    assert len(vectors["canonical_pulse"]) >= 4
    for one in vectors["canonical_pulse"]:
        beacon = Beacon(round=one["round"], signature=bytes.fromhex(signatures[one["round"]]))
        for name, randomness in (("protobuf", False), ("protobuf_with_randomness_field4", True)):
            data = encode_pulse(beacon, randomness=randomness)
            assert data.hex() == one[name]
            read = decode_pulse(data)
            assert (read.round, read.signature) == (beacon.round, beacon.signature)
            assert read.claimed_randomness == (beacon.randomness if randomness else None)
            assert message_id(data) == hashlib.blake2b(data, digest_size=32).digest()


def test_the_topic_is_named_by_the_chain_hash(vectors: dict) -> None:
    quicknet = networks["quicknet"]
    assert topic(quicknet.chain_hash) == topic(quicknet.chain_hash.hex()) == vectors["quicknet"]["topic"]
    for wrong in ("52db", bytes(31), "zz" * 32, "0x" + "00" * 32):
        with pytest.raises(LocalError, match="chain_hash: expected"):
            topic(wrong)
    with pytest.raises(WrongType, match="chain_hash: expected bytes, got int"):
        topic(7)


@given(st.integers(1, (1 << 64) - 1), st.binary(min_size=48, max_size=48), st.booleans())
def test_a_pulse_and_its_bytes_are_one(number: int, signature: bytes, randomness: bool) -> None:
    beacon = Beacon(round=number, signature=signature)
    data = encode_pulse(beacon, randomness=randomness)
    read = decode_pulse(data)
    assert encode_pulse(read, randomness=randomness) == data and (read.round, read.signature) == (number, signature)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "length"),
        (bytes(300), "too-long"),
        (PLAIN[:-1], "no-message"),
        (b"\xff", "no-message"),
        (PublicRandResponse(round=7, signature=SIGNATURE[:-1]).SerializeToString(), "length"),
        (PublicRandResponse(round=7, signature=bytes(96)).SerializeToString(), "length"),
        (PublicRandResponse(signature=SIGNATURE).SerializeToString(), "genesis"),
        (PublicRandResponse(round=7, signature=SIGNATURE, randomness=b"r").SerializeToString(), "length"),
        (PublicRandResponse(round=7, signature=SIGNATURE, previous_signature=b"p").SerializeToString(), "unchained"),
        (PublicRandResponse(round=7, signature=SIGNATURE, metadata=Metadata()).SerializeToString(), "not-canonical"),
        (PLAIN[2:] + PLAIN[:2], "not-canonical"),
        (PLAIN[:2] + PLAIN, "not-canonical"),
        (b"\x08\x87\x00" + PLAIN[2:], "not-canonical"),
        (PLAIN + b"\x22\x00", "not-canonical"),
        (PLAIN + b"\x30\x01", "not-canonical"),
    ],
)
def test_what_is_no_pulse_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(FormatError, match=r"drand\.PublicRandResponse|pulse") as caught:
        decode_pulse(data)
    assert caught.value.code == code


@given(st.binary(max_size=120))
def test_any_bytes_are_a_pulse_or_refused(data: bytes) -> None:
    try:
        read = decode_pulse(data)
    except (FormatError, DecodeError):
        return
    assert encode_pulse(read, randomness=read.claimed_randomness is not None) == data


@pytest.mark.parametrize(
    ("beacon", "words"),
    [
        (Beacon(round=0, signature=SIGNATURE), "genesis"),
        (Beacon(round=7, signature=bytes(96)), "48 bytes, this beacon has 96"),
        (Beacon(round=7, signature=SIGNATURE, previous_signature=b"p"), "no previous signature"),
    ],
)
def test_a_beacon_that_makes_no_pulse_is_refused(beacon: Beacon, words: str) -> None:
    with pytest.raises(LocalError, match=words):
        encode_pulse(beacon)


def test_only_beacons_and_bytes_are_taken() -> None:
    with pytest.raises(WrongType, match="expected a Beacon, got bytes"):
        encode_pulse(PLAIN)
    with pytest.raises(WrongType, match="from bytes, got str"):
        decode_pulse("08e8")
    with pytest.raises(WrongType, match="randomness: expected True or False"):
        encode_pulse(decode_pulse(PLAIN), randomness=1)
    with pytest.raises(WrongType, match="data: expected bytes"):
        message_id("data")
    assert decode_pulse(memoryview(PLAIN)) == decode_pulse(PLAIN)
