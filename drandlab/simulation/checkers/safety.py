"""The checkers of safety: one chain without a gap, every beacon true, made by a threshold in its time, nothing lost.

A node that misbehaves may sign anything at any time: it counts as having signed every round.

A satellite may miss packets of a DKG. It is told nothing then, in production as here, and may end the DKG alone with
another key: then nothing is expected of it. All others must agree.
"""

from __future__ import annotations

import random
from hashlib import sha256

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.machines.effects import StreamReader
from drandlab.beacon.verify import Verifier, broken_links
from drandlab.node.reports import DkgDone, PartialSent
from drandlab.records import Record
from drandlab.simulation.checkers.streams import stream_of
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import (
    BeaconMade,
    BeaconStored,
    ChainOpened,
    CheckStarted,
    DiskChanged,
    DiskDamaged,
    DkgMisbehaviour,
    HostCrashed,
    HostRestarted,
    LinkChanged,
    LinksCut,
    LinksParted,
    MessageSent,
    RunningMisbehaviour,
)
from drandlab.simulation.journal import Entry
from drandlab.simulation.orbit_entries import PassEnded
from drandlab.simulation.reading.facts import EpochFacts, Facts, NodeFacts
from drandlab.simulation.reading.reader import on
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, Seconds, ShareIndex

__all__ = [
    "Agreement",
    "BeaconsVerify",
    "Mended",
    "NeverEarly",
    "NoGap",
    "NothingLost",
    "OneChain",
    "Shares",
    "Threshold",
]

CLOCK_TOLERANCE: Seconds = 5e-6
"""Times in a journal are floating-point seconds, and a drifting clock may ring a microsecond early."""


class OneChain(Base[Facts]):
    """No round has two beacons; every node that begins a chain begins the same."""

    def __init__(self) -> None:
        super().__init__("one chain")
        self._beacons: dict[Round, str] = {}
        self._stored: dict[Round, str] = {}
        self._hash = ""
        self._above: list[tuple[Seconds, NodeFacts, str]] = []

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """Compare what nodes store."""
        self._same(entry, what.round, self._stored, what.beacon.hex(), facts)

    @on(BeaconMade)
    def made(self, entry: Entry, what: BeaconMade, facts: Facts) -> None:
        """Compare signatures."""
        self._same(entry, what.round, self._beacons, what.signature.hex(), facts)

    @on(ChainOpened)
    def opened(self, entry: Entry, what: ChainOpened, facts: Facts) -> None:
        """Compare chain hashes."""
        if facts.node(entry.node).misbehaved_in_dkg:
            return
        mine, node = what.hash.hex(), facts.node(entry.node)
        if facts.flies(node.name):
            self._above.append((entry.time, node, mine))
            return
        self._hash = self._hash or mine
        self._compare(entry.time, node, mine)

    def _compare(self, time: Seconds, node: NodeFacts, mine: str) -> None:
        self.checked += 1
        if mine != self._hash:
            self.blame(time, node.name, f"chain {mine[:8]}…, others have {self._hash[:8]}…")

    def end(self, facts: Facts) -> Verdict:
        """Compare the chains of satellites, now that it is known who is astray."""
        for time, node, mine in self._above:
            if not facts.is_astray(node):
                self._hash = self._hash or mine
                self._compare(time, node, mine)
        return Base.end(self, facts)

    def _same(self, entry: Entry, round: Round, known: dict[Round, str], value: str, facts: Facts) -> None:
        if facts.node(entry.node).misbehaved_in_dkg:
            return  # it may have come out of its own DKG with another key
        self.checked += 1
        if known.setdefault(round, value) != value:
            self.blame(
                entry.time, entry.node, f"round {round} is {value[:16]}… here and {known[round][:16]}… elsewhere"
            )


