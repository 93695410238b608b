"""Every message against the field numbers of production, and through its own bytes and back."""

from __future__ import annotations

import filecmp
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from google.protobuf import message_factory, unknown_fields
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError as NoMessage
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.errors import FormatError
from drandlab.wire import (
    common_pb2,
    control_pb2,
    dkg_control_pb2,
    dkg_pb2,
    protocol_pb2,
    public_pb2,
    pubsub_pb2,
    setup_pb2,
    v1_pb2,
)
from drandlab.wire.envelope import parse, serialize

ROOT = Path(__file__).parents[2]
MODULES = (
    common_pb2,
    control_pb2,
    dkg_control_pb2,
    dkg_pb2,
    protocol_pb2,
    public_pb2,
    pubsub_pb2,
    setup_pb2,
    v1_pb2,
)
DESCRIPTORS = [d for module in MODULES for d in module.DESCRIPTOR.message_types_by_name.values()]
MESSAGES: list[type[Message]] = [message_factory.GetMessageClass(d) for d in DESCRIPTORS]

# What production v2.1 sends, and v1.5 where that says so: * is repeated, {} a map, ? may be absent, | in a oneof.
PRODUCTION = """
drand.NodeVersion: major uint32 1, minor uint32 2, patch uint32 3, prerelease string? 4
drand.Metadata: node_version NodeVersion 1, beaconID string 2, chain_hash bytes 3
drand.Empty: metadata Metadata 1
drand.Identity: address string 1, key bytes 2, tls bool 3, signature bytes 4
drand.Node: public Identity 1, index uint32 2
drand.GroupPacket: nodes Node* 1, threshold uint32 2, period uint32 3, genesis_time uint64 4, transition_time uint64 5,
  genesis_seed bytes 6, dist_key bytes* 7, catchup_period uint32 8, schemeID string 9, metadata Metadata 10
drand.GroupRequest: metadata Metadata 1
drand.ChainInfoRequest: metadata Metadata 1
drand.ChainInfoPacket: public_key bytes 1, period uint32 2, genesis_time int64 3, hash bytes 4, groupHash bytes 5,
  schemeID string 6, metadata Metadata 7
drand.Address: address string 1, tls bool 2
drand.StatusRequest: check_conn Address* 1, metadata Metadata 2
drand.StatusResponse: dkg DkgStatus 1, epoch uint32 2, beacon BeaconStatus 3, chain_store ChainStoreStatus 4,
  connections {bool} 5
drand.DkgStatus: status uint32 1
drand.BeaconStatus: status uint32 1, is_running bool 2, is_stopped bool 3, is_started bool 4, is_serving bool 5
drand.ChainStoreStatus: is_empty bool 1, last_stored uint64 2, expected_last uint64 3

drand.PublicRandRequest: round uint64 1, metadata Metadata 2
drand.PublicRandResponse: round uint64 1, signature bytes 2, previous_signature bytes 3, randomness bytes 4,
  metadata Metadata 5
drand.ListBeaconIDsRequest:
drand.ListBeaconIDsResponse: ids string* 1, metadatas Metadata* 2
drand.HomeRequest: metadata Metadata 1
drand.HomeResponse: status string 1, metadata Metadata 2

drand.IdentityRequest: metadata Metadata 1
drand.IdentityResponse: address string 1, key bytes 2, tls bool 3, signature bytes 4, metadata Metadata 5,
  schemeName string 6
drand.PartialBeaconPacket: round uint64 1, previous_signature bytes 2, partial_sig bytes 3, metadata Metadata 4
drand.SyncRequest: from_round uint64 1, metadata Metadata 2
drand.BeaconPacket: previous_signature bytes 1, round uint64 2, signature bytes 3, metadata Metadata 4

drand.SignalDKGPacket: node Identity 1, secret_proof bytes 2, previous_group_hash bytes 3, metadata Metadata 4
drand.DKGInfoPacket: new_group GroupPacket 1, secret_proof bytes 2, dkg_timeout uint32 3, signature bytes 4,
  metadata Metadata 5
drand.DKGPacket: dkg dkg.Packet 1, metadata Metadata 2
drand.ResharePacket: dkg dkg.Packet 1, group_hash string 2

drand.Ping: metadata Metadata 1
drand.Pong: metadata Metadata 1
drand.ListSchemesRequest:
drand.ListSchemesResponse: ids string* 1, metadata Metadata 2
drand.PublicKeyRequest: metadata Metadata 1
drand.PublicKeyResponse: pubKey bytes 1, addr string 2, tls bool 3, signature bytes 4, metadata Metadata 5,
  schemeName string 6
drand.ShutdownRequest: metadata Metadata 1
drand.ShutdownResponse: metadata Metadata 1
drand.LoadBeaconRequest: metadata Metadata 1
drand.LoadBeaconResponse: metadata Metadata 1
drand.StartSyncRequest: nodes string* 2, is_tls bool 3, up_to uint64 4, metadata Metadata 5
drand.SyncProgress: current uint64 1, target uint64 2, metadata Metadata 3
drand.BackupDBRequest: output_file string 1, metadata Metadata 2
drand.BackupDBResponse: metadata Metadata 1
drand.RemoteStatusRequest: metadata Metadata 1, addresses Address* 2
drand.RemoteStatusResponse: statuses {StatusResponse} 1
drand.EntropyInfo: script string 1, userOnly bool 10, metadata Metadata 11
drand.MetricsRequest:
drand.MetricsResponse: metrics bytes 1
drand.SetupInfoPacket: leader bool 1, leader_address string 2, leader_tls bool 3, nodes uint32 4, threshold uint32 5,
  timeout uint32 6, beacon_offset uint32 7, dkg_offset uint32 8, secret bytes 9, force bool 10, metadata Metadata 11
drand.InitDKGPacket: info SetupInfoPacket 1, entropy EntropyInfo 2, beacon_period uint32 3, catchup_period uint32 4,
  schemeID string 5, metadata Metadata 6
drand.InitResharePacket: old GroupInfo 1, info SetupInfoPacket 2, catchup_period_changed bool 3,
  catchup_period uint32 4, metadata Metadata 5
drand.GroupInfo: path string| 1, url string| 2
drand.ShareRequest: metadata Metadata 1
drand.ShareResponse: index uint32 2, share bytes 3, metadata Metadata 4
drand.PrivateKeyRequest: metadata Metadata 1
drand.PrivateKeyResponse: priKey bytes 2, metadata Metadata 3

drand.v1.PrivateRandRequest: request bytes 1
drand.v1.PrivateRandResponse: response bytes 1
drand.v1.ListBeaconIDsRequest: metadata drand.Metadata 1
drand.v1.ListBeaconIDsResponse: ids string* 1, metadata drand.Metadata 2
drand.v1.ListSchemesRequest: metadata drand.Metadata 1
drand.v1.PublicKeyResponse: pubKey bytes 2, metadata drand.Metadata 3
drand.v1.StartSyncRequest: info_hash string 1, nodes string* 2, is_tls bool 3, up_to uint64 4,
  metadata drand.Metadata 5
drand.v1.StatusResponse: dkg drand.DkgStatus 1, reshare ReshareStatus 2, beacon drand.BeaconStatus 3,
  chain_store ChainStoreStatus 4, connections {bool} 5
drand.v1.ReshareStatus: status uint32 1
drand.v1.ChainStoreStatus: is_empty bool 1, last_round uint64 2, length uint64 3

dkg.Packet: deal DealBundle| 1, response ResponseBundle| 2, justification JustificationBundle| 3,
  metadata drand.Metadata 4
dkg.DealBundle: dealer_index uint32 1, commits bytes* 2, deals Deal* 3, session_id bytes 4, signature bytes 5
dkg.Deal: share_index uint32 1, encrypted_share bytes 2
dkg.ResponseBundle: share_index uint32 1, responses Response* 2, session_id bytes 3, signature bytes 4
dkg.Response: dealer_index uint32 1, status bool 2
dkg.JustificationBundle: dealer_index uint32 1, justifications Justification* 2, session_id bytes 3, signature bytes 4
dkg.Justification: share_index uint32 1, share bytes 2

dkg.EmptyDKGResponse:
dkg.DKGCommand: metadata CommandMetadata 1, initial FirstProposalOptions| 2, resharing ProposalOptions| 3,
  join JoinOptions| 4, accept AcceptOptions| 5, reject RejectOptions| 6, execute ExecutionOptions| 7,
  abort AbortOptions| 9
dkg.CommandMetadata: beaconID string 1
dkg.GossipPacket: metadata GossipMetadata 1, proposal ProposalTerms| 2, accept AcceptProposal| 3,
  reject RejectProposal| 4, execute StartExecution| 5, abort AbortDKG| 6, dkg DKGPacket| 7
dkg.GossipMetadata: beaconID string 1, address string 2, signature bytes 3
dkg.FirstProposalOptions: timeout google.protobuf.Timestamp 1, threshold uint32 2, period_seconds uint32 3,
  scheme string 4, catchup_period_seconds uint32 5, genesis_time google.protobuf.Timestamp 6, joining Participant* 7
dkg.ProposalOptions: timeout google.protobuf.Timestamp 1, threshold uint32 2, catchup_period_seconds uint32 3,
  joining Participant* 4, leaving Participant* 5, remaining Participant* 6
dkg.JoinOptions: groupFile bytes 1
dkg.AcceptOptions:
dkg.RejectOptions:
dkg.ExecutionOptions:
dkg.AbortOptions:
dkg.ProposalTerms: beaconID string 1, epoch uint32 2, leader Participant 3, threshold uint32 4,
  timeout google.protobuf.Timestamp 5, catchup_period_seconds uint32 6, beacon_period_seconds uint32 7,
  schemeID string 8, genesis_time google.protobuf.Timestamp 9, genesis_seed bytes 10, joining Participant* 11,
  remaining Participant* 12, leaving Participant* 13
dkg.Participant: address string 1, key bytes 2, signature bytes 3
dkg.AcceptProposal: acceptor Participant 1
dkg.RejectProposal: rejector Participant 1, reason string 2, secret bytes 3, previous_group_hash bytes 4,
  proposal_hash bytes 5
dkg.AbortDKG: reason string 1
dkg.StartExecution: time google.protobuf.Timestamp 1
dkg.DKGPacket: dkg Packet 1
dkg.DKGStatusRequest: beaconID string 1
dkg.DKGStatusResponse: complete DKGEntry 1, current DKGEntry 2
dkg.DKGEntry: beaconID string 1, state uint32 2, epoch uint32 3, threshold uint32 4,
  timeout google.protobuf.Timestamp 5, genesis_time google.protobuf.Timestamp 6, genesis_seed bytes 7,
  leader Participant 8, remaining Participant* 9, joining Participant* 10, leaving Participant* 11,
  acceptors Participant* 12, rejectors Participant* 13, finalGroup string* 14

drandlab.pubsub.RPC: subscriptions RPC.SubOpts* 1, publish Message* 2, control ControlMessage? 3
drandlab.pubsub.Message: from_id bytes? 1, data bytes? 2, seqno bytes? 3, topic string? 4, signature bytes? 5,
  key bytes? 6
drandlab.pubsub.ControlMessage: ihave ControlIHave* 1, iwant ControlIWant* 2, graft ControlGraft* 3,
  prune ControlPrune* 4
drandlab.pubsub.ControlIHave: topicID string? 1, messageIDs bytes* 2
drandlab.pubsub.ControlIWant: messageIDs bytes* 1
drandlab.pubsub.ControlGraft: topicID string? 1
drandlab.pubsub.ControlPrune: topicID string? 1, peers PeerInfo* 2, backoff uint64? 3
drandlab.pubsub.PeerInfo: peerID bytes? 1, signedPeerRecord bytes? 2
"""
EXPECTED = dict(line.split(":", 1) for line in PRODUCTION.replace("\n  ", " ").splitlines() if line)

