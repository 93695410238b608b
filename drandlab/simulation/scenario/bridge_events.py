"""Events at a bridge: collators crash, misbehave or are cut off, and gossip does not reach one of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from drandlab.errors import LocalError
from drandlab.simulation.bridge.bridge_network import BridgeNetwork
from drandlab.simulation.bridge.collator_misbehaviour import LIES
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import Event, Roll, set_field, two_ends
from drandlab.simulation.scenario.node_events import checked_clock
from drandlab.simulation.world.world import checked_names
from drandlab.typing import Seconds, checked_choice, checked_flag, checked_positive, checked_real

__all__ = [
    "EVENTS",
    "AtCollators",
    "CrashCollator",
    "CutCollators",
    "Eclipse",
    "EndEclipse",
    "HonestCollator",
    "IsolateCollator",
    "LateCollator",
    "LyingCollator",
    "MendCollators",
    "RejoinCollator",
    "RestartCollator",
    "SetCollatorClock",
    "SilentCollator",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCollators(Event):
    """Something that happens at some ``collators``, by their indices."""

    collators: tuple[int, ...]

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        set_field(self, "collators", tuple(checked_names("collators", self.collators)))
        if not self.collators:
            raise LocalError("name at least one collator", argument="collators")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless there is a bridge that has these collators."""
        roll.check_collators("collators", self.collators)

    def fitted(self, net: Network) -> Event | None:
        """Return it with those collators at which it can happen now, or None if there is none."""
        bridge = BridgeNetwork.beside(net)
        if bridge is None:
            return None
        able = tuple(i for i in self.collators if 0 <= i < len(bridge.hosts) and self.can_happen_to(i, bridge))
        if able == self.collators:
            return self
        return replace(self, collators=able) if able else None

    def can_happen_to(self, index: int, bridge: BridgeNetwork) -> bool:
        """Whether it can happen at a collator that exists."""
        return True

    def happen(self, net: Network) -> None:
        """Let it happen at each of the collators."""
        bridge = bridge_beside(net)
        for index in self.collators:
            self.happen_to(index, bridge)

    @abstractmethod
    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Let it happen at one collator."""


def bridge_beside(net: Network) -> BridgeNetwork:
    """Return the bridge beside a network; raises `LocalError` where there is none."""
    bridge = BridgeNetwork.beside(net)
    if bridge is None:
        raise LocalError("there is no bridge beside this network", argument="net")
    return bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashCollator(AtCollators):
    """The collators stop at once; with ``lose_disk`` they also lose their chain and their votes."""

    do: ClassVar[str] = "crash_collator"
    lose_disk: bool = False

    def __post_init__(self) -> None:
        AtCollators.__post_init__(self)
        checked_flag(self.lose_disk, "lose_disk")

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a collator that is down already."""
        AtCollators.fits(self, roll)
        for index in self.collators:
            if index in roll.collators_down:
                raise LocalError(f"collator {index} is down already", argument="collators")
            roll.collators_down.add(index)

    def can_happen_to(self, index: int, bridge: BridgeNetwork) -> bool:
        """Whether the collator is up."""
        return bridge.host(index).up

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Stop the collator."""
        bridge.crash(index, lose_disk=self.lose_disk)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartCollator(AtCollators):
    """The collators start again, with what their disks hold."""

    do: ClassVar[str] = "restart_collator"

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a collator that is up."""
        AtCollators.fits(self, roll)
        for index in self.collators:
            if index not in roll.collators_down:
                raise LocalError(f"collator {index} is up; only what has crashed restarts", argument="collators")
            roll.collators_down.remove(index)

    def can_happen_to(self, index: int, bridge: BridgeNetwork) -> bool:
        """Whether the collator is down."""
        return not bridge.host(index).up

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Start the collator."""
        bridge.restart(index)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCollatorClock(AtCollators):
    """The collators' clocks are ``ahead`` seconds from now on and gain ``drift`` seconds a second."""

    do: ClassVar[str] = "collator_clock"
    ahead: Seconds = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        AtCollators.__post_init__(self)
        ahead, drift = checked_clock(self.ahead, self.drift)
        set_field(self, "ahead", ahead)
        set_field(self, "drift", drift)

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Set the clock."""
        bridge.set_clock(index, self.ahead, self.drift)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentCollator(AtCollators):
    """The collators send nothing from now on: no blocks, no votes, no keys."""

    do: ClassVar[str] = "silent_collator"

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Let it be silent."""
        bridge.misbehave(index, "silent")


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCollator(AtCollators):
    """The collators send everything ``by`` seconds late from now on."""

    do: ClassVar[str] = "late_collator"
    by: Seconds = 4.0

    def __post_init__(self) -> None:
        AtCollators.__post_init__(self)
        set_field(self, "by", checked_real(checked_positive(self.by, "by"), "by", high=3600, what="seconds"))

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Let it be late."""
        bridge.misbehave(index, "late", by=self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class LyingCollator(AtCollators):
    """The collators lie from now on; ``how`` is a name of `drandlab.simulation.bridge.collator_misbehaviour`."""

    do: ClassVar[str] = "lying_collator"
    how: str = "two-blocks"

    def __post_init__(self) -> None:
        AtCollators.__post_init__(self)
        checked_choice(self.how, "how", LIES)

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Let it lie."""
        bridge.misbehave(index, self.how)