class NoGap(Base[Facts]):
    """Rounds are stored one after the other; a repair writes only where something was."""

    def __init__(self) -> None:
        super().__init__("no gap")

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """Compare with the last one."""
        self.checked += 1
        round, last = what.round, facts.node(entry.node).last
        if what.by == "repair":
            if not 0 < round <= last:
                self.blame(entry.time, entry.node, f"repaired round {round}, the last one was {last}")
        elif round != last + 1:
            self.blame(entry.time, entry.node, f"stored round {round} after round {last}")


class NothingLost(Base[Facts]):
    """A restart finds what was stored."""

    def __init__(self) -> None:
        super().__init__("nothing lost")

    @on(HostRestarted)
    def restarted(self, entry: Entry, what: HostRestarted, facts: Facts) -> None:
        """Compare the restart with what was stored before."""
        self.checked += 1
        found, last = what.round or 0, facts.node(entry.node).last
        if found != last:
            self.blame(entry.time, entry.node, f"restarted with round {found}, had stored {last}")


class BeaconsVerify(Base[Facts]):
    """Every beacon verifies under the chain's key and, on chained networks, follows the one before."""

    def __init__(self) -> None:
        super().__init__("beacons verify")
        self._beacons: list[tuple[Entry, Beacon]] = []
        self._short: dict[Round, bytes] = {}

    @on(BeaconMade)
    def made(self, entry: Entry, what: BeaconMade, facts: Facts) -> None:
        """Collect the beacons."""
        beacon = Beacon(round=what.round, signature=what.signature, previous_signature=what.previous_signature)
        self._beacons.append((entry, beacon))
        self._short[beacon.round] = beacon.randomness[:8]

    @on(BeaconStored)
    def stored(self, entry: Entry, what: BeaconStored, facts: Facts) -> None:
        """Compare what is stored with what was made."""
        if self._short.get(what.round) != what.beacon:
            self.blame(entry.time, entry.node, f"stored a beacon of round {what.round} that was never made")

    def end(self, facts: Facts) -> Verdict:
        """Verify all in one batch."""
        if facts.info is None:
            return Verdict(self.name, 0, tuple(self.found))
        beacons = [beacon for _, beacon in self._beacons]
        self.checked = len(beacons)
        verifier = Verifier.of(facts.info, "glass" if facts.backend == "glass" else None)
        # weights that nobody could know before the signatures were fixed
        weights = random.Random(sha256(b"".join(beacon.signature for beacon in beacons)).digest())
        for place, why in verifier.invalid(beacons, weights).items():
            entry, beacon = self._beacons[place]
            self.blame(entry.time, entry.node, f"round {beacon.round}: {why}")
        for round, why in broken_links(beacons):
            self.blame(facts.time, None, f"round {round}: {why}")
        return Base.end(self, facts)


class NeverEarly(Base[Facts]):
    """Rounds are signed and made only when clocks say that they are due."""

    def __init__(self) -> None:
        super().__init__("never early")
        self._made: set[Round] = set()

    @on(PartialSent)
    def signed(self, entry: Entry, what: PartialSent, facts: Facts) -> None:
        """Look at the signer's clock."""
        if facts.info is None:
            return
        self.checked += 1
        due = facts.info.round_time(what.round) - CLOCK_TOLERANCE
        node = facts.node(entry.node)
        if node.peak(entry.time) < due:
            self.blame(entry.time, node.name, f"signed round {what.round} {due - node.peak(entry.time):.3f} s early")

    @on(BeaconMade)
    def made(self, entry: Entry, what: BeaconMade, facts: Facts) -> None:
        """Look at the clocks of all."""
        if facts.info is None:
            return
        self.checked += 1
        round = what.round
        due = facts.info.round_time(round) - CLOCK_TOLERANCE
        if entry.time < due and round not in self._made:
            self._made.add(round)
            ready = {n.name for n in facts.nodes.values() if n.misbehaved or n.peak(entry.time) >= due}
            if not _enough(facts, round, ready):
                why = f"round {round} was made {due - entry.time:.3f} s early, and the clocks do not explain it"
                self.blame(entry.time, entry.node, why)