SCALARS = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64",
}


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def described(message: Descriptor) -> str:
    """The fields of a message as the table above writes them."""

    def kind(field: FieldDescriptor) -> str:
        if is_map(field):
            assert SCALARS[field.message_type.fields_by_name["key"].type] == "string"
            return f"{{{kind(field.message_type.fields_by_name['value'])}}}"
        name = field.message_type.full_name if field.message_type else SCALARS[field.type]
        local = name.removeprefix(f"{message.file.package}.")
        oneof = field.containing_oneof
        mark = "*" if field.is_repeated else "" if oneof is None else "?" if oneof.name.startswith("_") else "|"
        return local + mark

    return ", ".join(f"{f.name} {kind(f)} {f.number}" for f in sorted(message.fields, key=lambda f: f.number))


def test_the_table_has_every_message_and_no_other() -> None:
    assert {message.full_name for message in DESCRIPTORS} == EXPECTED.keys()


@pytest.mark.parametrize("message", DESCRIPTORS, ids=lambda message: message.full_name)
def test_a_message_has_the_fields_of_production(message: Descriptor) -> None:
    assert described(message) == EXPECTED[message.full_name].strip()


def test_the_specifications_partial_beacon_is_another_message() -> None:
    # The specification prints partial_sig = 2, previous_signature = 3; both are bytes, so no decoder would notice.
    swapped = bytes.fromhex("0807 1203 636363 1a01 62")
    packet = parse(protocol_pb2.PartialBeaconPacket, swapped)
    assert (packet.previous_signature, packet.partial_sig) == (b"ccc", b"b")


