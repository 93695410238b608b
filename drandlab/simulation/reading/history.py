"""What a journal has said so far, sorted by what it is about: nodes, links, messages, rounds, in order of time.

A `History` takes the entries of a `Network` one by one. `drandlab.simulation.reading.timeline` asks it about moments.
Its times are whole microseconds since the first entry, the moment at which the world began.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from drandlab.node.reports import (
    DkgDone,
    DkgFailed,
    DkgLeft,
    DkgPhase,
    GroupKnown,
    GroupLeft,
    MessageRefused,
    PartialSent,
    PeerBlamed,
    SetupFailed,
    StoreFailed,
    SyncEnded,
)
from drandlab.simulation.entries import (
    BeaconMade,
    BeaconStored,
    ChainOpened,
    ClockSet,
    DiskChanged,
    DkgMisbehaviour,
    HostCrashed,
    HostRestarted,
    HostStarted,
    LinkChanged,
    LinksCut,
    LinksHealed,
    LinksMended,
    LinksParted,
    MessageLost,
    MessageSent,
    NetworkMade,
    ReshareStarted,
    RunningMisbehaviour,
)
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.moments import NodeState, RoundStory, Sent, TimelineEvent
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, Seconds

__all__ = ["History"]


class History(JournalReader):
    """A run as its journal tells it, entry by entry; ``terms`` and ``start`` are the first entry's."""

    def __init__(self, terms: NetworkMade, start: Seconds) -> None:
        self.terms, self.start = terms, start
        self.sent: list[Sent] = []
        self.events: list[TimelineEvent] = []
        self.end = 0
        self.longest = 0
        """The longest time that a message took."""
        self.reach = 0
        """The longest that one took on the way, without the waits before it was transmitted again."""
        self.genesis: int | None = None
        self.newest: Round = 0
        self.states: dict[int, tuple[list[int], list[NodeState]]] = {}
        """By node: the times at which its state changed, and the states from then on."""
        self.link_states: dict[tuple[int, int], tuple[list[int], list[tuple[bool, float]]]] = {}
        """By direction: times, and from then on whether it is cut and by what its delays are multiplied."""
        self.heads: tuple[list[int], list[Round]] = ([], [])
        """Times at which the chain grew, and the newest round from then on."""
        self.stories: dict[Round, RoundStory] = {}
        self.about: dict[Round, list[int]] = {}
        """By round: the places in ``sent`` of the messages about it."""
        self.thresholds: dict[Round, int] = {}
        """By first round of a group: its threshold."""
        self._cut: set[tuple[int, int]] = set()
        self._groups: dict[int, GroupKnown] = {}

    def time_of(self, unix: Seconds) -> int:
        """Return a UNIX time in this history's microseconds."""
        return round((unix - self.start) * MICRO)

    def take(self, entry: Entry, *beside: Any) -> None:
        """Take the next entry."""
        self.end = self.time_of(entry.time)
        JournalReader.take(self, entry)

    # -- writing down -------------------------------------------------------------------------------------------------

    def _say(self, entry: Entry, note: str, round: Round | None = None) -> None:
        self.events.append(TimelineEvent(self.end, entry.node, entry.kind, round, note))

    def _change(self, entry: Entry, **changes: Any) -> None:
        assert entry.node is not None
        times, states = self.states[entry.node]
        times.append(self.end)
        states.append(replace(states[-1], **changes))

    def _set_link(self, pair: tuple[int, int], *, cut: bool | None = None, slow: float | None = None) -> None:
        times, found = self.link_states.setdefault(pair, ([], []))
        old = found[-1] if found else (False, 1.0)
        times.append(self.end)
        found.append((old[0] if cut is None else cut, old[1] if slow is None else slow))
        if cut is not None:
            (self._cut.add if cut else self._cut.discard)(pair)

    def _set_links(self, pairs: Iterable[tuple[int, int]], *, cut: bool) -> None:
        for pair in sorted(pairs):
            self._set_link(pair, cut=cut)

    def _story(self, round: Round) -> RoundStory:
        return self.stories.setdefault(round, RoundStory(round))

    # -- messages -----------------------------------------------------------------------------------------------------

    @on(MessageSent)
    def _sent(self, entry: Entry, what: MessageSent) -> None:
        sender, late = entry.node, what.late or {}
        assert sender is not None
        to = tuple(
            (name, delays, not delays and (sender, name) in self._cut) for name, delays in sorted(what.to.items())
        )
        for name, delays in what.to.items():
            for delay in delays:
                self.longest = max(self.longest, delay)
                self.reach = max(self.reach, delay - late.get(name, 0))
        if what.round is not None:
            self.about.setdefault(what.round, []).append(len(self.sent))
        self.sent.append(Sent(self.end, sender, sys.intern(what.message), what.round, to))

    @on(MessageLost)
    def _lost(self, entry: Entry, what: MessageLost) -> None:
        """What was to be transmitted again never left: it is lost, whatever was said when it was sent."""
        receiver, due = what.to, self.time_of(what.due)
        for number in range(len(self.sent) - 1, -1, -1):
            sent = self.sent[number]
            if sent.time + self.longest < due:
                return
            if (sent.sender, sent.kind) == (entry.node, what.message):
                to = tuple(
                    (name, tuple(d for d in delays if name != receiver or sent.time + d != due), cut)
                    for name, delays, cut in sent.to
                )
                if to != sent.to:
                    self.sent[number] = sent._replace(to=to)
                    return

    @on(MessageRefused)
    def _refused(self, entry: Entry, what: MessageRefused) -> None:
        assert entry.node is not None
        if what.round in self.stories:
            self.stories[what.round].refused.append((self.end, entry.node, what.why))
        self._say(entry, f"Node {entry.node} refuses a {what.what}: {what.why}.", what.round)

    # -- rounds -------------------------------------------------------------------------------------------------------

    @on(ChainOpened)
    def _chain(self, entry: Entry, what: ChainOpened) -> None:
        if self.genesis is None:
            self.genesis = self.time_of(what.info["genesis_time"])

    @on(PartialSent)
    def _partial(self, entry: Entry, what: PartialSent) -> None:
        assert entry.node is not None
        self._story(what.round).signed.append((self.end, entry.node, what.index))
        self._say(entry, "", what.round)

    @on(BeaconMade)
    def _beacon(self, entry: Entry, what: BeaconMade) -> None:
        assert entry.node is not None
        story = self._story(what.round)
        story.first, story.signature = (self.end, entry.node), what.signature.hex()
        story.previous = what.previous_signature.hex()
        self._say(entry, f"Round {what.round} has its beacon; node {entry.node} is the first with it.", what.round)

    @on(BeaconStored)
    def _stored(self, entry: Entry, what: BeaconStored) -> None:
        assert entry.node is not None
        by = sys.intern(what.by)
        story = self._story(what.round)
        story.stored.append((self.end, entry.node, by))
        story.randomness = story.randomness or what.beacon.hex()
        if by != "repair":
            self._change(entry, last=what.round)
        if what.round > self.newest:
            self.newest = what.round
            self.heads[0].append(self.end)
            self.heads[1].append(what.round)
        self._say(entry, by, what.round)

    @on(StoreFailed)
    def _store_failed(self, entry: Entry, what: StoreFailed) -> None:
        self._say(entry, f"Node {entry.node} cannot store round {what.round}: {what.why}.", what.round)

    @on(SyncEnded)
    def _synced(self, entry: Entry, what: SyncEnded) -> None:
        done = "has caught up" if what.ok else "could not catch up"
        self._say(entry, f"Node {entry.node} {done} to round {what.up_to}.")

    # -- groups -------------------------------------------------------------------------------------------------------

    @on(ReshareStarted)
    def _reshare(self, entry: Entry, what: ReshareStarted) -> None:
        nodes = ", ".join(map(str, what.nodes))
        self._say(entry, f"A resharing begins: nodes {nodes}, threshold {what.threshold}.")

    @on(GroupKnown)
    def _group(self, entry: Entry, what: GroupKnown) -> None:
        assert entry.node is not None
        self._groups[entry.node] = what
        self._say(entry, f"Node {entry.node} knows the group: {what.nodes} nodes, threshold {what.threshold}.")

    @on(SetupFailed)
    def _setup_failed(self, entry: Entry, what: SetupFailed) -> None:
        self._say(entry, f"Node {entry.node} leaves the set-up: {what.why}.")

    @on(DkgPhase)
    def _phase(self, entry: Entry, what: DkgPhase) -> None:
        self._say(entry, f"Node {entry.node}, DKG: {what.phase} phase.")

    @on(PeerBlamed)
    def _blame(self, entry: Entry, what: PeerBlamed) -> None:
        self._say(entry, f"Node {entry.node} blames {what.role} {what.index}: {what.why}.")

    @on(DkgDone)
    def _done(self, entry: Entry, what: DkgDone) -> None:
        assert entry.node is not None
        group = self._groups.get(entry.node)
        first, threshold = (group.first_round, group.threshold) if group else (1, self.terms.threshold)
        self.thresholds[first] = threshold
        self._change(entry, phase="member")
        self._say(entry, f"Node {entry.node} has its share of the key.")

    @on(DkgFailed)
    def _failed(self, entry: Entry, what: DkgFailed) -> None:
        self._say(entry, f"Node {entry.node} has no share: {what.why}.")

    @on(DkgLeft)
    def _leaves(self, entry: Entry, what: DkgLeft) -> None:
        self._say(entry, f"Node {entry.node} will not be in the new group.")

    @on(GroupLeft)
    def _left(self, entry: Entry, what: GroupLeft) -> None:
        self._change(entry, phase="left")
        self._say(entry, f"Node {entry.node} is not in the group any more.")

    # -- hosts --------------------------------------------------------------------------------------------------------

    @on(HostStarted)
    def _start(self, entry: Entry, what: HostStarted) -> None:
        assert entry.node is not None
        self.states[entry.node] = ([self.end], [NodeState()])
        if self.end:
            self._say(entry, f"Node {entry.node} joins.")

    @on(HostCrashed)
    def _crash(self, entry: Entry, what: HostCrashed) -> None:
        lost = what.disk == "lost"
        self._change(entry, up=False, **({"last": None, "phase": "none"} if lost else {}))
        self._say(entry, f"Node {entry.node} crashes{' and loses its disk' if lost else ''}.")

    @on(HostRestarted)
    def _restart(self, entry: Entry, what: HostRestarted) -> None:
        self._change(entry, up=True, last=what.round)
        self._say(entry, f"Node {entry.node} starts again{f' after round {what.round}' if what.round else ''}.")

    @on(ClockSet)
    def _clock(self, entry: Entry, what: ClockSet) -> None:
        self._change(entry, clock=what.offset)
        fast = f", and runs {what.drift:+.3%} fast" if what.drift else ""
        self._say(entry, f"Node {entry.node}'s clock is {what.offset:+g} s off{fast}.")

    @on(DiskChanged)
    def _disk(self, entry: Entry, what: DiskChanged) -> None:
        self._change(entry, full=what.full)
        self._say(entry, f"Node {entry.node}'s disk {'is full' if what.full else 'has room again'}.")

    @on(RunningMisbehaviour, DkgMisbehaviour)
    def _misbehaves(self, entry: Entry, what: RunningMisbehaviour | DkgMisbehaviour) -> None:
        self._change(entry, misbehaviour=what.what)
        does = "is honest again" if what.what is None else f"misbehaves: {what.what}"
        self._say(entry, f"Node {entry.node} {does}.")

    # -- links --------------------------------------------------------------------------------------------------------

    @on(LinksCut, LinksMended)
    def _pairs(self, entry: Entry, what: LinksCut | LinksMended) -> None:
        cut = isinstance(what, LinksCut)
        for pair in what.pairs:
            self._set_link(pair, cut=cut)
        links = sorted({f"{min(pair)}–{max(pair)}" for pair in what.pairs})
        self._say(entry, f"Link {', '.join(links)} is {'cut' if cut else 'mended'}.")

    @on(LinksParted)
    def _partition(self, entry: Entry, what: LinksParted) -> None:
        apart = set(what.pairs)
        self._set_links(self._cut - apart, cut=False)
        self._set_links(apart, cut=True)
        parts = " | ".join(", ".join(map(str, side)) for side in what.sides)
        self._say(entry, f"The network parts: {parts}." if apart else "All links are whole.")

    @on(LinksHealed)
    def _heal(self, entry: Entry, what: LinksHealed) -> None:
        self._set_links(self._cut, cut=False)
        self._say(entry, "All links are mended.")

    @on(LinkChanged)
    def _link(self, entry: Entry, what: LinkChanged) -> None:
        one, other = what.pair
        for pair in ((one, other), (other, one)):
            self._set_link(pair, slow=what.slow)
        self._say(entry, f"Link {one}–{other}: delays ×{what.slow:g}, loss {what.loss:.0%}.")
