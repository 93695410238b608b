"""What the journal says of a gossip network: its peers, their connections, what they publish and what reaches them.

Networks without gossip write none of these. Peers go by their names, whole numbers; a message goes by its `mark`, the
start of the SHA-256 of its id. What a router reports of itself (its meshes, what it refuses) stands in
`drandlab.gossip`; what leaves a peer is a `sent` entry as everywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from drandlab.records import Json, Record
from drandlab.typing import Round, Seconds

__all__ = [
    "GOSSIP_ENTRIES",
    "ROLES",
    "SOURCES",
    "GossipMade",
    "MessageDelivered",
    "MessageMade",
    "PeerLeft",
    "PeerMade",
    "PeerReturned",
    "PeersConnected",
    "PeersDisconnected",
    "PulseTaken",
    "RpcDropped",
    "TopicLeft",
    "TopicSubscribed",
    "mark_of_message",
]

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "relay": "a gossip relay: publishes every new pulse of a drand network",
        "subscriber": "subscribes to the topic, and forwards what it gets as the protocol asks",
        "sybil": "belongs to the attacker: joins meshes, and does not forward",
    }
)
"""What a peer of a gossip network may be."""

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "gossip": "a message of the topic",
        "second source": "a relay of drand's HTTP API, asked when the clock says that a round is missing",
    }
)
"""Where a subscriber may have a pulse from."""


def mark_of_message(message_id: bytes) -> bytes:
    """Return how the journal names a message: eight bytes that stand for its id.

    >>> mark_of_message(b"an id").hex()
    '5e92a53cfa80609c'
    """
    return hashlib.sha256(message_id).digest()[:8]


# -- the network and its peers ----------------------------------------------------------------------------------------


class GossipMade(Record, kind="gossip"):
    """The first entry of a gossip network: what it is.

    ``parameters`` are those of the routers, ``ids`` is the rule by which messages get their ids, ``checks`` what a
    subscriber checks before it forwards. ``degree`` is how many peers each one dials; ``loss`` the probability that an
    RPC is lost. ``bound`` is within how many seconds a message must reach all who were there. ``info`` is the chain
    whose pulses go over the ``topic``, in its v2 form, ``backend`` the curve or glass.
    """

    topic: str
    peers: int
    relays: int
    sybils: int
    parameters: Mapping[str, Json]
    ids: str
    checks: str
    scoring: bool
    degree: int
    loss: float
    bound: Seconds
    info: Mapping[str, Json]
    backend: str
    seed: str
    detail: str


class PeerMade(Record, kind="peer"):
    """A peer has joined the world: its ``role``, its peer ``id``, and the peers that it holds as ``direct`` ones."""

    role: str
    id: str
    direct: tuple[int, ...] = ()


class PeerLeft(Record, kind="peer left"):
    """A peer has stopped: its connections are closed."""


class PeerReturned(Record, kind="peer back"):
    """A peer runs again, with no memory of what it had heard."""


class PeersConnected(Record, kind="connected"):
    """The peer has dialled peer ``to``; they speak ``protocol``."""

    to: int
    protocol: str


class PeersDisconnected(Record, kind="disconnected"):
    """The connection to peer ``to`` is closed."""

    to: int


# -- topics and messages ----------------------------------------------------------------------------------------------


class TopicSubscribed(Record, kind="subscribed"):
    """The peer has subscribed to a ``topic``: from now on its stream has what is published there."""

    topic: str


class TopicLeft(Record, kind="unsubscribed"):
    """The peer has no subscription to this ``topic`` any more."""

    topic: str


class MessageMade(Record, kind="message"):
    """A peer puts a message into the network, for the first time under this ``mark``.

    ``data`` are its bytes, ``round`` is the round of the pulse in them, None where there is none. ``true`` is False
    where an attacker has made it up.
    """

    topic: str
    mark: bytes
    data: bytes
    round: Round | None = None
    true: bool = True


class MessageDelivered(Record, kind="delivered"):
    """The stream of a subscriber has yielded a message, which came from peer ``by``."""

    topic: str
    mark: bytes
    by: int


class PulseTaken(Record, kind="pulse"):
    """A subscriber has the pulse of ``round``, with the start of its ``randomness``, from one of `SOURCES`."""

    round: Round
    randomness: bytes
    source: str


class RpcDropped(Record, kind="rpc dropped"):
    """An RPC was lost as a whole on its way to peers ``to``; ``held`` is how many messages were in it."""

    to: tuple[int, ...]
    held: int


GOSSIP_ENTRIES: tuple[type[Record], ...] = (
    GossipMade,
    PeerMade,
    PeerLeft,
    PeerReturned,
    PeersConnected,
    PeersDisconnected,
    TopicSubscribed,
    TopicLeft,
    MessageMade,
    MessageDelivered,
    PulseTaken,
    RpcDropped,
)
"""Every kind of entry that only gossip networks write."""