# -- bytes and back ----------------------------------------------------------------------------------------------------


def values(field: FieldDescriptor) -> st.SearchStrategy[object]:
    if field.message_type is not None:
        return messages(field.message_type)
    return {
        "bool": st.booleans(),
        "bytes": st.binary(max_size=4),
        "int32": st.integers(-(1 << 31), (1 << 31) - 1),
        "int64": st.integers(-(1 << 63), (1 << 63) - 1),
        "string": st.text(max_size=3),
        "uint32": st.integers(0, (1 << 32) - 1),
        "uint64": st.integers(0, (1 << 64) - 1),
    }[SCALARS[field.type]]


_known: dict[str, st.SearchStrategy[Message]] = {}


def messages(descriptor: Descriptor) -> st.SearchStrategy[Message]:
    """Any message of that kind: each field there or not, one field at most of each oneof."""

    def content(field: FieldDescriptor) -> st.SearchStrategy[object]:
        if is_map(field):
            return st.dictionaries(st.text(max_size=2), values(field.message_type.fields_by_name["value"]), max_size=2)
        return st.lists(values(field), max_size=2) if field.is_repeated else values(field)

    def build(chosen: dict[str, object]) -> Message:
        message = message_factory.GetMessageClass(descriptor)()
        for name, value in chosen.items():
            field = descriptor.fields_by_name[name]
            if is_map(field) and field.message_type.fields_by_name["value"].message_type:
                for key, item in value.items():
                    getattr(message, name)[key].CopyFrom(item)
            elif is_map(field):
                getattr(message, name).update(value)
            elif field.is_repeated:
                getattr(message, name).extend(value)
            elif isinstance(value, Message):
                getattr(message, name).CopyFrom(value)
            else:
                setattr(message, name, value)
        return message

    if descriptor.full_name not in _known:
        _known[descriptor.full_name] = st.deferred(
            lambda: st.fixed_dictionaries({}, optional={f.name: content(f) for f in descriptor.fields}).map(build)
        )
    return _known[descriptor.full_name]


