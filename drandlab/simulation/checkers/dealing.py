"""The checkers of the DKG: what the packets that a node took demand is what it believes, does and ends with.

A node's journal names, phase by phase, the packets that it took. From these alone `Dealings` works out again who must
be evicted, which of the node's own deals it has to justify, and who is qualified:

* a dealer is evicted for a wrong number of commitments, for a deal to a stranger, for a threshold of complaints (its
  polynomial could be rebuilt from the answers), and for a justification that does not fit its commitments or, in a
  resharing, its share of the old key;
* a holder is evicted for an answer about a stranger, and for silence;
* a dealer is valid if it is not evicted and no complaint about it is left; QUAL follows from the valid dealers and the
  evicted holders.

What the machine does with shares cannot be seen here, since they are encrypted; whether they fit, the holders' own
responses say. Nodes that misbehave in DKGs are not judged. In a resharing a holder is known as a dealer of the old
group by the order of the keys; where some member has not come to the set-up, that order is not in the journal, and the
resharing is passed over.

`Echo`: every packet that a node takes it has sent on to all, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import scheme
from drandlab.curves.group import Group
from drandlab.dkg.codec import decode
from drandlab.dkg.packets import Bundle, DealBundle, JustificationBundle, ResponseBundle
from drandlab.errors import DrandlabError
from drandlab.node.reports import DkgDone, DkgFailed, DkgLeft, DkgPacketSent, DkgPhase, GroupKnown
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import HostCrashed, HostStarted, MessageSent, ReshareStarted
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.reader import on

__all__ = ["Dealings", "Echo"]


@dataclass(slots=True)
class Reckoning:
    """What a node must believe: the DKG as the packets that it took tell it."""

    threshold: int
    dealers: tuple[int, ...]
    holders: tuple[int, ...]
    holder_of: Mapping[int, int]
    """The holder's index of each dealer who is a holder as well."""
    old: PublicPolynomial | None
    phase: str = "deal"
    own_dealer: int | None = None
    own_holder: int | None = None
    own_words: ResponseBundle | None = None
    to_answer: frozenset[int] = frozenset()
    answered: bool = False
    deals: dict[int, DealBundle] = field(default_factory=dict)
    good: set[tuple[int, int]] = field(default_factory=set)
    evicted_dealers: set[int] = field(default_factory=set)
    evicted_holders: set[int] = field(default_factory=set)

    def complaints(self, dealer: int) -> list[int]:
        """The holders who lack a share of ``dealer``."""
        return [holder for holder in self.holders if (dealer, holder) not in self.good]

    def take_deals(self, bundles: list[DealBundle]) -> None:
        """Take the deals of the others; what this node holds of their shares, its responses will say."""
        for bundle in bundles:
            dealer = bundle.dealer_index
            if dealer == self.own_dealer:
                continue
            if len(bundle.commits) != self.threshold:
                self.evicted_dealers.add(dealer)
                continue
            self.deals[dealer] = bundle
            if any(deal.share_index not in self.holders for deal in bundle.deals):
                self.evicted_dealers.add(dealer)

    def take_responses(self, bundles: list[ResponseBundle]) -> bool:
        """Take everybody's word; return whether the run is over with that."""
        self.good = {(dealer, holder) for dealer, holder in self.holder_of.items()}
        heard, complaint = set(), False
        others = [bundle for bundle in bundles if bundle.share_index != self.own_holder]
        for bundle in [self.own_words, *others] if self.own_words else others:
            holder = bundle.share_index
            for response in bundle.responses:
                if response.dealer_index not in self.dealers:
                    self.evicted_holders.add(holder)
                    continue
                heard.add(holder)
                cell = response.dealer_index, holder
                if response.success:
                    self.good.add(cell)
                else:
                    self.good.discard(cell)
                    complaint = complaint or holder != self.own_holder or self.own_dealer is None
        self.evicted_holders |= {h for h in self.holders if h != self.own_holder and h not in heard}
        whole = all(not self.complaints(dealer) for dealer in self.dealers)
        if whole and not complaint:
            return True
        self.evicted_dealers |= {d for d in self.dealers if len(self.complaints(d)) >= self.threshold}
        if self.own_dealer is not None:
            self.to_answer = frozenset(self.complaints(self.own_dealer))
            self.good |= {(self.own_dealer, holder) for holder in self.to_answer}
        return False

    def take_justifications(self, bundles: list[JustificationBundle], group: Group) -> None:
        """Take the dealers' answers: each must fit the dealer's commitments."""
        for bundle in bundles:
            dealer = bundle.dealer_index
            if dealer in (self.own_dealer, *self.evicted_dealers):
                continue
            for answer in bundle.justifications:
                if answer.share_index not in self.holders or dealer not in self.deals:
                    self.evicted_dealers.add(dealer)
                    continue
                public = PublicPolynomial(group, self.deals[dealer].commits)
                fits = answer.share * group.generator == public.share(answer.share_index)
                if fits and (self.old is None or public.public_key == self.old.share(dealer)):
                    self.good.add((dealer, answer.share_index))
                else:
                    self.evicted_dealers.add(dealer)

    @property
    def qual(self) -> tuple[int, ...]:
        """Who must be qualified."""
        valid = {d for d in self.dealers if d not in self.evicted_dealers and not self.complaints(d)}
        if self.old is None:
            return tuple(sorted(valid - self.evicted_holders))
        failed = {holder for dealer, holder in self.holder_of.items() if dealer not in valid}
        return tuple(holder for holder in self.holders if holder not in failed | self.evicted_holders)


