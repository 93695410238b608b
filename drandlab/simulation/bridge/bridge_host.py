"""A collator on a host of the simulated world: the driver of its machine, its disk, and its ear in the gossip network.

A collator has two hosts: this one, from which blocks and votes go straight to the other collators, and the peer of the
gossip network from which it hears pulses, its *ear*. They crash and restart together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.idn.collator.collator import Collator, KeptChain
from drandlab.idn.collator.collator_effects import (
    BlockKept,
    BlockTaken,
    CollatorEffect,
    DialRelays,
    MessageDeclined,
    Noted,
    PingRelays,
    PulseQueued,
    SubscribePulses,
    TellAll,
    TellOne,
    VoteSent,
    WakeAt,
)
from drandlab.records import Json, Record
from drandlab.simulation.bridge.bridge_entries import CollatorClockSet, CollatorCrashed, CollatorRestarted
from drandlab.simulation.bridge.bridge_messages import BridgeParcel
from drandlab.simulation.bridge.collator_misbehaviour import SwitchedConduct
from drandlab.simulation.entries import HostCrashed
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.world.world import World
from drandlab.typing import Seconds

__all__ = ["BridgeDisk", "CollatorDriver", "CollatorHost", "Ear"]

CLOCK = "collator clock"
"""The name of the timer that wakes the machine."""

QUIET: tuple[type[Record], ...] = (PulseQueued, BlockTaken, VoteSent)
"""What a summary leaves out."""


class Ear(Protocol):
    """The gossip peer of a collator, as its driver uses it."""

    def dial(self) -> None:
        """Close what there is, and dial the gossip relays; the driver's ``connected`` is called when one answers."""
        ...

    def subscribe(self) -> None:
        """Subscribe to the topic of the pulses."""
        ...

    def ping(self, answered: Callable[[], None]) -> None:
        """Ping a gossip relay that it is connected with; ``answered`` is called when the answer comes, if one does."""
        ...

    def crash(self) -> None:
        """Stop with the collator."""
        ...

    def restart(self) -> None:
        """Run again."""
        ...


@dataclass(slots=True)
class BridgeDisk:
    """The disk of a collator: its chain and its votes."""

    kept: KeptChain | None = None
    full: bool = False

    def lose(self) -> None:
        """Lose everything."""
        self.kept = None

    def damage(self, places: Iterable[int]) -> None:
        """Damage nothing: what a collator stores is checked by its hashes when it is read."""


class CollatorDriver(HoldsSecrets):
    """Drives the machine of one collator, which ``make`` makes anew at every start from what the disk holds.

    ``addresses`` are those of all collators by index. ``kept`` is told each block that the collator keeps.
    """

    host: CollatorHost
    machine: Collator

    def __init__(
        self,
        index: int,
        make: Callable[[KeptChain | None, SwitchedConduct], Collator],
        addresses: list[str],
        kept: Callable[[CollatorHost, BlockKept], None],
    ) -> None:
        self.index, self._make, self._addresses, self._kept = index, make, addresses, kept
        self._index_of = {address: place for place, address in enumerate(addresses)}
        self._others = tuple(address for place, address in enumerate(addresses) if place != index)
        self.ear: Ear | None = None
        self.conduct = SwitchedConduct()

    def __repr__(self) -> str:
        return repr(self.machine)

    # -- the driver of a host -----------------------------------------------------------------------------------------

    def boot(self, host: CollatorHost) -> None:
        """Make the machine anew, with what the disk holds."""
        self.host = host
        self.machine = self._make(host.disk.kept, self.conduct)
        self._summary = host.world.detail == "summary"

    def kept(self) -> Record:
        """Return the entry of a restart."""
        tree = self.machine.tree
        return CollatorRestarted(number=tree.best.number, finalised=tree.final.number)

    def resume(self) -> None:
        """Begin: the machine dials the gossip relays first."""
        self.carry_out(self.machine.start(self.host.now))

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Hand the machine a message of another collator."""
        if isinstance(message, BridgeParcel) and sender in self._index_of:
            self.carry_out(self.machine.receive(self._index_of[sender], message.kind, message.data, now))

    def ring(self, timer: Any, now: Seconds) -> None:
        """It is the time that the machine has wished for."""
        self.carry_out(self.machine.tick(now))

    def about(self, message: Any) -> Mapping[str, Json]:
        """Say nothing beside kind and size."""
        return {}

    # -- the gossip network -------------------------------------------------------------------------------------------

    def connected(self) -> None:
        """A gossip relay has answered."""
        if self.host.up:
            self.carry_out(self.machine.connected(self.host.now))

    def disconnected(self) -> None:
        """The last connection to the gossip network is gone."""
        if self.host.up:
            self.carry_out(self.machine.disconnected(self.host.now))

    def heard(self, beacon: Beacon) -> None:
        """The gossip network has delivered a pulse."""
        if self.host.up:
            self.carry_out(self.machine.pulse(beacon, self.host.now))

    # -- what goes out ------------------------------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[CollatorEffect]) -> None:
        """Do what the machine wants, in order."""
        for effect in effects:
            match effect:
                case TellAll(kind, data):
                    self.host.send(self._others, BridgeParcel(kind, data))
                case TellOne(to, kind, data):
                    self.host.send((self._addresses[to],), BridgeParcel(kind, data))
                case WakeAt(at):
                    self.host.set_timer(CLOCK, at)
                case Noted(what):
                    self._note(what)
                case BlockKept():
                    self._kept(self.host, effect)
                case DialRelays() | SubscribePulses() | PingRelays():
                    self._listen(effect)
                case _:
                    assert_never(effect)

    def _listen(self, effect: DialRelays | SubscribePulses | PingRelays) -> None:
        assert self.ear is not None
        match effect:
            case DialRelays():
                self.ear.dial()
            case SubscribePulses():
                self.ear.subscribe()
                self.carry_out(self.machine.subscribed(self.host.now))
            case PingRelays():
                self.ear.ping(self._pong)

    def _pong(self) -> None:
        if self.host.up:
            self.carry_out(self.machine.pong(self.host.now))

    def _note(self, what: Record) -> None:
        # who sends the same twice is refused the second time: that is told in a full journal only
        known = isinstance(what, MessageDeclined) and what.code == "known"
        if not (self._summary and (known or isinstance(what, QUIET))):
            self.host.log(what)


class CollatorHost(Host[CollatorDriver, BridgeDisk]):
    """The host of a collator; the journal speaks of it in kinds of its own."""

    def __init__(self, name: int, address: str, world: World, driver: CollatorDriver) -> None:
        self.misbehaves = False
        super().__init__(name, address, world, BridgeDisk(), driver)

    @property
    def index(self) -> int:
        """The place of the collator in the list of authorities."""
        return self.driver.index

    def crash(self, *, lose_disk: bool = False) -> None:
        """Stop at once, and its gossip peer with it."""
        if self.up:
            self.disk.kept = self.driver.machine.kept()
            super().crash(lose_disk=lose_disk)
            if self.driver.ear is not None:
                self.driver.ear.crash()

    def restart(self) -> None:
        """Start again with what the disk holds."""
        if not self.up and self.driver.ear is not None:
            self.driver.ear.restart()
        super().restart()

    def set_clock(self, offset: Seconds, drift: float = 0.0) -> None:
        """Put the clock ahead or behind, and tell the journal."""
        super().set_clock(offset, drift)
        self.log(CollatorClockSet(offset=float(offset), drift=float(drift)))

    def log(self, what: Record) -> None:
        """Write into the journal what happens here."""
        super().log(CollatorCrashed(disk=what.disk) if isinstance(what, HostCrashed) else what)