anything = st.sampled_from(DESCRIPTORS).flatmap(messages)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.DESCRIPTOR.full_name)
def test_a_message_and_its_bytes_are_one(kind: type[Message]) -> None:
    @settings(max_examples=25)
    @given(messages(kind.DESCRIPTOR))
    def law(message: Message) -> None:
        for data in (serialize(message), message.SerializeToString()):
            again = parse(kind, data)
            assert again == message
            assert len(unknown_fields.UnknownFieldSet(again)) == 0
            assert serialize(again) == serialize(message)

    law()


@given(anything)
def test_fields_come_by_number_except_those_of_a_oneof_which_come_last(message: Message) -> None:
    numbers = [field.field_number for field in _fields(serialize(message))]
    homes = [message.DESCRIPTOR.fields_by_number[n].containing_oneof for n in numbers]
    in_oneof = [home is not None and not home.name.startswith("_") for home in homes]
    assert [*zip(in_oneof, numbers, strict=True)] == sorted(zip(in_oneof, numbers, strict=True))


def _fields(data: bytes) -> unknown_fields.UnknownFieldSet:
    # A message without fields knows none, so it lists them all in the order of the bytes.
    return unknown_fields.UnknownFieldSet(parse(dkg_control_pb2.EmptyDKGResponse, data))


