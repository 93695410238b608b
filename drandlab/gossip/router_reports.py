"""What a gossip router reports of itself: one record a kind, which a journal keeps."""

from __future__ import annotations

from drandlab.records import Record

__all__ = ["ROUTER_REPORTS", "GossipRefused", "MeshGrafted", "MeshPruned", "MessagePublished"]


class MessagePublished(Record, kind="published"):
    """The peer has published a message and sent it to so many ``peers``; with none of them it reaches nobody yet."""

    topic: str
    message_id: bytes
    peers: int


class MeshGrafted(Record, kind="grafted"):
    """A ``peer`` has come into the mesh of a topic, at its own wish or, if ``asked``, at ours."""

    topic: str
    peer: str
    asked: bool


class MeshPruned(Record, kind="pruned"):
    """A ``peer`` has left the mesh of a topic, or a graft was turned down; ``code`` is the reason."""

    topic: str
    peer: str
    code: str


class GossipRefused(Record, kind="gossip refused"):
    """A frame, or one message of it, was refused; ``code`` is the reason, ``why`` the sentence."""

    peer: str
    code: str
    why: str
    topic: str = ""


ROUTER_REPORTS: tuple[type[Record], ...] = (MessagePublished, MeshGrafted, MeshPruned, GossipRefused)
"""Every kind of a router's reports."""
