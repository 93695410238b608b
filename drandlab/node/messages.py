"""What nodes of one network send each other: the table of kinds, and how a node opens a message.

An `Envelope` is a call or a stream's item of drand's services: its kind, the bytes of production's message, and the
name of the stream where there is one. `KINDS` is the one table of kinds: routes, decoders, legends, and what travels
in order come from it.

===============  ========================  ==================================
kind             message                   service of production
===============  ========================  ==================================
``identity?``    IdentityRequest           Protocol.GetIdentity
``identity``     IdentityResponse          its answer
``signal``       SignalDKGPacket           Protocol.SignalDKGParticipant (v1)
``group``        DKGInfoPacket             Protocol.PushDKGInfo (v1)
``acknowledge``  none                      its answer
``dkg``          dkg.Packet                Protocol.BroadcastDKG (v1)
``partial``      PartialBeaconPacket       Protocol.PartialBeacon
``sync``         SyncRequest               Protocol.SyncChain
``beacon``       BeaconPacket              an item of its stream
``end``          a reason, empty for none  the server ends the stream
``cancel``       a reason, empty for none  the client ends the stream
``private?``     PrivateRandRequest        Public.PrivateRand (v1.0)
``private``      PrivateRandResponse       its answer
===============  ========================  ==================================
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from drandlab.beacon.forms.group_packets import decode_identity
from drandlab.beacon.forms.packets import decode_beacon, decode_partial
from drandlab.beacon.machines.effects import StreamId
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import Scheme
from drandlab.curves.group import Group
from drandlab.dkg.codec import decode as decode_bundle
from drandlab.errors import DrandlabError, FormatError
from drandlab.node.setup.setup_codec import decode_group_info, decode_signal
from drandlab.wire.envelope import parse
from drandlab.wire.kinds import KindTable, Legend, MessageKind
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.v1_pb2 import PrivateRandRequest, PrivateRandResponse

__all__ = ["KINDS", "DrandKind", "Envelope", "Mailroom", "NodePart", "Purpose"]


class Purpose(StrEnum):
    """What a message serves."""

    SET_UP = "set-up"
    """A group and its key."""
    CHAIN = "chain"
    """Beacons and the chains that hold them."""
    PRIVATE = "private randomness"


class NodePart(Enum):
    """Which part of a node takes a message."""

    IDENTITY = "the node shows its identity"
    SET_UP = "the coordinator or the participant"
    DKG = "the key generation"
    PARTIAL = "the handler"
    SERVE = "the sync server opens a stream"
    STOP = "the sync server closes a stream"
    READ = "whoever reads the stream: the sync client or the repair"
    ANSWER = "the signer answers"
    ANSWERED = "nobody but the journal"


@dataclass(frozen=True, slots=True)
class Opening:
    """What it takes to decode the messages of a network: its scheme, the backend, the group of its keys."""

    scheme: Scheme
    backend: str | None
    keys: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class DrandKind(MessageKind):
    """A kind of messages between nodes; ``decode`` turns its bytes into a message, or raises a `DrandlabError`."""

    part: NodePart
    decode: Callable[[bytes, Opening], Any]


def _nothing(data: bytes, opening: Opening) -> None:
    return None


def _reason(data: bytes, opening: Opening) -> str:
    return data.decode(errors="replace")[:200]


_SET_UP = Legend(name="set-up", symbol="cross", path="M-5 0h10M0-5v10", colour="ink", outline=True)
_DKG = Legend(name="DKG packet", symbol="diamond", path="M0-6l6 6l-6 6l-6-6z", colour="violet")
_PARTIAL = Legend(name="partial", symbol="circle", path="M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z", colour="blue")
_SYNC = Legend(name="sync", symbol="triangle-up", path="M-4-5.5l10 5.5l-10 5.5z", colour="ochre")
_BEACON = Legend(name="beacon", symbol="square", path="M-4.8-4.8h9.6v9.6h-9.6z", colour="green")
_PRIVATE = Legend(
    name="private randomness",
    symbol="diamond-open",
    path="M-4.5-4.5l9 9M-4.5 4.5l9-9M-6 0h12",
    colour="ink",
    outline=True,
)

KINDS = KindTable(
    DrandKind(
        name="identity?",
        message="IdentityRequest",
        service="Protocol.GetIdentity",
        purpose=Purpose.SET_UP,
        legend=_SET_UP,
        part=NodePart.IDENTITY,
        decode=_nothing,
    ),
    DrandKind(
        name="identity",
        message="IdentityResponse",
        service="its answer",
        purpose=Purpose.SET_UP,
        legend=_SET_UP,
        noise=True,
        part=NodePart.SET_UP,
        decode=lambda data, opening: decode_identity(data, backend=opening.backend),
    ),
    DrandKind(
        name="signal",
        message="SignalDKGPacket",
        service="Protocol.SignalDKGParticipant (v1)",
        purpose=Purpose.SET_UP,
        legend=_SET_UP,
        noise=True,
        part=NodePart.SET_UP,
        decode=lambda data, opening: decode_signal(data, opening.scheme, backend=opening.backend),
    ),
    DrandKind(
        name="group",
        message="DKGInfoPacket",
        service="Protocol.PushDKGInfo (v1)",
        purpose=Purpose.SET_UP,
        legend=_SET_UP,
        noise=True,
        part=NodePart.SET_UP,
        decode=lambda data, opening: decode_group_info(data, backend=opening.backend),
    ),
    DrandKind(
        name="acknowledge",
        message="none",
        service="its answer",
        purpose=Purpose.SET_UP,
        legend=_SET_UP,
        noise=True,
        part=NodePart.SET_UP,
        decode=_nothing,
    ),
    DrandKind(
        name="dkg",
        message="dkg.Packet",
        service="Protocol.BroadcastDKG (v1)",
        purpose=Purpose.SET_UP,
        legend=_DKG,
        noise=True,
        part=NodePart.DKG,
        decode=lambda data, opening: decode_bundle(data, opening.keys),
    ),
    DrandKind(
        name="partial",
        message="PartialBeaconPacket",
        service="Protocol.PartialBeacon",
        purpose=Purpose.CHAIN,
        legend=_PARTIAL,
        round_of=lambda data: decode_partial(data).round,
        part=NodePart.PARTIAL,
        decode=lambda data, opening: decode_partial(data),
    ),
    DrandKind(
        name="sync",
        message="SyncRequest",
        service="Protocol.SyncChain",
        purpose=Purpose.CHAIN,
        legend=_SYNC,
        ordered=True,
        noise=True,
        part=NodePart.SERVE,
        decode=lambda data, opening: parse(SyncRequest, data),
    ),
    DrandKind(
        name="beacon",
        message="BeaconPacket",
        service="an item of its stream",
        purpose=Purpose.CHAIN,
        legend=_BEACON,
        ordered=True,
        noise=True,
        round_of=lambda data: decode_beacon(data).round,
        part=NodePart.READ,
        decode=lambda data, opening: decode_beacon(data),
    ),
    DrandKind(
        name="end",
        message="a reason, empty for none",
        service="the server ends the stream",
        purpose=Purpose.CHAIN,
        legend=_SYNC,
        ordered=True,
        part=NodePart.READ,
        decode=_reason,
    ),
    DrandKind(
        name="cancel",
        message="a reason, empty for none",
        service="the client ends the stream",
        purpose=Purpose.CHAIN,
        legend=_SYNC,
        ordered=True,
        part=NodePart.STOP,
        decode=_reason,
    ),
    DrandKind(
        name="private?",
        message="PrivateRandRequest",
        service="Public.PrivateRand (v1.0)",
        purpose=Purpose.PRIVATE,
        legend=_PRIVATE,
        noise=True,
        part=NodePart.ANSWER,
        decode=lambda data, opening: parse(PrivateRandRequest, data).request,
    ),
    DrandKind(
        name="private",
        message="PrivateRandResponse",
        service="its answer",
        purpose=Purpose.PRIVATE,
        legend=_PRIVATE,
        noise=True,
        part=NodePart.ANSWERED,
        decode=lambda data, opening: parse(PrivateRandResponse, data).response,
    ),
)
"""Every kind of message that nodes send each other."""

_ORDERED = KINDS.names(lambda kind: kind.ordered)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message: its kind, its bytes and, on streams, the name that its reader gave the stream.

    Production's messages carry no such name: there a stream is a connection of its own.
    """

    kind: str
    data: bytes = b""
    stream: StreamId | None = None

    @property
    def ordered(self) -> bool:
        """Whether it travels in order, on one connection."""
        return self.kind in _ORDERED


