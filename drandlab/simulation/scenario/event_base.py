"""The base of all events of a scenario: when an event happens, which nodes it names, and whether it can happen.

The time of an event is ``at``, in seconds after genesis, or ``round`` and ``offset``, in seconds after that round is
due. An event of a `Scenario` has one; an event that is given to a network at once needs none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.world.world import checked_names
from drandlab.typing import Round, Seconds, checked_int, checked_real

__all__ = ["AtLink", "AtNodes", "Event", "Roll", "set_field", "two_ends"]


def set_field(event: object, name: str, value: Any) -> None:
    """Set a field of a frozen dataclass while it is made: a number of another library becomes a plain one."""
    object.__setattr__(event, name, value)


class Roll:
    """The nodes that exist, and those that are down, at a moment of a scenario.

    ``period`` is the network's, ``flying`` are the nodes that are satellites, ``split`` those whose signer alone flies.
    ``collators`` is how many the bridge beside the network has.
    """

    def __init__(
        self,
        nodes: int,
        period: int | None = None,
        flying: Iterable[int] = (),
        split: Iterable[int] = (),
        collators: int = 0,
    ) -> None:
        self.count, self.period = nodes, period
        self.flying, self.split = frozenset(flying), frozenset(split)
        self.down: set[int] = set()
        self.collators = collators
        self.collators_down: set[int] = set()

    def check_collators(self, key: str, indices: Iterable[int]) -> None:
        """Raise `LocalError` for a collator that there is not, as where the scenario has no bridge."""
        for index in indices:
            if not self.collators:
                raise LocalError("there are no collators: the scenario has no [bridge]", argument=key)
            if not 0 <= index < self.collators:
                there = f"there are 0 to {self.collators - 1}"
                raise LocalError(f"there is no collator {index}; {there}", argument=key)

    def check(self, key: str, names: Iterable[int]) -> None:
        """Raise `LocalError` for a name that no node has, or that comes twice."""
        seen: set[int] = set()
        for name in names:
            if not 0 <= name < self.count:
                raise LocalError(
                    f"there is no node {name}; at this moment there are 0 to {self.count - 1}", argument=key
                )
            if name in seen:
                raise LocalError(f"node {name} comes twice", argument=key)
            seen.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(ABC):
    """Something that happens to a network; its time is ``at``, or ``round`` and ``offset``."""

    do: ClassVar[str]
    """The value of the key ``do`` in a scenario file."""
    label: ClassVar[str] = ""
    """What a button that does this is called; empty where there is none."""
    names_in: ClassVar[str] = ""
    """The key that takes a list of nodes; empty where there is none."""

    at: Seconds | None = None
    round: Round | None = None
    offset: Seconds = 0.0

    def __post_init__(self) -> None:
        if self.at is not None:
            set_field(self, "at", checked_real(self.at, "at", what="a number of seconds"))
        set_field(self, "offset", checked_real(self.offset, "offset", what="a number of seconds"))
        if self.round is not None:
            set_field(self, "round", checked_int(self.round, "round", 1))
        if self.at is not None and self.round is not None:
            raise LocalError(
                "give the seconds after genesis in `at`, or a `round` and perhaps an `offset`", argument="at"
            )
        if self.round is None and self.offset:
            raise LocalError("it goes with `round`; with `at`, add it there", argument="offset")

    @property
    def about(self) -> tuple[int, ...]:
        """The nodes that it names."""
        return ()

    def after_genesis(self, period: int) -> Seconds:
        """Return its time in seconds after genesis; raises `LocalError` if it has none."""
        if self.at is None and self.round is None:
            raise LocalError(
                "give the seconds after genesis in `at`, or a `round` and perhaps an `offset`", argument="at"
            )
        return self.at if self.at is not None else ((self.round or 1) - 1) * period + self.offset

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless this can happen to the nodes that exist, and note in ``roll`` what it changes."""
        roll.check("node", self.about)

    def fitted(self, net: Network) -> Event | None:
        """Return the part of it that can happen now, or None if nothing can."""
        return self if all(0 <= name < len(net.hosts) for name in self.about) else None

    @abstractmethod
    def happen(self, net: Network) -> None:
        """Let it happen now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtNodes(Event):
    """Something that happens at one ``node`` or at several ``nodes``."""

    names_in: ClassVar[str] = "nodes"

    node: int | None = None
    nodes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        if self.node is not None:
            set_field(self, "node", checked_int(self.node, "node"))
        set_field(self, "nodes", tuple(checked_names("nodes", self.nodes)))
        if (self.node is None) == (not self.nodes):
            raise LocalError("name one `node`, or several `nodes`", argument="node")

    @property
    def about(self) -> tuple[int, ...]:
        """The nodes at which it happens."""
        return self.nodes if self.node is None else (self.node,)

    @property
    def key(self) -> str:
        """The key that names them."""
        return "nodes" if self.node is None else "node"

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the nodes exist."""
        roll.check(self.key, self.about)

    def fitted(self, net: Network) -> Event | None:
        """Return it with those nodes at which it can happen now, or None if there is none."""
        able = tuple(name for name in self.about if 0 <= name < len(net.hosts) and self.can_happen_to(name, net))
        if able == self.about:
            return self
        return replace(self, node=None, nodes=able) if able else None

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether it can happen at a node that exists."""
        return True

    def happen(self, net: Network) -> None:
        """Let it happen at each of the nodes."""
        for name in self.about:
            self.happen_to(name, net)

    @abstractmethod
    def happen_to(self, name: int, net: Network) -> None:
        """Let it happen at one node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLink(Event):
    """Something that happens to the link ``between`` two nodes."""

    names_in: ClassVar[str] = "between"

    between: tuple[int, ...]

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        set_field(self, "between", two_ends("between", self.between))

    @property
    def about(self) -> tuple[int, ...]:
        """The two ends."""
        return self.between

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless both ends exist."""
        roll.check("between", self.between)


def two_ends(key: str, names: object) -> tuple[int, ...]:
    """Return the names of two different nodes; raises `LocalError` for anything else."""
    found = tuple(checked_names(key, names))
    if len(found) != 2:
        raise LocalError(f"a link has two ends, got {len(found)} nodes", argument=key)
    return found
