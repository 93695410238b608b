"""The simulated world: virtual time, and links that carry envelopes between hosts.

Time is whole microseconds since the UNIX epoch on a simpy clock: what is to happen at the same moment happens in the
order in which it was arranged. Each direction of each link has a source of chance of its own, so that what happens on
one never moves another.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import simpy

from drandlab.errors import LocalError, WrongType
from drandlab.node.messages import Envelope
from drandlab.simulation.chance import rng_for
from drandlab.simulation.journal import Journal
from drandlab.simulation.world.links import MICRO, Link
from drandlab.typing import Seconds, checked_int, checked_real

__all__ = ["Receiver", "World", "checked_names"]

HEADER = 64
"""Bytes that a message takes beside its own."""


LAST_START: Seconds = 1 << 40
"""The latest moment at which a world can begin: 34,000 years on, its microseconds still fit 64 bits."""


def checked_names(key: str, names: object) -> list[int]:
    """Return names of nodes as a list of whole numbers, none of them twice; ``key`` is the argument's name."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise WrongType(f"{key}: expected a list of nodes, got {type(names).__name__}")
    found = [checked_int(name, key) for name in names]
    for name, times in Counter(found).items():
        if times > 1:
            raise LocalError(f"{key}: node {name} comes twice")
    return found


class Receiver(Protocol):
    """A host as the world sees it."""

    name: int
    address: str

    def arrive(self, sender: str, envelope: Envelope) -> None:
        """Take what a link has carried here."""
        ...


class Delivery(simpy.Event):
    """An envelope on its way: simpy's time-out without what this house has no use for, as there are very many."""

    __slots__ = ("_envelope", "_receiver", "_sender")

    def __init__(self, env: simpy.Environment, delay: int, sender: str, receiver: Receiver, envelope: Envelope) -> None:
        self.env, self._value, self._ok = env, None, True
        self._sender, self._receiver, self._envelope = sender, receiver, envelope
        self.callbacks = [self._arrive]
        env.schedule(self, delay=delay)

    def _arrive(self, event: simpy.Event) -> None:
        self._receiver.arrive(self._sender, self._envelope)


class Again(NamedTuple):
    """An envelope that a sender transmits again, for the last time at ``leaves``; it arrives at ``due``."""

    leaves: int
    due: int
    kind: str
    delivery: Delivery


class Route:
    """One direction between two hosts, as it is used: its link, its chance, and how its delays are drawn."""

    __slots__ = ("again", "busy_until", "chance", "cut", "draw", "in_order", "link", "plain", "receiver")

    def __init__(self, receiver: Receiver, link: Link, chance: random.Random) -> None:
        self.receiver, self.chance = receiver, chance
        self.busy_until = self.in_order = 0
        self.cut = False
        self.again: list[Again] = []
        self.take(link)

    def take(self, link: Link) -> None:
        """Have other properties from now on; the source of chance stays."""
        if not isinstance(link, Link):
            raise WrongType(f"link: expected a Link, got {type(link).__name__}")
        self.link, self.draw, self.plain = link, link.latency.sampler(self.chance), link.is_plain

    def delays(self, now: int, size: int, stream: bool) -> tuple[tuple[int, ...], int, int]:
        """Return after how many microseconds what is sent ``now`` arrives, and two parts of that.

        The first is how late it leaves for the last time, the second how long it waits, for that and for what it must
        not overtake.
        """
        delays, late = self.link.delays(self.draw, self.chance, stream=stream)
        if self.link.bandwidth:
            self.busy_until = max(now, self.busy_until) + self.link.transmission(size)
            delays = tuple(delay + self.busy_until - now for delay in delays)
        waited = late
        if stream and delays:
            self.in_order = max(now + delays[0], self.in_order + 1)
            if self.link.loss:  # else what is waited for was hardly slower
                waited += self.in_order - now - delays[0]
            delays = (self.in_order - now,)
        return delays, late, waited


