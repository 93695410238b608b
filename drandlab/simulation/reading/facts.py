"""What a journal has said so far: who is up, who may talk to whom, whose clock shows what, who holds which share.

`Facts` takes the entries one by one, in order; the checkers ask it what held when an entry was written. It knows the
journal and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.node.reports import DkgDone, DkgLeft, GroupKnown
from drandlab.simulation.entries import (
    BeaconStored,
    ChainOpened,
    ClockSet,
    DiskChanged,
    DiskDamaged,
    DkgMisbehaviour,
    HostCrashed,
    HostRestarted,
    HostStarted,
    LinksCut,
    LinksHealed,
    LinksMended,
    LinksParted,
    MessageLost,
    NetworkMade,
    RunningMisbehaviour,
)
from drandlab.simulation.hosts.thin_link_entries import SignerFlies
from drandlab.simulation.journal import Entry
from drandlab.simulation.orbit_entries import LinkDialled, PassBegan, PassEnded, SatelliteMade
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.typing import Round, Seconds, ShareIndex

__all__ = ["EpochFacts", "Facts", "NodeFacts"]


@dataclass(slots=True, eq=False)
class EpochFacts:
    """From ``first_round`` on these ``members`` (index by node) hold shares of one polynomial."""

    first_round: Round
    threshold: int
    group: bytes
    commits: tuple[bytes, ...]
    qual: tuple[int, ...]
    catchup_period: Seconds | None = None
    members: dict[int, ShareIndex] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class NodeFacts:
    """One node: what it is, what it has, what was done to it.

    ``misbehaves`` is about what it sends while it runs, ``misbehaved`` whether it ever did. ``misbehaved_in_dkg`` stays
    once a node was to misbehave in a DKG: what came of it, such as a share that fits no other, goes on when the node
    behaves again.
    """

    name: int
    address: str = ""
    up: bool = True
    in_chain: bool = False
    last: Round = 0
    disk_lost: bool = False
    full: bool = False
    damaged: set[Round] = field(default_factory=set)
    damaged_ever: set[Round] = field(default_factory=set)
    misbehaves: bool = False
    misbehaved: bool = False
    misbehaved_in_dkg: bool = False
    left: bool = False
    last_round: Round | None = None
    """The last round that it signs, where another group takes over without it."""
    epochs: list[EpochFacts] = field(default_factory=list)
    epochs_ever: list[EpochFacts] = field(default_factory=list)
    group: GroupKnown | None = None
    split: bool = False
    """Whether its signer flies apart from it: what it asks of its signer is done in its time, or never."""
    offset: Seconds = 0.0
    drift: float = 0.0
    set_at: Seconds = 0.0
    asleep_until: Seconds = 0.0
    shown: Seconds = 0.0
    """The latest time that its clock had shown, since it started, when the clock was set."""
    _peak: Seconds = 0.0

    def clock(self, time: Seconds) -> Seconds:
        """Return what this node's clock shows at ``time``."""
        return time + self.offset + (time - self.set_at) * self.drift

    def peak(self, time: Seconds) -> Seconds:
        """Return the latest time that this node's clock has ever shown."""
        return max(self._peak, self.clock(time))

    def set_clock(self, time: Seconds, offset: Seconds, drift: float) -> None:
        """The clock is set; timers keep the local time at which they are due, so one that is set back sleeps on."""
        before, self._peak = self.clock(time), self.peak(time)
        self.offset, self.drift, self.set_at = offset, drift, time
        # set back twice, it still waits for the time that it had reached before the first
        self.shown = max(self.shown, before)
        self.asleep_until = max(self.asleep_until, time + max(0.0, self.shown - self.clock(time)))

    def epoch_of(self, round: Round, *, ever: bool = False) -> EpochFacts | None:
        """Return the epoch in which this node signs ``round``; with ``ever``, whatever was lost since."""
        found = [epoch for epoch in (self.epochs_ever if ever else self.epochs) if epoch.first_round <= round]
        return found[-1] if found else None


