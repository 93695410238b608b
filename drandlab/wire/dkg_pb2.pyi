from drandlab.wire import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Packet(_message.Message):
    __slots__ = ("deal", "response", "justification", "metadata")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    JUSTIFICATION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    deal: DealBundle
    response: ResponseBundle
    justification: JustificationBundle
    metadata: _common_pb2.Metadata
    def __init__(self, deal: _Optional[_Union[DealBundle, _Mapping]] = ..., response: _Optional[_Union[ResponseBundle, _Mapping]] = ..., justification: _Optional[_Union[JustificationBundle, _Mapping]] = ..., metadata: _Optional[_Union[_common_pb2.Metadata, _Mapping]] = ...) -> None: ...

class DealBundle(_message.Message):
    __slots__ = ("dealer_index", "commits", "deals", "session_id", "signature")
    DEALER_INDEX_FIELD_NUMBER: _ClassVar[int]
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    DEALS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    dealer_index: int
    commits: _containers.RepeatedScalarFieldContainer[bytes]
    deals: _containers.RepeatedCompositeFieldContainer[Deal]
    session_id: bytes
    signature: bytes
    def __init__(self, dealer_index: _Optional[int] = ..., commits: _Optional[_Iterable[bytes]] = ..., deals: _Optional[_Iterable[_Union[Deal, _Mapping]]] = ..., session_id: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Deal(_message.Message):
    __slots__ = ("share_index", "encrypted_share")
    SHARE_INDEX_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_SHARE_FIELD_NUMBER: _ClassVar[int]
    share_index: int
    encrypted_share: bytes
    def __init__(self, share_index: _Optional[int] = ..., encrypted_share: _Optional[bytes] = ...) -> None: ...

class ResponseBundle(_message.Message):
    __slots__ = ("share_index", "responses", "session_id", "signature")
    SHARE_INDEX_FIELD_NUMBER: _ClassVar[int]
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    share_index: int
    responses: _containers.RepeatedCompositeFieldContainer[Response]
    session_id: bytes
    signature: bytes
    def __init__(self, share_index: _Optional[int] = ..., responses: _Optional[_Iterable[_Union[Response, _Mapping]]] = ..., session_id: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("dealer_index", "status")
    DEALER_INDEX_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    dealer_index: int
    status: bool
    def __init__(self, dealer_index: _Optional[int] = ..., status: bool = ...) -> None: ...

class JustificationBundle(_message.Message):
    __slots__ = ("dealer_index", "justifications", "session_id", "signature")
    DEALER_INDEX_FIELD_NUMBER: _ClassVar[int]
    JUSTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    dealer_index: int
    justifications: _containers.RepeatedCompositeFieldContainer[Justification]
    session_id: bytes
    signature: bytes
    def __init__(self, dealer_index: _Optional[int] = ..., justifications: _Optional[_Iterable[_Union[Justification, _Mapping]]] = ..., session_id: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Justification(_message.Message):
    __slots__ = ("share_index", "share")
    SHARE_INDEX_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    share_index: int
    share: bytes
    def __init__(self, share_index: _Optional[int] = ..., share: _Optional[bytes] = ...) -> None: ...