def _enough(facts: Facts, round: Round, nodes: set[int]) -> bool:
    """Whether ``nodes`` are a threshold of a group that could make ``round``."""
    begun = [epoch for epoch in facts.epochs if epoch.first_round <= round]
    return any(len(nodes & epoch.members.keys()) >= epoch.threshold for epoch in begun)


class Threshold(Base[Facts]):
    """A beacon is there only when a threshold of members of one group have signed its round."""

    def __init__(self) -> None:
        super().__init__("threshold")
        self._signed: dict[Round, set[tuple[EpochFacts, int]]] = {}
        self._made: set[Round] = set()

    @on(PartialSent)
    def signed(self, entry: Entry, what: PartialSent, facts: Facts) -> None:
        """Count the signers, each under the group it signs for."""
        round, node = what.round, facts.node(entry.node)
        if round not in self._made and (epoch := node.epoch_of(round)) is not None:
            self._signed.setdefault(round, set()).add((epoch, node.name))

    @on(BeaconMade)
    def made(self, entry: Entry, what: BeaconMade, facts: Facts) -> None:
        """Compare the count with the threshold."""
        round = what.round
        if round in self._made:
            return
        self._made.add(round)
        self.checked += 1
        signed = self._signed.pop(round, set())
        begun = [epoch for epoch in facts.epochs if epoch.first_round <= round]
        counts = [(epoch, self._count(epoch, signed, facts)) for epoch in begun]
        if not any(count >= epoch.threshold for epoch, count in counts):
            said = ", ".join(f"{count} of {epoch.threshold} needed" for epoch, count in counts) or "no group at all"
            self.blame(entry.time, entry.node, f"round {round} was made when too few had signed it: {said}")

    def _count(self, epoch: EpochFacts, signed: set[tuple[EpochFacts, int]], facts: Facts) -> int:
        misbehaved = {name for name in epoch.members if facts.node(name).misbehaved}
        return len(misbehaved | {name for of, name in signed if of is epoch})

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        if facts.detail != "full":
            return self.skip("a summary does not say who signed")
        return Base.end(self, facts)


class Shares(Base[Facts]):
    """Who signs a round is in the group of the round, under its index there; nobody signs with a share that is gone."""

    def __init__(self) -> None:
        super().__init__("shares")

    @on(PartialSent)
    def signed(self, entry: Entry, what: PartialSent, facts: Facts) -> None:
        """Compare index and group."""
        self.checked += 1
        round, index, node = what.round, what.index, facts.node(entry.node)
        epoch = node.epoch_of(round)
        if epoch is None:
            self.blame(entry.time, node.name, f"signed round {round} without a share for it")
        elif node.last_round is not None and round > node.last_round:
            self.blame(entry.time, node.name, f"signed round {round}, its last one is {node.last_round}")
        elif epoch.members.get(node.name) != index:
            wanted: ShareIndex | None = epoch.members.get(node.name)
            self.blame(entry.time, node.name, f"signed round {round} with index {index}, its own is {wanted}")

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        return Base.end(self, facts) if facts.detail == "full" else self.skip("a summary does not say who signed")


