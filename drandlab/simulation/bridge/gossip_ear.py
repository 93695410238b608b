"""The ear of a collator: its peer of the gossip network, which begins, dials and subscribes when the collator does."""

from __future__ import annotations

from collections.abc import Callable

from drandlab.beacon.beacon import Beacon
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.world.links import MICRO

__all__ = ["GossipEar"]


class GossipEar:
    """The peer ``name`` of a gossip network, as a collator's driver uses it.

    ``connected`` is called when a gossip relay has answered a dial, ``heard`` with each pulse that the peer takes.
    """

    def __init__(
        self, gossip: GossipNetwork, name: int, connected: Callable[[], None], heard: Callable[[Beacon], None]
    ) -> None:
        self.gossip, self.host = gossip, gossip.host(name)
        self._connected = connected
        self._relays = {host.address for host in gossip.hosts[: gossip.relays]}
        self._waits = False
        self.host.driver.on_connected = self._met
        gossip.clients[name].on_taken = heard

    def dial(self) -> None:
        """Close all connections, then dial every gossip relay, and others as a subscriber does."""
        self._waits = True
        self.gossip.begin(self.host.name)
        self.gossip.connections.close(self.host.address)
        for relay in sorted(self._relays):
            self.gossip.connections.dial(self.host.address, relay)
        self.gossip.dial_more(self.host.name)

    def _met(self, peer: str) -> None:
        if self._waits and peer in self._relays:
            self._waits = False
            self._connected()

    def subscribe(self) -> None:
        """Join the topic of the pulses."""
        self.host.driver.join(self.gossip.topic)

    def ping(self, answered: Callable[[], None]) -> None:
        """Answer after two ways, if there is a connection; whoever eclipses the peer answers pings, too."""
        if self.host.up and self.gossip.connections.of(self.host.address):
            world = self.gossip.world
            way = self.gossip.link.latency.mean
            world.at(world.micros + round(2 * MICRO * way), answered)

    def crash(self) -> None:
        """Stop with the collator."""
        self._waits = False
        self.host.crash()

    def restart(self) -> None:
        """Run again; the collator says when to dial."""
        self.host.driver.topics.clear()
        self.host.restart()

    @property
    def eclipsed(self) -> bool:
        """Whether no honest peer connects with this one."""
        return self.host.name in self.gossip.eclipsed

    def eclipse(self) -> None:
        """Let no honest peer be connected with this one from now on."""
        self.gossip.eclipsed.add(self.host.name)
        self.gossip.connections.close(self.host.address)

    def end_eclipse(self) -> None:
        """Let honest peers connect with this one again, once it dials."""
        self.gossip.eclipsed.discard(self.host.name)
