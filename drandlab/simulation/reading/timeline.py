"""What a journal says about any moment of a run: the nodes, the links, the messages in flight, the rounds.

A `Timeline` reads the journal of a `Network` and nothing else, entry by entry, and goes on where it stopped when the
journal has grown. All its times are whole microseconds since the first entry, the moment at which the world began.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from drandlab.errors import FormatError, LocalError
from drandlab.printable import repr_of
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.moments import Event, Message, NodeState, RoundStory, Sent
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, Seconds, checked_int, whole_number

__all__ = ["Timeline"]


class Timeline:
    """A run, as its journal tells it; `update` reads what has been written since.

    ``nodes`` are the names, ``terms`` the first entry's details, ``end`` the newest moment, ``sent`` and ``events`` all
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
        if first is None or first.kind != "network":
            came = "an empty one" if first is None else f"one that begins with {first.kind!r}"
            raise LocalError(f"expected the journal of a network, got {came}", argument="journal")
        self.journal, self.terms, self.start = journal, first.details, first.time
        self.sent: list[Sent] = []
        self.events: list[Event] = []
        self.end = 0
        self.longest = 0
        """The longest time that a message took."""
        self.reach = 0
        """The longest that one took on the way, without the waits before it was transmitted again."""
        self.genesis: int | None = None
        self.newest: Round = 0
        self._read = 0
        self._states: dict[int, tuple[list[int], list[NodeState]]] = {}
        self._links: dict[tuple[int, int], tuple[list[int], list[tuple[bool, float]]]] = {}
        self._cut: set[tuple[int, int]] = set()
        self._heads: tuple[list[int], list[Round]] = ([], [])
        self._rounds: dict[Round, RoundStory] = {}
        self._sent_about: dict[Round, list[int]] = {}
        self._groups: dict[int, tuple[Round, int]] = {}
        self._thresholds: dict[Round, int] = {}
        self.update()

    def __repr__(self) -> str:
        return f"<Timeline of {len(self.nodes)} nodes, {self.end / MICRO:g} s, round {self.newest}>"

    def update(self) -> int:
        """Read what the journal has had since; return the number of entries."""
        before = self._read
        for entry in self.journal.since(self._read):
            self._read += 1
            try:
                self.end = self.time_of(entry.time)
                if (take := _TAKES.get(entry.kind)) is not None:
                    take(self, entry, self.end)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                rule = f"no {entry.kind!r} entry of a network ({type(error).__name__}: {error})"
                raise FormatError(rule, source="journal", line=self._read) from None
        return self._read - before

    # -- time and rounds ----------------------------------------------------------------------------------------------

    def time_of(self, unix: Seconds) -> int:
        """Return a UNIX time in this timeline's microseconds."""
        return round((unix - self.start) * MICRO)

    @property
    def period(self) -> int:
        """Microseconds from one round to the next."""
        return int(self.terms["period"]) * MICRO

    def due(self, round: Round) -> int | None:
        """Return when a round is due; None before there is a chain."""
        return None if self.genesis is None else self.genesis + max(0, round - 1) * self.period

    def round_at(self, at: int) -> Round:
        """Return the round that is due last at a time, 0 before the first."""
        return 0 if self.genesis is None or at < self.genesis else (at - self.genesis) // self.period + 1

    def head(self, at: int) -> Round:
        """Return the newest round that anybody has stored by a time, 0 before the first."""
        times, rounds = self._heads
        place = bisect_right(times, at)
        return rounds[place - 1] if place else 0

    def threshold(self, round: Round) -> int:
        """Return the threshold of the group that makes a round."""
        begun = [first for first in self._thresholds if first <= round]
        return self._thresholds[max(begun)] if begun else int(self.terms["threshold"])

    @property
    def rounds(self) -> list[Round]:
        """The rounds that the journal says anything about, in order."""
        return sorted(self._rounds)

    def round(self, round: Round) -> RoundStory:
        """Return what the journal says of a round; raises `LocalError` if that is nothing."""
        number = whole_number(round)
        if number is None or number not in self._rounds:
            known = f"there are {min(self._rounds)} to {max(self._rounds)}" if self._rounds else "there is none yet"
            raise LocalError(f"the journal has no round {repr_of(round)}; {known}", argument="round")
        return self._rounds[number]

    # -- a moment -----------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> tuple[int, ...]:
        """The names of all nodes so far."""
        return tuple(self._states)

    def node(self, name: int, at: int) -> NodeState:
        """Return a node at a time; before it came it is a node without a share."""
        if name not in self._states:
            raise LocalError(f"there is no node {name!r}; there are {', '.join(map(str, self.nodes))}", argument="node")
        at = checked_int(at, "at", what="whole microseconds")
        times, states = self._states[name]
        return states[max(0, bisect_right(times, at) - 1)]

    def changes(self, name: int, since: int = 0) -> list[tuple[int, NodeState]]:
        """Return a node's states with the times from which they hold, the one that holds at ``since`` first."""
        times, states = self._states[name]
        place = max(0, bisect_right(times, since) - 1)
        return list(zip(times[place:], states[place:], strict=True))

    def word(self, name: int, at: int) -> str:
        """Return the state of a node at a time as one of `WORDS`."""
        state = self.node(name, at)
        if not state.up:
            return "down"
        if state.phase == "left":
            return "left"
        if state.mischief is not None:
            return "false"
        if state.phase == "none":
            return "none"
        # the others may be a moment earlier with the newest round
        return "behind" if (state.last or 0) < self.head(at) - 1 else "good"

    def link(self, sender: int, receiver: int, at: int) -> tuple[bool, float]:
        """Return whether one direction of a link is cut at a time, and by what its delays are multiplied."""
        times, found = self._links.get((sender, receiver), ([], []))
        place = bisect_right(times, at)
        return found[place - 1] if place else (False, 1.0)

    @property
    def linked(self) -> tuple[tuple[int, int], ...]:
        """The directions of links that were ever cut or slowed."""
        return tuple(self._links)

    def link_changes(self, sender: int, receiver: int, since: int = 0) -> list[tuple[int, tuple[bool, float]]]:
        """Return whether one direction was cut and how slow it was, with the times from which that holds."""
        times, found = self._links.get((sender, receiver), ([], []))
        place = max(0, bisect_right(times, since) - 1)
        return list(zip(times[place:], found[place:], strict=True))

    def links(self, at: int) -> dict[tuple[int, int], tuple[bool, float]]:
        """Return the directions of links that are cut or slowed at a time."""
        found = {pair: self.link(*pair, at) for pair in self._links}
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
        return [self.sent[number] for number in self._sent_about.get(round, ())]

    def in_flight(self, at: int) -> list[Message]:
        """Return the messages that have left by a time and have not arrived; lost ones for as long as one travels."""
        first = bisect_left(self.sent, at - self.longest, key=lambda sent: sent.time)
        last = bisect_right(self.sent, at, key=lambda sent: sent.time)
        found = [copy for sent in self.sent[first:last] for copy in self.copies(sent)]
        ends = [(m.departs + self.reach + 1 if m.arrives is None else m.arrives, m) for m in found if m.fate != "cut"]
        return [m for end, m in ends if end > at]

    def said(self, since: int, until: int) -> list[Event]:
        """Return what happened from a time on and before another."""
        first, last = (bisect_left(self.events, at, key=lambda event: event.time) for at in (since, until))
        return self.events[first:last]

    # -- reading ------------------------------------------------------------------------------------------------------

    def _say(self, entry: Entry, at: int, note: str, round: Round | None = None) -> None:
        self.events.append(Event(at, entry.node, entry.kind, round, note))

    def _change(self, name: int, at: int, **changes: Any) -> None:
        times, states = self._states[name]
        times.append(at)
        states.append(replace(states[-1], **changes))

    def _set_link(self, pair: tuple[int, int], at: int, *, cut: bool | None = None, slow: float | None = None) -> None:
        times, found = self._links.setdefault(pair, ([], []))
        old = found[-1] if found else (False, 1.0)
        times.append(at)
        found.append((old[0] if cut is None else cut, old[1] if slow is None else slow))
        if cut is not None:
            (self._cut.add if cut else self._cut.discard)(pair)

    def _story(self, round: Round) -> RoundStory:
        return self._rounds.setdefault(round, RoundStory(round))

    def _start(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        self._states[entry.node] = ([at], [NodeState()])
        if at:
            self._say(entry, at, f"Node {entry.node} joins.")

    def _sent(self, entry: Entry, at: int) -> None:
        fates = entry.details["to"]
        assert entry.node is not None
        to = tuple(
            (int(name), tuple(delays), not delays and (entry.node, int(name)) in self._cut)
            for name, delays in fates.items()
        )
        late = entry.details.get("late", {})
        for name, delays, _ in to:
            for delay in delays:
                self.longest = max(self.longest, delay)
                self.reach = max(self.reach, delay - late.get(str(name), 0))
        kind = sys.intern(entry.details["message"])
        number = entry.details.get("round")
        if number is not None:
            self._sent_about.setdefault(number, []).append(len(self.sent))
        self.sent.append(Sent(at, entry.node, kind, number, to))

    def _broken(self, entry: Entry, at: int) -> None:
        """What was to be transmitted again never left: it is lost, whatever was said when it was sent."""
        receiver, due = entry.details["to"], self.time_of(entry.details["due"])
        for number in range(len(self.sent) - 1, -1, -1):
            sent = self.sent[number]
            if sent.time + self.longest < due:
                return
            if (sent.sender, sent.kind) == (entry.node, entry.details["message"]):
                to = tuple(
                    (name, tuple(d for d in delays if name != receiver or sent.time + d != due), cut)
                    for name, delays, cut in sent.to
                )
                if to != sent.to:
                    self.sent[number] = sent._replace(to=to)
                    return

    def _group(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        details = entry.details
        self._groups[entry.node] = (details["first_round"], details["threshold"])
        self._say(
            entry,
            at,
            f"Node {entry.node} knows the group: {details['nodes']} nodes, threshold {details['threshold']}.",
        )

    def _done(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        first, threshold = self._groups.get(entry.node, (1, self.terms["threshold"]))
        self._thresholds[first] = threshold
        self._change(entry.node, at, phase="member")
        self._say(entry, at, f"Node {entry.node} has its share of the key.")

    def _chain(self, entry: Entry, at: int) -> None:
        if self.genesis is None:
            self.genesis = self.time_of(entry.details["info"]["genesis_time"])

    def _partial(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        number = entry.details["round"]
        self._story(number).signed.append((at, entry.node, entry.details["index"]))
        self._say(entry, at, "", number)

    def _beacon(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        story = self._story(entry.details["round"])
        story.first, story.signature = (at, entry.node), entry.details["signature"]
        story.previous = entry.details["previous_signature"]
        self._say(
            entry, at, f"Round {story.round} has its beacon; node {entry.node} is the first with it.", story.round
        )

    def _stored(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        number, by = entry.details["round"], sys.intern(entry.details["by"])
        story = self._story(number)
        story.stored.append((at, entry.node, by))
        story.randomness = story.randomness or entry.details["beacon"]
        if by != "repair":
            self._change(entry.node, at, last=number)
        if number > self.newest:
            self.newest = number
            self._heads[0].append(at)
            self._heads[1].append(number)
        self._say(entry, at, by, number)

    def _refused(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        details, number = entry.details, entry.details.get("round")
        if number in self._rounds:
            self._rounds[number].refused.append((at, entry.node, details["why"]))
        self._say(entry, at, f"Node {entry.node} refuses a {details['what']}: {details['why']}.", number)

    def _crash(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        lost = entry.details["disk"] == "lost"
        self._change(entry.node, at, up=False, **({"last": None, "phase": "none"} if lost else {}))
        self._say(entry, at, f"Node {entry.node} crashes{' and loses its disk' if lost else ''}.")

    def _restart(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        last = entry.details["round"]
        self._change(entry.node, at, up=True, last=last)
        self._say(entry, at, f"Node {entry.node} starts again{f' after round {last}' if last else ''}.")

    def _pairs(self, entry: Entry, at: int) -> None:
        pairs = [(int(a), int(b)) for a, b in entry.details["pairs"]]
        for pair in pairs:
            self._set_link(pair, at, cut=entry.kind == "cut")
        links = sorted({f"{min(pair)}–{max(pair)}" for pair in pairs})
        done = "is cut" if entry.kind == "cut" else "is mended"
        self._say(entry, at, f"Link {', '.join(links)} {done}.")

    def _partition(self, entry: Entry, at: int) -> None:
        sides = [list(map(int, side)) for side in entry.details["sides"]]
        side_of = {name: number for number, side in enumerate(sides) for name in side}
        apart = {(a, b) for a in side_of for b in side_of if side_of[a] != side_of[b]}
        for pair in self._cut - apart:
            self._set_link(pair, at, cut=False)
        for pair in sorted(apart):
            self._set_link(pair, at, cut=True)
        parts = " | ".join(", ".join(map(str, side)) for side in sides)
        self._say(entry, at, f"The network parts: {parts}." if apart else "All links are whole.")

    def _heal(self, entry: Entry, at: int) -> None:
        for pair in sorted(self._cut):
            self._set_link(pair, at, cut=False)
        self._say(entry, at, "All links are mended.")

    def _link(self, entry: Entry, at: int) -> None:
        one, other = entry.details["pair"]
        slow = entry.details["slow"]
        for pair in ((one, other), (other, one)):
            self._set_link(pair, at, slow=slow)
        self._say(entry, at, f"Link {one}–{other}: delays ×{slow:g}, loss {entry.details['loss']:.0%}.")

    def _clock(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        offset, drift = entry.details["offset"], entry.details["drift"]
        self._change(entry.node, at, clock=offset)
        fast = f", and runs {drift:+.3%} fast" if drift else ""
        self._say(entry, at, f"Node {entry.node}'s clock is {offset:+g} s off{fast}.")

    def _disk(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        self._change(entry.node, at, full=entry.details["full"])
        self._say(entry, at, f"Node {entry.node}'s disk {'is full' if entry.details['full'] else 'has room again'}.")

    def _mischief(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        what = entry.details["what"]
        self._change(entry.node, at, mischief=what)
        self._say(entry, at, f"Node {entry.node} {'is honest again' if what is None else f'misbehaves: {what}'}.")

    def _left(self, entry: Entry, at: int) -> None:
        assert entry.node is not None
        self._change(entry.node, at, phase="left")
        self._say(entry, at, f"Node {entry.node} is not in the group any more.")


def _note(text: Callable[[Entry], str]) -> Callable[[Timeline, Entry, int], None]:
    return lambda timeline, entry, at: timeline._say(entry, at, text(entry), entry.details.get("round"))


_TAKES: Mapping[str, Callable[[Timeline, Entry, int], None]] = {
    "start": Timeline._start,
    "sent": Timeline._sent,
    "broken": Timeline._broken,
    "group": Timeline._group,
    "done": Timeline._done,
    "chain": Timeline._chain,
    "partial": Timeline._partial,
    "beacon": Timeline._beacon,
    "stored": Timeline._stored,
    "refused": Timeline._refused,
    "crash": Timeline._crash,
    "restart": Timeline._restart,
    "cut": Timeline._pairs,
    "mend": Timeline._pairs,
    "partition": Timeline._partition,
    "heal": Timeline._heal,
    "link": Timeline._link,
    "clock": Timeline._clock,
    "disk": Timeline._disk,
    "mischief": Timeline._mischief,
    "left group": Timeline._left,
    "phase": _note(lambda e: f"Node {e.node}, DKG: {e.details['phase']} phase."),
    "blame": _note(lambda e: f"Node {e.node} blames {e.details['role']} {e.details['index']}: {e.details['why']}."),
    "failed": _note(lambda e: f"Node {e.node} has no share: {e.details['why']}."),
    "left": _note(lambda e: f"Node {e.node} will not be in the new group."),
    "set-up failed": _note(lambda e: f"Node {e.node} leaves the set-up: {e.details['why']}."),
    "store failed": _note(lambda e: f"Node {e.node} cannot store round {e.details['round']}: {e.details['why']}."),
    "synced": _note(
        lambda e: (
            f"Node {e.node} has caught up to round {e.details['up_to']}."
            if e.details["ok"]
            else f"Node {e.node} could not catch up to round {e.details['up_to']}."
        )
    ),
    "reshare": _note(
        lambda e: (
            f"A resharing begins: nodes {', '.join(map(str, e.details['nodes']))}, threshold {e.details['threshold']}."
        )
    ),
}
"""What each kind of entry changes or says; other kinds are passed over."""
