"""The simulated world: virtual time, and links that carry messages between hosts.

The world knows no protocol. It moves whatever has a kind, bytes, and says whether it travels in order (`Parcel`), to
whatever has a name and an address (`Receiver`). Time is whole microseconds since the UNIX epoch (`Agenda`). Each
direction of each link has a source of chance of its own, so that what happens on one never moves another.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeAlias

from drandlab.errors import LocalError, WrongType
from drandlab.records import Json, Record
from drandlab.simulation.chance import rng_for
from drandlab.simulation.entries import MessageLost, MessageSent
from drandlab.simulation.journal import Journal
from drandlab.simulation.world.agenda import Agenda, Scheduled
from drandlab.simulation.world.air import Air
from drandlab.simulation.world.links import MICRO, Link
from drandlab.typing import Seconds, checked_int, checked_real

__all__ = ["Parcel", "Receiver", "World", "checked_names"]

HEADER = 64
"""Bytes that a message takes beside its own."""

LAST_START: Seconds = 1 << 40
"""The latest moment at which a world can begin: 34,000 years on, its microseconds still fit 64 bits."""


def checked_names(key: str, names: object) -> list[int]:
    """Return names of nodes as a list of whole numbers, none of them twice; ``key`` is the argument's name."""
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise WrongType(f"expected a list of nodes, got {type(names).__name__}", argument=key)
    found = [checked_int(name, key) for name in names]
    for name, times in Counter(found).items():
        if times > 1:
            raise LocalError(f"node {name} comes twice", argument=key)
    return found


class Parcel(Protocol):
    """A message as the world sees it: what a link carries."""

    @property
    def kind(self) -> str:
        """What it is, in a word, for the journal."""
        ...

    @property
    def data(self) -> bytes:
        """Its bytes: their number is what bandwidth is about."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether it is an item of a stream: these neither overtake each other nor get lost, and are late instead."""
        ...


class Receiver(Protocol):
    """A host as the world sees it."""

    name: int
    address: str

    def arrive(self, sender: str, message: Any) -> None:
        """Take what a link has carried here from the address ``sender``."""
        ...


Tap: TypeAlias = Callable[[Receiver, Any], None]
"""Whoever is told of what arrives: called with the receiver and the message."""


class Tapped:
    """A receiver, with somebody who is told of each message just before it takes it."""

    def __init__(self, receiver: Receiver, told: Tap) -> None:
        self.name, self.address = receiver.name, receiver.address
        self._receiver, self._told = receiver, told

    def arrive(self, sender: str, message: Any) -> None:
        """Tell, and hand the message on."""
        self._told(self._receiver, message)
        self._receiver.arrive(sender, message)


class Again(NamedTuple):
    """A message that its sender transmits again, for the last time at ``leaves``; it arrives at ``due``."""

    leaves: int
    due: int
    kind: str
    delivery: Scheduled


class Route:
    """One direction between two hosts, as it is used: its link, its chance, and how its delays are drawn."""

    __slots__ = ("again", "airs", "busy_until", "chance", "cut", "draw", "in_order", "link", "plain", "receiver")

    def __init__(
        self, receiver: Receiver, link: Link, chance: Callable[[], random.Random], airs: tuple[Air, ...] = ()
    ) -> None:
        self.receiver, self.airs = receiver, airs
        self.chance = cache(chance)  # made at first use: a link that always takes the same time draws nothing
        self.busy_until = self.in_order = 0
        self.cut = False
        self.again: list[Again] = []
        self.take(link)

    def take(self, link: Link) -> None:
        """Have other properties from now on; the source of chance stays."""
        if not isinstance(link, Link):
            raise WrongType(f"expected a Link, got {type(link).__name__}", argument="link")
        self.link, self.plain = link, link.is_plain and not self.airs
        delay = link.latency.constant
        self.draw = link.latency.sampler(self.chance()) if delay is None else lambda: delay

    def delays(self, now: int, size: int, ordered: bool) -> tuple[tuple[int, ...], int, int]:
        """Return after how many microseconds what is sent ``now`` arrives, and two parts of that.

        The first is how late it leaves for the last time, the second how long it waits, for that and for what it must
        not overtake.
        """
        delays, late = self.link.delays(self.draw, self.chance(), stream=ordered)
        if self.link.bandwidth:
            self.busy_until = max(now, self.busy_until) + self.link.transmission(size)
            delays = tuple(delay + self.busy_until - now for delay in delays)
        for air in self.airs if delays else ():
            queued = air.queue(now + late, size)
            late += queued
            delays = tuple(delay + queued + air.light for delay in delays)
        waited = late
        if ordered and delays:
            self.in_order = max(now + delays[0], self.in_order + 1)
            if self.link.loss or self.airs:  # else what is waited for was hardly slower
                waited += self.in_order - now - delays[0]
            delays = (self.in_order - now,)
        return delays, late, waited


