"""The checkers of the DKG: a node believes, does and ends with what the packets that it took demand.

A node's journal names, phase by phase, the packets that it took, and the point s g of every share s that it opened.
From these alone `Dealings` works out again which shares are in order, who must be evicted, which of the node's own
deals it has to justify, and who is qualified:

* a share is in order if it fits the dealer's commitments and, in a resharing, these begin with the dealer's share of
  the old key;
* a dealer is evicted for a wrong number of commitments, for a deal to a stranger, for a threshold of complaints (its
  polynomial could be rebuilt from the answers), and for a justification that is not in order;
* a holder is evicted for an answer about a stranger, and for silence;
* a dealer is valid if it is not evicted and no complaint about it is left; QUAL follows from the valid dealers and the
  evicted holders.

Nodes that misbehave in DKGs are not judged, nor is a resharing to which some member has not come.

`Echo`: every packet that a node takes it has sent on to all, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.door import suite
from drandlab.curves.group import Group, Point
from drandlab.dkg.codec import decode
from drandlab.dkg.packets import Bundle, DealBundle, JustificationBundle, ResponseBundle
from drandlab.errors import DrandlabError
from drandlab.node.reports import (
    DkgDone,
    DkgFailed,
    DkgLeft,
    DkgPacketSent,
    DkgPhase,
    DkgStarted,
    GroupKnown,
    ShareOpened,
)
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import HostCrashed, MessageSent, ReshareStarted
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.reader import on

__all__ = ["Dealings", "Echo"]


@dataclass(slots=True)
class Reckoning:
    """What a node must believe: the DKG as the packets that it took tell it."""

    terms: DkgStarted
    old: PublicPolynomial | None
    holder_of: dict[int, int] = field(default_factory=dict)
    """The holder's index of each dealer who is a holder as well."""
    phase: str = "deal"
    own_words: ResponseBundle | None = None
    to_answer: frozenset[int] = frozenset()
    answered: bool = False
    opened: dict[int, ShareOpened] = field(default_factory=dict)
    deals: dict[int, DealBundle] = field(default_factory=dict)
    good: set[tuple[int, int]] = field(default_factory=set)
    evicted_dealers: set[int] = field(default_factory=set)
    evicted_holders: set[int] = field(default_factory=set)

    @property
    def threshold(self) -> int:
        """The threshold of the group that is made."""
        return self.terms.threshold

    @property
    def dealers(self) -> tuple[int, ...]:
        """The indices of all dealers."""
        return self.terms.dealers

    @property
    def holders(self) -> tuple[int, ...]:
        """The indices of all holders."""
        return self.terms.holders

    @property
    def own_dealer(self) -> int | None:
        """The node's index as a dealer, if it deals."""
        return self.terms.dealer if self.terms.deals else None

    @property
    def own_holder(self) -> int | None:
        """The node's index as a holder."""
        return self.terms.holder

    def in_order(self, group: Group, dealer: int, holder: int, point: Point) -> bool:
        """Whether ``point`` is s g of the share that a dealer has committed to for a holder."""
        public = PublicPolynomial(group, self.deals[dealer].commits)
        return point == public.share(holder) and (self.old is None or public.public_key == self.old.share(dealer))

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
                if self.in_order(group, dealer, answer.share_index, answer.share * group.generator):
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
        self._places: dict[bytes, dict[int, DkgStarted]] = {}
        self._wanted: tuple[int, ...] = ()
        self._curve: Group | None = None

    @on(ReshareStarted)
    def reshare(self, entry: Entry, what: ReshareStarted, facts: Facts) -> None:
        """Remember who is to be in the new group."""
        self._wanted = what.nodes

    @on(DkgStarted)
    def begun(self, entry: Entry, what: DkgStarted, facts: Facts) -> None:
        """A run begins for one node."""
        assert entry.node is not None
        group = self._curve = suite(what.curve, "glass" if what.glass else None).group(what.group)
        self._places.setdefault(what.session, {})[entry.node] = what
        self._reckonings.pop(entry.node, None)
        if what.fast_sync and what.holder is not None and not facts.node(entry.node).misbehaved_in_dkg:
            public = [group.decode(point, identity=True) for point in what.public]
            old = PublicPolynomial(group, public) if public else None
            self._reckonings[entry.node] = Reckoning(what, old)

    def _all_known(self, reckoning: Reckoning) -> bool:
        """Find out which dealer is which holder; whether all are known."""
        terms = reckoning.terms
        if reckoning.old is None:
            reckoning.holder_of = {index: index for index in terms.holders}
            return True
        places = self._places[terms.session]
        reckoning.holder_of = {
            place.dealer: place.holder
            for place in places.values()
            if place.dealer is not None and place.holder is not None
        }
        return all(name in places for name in self._wanted)

    @on(ShareOpened)
    def opened(self, entry: Entry, what: ShareOpened, facts: Facts) -> None:
        """Remember what a node found of a share."""
        assert entry.node is not None
        if (reckoning := self._reckonings.get(entry.node)) is not None:
            reckoning.opened[what.dealer] = what

    def _compare_shares(self, entry: Entry, reckoning: Reckoning) -> None:
        """Compare the shares that were opened with the commitments that they were dealt with."""
        assert self._curve is not None and reckoning.own_holder is not None
        for dealer, share in reckoning.opened.items():
            # without a point s g is F(x), or no share has opened: then no share can be called wrong
            if (share.point is None and share.code != "wrong-share") or dealer not in reckoning.deals:
                continue
            self.checked += 1
            point = None if share.point is None else self._curve.decode(share.point, identity=True)
            in_order = point is None or reckoning.in_order(self._curve, dealer, reckoning.own_holder, point)
            if in_order != (not share.code):
                found = f"found wrong ({share.code})" if share.code else "found in order"
                self.blame(entry.time, entry.node, f"{found}: the share of dealer {dealer}, against its commitments")

    @on(DkgPacketSent)
    def sent(self, entry: Entry, what: DkgPacketSent, facts: Facts) -> None:
        """Remember the packet; one of a node's own says who the node is."""
        assert entry.node is not None
        if self._curve is None:
            return
        try:
            bundle = decode(what.data, self._curve)
        except DrandlabError:
            return  # a node that misbehaves sent it; nobody takes it
        self._packets[bundle.digest] = bundle
        reckoning = self._reckonings.get(entry.node)
        if reckoning is None:
            return
        match bundle:
            case ResponseBundle():
                reckoning.own_words = bundle
                others = [word for word in bundle.responses if word.dealer_index != reckoning.terms.dealer]
                wrong = sorted(word.dealer_index for word in others if not word.success)
                held = {dealer for dealer, share in reckoning.opened.items() if not share.code}
                self._same(entry, "complains of", wrong, {word.dealer_index for word in others} - held)
            case JustificationBundle():
                reckoning.answered = True
                self._same(
                    entry, "justified", sorted(j.share_index for j in bundle.justifications), reckoning.to_answer
                )

    def _same(self, entry: Entry, did: str, found: object, wanted: frozenset[int] | set[int] | tuple[int, ...]) -> None:
        self.checked += 1
        if found != sorted(wanted):
            self.blame(entry.time, entry.node, f"{did} {found}; what it took demands {sorted(wanted)}")

    @on(DkgPhase)
    def reached(self, entry: Entry, what: DkgPhase, facts: Facts) -> None:
        """Take the packets that ended the phase before, and compare who is evicted."""
        assert entry.node is not None
        reckoning = self._reckonings.get(entry.node)
        if reckoning is None:
            return
        took = [self._packets.get(digest) for digest in what.took.values()]
        if None in took or (what.phase in ("justification", "finish") and not self._all_known(reckoning)):
            del self._reckonings[entry.node]
            return
        phase, reckoning.phase = reckoning.phase, what.phase
        match phase, what.phase:
            case "deal" | "init", "response":
                reckoning.take_deals([bundle for bundle in took if isinstance(bundle, DealBundle)])
                self._compare_shares(entry, reckoning)
            case "response", _:
                reckoning.take_responses([bundle for bundle in took if isinstance(bundle, ResponseBundle)])
            case "justification", _:
                self._has_answered(entry, reckoning)
                answers = [bundle for bundle in took if isinstance(bundle, JustificationBundle)]
                assert self._curve is not None
                reckoning.take_justifications(answers, self._curve)
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
        if entry.node not in self._took or facts.node(entry.node).misbehaved_in_dkg:
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
