from drandlab.wire import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublicRandRequest(_message.Message):
    __slots__ = ("round", "metadata")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    round: int
    metadata: _common_pb2.Metadata
    def __init__(self, round: _Optional[int] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class PublicRandResponse(_message.Message):
    __slots__ = ("round", "signature", "previous_signature", "randomness", "metadata")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    RANDOMNESS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    round: int
    signature: bytes
    previous_signature: bytes
    randomness: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, round: _Optional[int] = ..., signature: _Optional[bytes] = ..., previous_signature: _Optional[bytes] = ..., randomness: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ListBeaconIDsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListBeaconIDsResponse(_message.Message):
    __slots__ = ("ids", "metadatas")
    IDS_FIELD_NUMBER: _ClassVar[int]
    METADATAS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    metadatas: _containers.RepeatedCompositeFieldContainer[_common_pb2.Metadata]
    def __init__(self, ids: _Optional[_Iterable[str]] = ..., metadatas: _Optional[_Iterable[_Union[_common_pb2.Metadata, _Mapping]]] = ...) -> None: ...

class HomeRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class HomeResponse(_message.Message):
    __slots__ = ("status", "metadata")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    status: str
    metadata: _common_pb2.Metadata
    def __init__(self, status: _Optional[str] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...
