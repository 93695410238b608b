"""The meshes of a gossip network over time, from its journal alone: who is in whose mesh, and whom a peer has drawn.

>>> from drandlab.simulation.pubsub.gossip_network import GossipNetwork
>>> meshes = meshes_of(GossipNetwork(20, rounds=1, seed=1).run().journal)
>>> all(4 <= len(mesh) <= 12 for name, mesh in meshes.of.items() if meshes.roles[name] == "subscriber")
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drandlab.gossip.router_reports import MeshGrafted, MeshPruned
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.pubsub.gossip_entries import (
    GossipMade,
    PeerLeft,
    PeerMade,
    PeersConnected,
    PeersDisconnected,
    TopicSubscribed,
)
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.typing import Seconds

__all__ = ["Meshes", "meshes_of"]


class Meshes(JournalReader):
    """The meshes of drand's topic: ``of`` each peer, as they are after the last entry that was taken.

    ``drawn`` is whom each peer has grafted at the moment at which it joined the topic, ``known`` whom it could have
    drawn: those it was connected with who had joined before.
    """

    def __init__(self) -> None:
        self.topic = ""
        self.roles: dict[int, str] = {}
        self.of: dict[int, dict[int, None]] = {}
        self.connected: dict[int, dict[int, None]] = {}
        self.joined: dict[int, Seconds] = {}
        self.drawn: dict[int, list[int]] = {}
        self.known: dict[int, list[int]] = {}
        self._names: dict[str, int] = {}

    def role(self, name: int) -> str:
        """Return what a peer is."""
        return self.roles.get(name, "")

    def is_honest(self, name: int) -> bool:
        """Return whether a peer does not belong to the attacker."""
        return self.role(name) != "sybil"

    @property
    def links(self) -> set[tuple[int, int]]:
        """The pairs of peers of which each has the other in its mesh, the smaller name first."""
        return {(a, b) for a, mesh in self.of.items() for b in mesh if a < b and a in self.of.get(b, {})}

    @on(GossipMade)
    def _made(self, entry: Entry, what: GossipMade) -> None:
        self.topic = what.topic

    @on(PeerMade)
    def _peer(self, entry: Entry, what: PeerMade) -> None:
        assert entry.node is not None
        self.roles[entry.node], self._names[what.id] = what.role, entry.node
        self.of[entry.node], self.connected[entry.node] = {}, {}

    @on(PeersConnected)
    def _connected(self, entry: Entry, what: PeersConnected) -> None:
        assert entry.node is not None
        self.connected[entry.node][what.to] = self.connected[what.to][entry.node] = None

    @on(PeersDisconnected)
    def _disconnected(self, entry: Entry, what: PeersDisconnected) -> None:
        assert entry.node is not None
        for one, other in ((entry.node, what.to), (what.to, entry.node)):
            self.connected[one].pop(other, None)
            self.of[one].pop(other, None)

    @on(PeerLeft)
    def _left(self, entry: Entry, what: PeerLeft) -> None:
        assert entry.node is not None
        self.of[entry.node].clear()

    @on(TopicSubscribed)
    def _subscribed(self, entry: Entry, what: TopicSubscribed) -> None:
        assert entry.node is not None
        if what.topic == self.topic:
            self.joined[entry.node] = entry.time
            self.drawn[entry.node] = []
            self.known[entry.node] = [o for o in self.connected[entry.node] if o in self.joined and o != entry.node]

    @on(MeshGrafted)
    def _grafted(self, entry: Entry, what: MeshGrafted) -> None:
        assert entry.node is not None
        if what.topic == self.topic:
            other = self._names[what.peer]
            self.of[entry.node][other] = None
            if what.asked and entry.time == self.joined.get(entry.node):
                self.drawn[entry.node].append(other)

    @on(MeshPruned)
    def _pruned(self, entry: Entry, what: MeshPruned) -> None:
        assert entry.node is not None
        if what.topic == self.topic:
            self.of[entry.node].pop(self._names[what.peer], None)


def meshes_of(
    journal: Journal | Iterable[Entry],
    times: Iterable[Seconds] = (),
    look: Callable[[Seconds, Meshes], None] = lambda time, meshes: None,
) -> Meshes:
    """Return the meshes at the end of a journal; ``look`` sees them at each of the ``times``, which ascend."""
    meshes, left = Meshes(), list(times)
    for entry in journal:
        while left and entry.time >= left[0]:
            look(left.pop(0), meshes)
        meshes.take(entry)
    for time in left:
        look(time, meshes)
    return meshes
