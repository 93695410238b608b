"""The checkers of what a node keeps: old shares are erased, caches stay small.

* **erasure**: with the first beacon of a new group a member erases its shares of the groups before, which still give
  the key; with the last beacon of its group a leaver erases all;
* **caches**: after each beacon a node holds partials of the next rounds only, as far as its window and its clock go,
  and of each index no more than the limit;
* **requests**: what an honest node asks of its signer is done.

Source: `drandlab.beacon.machines.partials` for the limits.
"""

from __future__ import annotations

from drandlab.beacon.machines.partials import PER_INDEX, WINDOW
from drandlab.node.reports import CacheHeld, DkgDone, DkgLeft, PartialSent, SharesHeld, WorkFailed
from drandlab.node.signer import AnswerPrivate, Tick
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import BeaconStored, HostCrashed
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.reader import on
from drandlab.typing import Round, Seconds

__all__ = ["Caches", "Erasure", "Requests"]


class Erasure(Base[Facts]):
    """No old share is held once the next group makes the beacons, none at all by who has left."""

    def __init__(self) -> None:
        super().__init__("erasure")
        self._last_round: dict[int, Round] = {}
        self._owed: dict[int, tuple[Seconds, Round | None]] = {}

    def see(self, entry: Entry, facts: Facts) -> None:
        """What is owed must come before time goes on."""
        if self._owed:
            self._collect(entry.time, facts)
        Base.see(self, entry, facts)

    def _collect(self, time: Seconds, facts: Facts) -> None:
        for name, (since, first) in list(self._owed.items()):
            if since < time and not facts.node(name).split:
                del self._owed[name]
                what = "all shares" if first is None else f"its shares of rounds before {first}"
                self.blame(since, name, f"should have erased {what}, and did not")

    @on(DkgLeft)
    def left(self, entry: Entry, what: DkgLeft, facts: Facts) -> None:
        """A leaver goes on until the new group takes over."""
        node = facts.node(entry.node)
        if node.group is not None:
            self._last_round[node.name] = node.group.first_round - 1

    @on(DkgDone)
    def done(self, entry: Entry, what: DkgDone, facts: Facts) -> None:
        """Whoever had left is back."""
        assert entry.node is not None
        self._last_round.pop(entry.node, None)

    @on(HostCrashed)
    def crashed(self, entry: Entry, what: HostCrashed, facts: Facts) -> None:
        """Whoever loses its disk has nothing to erase."""
        assert entry.node is not None
        self._owed.pop(entry.node, None)
        if what.disk == "lost":
            self._last_round.pop(entry.node, None)

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """A new group takes over, or a leaver's last round is there."""
        node, round = facts.node(entry.node), what.round
        if what.by == "repair":
            return
        last = self._last_round.get(node.name)
        if last is not None:
            if round >= last and node.last < round:
                del self._last_round[node.name]
                self._owe(node.name, entry.time, None)
            return
        before, now = node.epoch_of(round - 1), node.epoch_of(round)
        if before is not None and now is not None and before is not now and now.members[node.name] in now.qual:
            self._owe(node.name, entry.time, now.first_round)

    def _owe(self, name: int, time: Seconds, first: Round | None) -> None:
        self.checked += 1
        self._owed[name] = time, first

    @on(SharesHeld)
    def held(self, entry: Entry, what: SharesHeld, facts: Facts) -> None:
        """Compare what is held with what may be held."""
        assert entry.node is not None
        owed = self._owed.pop(entry.node, None)
        if owed is None:
            return
        first = owed[1]
        old = [held for held in what.first_rounds if first is None or held < first]
        if old and facts.node(entry.node).split:  # it has not come up yet: `checkers.split_nodes` sees that it does
            self._owed[entry.node] = owed
            return
        if old:
            rounds = ", ".join(map(str, old))
            self.blame(entry.time, entry.node, f"still holds the share that signs from round {rounds}")

    def end(self, facts: Facts) -> Verdict:
        """Collect what is owed still."""
        self._collect(facts.time, facts)
        return Base.end(self, facts)


class Caches(Base[Facts]):
    """A node holds partials of the next few rounds only, and few of each index."""

    def __init__(self) -> None:
        super().__init__("caches")

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """A node that says nothing after a beacon holds what it held before."""
        self.checked += 1

    @on(CacheHeld)
    def held(self, entry: Entry, what: CacheHeld, facts: Facts) -> None:
        """Compare with the limits."""
        node, info = facts.node(entry.node), facts.info
        members = max((len(epoch.qual) for epoch in facts.epochs), default=0)
        if what.rounds > WINDOW:
            self.blame(entry.time, node.name, f"holds partials of {what.rounds} rounds, at most {WINDOW} are kept")
        if what.partials > members * PER_INDEX * 2:
            self.blame(entry.time, node.name, f"holds {what.partials} partials of {members} members")
        if what.oldest is not None and what.oldest <= node.last:
            self.blame(entry.time, node.name, f"holds partials of round {what.oldest}, which is stored")
        if what.newest is None:
            return
        if what.newest > node.last + WINDOW:
            self.blame(entry.time, node.name, f"holds partials of round {what.newest}, its last one is {node.last}")
        if info is not None and what.newest > info.round_at(max(node.peak(entry.time), info.genesis_time) + 1e-3) + 1:
            self.blame(entry.time, node.name, f"holds partials of round {what.newest}, which is not due next")


class Requests(Base[Facts]):
    """What a node asks of its signer is done."""

    def __init__(self) -> None:
        super().__init__("requests")

    @on(PartialSent)
    def signed(self, entry: Entry, what: PartialSent, facts: Facts) -> None:
        """Count what is done."""
        self.checked += 1

    @on(WorkFailed)
    def failed(self, entry: Entry, what: WorkFailed, facts: Facts) -> None:
        """Nothing explains what is not, unless the node has misbehaved in a DKG, or a client asks for nonsense."""
        node = facts.node(entry.node)
        # a leaver without a share cannot deal: it has lost it, or never had one
        bare = (node.disk_lost or not node.epochs) and what.request == Tick.__name__
        late = node.split and what.code in ("not-due", "no-share")
        if bare or late or what.request == AnswerPrivate.__name__:
            return
        self.checked += 1
        if not node.misbehaved_in_dkg:
            self.blame(entry.time, entry.node, f"asked for what could not be done ({what.request}): {what.why}")
