r"""The checkers of liveness: what must come about while enough honest nodes are sound and hear each other.

The **core** at a moment are the members of the group of the next round that are up, in sight, honest, with room on
their disks, with the right time and with sound chains, and between each two of whom messages pass both ways. Nothing is
promised unless the core is a threshold. While the core stays the same and none of its messages is lost or takes longer
than a quarter of a period,

* **progress**: the newest round of the core grows within $W$, unless it has reached the clock;
* **catch-up**: each node of the core is at most one round behind the clock, after $W$ and the time that the backlog
  takes.

$W$ is three periods, and as many for each attempt to synchronise that may be spent on a peer that never answers. A node
picks its peers at random, as in production; with $h$ sound peers ahead of it and $b$ that may be mute (down, cut off,
misbehaving), an attempt fails with probability at most $b / (b + h)$, so $k$ attempts are granted with
$(b / (b + h))^k \le 10^{-6}$.

With period $p$ and catch-up period $c$, a backlog of $B$ rounds takes $2 B c / (1 - c / p)$: twice what it takes if all
goes well, since a member that gets a catch-up round from a peer, not by partials, sits out until the next tick.
Production is the same in this. A core of $n$ that has nobody to spare makes the next catch-up round only where none of
them got the last one from a peer: if that is as likely as not for each, its pace falls with $2^{-n}$, and the backlog
is granted $2^{n - 3}$ times as long.

A leaver takes its resharing to have come about, though it may have failed for those who remain; it makes no more
beacons then, in production as here, so nothing is expected of it.

With a summary of a run nobody knows which messages were lost; then nothing is judged.
"""

from __future__ import annotations

import math

from drandlab.node.messages import KINDS, Purpose
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import BeaconStored, MessageLost, MessageSent
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts, NodeFacts
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, Seconds

__all__ = ["Advance", "CatchUp", "Core", "core_of"]

NEEDED = KINDS.names(lambda kind: kind.purpose is Purpose.CHAIN)
"""Kinds of messages that beacons and chains need."""

RARE = 1e-6
SKEW = 0.05
"""Of a period: how wrong a clock may be and still count as right."""


def _is_sound(node: NodeFacts, facts: Facts) -> bool:
    period = facts.period
    right_time = abs(node.clock(facts.time) - facts.time) <= SKEW * period and facts.time >= node.asleep_until
    return (
        node.up
        and not node.split
        and node.in_chain
        and not node.left
        and not node.misbehaves
        and not node.full
        and not node.damaged
        and right_time
        and abs(node.drift) < 1e-3
    )


def core_of(facts: Facts) -> frozenset[int]:
    """Return the nodes that can make the next round together; empty if they are fewer than its threshold."""
    epoch = facts.epoch_of(facts.head + 1)
    if epoch is None or facts.info is None:
        return frozenset()
    core = {
        name
        for name in epoch.members
        if _is_sound(facts.node(name), facts) and facts.node(name).epoch_of(facts.head + 1) is epoch
    }
    while core:
        # whoever is cut off from the most leaves, until all hear each other
        cuts = {name: sum(facts.is_apart(name, other) for other in core) for name in core}
        worst = max(sorted(core), key=lambda name: cuts[name])
        if not cuts[worst]:
            break
        core.discard(worst)
    return frozenset(core) if len(core) >= epoch.threshold else frozenset()