class Facts(JournalReader):
    """The state of the world as the entries so far tell it.

    >>> from drandlab.simulation.network import Network
    >>> facts = Facts()
    >>> for entry in Network(3, backend="glass").run(rounds=2).journal:
    ...     facts.take(entry)
    >>> facts.head, facts.threshold, sorted(facts.epochs[0].members), facts.nodes[0].last
    (2, 2, [0, 1, 2], 2)
    """

    def __init__(self) -> None:
        self.header: NetworkMade | None = None
        self.info: ChainInfo | None = None
        self.nodes: dict[int, NodeFacts] = {}
        self.by_address: dict[str, int] = {}
        self.epochs: list[EpochFacts] = []
        self.cut: set[tuple[int, int]] = set()
        self.ever_cut: set[tuple[int, int]] = set()
        self.ever_broken: set[tuple[int, int]] = set()
        """The directions in which something was lost that was to be transmitted again."""
        self.hidden: set[int] = set()
        """The nodes that are out of sight."""
        self.undialled: set[tuple[int, int]] = set()
        """The directions whose connection was lost with the sight of an end, and is to be dialled again."""
        self._satellites: dict[int, SatelliteMade] = {}
        self._passes: dict[int, int] = {}
        self._redialled: set[int] = set()
        self._info_from_above = False
        self.head: Round = 0
        self.time: Seconds = 0.0
        self.changes = 0
        """Grows with whatever may change who can make beacons with whom."""

    @property
    def threshold(self) -> int:
        """The threshold of the first group."""
        return self.header.threshold if self.header else 0

    @property
    def period(self) -> int:
        """Seconds from one round to the next."""
        return self.header.period if self.header else 1

    @property
    def catchup_period(self) -> int:
        """Seconds from one round to the next while the network catches up."""
        return self.header.catchup_period if self.header else 0

    @property
    def backend(self) -> str:
        """The curve, or glass."""
        return self.header.backend if self.header else ""

    @property
    def detail(self) -> str:
        """``full`` where every message is in the journal, or ``summary``."""
        return self.header.detail if self.header else "summary"

    def node(self, name: int | None) -> NodeFacts:
        """Return what is known of a node."""
        assert name is not None
        if name not in self.nodes:
            self.nodes[name] = NodeFacts(name)
        return self.nodes[name]

    def sender(self, address: str | None) -> NodeFacts | None:
        """Return the node that has an address, if there is one."""
        name = self.by_address.get(address or "")
        return None if name is None else self.nodes[name]

    def epoch_of(self, round: Round) -> EpochFacts | None:
        """Return the epoch that makes ``round``: the newest that has begun (of two, the larger)."""
        found = [epoch for epoch in self.epochs if epoch.first_round <= round]
        return max(found, key=lambda epoch: (epoch.first_round, len(epoch.members)), default=None)

    def is_apart(self, one: int, other: int) -> bool:
        """Whether messages do not pass between two nodes, in one direction at least."""
        if (one, other) in self.cut or (other, one) in self.cut:
            return True
        if not self._satellites:
            return False
        if one in self.hidden or other in self.hidden:
            return True
        return (one, other) in self.undialled or (other, one) in self.undialled

    def flies(self, name: int) -> bool:
        """Whether a node is out of sight at times: it flies as a whole."""
        return name in self._satellites and not self._satellites[name].proxy

    def is_astray(self, node: NodeFacts) -> bool:
        """Whether a satellite stands alone with what came of a DKG, of which it has missed packets."""
        return self.flies(node.name) and any(e is not self.epoch_of(e.first_round) for e in node.epochs_ever)

    def was_broken(self, sender: int, receiver: int) -> bool:
        """Whether this direction was ever cut, out of sight, or lost what was to be transmitted again."""
        pair = sender, receiver
        return any(map(self.flies, pair)) or pair in self.ever_cut or pair in self.ever_broken

    def take(self, entry: Entry, *beside: Any) -> None:
        """Take the next entry."""
        self.time = max(self.time, entry.time)
        JournalReader.take(self, entry)

    # -- the network and its nodes ------------------------------------------------------------------------------------

    @on(NetworkMade)
    def _network(self, entry: Entry, what: NetworkMade) -> None:
        self.header = what

    @on(HostStarted)
    def _start(self, entry: Entry, what: HostStarted) -> None:
        node = self.node(entry.node)
        node.address = what.address
        self.by_address[node.address] = node.name
        self._hang_up(node.name)
        self.changes += 1

    @on(HostCrashed)
    def _crash(self, entry: Entry, what: HostCrashed) -> None:
        node = self.node(entry.node)
        node.up = node.in_chain = False
        node.group = None
        self.changes += 1
        if what.disk == "lost":
            node.epochs, node.last, node.disk_lost, node.left = [], 0, True, False
            node.last_round = None
            node.damaged = set()

    @on(HostRestarted)
    def _restart(self, entry: Entry, what: HostRestarted) -> None:
        node = self.node(entry.node)
        node.up, node.shown = True, 0.0
        node.in_chain = what.round is not None and bool(node.epochs)
        self.changes += 1

    @on(ClockSet)
    def _clock(self, entry: Entry, what: ClockSet) -> None:
        self.node(entry.node).set_clock(entry.time, what.offset, what.drift)
        self.changes += 1

    @on(DiskChanged)
    def _disk(self, entry: Entry, what: DiskChanged) -> None:
        self.node(entry.node).full = what.full
        self.changes += 1

    @on(DiskDamaged)
    def _damage(self, entry: Entry, what: DiskDamaged) -> None:
        node = self.node(entry.node)
        rounds = {round for round in what.rounds if round <= node.last}
        # the same bit flipped again is as it was
        node.damaged ^= rounds
        node.damaged_ever |= rounds
        self.changes += 1

    @on(DkgMisbehaviour)
    def _misbehaves_in_dkg(self, entry: Entry, what: DkgMisbehaviour) -> None:
        node = self.node(entry.node)
        node.misbehaved_in_dkg |= what.what is not None

    @on(RunningMisbehaviour)
    def _misbehaves(self, entry: Entry, what: RunningMisbehaviour) -> None:
        node = self.node(entry.node)
        node.misbehaves = what.what is not None
        node.misbehaved |= node.misbehaves
        self.changes += 1

    # -- groups and chains --------------------------------------------------------------------------------------------

    @on(GroupKnown)
    def _group(self, entry: Entry, what: GroupKnown) -> None:
        self.node(entry.node).group = what

    @on(DkgDone)
    def _done(self, entry: Entry, what: DkgDone) -> None:
        node = self.node(entry.node)
        group = node.group
        name, first, threshold = (
            (group.group, group.first_round, group.threshold) if group else (b"", 1, len(what.commits))
        )
        qual = tuple(sorted(what.qual))
        same = [e for e in self.epochs if (e.group, e.commits, e.qual) == (name, what.commits, qual)]
        if not same:
            same = [EpochFacts(first, threshold, name, what.commits, qual, group.catchup_period if group else None)]
            self.epochs += same
        same[0].members[node.name] = what.index
        node.left, node.last_round = False, None if what.index in what.qual else first - 1
        node.epochs.append(same[0])
        node.epochs_ever.append(same[0])
        self.changes += 1

    @on(DkgLeft)
    def _left(self, entry: Entry, what: DkgLeft) -> None:
        node = self.node(entry.node)
        node.left = True
        node.last_round = node.group.first_round - 1 if node.group else None
        self.changes += 1

    @on(ChainOpened)
    def _chain(self, entry: Entry, what: ChainOpened) -> None:
        self.node(entry.node).in_chain = True
        self.changes += 1
        node = self.node(entry.node)
        if (self.info is None or self._info_from_above) and not node.misbehaved_in_dkg:
            # a satellite may be astray: the chain of a node on the ground goes before
            self.info, self._info_from_above = ChainInfo.from_json(dict(what.info)), self.flies(node.name)

    @on(BeaconStored)
    def _stored(self, entry: Entry, what: BeaconStored) -> None:
        node, round = self.node(entry.node), what.round
        node.last = max(node.last, round)
        node.in_chain = True
        if round in node.damaged:
            node.damaged.discard(round)
            self.changes += 1
        if round > self.head:
            if any(epoch.first_round == round + 1 for epoch in self.epochs):
                self.changes += 1
            self.head = round

    # -- links --------------------------------------------------------------------------------------------------------

    @on(LinksCut)
    def _cut(self, entry: Entry, what: LinksCut) -> None:
        self._cut_off(what.pairs)

    def _cut_off(self, pairs: Iterable[tuple[int, int]]) -> None:
        self.cut |= set(pairs)
        self.ever_cut |= self.cut
        self.changes += 1

    @on(LinksMended)
    def _mend(self, entry: Entry, what: LinksMended) -> None:
        self.cut -= set(what.pairs)
        self.changes += 1

    @on(LinksParted)
    def _partition(self, entry: Entry, what: LinksParted) -> None:
        self.cut = set()
        self._cut_off(what.pairs)

    @on(MessageLost)
    def _lost(self, entry: Entry, what: MessageLost) -> None:
        if entry.node is not None:
            self.ever_broken.add((entry.node, what.to))

    @on(LinksHealed)
    def _heal(self, entry: Entry, what: LinksHealed) -> None:
        self.cut = set()
        self.changes += 1

    @on(SignerFlies)
    def _split(self, entry: Entry, what: SignerFlies) -> None:
        self.node(entry.node).split = True

    # -- satellites ---------------------------------------------------------------------------------------------------

    @on(SatelliteMade)
    def _flies(self, entry: Entry, what: SatelliteMade) -> None:
        node = self.node(entry.node).name
        self._satellites[node], self._passes[node] = what, 0
        if what.redial and not what.proxy:
            self._redialled.add(node)
        if not what.proxy:
            self._hide(node)

    def _hide(self, node: int) -> None:
        self.hidden.add(node)
        self._hang_up(node)
        self.changes += 1

    def _hang_up(self, node: int) -> None:
        """PeerConnections to a node that is hidden, or has joined, have to be dialled where an end does so."""
        for other in self.nodes:
            ends = {node, other}
            if len(ends) == 2 and ends & self.hidden and ends & self._redialled:
                self.undialled |= {(node, other), (other, node)}

    @on(PassBegan)
    def _seen(self, entry: Entry, what: PassBegan) -> None:
        node = self.node(entry.node).name
        self._passes[node] += 1
        if node in self.hidden:
            self.hidden.discard(node)
            self.changes += 1

    @on(PassEnded)
    def _set(self, entry: Entry, what: PassEnded) -> None:
        node = self.node(entry.node).name
        self._passes[node] -= 1
        if not self._passes[node] and not self._satellites[node].proxy:
            self._hide(node)

    @on(LinkDialled)
    def _dialled(self, entry: Entry, what: LinkDialled) -> None:
        self.undialled.discard((self.node(entry.node).name, what.to))
        self.changes += 1
