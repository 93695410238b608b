from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NodeVersion(_message.Message):
    __slots__ = ("major", "minor", "patch", "prerelease")
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    PRERELEASE_FIELD_NUMBER: _ClassVar[int]
    major: int
    minor: int
    patch: int
    prerelease: str
    def __init__(self, major: _Optional[int] = ..., minor: _Optional[int] = ..., patch: _Optional[int] = ..., prerelease: _Optional[str] = ...) -> None: ...

class Metadata(_message.Message):
    __slots__ = ("node_version", "beaconID", "chain_hash")
    NODE_VERSION_FIELD_NUMBER: _ClassVar[int]
    BEACONID_FIELD_NUMBER: _ClassVar[int]
    CHAIN_HASH_FIELD_NUMBER: _ClassVar[int]
    node_version: NodeVersion
    beaconID: str
    chain_hash: bytes
    def __init__(self, node_version: _Optional[_Union[NodeVersion, _Mapping]] = ..., beaconID: _Optional[str] = ..., chain_hash: _Optional[bytes] = ...) -> None: ...

class Empty(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: Metadata
    def __init__(self, metadata: _Optional[_Union[Metadata, _Mapping]] = ...) -> None: ...

class Identity(_message.Message):
    __slots__ = ("address", "key", "tls", "signature")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    address: str
    key: bytes
    tls: bool
    signature: bytes
    def __init__(self, address: _Optional[str] = ..., key: _Optional[bytes] = ..., tls: bool = ..., signature: _Optional[bytes] = ...) -> None: ...

class Node(_message.Message):
    __slots__ = ("public", "index")
    PUBLIC_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    public: Identity
    index: int
    def __init__(self, public: _Optional[_Union[Identity, _Mapping]] = ..., index: _Optional[int] = ...) -> None: ...

class GroupPacket(_message.Message):
    __slots__ = ("nodes", "threshold", "period", "genesis_time", "transition_time", "genesis_seed", "dist_key", "catchup_period", "schemeID", "metadata")
    NODES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    GENESIS_SEED_FIELD_NUMBER: _ClassVar[int]
    DIST_KEY_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_FIELD_NUMBER: _ClassVar[int]
    SCHEMEID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[Node]
    threshold: int
    period: int
    genesis_time: int
    transition_time: int
    genesis_seed: bytes
    dist_key: _containers.RepeatedScalarFieldContainer[bytes]
    catchup_period: int
    schemeID: str
    metadata: Metadata
    def __init__(self, nodes: _Optional[_Iterable[_Union[Node, _Mapping]]] = ..., threshold: _Optional[int] = ..., period: _Optional[int] = ..., genesis_time: _Optional[int] = ..., transition_time: _Optional[int] = ..., genesis_seed: _Optional[bytes] = ..., dist_key: _Optional[_Iterable[bytes]] = ..., catchup_period: _Optional[int] = ..., schemeID: _Optional[str] = ..., metadata: _Optional[_Union[Metadata, _Mapping]] = ...) -> None: ...

class GroupRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: Metadata
    def __init__(self, metadata: _Optional[_Union[Metadata, _Mapping]] = ...) -> None: ...

class ChainInfoRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: Metadata
    def __init__(self, metadata: _Optional[_Union[Metadata, _Mapping]] = ...) -> None: ...

class ChainInfoPacket(_message.Message):
    __slots__ = ("public_key", "period", "genesis_time", "hash", "groupHash", "schemeID", "metadata")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    GROUPHASH_FIELD_NUMBER: _ClassVar[int]
    SCHEMEID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    period: int
    genesis_time: int
    hash: bytes
    groupHash: bytes
    schemeID: str
    metadata: Metadata
    def __init__(self, public_key: _Optional[bytes] = ..., period: _Optional[int] = ..., genesis_time: _Optional[int] = ..., hash: _Optional[bytes] = ..., groupHash: _Optional[bytes] = ..., schemeID: _Optional[str] = ..., metadata: _Optional[_Union[Metadata, _Mapping]] = ...) -> None: ...

class Address(_message.Message):
    __slots__ = ("address", "tls")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    address: str
    tls: bool
    def __init__(self, address: _Optional[str] = ..., tls: bool = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ("check_conn", "metadata")
    CHECK_CONN_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    check_conn: _containers.RepeatedCompositeFieldContainer[Address]
    metadata: Metadata
    def __init__(self, check_conn: _Optional[_Iterable[_Union[Address, _Mapping]]] = ..., metadata: _Optional[_Union[Metadata, _Mapping]] = ...) -> None: ...

class DkgStatus(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: int
    def __init__(self, status: _Optional[int] = ...) -> None: ...

class BeaconStatus(_message.Message):
    __slots__ = ("status", "is_running", "is_stopped", "is_started", "is_serving")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    IS_RUNNING_FIELD_NUMBER: _ClassVar[int]
    IS_STOPPED_FIELD_NUMBER: _ClassVar[int]
    IS_STARTED_FIELD_NUMBER: _ClassVar[int]
    IS_SERVING_FIELD_NUMBER: _ClassVar[int]
    status: int
    is_running: bool
    is_stopped: bool
    is_started: bool
    is_serving: bool
    def __init__(self, status: _Optional[int] = ..., is_running: bool = ..., is_stopped: bool = ..., is_started: bool = ..., is_serving: bool = ...) -> None: ...

class ChainStoreStatus(_message.Message):
    __slots__ = ("is_empty", "last_stored", "expected_last")
    IS_EMPTY_FIELD_NUMBER: _ClassVar[int]
    LAST_STORED_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_LAST_FIELD_NUMBER: _ClassVar[int]
    is_empty: bool
    last_stored: int
    expected_last: int
    def __init__(self, is_empty: bool = ..., last_stored: _Optional[int] = ..., expected_last: _Optional[int] = ...) -> None: ...

class StatusResponse(_message.Message):
    __slots__ = ("dkg", "epoch", "beacon", "chain_store", "connections")
    class ConnectionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: bool = ...) -> None: ...
    DKG_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    BEACON_FIELD_NUMBER: _ClassVar[int]
    CHAIN_STORE_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    dkg: DkgStatus
    epoch: int
    beacon: BeaconStatus
    chain_store: ChainStoreStatus
    connections: _containers.ScalarMap[str, bool]
    def __init__(self, dkg: _Optional[_Union[DkgStatus, _Mapping]] = ..., epoch: _Optional[int] = ..., beacon: _Optional[_Union[BeaconStatus, _Mapping]] = ..., chain_store: _Optional[_Union[ChainStoreStatus, _Mapping]] = ..., connections: _Optional[_Mapping[str, bool]] = ...) -> None: ...
