"""Events at the group: a resharing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from drandlab.crypto.feldman import minimum_threshold
from drandlab.errors import LocalError
from drandlab.node.setup.setup_rules import check_catchup
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import Event, Roll, set_field
from drandlab.simulation.world.world import checked_names
from drandlab.typing import checked_int

__all__ = ["EVENTS", "Reshare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshare(Event):
    """A resharing starts, as in `Network.reshare`: newcomers get the next free names, all remain unless named."""

    do: ClassVar[str] = "reshare"
    threshold: int
    remaining: tuple[int, ...] | None = None
    joining: int = 0
    coordinator: int | None = None
    catchup_period: int | None = None

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        set_field(self, "joining", checked_int(self.joining, "joining", 0, 1000))
        set_field(self, "threshold", checked_int(self.threshold, "threshold"))
        if self.catchup_period is not None:
            checked = checked_int(self.catchup_period, "catchup_period", 0, (1 << 32) - 1, what="whole seconds")
            set_field(self, "catchup_period", checked)
        if self.coordinator is not None:
            set_field(self, "coordinator", checked_int(self.coordinator, "coordinator"))
        if self.remaining is None:
            checked_int(self.threshold, "threshold", 1)
            return
        set_field(self, "remaining", tuple(checked_names("remaining", self.remaining)))
        self._check_group(len(self.remaining) + self.joining)

    def _check_group(self, size: int) -> None:
        """Raise `LocalError` unless those who remain and the newcomers can form a group."""
        if not self.remaining:
            raise LocalError(
                "at least one current member must remain; leave it out if all are to stay", argument="remaining"
            )
        if size < 2:
            raise LocalError(
                f"a group needs at least 2 nodes, this would be node {self.remaining[0]} alone", argument="remaining"
            )
        least = minimum_threshold(size)
        if not least <= self.threshold <= size:
            raise LocalError(
                f"{size} nodes need one from {least} to {size}, got {self.threshold}", argument="threshold"
            )
        if self.coordinator not in (None, *self.remaining):
            raise LocalError(f"node {self.coordinator} does not remain", argument="coordinator")

    @property
    def about(self) -> tuple[int, ...]:
        """The members that are named."""
        return self.remaining or ()

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless those who remain exist; from now on the newcomers exist too."""
        roll.check("remaining", self.remaining or ())
        roll.check("coordinator", () if self.coordinator is None else (self.coordinator,))
        if self.remaining is None and self.threshold > roll.count + self.joining:
            raise LocalError(
                f"there are {roll.count + self.joining} nodes at most, got {self.threshold}", argument="threshold"
            )
        if self.catchup_period is not None and roll.period is not None:
            check_catchup(self.catchup_period, roll.period)
        roll.count += self.joining

    def fitted(self, net: Network) -> Event | None:
        """Return the resharing with those of its members that the group has; None if none of them can coordinate."""
        if Event.fitted(self, net) is None:
            return None
        group = next((host.node.group for host in net.hosts if host.up and host.node.group), None)
        if group is None:
            return None
        named = [host.name for host in net.hosts] if self.remaining is None else self.remaining
        stay = tuple(name for name in named if group.find(net.node(name).identity))
        leader = self.coordinator if self.coordinator in stay else next(iter(stay), None)
        size = len(stay) + self.joining
        if leader is None or size < 2 or not net.host(leader).up or net.node(leader).group is None:
            return None
        threshold = max(minimum_threshold(size), min(self.threshold, size))
        coordinator = None if self.coordinator is None else leader
        return replace(self, remaining=stay, threshold=threshold, coordinator=coordinator)

    def happen(self, net: Network) -> None:
        """Start it."""
        net.reshare(
            threshold=self.threshold,
            remaining=self.remaining,
            joining=self.joining,
            coordinator=self.coordinator,
            catchup_period=self.catchup_period,
        )


EVENTS: tuple[type[Event], ...] = (Reshare,)
"""The events of this module."""
