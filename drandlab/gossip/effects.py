"""What a gossip router wants done: effects that its driver carries out. Peers have the names they connected with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from drandlab.gossip.messages.rpc import GossipMessage, Rpc
from drandlab.records import Report
from drandlab.typing import Seconds

__all__ = [
    "GOSSIP_CODES",
    "Connect",
    "Deliver",
    "Judgement",
    "Report",
    "RouterEffect",
    "SendRpc",
    "SetHeartbeat",
    "Validation",
]

GOSSIP_CODES: Mapping[str, str] = {
    # frames
    "not-canonical": "not written in the one encoding of its value",
    "unknown-peer": "a frame of a peer that is not connected",
    "graylisted": "a frame of a peer whose score is too low",
    "too-many-topics": "a peer that is in more topics than are remembered",
    # messages
    "wrong-topic": "a message of a topic that this peer has not joined",
    "own-message": "a message that claims to be this peer's own, and is not",
    "author": "a message without an author, or an author without an ed25519 key",
    "seqno": "a message without a sequence number",
    "unsigned": "a message without a signature, where each must have one",
    "not-anonymous": "a message with an author, where none may have one",
    "replayed": "a message that is not newer than the last of its author",
    "repeated": "a message that was published before",
    "early": "a pulse of a round that is not due yet",
    "untrusted": "a message that was handed on by a peer that is not trusted",
    "rejected": "the validator of the topic finds the message invalid",
    "ignored": "the validator of the topic has no use for the message",
    # pruning
    "surplus": "the mesh had too many peers",
    "low-score": "the score was below 0",
    "backoff": "the peer asked to be grafted within its back-off",
    "full": "the mesh was full",
    "direct": "direct peers are in no mesh",
    "left": "the topic was left",
    "asked": "the other side has pruned",
}
"""The codes of a router's refusals and prunings, beside those of `drandlab.errors.CODES`."""


class Validation(StrEnum):
    """What a validator says of a message."""

    ACCEPT = "accept"
    """Deliver it, and send it on."""
    IGNORE = "ignore"
    """Drop it; the peer that sent it is not to blame."""
    REJECT = "reject"
    """Drop it; the peer that sent it should have known."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a validator says of a message, with the reason: a code and its sentence."""

    verdict: Validation
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class SendRpc:
    """Send the frame to each of these peers."""

    to: tuple[str, ...]
    rpc: Rpc


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a new message to the subscriber; ``peer`` has brought it. What was published here is not delivered here."""

    topic: str
    message: GossipMessage
    peer: str
    message_id: bytes


@dataclass(frozen=True, slots=True)
class SetHeartbeat:
    """Call ``heartbeat`` at this time; there is one such timer."""

    at: Seconds


@dataclass(frozen=True, slots=True)
class Connect:
    """Dial this peer; ``record`` is its signed address record, empty if none was told."""

    peer: str
    record: bytes = b""


RouterEffect: TypeAlias = SendRpc | Deliver | SetHeartbeat | Connect | Report