class Mailroom:
    """Decodes messages strictly, and remembers what it has decoded.

    The same bytes give every node the same message: the nodes of a process can share one mailroom and save work.

    >>> from drandlab.crypto.schemes import scheme
    >>> room = Mailroom(scheme(), "glass")
    >>> room.open(Envelope("partial", bytes.fromhex("0807 1a03636363"))).round
    7
    >>> room.open(Envelope("gossip"))
    Traceback (most recent call last):
    drandlab.errors.FormatError: message: no such kind 'gossip'
    """

    def __init__(self, scheme: Scheme, backend: str | None = None, *, size: int = 1024) -> None:
        self.size = size
        self._opening = Opening(scheme, backend, BLS.of(scheme, backend).keys)
        self._known: OrderedDict[tuple[str, bytes], Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def open(self, envelope: Envelope) -> Any:
        """Return the message in an envelope; raises a `DrandlabError` that says why it is invalid."""
        key = envelope.kind, envelope.data
        found = self._known.get(key, self)
        if found is self:
            found = self._open(envelope)
            self._known[key] = found
            if len(self._known) > self.size:
                self._known.popitem(last=False)
        if isinstance(found, DrandlabError):
            raise found
        return found

    def _open(self, envelope: Envelope) -> Any:
        if (kind := KINDS.get(envelope.kind)) is None:
            return FormatError(f"no such kind {envelope.kind!r}", source="message")
        try:
            return kind.decode(envelope.data, self._opening)
        except DrandlabError as error:
            return error
