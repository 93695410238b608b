"""What one node believes about every share, from the first step of a DKG or resharing to the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drandlab.simulation.keygen.evidence import Check
from drandlab.typing import Seconds

__all__ = ["GOOD", "STATES", "Belief", "ShareEvent", "Step"]

STATES: Mapping[str, str] = MappingProxyType(
    {
        "w": "no word yet, which counts as a complaint",
        "q": "no word yet, and silence counts as success",
        "s": "in order",
        "c": "complaint",
        "j": "in order, justified in public",
        "v": "void, its dealer is evicted",
    }
)
"""What a node may think of a share, by letter."""

GOOD = frozenset("qsj")
"""The states that count as success."""


@dataclass(frozen=True, slots=True)
class ShareEvent:
    """Something said about one share, about all shares of a dealer, or about all of a holder (None: all)."""

    step: int
    said: str
    dealer: int | None = None
    holder: int | None = None
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, and what the node believes from then on: one row of letters of `STATES` for each dealer."""

    time: Seconds
    phase: str
    said: str
    states: tuple[str, ...]
    evicted_dealers: frozenset[int]
    evicted_holders: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """The beliefs of one node from its first step to its last.

    ``dealers`` are the rows, ``holders`` the columns. ``own_dealer`` and ``own_holder`` are the node's own indices.
    ``qual``, of holders in a resharing and of dealers otherwise, and ``key`` are None when the node ended without.
    """

    node: int
    dealers: tuple[int, ...]
    holders: tuple[int, ...]
    own_dealer: int | None
    own_holder: int | None
    resharing: bool
    steps: tuple[Step, ...]
    events: tuple[ShareEvent, ...]
    qual: tuple[int, ...] | None = None
    key: str | None = None

    def state(self, step: int, dealer: int, holder: int) -> str:
        """Return the letter of one share after ``step``."""
        return self.steps[step].states[self.dealers.index(dealer)][self.holders.index(holder)]

    def story(self, dealer: int, holder: int, step: int | None = None) -> list[ShareEvent]:
        """Return what has been said about one share up to ``step``, or in the whole run."""
        last = len(self.steps) if step is None else step
        return [e for e in self.events if e.step <= last and e.dealer in (None, dealer) and e.holder in (None, holder)]

    def struck(self, step: int) -> frozenset[int]:
        """Return the dealers that are out after ``step``: the evicted, and at the end all with a share not in order."""
        now = self.steps[step]
        if now.phase != "finish":
            return now.evicted_dealers
        open_rows = {d for d, row in zip(self.dealers, now.states, strict=True) if not GOOD.issuperset(row)}
        return now.evicted_dealers | open_rows

    def __repr__(self) -> str:
        return f"<Belief of node {self.node}: {len(self.steps)} steps>"