class Dealings(Base[Facts]):
    """Who is evicted, who answers and who is qualified is what the packets of the DKG demand."""

    def __init__(self) -> None:
        super().__init__("dealings")
        self._packets: dict[bytes, Bundle] = {}
        self._reckonings: dict[int, Reckoning] = {}
        self._keys: dict[int, bytes] = {}
        self._nodes: tuple[int, ...] = ()
        self._resharing = False
        self._curve: Group | None = None

    @on(HostStarted)
    def started(self, entry: Entry, what: HostStarted, facts: Facts) -> None:
        """Remember the key."""
        assert entry.node is not None
        self._keys[entry.node] = what.key

    @on(ReshareStarted)
    def reshare(self, entry: Entry, what: ReshareStarted, facts: Facts) -> None:
        """Remember who is to be in the new group."""
        self._nodes, self._resharing = what.nodes, True

    @on(GroupKnown)
    def begun(self, entry: Entry, what: GroupKnown, facts: Facts) -> None:
        """A run begins for one node."""
        assert entry.node is not None
        self._reckonings.pop(entry.node, None)
        holders = tuple(range(what.nodes))
        if facts.node(entry.node).faulty:
            return
        if not self._resharing:
            self._reckonings[entry.node] = Reckoning(what.threshold, holders, holders, {h: h for h in holders}, None)
            return
        old = [epoch for epoch in facts.epochs if epoch.first_round < what.first_round]
        if not old or len(self._nodes) != what.nodes:
            return
        last = max(old, key=lambda epoch: epoch.first_round)
        rank = {name: i for i, name in enumerate(sorted(self._nodes, key=lambda name: self._keys[name]))}
        if last.qual != tuple(sorted(last.members.values())) or sum(e.first_round == last.first_round for e in old) > 1:
            return  # not all of the old group are known, or it is not clear which one it is
        group = self._group(facts)
        self._reckonings[entry.node] = Reckoning(
            what.threshold,
            last.qual,
            holders,
            {index: rank[name] for name, index in last.members.items() if name in rank},
            PublicPolynomial(group, [group.decode(point, identity=True) for point in last.commits]),
        )

    def _group(self, facts: Facts) -> Group:
        if self._curve is None:
            assert facts.header is not None
            glass = "glass" if facts.backend == "glass" else None
            self._curve = BLS.of(scheme(facts.header.scheme), glass).keys
        return self._curve

    @on(DkgPacketSent)
    def sent(self, entry: Entry, what: DkgPacketSent, facts: Facts) -> None:
        """Remember the packet; one of a node's own says who the node is."""
        assert entry.node is not None
        try:
            bundle = decode(what.data, self._group(facts))
        except DrandlabError:
            return  # a node that misbehaves sent it; nobody takes it
        self._packets[bundle.digest] = bundle
        reckoning = self._reckonings.get(entry.node)
        if reckoning is None:
            return
        match bundle:
            case DealBundle():
                reckoning.own_dealer = bundle.dealer_index
            case ResponseBundle():
                reckoning.own_holder, reckoning.own_words = bundle.share_index, bundle
            case JustificationBundle():
                reckoning.answered = True
                self._same(
                    entry, "justified", sorted(j.share_index for j in bundle.justifications), reckoning.to_answer
                )

    def _same(self, entry: Entry, did: str, found: object, wanted: frozenset[int] | set[int] | tuple[int, ...]) -> None:
        self.checked += 1
        if found != sorted(wanted):
            self.blame(entry.time, entry.node, f"{did} {found}; the packets that it took demand {sorted(wanted)}")

    @on(DkgPhase)
    def reached(self, entry: Entry, what: DkgPhase, facts: Facts) -> None:
        """Take the packets that ended the phase before, and compare who is evicted."""
        assert entry.node is not None
        reckoning = self._reckonings.get(entry.node)
        if reckoning is None:
            return
        took = [self._packets.get(digest) for digest in what.took.values()]
        if len(what.status) != len(reckoning.dealers) or None in took:
            del self._reckonings[entry.node]
            return
        phase, reckoning.phase = reckoning.phase, what.phase
        match phase, what.phase:
            case "deal" | "init", "response":
                reckoning.take_deals([bundle for bundle in took if isinstance(bundle, DealBundle)])
            case "response", _:
                reckoning.take_responses([bundle for bundle in took if isinstance(bundle, ResponseBundle)])
            case "justification", _:
                self._has_answered(entry, reckoning)
                answers = [bundle for bundle in took if isinstance(bundle, JustificationBundle)]
                reckoning.take_justifications(answers, self._group(facts))
        if what.phase != "deal":
            for role, wanted in (("dealers", reckoning.evicted_dealers), ("holders", reckoning.evicted_holders)):
                self._same(entry, f"evicted as {role}", sorted(what.evicted.get(role, ())), wanted)

    def _has_answered(self, entry: Entry, reckoning: Reckoning) -> None:
        if reckoning.to_answer and not reckoning.answered and reckoning.own_dealer not in reckoning.evicted_dealers:
            self._same(entry, "justified", [], reckoning.to_answer)

    @on(DkgDone)
    def done(self, entry: Entry, what: DkgDone, facts: Facts) -> None:
        """Compare who is qualified."""
        assert entry.node is not None
        if (reckoning := self._reckonings.pop(entry.node, None)) is not None:
            self._same(entry, "qualified", sorted(what.qual), reckoning.qual)

    @on(DkgFailed, DkgLeft, HostCrashed)
    def over(self, entry: Entry, what: object, facts: Facts) -> None:
        """The run has ended for one node."""
        assert entry.node is not None
        self._reckonings.pop(entry.node, None)

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        return Base.end(self, facts) if facts.detail == "full" else self.skip("a summary does not say who took what")


