"""PeerConnections between gossip peers: who has dialled whom, and when the other end notices that one is closed.

A connection takes three round trips before it carries frames: TCP's, and those of the handshakes above it. Both ends
have it from the same moment on. When a peer stops, its connections are closed at once, and each other end notices a
one-way delay later. Left out: dials that fail, keep-alives, and how many connections a peer keeps at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from drandlab.simulation.hosts.host import Host
from drandlab.simulation.pubsub.gossip_entries import PeersConnected, PeersDisconnected
from drandlab.simulation.world.world import World

__all__ = ["Dialled", "PeerConnections"]

TRIPS = 6
"""One-way delays that a connection takes to be set up."""

PROTOCOL = "/meshsub/1.1.0"


class Dialled(Protocol):
    """What is told of the connections of a host."""

    host: Host  # type: ignore[type-arg]  # any driver, any disk

    def connected(self, peer: str, *, outbound: bool) -> None:
        """A connection to the address ``peer`` is there; ``outbound`` says that this host has dialled it."""
        ...

    def disconnected(self, peer: str) -> None:
        """The connection to this address is closed."""
        ...


class PeerConnections:
    """All connections of a gossip network; ``delay`` is the usual one-way delay of its links, in microseconds.

    ``apart`` says of two names that they never connect, such as two peers of one attacker, who has other ways.
    """

    def __init__(self, world: World, delay: int, apart: Callable[[int, int], bool] = lambda one, other: False) -> None:
        self._world, self._delay, self._apart = world, max(1, delay), apart
        self._ends: dict[str, Dialled] = {}
        self._of: dict[str, dict[str, None]] = {}
        self._dialling: set[tuple[str, str]] = set()
        self._begun: Counter[str] = Counter()

    def enlist(self, end: Dialled) -> None:
        """A peer can be dialled from now on."""
        self._ends[end.host.address] = end
        self._of.setdefault(end.host.address, {})

    def of(self, address: str) -> tuple[str, ...]:
        """Return the addresses that a peer is connected with, in the order in which they connected."""
        return tuple(self._of[address])

    def count(self, address: str) -> int:
        """Return how many connections a peer has, those that it is dialling included."""
        return len(self._of[address]) + self._begun[address]

    def joined(self, one: str, other: str) -> bool:
        """Return whether two peers are connected."""
        return other in self._of[one]

    def dial(self, one: str, other: str) -> bool:
        """Let a peer dial another; return whether it does: not itself, not twice, nobody who is down or apart."""
        if other not in self._ends or one == other or self.joined(one, other):
            return False
        pair, ends = (one, other), (self._ends[one].host, self._ends[other].host)
        if {pair, (other, one)} & self._dialling or not (ends[0].up and ends[1].up):
            return False
        if self._apart(ends[0].name, ends[1].name):
            return False
        self._dialling.add(pair)
        self._begun[one] += 1
        self._world.at(self._world.micros + TRIPS * self._delay, lambda: self._meet(one, other))
        return True

    def _meet(self, one: str, other: str) -> None:
        self._dialling.discard((one, other))
        self._begun[one] -= 1
        dialler, dialled = self._ends[one], self._ends[other]
        if not (dialler.host.up and dialled.host.up) or self.joined(one, other):
            return
        self._of[one][other] = self._of[other][one] = None
        self._world.log(dialler.host.name, PeersConnected(to=dialled.host.name, protocol=PROTOCOL))
        dialler.connected(other, outbound=True)
        dialled.connected(one, outbound=False)

    def close(self, one: str, others: Iterable[str] | None = None) -> None:
        """Close the connections of a peer, to these others or to all; the other ends notice a little later."""
        for other in [*self._of[one]] if others is None else [o for o in others if self.joined(one, o)]:
            del self._of[one][other], self._of[other][one]
            end = self._ends[other]
            self._world.log(self._ends[one].host.name, PeersDisconnected(to=end.host.name))
            if self._ends[one].host.up:
                self._ends[one].disconnected(other)
            self._world.at(self._world.micros + self._delay, lambda end=end: self._notice(end, one))  # type: ignore[misc]

    def _notice(self, end: Dialled, gone: str) -> None:
        if end.host.up and not self.joined(end.host.address, gone):
            end.disconnected(gone)
