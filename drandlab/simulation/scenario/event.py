"""What all events of a scenario share: a moment, and a check before anything runs that they can happen.

An event's moment is ``at``, in seconds after genesis, or ``round`` and ``offset``, in seconds after that round is due.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.typing import Round, Seconds

__all__ = ["AtLink", "AtNodes", "Event", "Roll", "two_ends"]


class Roll:
    """Who is there, and who is up, at a moment of a scenario that goes as planned; ``period`` is the network's."""

    def __init__(self, nodes: int, period: int | None = None) -> None:
        self.count, self.period = nodes, period
        self.down: set[int] = set()

    def check(self, key: str, names: Iterable[int]) -> None:
        """Raise `LocalError` for a name that nobody has, or that comes twice."""
        seen: set[int] = set()
        for name in names:
            if not 0 <= name < self.count:
                raise LocalError(f"{key}: there is no node {name}; at this moment there are 0 to {self.count - 1}")
            if name in seen:
                raise LocalError(f"{key}: node {name} comes twice")
            seen.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(ABC):
    """Something that happens: its moment is ``at`` or ``round`` and ``offset``."""

    KINDS: ClassVar[Mapping[str, type[Event]]] = {}
    do: ClassVar[str]

    at: Seconds | None = None
    round: Round | None = None
    offset: Seconds = 0.0

    def __post_init__(self) -> None:
        if (self.at is None) == (self.round is None):
            raise LocalError("at: give the seconds after genesis in `at`, or a `round` and perhaps an `offset`")
        if self.round is None and self.offset:
            raise LocalError("offset: it goes with `round`; with `at`, add it there")
        if self.round is not None and self.round < 1:
            raise LocalError(f"round: expected a whole number of at least 1, got {self.round}")
        for key, value in (("at", self.at), ("offset", self.offset)):
            if value is not None and not math.isfinite(value):
                raise LocalError(f"{key}: expected a number of seconds, got {value}")

    def after_genesis(self, period: int) -> Seconds:
        """Return the moment in seconds after genesis."""
        return self.at if self.at is not None else ((self.round or 1) - 1) * period + self.offset

    def fits(self, roll: Roll) -> None:  # noqa: B027  some events fit everywhere
        """Raise `LocalError` unless this can happen to those who are there, and write down what changes."""

    @abstractmethod
    def happen(self, net: Network) -> None:
        """Let it happen now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtNodes(Event):
    """Something that happens at one ``node`` or at several ``nodes``."""

    node: int | None = None
    nodes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        if (self.node is None) == (not self.nodes):
            raise LocalError("node: name one `node`, or several `nodes`")

    @property
    def names(self) -> tuple[int, ...]:
        """The nodes it is about."""
        return self.nodes if self.node is None else (self.node,)

    @property
    def key(self) -> str:
        """The key that names them."""
        return "nodes" if self.node is None else "node"

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless the nodes are there."""
        roll.check(self.key, self.names)

    def happen(self, net: Network) -> None:
        """Let it happen to each of the nodes."""
        for name in self.names:
            self.happen_to(name, net)

    @abstractmethod
    def happen_to(self, name: int, net: Network) -> None:
        """Let it happen to one node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLink(Event):
    """Something that happens to the link ``between`` two nodes."""

    between: tuple[int, ...]

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        two_ends("between", self.between)

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` unless both ends are there."""
        roll.check("between", self.between)


def two_ends(key: str, names: tuple[int, ...]) -> None:
    """Raise `LocalError` unless two nodes are named."""
    if len(names) != 2:
        raise LocalError(f"{key}: a link has two ends, got {len(names)} nodes")