class Echo(Base[Facts]):
    """Every packet of the DKG that a node takes it has sent to all, once."""

    def __init__(self) -> None:
        super().__init__("echo")
        self._sent: dict[int, int] = {}
        self._took: dict[int, set[bytes]] = {}

    @on(GroupKnown)
    def begun(self, entry: Entry, what: GroupKnown, facts: Facts) -> None:
        """Count anew."""
        assert entry.node is not None
        self._sent[entry.node], self._took[entry.node] = 0, set()

    @on(MessageSent)
    def sent(self, entry: Entry, what: MessageSent, facts: Facts) -> None:
        """Count what leaves."""
        if what.message == "dkg" and entry.node in self._sent:
            self._sent[entry.node] += 1

    @on(DkgPhase)
    def reached(self, entry: Entry, what: DkgPhase, facts: Facts) -> None:
        """Collect what was taken, and compare."""
        if entry.node not in self._took or facts.node(entry.node).faulty:
            return
        self.checked += 1
        took = self._took[entry.node]
        took |= set(what.took.values())
        if self._sent[entry.node] < len(took):
            why = f"took {len(took)} packets of the DKG and sent {self._sent[entry.node]}"
            self.blame(entry.time, entry.node, why)

    @on(HostCrashed)
    def crashed(self, entry: Entry, what: HostCrashed, facts: Facts) -> None:
        """Forget the run."""
        assert entry.node is not None
        self._sent.pop(entry.node, None)
        self._took.pop(entry.node, None)

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        return Base.end(self, facts) if facts.detail == "full" else self.skip("a summary does not say what was sent")