class Agreement(Base[Facts]):
    """Who ends a DKG ends with what all end with, and the key is the chain's."""

    def __init__(self) -> None:
        super().__init__("agreement")
        self._ended: dict[bytes, tuple[int | None, tuple[object, ...]]] = {}
        self._key = ""
        self._above: list[tuple[Entry, DkgDone, bytes]] = []

    @on(DkgDone)
    def done(self, entry: Entry, what: DkgDone, facts: Facts) -> None:
        """Compare the outcomes of honest nodes."""
        node = facts.node(entry.node)
        if node.misbehaved_in_dkg:
            return
        run = node.group.group if node.group else b""
        if facts.flies(node.name):
            self._above.append((entry, what, run))
            return
        self._compare(entry, what, run)

    def _compare(self, entry: Entry, what: DkgDone, run: bytes) -> None:
        self.checked += 1
        outcome = (what.key, what.commits, tuple(sorted(what.qual)))
        other, first = self._ended.setdefault(run, (entry.node, outcome))
        if outcome != first:
            self.blame(entry.time, entry.node, f"its DKG gave another polynomial than that of node {other}")
        self._key = self._key or what.key.hex()
        if what.key.hex() != self._key:
            self.blame(entry.time, entry.node, f"key {what.key.hex()[:8]}…, the group's was {self._key[:8]}…")

    def end(self, facts: Facts) -> Verdict:
        """Compare with the chain's key as well, and the outcomes of satellites, now that it is known who is astray."""
        for entry, what, run in self._above:
            if not facts.is_astray(facts.node(entry.node)):
                self._compare(entry, what, run)
        if facts.info is not None and self._key not in ("", facts.info.public_key.hex()):
            self.blame(facts.time, None, "the chain is under another key than that of the DKG")
        return Base.end(self, facts)


class Mended(Base[Facts]):
    """What was damaged is mended by a check of the chain among sound peers, before the journal ends.

    Each damaged round may be asked in vain, for two periods, of everybody who may be mute, and that twice. A satellite
    may be mute, and nothing is promised to one that is out of sight while it checks, nor where an item of its streams
    takes more than half a period: what was lost for long holds up what is sent after it.
    """

    def __init__(self) -> None:
        super().__init__("mended")
        self._checking: dict[int, tuple[Seconds, int]] = {}

    @on(CheckStarted)
    def started(self, entry: Entry, what: CheckStarted, facts: Facts) -> None:
        """Follow a check from its start."""
        assert entry.node is not None
        name = entry.node
        self._checking[name] = entry.time, len(facts.node(name).damaged)
        if facts.flies(name) and any(facts.is_apart(name, other) for other in facts.nodes if other != name):
            del self._checking[name]

    @on(PassEnded)
    def out_of_sight(self, entry: Entry, what: PassEnded, facts: Facts) -> None:
        """A satellite may be out of sight from now on."""
        assert entry.node is not None
        if facts.flies(entry.node):
            self._checking.pop(entry.node, None)

    @on(MessageSent)
    def late(self, entry: Entry, what: MessageSent, facts: Facts) -> None:
        """An item that comes too late finds its reader gone."""
        if not self._checking or (stream := stream_of(what)) is None or stream.reader != StreamReader.REPAIR:
            return
        for other, delays in what.to.items():
            if delays and delays[0] > facts.period * MICRO // 2:
                self._checking = {
                    name: begun for name, begun in self._checking.items() if name not in (entry.node, other)
                }

    @on(DiskDamaged)
    def damaged(self, entry: Entry, what: DiskDamaged, facts: Facts) -> None:
        """A check that had begun may have passed the damaged round already."""
        assert entry.node is not None
        self._checking.pop(entry.node, None)

    @on(LinksCut, LinksParted, LinkChanged, DiskChanged, RunningMisbehaviour, DkgMisbehaviour, HostCrashed)
    def disturbed(self, entry: Entry, what: Record, facts: Facts) -> None:
        """What disturbs a check takes its promise away."""
        self._checking.clear()

    def end(self, facts: Facts) -> Verdict:
        """Look at what is damaged still."""
        for name, (began, damaged) in self._checking.items():
            node = facts.node(name)
            self.checked += 1
            others = [other for other in facts.nodes.values() if other is not node]
            sound = [o for o in others if o.up and o.in_chain and not o.misbehaves and not facts.flies(o.name)]
            period = facts.info.period if facts.info is not None else 0
            patience = period * (3 + 2 * 2 * damaged * (len(others) - len(sound)))
            lost = [r for r in sorted(node.damaged) if any(r <= o.last and r not in o.damaged for o in sound)]
            if lost and facts.time - began > patience:
                self.blame(facts.time, name, f"rounds {', '.join(map(str, lost))} are damaged still")
        return Base.end(self, facts)
