"""What a journal says about any moment of a run: the nodes, the links, the messages in flight, the rounds.

A `Timeline` reads the journal of a `Network` and nothing else, entry by entry, and goes on where it stopped when the
journal has grown. All its times are whole microseconds since the first entry, the moment at which the world began.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.entries import NetworkMade
from drandlab.simulation.journal import Journal
from drandlab.simulation.reading.history import History
from drandlab.simulation.reading.moments import Message, NodeState, RoundStory, Sent, TimelineEvent
from drandlab.simulation.reading.reader import MISFITS, misfit
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, checked_int, whole_number

__all__ = ["Timeline"]


class Timeline(History):
    """A run, as its journal tells it; `update` reads what has been written since.

    ``nodes`` are the names, ``terms`` the first entry, ``end`` the newest moment, ``sent`` and ``events`` all
    that was sent and all that happened, in order of time. Raises `LocalError` for what is no journal of a network,
    `FormatError` for an entry that cannot be one.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass").run(rounds=2)
    >>> timeline = Timeline(net.journal)
    >>> timeline.newest, timeline.word(0, timeline.end), len(timeline.round(2).signed)
    (2, 'good', 4)
    """

    def __init__(self, journal: Journal) -> None:
        if not isinstance(journal, Journal):
            raise LocalError(f"expected the journal of a network, got a {type(journal).__name__}", argument="journal")
        first = next(iter(journal), None)
        if first is None or not isinstance(first.what, NetworkMade):
            came = "an empty one" if first is None else f"one that begins with {first.kind!r}"
            raise LocalError(f"expected the journal of a network, got {came}", argument="journal")
        super().__init__(first.what, first.time)
        self.journal = journal
        self._read = 0
        self.update()

    def __repr__(self) -> str:
        return f"<Timeline of {len(self.nodes)} nodes, {self.end / MICRO:g} s, round {self.newest}>"

    def update(self) -> int:
        """Read what the journal has had since; return the number of entries."""
        before = self._read
        for entry in self.journal.since(self._read):
            self._read += 1
            try:
                self.take(entry)
            except MISFITS as error:
                raise misfit(entry, error, self._read) from error
        return self._read - before

    # -- time and rounds ----------------------------------------------------------------------------------------------

    @property
    def period(self) -> int:
        """Microseconds from one round to the next."""
        return self.terms.period * MICRO

    def due(self, round: Round) -> int | None:
        """Return when a round is due; None before there is a chain."""
        return None if self.genesis is None else self.genesis + max(0, round - 1) * self.period

    def round_at(self, at: int) -> Round:
        """Return the round that is due last at a time, 0 before the first."""
        return 0 if self.genesis is None or at < self.genesis else (at - self.genesis) // self.period + 1

    def head(self, at: int) -> Round:
        """Return the newest round that anybody has stored by a time, 0 before the first."""
        times, rounds = self.heads
        place = bisect_right(times, at)
        return rounds[place - 1] if place else 0

    def threshold(self, round: Round) -> int:
        """Return the threshold of the group that makes a round."""
        begun = [first for first in self.thresholds if first <= round]
        return self.thresholds[max(begun)] if begun else self.terms.threshold

    @property
    def rounds(self) -> list[Round]:
        """The rounds that the journal says anything about, in order."""
        return sorted(self.stories)

    def round(self, round: Round) -> RoundStory:
        """Return what the journal says of a round; raises `LocalError` if that is nothing."""
        number = whole_number(round)
        if number is None or number not in self.stories:
            known = f"there are {min(self.stories)} to {max(self.stories)}" if self.stories else "there is none yet"
            raise LocalError(f"the journal has no round {repr_of(round)}; {known}", argument="round")
        return self.stories[number]

    # -- a moment -----------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> tuple[int, ...]:
        """The names of all nodes so far."""
        return tuple(self.states)

    def node(self, name: int, at: int) -> NodeState:
        """Return a node at a time; before it came it is a node without a share."""
        if name not in self.states:
            raise LocalError(f"there is no node {name!r}; there are {', '.join(map(str, self.nodes))}", argument="node")
        at = checked_int(at, "at", what="whole microseconds")
        times, states = self.states[name]
        return states[max(0, bisect_right(times, at) - 1)]

    def changes(self, name: int, since: int = 0) -> list[tuple[int, NodeState]]:
        """Return a node's states with the times from which they hold, the one that holds at ``since`` first."""
        times, states = self.states[name]
        place = max(0, bisect_right(times, since) - 1)
        return list(zip(times[place:], states[place:], strict=True))

    def word(self, name: int, at: int) -> str:
        """Return the state of a node at a time as one of `WORDS`."""
        state = self.node(name, at)
        if not state.up:
            return "down"
        if state.phase == "left":
            return "left"
        if state.misbehaviour is not None:
            return "false"
        if state.phase == "none":
            return "none"
        # the others may be a moment earlier with the newest round
        return "behind" if (state.last or 0) < self.head(at) - 1 else "good"

    def link(self, sender: int, receiver: int, at: int) -> tuple[bool, float]:
        """Return whether one direction of a link is cut at a time, and by what its delays are multiplied."""
        times, found = self.link_states.get((sender, receiver), ([], []))
        place = bisect_right(times, at)
        return found[place - 1] if place else (False, 1.0)

    @property
    def linked(self) -> tuple[tuple[int, int], ...]:
        """The directions of links that were ever cut or slowed."""
        return tuple(self.link_states)

    def link_changes(self, sender: int, receiver: int, since: int = 0) -> list[tuple[int, tuple[bool, float]]]:
        """Return whether one direction was cut and how slow it was, with the times from which that holds."""
        times, found = self.link_states.get((sender, receiver), ([], []))
        place = max(0, bisect_right(times, since) - 1)
        return list(zip(times[place:], found[place:], strict=True))

    def links(self, at: int) -> dict[tuple[int, int], tuple[bool, float]]:
        """Return the directions of links that are cut or slowed at a time."""
        found = {pair: self.link(*pair, at) for pair in self.link_states}
        return {pair: state for pair, state in found.items() if state != (False, 1.0)}

    def copies(self, sent: Sent) -> Iterable[Message]:
        """Yield every copy of what was sent, with its fate."""
        for receiver, delays, cut in sent.to:
            head = (sent.sender, receiver, sent.kind, sent.round, sent.time)
            if not delays:
                yield Message(*head, None, "cut" if cut else "lost")
            for number, delay in enumerate(delays):
                arrives = sent.time + delay
                there = self.node(receiver, arrives - 1).up
                yield Message(*head, arrives, "missed" if not there else "twice" if number else "arrives")

    def sent_about(self, round: Round) -> list[Sent]:
        """Return what was sent about a round, in order of time."""
        return [self.sent[number] for number in self.about.get(round, ())]

    def in_flight(self, at: int) -> list[Message]:
        """Return the messages that have left by a time and have not arrived; lost ones for as long as one travels."""
        first = bisect_left(self.sent, at - self.longest, key=lambda sent: sent.time)
        last = bisect_right(self.sent, at, key=lambda sent: sent.time)
        found = [copy for sent in self.sent[first:last] for copy in self.copies(sent)]
        ends = [(m.departs + self.reach + 1 if m.arrives is None else m.arrives, m) for m in found if m.fate != "cut"]
        return [m for end, m in ends if end > at]

    def said(self, since: int, until: int) -> list[TimelineEvent]:
        """Return what happened from a time on and before another."""
        first, last = (bisect_left(self.events, at, key=lambda event: event.time) for at in (since, until))
        return self.events[first:last]
