r"""The checkers of time: a node signs when it has to, by its own clock, and catches up at the pace that it promises.

At each tick, the time of a round by its own clock, a member signs: the round after the last one it has stored, or the
current one if it has that already. Between two ticks it signs only in catch-up: a beacon that it has made with partials
while the clock is ahead is followed by the next partial after the catch-up period, no sooner and no later.

* **timely**: a node that is up signs within `BOUND` of each tick;
* **pace**: what it signs between two ticks it signs one catch-up period after a beacon that it made with partials; and
  after each such beacon that is behind the clock it signs the next round, one catch-up period later.

Both are judged for honest nodes whose clock keeps its rate, from the first tick after a start, a restart or a change of
the clock. What the node knows, it knows at once, so links and other nodes do not matter; but a node whose signer flies
signs when that is in sight, and is left out.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque

from drandlab.node.reports import PartialSent
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import BeaconStored, ChainOpened, ClockSet, HostCrashed, HostRestarted
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts, NodeFacts
from drandlab.simulation.reading.reader import on
from drandlab.typing import Round, Seconds

__all__ = ["BOUND", "Pace", "Timely"]

BOUND: Seconds = 0.01
"""How far from the time that is promised something may happen."""

GUARD: Seconds = 1e-4
"""Around the time of a round it is left open which round is the current one: an entry's time is rounded."""


def signs(node: NodeFacts, round: Round) -> bool:
    """Whether it can be expected that a node signs ``round``, if its clock has reached it."""
    if not node.up or not node.in_chain or node.left or node.misbehaved_in_dkg or node.misbehaves:
        return False
    if node.drift or node.split:
        return False
    epoch = node.epoch_of(round)
    return epoch is not None and epoch.members[node.name] in epoch.qual


