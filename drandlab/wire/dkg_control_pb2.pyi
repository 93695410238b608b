import datetime

from drandlab.wire import dkg_pb2 as _dkg_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EmptyDKGResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DKGCommand(_message.Message):
    __slots__ = ("metadata", "initial", "resharing", "join", "accept", "reject", "execute", "abort")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    INITIAL_FIELD_NUMBER: _ClassVar[int]
    RESHARING_FIELD_NUMBER: _ClassVar[int]
    JOIN_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_FIELD_NUMBER: _ClassVar[int]
    REJECT_FIELD_NUMBER: _ClassVar[int]
    EXECUTE_FIELD_NUMBER: _ClassVar[int]
    ABORT_FIELD_NUMBER: _ClassVar[int]
    metadata: CommandMetadata
    initial: FirstProposalOptions
    resharing: ProposalOptions
    join: JoinOptions
    accept: AcceptOptions
    reject: RejectOptions
    execute: ExecutionOptions
    abort: AbortOptions
    def __init__(self, metadata: _Optional[_Union[CommandMetadata, _Mapping]] = ..., initial: _Optional[_Union[FirstProposalOptions, _Mapping]] = ..., resharing: _Optional[_Union[ProposalOptions, _Mapping]] = ..., join: _Optional[_Union[JoinOptions, _Mapping]] = ..., accept: _Optional[_Union[AcceptOptions, _Mapping]] = ..., reject: _Optional[_Union[RejectOptions, _Mapping]] = ..., execute: _Optional[_Union[ExecutionOptions, _Mapping]] = ..., abort: _Optional[_Union[AbortOptions, _Mapping]] = ...) -> None: ...

class CommandMetadata(_message.Message):
    __slots__ = ("beaconID",)
    BEACONID_FIELD_NUMBER: _ClassVar[int]
    beaconID: str
    def __init__(self, beaconID: _Optional[str] = ...) -> None: ...

class GossipPacket(_message.Message):
    __slots__ = ("metadata", "proposal", "accept", "reject", "execute", "abort", "dkg")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_FIELD_NUMBER: _ClassVar[int]
    REJECT_FIELD_NUMBER: _ClassVar[int]
    EXECUTE_FIELD_NUMBER: _ClassVar[int]
    ABORT_FIELD_NUMBER: _ClassVar[int]
    DKG_FIELD_NUMBER: _ClassVar[int]
    metadata: GossipMetadata
    proposal: ProposalTerms
    accept: AcceptProposal
    reject: RejectProposal
    execute: StartExecution
    abort: AbortDKG
    dkg: DKGPacket
    def __init__(self, metadata: _Optional[_Union[GossipMetadata, _Mapping]] = ..., proposal: _Optional[_Union[ProposalTerms, _Mapping]] = ..., accept: _Optional[_Union[AcceptProposal, _Mapping]] = ..., reject: _Optional[_Union[RejectProposal, _Mapping]] = ..., execute: _Optional[_Union[StartExecution, _Mapping]] = ..., abort: _Optional[_Union[AbortDKG, _Mapping]] = ..., dkg: _Optional[_Union[DKGPacket, _Mapping]] = ...) -> None: ...

