"""What a journal has said so far: who is up, who may talk to whom, whose clock shows what, who holds which share.

`Facts` takes the entries one by one, in order; the checkers ask it what held when an entry was written. It knows the
journal and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.simulation.journal import Entry
from drandlab.simulation.misbehaviour.keygen import CATALOGUE as DKG_FAULTS
from drandlab.typing import Round, Seconds, ShareIndex

__all__ = ["Epoch", "Facts", "NodeFacts"]


@dataclass(slots=True, eq=False)
class Epoch:
    """From ``first_round`` on these ``members`` (index by node) hold shares of one polynomial."""

    first_round: Round
    threshold: int
    group: str
    commits: tuple[str, ...]
    qual: tuple[int, ...]
    members: dict[int, ShareIndex] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class NodeFacts:
    """One node: what it is, what it has, what was done to it.

    ``misbehaves`` is about what it sends while it runs, ``faulty`` about the DKGs it takes part in.
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
    faulty: bool = False
    left: bool = False
    epochs: list[Epoch] = field(default_factory=list)
    epochs_ever: list[Epoch] = field(default_factory=list)
    group: dict[str, Any] | None = None
    offset: Seconds = 0.0
    drift: float = 0.0
    set_at: Seconds = 0.0
    asleep_until: Seconds = 0.0
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
        self.asleep_until = max(self.asleep_until, time + max(0.0, before - self.clock(time)))

    def epoch_of(self, round: Round, *, ever: bool = False) -> Epoch | None:
        """Return the epoch in which this node signs ``round``; with ``ever``, whatever was lost since."""
        found = [epoch for epoch in (self.epochs_ever if ever else self.epochs) if epoch.first_round <= round]
        return found[-1] if found else None