@dataclass(frozen=True, slots=True, kw_only=True)
class HonestCollator(AtCollators):
    """The collators end their misbehaviour."""

    do: ClassVar[str] = "honest_collator"

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """End it."""
        bridge.behave(index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eclipse(AtCollators):
    """All gossip connections of the collators are with peers that pass nothing on, from now on."""

    do: ClassVar[str] = "eclipse"

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Eclipse the collator."""
        bridge.eclipse(index)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEclipse(AtCollators):
    """The collators have gossip connections with honest peers again."""

    do: ClassVar[str] = "end_eclipse"

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """End the eclipse."""
        bridge.end_eclipse(index)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolateCollator(AtCollators):
    """All links between these collators and the others are cut; gossip still reaches them."""

    do: ClassVar[str] = "isolate_collator"

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Cut the links."""
        bridge.isolate(index)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejoinCollator(AtCollators):
    """All links between these collators and the others are restored."""

    do: ClassVar[str] = "rejoin_collator"

    def happen_to(self, index: int, bridge: BridgeNetwork) -> None:
        """Restore the links."""
        bridge.rejoin(index)


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenCollators(Event):
    """Something that happens to the link ``between`` two collators, by their indices."""

    between: tuple[int, ...]

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        set_field(self, "between", two_ends("between", self.between))

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless there is a bridge that has both."""
        roll.check_collators("between", self.between)

    def fitted(self, net: Network) -> Event | None:
        """Return it where both exist."""
        bridge = BridgeNetwork.beside(net)
        return self if bridge is not None and max(self.between) < len(bridge.hosts) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutCollators(BetweenCollators):
    """Nothing more leaves on the link between two collators."""

    do: ClassVar[str] = "cut_collators"

    def happen(self, net: Network) -> None:
        """Cut it."""
        bridge_beside(net).cut(*self.between)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendCollators(BetweenCollators):
    """The link between two collators is restored."""

    do: ClassVar[str] = "mend_collators"

    def happen(self, net: Network) -> None:
        """Restore it."""
        bridge_beside(net).mend(*self.between)


EVENTS: tuple[type[Event], ...] = (
    CrashCollator,
    RestartCollator,
    SetCollatorClock,
    SilentCollator,
    LateCollator,
    LyingCollator,
    HonestCollator,
    Eclipse,
    EndEclipse,
    IsolateCollator,
    RejoinCollator,
    CutCollators,
    MendCollators,
)
"""The events of this module."""
