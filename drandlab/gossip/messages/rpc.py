"""Frames: what travels between two gossip peers in one piece, as frozen values that are valid in form.

A frame (`Rpc`) holds any number of subscriptions, messages and control messages. Source: libp2p specification,
"pubsub" and "gossipsub v1.1".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from drandlab.errors import LocalError
from drandlab.gossip.messages.peer_ids import id_text
from drandlab.typing import checked_bytes, checked_flag, checked_int, checked_text

__all__ = ["GossipMessage", "Graft", "IHave", "IWant", "PeerInfo", "Prune", "Rpc", "Subscription"]

SEQNO_LENGTH = 8
LAST_BACKOFF = (1 << 64) - 1


def _checked_topic(value: object) -> None:
    if not checked_text(value, "topic"):
        raise LocalError("a topic has a name, got an empty text", argument="topic", code="missing")
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        raise LocalError(f"is no text that UTF-8 can write: {error.reason}", argument="topic") from None


@dataclass(frozen=True, kw_only=True)
class GossipMessage:
    """One published message.

    ``source`` is the peer ID of its author as bytes, ``seqno`` the author's number of it in 8 bytes, big-endian,
    ``signature`` that of the author, ``key`` the author's public key as a message. An empty value stands for an absent
    one: messages without an author have none of the four.

    >>> message = GossipMessage(topic="t", data=b"hello", source=b"relay", seqno=bytes(8))
    >>> message.author, message.author_id
    ('relay', b'relay\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00')
    """

    topic: str
    data: bytes
    source: bytes = b""
    seqno: bytes = b""
    signature: bytes = b""
    key: bytes = b""

    def __post_init__(self) -> None:
        _checked_topic(self.topic)
        for name in ("data", "source", "seqno", "signature", "key"):
            checked_bytes(getattr(self, name), name)
        if self.seqno and len(self.seqno) != SEQNO_LENGTH:
            rule = f"expected {SEQNO_LENGTH} bytes, or none, got {len(self.seqno)}"
            raise LocalError(rule, argument="seqno", code="length")

    @property
    def author(self) -> str:
        """The name of the author, empty if the message names none."""
        return id_text(self.source)

    @property
    def author_id(self) -> bytes:
        """The ID of the message by libp2p's default rule: the author and its number. Two authors, two messages."""
        return self.source + self.seqno

    @cached_property
    def size(self) -> int:
        """About how many bytes the message takes on the wire."""
        return 24 + len(self.data) + len(self.topic) + len(self.source) + len(self.signature) + len(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """The sender has joined a topic, or left it."""

    topic: str
    subscribe: bool

    def __post_init__(self) -> None:
        _checked_topic(self.topic)
        checked_flag(self.subscribe, "subscribe")


@dataclass(frozen=True, slots=True, kw_only=True)
class IHave:
    """The sender has seen these messages of the topic."""

    topic: str
    ids: tuple[bytes, ...]

    def __post_init__(self) -> None:
        _checked_topic(self.topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class IWant:
    """The sender asks for these messages."""

    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graft:
    """The sender has taken the receiver into its mesh of the topic."""

    topic: str

    def __post_init__(self) -> None:
        _checked_topic(self.topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerInfo:
    """A peer that one may connect to: its ID, and its addresses as it has signed them, empty if not known."""

    peer: bytes
    record: bytes = b""

    def __post_init__(self) -> None:
        if not checked_bytes(self.peer, "peer"):
            raise LocalError("a peer has an ID, got no bytes", argument="peer", code="missing")

    @property
    def name(self) -> str:
        """The name of the peer."""
        return id_text(self.peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune:
    """The sender has taken the receiver out of its mesh of the topic.

    ``backoff`` is for how many seconds the receiver should not ask again, None in version 1.0. ``peers`` are others of
    the topic, for the receiver to connect to.
    """

    topic: str
    backoff: int | None = None
    peers: tuple[PeerInfo, ...] = ()

    def __post_init__(self) -> None:
        _checked_topic(self.topic)
        if self.backoff is not None:
            checked_int(self.backoff, "backoff", 0, LAST_BACKOFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpc:
    """One frame between two peers."""

    subscriptions: tuple[Subscription, ...] = ()
    messages: tuple[GossipMessage, ...] = ()
    ihave: tuple[IHave, ...] = ()
    iwant: tuple[IWant, ...] = ()
    graft: tuple[Graft, ...] = ()
    prune: tuple[Prune, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the frame says nothing."""
        return not (self.subscriptions or self.messages or self.ihave or self.iwant or self.graft or self.prune)