class GossipMetadata(_message.Message):
    __slots__ = ("beaconID", "address", "signature")
    BEACONID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    beaconID: str
    address: str
    signature: bytes
    def __init__(self, beaconID: _Optional[str] = ..., address: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class FirstProposalOptions(_message.Message):
    __slots__ = ("timeout", "threshold", "period_seconds", "scheme", "catchup_period_seconds", "genesis_time", "joining")
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    JOINING_FIELD_NUMBER: _ClassVar[int]
    timeout: _timestamp_pb2.Timestamp
    threshold: int
    period_seconds: int
    scheme: str
    catchup_period_seconds: int
    genesis_time: _timestamp_pb2.Timestamp
    joining: _containers.RepeatedCompositeFieldContainer[Participant]
    def __init__(self, timeout: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., threshold: _Optional[int] = ..., period_seconds: _Optional[int] = ..., scheme: _Optional[str] = ..., catchup_period_seconds: _Optional[int] = ..., genesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., joining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ...) -> None: ...

class ProposalOptions(_message.Message):
    __slots__ = ("timeout", "threshold", "catchup_period_seconds", "joining", "leaving", "remaining")
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    JOINING_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    timeout: _timestamp_pb2.Timestamp
    threshold: int
    catchup_period_seconds: int
    joining: _containers.RepeatedCompositeFieldContainer[Participant]
    leaving: _containers.RepeatedCompositeFieldContainer[Participant]
    remaining: _containers.RepeatedCompositeFieldContainer[Participant]
    def __init__(self, timeout: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., threshold: _Optional[int] = ..., catchup_period_seconds: _Optional[int] = ..., joining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., leaving: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., remaining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ...) -> None: ...

class JoinOptions(_message.Message):
    __slots__ = ("groupFile",)
    GROUPFILE_FIELD_NUMBER: _ClassVar[int]
    groupFile: bytes
    def __init__(self, groupFile: _Optional[bytes] = ...) -> None: ...

class AcceptOptions(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RejectOptions(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExecutionOptions(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AbortOptions(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ProposalTerms(_message.Message):
    __slots__ = ("beaconID", "epoch", "leader", "threshold", "timeout", "catchup_period_seconds", "beacon_period_seconds", "schemeID", "genesis_time", "genesis_seed", "joining", "remaining", "leaving")
    BEACONID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LEADER_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    CATCHUP_PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BEACON_PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SCHEMEID_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    GENESIS_SEED_FIELD_NUMBER: _ClassVar[int]
    JOINING_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    beaconID: str
    epoch: int
    leader: Participant
    threshold: int
    timeout: _timestamp_pb2.Timestamp
    catchup_period_seconds: int
    beacon_period_seconds: int
    schemeID: str
    genesis_time: _timestamp_pb2.Timestamp
    genesis_seed: bytes
    joining: _containers.RepeatedCompositeFieldContainer[Participant]
    remaining: _containers.RepeatedCompositeFieldContainer[Participant]
    leaving: _containers.RepeatedCompositeFieldContainer[Participant]
    def __init__(self, beaconID: _Optional[str] = ..., epoch: _Optional[int] = ..., leader: _Optional[_Union[Participant, _Mapping]] = ..., threshold: _Optional[int] = ..., timeout: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., catchup_period_seconds: _Optional[int] = ..., beacon_period_seconds: _Optional[int] = ..., schemeID: _Optional[str] = ..., genesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., genesis_seed: _Optional[bytes] = ..., joining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., remaining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., leaving: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ...) -> None: ...

class Participant(_message.Message):
    __slots__ = ("address", "key", "signature")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    address: str
    key: bytes
    signature: bytes
    def __init__(self, address: _Optional[str] = ..., key: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class AcceptProposal(_message.Message):
    __slots__ = ("acceptor",)
    ACCEPTOR_FIELD_NUMBER: _ClassVar[int]
    acceptor: Participant
    def __init__(self, acceptor: _Optional[_Union[Participant, _Mapping]] = ...) -> None: ...

class RejectProposal(_message.Message):
    __slots__ = ("rejector", "reason", "secret", "previous_group_hash", "proposal_hash")
    REJECTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_GROUP_HASH_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_HASH_FIELD_NUMBER: _ClassVar[int]
    rejector: Participant
    reason: str
    secret: bytes
    previous_group_hash: bytes
    proposal_hash: bytes
    def __init__(self, rejector: _Optional[_Union[Participant, _Mapping]] = ..., reason: _Optional[str] = ..., secret: _Optional[bytes] = ..., previous_group_hash: _Optional[bytes] = ..., proposal_hash: _Optional[bytes] = ...) -> None: ...

class StartExecution(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AbortDKG(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class DKGPacket(_message.Message):
    __slots__ = ("dkg",)
    DKG_FIELD_NUMBER: _ClassVar[int]
    dkg: _dkg_pb2.Packet
    def __init__(self, dkg: _Optional[_Union[_dkg_pb2.Packet, _Mapping]] = ...) -> None: ...

class DKGStatusRequest(_message.Message):
    __slots__ = ("beaconID",)
    BEACONID_FIELD_NUMBER: _ClassVar[int]
    beaconID: str
    def __init__(self, beaconID: _Optional[str] = ...) -> None: ...

class DKGStatusResponse(_message.Message):
    __slots__ = ("complete", "current")
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    complete: DKGEntry
    current: DKGEntry
    def __init__(self, complete: _Optional[_Union[DKGEntry, _Mapping]] = ..., current: _Optional[_Union[DKGEntry, _Mapping]] = ...) -> None: ...

class DKGEntry(_message.Message):
    __slots__ = ("beaconID", "state", "epoch", "threshold", "timeout", "genesis_time", "genesis_seed", "leader", "remaining", "joining", "leaving", "acceptors", "rejectors", "finalGroup")
    BEACONID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    GENESIS_SEED_FIELD_NUMBER: _ClassVar[int]
    LEADER_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    JOINING_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    ACCEPTORS_FIELD_NUMBER: _ClassVar[int]
    REJECTORS_FIELD_NUMBER: _ClassVar[int]
    FINALGROUP_FIELD_NUMBER: _ClassVar[int]
    beaconID: str
    state: int
    epoch: int
    threshold: int
    timeout: _timestamp_pb2.Timestamp
    genesis_time: _timestamp_pb2.Timestamp
    genesis_seed: bytes
    leader: Participant
    remaining: _containers.RepeatedCompositeFieldContainer[Participant]
    joining: _containers.RepeatedCompositeFieldContainer[Participant]
    leaving: _containers.RepeatedCompositeFieldContainer[Participant]
    acceptors: _containers.RepeatedCompositeFieldContainer[Participant]
    rejectors: _containers.RepeatedCompositeFieldContainer[Participant]
    finalGroup: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, beaconID: _Optional[str] = ..., state: _Optional[int] = ..., epoch: _Optional[int] = ..., threshold: _Optional[int] = ..., timeout: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., genesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., genesis_seed: _Optional[bytes] = ..., leader: _Optional[_Union[Participant, _Mapping]] = ..., remaining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., joining: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., leaving: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., acceptors: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., rejectors: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., finalGroup: _Optional[_Iterable[str]] = ...) -> None: ...
