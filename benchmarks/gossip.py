"""The gossip router: a signed message beside the bare decoding and signature check, and messages a second."""

from __future__ import annotations

import random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from side_by_side import Comparison, cpu_medians

from drandlab.gossip import DRAND_RELAY, GossipMessage, Router, Rpc, encode_rpc, message_id, public_key_of, sign
from drandlab.gossip.messages.rpc import Subscription
from drandlab.gossip.messages.rpc_codec import decode_message
from drandlab.wire.pubsub_pb2 import RPC, Message

TOPIC = "/drand/pubsub/v0.0.0/" + 64 * "5"
MESSAGES = 500
PEERS = 10
GOAL = 5000.0
"""Router messages a second."""


def router() -> Router:
    """A router with a full mesh: the peers that bring messages are in it."""
    made = Router("me", DRAND_RELAY, rng=random.Random(1))
    made.subscribe(TOPIC, 0.0)
    for i in range(PEERS):
        made.connected(f"p{i}", 0.0, outbound=i < PEERS // 2)
        made.receive(f"p{i}", Rpc(subscriptions=(Subscription(topic=TOPIC, subscribe=True),)), 0.0)
    made.heartbeat(0.5)
    return made


def frames(signed: bool) -> list[bytes]:
    """Frames with one message each, of the size of a pulse."""
    found = []
    for i in range(MESSAGES):
        data = random.Random(i).randbytes(53)
        if signed:
            message = decode_message(sign(data, topic=TOPIC, seqno=i, key=bytes(32)))
        else:
            message = GossipMessage(topic=TOPIC, data=data, source=b"author", seqno=i.to_bytes(8, "big"))
        found.append(encode_rpc(Rpc(messages=(message,))))
    return found


def bare(data: bytes) -> bytes:
    """What no router can do without: decode the frame, check the signature, hash the data."""
    frame = RPC.FromString(data)
    [message] = frame.publish
    key = Ed25519PublicKey.from_public_bytes(public_key_of(message.from_id))
    alone = Message(from_id=message.from_id, data=message.data, seqno=message.seqno, topic=message.topic)
    key.verify(message.signature, b"libp2p-pubsub:" + alone.SerializeToString())
    return message_id(message.data)


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    signed, plain = frames(True), frames(False)

    def received(wire: list[bytes], copies: int) -> None:
        one = router()
        for i, data in enumerate(wire):
            for copy in range(copies):
                one.receive(f"p{copy}", data, 1.0 + i * 1e-3)

    times = cpu_medians(
        {
            "bare": lambda: [bare(data) for data in signed],
            "signed": lambda: received(signed, 1),
            "six copies": lambda: received(signed, 6),
            "plain": lambda: received(plain, 1),
        },
        turns=3 if quick else 7,
    )
    microseconds["gossip: bare decoding and ed25519 check of a frame"] = 1e6 * times["bare"] / MESSAGES
    microseconds["gossip: the router takes a signed message"] = 1e6 * times["signed"] / MESSAGES
    microseconds["gossip: the router takes a message without signature"] = 1e6 * times["plain"] / MESSAGES
    microseconds["gossip: the router takes a copy, one of six is new and signed"] = (
        1e6 * times["six copies"] / MESSAGES / 6
    )
    rows.append(
        Comparison("gossip: bare decoding and signature check over the router", times["bare"] / times["signed"], 0.7)
    )
    name = "gossip: router messages a second, one of six new and signed, over 5,000"
    rows.append(Comparison(name, 6 * MESSAGES / times["six copies"] / GOAL, 1))
