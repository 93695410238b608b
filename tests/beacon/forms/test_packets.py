"""Beacons, partial beacons and chain infos as the bytes of production's messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.packets import (
    PartialBeacon,
    decode_beacon,
    decode_chain_info,
    decode_partial,
    decode_public_rand,
    encode_beacon,
    encode_chain_info,
    encode_partial,
    encode_public_rand,
)
from drandlab.beacon.verify import Verifier
from drandlab.crypto.schemes import scheme
from drandlab.errors import FormatError, LocalError
from drandlab.wire.common_pb2 import ChainInfoPacket, Metadata
from drandlab.wire.envelope import parse, serialize
from drandlab.wire.protocol_pb2 import BeaconPacket, PartialBeaconPacket
from drandlab.wire.public_pb2 import PublicRandResponse

H = bytes.fromhex

QUICKNET = ChainInfo(
    public_key=H(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
        "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    scheme=scheme("bls-unchained-g1-rfc9380"),
    period=3,
    genesis_time=1692803367,
    genesis_seed=H("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"),
    beacon_id="quicknet",
)
CHAIN_HASH = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"

# The next bytes were written by the daemon's own package (drand v2.1.0) from the same values.


def test_a_beacon_packet_has_the_bytes_of_production() -> None:
    beacon = Beacon(round=1 << 63, previous_signature=b"\x01\x02", signature=b"\x03\x04\x05")
    data = H("0a02 0102 10 80808080808080808001 1a03 030405 2209 1207 64656661756c74")
    assert encode_beacon(beacon) == data
    assert decode_beacon(data) == beacon


def test_a_public_rand_response_has_the_bytes_of_production() -> None:
    beacon = Beacon(round=42, signature=b"\x03\x04\x05")
    randomness = "2848698aa4b3431e3db06c343ca2cb0455f8aaf16c85cdd828c92ddf7dc134f8"
    assert beacon.randomness.hex() == randomness
    data = H(f"082a 1203 030405 2220 {randomness}")
    assert encode_public_rand(beacon) == data
    chain = H(f"2a2c 1208 717569636b6e6574 1a20 {CHAIN_HASH}")
    assert encode_public_rand(beacon, info=QUICKNET) == data + chain
    assert decode_public_rand(data + chain).claimed_randomness == beacon.randomness


def test_a_partial_beacon_has_the_bytes_of_production() -> None:
    partial = PartialBeacon(round=7, previous_signature=b"\x01\x02", partial_signature=H("0000aabb"))
    data = H("0807 1202 0102 1a04 0000aabb 2209 1207 64656661756c74")
    assert encode_partial(partial) == data
    assert decode_partial(data) == partial


def test_a_chain_info_has_the_bytes_of_production() -> None:
    data = H(
        f"0a60 {QUICKNET.public_key.hex()} 1003 18a7c298a706 2220 {CHAIN_HASH} 2a20 {QUICKNET.genesis_seed.hex()}"
        f" 3218 {b'bls-unchained-g1-rfc9380'.hex()} 3a0a 1208 717569636b6e6574"
    )
    assert encode_chain_info(QUICKNET) == data
    assert decode_chain_info(data) == QUICKNET


def test_gossiped_beacons_of_quicknet_verify(vectors) -> None:
    recorded = vectors("idn")["canonical_pulse"]
    assert recorded
    for vector in recorded:
        bare, full = H(vector["protobuf"]), H(vector["protobuf_with_randomness_field4"])
        beacon = decode_public_rand(full)
        assert beacon.round == vector["round"]
        assert Verifier.of(QUICKNET).verify(beacon) == beacon.claimed_randomness
        assert encode_public_rand(beacon) == full
        assert decode_public_rand(bare) == Beacon(round=beacon.round, signature=beacon.signature)


# -- laws --------------------------------------------------------------------------------------------------------------

rounds = st.integers(0, (1 << 64) - 1)
signatures = st.binary(min_size=1, max_size=8)
ids = st.text(max_size=4)
beacons = st.builds(Beacon, round=rounds, signature=signatures, previous_signature=st.binary(max_size=8))
infos = st.builds(
    ChainInfo,
    public_key=st.binary(min_size=96, max_size=96),
    scheme=st.just(QUICKNET.scheme),
    period=st.integers(1, (1 << 32) - 1),
    genesis_time=st.integers(-(1 << 63), (1 << 63) - 1),
    genesis_seed=st.binary(max_size=33),
    beacon_id=ids,
)


@given(beacons, ids)
def test_a_beacon_and_its_packet_are_one(beacon: Beacon, beacon_id: str) -> None:
    data = encode_beacon(beacon, beacon_id=beacon_id)
    assert decode_beacon(data) == decode_beacon(data, beacon_id=beacon_id) == beacon


@given(beacons, st.none() | infos)
def test_a_beacon_and_its_response_are_one(beacon: Beacon, info: ChainInfo | None) -> None:
    read = decode_public_rand(encode_public_rand(beacon, info=info))
    assert (read.round, read.signature, read.previous_signature) == (
        beacon.round,
        beacon.signature,
        beacon.previous_signature,
    )
    assert read.claimed_randomness == read.randomness == beacon.randomness


@given(st.builds(PartialBeacon, round=rounds, partial_signature=signatures, beacon_id=ids))
def test_a_partial_and_its_packet_are_one(partial: PartialBeacon) -> None:
    assert decode_partial(encode_partial(partial)) == partial


@given(infos)
def test_a_chain_info_and_its_packet_are_one(info: ChainInfo) -> None:
    again = decode_chain_info(encode_chain_info(info))
    assert again == info
    assert again.chain_hash == info.chain_hash


DECODERS: dict[Callable[[bytes], Any], bytes] = {
    decode_beacon: encode_beacon(Beacon(round=3, signature=b"abc", previous_signature=b"de")),
    decode_public_rand: encode_public_rand(Beacon(round=3, signature=b"abc"), info=QUICKNET),
    decode_partial: encode_partial(PartialBeacon(round=3, partial_signature=b"abc")),
    decode_chain_info: encode_chain_info(QUICKNET),
}


@given(st.sampled_from(list(DECODERS)), st.data())
def test_damaged_packets_are_read_or_refused_by_a_format_error(
    decoder: Callable[[bytes], Any], data: st.DataObject
) -> None:
    damaged = bytearray(DECODERS[decoder])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=3)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        decoder(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    except FormatError as error:
        assert "drand." in str(error)


@given(st.sampled_from(list(DECODERS)), st.binary(max_size=64))
def test_garbage_is_read_or_refused_by_a_format_error(decoder: Callable[[bytes], Any], garbage: bytes) -> None:
    try:
        decoder(garbage)
    except FormatError as error:
        assert "drand." in str(error)


# -- fields ------------------------------------------------------------------------------------------------------------


def test_the_specifications_order_of_fields_gives_another_partial() -> None:
    swapped = H("0807 1204 0000aabb 1a02 0102")
    assert decode_partial(swapped) == PartialBeacon(
        round=7, previous_signature=H("0000aabb"), partial_signature=H("0102")
    )


def test_absent_metadata_mean_the_default_beacon() -> None:
    packet = PartialBeaconPacket(round=1, partial_sig=b"a")
    assert decode_partial(serialize(packet)).beacon_id == "default"
    assert decode_beacon(serialize(BeaconPacket(round=1, signature=b"a")), beacon_id="quicknet").round == 1


@pytest.mark.parametrize(
    ("decoder", "packet"),
    [
        (decode_beacon, BeaconPacket(signature=b"a", metadata=Metadata(beaconID="evmnet"))),
        (decode_public_rand, PublicRandResponse(signature=b"a", metadata=Metadata(beaconID="evmnet"))),
    ],
)
def test_a_beacon_of_another_network_is_refused_when_one_is_asked_for(
    decoder: Callable[..., Beacon], packet: BeaconPacket
) -> None:
    data = serialize(packet)
    assert decoder(data) == decoder(data, beacon_id="evmnet")
    with pytest.raises(FormatError, match=r"metadata\.beaconID.: expected a beacon of 'default', got one of 'evmnet'"):
        decoder(data, beacon_id="")


def test_the_empty_beacon_id_is_the_default_one() -> None:
    data = serialize(BeaconPacket(signature=b"a", metadata=Metadata()))
    assert decode_beacon(data, beacon_id="default") == decode_beacon(data, beacon_id="")


@pytest.mark.parametrize(
    ("decoder", "packet", "field"),
    [
        (decode_beacon, BeaconPacket(round=1), 'drand.BeaconPacket, field "signature"'),
        (decode_public_rand, PublicRandResponse(round=1), 'drand.PublicRandResponse, field "signature"'),
        (decode_partial, PartialBeaconPacket(round=1), 'drand.PartialBeaconPacket, field "partial_sig"'),
    ],
)
def test_a_beacon_without_a_signature_is_refused(decoder: Callable[[bytes], Any], packet: Any, field: str) -> None:
    with pytest.raises(FormatError, match=f"{field}: the field is missing"):
        decoder(serialize(packet))


def test_randomness_is_claimed_never_believed() -> None:
    packet = PublicRandResponse(round=1, signature=b"a", randomness=bytes(32))
    read = decode_public_rand(serialize(packet))
    assert read.claimed_randomness == bytes(32) != read.randomness
    packet.randomness = b""
    assert decode_public_rand(serialize(packet)).claimed_randomness is None
    packet.randomness = bytes(31)
    with pytest.raises(FormatError, match='field "randomness": expected 32 bytes or none, got 31'):
        decode_public_rand(serialize(packet))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"public_key": bytes(95)}, 'field "public_key": expected 96 bytes'),
        ({"public_key": b""}, 'field "public_key": expected 96 bytes'),
        ({"period": 0}, 'field "period": expected a number from 1'),
        ({"schemeID": "nonsense"}, 'field "schemeID"'),
        ({"hash": bytes(32)}, 'field "hash": the body says 0000'),
        ({"hash": bytes(31)}, 'field "hash": expected 32 bytes'),
        ({"groupHash": b""}, 'field "hash": the body says'),
    ],
)
def test_a_wrong_field_of_a_chain_info_is_named(change: dict[str, Any], message: str) -> None:
    packet = parse(ChainInfoPacket, encode_chain_info(QUICKNET))
    for name, value in change.items():
        setattr(packet, name, value)
    with pytest.raises(FormatError, match=rf"drand\.ChainInfoPacket, {message}"):
        decode_chain_info(serialize(packet))


def test_a_chain_info_may_leave_out_hash_scheme_and_metadata() -> None:
    packet = ChainInfoPacket(public_key=bytes(48), period=30, groupHash=bytes(32))
    info = decode_chain_info(serialize(packet))
    assert (info.scheme.name, info.beacon_id, info.genesis_time) == ("pedersen-bls-chained", "default", 0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"round": -1}, "round: expected a whole number from 0"),
        ({"round": 1 << 64}, "round: expected a whole number from 0"),
        ({"partial_signature": "ab"}, "partial_signature: expected bytes, got str"),
        ({"previous_signature": None}, "previous_signature: expected bytes, got NoneType"),
    ],
)
def test_a_partial_that_exists_is_valid_in_form(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        PartialBeacon(**{"round": 1, "partial_signature": b"a", **fields})


def test_the_empty_beacon_id_of_a_partial_is_written_as_default() -> None:
    assert PartialBeacon(round=1, partial_signature=b"a", beacon_id="").beacon_id == "default"
