from drandlab.wire import common_pb2 as _common_pb2
from drandlab.wire import setup_pb2 as _setup_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IdentityRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class IdentityResponse(_message.Message):
    __slots__ = ("address", "key", "tls", "signature", "metadata", "schemeName")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SCHEMENAME_FIELD_NUMBER: _ClassVar[int]
    address: str
    key: bytes
    tls: bool
    signature: bytes
    metadata: _common_pb2.Metadata
    schemeName: str
    def __init__(self, address: _Optional[str] = ..., key: _Optional[bytes] = ..., tls: bool = ..., signature: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ..., schemeName: _Optional[str] = ...) -> None: ...

class PartialBeaconPacket(_message.Message):
    __slots__ = ("round", "previous_signature", "partial_sig", "metadata")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_SIG_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    round: int
    previous_signature: bytes
    partial_sig: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, round: _Optional[int] = ..., previous_signature: _Optional[bytes] = ..., partial_sig: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class SyncRequest(_message.Message):
    __slots__ = ("from_round", "metadata")
    FROM_ROUND_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    from_round: int
    metadata: _common_pb2.Metadata
    def __init__(self, from_round: _Optional[int] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class BeaconPacket(_message.Message):
    __slots__ = ("previous_signature", "round", "signature", "metadata")
    PREVIOUS_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    previous_signature: bytes
    round: int
    signature: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, previous_signature: _Optional[bytes] = ..., round: _Optional[int] = ..., signature: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...
