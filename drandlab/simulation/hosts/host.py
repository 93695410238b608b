"""A host of the simulated world: a clock, timers, a disk and a place on the links, for whatever runs on it.

What runs on a host is its `Driver`: a drand node today (`drandlab.simulation.hosts.drand`), and anything else that
takes messages and timers. The host knows nothing of it. It delivers what arrives, rings timers by its own clock, which
may be wrong, and writes crash and restart into the journal. A crash takes what runs, not the disk; a restart makes it
anew from what the disk holds. A host whose operator misbehaves passes what it sends through an `Interceptor` first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import LocalError
from drandlab.records import Record
from drandlab.simulation.entries import HostCrashed
from drandlab.simulation.hosts.disk import HostDisk
from drandlab.simulation.world.agenda import Scheduled
from drandlab.simulation.world.links import MICRO
from drandlab.simulation.world.world import Parcel, World
from drandlab.typing import Seconds, checked_real

__all__ = ["Driver", "Host", "Interceptor"]


class Driver(Protocol):
    """What runs on a host; it is handed what arrives, and uses its host to send, to set timers and to log.

    A host calls `boot` when it is made and at each restart, then `resume`.
    """

    def boot(self, host: Any) -> None:
        """Make what runs here anew on ``host``, with what its disk holds; nothing is sent yet."""
        ...

    def kept(self) -> Record:
        """Return the journal's entry of a restart: what the disk has kept."""
        ...

    def resume(self) -> None:
        """Go on with what the disk holds, if it holds anything."""
        ...

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Take a message that has arrived from the address ``sender``; ``now`` is what the host's clock shows."""
        ...

    def ring(self, timer: Any, now: Seconds) -> None:
        """The timer that was set under this name has come."""
        ...

    def about(self, message: Any) -> Mapping[str, Any]:
        """Return what the journal says of a message that is sent, beside its kind and size."""
        ...


class Interceptor(Protocol):
    """What stands between what runs on a misbehaving host and the network."""

    def outgoing(self, host: Any, to: tuple[str, ...], message: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
        """Return what is sent instead of ``message``, and to which addresses."""
        ...


DriverT = TypeVar("DriverT", bound=Driver)
DiskT = TypeVar("DiskT", bound=HostDisk)

_FARTHEST = 1e12
"""Seconds that a clock can be off: thirty thousand years, more than its microseconds have digits for."""


class Host(HoldsSecrets, Generic[DriverT, DiskT]):
    """One host: its ``name`` in the world and its ``address`` on the links, its ``disk`` and the ``driver`` on it."""

    def __init__(self, name: int, address: str, world: World, disk: DiskT, driver: DriverT) -> None:
        self.name, self.address, self.world, self.disk, self.driver = name, address, world, disk, driver
        self.up = True
        self.offset = 0
        self.drift = 0.0
        self.misbehaviours: list[Interceptor] = []
        self._agenda = world.agenda
        self._drift_since = world.micros
        self._timers: dict[Hashable, tuple[int, Scheduled]] = {}
        self._tells = world.detail == "full"
        world.hosts[address] = self
        driver.boot(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {'up' if self.up else 'down'}, {self.driver!r}>"

    # -- clock and timers ---------------------------------------------------------------------------------------------

    @property
    def local_micros(self) -> int:
        """What this host's clock shows, in microseconds."""
        micros = self._agenda.now
        if self.drift:
            micros += round((micros - self._drift_since) * self.drift)
        return micros + self.offset

    @property
    def now(self) -> Seconds:
        """What this host's clock shows, in UNIX seconds."""
        return self.local_micros / MICRO

    def set_clock(self, offset: Seconds, drift: float = 0.0) -> None:
        """Put the clock ``offset`` seconds ahead of the world's (behind, if negative), to run ``drift`` too fast.

        Timers that are set keep the local time at which they are due. Raises `LocalError` for a drift of -1 or below.
        """
        if not (drift := checked_real(drift, "drift", high=1e6)) > -1:
            raise LocalError(f"must be above -1, got {drift!r}", argument="drift")
        offset = checked_real(offset, "offset", -_FARTHEST, _FARTHEST, what="seconds")
        self.offset, self.drift, self._drift_since = round(offset * MICRO), drift, self.world.micros
        for name, (local, scheduled) in list(self._timers.items()):
            scheduled.cancel()
            self._arm(name, local)

    def set_timer(self, name: Hashable, at: Seconds) -> None:
        """Have the driver's `ring` called at a time of this host's clock, in place of an earlier timer of that name."""
        if (old := self._timers.pop(name, None)) is not None:
            old[1].cancel()
        self._arm(name, round(at * MICRO))

    def _arm(self, name: Hashable, local: int) -> None:
        wait = local - self.local_micros
        if self.drift:
            wait = round(wait / (1 + self.drift))
        self._timers[name] = local, self._agenda.at(self._agenda.now + wait, lambda: self._ring(name, local))

    def _ring(self, name: Hashable, local: int) -> None:
        del self._timers[name]
        # a drifting clock may be a microsecond short of what it was set for
        self.driver.ring(name, max(self.local_micros, local) / MICRO)

    # -- crash and restart --------------------------------------------------------------------------------------------

    def crash(self, *, lose_disk: bool = False) -> None:
        """Stop at once: what was to leave is gone, what is on the disk stays (unless it is lost as well)."""
        if not self.up:
            return
        self.up = False
        for _, scheduled in self._timers.values():
            scheduled.cancel()
        self._timers.clear()
        self.world.fall_silent(self)
        if lose_disk:
            self.disk.lose()
        self.log(HostCrashed(disk="lost" if lose_disk else "kept"))

    def restart(self) -> None:
        """Start again with what the disk holds."""
        if self.up:
            return
        self.up = True
        self.driver.boot(self)
        self.log(self.driver.kept())
        self.resume()

    def resume(self) -> None:
        """Let what runs here go on with what the disk holds, if it holds anything."""
        self.driver.resume()

    # -- messages and the journal -------------------------------------------------------------------------------------

    def arrive(self, sender: str, message: Parcel) -> None:
        """Take a message that a link has carried here; a host that is down takes none."""
        if self.up:
            now = self.now if self.drift else (self._agenda.now + self.offset) / MICRO
            self.driver.receive(sender, message, now)

    def send(self, to: tuple[str, ...], message: Parcel) -> None:
        """Put a message on the links to these addresses, or what this host's misbehaviours make of it."""
        about = self.driver.about(message) if self._tells else None
        parts: list[tuple[tuple[str, ...], Any]] = [(to, message)]
        for interceptor in self.misbehaviours:
            parts = [sent for target, part in parts for sent in interceptor.outgoing(self, target, part)]
        for target, part in parts:
            self.world.send(self, target, part, about)

    def log(self, what: Record) -> None:
        """Write into the journal what happens on this host."""
        self.world.log(self.name, what)