class Facts:
    """The state of the world as the entries so far tell it.

    >>> from drandlab.simulation.network import Network
    >>> facts = Facts()
    >>> for entry in Network(3, backend="glass").run(rounds=2).journal:
    ...     facts.see(entry)
    >>> facts.head, facts.threshold, sorted(facts.epochs[0].members), facts.nodes[0].last
    (2, 2, [0, 1, 2], 2)
    """

    def __init__(self) -> None:
        self.header: dict[str, Any] = {}
        self.info: ChainInfo | None = None
        self.nodes: dict[int, NodeFacts] = {}
        self.by_address: dict[str, int] = {}
        self.epochs: list[Epoch] = []
        self.cut: set[tuple[int, int]] = set()
        self.ever_cut: set[tuple[int, int]] = set()
        self.head: Round = 0
        self.time: Seconds = 0.0
        self.changes = 0
        """Grows with whatever may change who can make beacons with whom."""

    @property
    def threshold(self) -> int:
        """The threshold of the first group."""
        return int(self.header.get("threshold", 0))

    @property
    def detail(self) -> str:
        """``full`` where every message is in the journal, or ``summary``."""
        return str(self.header.get("detail", "summary"))

    def node(self, name: int | None) -> NodeFacts:
        """Return what is known of a node."""
        assert name is not None
        if name not in self.nodes:
            self.nodes[name] = NodeFacts(name)
        return self.nodes[name]

    def sender(self, entry: Entry) -> NodeFacts | None:
        """Return the node that sent what an entry is about, if the entry names one that there is."""
        name = self.by_address.get(str(entry.details.get("sender", "")))
        return None if name is None else self.nodes[name]

    def epoch_of(self, round: Round) -> Epoch | None:
        """Return the epoch that makes ``round``: the newest that has begun (of two, the larger)."""
        found = [epoch for epoch in self.epochs if epoch.first_round <= round]
        return max(found, key=lambda epoch: (epoch.first_round, len(epoch.members)), default=None)

    def see(self, entry: Entry) -> None:
        """Take the next entry."""
        self.time = max(self.time, entry.time)
        if (take := getattr(self, f"_{entry.kind.replace(' ', '_')}", None)) is not None:
            take(entry)

    # -- the kinds of entries, by name --------------------------------------------------------------------------------

    def _network(self, entry: Entry) -> None:
        self.header = dict(entry.details)

    def _start(self, entry: Entry) -> None:
        node = self.node(entry.node)
        node.address = entry.details["address"]
        self.by_address[node.address] = node.name
        self.changes += 1

    def _chain(self, entry: Entry) -> None:
        self.node(entry.node).in_chain = True
        self.changes += 1
        if self.info is None and not self.node(entry.node).faulty:
            self.info = ChainInfo.from_json(entry.details["info"])

    def _group(self, entry: Entry) -> None:
        self.node(entry.node).group = dict(entry.details)

    def _done(self, entry: Entry) -> None:
        node, details = self.node(entry.node), entry.details
        group = node.group or {"group": "", "first_round": 1, "threshold": len(details["commits"])}
        commits, qual = tuple(details["commits"]), tuple(sorted(details["qual"]))
        same = [e for e in self.epochs if (e.group, e.commits, e.qual) == (group["group"], commits, qual)]
        if not same:
            same = [Epoch(group["first_round"], group["threshold"], group["group"], commits, qual)]
            self.epochs += same
        same[0].members[node.name] = details["index"]
        node.epochs.append(same[0])
        node.epochs_ever.append(same[0])
        self.changes += 1

    def _left(self, entry: Entry) -> None:
        self.node(entry.node).left = True
        self.changes += 1

    def _stored(self, entry: Entry) -> None:
        node, round = self.node(entry.node), entry.details["round"]
        node.last = max(node.last, round)
        node.in_chain = True
        if round in node.damaged:
            node.damaged.discard(round)
            self.changes += 1
        if round > self.head:
            if any(epoch.first_round == round + 1 for epoch in self.epochs):
                self.changes += 1
            self.head = round

    def _crash(self, entry: Entry) -> None:
        node = self.node(entry.node)
        node.up = node.in_chain = False
        node.group = None
        self.changes += 1
        if entry.details["disk"] == "lost":
            node.epochs, node.last, node.disk_lost, node.left = [], 0, True, False
            node.damaged = set()

    def _restart(self, entry: Entry) -> None:
        node = self.node(entry.node)
        node.up = True
        node.in_chain = entry.details["round"] is not None and bool(node.epochs)
        self.changes += 1

    def _cut(self, entry: Entry) -> None:
        self._cut_off((a, b) for a, b in entry.details["pairs"])

    def _cut_off(self, pairs: Iterable[tuple[int, int]]) -> None:
        self.cut |= set(pairs)
        self.ever_cut |= self.cut
        self.changes += 1

    def _mend(self, entry: Entry) -> None:
        self.cut -= {(a, b) for a, b in entry.details["pairs"]}
        self.changes += 1

    def _partition(self, entry: Entry) -> None:
        side_of = {name: n for n, side in enumerate(entry.details["sides"]) for name in side}
        self.cut = set()
        self._cut_off((a, b) for a in side_of for b in side_of if side_of[a] != side_of[b])

    def _heal(self, entry: Entry) -> None:
        self.cut = set()
        self.changes += 1

    def _clock(self, entry: Entry) -> None:
        self.node(entry.node).set_clock(entry.time, entry.details["offset"], entry.details["drift"])
        self.changes += 1

    def _disk(self, entry: Entry) -> None:
        self.node(entry.node).full = bool(entry.details["full"])
        self.changes += 1

    def _damage(self, entry: Entry) -> None:
        node = self.node(entry.node)
        rounds = {round for round in entry.details["rounds"] if round <= node.last}
        # the same bit flipped again is as it was
        node.damaged ^= rounds
        node.damaged_ever |= rounds
        self.changes += 1

    def _mischief(self, entry: Entry) -> None:
        node, what = self.node(entry.node), entry.details["what"]
        if what is not None and what.split(":")[0] in DKG_FAULTS:
            node.faulty = True
            return
        node.misbehaves = what is not None
        node.misbehaved |= node.misbehaves
        self.changes += 1
