"""What a scenario lets happen to a network: crashes, cuts, clocks, disks, mischief, resharing.

Each class of `EVENTS` is one value of ``do`` in a scenario file; its fields are the other keys, beside those of the
moment (`drandlab.simulation.scenario.event`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import ClassVar, TypeVar

from drandlab.crypto.feldman import minimum_threshold
from drandlab.errors import LocalError
from drandlab.node.setup_rules import check_catchup
from drandlab.simulation.misbehaviour.keygen import parse_fault
from drandlab.simulation.misbehaviour.running import parse_mischief
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event import AtLink, AtNodes, Event, Roll, two_ends
from drandlab.simulation.world.links import Latency, Link
from drandlab.typing import Round, Seconds, checked_int

__all__ = ["EVENTS", "LinkChange", "parsed"]

T = TypeVar("T")


def parsed(key: str, parse: Callable[[str], T], text: str) -> T:
    """Return what ``parse`` makes of a text; the error names the ``key`` where it stands."""
    try:
        return parse(text)
    except ValueError as error:  # a LocalError, or a number of more digits than Python reads
        raise LocalError(f"{key}: {error}") from None


# -- nodes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash(AtNodes):
    """The nodes stop at once; ``lose_disk``: and lose what they had stored."""

    do: ClassVar[str] = "crash"
    lose_disk: bool = False

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is down already."""
        AtNodes.fits(self, roll)
        for name in self.names:
            if name in roll.down:
                raise LocalError(f"{self.key}: node {name} is down already")
            roll.down.add(name)

    def happen_to(self, name: int, net: Network) -> None:
        """Stop it."""
        net.crash(name, lose_disk=self.lose_disk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart(AtNodes):
    """The nodes start again, with what their disks hold."""

    do: ClassVar[str] = "restart"

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is up."""
        AtNodes.fits(self, roll)
        for name in self.names:
            if name not in roll.down:
                raise LocalError(f"{self.key}: node {name} is up; only what has crashed restarts")
            roll.down.remove(name)

    def happen_to(self, name: int, net: Network) -> None:
        """Start it."""
        net.restart(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(AtNodes):
    """The clocks are ``ahead`` seconds from now on (behind, if negative) and run ``drift`` too fast."""

    do: ClassVar[str] = "clock"
    ahead: Seconds = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        if not -1 < self.drift < 1:
            raise LocalError(f"drift: expected a number above -1 and below 1, got {self.drift}")
        if not abs(self.ahead) <= 1e6:
            raise LocalError(f"ahead: expected at most a million seconds, got {self.ahead}")

    def happen_to(self, name: int, net: Network) -> None:
        """Set the clock."""
        net.set_clock(name, self.ahead, self.drift)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk(AtNodes):
    """The disks are ``full``, or have room again."""

    do: ClassVar[str] = "disk"
    full: bool

    def happen_to(self, name: int, net: Network) -> None:
        """Fill it up or make room."""
        net.set_disk(name, full=self.full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage(AtNodes):
    """A bit flips in the stored signature of each of these ``rounds``."""

    do: ClassVar[str] = "damage"
    rounds: tuple[int, ...]

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        if not self.rounds or min(self.rounds) < 1:
            raise LocalError("rounds: expected a list of rounds from 1 on")
        if len(set(self.rounds)) < len(self.rounds):
            raise LocalError("rounds: a round comes twice, and the same bit flipped again is as it was")

    def happen_to(self, name: int, net: Network) -> None:
        """Damage what is stored; what is not is passed over."""
        disk = net.host(name).disk
        if disk.store is None:
            raise LocalError(f"node {name} has no chain that could be damaged")
        disk.damage(self.rounds)
        net.world.log(name, "damage", rounds=self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChain(AtNodes):
    """The nodes check what they have stored up to a round (0: to the end), and ``mend`` it from their peers."""

    do: ClassVar[str] = "check_chain"
    up_to: Round = 0
    mend: bool = True

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        if self.up_to < 0:
            raise LocalError(f"up_to: expected a round, or 0 for all, got {self.up_to}")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is down."""
        AtNodes.fits(self, roll)
        for name in self.names:
            if name in roll.down:
                raise LocalError(f"{self.key}: node {name} is down, so it checks nothing")

    def happen_to(self, name: int, net: Network) -> None:
        """Start the check."""
        host = net.host(name)
        net.world.log(name, "check", up_to=self.up_to, mend=self.mend)
        host.carry_out(host.node.check_chain(host.now, up_to=self.up_to, mend=self.mend))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mischief(Event):
    """From now on a node misbehaves; ``what`` is a text as `drandlab.simulation.misbehaviour.running` has it."""

    do: ClassVar[str] = "mischief"
    what: str

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        parsed("what", parse_mischief, self.what)

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the node is there."""
        roll.check("what", (parse_mischief(self.what).node,))

    def happen(self, net: Network) -> None:
        """Begin it, beside what the node is up to already."""
        mischief = parse_mischief(self.what)
        net.misbehave(mischief.node, mischief)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Event):
    """From now on a node misbehaves in resharings; ``what`` is a text for `parse_fault`."""

    do: ClassVar[str] = "fault"
    what: str

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        parsed("what", parse_fault, self.what)

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the node is there."""
        roll.check("what", (parse_fault(self.what).node,))

    def happen(self, net: Network) -> None:
        """Let the node misbehave in what DKGs are to come."""
        fault = parse_fault(self.what)
        net.host(fault.node).faults.append(fault)
        net.world.log(fault.node, "mischief", what=str(fault))


@dataclass(frozen=True, slots=True, kw_only=True)
class Behave(AtNodes):
    """The nodes do what they should again, running and in resharings."""

    do: ClassVar[str] = "behave"

    def happen_to(self, name: int, net: Network) -> None:
        """End its misbehaviours."""
        net.host(name).faults.clear()
        net.misbehave(name, None)


# -- links ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class LinkChange:
    """Some properties of a link, those of `Link`; what is left out stays as it is."""

    latency: Latency | None = None
    loss: float | None = None
    duplicate: float | None = None
    bandwidth: float | None = None
    slow: float | None = None

    def __post_init__(self) -> None:
        self.applied(Link())

    def applied(self, link: Link) -> Link:
        """Return the link with these properties instead of its own."""
        given = {f.name: getattr(self, f.name) for f in fields(LinkChange)}
        return link.with_(**{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLink(Event, LinkChange):
    """Links get other properties: the one ``between`` two nodes, all of some ``nodes``, or all there are."""

    do: ClassVar[str] = "link"
    between: tuple[int, ...] = ()
    nodes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        LinkChange.__post_init__(self)
        if self.between:
            two_ends("between", self.between)
        if self.between and self.nodes:
            raise LocalError("nodes: name the link `between` two nodes or all links of some `nodes`, not both")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the ends are there."""
        roll.check("between", self.between)
        roll.check("nodes", self.nodes)

    def happen(self, net: Network) -> None:
        """Change each of the links, from its present properties."""
        names = [host.name for host in net.hosts]
        pairs = [(a, b) for a in names for b in names if a < b]
        if self.between:
            pairs = [(self.between[0], self.between[1])]
        for a, b in pairs:
            if not self.nodes or a in self.nodes or b in self.nodes:
                net.set_link(a, b, self.applied(net.world.link(a, b)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(AtLink):
    """Nothing more leaves on a link; without ``both_ways`` only from the first node to the second."""

    do: ClassVar[str] = "cut"
    both_ways: bool = True

    def happen(self, net: Network) -> None:
        """Cut it."""
        net.cut(self.between[0], self.between[1], both_ways=self.both_ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend(AtLink):
    """A link that was cut is restored."""

    do: ClassVar[str] = "mend"

    def happen(self, net: Network) -> None:
        """Restore it."""
        net.mend(self.between[0], self.between[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition(Event):
    """Every link between different ``sides`` is cut; who is in none stands on one more side."""

    do: ClassVar[str] = "partition"
    sides: tuple[tuple[int, ...], ...]

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the nodes are there, each on one side."""
        roll.check("sides", (name for side in self.sides for name in side))

    def happen(self, net: Network) -> None:
        """Cut the links."""
        net.partition(*self.sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heal(Event):
    """Every link that was cut is restored."""

    do: ClassVar[str] = "heal"

    def happen(self, net: Network) -> None:
        """Restore them."""
        net.heal()


# -- the group --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshare(Event):
    """The key is handed on, as in `Network.reshare`; newcomers get the next free names, all remain unless named."""

    do: ClassVar[str] = "reshare"
    threshold: int
    remaining: tuple[int, ...] | None = None
    joining: int = 0
    coordinator: int | None = None
    catchup_period: int | None = None

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        if not 0 <= self.joining <= 1000:
            raise LocalError(f"joining: expected a whole number from 0 to 1000, got {self.joining}")
        if self.catchup_period is not None and not 0 <= self.catchup_period < 1 << 32:
            raise LocalError(f"catchup_period: expected whole seconds from 0 to 2^32 - 1, got {self.catchup_period}")
        if self.remaining is None:
            checked_int(self.threshold, "threshold", 1)
        elif not self.remaining:
            raise LocalError("remaining: somebody must hand the key on; leave it out if all are to stay")
        else:
            if (size := len(self.remaining) + self.joining) < 2:
                raise LocalError(
                    f"remaining: a group needs at least 2 nodes, this would be node {self.remaining[0]} alone"
                )
            least = minimum_threshold(size)
            if not least <= self.threshold <= size:
                raise LocalError(f"threshold: {size} nodes take one from {least} to {size}, got {self.threshold}")
            if self.coordinator not in (None, *self.remaining):
                raise LocalError(f"coordinator: node {self.coordinator} does not remain")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless those who remain are there; the newcomers are from now on."""
        roll.check("remaining", self.remaining or ())
        roll.check("coordinator", () if self.coordinator is None else (self.coordinator,))
        if self.remaining is None and self.threshold > roll.count + self.joining:
            raise LocalError(f"threshold: there are {roll.count + self.joining} nodes at most, got {self.threshold}")
        if self.catchup_period is not None and roll.period is not None:
            check_catchup(self.catchup_period, roll.period)
        roll.count += self.joining

    def happen(self, net: Network) -> None:
        """Start it."""
        net.reshare(
            threshold=self.threshold,
            remaining=self.remaining,
            joining=self.joining,
            coordinator=self.coordinator,
            catchup_period=self.catchup_period,
        )


_ALL: tuple[type[Event], ...] = (
    Crash, Restart, Cut, Mend, Partition, Heal, ChangeLink, Clock, Disk, Damage, CheckChain, Mischief, Fault,
    Behave, Reshare,
)  # fmt: skip

EVENTS: Mapping[str, type[Event]] = MappingProxyType({kind.do: kind for kind in _ALL})
"""Every event by its value of ``do``."""

Event.KINDS = EVENTS
