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
from drandlab.simulation.orbit_entries import (
    PASS_CODES,
    LinkDialled,
    PassBegan,
    PassEnded,
    PassFault,
    SatelliteLost,
    SatelliteMade,
)
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
        self._undialled: set[tuple[int, int]] = set()
        self._satellites: dict[int, SatelliteMade] = {}
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
        if cut is not None:
            (self._cut.add if cut else self._cut.discard)(pair)
        times.append(self.end)
        found.append((self._is_cut(pair), old[1] if slow is None else slow))

    def _is_cut(self, pair: tuple[int, int]) -> bool:
        """Whether nothing leaves in a direction: it is cut, or one end is out of sight or has yet to be dialled."""
        if pair in self._cut or pair in self._undialled:
            return True
        return bool(self._satellites) and not all(self._sees(name) for name in pair)

    def _sees(self, name: int) -> bool:
        flies = self._satellites.get(name)
        return flies is None or flies.proxy or self.states[name][1][-1].in_sight

    def _links_of(self, name: int) -> list[tuple[int, int]]:
        return [pair for other in self.states if other != name for pair in ((name, other), (other, name))]

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
            (name, delays, not delays and self._is_cut((sender, name))) for name, delays in sorted(what.to.items())
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
        for name in self._satellites:
            if not self._sees(name):
                self._hang_up(entry.node, [name])
                self._set_link((name, entry.node))
                self._set_link((entry.node, name))
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

    # -- satellites ---------------------------------------------------------------------------------------------------

    @on(SatelliteMade)
    def _flies(self, entry: Entry, what: SatelliteMade) -> None:
        assert entry.node is not None
        self._satellites[entry.node] = what
        self._seen_by(entry, ())
        self._say(entry, f"Node {entry.node} flies: it is the satellite {what.name}.")

    def _seen_by(self, entry: Entry, stations: tuple[str, ...]) -> None:
        """The stations that see a satellite change; its links with them, where that makes a difference."""
        node = entry.node
        assert node is not None
        flies, before = self._satellites[node], self.states[node][1][-1].seen_by
        self._change(entry, seen_by=stations)
        if flies.proxy or (before is not None and bool(before) == bool(stations)):
            return
        if not stations:
            self._hang_up(node, self.states)
        for pair in self._links_of(node):
            self._set_link(pair)

    def _hang_up(self, node: int, others: Iterable[int]) -> None:
        """PeerConnections of a node to these others have to be dialled again where an end does so."""
        for other in others:
            ends = [self._satellites[name] for name in (node, other) if name in self._satellites]
            if other != node and any(flies.redial and not flies.proxy for flies in ends):
                self._undialled.update([(node, other), (other, node)])

    @on(PassBegan)
    def _begins(self, entry: Entry, what: PassBegan) -> None:
        assert entry.node is not None
        self._seen_by(entry, (*(self.states[entry.node][1][-1].seen_by or ()), what.station))
        self._say(entry, f"Station {what.station} sees node {entry.node} for {what.until - entry.time:.0f} s.")

    @on(PassEnded)
    def _ends(self, entry: Entry, what: PassEnded) -> None:
        assert entry.node is not None
        stations = list(self.states[entry.node][1][-1].seen_by or ())
        stations.remove(what.station)
        self._seen_by(entry, tuple(stations))
        self._say(entry, f"Station {what.station} has lost sight of node {entry.node}.")

    @on(PassFault)
    def _fault(self, entry: Entry, what: PassFault) -> None:
        self._say(entry, f"A pass of node {entry.node} over {what.station}: {PASS_CODES.get(what.code, what.code)}.")

    @on(SatelliteLost)
    def _gone(self, entry: Entry, what: SatelliteLost) -> None:
        self._say(entry, f"Node {entry.node} is out of sight for good.")

    @on(LinkDialled)
    def _dialled(self, entry: Entry, what: LinkDialled) -> None:
        assert entry.node is not None
        self._undialled.discard((entry.node, what.to))
        self._set_link((entry.node, what.to))
