"""Frames as bytes: the protobuf form of libp2p, read strictly, or leniently where other implementations speak.

One value has one encoding: fields by ascending number, each at most once, none empty, none unknown. `decode_rpc`
refuses all else, so what passes is written again to the same bytes. ``lenient`` does as protobuf demands instead:
unknown fields are passed over and the order is free, as extensions of other implementations need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.gossip.messages.rpc import GossipMessage, Graft, IHave, IWant, PeerInfo, Prune, Rpc, Subscription
from drandlab.typing import checked_int
from drandlab.wire import pubsub_pb2 as wire
from drandlab.wire.envelope import parse

__all__ = ["FRAME_LIMIT", "decode_message", "decode_rpc", "encode_message", "encode_rpc"]

FRAME_LIMIT = 1 << 20
"""Bytes of the largest frame that is read unless the caller says otherwise: 1 MiB, as in Go."""

_NOT_CANONICAL = "one value has one encoding: fields in order, each once, none empty and none unknown"


def _message(message: GossipMessage) -> wire.Message:
    written = wire.Message(topic=message.topic)
    if message.source:
        written.from_id = message.source
    if message.data:
        written.data = message.data
    if message.seqno:
        written.seqno = message.seqno
    if message.signature:
        written.signature = message.signature
    if message.key:
        written.key = message.key
    return written


def _of_message(read: wire.Message) -> GossipMessage:
    return GossipMessage(
        topic=read.topic,
        data=read.data,
        source=read.from_id,
        seqno=read.seqno,
        signature=read.signature,
        key=read.key,
    )


def encode_message(message: GossipMessage) -> bytes:
    """Return one message as bytes, such as it stands within a frame."""
    return _message(message).SerializeToString()


def decode_message(data: bytes, *, limit: int = FRAME_LIMIT) -> GossipMessage:
    """Return the message of these bytes; raises `FormatError` as `decode_rpc` does.

    >>> message = GossipMessage(topic="t", data=b"hello")
    >>> decode_message(encode_message(message)) == message
    True
    """
    read = parse(wire.Message, data, limit=limit)
    with _from_outside("Message"):
        message = _of_message(read)
    if encode_message(message) != data:
        raise FormatError(_NOT_CANONICAL, source="Message", code="not-canonical")
    return message


def encode_rpc(rpc: Rpc) -> bytes:
    """Return a frame as bytes.

    >>> encode_rpc(Rpc(graft=(Graft(topic="t"),))).hex(" ")
    '1a 05 1a 03 0a 01 74'
    """
    if not isinstance(rpc, Rpc):
        raise WrongType(f"expected an Rpc, got {type(rpc).__name__}", argument="rpc")
    control = None
    if rpc.ihave or rpc.iwant or rpc.graft or rpc.prune:
        control = wire.ControlMessage(
            ihave=[wire.ControlIHave(topicID=item.topic, messageIDs=item.ids) for item in rpc.ihave],
            iwant=[wire.ControlIWant(messageIDs=item.ids) for item in rpc.iwant],
            graft=[wire.ControlGraft(topicID=item.topic) for item in rpc.graft],
            prune=[
                wire.ControlPrune(topicID=item.topic, peers=map(_peer, item.peers), backoff=item.backoff)
                for item in rpc.prune
            ],
        )
    return wire.RPC(
        subscriptions=[wire.RPC.SubOpts(subscribe=s.subscribe, topicid=s.topic) for s in rpc.subscriptions],
        publish=map(_message, rpc.messages),
        control=control,
    ).SerializeToString()


def _peer(peer: PeerInfo) -> wire.PeerInfo:
    return wire.PeerInfo(peerID=peer.peer, signedPeerRecord=peer.record or None)


def decode_rpc(data: bytes, *, limit: int = FRAME_LIMIT, lenient: bool = False) -> Rpc:
    """Return the frame of these bytes.

    Raises `FormatError`: ``too-long`` for more than ``limit`` bytes, ``no-message`` for what is no protobuf,
    ``missing`` for a topic or a peer without a name, ``length`` for a sequence number that is not 8 bytes,
    ``not-canonical`` for another encoding than `encode_rpc` writes, unless ``lenient``.

    >>> decode_rpc(bytes.fromhex("1a051a030a0174")).graft
    (Graft(topic='t'),)
    >>> decode_rpc(bytes.fromhex("1a051a030a017420"))
    Traceback (most recent call last):
    drandlab.errors.FormatError: drandlab.pubsub.RPC: 8 bytes that are no protobuf message (1a051a030a017420)
    """
    read = parse(wire.RPC, data, limit=checked_int(limit, "limit", 0))
    with _from_outside("RPC"):
        rpc = _of_rpc(read)
    if not lenient and encode_rpc(rpc) != data:
        raise FormatError(_NOT_CANONICAL, source="RPC", code="not-canonical")
    return rpc


def _of_rpc(read: wire.RPC) -> Rpc:
    subscriptions = tuple(Subscription(topic=s.topicid, subscribe=s.subscribe) for s in read.subscriptions)
    messages = tuple(map(_of_message, read.publish))
    if not read.HasField("control"):
        return Rpc(subscriptions=subscriptions, messages=messages)
    control = read.control
    return Rpc(
        subscriptions=subscriptions,
        messages=messages,
        ihave=tuple(IHave(topic=item.topicID, ids=tuple(item.messageIDs)) for item in control.ihave),
        iwant=tuple(IWant(ids=tuple(item.messageIDs)) for item in control.iwant),
        graft=tuple(Graft(topic=item.topicID) for item in control.graft),
        prune=tuple(map(_prune, control.prune)),
    )


@contextmanager
def _from_outside(source: str) -> Iterator[None]:
    """What the caller would have to correct is the sender's fault here."""
    try:
        yield
    except LocalError as error:
        raise FormatError(error.rule, source=source, field=error.argument, code=error.code) from None


def _prune(item: wire.ControlPrune) -> Prune:
    return Prune(
        topic=item.topicID,
        backoff=item.backoff if item.HasField("backoff") else None,
        peers=tuple(PeerInfo(peer=one.peerID, record=one.signedPeerRecord) for one in item.peers),
    )