@given(anything, st.integers(100, (1 << 29) - 1), st.integers(0, (1 << 64) - 1))
def test_a_field_of_a_later_version_is_passed_over_and_kept(message: Message, number: int, value: int) -> None:
    unknown = _varint(number << 3) + _varint(value)
    read = parse(type(message), unknown + serialize(message))
    [kept] = unknown_fields.UnknownFieldSet(read)
    assert (kept.field_number, kept.data) == (number, value)
    assert parse(type(message), read.SerializeToString()) == read
    read.DiscardUnknownFields()
    assert read == message


def _varint(number: int) -> bytes:
    digits = []
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def test_a_known_number_with_another_wire_type_is_an_unknown_field() -> None:
    read = parse(protocol_pb2.SyncRequest, bytes.fromhex("0a 01 61"))  # from_round as if it were bytes
    assert read.from_round == 0
    [kept] = unknown_fields.UnknownFieldSet(read)
    assert (kept.field_number, kept.data) == (1, b"a")


def test_the_last_of_two_values_counts() -> None:
    assert parse(protocol_pb2.SyncRequest, bytes.fromhex("08 01 08 02")).from_round == 2
    assert parse(control_pb2.GroupInfo, bytes.fromhex("0a 01 61 12 01 62")).WhichOneof("location") == "url"


def taken_as_protobuf_takes_it(kind: type[Message], data: bytes) -> None:
    """The message is the one that protobuf itself reads; where it reads none, the error names the type."""
    try:
        wanted = kind.FromString(data)
    except (NoMessage, UnicodeDecodeError):
        with pytest.raises(FormatError, match=re.escape(kind.DESCRIPTOR.full_name)) as caught:
            parse(kind, data)
        assert caught.value.code == "no-message"
    else:
        assert parse(kind, data).SerializeToString(deterministic=True) == wanted.SerializeToString(deterministic=True)


@given(anything, st.data())
def test_damaged_bytes_are_a_message_or_a_format_error(message: Message, data: st.DataObject) -> None:
    good = bytearray(serialize(message))
    cut = data.draw(st.integers(0, len(good)))
    flips = data.draw(st.lists(st.tuples(st.integers(0, max(0, len(good) - 1)), st.integers(1, 255)), max_size=3))
    for place, mask in flips if good else []:
        good[place] ^= mask
    for damaged in (good, good[:cut], good[cut:]):
        taken_as_protobuf_takes_it(type(message), bytes(damaged))


