from drandlab.wire import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListBeaconIDsRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ListBeaconIDsResponse(_message.Message):
    __slots__ = ("ids", "metadata")
    IDS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    metadata: _common_pb2.Metadata
    def __init__(self, ids: _Optional[_Iterable[str]] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ListSchemesRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class PublicKeyResponse(_message.Message):
    __slots__ = ("pubKey", "metadata")
    PUBKEY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    pubKey: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, pubKey: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class StartSyncRequest(_message.Message):
    __slots__ = ("info_hash", "nodes", "is_tls", "up_to", "metadata")
    INFO_HASH_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    IS_TLS_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    info_hash: str
    nodes: _containers.RepeatedScalarFieldContainer[str]
    is_tls: bool
    up_to: int
    metadata: _common_pb2.Metadata
    def __init__(self, info_hash: _Optional[str] = ..., nodes: _Optional[_Iterable[str]] = ..., is_tls: bool = ..., up_to: _Optional[int] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ReshareStatus(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: int
    def __init__(self, status: _Optional[int] = ...) -> None: ...

class ChainStoreStatus(_message.Message):
    __slots__ = ("is_empty", "last_round", "length")
    IS_EMPTY_FIELD_NUMBER: _ClassVar[int]
    LAST_ROUND_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    is_empty: bool
    last_round: int
    length: int
    def __init__(self, is_empty: bool = ..., last_round: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...

class StatusResponse(_message.Message):
    __slots__ = ("dkg", "reshare", "beacon", "chain_store", "connections")
    class ConnectionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: bool = ...) -> None: ...
    DKG_FIELD_NUMBER: _ClassVar[int]
    RESHARE_FIELD_NUMBER: _ClassVar[int]
    BEACON_FIELD_NUMBER: _ClassVar[int]
    CHAIN_STORE_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    dkg: _common_pb2.DkgStatus
    reshare: ReshareStatus
    beacon: _common_pb2.BeaconStatus
    chain_store: ChainStoreStatus
    connections: _containers.ScalarMap[str, bool]
    def __init__(self, dkg: _Optional[_Union[_common_pb2.DkgStatus, _Mapping]] = ..., reshare: _Optional[_Union[ReshareStatus, _Mapping]] = ..., beacon: _Optional[_Union[_common_pb2.BeaconStatus, _Mapping]] = ..., chain_store: _Optional[_Union[ChainStoreStatus, _Mapping]] = ..., connections: _Optional[_Mapping[str, bool]] = ...) -> None: ...

class PrivateRandRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: bytes
    def __init__(self, request: _Optional[bytes] = ...) -> None: ...

class PrivateRandResponse(_message.Message):
    __slots__ = ("response",)
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    response: bytes
    def __init__(self, response: _Optional[bytes] = ...) -> None: ...