class World:
    """Time and links. ``detail`` is ``full`` (every message in the journal) or ``summary``."""

    def __init__(self, seed: int | str, journal: Journal, *, start: Seconds, link: Link, detail: str) -> None:
        self.seed, self.journal, self.detail = seed, journal, detail
        self.agenda = Agenda(round(checked_real(start, "start", 0, LAST_START, what="UNIX seconds") * MICRO))
        self.default = link
        self.hosts: dict[str, Receiver] = {}
        self._links: dict[tuple[int, int], Link] = {}
        self._routes: dict[str, dict[str, Route]] = {}
        self._cut: set[tuple[int, int]] = set()
        self._out_of_sight: set[int] = set()
        self._undialled: set[tuple[int, int]] = set()
        self._taps: dict[str, Tap] = {}
        self._host_links: dict[int, Link] = {}
        self._airs: dict[int, tuple[Air, Air]] = {}

    @property
    def micros(self) -> int:
        """The time in microseconds."""
        return self.agenda.now

    @property
    def now(self) -> Seconds:
        """The time in UNIX seconds."""
        return self.agenda.now / MICRO

    def at(self, micros: int, act: Callable[[], None]) -> Scheduled:
        """Schedule ``act`` at a time; at once where that is past."""
        return self.agenda.at(micros, act)

    def run_until(self, micros: int) -> None:
        """Let everything happen that is scheduled before ``micros``."""
        self.agenda.run_until(micros)

    def run_out(self) -> None:
        """Let everything happen that is scheduled, until nothing is."""
        while (due := self.agenda.due()) is not None:
            self.agenda.run_until(due + 1)

    def due(self) -> Seconds:
        """Return when something is due next, in UNIX seconds; infinity if nothing is scheduled."""
        due = self.agenda.due()
        return float("inf") if due is None else due / MICRO

    def log(self, node: int | None, what: Record | str, /, **details: Any) -> None:
        """Write an event into the journal."""
        self.journal.write(self.now, node, what, **details)

    # -- links --------------------------------------------------------------------------------------------------------

    def link(self, sender: int, receiver: int) -> Link:
        """Return one direction of a link."""
        for found in (self._links.get((sender, receiver)), self._host_links.get(sender)):
            if found is not None:
                return found
        return self._host_links.get(receiver, self.default)

    def set_link(self, sender: int, receiver: int, link: Link) -> None:
        """Give one direction of a link other properties."""
        self._links[sender, receiver] = link
        for _, route in self._routes_between(sender, receiver):
            route.take(link)

    def set_host_link(self, host: Receiver, link: Link) -> None:
        """Give all links of a host these properties, but those that are set by pair; before its first message."""
        self._host_links[host.name] = link

    def set_airs(self, host: Receiver, down: Air, up: Air) -> None:
        """Let what a host sends pass through ``down``, what it gets through ``up``; before its first message."""
        self._airs[host.name] = down, up

    def cut(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Let nothing more leave on these directions; what has left for the last time arrives."""
        self._cut.update(pairs)
        self._mark(self._all_routes())
        self._break(self._all_routes(), closed=True)

    def hide(self, host: Receiver) -> None:
        """Let nothing more leave or reach a host that is out of sight, whatever is mended; what has left arrives."""
        self._out_of_sight.add(host.name)
        self._mark(self._routes_of(host))
        self._break(self._routes_of(host), closed=True)

    def show(self, host: Receiver) -> None:
        """Have a host in sight again; what was cut by hand stays cut."""
        self._out_of_sight.discard(host.name)
        self._mark(self._routes_of(host))

    def hang_up(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Let nothing more leave on these directions until each is connected again; what has left arrives."""
        self._undialled.update(pairs)
        self._mark(self._all_routes())
        self._break(self._all_routes(), closed=True)

    def connect(self, pair: tuple[int, int]) -> None:
        """Have a connection again that was hung up."""
        self._undialled.discard(pair)
        self._mark(self._routes_between(*pair))

    def fall_silent(self, sender: Receiver) -> None:
        """Let nothing more leave a host that has crashed."""
        self._break((sender.address, route) for route in self._routes.get(sender.address, {}).values())

    def _break(self, routes: Iterable[tuple[str, Route]], *, closed: bool = False) -> None:
        """Lose what was to be transmitted again on these routes (only the ``closed`` ones), and tell the journal."""
        now = self.agenda.now
        for origin, route in routes:
            if not route.again or (closed and not route.cut):
                continue
            for one in route.again:
                if one.leaves > now:
                    one.delivery.cancel()
                    if self.detail == "full":
                        lost = MessageLost(message=one.kind, to=route.receiver.name, due=one.due / MICRO)
                        self.log(self.hosts[origin].name, lost)
            route.again = []

    def mend(self, pairs: Iterable[tuple[int, int]] | None = None) -> None:
        """Restore these directions, or all."""
        self._cut -= self._cut.copy() if pairs is None else set(pairs)
        self._mark(self._all_routes())

    def _mark(self, routes: Iterable[tuple[str, Route]]) -> None:
        for origin, route in routes:
            route.cut = self.is_cut(self.hosts[origin].name, route.receiver.name)

    def is_cut(self, sender: int, receiver: int) -> bool:
        """Return whether nothing leaves in this direction: it is cut, hung up, or one end is out of sight."""
        pair, hidden = (sender, receiver), self._out_of_sight
        if pair in self._cut or pair in self._undialled:
            return True
        return bool(hidden) and (sender in hidden or receiver in hidden)

    def in_sight(self, name: int) -> bool:
        """Return whether a host is in sight; one on the ground always is."""
        return name not in self._out_of_sight

    def tap(self, sender: Receiver, told: Tap) -> None:
        """Call ``told`` with the receiver, and the message, just before anything arrives that ``sender`` has sent.

        From the first message on: to be called before any is sent.
        """
        self._taps[sender.address] = told

    def send(
        self, sender: Receiver, to: Iterable[str], message: Parcel, about: Mapping[str, Json] | None = None
    ) -> None:
        """Put a message on the links to the addresses ``to``; ``about`` goes into the journal beside it."""
        ordered = message.ordered
        size = HEADER + len(message.data)
        fates: dict[int, tuple[int, ...]] = {}
        again: dict[int, int] = {}
        origin, now, post = sender.address, self.agenda.now, self.agenda.post
        routes, tells, parcel = self._routes.get(origin, {}), self.detail == "full", (origin, message)
        for address in to:
            route = routes.get(address) or self._route(sender, address)
            if route is None:
                continue
            arrivals: tuple[int, ...] = ()
            if route.cut:
                pass
            elif route.plain and not ordered:
                delay = route.draw()
                post(now + delay, route.receiver.arrive, parcel)
                if not tells:
                    continue
                arrivals = (delay,)
            else:
                arrivals, late, waited = route.delays(now, size, ordered)
                for delay in arrivals:
                    self._post(route, now, late, delay, origin, message)
                if waited:
                    again[route.receiver.name] = waited
            fates[route.receiver.name] = arrivals
        if tells and fates:
            sent = MessageSent(message=message.kind, to=fates, size=size, late=again or None, about=about or None)
            self.log(sender.name, sent)

    def _all_routes(self) -> Iterator[tuple[str, Route]]:
        """Every direction that was used, with the address of its sender."""
        return ((origin, route) for origin, routes in self._routes.items() for route in routes.values())

    def _routes_between(self, sender: int, receiver: int) -> Iterator[tuple[str, Route]]:
        """This direction, if it was used, with the address of its sender."""
        for origin, host in self.hosts.items():
            if host.name == sender:
                routes = self._routes.get(origin, {}).values()
                yield from ((origin, route) for route in routes if route.receiver.name == receiver)

    def _routes_of(self, host: Receiver) -> Iterator[tuple[str, Route]]:
        """Every direction that was used from a host or to it, with the address of its sender."""
        for origin, routes in self._routes.items():
            if origin == host.address:
                yield from ((origin, route) for route in routes.values())
            elif (route := routes.get(host.address)) is not None:
                yield origin, route

    def _post(self, route: Route, now: int, late: int, delay: int, origin: str, message: Parcel) -> None:
        """Schedule one arrival; what leaves ``late``, as it is transmitted again, can still be lost until then."""
        if not late:
            self.agenda.post(now + delay, route.receiver.arrive, (origin, message))
            return
        delivery = Scheduled(route.receiver.arrive, origin, message)
        self.agenda.post(now + delay, delivery)
        route.again = [one for one in route.again if one.leaves > now]
        route.again.append(Again(now + late, now + delay, message.kind, delivery))

    def _route(self, sender: Receiver, address: str) -> Route | None:
        receiver = self.hosts.get(address)
        if receiver is None:
            return None
        pair = sender.name, receiver.name
        if (told := self._taps.get(sender.address)) is not None:
            receiver = Tapped(receiver, told)
        down, up = self._airs.get(sender.name), self._airs.get(receiver.name)
        airs = (*([down[0]] if down else []), *([up[1]] if up else []))
        route = Route(receiver, self.link(*pair), lambda: rng_for(self.seed, "link", *pair), airs)
        route.cut = self.is_cut(*pair)
        self._routes.setdefault(sender.address, {})[address] = route
        return route
