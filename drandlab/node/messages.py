"""What nodes of one network send each other, and how a node opens it.

An `Envelope` is a call or a stream's item of drand's services: its kind, the bytes of production's message, and the
number of the stream where there is one.

==================  ==========================  ==========================================================
kind                bytes                       service of production
==================  ==========================  ==========================================================
``identity?``       IdentityRequest             Protocol.GetIdentity
``identity``        IdentityResponse            its answer
``signal``          SignalDKGPacket             Protocol.SignalDKGParticipant (v1)
``group``           DKGInfoPacket               Protocol.PushDKGInfo (v1)
``acknowledge``     none                        its answer
``dkg``             dkg.Packet                  Protocol.BroadcastDKG (v1)
``partial``         PartialBeaconPacket         Protocol.PartialBeacon
``sync``            SyncRequest                 Protocol.SyncChain
``beacon``          BeaconPacket                an item of its stream
``end``             a reason, empty for none    the server ends the stream
``cancel``          a reason, empty for none    the client ends the stream
``private?``        PrivateRandRequest          Public.PrivateRand (v1.0)
``private``         PrivateRandResponse         its answer
==================  ==========================  ==========================================================
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drandlab.beacon.forms.group_packets import decode_identity
from drandlab.beacon.forms.packets import decode_beacon, decode_partial
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import Scheme
from drandlab.dkg.codec import decode as decode_bundle
from drandlab.errors import DrandlabError, FormatError
from drandlab.node.setup_codec import decode_group_info, decode_signal
from drandlab.wire.envelope import parse
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.v1_pb2 import PrivateRandRequest, PrivateRandResponse

__all__ = ["Envelope", "Mailroom"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message: its kind, its bytes and, on streams, the number that its reader gave the stream."""

    kind: str
    data: bytes = b""
    stream: int = 0


def _decoders(scheme: Scheme, backend: str | None) -> Mapping[str, Callable[[bytes], Any]]:
    keys = BLS.of(scheme, backend).keys
    return {
        "identity?": lambda data: None,
        "identity": lambda data: decode_identity(data, backend=backend),
        "signal": lambda data: decode_signal(data, scheme, backend=backend),
        "group": lambda data: decode_group_info(data, backend=backend),
        "acknowledge": lambda data: None,
        "dkg": lambda data: decode_bundle(data, keys),
        "partial": decode_partial,
        "sync": lambda data: parse(SyncRequest, data),
        "beacon": decode_beacon,
        "end": lambda data: data.decode(errors="replace")[:200],
        "cancel": lambda data: data.decode(errors="replace")[:200],
        "private?": lambda data: parse(PrivateRandRequest, data).request,
        "private": lambda data: parse(PrivateRandResponse, data).response,
    }


class Mailroom:
    """Bytes to messages, strictly decoded, and remembered for the next who gets the same bytes.

    What bytes decode to does not depend on who asks: one room for all nodes of a process saves them the work.

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
        self._decoders = _decoders(scheme, backend)
        self._known: OrderedDict[tuple[str, bytes], Any] = OrderedDict()

    def open(self, envelope: Envelope) -> Any:
        """Return the message in an envelope; raises a `DrandlabError` that says why it is none."""
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
        if (decoder := self._decoders.get(envelope.kind)) is None:
            return FormatError(f"no such kind {envelope.kind!r}", source="message")
        try:
            return decoder(envelope.data)
        except DrandlabError as error:
            return error
