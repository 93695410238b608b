"""The satellites of a network: their flights, and what the journal says of what they sign.

A satellite's host is hidden from all others while no station sees it. What a summary of a run leaves out of other nodes
is told of satellites: when they sign, and when a partial of theirs has come to the ground.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drandlab.beacon.machines.effects import StoreBeacon
from drandlab.errors import DrandlabError, LocalError
from drandlab.node.messages import Envelope, NodePart
from drandlab.node.reports import QUIET, PartialSent
from drandlab.node.split.proxy import check_ahead
from drandlab.records import Record
from drandlab.simulation.hosts.drand import DrandHost
from drandlab.simulation.hosts.split import SplitDriver
from drandlab.simulation.orbit_entries import FirstSigners, PartialOnGround, SatelliteMade
from drandlab.simulation.traffic import MESSAGES
from drandlab.simulation.world.air import Air
from drandlab.simulation.world.passes import Flight, PassListener, Satellite, Sight, checked_satellites
from drandlab.simulation.world.ranges import RangeSteps
from drandlab.simulation.world.redial import Redial
from drandlab.simulation.world.world import Receiver, World
from drandlab.typing import Round

__all__ = ["Fleet", "check_split"]

TOLD = tuple(kind for kind in QUIET if kind is not PartialSent)
"""What a summary leaves out of the reports of a satellite."""


REMEMBERED = 10_000
"""Rounds of which it is remembered that a partial has come; who signs an older one again has it told twice."""


class Fleet:
    """The ``satellites`` by node, and the ``flights`` of those whose hosts have joined the ``world``."""

    def __init__(
        self, world: World, satellites: Iterable[Satellite], *, chained: bool = False, kept: bool = False
    ) -> None:
        self.satellites = checked_satellites(satellites)
        for one in self.satellites.values():
            try:
                check_split(one, chained=chained, kept=kept)
            except LocalError as error:
                raise error.inside("satellite") from None
        self.flights: dict[int, Flight] = {}
        self._world = world
        redialled = [name for name, flies in self.satellites.items() if flies.redial and not flies.is_split]
        self._redial = Redial(world, redialled) if redialled else None

    def __bool__(self) -> bool:
        return bool(self.satellites)

    def split(self, name: int) -> Satellite | None:
        """Return the satellite on which the signer of a node flies, where only that does."""
        flies = self.satellites.get(name)
        return flies if flies is not None and flies.is_split else None

    def flies(self, name: int) -> bool:
        """Return whether a node flies as a whole."""
        return name in self.satellites and not self.satellites[name].is_split

    def quiet(self, name: int) -> tuple[type[Record], ...]:
        """Return the reports of a host that a summary leaves out."""
        return TOLD if name in self.satellites else QUIET

    def launch(self, host: DrandHost) -> None:
        """Let a host that has joined the world fly, if it is a satellite."""
        flies = self.satellites.get(host.name)
        if self._redial is not None and (flies is None or flies.is_split):
            self._redial.joined(host)
        if flies is not None:
            host.log(SatelliteMade(name=flies.name, ahead=flies.ahead, proxy=flies.is_split, redial=flies.redial))
            self.flights[host.name] = Flight(self._world, flies, self._listeners(flies, host))

    def _listeners(self, flies: Satellite, host: DrandHost) -> list[PassListener]:
        """Who is told of the passes of a satellite: what follows the range, before anything can be sent."""
        listeners: list[PassListener] = []
        driver = host.driver
        if isinstance(driver, SplitDriver):
            driver.introduce()
        else:
            self._world.tap(host, _Arrivals(self, host).told)
            if flies.relay is not None:
                self._world.set_host_link(host, flies.relay.link)
        if flies.rate is not None or flies.light:
            airs = Air(), Air()
            if isinstance(driver, SplitDriver):
                driver.thin.set_airs(*airs)
            else:
                self._world.set_airs(host, *airs)
            listeners.append(RangeSteps(self._world, airs, flies.rate, light=flies.light))
        if isinstance(driver, SplitDriver):
            return [*listeners, driver.thin]
        changed = None if self._redial is None else self._redial.changed
        return [*listeners, Sight(self._world, host, changed)]

    def first_stored(self, host: DrandHost, effect: StoreBeacon) -> None:
        """Tell the journal which partials a beacon was made from, as the first node stores it."""
        handler = host.node.handler
        epoch = handler.epoch_of(effect.beacon.round) if handler is not None else None
        if epoch is not None and effect.signers:
            names = tuple(self._world.hosts[epoch.members[index]].name for index in effect.signers)
            host.log(FirstSigners(round=effect.beacon.round, signers=names))


def check_split(one: Satellite, *, chained: bool, kept: bool = False) -> None:
    """Raise `LocalError` for a split node that a network cannot have, ``chained`` or with disks that are ``kept``."""
    check_ahead(one.ahead, chained)
    argument = "proxy" if one.proxy else "ahead"
    if one.is_split and kept:
        raise LocalError("a network whose disks are kept has no node whose signer flies apart", argument=argument)
    if one.is_split and one.node == 0:
        raise LocalError("node 0 leads the set-up and needs its signer at hand", argument=argument)


class _Arrivals:
    """Tells the journal when the partials of a satellite have come to the ground."""

    def __init__(self, fleet: Fleet, host: DrandHost) -> None:
        self._fleet, self._host = fleet, host
        self._rounds: dict[Round, None] = {}
        self._last: object = None

    def told(self, receiver: Receiver, message: Any) -> None:
        """Take note of what arrives; a partial goes to many, and counts when the first node on the ground has it."""
        if message is self._last or not isinstance(message, Envelope):
            return
        kind = MESSAGES.get(message.kind)
        if kind is None or kind.part is not NodePart.PARTIAL or kind.round_of is None:
            return
        if self._fleet.flies(receiver.name) or not (isinstance(receiver, DrandHost) and receiver.up):
            return
        self._last = message
        try:
            round = kind.round_of(message.data)
        except DrandlabError:  # a satellite that misbehaves may send anything
            return
        if round not in self._rounds:
            self._rounds[round] = None
            if len(self._rounds) > REMEMBERED:
                del self._rounds[next(iter(self._rounds))]
            self._host.log(PartialOnGround(round=round, at=receiver.name))