class World:
    """Time and links. ``detail`` is ``full`` (every message in the journal) or ``summary``."""

    def __init__(self, seed: int | str, journal: Journal, *, start: Seconds, link: Link, detail: str) -> None:
        self.seed, self.journal, self.detail = seed, journal, detail
        self.env = simpy.Environment(
            initial_time=round(checked_real(start, "start", 0, LAST_START, what="UNIX seconds") * MICRO)
        )
        self.default = link
        self.hosts: dict[str, Receiver] = {}
        self._links: dict[tuple[int, int], Link] = {}
        self._routes: dict[tuple[str, str], Route] = {}
        self._cut: set[tuple[int, int]] = set()

    @property
    def micros(self) -> int:
        """The time in microseconds."""
        return int(self.env.now)

    @property
    def now(self) -> Seconds:
        """The time in UNIX seconds."""
        return int(self.env.now) / MICRO

    def at(self, micros: int, act: Callable[[], None]) -> simpy.Timeout:
        """Arrange for ``act`` at a time; at once where that is past."""
        timeout = self.env.timeout(max(0, micros - int(self.env.now)))
        timeout.callbacks.append(lambda _: act())
        return timeout

    def run_until(self, micros: int) -> None:
        """Let everything happen that is arranged before ``micros``."""
        if micros > int(self.env.now):
            self.env.run(until=micros)

    def due(self) -> Seconds:
        """Return when something is due next, in UNIX seconds; infinity if nothing is arranged."""
        while self.env.peek() <= self.env.now and not self.env._queue[0][3].callbacks:
            self.env.step()  # what simpy leaves behind where a run ends
        return self.env.peek() / MICRO

    def log(self, node: int | None, kind: str, **details: Any) -> None:
        """Write an event into the journal."""
        self.journal.write(self.now, node, kind, **details)

    # -- links --------------------------------------------------------------------------------------------------------

    def link(self, sender: int, receiver: int) -> Link:
        """Return one direction of a link."""
        return self._links.get((sender, receiver), self.default)

    def set_link(self, sender: int, receiver: int, link: Link) -> None:
        """Give one direction of a link other properties."""
        self._links[sender, receiver] = link
        for (origin, _), route in self._routes.items():
            if (self.hosts[origin].name, route.receiver.name) == (sender, receiver):
                route.take(link)

    def cut(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Let nothing more leave on these directions; what has left for the last time arrives."""
        self._cut.update(pairs)
        self._mark_cuts()
        self._break(lambda route, _: route.cut)

    def fall_silent(self, sender: Receiver) -> None:
        """Let nothing more leave a host that has crashed."""
        self._break(lambda _, origin: origin == sender.address)

    def _break(self, broken: Callable[[Route, str], bool]) -> None:
        """Lose what was to be transmitted again on the routes that are ``broken``, and tell the journal."""
        now = int(self.env.now)
        for (origin, _), route in self._routes.items():
            if not route.again or not broken(route, origin):
                continue
            for one in route.again:
                if one.leaves > now and one.delivery.callbacks:
                    one.delivery.callbacks.clear()
                    if self.detail == "full":
                        about = {"message": one.kind, "to": route.receiver.name, "due": one.due / MICRO}
                        self.log(self.hosts[origin].name, "broken", **about)
            route.again = []

    def mend(self, pairs: Iterable[tuple[int, int]] | None = None) -> None:
        """Restore these directions, or all."""
        self._cut -= self._cut.copy() if pairs is None else set(pairs)
        self._mark_cuts()

    def _mark_cuts(self) -> None:
        for (sender, _), route in self._routes.items():
            route.cut = (self.hosts[sender].name, route.receiver.name) in self._cut

    def is_cut(self, sender: int, receiver: int) -> bool:
        """Return whether nothing leaves in this direction."""
        return (sender, receiver) in self._cut

    def send(self, sender: Receiver, to: Iterable[str], envelope: Envelope, **about: Any) -> None:
        """Put an envelope on the links to ``to``; ``about`` goes into the journal beside it."""
        stream = envelope.ordered
        size = HEADER + len(envelope.data)
        fates: dict[str, Sequence[int]] = {}
        again: dict[str, int] = {}
        env, origin, routes = self.env, sender.address, self._routes
        for address in to:
            route = routes.get((origin, address)) or self._route(sender, address)
            if route is None:
                continue
            arrivals: tuple[int, ...]
            late = waited = 0
            if route.cut:
                arrivals = ()
            elif route.plain and not stream:
                arrivals = (route.draw(),)
            else:
                arrivals, late, waited = route.delays(int(env.now), size, stream)
            for delay in arrivals:
                delivery = Delivery(env, delay, origin, route.receiver, envelope)
                if late:
                    now = int(env.now)
                    route.again = [one for one in route.again if one.leaves > now]
                    route.again.append(Again(now + late, now + delay, envelope.kind, delivery))
            fates[str(route.receiver.name)] = arrivals
            if waited:
                again[str(route.receiver.name)] = waited
        if self.detail == "full" and fates:
            if again:
                about = about | {"late": again}
            self.log(sender.name, "sent", message=envelope.kind, to=fates, size=size, **about)

    def _route(self, sender: Receiver, address: str) -> Route | None:
        receiver = self.hosts.get(address)
        if receiver is None:
            return None
        pair = sender.name, receiver.name
        route = Route(receiver, self.link(*pair), rng_for(self.seed, "link", *pair))
        route.cut = pair in self._cut
        self._routes[sender.address, address] = route
        return route
