"""The peers of a router: how each is connected, and which topics it has joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["ConnectedPeer", "PeerProtocol", "PeerTable"]


class PeerProtocol(StrEnum):
    """The protocol that was agreed on with a peer."""

    GOSSIPSUB_11 = "/meshsub/1.1.0"
    """Gossipsub with back-offs and peer exchange in PRUNE."""
    GOSSIPSUB_10 = "/meshsub/1.0.0"
    """Gossipsub."""
    FLOODSUB = "/floodsub/1.0.0"
    """Floodsub: every message to everybody, no control messages."""


@dataclass(slots=True)
class ConnectedPeer:
    """One peer; the counts are those since the last heartbeat."""

    name: str
    protocol: PeerProtocol
    outbound: bool
    topics: set[str] = field(default_factory=set)
    ihave_frames: int = 0
    """How many times it has told of messages."""
    asked_ids: int = 0
    """For how many messages it was asked."""

    @property
    def has_mesh(self) -> bool:
        """Whether it speaks gossipsub."""
        return self.protocol is not PeerProtocol.FLOODSUB


class PeerTable:
    """The connected peers by name, and who is ``direct``: explicit peers, which stand outside of the mesh."""

    def __init__(self, direct: Iterable[str]) -> None:
        self.direct = frozenset(direct)
        self._peers: dict[str, ConnectedPeer] = {}
        self._of_topic: dict[str, dict[str, ConnectedPeer]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._peers

    def __iter__(self) -> Iterator[ConnectedPeer]:
        return iter(self._peers.values())

    def __len__(self) -> int:
        return len(self._peers)

    def get(self, name: str) -> ConnectedPeer | None:
        """Return the peer of this name, None if it is not connected."""
        return self._peers.get(name)

    def add(self, peer: ConnectedPeer) -> None:
        """A peer has connected."""
        self._peers[peer.name] = peer

    def remove(self, name: str) -> ConnectedPeer | None:
        """A peer is gone; return what was known of it."""
        peer = self._peers.pop(name, None)
        for topic in sorted(peer.topics) if peer is not None else ():
            self._forget(topic, name)
        return peer

    def subscribe(self, peer: ConnectedPeer, topic: str) -> None:
        """A peer has joined a topic."""
        peer.topics.add(topic)
        self._of_topic.setdefault(topic, {})[peer.name] = peer

    def unsubscribe(self, peer: ConnectedPeer, topic: str) -> None:
        """A peer has left a topic."""
        if topic in peer.topics:
            peer.topics.discard(topic)
            self._forget(topic, peer.name)

    def _forget(self, topic: str, name: str) -> None:
        members = self._of_topic[topic]
        del members[name]
        if not members:
            del self._of_topic[topic]

    def of_topic(self, topic: str) -> list[ConnectedPeer]:
        """Return the peers that have joined a topic, in the order in which they did."""
        return list(self._of_topic.get(topic, {}).values())

    def meshable(self, topic: str) -> list[ConnectedPeer]:
        """Return the peers of a topic that may be in a mesh: they speak gossipsub and are not direct."""
        return [peer for peer in self.of_topic(topic) if peer.has_mesh and peer.name not in self.direct]