@given(st.sampled_from(MESSAGES), st.binary(max_size=64))
def test_garbage_is_a_message_or_a_format_error(kind: type[Message], garbage: bytes) -> None:
    taken_as_protobuf_takes_it(kind, garbage)


# -- generated code ----------------------------------------------------------------------------------------------------


def test_make_proto_writes_the_very_files_that_are_committed(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools", reason="grpcio-tools is not installed: pip install -e '.[test]'")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [arguments] = re.findall(r"^\t\$\(BIN\)/python (-m grpc_tools.+)$", makefile, flags=re.MULTILINE)
    sources = sorted(path.relative_to(ROOT) for path in ROOT.glob("drandlab/wire/*.proto"))
    assert arguments == "-m grpc_tools.protoc -I. --python_out=. --pyi_out=. drandlab/wire/*.proto"
    command = [
        *(sys.executable, "-m", "grpc_tools.protoc", "-I."),
        *(f"--{kind}_out={tmp_path}" for kind in ("python", "pyi")),
        *map(str, sources),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    made = sorted(path.name for path in (tmp_path / "drandlab/wire").iterdir())
    committed = sorted(path.name for path in ROOT.glob("drandlab/wire/*_pb2.py*"))
    assert made == committed
    same, other, errors = filecmp.cmpfiles(tmp_path / "drandlab/wire", ROOT / "drandlab/wire", made, shallow=False)
    assert (other, errors) == ([], []), "run: make proto"
    assert len(same) == 2 * len(sources)


def test_the_generated_code_runs_on_the_oldest_protobuf_that_is_allowed() -> None:
    """Protobuf 7 runs code written for 6, not the other way round; libp2p needs 6."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [bound] = [line.removeprefix("protobuf>=") for line in project["dependencies"] if line.startswith("protobuf>=")]
    for path in ROOT.glob("drandlab/wire/*_pb2.py"):
        assert f"# Protobuf Python Version: {bound}\n" in path.read_text(encoding="utf-8"), path.name


# Where no wheel fits (a browser), protobuf runs in pure Python: the same bytes, the same errors.
PURE_PYTHON = """
from google.protobuf.internal import api_implementation
from drandlab.errors import FormatError
from drandlab.wire.control_pb2 import RemoteStatusResponse
from drandlab.wire.dkg_pb2 import Packet
from drandlab.wire.common_pb2 import Metadata, NodeVersion
from drandlab.wire.envelope import metadata, parse, serialize

assert api_implementation.Type() == "python"
data = bytes.fromhex("22 03 12 01 61 12 02 08 01")
packet = parse(Packet, data)
assert packet.response.share_index == 1 and serialize(packet) == data
statuses = RemoteStatusResponse()
statuses.statuses["b"].epoch, statuses.statuses["a"].epoch = 2, 1
statuses.statuses["a"].connections["x"] = True
print(serialize(statuses).hex())
for kind, text in (Metadata, "1201ff"), (Metadata, "12"), (Packet, "1b" * 5000), (NodeVersion, "0801" "00"):
    try:
        print(parse(kind, bytes.fromhex(text)))
    except FormatError as error:
        print(error)
try:
    metadata("\\ud800")
except ValueError as error:
    print(error)
"""


def test_pure_python_gives_the_same_bytes_and_the_same_errors() -> None:
    printed = {}
    for implementation in ("python", "upb"):
        code = PURE_PYTHON.replace('== "python"', f'== "{implementation}"')
        environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        printed[implementation] = done.stdout
    assert printed["python"] == printed["upb"]
    statuses, *errors = printed["upb"].splitlines()
    assert statuses == "0a0e0a0161120910012a050a01781001" + "0a070a016212021002"
    assert [line.split(":")[0] for line in errors] == [
        "drand.Metadata",
        "drand.Metadata",
        "dkg.Packet",
        "drand.NodeVersion",
        "beacon_id",
    ]
