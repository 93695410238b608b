"""Parsing and writing any message: limits, damage, production's order of fields."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.wire.common_pb2 import ChainInfoPacket, GroupPacket, Metadata, Node, NodeVersion
from drandlab.wire.control_pb2 import GroupInfo, RemoteStatusResponse
from drandlab.wire.dkg_pb2 import Packet
from drandlab.wire.envelope import MAX_MESSAGE, metadata, parse, serialize
from drandlab.wire.protocol_pb2 import BeaconPacket, SyncRequest


def test_bytes_counted_by_hand() -> None:
    group = GroupPacket(nodes=[Node(index=1), Node()], threshold=300, dist_key=[b"a", b""], metadata=Metadata())
    assert serialize(group).hex(" ") == "0a 02 10 01 0a 00 10 ac 02 3a 01 61 3a 00 52 00"


def test_defaults_take_no_bytes_unless_they_are_marked_optional() -> None:
    assert serialize(NodeVersion(major=0, prerelease="")) == bytes.fromhex("22 00")
    assert serialize(GroupInfo(path="")) == bytes.fromhex("0a 00")
    assert serialize(SyncRequest(from_round=0)) == b""


def test_a_negative_genesis_takes_ten_bytes() -> None:
    assert serialize(ChainInfoPacket(genesis_time=-1)).hex() == "18" + "ff" * 9 + "01"


def test_a_maps_entries_are_sorted() -> None:
    forth, back = RemoteStatusResponse(), RemoteStatusResponse()
    for key in ("a", "b", "c"):
        forth.statuses[key].epoch = 1
    for key in ("c", "b", "a"):
        back.statuses[key].epoch = 1
    assert serialize(forth) == serialize(back)
    assert serialize(forth).hex() == "".join(f"0a070a01{letter}12021001" for letter in ("61", "62", "63"))


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (SyncRequest, "08", "a number is missing"),
        (SyncRequest, "08 " + "ff " * 11, "a number of more than ten bytes"),
        (SyncRequest, "00 01", "field number 0"),
        (SyncRequest, "0e 01", "wire type 6 does not exist"),
        (SyncRequest, "0c", "a group ends that never began"),
        (SyncRequest, "7b " * 5000, "groups nested too deep"),
        (BeaconPacket, "0a 05 61", "a length beyond the end"),
        (BeaconPacket, "0a ff ff ff ff 0f", "a length of 4 GiB"),
        (BeaconPacket, "22 02 12 05", "a length beyond the end of the inner message"),
        (Metadata, "12 01 ff", "a text that is not UTF-8"),
        (Metadata, "12 03 ed a0 80", "half of a surrogate pair"),
    ],
)
def test_what_is_no_message_is_a_format_error(kind: type, text: str, why: str) -> None:
    data = bytes.fromhex(text)
    with pytest.raises(FormatError, match=f"{kind.DESCRIPTOR.full_name}: {len(data)} bytes that are no protobuf") as e:
        parse(kind, data)
    assert data[:8].hex() in str(e.value), why


def test_more_bytes_than_the_limit_are_not_even_parsed() -> None:
    data = serialize(SyncRequest(from_round=300))
    assert parse(SyncRequest, data, limit=3).from_round == 300
    with pytest.raises(FormatError, match=r"drand\.SyncRequest: 3 bytes, at most 2 are taken"):
        parse(SyncRequest, data, limit=2)
    with pytest.raises(FormatError, match=f"{MAX_MESSAGE + 1} bytes, at most {MAX_MESSAGE} are taken"):
        parse(SyncRequest, bytes(MAX_MESSAGE + 1))


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_any_kind_of_bytes_is_parsed(buffer: type) -> None:
    assert parse(SyncRequest, buffer(bytes([8, 42]))).from_round == 42


@pytest.mark.parametrize("data", ["0801", None, 5, [8, 1]])
def test_anything_but_bytes_is_a_type_error(data: object) -> None:
    with pytest.raises(TypeError, match=f"parsed from bytes, got {type(data).__name__}"):
        parse(SyncRequest, data)  # type: ignore[arg-type]


def test_no_bytes_are_a_message_of_defaults() -> None:
    assert parse(Packet, b"") == Packet()


def test_metadata_names_the_beacon() -> None:
    assert serialize(metadata("é")).hex(" ") == "12 02 c3 a9"
    assert serialize(metadata("")) == b""
    with pytest.raises(LocalError, match="beacon_id: not a text that UTF-8 can hold"):
        metadata("\ud800")
    for wrong in (None, b"a", 5):
        with pytest.raises(TypeError, match="beacon_id: expected text, got "):
            metadata(wrong)  # type: ignore[arg-type]