class Core:
    """The core, and since when it has stood undisturbed; with ``ground``, without satellites that it does not need.

    A satellite comes and goes, and each time another core begins. Where those on the ground are a threshold by
    themselves, they have to make progress whoever passes above them.
    """

    def __init__(self, *, ground: bool = False) -> None:
        self._ground = ground
        self.nodes: frozenset[int] = frozenset()
        self.since: Seconds = 0.0
        self.head: Round = 0
        self.grown: Seconds = 0.0
        self.patience: Seconds = 0.0
        self.backlog: Round = 0
        self._changes = -1
        self._sleepers: Seconds = 0.0

    def see(self, entry: Entry, facts: Facts) -> None:
        """Take the next entry; the ``facts`` do not know it yet, but all before it."""
        if facts.changes != self._changes or facts.time >= self._sleepers:
            self._changes = facts.changes
            waking = [n.asleep_until for n in facts.nodes.values() if n.asleep_until > facts.time]
            self._sleepers = min(waking, default=math.inf)
            if (nodes := self._standing(facts)) != self.nodes:
                self._begin(nodes, facts)
        if entry.node not in self.nodes:
            return
        match entry.what:
            case MessageSent(message=message, to=to) if message in NEEDED:
                slow = facts.period * MICRO // 4
                for name, delays in to.items():
                    if name in self.nodes and (not delays or delays[0] > slow):
                        self._begin(self.nodes, facts, entry.time)
            case MessageLost(message=message) if message in NEEDED:
                self._begin(self.nodes, facts, entry.time)
            case BeaconStored(round=round) if round > self.head:
                self.head, self.grown = round, entry.time

    def _standing(self, facts: Facts) -> frozenset[int]:
        nodes = core_of(facts)
        epoch = facts.epoch_of(facts.head + 1)
        if not self._ground or epoch is None:
            return nodes
        on_ground = frozenset(name for name in nodes if not facts.flies(name))
        return on_ground if len(on_ground) >= epoch.threshold else nodes

    def _begin(self, nodes: frozenset[int], facts: Facts, time: Seconds | None = None) -> None:
        self.nodes, self.since = nodes, facts.time if time is None else time
        self.grown = self.since
        if not nodes or facts.info is None:
            return
        rounds = {name: facts.node(name).last for name in nodes}
        self.head = max(rounds.values())
        self.patience = facts.info.period * 3 * (1 + self._attempts(rounds, facts))
        self.backlog = max(0, facts.info.round_at(self.since) - min(rounds.values()))

    def _attempts(self, rounds: dict[int, Round], facts: Facts) -> int:
        """How many attempts to synchronise the unluckiest node of the core is granted."""
        mute = [
            n.name
            for n in facts.nodes.values()
            if n.name not in rounds and (not n.up or n.misbehaves or any(facts.is_apart(n.name, o) for o in rounds))
        ]
        behind = sorted(set(rounds.values()))[:-1]
        helpers = min((sum(r > round for r in rounds.values()) for round in behind), default=len(rounds) - 1)
        if not mute or helpers <= 0:
            return 1
        return math.ceil(math.log(RARE) / math.log(len(mute) / (len(mute) + helpers)))


class Advance(Base[Facts]):
    """The core makes rounds until the clock is reached."""

    def __init__(self) -> None:
        super().__init__("progress")
        self._core = Core(ground=True)
        self._blamed: tuple[Seconds, Round] | None = None

    def see(self, entry: Entry, facts: Facts) -> None:
        """Ask whether the newest round has grown in time."""
        self._judge(entry.time, facts)
        before = self._core.head
        self._core.see(entry, facts)
        self.checked += self._core.nodes != frozenset() and self._core.head > before

    def _judge(self, time: Seconds, facts: Facts) -> None:
        core = self._core
        if not core.nodes or facts.info is None or time < facts.info.genesis_time + facts.info.period:
            return
        start = max(core.since, core.grown, facts.info.genesis_time)
        late = time - start > core.patience and core.head + 1 < facts.info.round_at(time)
        if late and self._blamed != (start, core.head):
            self._blamed = start, core.head
            nodes = ", ".join(map(str, sorted(core.nodes)))
            what = f"nodes {nodes} are sound and together, yet no round after {core.head} in {time - start:.0f} s"
            self.blame(time, None, what)

    def end(self, facts: Facts) -> Verdict:
        """Judge the last stretch."""
        if facts.detail != "full":
            return self.skip("a summary does not say which messages were lost")
        self._judge(facts.time, facts)
        return Base.end(self, facts)


class CatchUp(Base[Facts]):
    """When the journal ends, each node of the core has caught up with the clock, if it had the time for it."""

    def __init__(self) -> None:
        super().__init__("catch-up")
        self._core = Core()

    def see(self, entry: Entry, facts: Facts) -> None:
        """Follow the core."""
        self._core.see(entry, facts)

    def end(self, facts: Facts) -> Verdict:
        """Compare each node of the core with the clock."""
        info, core = facts.info, self._core
        if facts.detail != "full":
            return self.skip("a summary does not say which messages were lost")
        if info is None or not core.nodes or facts.time <= info.genesis_time + 2 * info.period:
            return Base.end(self, facts)
        period, catchup = info.period, facts.catchup_period
        if catchup >= period:
            return self.skip("with a catch-up period that is no shorter than the period nobody catches up")
        backlog = core.backlog * _backlog_factor(facts, core)
        bound = 2 * core.patience + 2 * backlog * max(catchup, 0.5) / (1 - catchup / period)
        stood = facts.time - max(core.since, info.genesis_time)
        due = info.round_at(facts.time - period)
        for name in sorted(core.nodes):
            last = facts.node(name).last
            if last >= due or stood > bound:
                self.checked += 1
            if last < due and stood > bound:
                what = f"at round {last} when round {due} was due, after {stood:.0f} s of peace"
                self.blame(facts.time, name, what)
        return Base.end(self, facts)


def _backlog_factor(facts: Facts, core: Core) -> int:
    """How many times as long a backlog takes, since a core has nobody to spare."""
    epoch, size = facts.epoch_of(facts.head + 1), len(core.nodes)
    alone = epoch is not None and size <= epoch.threshold
    return 1 << max(0, size - 3) if alone else 1
