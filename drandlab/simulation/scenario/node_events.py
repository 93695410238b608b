"""Events at nodes: crashes and restarts, clocks, disks, what is stored, misbehaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.misbehaviour import keygen, running
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import AtNodes, Event, Roll, set_field
from drandlab.typing import Round, Seconds, checked_flag, checked_int, checked_real

__all__ = [
    "EVENTS",
    "Behave",
    "CheckChain",
    "Crash",
    "Damage",
    "Misbehave",
    "MisbehaveInDKG",
    "Restart",
    "SetClock",
    "SetDisk",
    "checked_clock",
    "parsed",
]

T = TypeVar("T")

MOST_AHEAD: Seconds = 1e6
"""The furthest that an event sets a clock ahead or behind."""


def parsed(key: str, parse: Callable[[str], T], text: str) -> T:
    """Return what ``parse`` makes of a text; the error names the ``key`` where the text stands."""
    try:
        return parse(text)
    except ValueError as error:  # a LocalError, or a number of more digits than Python reads
        raise LocalError(f"{error}", argument=key) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash(AtNodes):
    """The nodes stop at once; with ``lose_disk`` they also lose all that they have stored."""

    do: ClassVar[str] = "crash"
    label: ClassVar[str] = "Crash"
    lose_disk: bool = False

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        checked_flag(self.lose_disk, "lose_disk")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is down already."""
        AtNodes.fits(self, roll)
        for name in self.about:
            if name in roll.down:
                raise LocalError(f"node {name} is down already", argument=self.key)
            roll.down.add(name)

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether the node is up."""
        return net.host(name).up

    def happen_to(self, name: int, net: Network) -> None:
        """Stop the node."""
        net.crash(name, lose_disk=self.lose_disk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart(AtNodes):
    """The nodes start again, with what their disks hold."""

    do: ClassVar[str] = "restart"
    label: ClassVar[str] = "Restart"

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is up."""
        AtNodes.fits(self, roll)
        for name in self.about:
            if name not in roll.down:
                raise LocalError(f"node {name} is up; only what has crashed restarts", argument=self.key)
            roll.down.remove(name)

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether the node is down."""
        return not net.host(name).up

    def happen_to(self, name: int, net: Network) -> None:
        """Start the node."""
        net.restart(name)


def checked_clock(ahead: object, drift: object) -> tuple[float, float]:
    """Return what a clock is set to; raises `LocalError` for what no event sets one to."""
    seconds, rate = checked_real(ahead, "ahead", what="a number of seconds"), checked_real(drift, "drift")
    if not -1 < rate < 1:
        raise LocalError(f"expected a number above -1 and below 1, got {rate}", argument="drift")
    if not abs(seconds) <= MOST_AHEAD:
        raise LocalError(f"expected at most a million seconds, got {seconds}", argument="ahead")
    return seconds, rate


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClock(AtNodes):
    """The clocks are ``ahead`` seconds from now on (behind, if negative) and gain ``drift`` seconds a second."""

    do: ClassVar[str] = "clock"
    ahead: Seconds = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        ahead, drift = checked_clock(self.ahead, self.drift)
        set_field(self, "ahead", ahead)
        set_field(self, "drift", drift)

    def happen_to(self, name: int, net: Network) -> None:
        """Set the clock."""
        net.set_clock(name, self.ahead, self.drift)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDisk(AtNodes):
    """The disks are ``full``, or have room again."""

    do: ClassVar[str] = "disk"
    full: bool

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        checked_flag(self.full, "full")

    def happen_to(self, name: int, net: Network) -> None:
        """Fill the disk, or make room."""
        net.set_disk(name, full=self.full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage(AtNodes):
    """A bit flips in the stored signature of each of these ``rounds``."""

    do: ClassVar[str] = "damage"
    rounds: tuple[int, ...]

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        if not isinstance(self.rounds, (tuple, list)):
            raise WrongType(f"expected a list of rounds, got {type(self.rounds).__name__}", argument="rounds")
        rounds = tuple(checked_int(round, "rounds") for round in self.rounds)
        if not rounds or min(rounds) < 1:
            raise LocalError("expected a list of rounds from 1 on", argument="rounds")
        if len(set(rounds)) < len(rounds):
            raise LocalError("a round comes twice; the same bit flipped again is as it was", argument="rounds")
        set_field(self, "rounds", rounds)

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether the node stores a chain."""
        return net.host(name).disk.store is not None

    def happen_to(self, name: int, net: Network) -> None:
        """Damage the rounds that are stored; others are passed over."""
        net.damage(name, self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChain(AtNodes):
    """The nodes check the chain that they store up to a round (0: to the end), and ``mend`` it from their peers."""

    do: ClassVar[str] = "check_chain"
    up_to: Round = 0
    mend: bool = True

    def __post_init__(self) -> None:
        AtNodes.__post_init__(self)
        set_field(self, "up_to", checked_int(self.up_to, "up_to"))
        if self.up_to < 0:
            raise LocalError(f"expected a round, or 0 for all, got {self.up_to}", argument="up_to")
        checked_flag(self.mend, "mend")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is down."""
        AtNodes.fits(self, roll)
        for name in self.about:
            if name in roll.down:
                raise LocalError(f"node {name} is down, so it cannot check its chain", argument=self.key)

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether the node is up and knows its chain."""
        return net.host(name).up and net.node(name).info is not None

    def happen_to(self, name: int, net: Network) -> None:
        """Start the check."""
        net.check_chain(name, up_to=self.up_to, mend=self.mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehave(Event):
    """From now on a node misbehaves; ``what`` is NAME:NODE, a name of `drandlab.simulation.misbehaviour.running`.

    It goes on with what it does already, unless ``instead``.
    """

    do: ClassVar[str] = "mischief"
    label: ClassVar[str] = "operator"
    what: str
    instead: bool = False

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        parsed("what", running.parse, self.what)
        checked_flag(self.instead, "instead")

    @property
    def about(self) -> tuple[int, ...]:
        """The node that misbehaves."""
        return (running.parse(self.what).node,)

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the node exists."""
        roll.check("what", self.about)

    def happen(self, net: Network) -> None:
        """Let the misbehaviour begin."""
        one = running.parse(self.what)
        net.misbehave(one.node, one, instead=self.instead)


@dataclass(frozen=True, slots=True, kw_only=True)
class MisbehaveInDKG(Event):
    """From now on a node misbehaves in resharings; ``what`` is as ``faults`` of ``[network]`` has it."""

    do: ClassVar[str] = "fault"
    what: str

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        parsed("what", keygen.parse, self.what)

    @property
    def about(self) -> tuple[int, ...]:
        """The node that misbehaves."""
        return (keygen.parse(self.what).node,)

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the node exists."""
        roll.check("what", self.about)

    def happen(self, net: Network) -> None:
        """Let the node misbehave in the DKGs to come."""
        net.misbehave_in_dkg(keygen.parse(self.what))


@dataclass(frozen=True, slots=True, kw_only=True)
class Behave(AtNodes):
    """The nodes end their misbehaviours, both running and in resharings."""

    do: ClassVar[str] = "behave"
    label: ClassVar[str] = "honest"

    def happen_to(self, name: int, net: Network) -> None:
        """End the node's misbehaviours."""
        net.behave(name)


EVENTS: tuple[type[Event], ...] = (
    Crash,
    Restart,
    SetClock,
    SetDisk,
    Damage,
    CheckChain,
    Misbehave,
    MisbehaveInDKG,
    Behave,
)
"""The events of this module."""
