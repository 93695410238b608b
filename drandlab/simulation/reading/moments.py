"""What a timeline is made of: the state of a node, a message on its way, an event, the story of a round.

Times are whole microseconds since the world began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from drandlab.simulation.traffic import MESSAGES
from drandlab.typing import Round, Seconds, ShareIndex

__all__ = ["FATES", "GROUPS", "WORDS", "Message", "NodeState", "RoundStory", "Sent", "TimelineEvent"]

GROUPS: Mapping[str, str] = MappingProxyType({name: kind.legend.name for name, kind in MESSAGES.items()})
"""The kinds of messages, and what a legend calls them."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "good": "up",
        "none": "without a share",
        "behind": "behind",
        "false": "misbehaving",
        "down": "down",
        "left": "not in the group",
    }
)
"""The states of a node in a picture, and what they mean."""

FATES = ("arrives", "missed", "lost", "cut", "twice")
"""What becomes of a message: taken, come to a host that is down, lost on the way, never left, or a second copy."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node at a moment: ``phase`` is ``none`` (no share), ``member`` or ``left``, ``last`` its last stored round.

    ``clock`` is how far its clock was put ahead, in seconds, ``misbehaviour`` how it breaks the protocol, None if not.
    ``seen_by`` are the stations that see a satellite; for a node that does not fly it is None.
    """

    up: bool = True
    phase: str = "none"
    last: Round | None = None
    misbehaviour: str | None = None
    clock: Seconds = 0.0
    full: bool = False
    seen_by: tuple[str, ...] | None = None

    @property
    def in_sight(self) -> bool:
        """Whether it is on the ground, or a station sees it."""
        return self.seen_by is None or bool(self.seen_by)


class Sent(NamedTuple):
    """One message as it left: to whom, and for each the delays in microseconds and whether the link was cut."""

    time: int
    sender: int
    kind: str
    round: Round | None
    to: tuple[tuple[int, tuple[int, ...], bool], ...]


class Message(NamedTuple):
    """One copy of a message to one receiver; ``arrives`` is None where it never does; ``fate`` is one of `FATES`."""

    sender: int
    receiver: int
    kind: str
    round: Round | None
    departs: int
    arrives: int | None
    fate: str


class TimelineEvent(NamedTuple):
    """Something that happened, beside the messages."""

    time: int
    node: int | None
    kind: str
    round: Round | None
    note: str

    @property
    def said(self) -> str:
        """The event as a sentence."""
        if self.kind == "partial":
            return f"Node {self.node} signs round {self.round}."
        if self.kind == "stored":
            return f"Node {self.node} stores round {self.round}, by {self.note}."
        return self.note


@dataclass(slots=True)
class RoundStory:
    """What the journal says of one round: who signed it, who had it first, who stored it when and how."""

    round: Round
    signed: list[tuple[int, int, ShareIndex]] = field(default_factory=list)
    """Time, node, index."""
    first: tuple[int, int] | None = None
    """Time and node of the first beacon."""
    randomness: str | None = None
    """The first 8 bytes, in hexadecimal."""
    signature: str | None = None
    previous: str | None = None
    stored: list[tuple[int, int, str]] = field(default_factory=list)
    """Time, node, by what."""
    refused: list[tuple[int, int, str]] = field(default_factory=list)
    """Time, node, why."""
