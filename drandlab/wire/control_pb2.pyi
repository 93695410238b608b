from drandlab.wire import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Ping(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ListSchemesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSchemesResponse(_message.Message):
    __slots__ = ("ids", "metadata")
    IDS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    metadata: _common_pb2.Metadata
    def __init__(self, ids: _Optional[_Iterable[str]] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class PublicKeyRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class PublicKeyResponse(_message.Message):
    __slots__ = ("pubKey", "addr", "tls", "signature", "metadata", "schemeName")
    PUBKEY_FIELD_NUMBER: _ClassVar[int]
    ADDR_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SCHEMENAME_FIELD_NUMBER: _ClassVar[int]
    pubKey: bytes
    addr: str
    tls: bool
    signature: bytes
    metadata: _common_pb2.Metadata
    schemeName: str
    def __init__(self, pubKey: _Optional[bytes] = ..., addr: _Optional[str] = ..., tls: bool = ..., signature: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ..., schemeName: _Optional[str] = ...) -> None: ...

class ShutdownRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ShutdownResponse(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class LoadBeaconRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class LoadBeaconResponse(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class StartSyncRequest(_message.Message):
    __slots__ = ("nodes", "is_tls", "up_to", "metadata")
    NODES_FIELD_NUMBER: _ClassVar[int]
    IS_TLS_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    is_tls: bool
    up_to: int
    metadata: _common_pb2.Metadata
    def __init__(self, nodes: _Optional[_Iterable[str]] = ..., is_tls: bool = ..., up_to: _Optional[int] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class SyncProgress(_message.Message):
    __slots__ = ("current", "target", "metadata")
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    current: int
    target: int
    metadata: _common_pb2.Metadata
    def __init__(self, current: _Optional[int] = ..., target: _Optional[int] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class BackupDBRequest(_message.Message):
    __slots__ = ("output_file", "metadata")
    OUTPUT_FILE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    output_file: str
    metadata: _common_pb2.Metadata
    def __init__(self, output_file: _Optional[str] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class BackupDBResponse(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class RemoteStatusRequest(_message.Message):
    __slots__ = ("metadata", "addresses")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    addresses: _containers.RepeatedCompositeFieldContainer[_common_pb2.Address]
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ..., addresses: _Optional[_Iterable[_Union[_common_pb2.Address, _Mapping]]] = ...) -> None: ...

class RemoteStatusResponse(_message.Message):
    __slots__ = ("statuses",)
    class StatusesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.StatusResponse
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.StatusResponse, _Mapping]] = ...) -> None: ...
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.MessageMap[str, _common_pb2.StatusResponse]
    def __init__(self, statuses: _Optional[_Mapping[str, _common_pb2.StatusResponse]] = ...) -> None: ...

class EntropyInfo(_message.Message):
    __slots__ = ("script", "userOnly", "metadata")
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    USERONLY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    script: str
    userOnly: bool
    metadata: _common_pb2.Metadata
    def __init__(self, script: _Optional[str] = ..., userOnly: bool = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class MetricsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MetricsResponse(_message.Message):
    __slots__ = ("metrics",)
    METRICS_FIELD_NUMBER: _ClassVar[int]
    metrics: bytes
    def __init__(self, metrics: _Optional[bytes] = ...) -> None: ...

class SetupInfoPacket(_message.Message):
    __slots__ = ("leader", "leader_address", "leader_tls", "nodes", "threshold", "timeout", "beacon_offset", "dkg_offset", "secret", "force", "metadata")
    LEADER_FIELD_NUMBER: _ClassVar[int]
    LEADER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LEADER_TLS_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    BEACON_OFFSET_FIELD_NUMBER: _ClassVar[int]
    DKG_OFFSET_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    leader: bool
    leader_address: str
    leader_tls: bool
    nodes: int
    threshold: int
    timeout: int
    beacon_offset: int
    dkg_offset: int
    secret: bytes
    force: bool
    metadata: _common_pb2.Metadata
    def __init__(self, leader: bool = ..., leader_address: _Optional[str] = ..., leader_tls: bool = ..., nodes: _Optional[int] = ..., threshold: _Optional[int] = ..., timeout: _Optional[int] = ..., beacon_offset: _Optional[int] = ..., dkg_offset: _Optional[int] = ..., secret: _Optional[bytes] = ..., force: bool = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class InitDKGPacket(_message.Message):
    __slots__ = ("info", "entropy", "beacon_period", "catchup_period", "schemeID", "metadata")
    INFO_FIELD_NUMBER: _ClassVar[int]
    ENTROPY_FIELD_NUMBER: _ClassVar[int]
    BEACON_PERIOD_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_FIELD_NUMBER: _ClassVar[int]
    SCHEMEID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    info: SetupInfoPacket
    entropy: EntropyInfo
    beacon_period: int
    catchup_period: int
    schemeID: str
    metadata: _common_pb2.Metadata
    def __init__(self, info: _Optional[_Union[SetupInfoPacket, _Mapping]] = ..., entropy: _Optional[_Union[EntropyInfo, _Mapping]] = ..., beacon_period: _Optional[int] = ..., catchup_period: _Optional[int] = ..., schemeID: _Optional[str] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class InitResharePacket(_message.Message):
    __slots__ = ("old", "info", "catchup_period_changed", "catchup_period", "metadata")
    OLD_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    old: GroupInfo
    info: SetupInfoPacket
    catchup_period_changed: bool
    catchup_period: int
    metadata: _common_pb2.Metadata
    def __init__(self, old: _Optional[_Union[GroupInfo, _Mapping]] = ..., info: _Optional[_Union[SetupInfoPacket, _Mapping]] = ..., catchup_period_changed: bool = ..., catchup_period: _Optional[int] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class GroupInfo(_message.Message):
    __slots__ = ("path", "url")
    PATH_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    path: str
    url: str
    def __init__(self, path: _Optional[str] = ..., url: _Optional[str] = ...) -> None: ...

class ShareRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class ShareResponse(_message.Message):
    __slots__ = ("index", "share", "metadata")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    index: int
    share: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, index: _Optional[int] = ..., share: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class PrivateKeyRequest(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _common_pb2.Metadata
    def __init__(self, metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class PrivateKeyResponse(_message.Message):
    __slots__ = ("priKey", "metadata")
    PRIKEY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    priKey: bytes
    metadata: _common_pb2.Metadata
    def __init__(self, priKey: _Optional[bytes] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...
