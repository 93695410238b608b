"""What can be done to a network while it runs: faults (crashes, cuts, clocks, disks) and misbehaviour.

Each method is one event of a scenario (`drandlab.simulation.scenario.events`), and writes what it does to the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.simulation.entries import (
    CheckStarted,
    ClockSet,
    DiskChanged,
    DiskDamaged,
    DkgMisbehaviour,
    LinkChanged,
    LinksCut,
    LinksHealed,
    LinksMended,
    LinksParted,
    RunningMisbehaviour,
)
from drandlab.simulation.fleet import Fleet
from drandlab.simulation.hosts.drand import DrandHost
from drandlab.simulation.hosts.flying import FlyingHost
from drandlab.simulation.hosts.host import Interceptor
from drandlab.simulation.hosts.split import SplitDriver
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant, checked_participants
from drandlab.simulation.world.links import Link
from drandlab.simulation.world.world import World, checked_names
from drandlab.typing import Round, Seconds, checked_flag, checked_int, checked_real, whole_number

__all__ = ["Interventions"]


class Interventions:
    """The hosts of a ``world``, and what can be done to them and to the links between them."""

    world: World
    hosts: list[DrandHost]
    fleet: Fleet

    def host(self, name: int) -> DrandHost:
        """Return one host; raises `LocalError` for a name that is not there."""
        number = whole_number(name)
        if number is None or not 0 <= number < len(self.hosts):
            raise LocalError(f"there is no node {repr_of(name)}; there are 0 to {len(self.hosts) - 1}", argument="node")
        return self.hosts[number]

    def _ends(self, one: int, other: int) -> tuple[int, int]:
        """Return the names of two hosts between which there is a link."""
        ends = self.host(one).name, self.host(other).name
        if ends[0] == ends[1]:
            raise LocalError(f"a link has two ends, got node {ends[0]} twice", argument="node")
        return ends

    def crash(self, name: int, *, lose_disk: bool = False) -> None:
        """Stop a host at once."""
        self.host(name).crash(lose_disk=lose_disk)

    def restart(self, name: int) -> None:
        """Start a host again, with what its disk holds."""
        self.host(name).restart()

    def lose_satellite(self, name: int) -> None:
        """Let a satellite be out of sight for good; raises `LocalError` for a node that does not fly."""
        flight = self.fleet.flights.get(self.host(name).name)
        if flight is None:
            raise LocalError(f"node {name} does not fly", argument="node")
        flight.lose()

    def flying(self, name: int) -> FlyingHost:
        """Return the satellite of a split node, to crash, restart or set its clock.

        Raises `LocalError` for a node whose signer does not fly apart from it.
        """
        driver = self.host(name).driver
        if not isinstance(driver, SplitDriver) or driver.flying is None:
            raise LocalError(f"node {name} is not split: its signer does not fly apart from it", argument="node")
        return driver.flying

    def crash_signer(self, name: int, *, lose_disk: bool = False) -> None:
        """Stop the satellite of a split node at once; the node itself goes on."""
        self.flying(name).crash(lose_disk=lose_disk)

    def restart_signer(self, name: int) -> None:
        """Start the satellite of a split node again, with what its disk holds."""
        self.flying(name).restart()

    def set_signer_clock(self, name: int, offset: Seconds, drift: float = 0.0) -> None:
        """Put the clock of a split node's satellite ahead or behind, and let it run too fast or too slow."""
        self.flying(name).set_clock(offset, drift)

    def cut(self, one: int, other: int, *, both_ways: bool = True) -> None:
        """Cut the link between two hosts."""
        one, other = self._ends(one, other)
        pairs = [(one, other), (other, one)] if both_ways else [(one, other)]
        self.world.cut(pairs)
        self.world.log(None, LinksCut(pairs=tuple(pairs)))

    def mend(self, one: int, other: int) -> None:
        """Restore the link between two hosts."""
        one, other = self._ends(one, other)
        pairs = [(one, other), (other, one)]
        self.world.mend(pairs)
        self.world.log(None, LinksMended(pairs=tuple(pairs)))

    def isolate(self, name: int) -> None:
        """Cut all links of a host, in both directions."""
        pairs = self._links_of(name)
        self.world.cut(pairs)
        self.world.log(None, LinksCut(pairs=tuple(pairs)))

    def rejoin(self, name: int) -> None:
        """Restore all links of a host."""
        pairs = self._links_of(name)
        self.world.mend(pairs)
        self.world.log(None, LinksMended(pairs=tuple(pairs)))

    def _links_of(self, name: int) -> list[tuple[int, int]]:
        one = self.host(name).name
        others = [host.name for host in self.hosts if host.name != one]
        return [pair for other in others for pair in ((one, other), (other, one))]

    def partition(self, *sides: Iterable[int]) -> None:
        """Cut every link between hosts of different ``sides``; hosts that are in none form one more side."""
        groups = [sorted(self.host(name).name for name in checked_names("partition", side)) for side in sides]
        for name, times in Counter(chain.from_iterable(groups)).items():
            if times > 1:
                raise LocalError(f"partition: node {name} is on two sides")
        rest = [host.name for host in self.hosts if all(host.name not in group for group in groups)]
        groups += [rest] if rest else []
        parted = LinksParted(sides=tuple(map(tuple, groups)))
        self.world.mend()
        self.world.cut(parted.pairs)
        self.world.log(None, parted)

    def heal(self) -> None:
        """Restore every link that was cut."""
        self.world.mend()
        self.world.log(None, LinksHealed())

    def set_link(self, one: int, other: int, link: Link) -> None:
        """Give both directions between two hosts other properties."""
        one, other = self._ends(one, other)
        if not isinstance(link, Link):
            raise WrongType(f"expected a Link, got {type(link).__name__}", argument="link")
        for a, b in ((one, other), (other, one)):
            self.world.set_link(a, b, link)
        self.world.log(None, LinkChanged(pair=(one, other), loss=link.loss, slow=link.slow))

    def change_link(self, one: int, other: int, **changes: Any) -> None:
        """Change some properties of a link, named as those of `Link`, in each direction from its present ones."""
        one, other = self._ends(one, other)
        for a, b in ((one, other), (other, one)):
            self.world.set_link(a, b, self.world.link(a, b).with_(**changes))
        link = self.world.link(one, other)
        self.world.log(None, LinkChanged(pair=(one, other), loss=link.loss, slow=link.slow))

    def set_clock(self, name: int, offset: Seconds, drift: float = 0.0) -> None:
        """Put a host's clock ahead or behind, and let it run too fast or too slow."""
        offset, drift = checked_real(offset, "offset", what="seconds"), checked_real(drift, "drift")
        self.host(name).set_clock(offset, drift)
        self.world.log(name, ClockSet(offset=float(offset), drift=float(drift)))

    def set_disk(self, name: int, *, full: bool) -> None:
        """Fill a host's disk up, or make room."""
        full = checked_flag(full, "full")
        self.host(name).disk.full = full
        self.world.log(name, DiskChanged(full=full))

    def damage(self, name: int, rounds: Iterable[Round]) -> None:
        """Flip a bit in the stored signature of each of these rounds; rounds that are not stored are passed over.

        Raises `LocalError` for a host that stores no chain.
        """
        disk = self.host(name).disk
        if disk.store is None:
            raise LocalError(f"node {name} has no chain that could be damaged")
        rounds = tuple(checked_int(round, "rounds", 1) for round in rounds)
        disk.damage(rounds)
        self.world.log(name, DiskDamaged(rounds=tuple(rounds)))

    def check_chain(self, name: int, *, up_to: Round = 0, mend: bool = True) -> None:
        """Let a node check the chain that it stores up to a round (0: to the end), and ``mend`` it from its peers.

        Raises `LocalError` for a node that is down, or has no chain.
        """
        host, up_to = self.host(name), checked_int(up_to, "up_to", 0)
        if not host.up:
            raise LocalError(f"node {name} is down, so it cannot check its chain")
        effects = host.node.check_chain(host.now, up_to=up_to, mend=mend)
        self.world.log(name, CheckStarted(up_to=up_to, mend=mend))  # not where the node has refused
        host.carry_out(effects)

    def misbehave_in_dkg(self, misbehaviour: MisbehavingParticipant) -> None:
        """Let a host misbehave in the DKGs that begin from now on."""
        [one] = checked_participants([misbehaviour])
        self.host(one.node).dkg_misbehaviours.append(one)
        self.world.log(one.node, DkgMisbehaviour(what=str(one)))

    def behave(self, name: int) -> None:
        """End all misbehaviour of a host, both running and in DKGs."""
        self.host(name).dkg_misbehaviours.clear()
        self.misbehave(name, None)

    def misbehave(self, name: int, misbehaviour: Interceptor | None, *, instead: bool = False) -> None:
        """Let a host's operator misbehave from now on, beside or ``instead`` of what it does already; None ends it."""
        host = self.host(name)
        if misbehaviour is not None and not callable(getattr(misbehaviour, "outgoing", None)):
            raise WrongType(
                f"expected what `misbehaviour.running.parse` returns, or None, got {type(misbehaviour).__name__}",
                argument="misbehaviour",
            )
        if misbehaviour is None or (instead and host.misbehaviours):
            host.misbehaviours = []
            self.world.log(name, RunningMisbehaviour(what=None))
        if misbehaviour is not None:
            host.misbehaviours = [*host.misbehaviours, misbehaviour]
            self.world.log(name, RunningMisbehaviour(what=str(misbehaviour)))
