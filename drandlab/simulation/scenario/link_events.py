"""Events at links: cuts, partitions, and other properties."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import AtLink, AtNodes, Event, Roll, set_field, two_ends
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.world import checked_names

__all__ = ["EVENTS", "ChangeLink", "Cut", "Heal", "Isolate", "LinkChange", "Mend", "PartitionNodes", "Rejoin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(AtLink):
    """Nothing more leaves on a link; without ``both_ways`` only from the first node to the second."""

    do: ClassVar[str] = "cut"
    label: ClassVar[str] = "cut"
    both_ways: bool = True

    def happen(self, net: Network) -> None:
        """Cut it."""
        net.cut(self.between[0], self.between[1], both_ways=self.both_ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend(AtLink):
    """A link that was cut is restored."""

    do: ClassVar[str] = "mend"
    label: ClassVar[str] = "mend"

    def happen(self, net: Network) -> None:
        """Restore it."""
        net.mend(self.between[0], self.between[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolate(AtNodes):
    """All links of the nodes are cut, in both directions."""

    do: ClassVar[str] = "isolate"
    label: ClassVar[str] = "Cut off"

    def happen_to(self, name: int, net: Network) -> None:
        """Cut the node's links."""
        net.isolate(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejoin(AtNodes):
    """All links of the nodes are restored."""

    do: ClassVar[str] = "rejoin"
    label: ClassVar[str] = "Reconnect"

    def happen_to(self, name: int, net: Network) -> None:
        """Restore the node's links."""
        net.rejoin(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionNodes(Event):
    """Every link between different ``sides`` is cut; nodes that are on no side form one more side."""

    do: ClassVar[str] = "partition"
    sides: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        sides = self.sides if isinstance(self.sides, (tuple, list)) else (self.sides,)
        set_field(self, "sides", tuple(tuple(checked_names("sides", side)) for side in sides))

    @property
    def about(self) -> tuple[int, ...]:
        """The nodes on the sides that are named."""
        return tuple(name for side in self.sides for name in side)

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the nodes exist, each on one side."""
        roll.check("sides", self.about)

    def happen(self, net: Network) -> None:
        """Cut the links."""
        net.partition(*self.sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heal(Event):
    """Every link that was cut is restored."""

    do: ClassVar[str] = "heal"

    def happen(self, net: Network) -> None:
        """Restore the links."""
        net.heal()


@dataclass(frozen=True, kw_only=True)
class LinkChange:
    """Some properties of a link, named as those of `Link`; properties that are left out stay as they are."""

    latency: Latency | None = None
    loss: float | None = None
    duplicate: float | None = None
    bandwidth: float | None = None
    slow: float | None = None

    def __post_init__(self) -> None:
        self.applied(Link())

    @property
    def given(self) -> dict[str, Any]:
        """The properties that change, by name."""
        named = {f.name: getattr(self, f.name) for f in fields(LinkChange)}
        return {name: value for name, value in named.items() if value is not None}

    def applied(self, link: Link) -> Link:
        """Return the link with these properties instead of its own."""
        return link.with_(**self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLink(LinkChange, Event):
    """Links get other properties: the link ``between`` two nodes, all links of some ``nodes``, or all links."""

    do: ClassVar[str] = "link"
    label: ClassVar[str] = "Delays"
    names_in: ClassVar[str] = "nodes"
    between: tuple[int, ...] = ()
    nodes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        LinkChange.__post_init__(self)
        set_field(self, "between", two_ends("between", self.between) if self.between else ())
        set_field(self, "nodes", tuple(checked_names("nodes", self.nodes)))
        if self.between and self.nodes:
            raise LocalError(
                "name the link `between` two nodes or all links of some `nodes`, not both", argument="nodes"
            )

    @property
    def about(self) -> tuple[int, ...]:
        """The nodes whose links are named."""
        return self.between + self.nodes

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the nodes exist."""
        roll.check("between", self.between)
        roll.check("nodes", self.nodes)

    def happen(self, net: Network) -> None:
        """Change each direction of each of the links, from its present properties."""
        names = [host.name for host in net.hosts]
        pairs = [self.between] if self.between else [(a, b) for a in names for b in names if a < b]
        for a, b in pairs:
            if not self.nodes or a in self.nodes or b in self.nodes:
                net.change_link(a, b, **self.given)


EVENTS: tuple[type[Event], ...] = (Cut, Mend, Isolate, Rejoin, PartitionNodes, Heal, ChangeLink)
"""The events of this module."""
