from drandlab.wire import common_pb2 as _common_pb2
from drandlab.wire import dkg_pb2 as _dkg_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignalDKGPacket(_message.Message):
    __slots__ = ("node", "secret_proof", "previous_group_hash", "metadata")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SECRET_PROOF_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_GROUP_HASH_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    node: _common_pb2.Identity
    secret_proof: bytes
    previous_group_hash: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, node: _Optional[_Union[_common_pb2.Identity, _Mapping]] = ..., secret_proof: _Optional[bytes] = ..., previous_group_hash: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class DKGInfoPacket(_message.Message):
    __slots__ = ("new_group", "secret_proof", "dkg_timeout", "signature", "metadata")
    NEW_GROUP_FIELD_NUMBER: _ClassVar[int]
    SECRET_PROOF_FIELD_NUMBER: _ClassVar[int]
    DKG_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    new_group: _common_pb2.GroupPacket
    secret_proof: bytes
    dkg_timeout: int
    signature: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, new_group: _Optional[_Union[_common_pb2.GroupPacket, _Mapping]] = ..., secret_proof: _Optional[bytes] = ..., dkg_timeout: _Optional[int] = ..., signature: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class DKGPacket(_message.Message):
    __slots__ = ("dkg", "metadata")
    DKG_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    dkg: _dkg_pb2.Packet
    metadata: _common_pb2.Metadata
    def __init__(self, dkg: _Optional[_Union[_dkg_pb2.Packet, _Mapping]] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ResharePacket(_message.Message):
    __slots__ = ("dkg", "group_hash")
    DKG_FIELD_NUMBER: _ClassVar[int]
    GROUP_HASH_FIELD_NUMBER: _ClassVar[int]
    dkg: _dkg_pb2.Packet
    group_hash: str
    def __init__(self, dkg: _Optional[_Union[_dkg_pb2.Packet, _Mapping]] = ..., group_hash: _Optional[str] = ...) -> None: ...
