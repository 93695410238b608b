r"""One round as Lamport would draw it: the events of each node in order, the messages between them, and logical clocks.

An event happened before another if it came earlier at the same node, or sent what the other received, or by a chain of
these. A logical clock gives every event a number, greater than those of all that happened before it:

$$C(b) = 1 + \max\{C(a) : a \text{ directly before } b\}.$$

What is not connected so could not influence each other, whatever the times say.

Source: Lamport, Time, clocks, and the ordering of events in a distributed system, CACM 21 (1978).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drandlab.errors import LocalError
from drandlab.simulation.reading.moments import Message
from drandlab.simulation.reading.timeline import Timeline
from drandlab.typing import Round

__all__ = ["HAPPENINGS", "Arrow", "Happening", "SpaceTime"]

HAPPENINGS: Mapping[str, str] = MappingProxyType(
    {
        "signed": "signs",
        "served": "serves the beacon",
        "arrived": "receives",
        "refused": "refuses",
        "stored": "stores the beacon",
    }
)
"""The kinds of events of a round."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a round: when, where, what; ``clock`` is its logical time, ``causes`` what came directly before."""

    time: int
    node: int
    kind: str
    clock: int
    said: str
    causes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message of the round, from the number of an event to that of another; None where it was not received."""

    source: int
    target: int | None
    message: Message


class SpaceTime:
    """The events of one round in order of time, and the messages between them.

    Raises `LocalError` for a round that the journal has nothing of, and for a summary, which leaves the messages out.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass").run(rounds=2)
    >>> view = SpaceTime(Timeline(net.journal), 2)
    >>> last = len(view.events) - 1
    >>> view.events[0].clock, view.events[last].said, len(view.past(last)) > 3
    (1, 'node 1 receives a partial of node 2', True)
    """

    def __init__(self, timeline: Timeline, round: Round) -> None:
        if timeline.terms.detail != "full":
            raise LocalError("a summary has no messages; make the network with detail='full'", argument="journal")
        story = timeline.round(round)
        self.round, self.nodes, self.due = round, timeline.nodes, timeline.due(round) or 0
        messages = [
            copy
            for sent in timeline.sent_about(round)
            if sent.kind in ("partial", "beacon")
            for copy in timeline.copies(sent)
        ]
        # one sending is one event, however many receive it; what is signed is sent in the same moment
        begun = {(time, name, "signed") for time, name, _ in story.signed}
        begun |= {(m.departs, m.sender, "served") for m in messages if m.kind == "beacon"}
        begun |= {(m.departs, m.sender, "signed") for m in messages if m.kind == "partial"}
        rows = [(time, 0, name, kind, -1, _SAID[kind].format(name=name)) for time, name, kind in begun]
        for number, m in enumerate(messages):
            if m.arrives is not None and m.fate != "missed":
                what = "a partial" if m.kind == "partial" else "the beacon"
                text = f"node {m.receiver} receives {what} of node {m.sender}"
                rows.append((m.arrives, 1, m.receiver, "arrived", number, text))
        rows += [(time, 2, name, "refused", -1, f"node {name} refuses: {why}") for time, name, why in story.refused]
        rows += [
            (time, 3, name, "stored", -1, f"node {name} stores round {round}, by {by}")
            for time, name, by in story.stored
        ]
        self.events: list[Happening] = []
        received: dict[int, int] = {}
        last: dict[int, int] = {}
        sources: dict[tuple[int, int, str], int] = {}
        for time, _, name, kind, number, text in sorted(rows):
            causes = [last[name]] if name in last else []
            if number >= 0:
                received[number] = len(self.events)
                m = messages[number]
                causes.append(sources[m.departs, m.sender, "served" if m.kind == "beacon" else "signed"])
            clock = 1 + max((self.events[cause].clock for cause in causes), default=0)
            last[name] = len(self.events)
            if kind in ("signed", "served"):
                sources[time, name, kind] = len(self.events)
            self.events.append(Happening(time, name, kind, clock, text, tuple(causes)))
        self.arrows = [
            Arrow(sources[m.departs, m.sender, "served" if m.kind == "beacon" else "signed"], received.get(number), m)
            for number, m in enumerate(messages)
        ]

    def __repr__(self) -> str:
        return f"<SpaceTime of round {self.round}, {len(self.events)} events, {len(self.arrows)} messages>"

    def past(self, number: int) -> set[int]:
        """Return the numbers of all events that happened before an event."""
        return _closure(number, [event.causes for event in self.events])

    def future(self, number: int) -> set[int]:
        """Return the numbers of all events before which an event happened."""
        after: list[list[int]] = [[] for _ in self.events]
        for later, event in enumerate(self.events):
            for cause in event.causes:
                after[cause].append(later)
        return _closure(number, after)


_SAID = {"signed": "node {name} signs and sends its partial", "served": "node {name} serves the beacon"}


def _closure(number: int, steps: list[tuple[int, ...]] | list[list[int]]) -> set[int]:
    if not 0 <= number < len(steps):
        raise LocalError(f"expected a number from 0 to {len(steps) - 1}, got {number!r}", argument="event")
    found: set[int] = set()
    open_: Iterable[int] = steps[number]
    while fresh := set(open_) - found:
        found |= fresh
        open_ = [step for one in fresh for step in steps[one]]
    return found