class Deadlines(Base[Facts], ABC):
    """A checker with one deadline for each node, at which the node signs if it has to.

    Whether it has to is asked twice, when the deadline comes and `BOUND` later; what changed meanwhile excuses it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._due: dict[int, Seconds] = {}
        self._awaited: dict[int, Round | None] = {}
        self._signed: dict[int, Seconds] = {}
        self._next: Seconds = math.inf

    def see(self, entry: Entry, facts: Facts) -> None:
        """Look at the deadlines that have come, then take the entry."""
        if entry.time >= self._next:
            self._pass(entry.time, facts)
        Base.see(self, entry, facts)

    def _expect(self, name: int, due: Seconds) -> None:
        self._due[name] = due
        self._awaited.pop(name, None)
        self._next = min(self._next, due - GUARD)

    def _forget(self, name: int) -> None:
        self._due.pop(name, None)

    def _pass(self, time: Seconds, facts: Facts) -> None:
        for name, due in list(self._due.items()):
            node = facts.node(name)
            if name not in self._awaited and time >= due - GUARD:
                self._awaited[name] = self.wanted(node, due, facts)
            if time >= due + BOUND:
                del self._due[name]
                if (first := self._awaited.pop(name)) is not None and self.wanted(node, due, facts) is not None:
                    self.checked += 1
                    if self._signed.get(name, -math.inf) < due - BOUND:
                        self.blame(due, name, f"did not sign round {first}, {self.reason}")
                self.passed(node, due, facts)
        self._next = min(
            (due + BOUND if name in self._awaited else due - GUARD for name, due in self._due.items()),
            default=math.inf,
        )

    reason = ""
    """Why it had to sign."""

    @abstractmethod
    def wanted(self, node: NodeFacts, due: Seconds, facts: Facts) -> Round | None:
        """Return the round that a node has to sign now, None for none."""

    def passed(self, node: NodeFacts, due: Seconds, facts: Facts) -> None:
        """Plan what comes after a deadline."""

    def end(self, facts: Facts) -> Verdict:
        """Judge what has passed since the last entry."""
        if facts.detail != "full":
            return self.skip("a summary does not say who signed")
        self._pass(facts.time, facts)
        return Base.end(self, facts)


class Timely(Deadlines):
    """At each tick of its own clock a member signs."""

    reason = "though the time of a round had come by its clock"

    def __init__(self) -> None:
        super().__init__("timely")
        self._changed: dict[int, Seconds] = {}

    def see(self, entry: Entry, facts: Facts) -> None:
        """Plan the next tick of whoever has just started; the facts know of it by now."""
        for name, time in self._changed.items():
            self._plan(facts.node(name), time, facts)
        if self._changed:
            self._changed = {}
        Deadlines.see(self, entry, facts)

    @on(ChainOpened, HostRestarted, ClockSet)
    def started(self, entry: Entry, what: object, facts: Facts) -> None:
        """The ticks of a node begin, or come at other times."""
        assert entry.node is not None
        self._forget(entry.node)
        self._changed[entry.node] = entry.time

    @on(HostCrashed)
    def crashed(self, entry: Entry, what: HostCrashed, facts: Facts) -> None:
        """No tick comes."""
        assert entry.node is not None
        self._forget(entry.node)

    @on(PartialSent)
    def signed(self, entry: Entry, what: PartialSent, facts: Facts) -> None:
        """Remember when a node has signed last."""
        assert entry.node is not None
        self._signed[entry.node] = entry.time

    def _plan(self, node: NodeFacts, time: Seconds, facts: Facts) -> None:
        if facts.info is None or node.drift or not node.up:
            return
        time = max(time, node.asleep_until)
        local = node.clock(time)
        upcoming = facts.info.round_at(local + GUARD) + 1 if local + GUARD >= facts.info.genesis_time else 1
        self._expect(node.name, time + facts.info.round_time(upcoming) - local)

    def wanted(self, node: NodeFacts, due: Seconds, facts: Facts) -> Round | None:
        """Return the round after the last one, or the current one where that is stored already."""
        assert facts.info is not None
        current = facts.info.round_at(node.clock(due) + GUARD)
        round = current if node.last == current else node.last + 1
        return round if round <= current and signs(node, round) else None

    def passed(self, node: NodeFacts, due: Seconds, facts: Facts) -> None:
        """The next tick follows."""
        self._plan(node, due + BOUND, facts)


class Pace(Deadlines):
    """Between two ticks a member signs one catch-up period after a beacon that it made, no sooner and no later."""

    reason = "though the catch-up period was over"

    def __init__(self) -> None:
        super().__init__("pace")
        self._made: dict[int, deque[Seconds]] = {}

    @on(HostCrashed, ClockSet)
    def stopped(self, entry: Entry, what: object, facts: Facts) -> None:
        """Timers are gone, or ring at another time."""
        assert entry.node is not None
        self._forget(entry.node)
        self._made.pop(entry.node, None)

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """A beacon made with partials, behind the clock, starts the timer."""
        info, node = facts.info, facts.node(entry.node)
        if info is None or what.by != "partials" or node.drift:
            return
        pause = _pause(node, what.round, facts)
        self._made.setdefault(node.name, deque(maxlen=8)).append(entry.time + pause)
        local = node.clock(entry.time)
        if local <= info.genesis_time + GUARD:
            return
        if what.round < info.round_at(local - GUARD):
            self._expect(node.name, entry.time + pause)
        elif what.round < info.round_at(local + GUARD):
            self._forget(node.name)  # it depends on microseconds whether the timer was set anew

    @on(PartialSent)
    def signed(self, entry: Entry, what: PartialSent, facts: Facts) -> None:
        """Ask what has made a node sign now."""
        info, node = facts.info, facts.node(entry.node)
        self._signed[node.name] = entry.time
        if info is None or not signs(node, what.round) or _is_unsettled(node, entry.time, facts):
            return
        local = node.clock(entry.time)
        if abs(local - info.round_time(info.round_at(local + BOUND))) <= BOUND:
            return
        self.checked += 1
        if not any(abs(entry.time - due) <= BOUND for due in self._made.get(node.name, ())):
            why = "though no beacon that it made was a catch-up period old"
            self.blame(entry.time, node.name, f"signed round {what.round} between two ticks, {why}")

    def wanted(self, node: NodeFacts, due: Seconds, facts: Facts) -> Round | None:
        """Return the round after the last one, if that is behind the clock."""
        assert facts.info is not None
        behind = node.last < facts.info.round_at(node.clock(due) - GUARD)
        return node.last + 1 if behind and signs(node, node.last + 1) else None


def _pause(node: NodeFacts, round: Round, facts: Facts) -> Seconds:
    """The catch-up period of the group that a node was in when it stored ``round``."""
    epoch = node.epoch_of(round) or (node.epochs[0] if node.epochs else None)
    return facts.catchup_period if epoch is None or epoch.catchup_period is None else epoch.catchup_period


def _is_unsettled(node: NodeFacts, time: Seconds, facts: Facts) -> bool:
    """Whether timers may still ring that were set by another clock."""
    return node.set_at > 0 and time <= max(node.set_at, node.asleep_until) + 2 * facts.period
