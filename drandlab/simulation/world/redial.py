r"""PeerConnections that are dialled again: what production's gRPC does when a node comes into sight.

A node keeps one connection to each peer. When sight is lost the connection breaks, and the node dials at once, after
1 s, and then after waits that grow by 1.6 each time, up to 120 s; each wait but the first is spread by 20 % either
way. So after $k$ dials in vain the next wait is $\min(1.6^k, 120)\,(1 \pm 0.2)$ s, and a satellite that was out of
sight for an hour meets most of its peers up to two minutes after its rise. A direction carries messages from the first
dial that falls into a pass, until sight is lost again.

Modelled are the moments of the dials, for each direction by itself, from a source of chance of its own. Left out: the
time that a dial takes (the handshakes, and up to 20 s where nothing answers), that a broken connection is noticed late,
and that answers travel on the connection of the call. Source: gRPC's connection backoff document.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator

from drandlab.simulation.chance import rng_for
from drandlab.simulation.orbit_entries import LinkDialled
from drandlab.simulation.world.agenda import Scheduled
from drandlab.simulation.world.links import MICRO
from drandlab.simulation.world.world import Receiver, World
from drandlab.typing import Seconds

__all__ = ["Redial", "dials"]

FIRST_WAIT: Seconds = 1.0
GROWTH = 1.6
LONGEST_WAIT: Seconds = 120.0
JITTER = 0.2
"""gRPC's own numbers: production sets none."""


def dials(start: int, rng: random.Random) -> Iterator[int]:
    """Yield the times of the dials after a connection was lost at ``start``, in microseconds.

    >>> made = dials(0, random.Random(1))
    >>> [round(next(made) / 1e6, 1) for _ in range(5)]
    [0.0, 1.0, 2.4, 5.3, 9.8]
    """
    at, wait = start, FIRST_WAIT
    yield at
    at += round(MICRO * wait)
    while True:
        yield at
        wait = min(LONGEST_WAIT, wait * GROWTH)
        at += round(MICRO * wait * (1 + JITTER * (2 * rng.random() - 1)))


class _Series:
    """The dials of one direction since its connection was lost."""

    def __init__(self, start: int, rng: random.Random) -> None:
        self._dials = dials(start, rng)
        self._next = next(self._dials)
        self.planned: Scheduled | None = None

    def first(self, now: int) -> int:
        """Return the time of the first dial from ``now`` on."""
        while self._next < now:
            self._next = next(self._dials)
        return self._next


class Redial:
    """Dials the connections of the satellites ``names`` again; it is told when any host comes in sight or goes."""

    def __init__(self, world: World, names: Collection[int]) -> None:
        self._world, self._names = world, names
        self._chance: dict[tuple[int, int], random.Random] = {}
        self._series: dict[tuple[int, int], _Series] = {}

    def _pairs(self, host: Receiver) -> Iterator[tuple[int, int]]:
        """The directions from and to a host in which connections are dialled again."""
        for other in list(self._world.hosts.values()):
            if other.name != host.name and (host.name in self._names or other.name in self._names):
                yield from ((host.name, other.name), (other.name, host.name))

    def joined(self, host: Receiver) -> None:
        """A host has joined: its connections to satellites that are out of sight have yet to be dialled."""
        self._lose(pair for pair in self._pairs(host) if not all(map(self._world.in_sight, pair)))

    def changed(self, host: Receiver) -> None:
        """A host has come in sight, or is out of sight."""
        if not self._world.in_sight(host.name):
            self._lose(self._pairs(host))
            return
        for pair in self._pairs(host):
            series = self._series.get(pair)
            if series is not None and all(map(self._world.in_sight, pair)):
                self._plan(pair, series)

    def _lose(self, pairs: Iterator[tuple[int, int]]) -> None:
        lost = []
        for pair in pairs:
            if (series := self._series.get(pair)) is None:  # it was connected: its dials begin now
                chance = self._chance.setdefault(pair, rng_for(self._world.seed, "dial", *pair))
                self._series[pair] = _Series(self._world.micros, chance)
                lost.append(pair)
            elif series.planned is not None:
                series.planned.cancel()
                series.planned = None
        self._world.hang_up(lost)

    def _plan(self, pair: tuple[int, int], series: _Series) -> None:
        if series.planned is None:
            at = series.first(self._world.micros)
            series.planned = self._world.at(at, lambda: self._connect(pair))

    def _connect(self, pair: tuple[int, int]) -> None:
        del self._series[pair]
        self._world.connect(pair)
        self._world.log(pair[0], LinkDialled(to=pair[1]))
