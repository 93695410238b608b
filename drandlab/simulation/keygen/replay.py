"""What one node of a DKG or resharing believed, step by step, read from a journal.

A step is one packet taken or one thing that the node does. After each phase the journal holds the node's status matrix,
and a replay arrives at exactly that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from drandlab.dkg.effects import EQUIVOCATION
from drandlab.dkg.packets import DealBundle, JustificationBundle, ResponseBundle
from drandlab.node.reports import (
    DkgDone,
    DkgFailed,
    DkgLeft,
    DkgPacketSent,
    DkgPhase,
    MessageRefused,
    PeerBlamed,
)
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.keygen.belief import GOOD, Belief, ShareEvent, Step
from drandlab.simulation.keygen.evidence import Check, Evidence, short
from drandlab.simulation.keygen.run import Run
from drandlab.simulation.keygen.sessions import Session, sessions
from drandlab.simulation.reading.reader import MISFITS, JournalReader, misfit, on

__all__ = ["replay", "sessions"]

NOT_ITSELF = "The share of a node for itself counts as in order."


def replay(
    source: Journal | Run | Evidence, node: int | None = None, session: Session | int | str | None = None
) -> Belief:
    """Return what ``node`` believed, step by step; by default the first node that holds a result.

    ``source`` is a journal, a `Run`, or the `Evidence` of a session, which several replays may share. ``session`` is
    the number or the id of one of the journal's `sessions`, the newest unless given. Raises `LocalError` for a session
    or a node that is not there, `FormatError` for an entry that contradicts the rest of its journal.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> from drandlab.simulation.misbehaviour.keygen import parse
    >>> run = generate_key(4, 3, backend="glass", faults=[parse("wrong-share:1:holder=3")])
    >>> seen = replay(run.journal, 0)
    >>> next(step.said for step in seen.steps if step.said.startswith("Holder 3 complains"))
    'Holder 3 complains about dealer 1.'
    >>> seen.steps[-1].states, seen.qual
    (('ssss', 'sssj', 'ssss', 'ssss'), (0, 1, 2, 3))
    """
    evidence = source if isinstance(source, Evidence) else Evidence(source, session)
    found = evidence.session
    name = min(found.done or found.nodes) if node is None else found.check_node(node)
    reader = _Replay(evidence, name)
    reader.read(found.entries[name], found.lines[name])
    return reader.finished()


def _listed(indices: Iterable[object]) -> str:
    words = [str(index) for index in indices]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _many(noun: str, indices: Iterable[object]) -> str:
    found = list(indices)
    return f"{noun}{'s' * (len(found) != 1)} {_listed(found)}"


class _Replay(JournalReader):
    """Entry by entry, from the journal to steps and events."""

    def __init__(self, evidence: Evidence, node: int) -> None:
        self.evidence, self.node = evidence, node
        start = self.start = evidence.session.starts[node]
        self.dealers, self.holders = start.dealers, start.holders
        self.own_dealer = start.dealer if start.deals else None
        self.own_holder = start.holder
        self.waiting: deque[Entry] = deque()
        self.grid: dict[tuple[int, int], str] = {}
        self.out_dealers: set[int] = set()
        self.out_holders: set[int] = set()
        self.phase, self.time = "init", 0.0
        self.steps: list[Step] = []
        self.events: list[ShareEvent] = []
        self.qual: tuple[int, ...] | None = None
        self.key: str | None = None

    def finished(self) -> Belief:
        return Belief(
            node=self.node,
            dealers=self.dealers,
            holders=self.holders,
            own_dealer=self.own_dealer,
            own_holder=self.own_holder,
            resharing=self.evidence.session.resharing,
            steps=tuple(self.steps),
            events=tuple(self.events),
            qual=self.qual,
            key=self.key,
        )

    def read(self, entries: Iterable[Entry], lines: Sequence[int]) -> None:
        self.waiting.extend(entries)
        while self.waiting:
            entry = self.waiting.popleft()
            self.time = entry.time
            try:
                self.take(entry)
            except MISFITS as error:
                raise misfit(entry, error, lines[-len(self.waiting) - 1], of="this DKG") from error

    def blame_behind(self) -> list[PeerBlamed]:
        """Take what comes of taking packets: it stands behind the phase that they end."""
        blame = []
        while self.waiting and isinstance(said := self.waiting[0].what, PeerBlamed) and said.code != EQUIVOCATION:
            blame.append(said)
            self.waiting.popleft()
        return blame

    @on(DkgDone)
    def done(self, entry: Entry, what: DkgDone) -> None:
        self.qual, self.key = tuple(sorted(what.qual)), what.key.hex()
        self.close(f"Done. QUAL: {_listed(self.qual)}. The group key is {short(self.key)}.")

    @on(DkgFailed)
    def failed(self, entry: Entry, what: DkgFailed) -> None:
        self.close(f"This node ends without a key: {what.why}.")

    @on(DkgLeft)
    def left(self, entry: Entry, what: DkgLeft) -> None:
        self.close("This node has dealt and leaves: it gets no new share.")

    # -- writing ------------------------------------------------------------------------------------------------------

    def tell(self, said: str, dealer: int | None = None, holder: int | None = None, check: Check | None = None) -> None:
        """Note an event of the step that is about to be closed."""
        self.events.append(ShareEvent(len(self.steps), said, dealer, holder, check))

    def close(self, said: str) -> None:
        states = tuple("".join(self.grid[dealer, holder] for holder in self.holders) for dealer in self.dealers)
        self.steps.append(
            Step(self.time, self.phase, said, states, frozenset(self.out_dealers), frozenset(self.out_holders))
        )

    def evict(self, blame: PeerBlamed) -> str:
        """Note an eviction and return its sentence."""
        role, index = blame.role, blame.index
        said = f"{role.capitalize()} {index} is evicted: {blame.why}."
        proof = ", ".join(f"packet {short(p)}" if isinstance(p, str) else f"holder {p}" for p in blame.evidence)
        told = f"{said} Evidence: {proof}." if proof else said
        if role == "dealer":
            self.out_dealers.add(index)
            self.tell(told, dealer=index)
        else:
            self.out_holders.add(index)
            self.tell(told, holder=index)
        return said

    def settle(self, rows: Iterable[str], good: str) -> None:
        """Make the grid what the journal says; what turns good gets the letter ``good``."""
        for dealer, row in zip(self.dealers, rows, strict=True):
            for holder, bit in zip(self.holders, row, strict=True):
                cell = dealer, holder
                if bit == "1" and self.grid[cell] not in GOOD:
                    self.grid[cell] = good
                    said = "This node will answer with the share in plain." if good == "j" else NOT_ITSELF
                    self.tell(said, *cell)
                elif bit == "0" and self.phase == "finish" and dealer in self.out_dealers and self.grid[cell] != "c":
                    self.grid[cell] = "v"

    # -- entries ------------------------------------------------------------------------------------------------------

    @on(DkgPhase)
    def phase_reached(self, entry: Entry, what: DkgPhase) -> None:
        before, self.phase = self.phase, what.phase
        rows, took, blame = what.status, what.took, self.blame_behind()
        if not self.steps and not took and before == "init" and self.phase in ("init", "deal"):
            self.begin(rows)
            return
        reader = {"response": self.responses, "justification": self.justifications}.get(before, self.deals)
        after, self.phase = self.phase, before  # the packets belong to the phase that they end
        said = reader(took, rows, blame)
        said += [self.evict(error) for error in blame]
        self.phase = after
        changed = dict(self.grid)
        self.settle(rows, "j" if before == "response" else "s")
        if said or changed != self.grid:
            ends = {"response": "The responses are in.", "justification": "The justifications are in."}
            self.close(" ".join([ends.get(before, "The dealings are in."), *said]))

    def begin(self, rows: Iterable[str]) -> None:
        silent = "w" if self.start.fast_sync else "q"
        for dealer, row in zip(self.dealers, rows, strict=True):
            for holder, bit in zip(self.holders, row, strict=True):
                own = dealer == self.own_dealer and holder == self.own_holder
                self.grid[dealer, holder] = "s" if own else silent if (bit == "1") == (silent == "q") else "w"
        if self.own_dealer is not None and self.own_holder is not None:
            said = "A node keeps its own share: nothing is sent, nothing has to be checked."
            self.tell(said, self.own_dealer, self.own_holder)
        rule = "Until a holder speaks, its shares count as "
        self.close(rule + ("complaints (fast sync)." if silent == "w" else "in order; what this node awaits does not."))

    def deals(self, took: Mapping[int, bytes], rows: tuple[str, ...], blame: list[PeerBlamed]) -> list[str]:
        for dealer, taken in sorted(took.items()):
            digest = taken.hex()
            packet = self.evidence.packet(digest)
            if dealer == self.own_dealer or dealer not in self.dealers or not isinstance(packet, DealBundle):
                continue
            count = f"{len(packet.commits)} commitments, {len(packet.deals)} encrypted shares"
            self.tell(f"The dealing of dealer {dealer} arrives (packet {short(digest)}): {count}.", dealer)
            said = [f"The dealing of dealer {dealer} arrives.", self.own_share(dealer, rows)]
            said += [self.evict(error) for error in _pick(blame, "dealer", dealer, digest)]
            self.close(" ".join(filter(None, said)))
        missing = [dealer for dealer in self.dealers if dealer not in took and dealer != self.own_dealer]
        for dealer in missing:
            self.tell(f"No dealing of dealer {dealer} counts when the phase ends.", dealer)
            if self.own_holder is not None:
                self.grid[dealer, self.own_holder] = "c"
        return [f"None from {_many('dealer', missing)}."] if missing else []

    def own_share(self, dealer: int, rows: tuple[str, ...]) -> str:
        """Look at the share for this node; return the sentence, empty for a node that gets none."""
        if self.own_holder is None or self.evidence.node_of_dealer.get(dealer) == self.node:
            return ""
        good = rows[self.dealers.index(dealer)][self.holders.index(self.own_holder)] == "1"
        check = self.evidence.check(dealer, self.own_holder)
        self.grid[dealer, self.own_holder] = "s" if good else "c"
        why = f": {check.problem}" if check and check.problem else ""
        said = "Its share for this node is in order." if good else f"Its share for this node is not in order{why}."
        self.tell(said, dealer, self.own_holder, check)
        return said

    def responses(self, took: Mapping[int, bytes], rows: tuple[str, ...], blame: list[PeerBlamed]) -> list[str]:
        for holder, taken in sorted(took.items()):
            digest = taken.hex()
            packet = self.evidence.packet(digest)
            if holder == self.own_holder or holder not in self.holders or not isinstance(packet, ResponseBundle):
                continue
            said = self.words(holder, packet)
            said += [self.evict(error) for error in _pick(blame, "holder", holder, digest)]
            self.close(" ".join(said))
        missing = [holder for holder in self.holders if holder not in took and holder != self.own_holder]
        return [f"No word from {_many('holder', missing)}."] if missing and self.start.fast_sync else []

    def words(self, holder: int, packet: ResponseBundle) -> list[str]:
        """Take a holder's word on each dealer; return its sentence."""
        if packet.session_id != self.start.session:
            return [f"The answer of holder {holder} is of another session."]
        against = []
        for word in packet.responses:
            cell = word.dealer_index, holder
            if cell not in self.grid or (word.success and not self.start.fast_sync):
                continue
            self.grid[cell] = "s" if word.success else "c"
            against += [] if word.success else [word.dealer_index]
            check = self.evidence.check(*cell)
            verdict = "reports that its share is in order" if word.success else "complains"
            if check is not None and check.passes != word.success:
                verdict += ", against what its share says"
            self.tell(f"Holder {holder} {verdict}.", *cell, check)
        if against:
            return [f"Holder {holder} complains about {_many('dealer', against)}."]
        return [f"Holder {holder} finds all its shares in order."]

    def justifications(self, took: Mapping[int, bytes], rows: tuple[str, ...], blame: list[PeerBlamed]) -> list[str]:
        accused = {d for d in self.dealers if "c" in (self.grid[d, h] for h in self.holders)}
        for dealer, taken in sorted(took.items()):
            digest = taken.hex()
            packet = self.evidence.packet(digest)
            if dealer == self.own_dealer or dealer not in self.dealers or not isinstance(packet, JustificationBundle):
                continue
            said = self.answers(dealer, packet)
            said += [self.evict(error) for error in _pick(blame, "dealer", dealer, digest)]
            self.close(" ".join(said))
        missing = sorted(d for d in accused - self.out_dealers if d not in took and d != self.own_dealer)
        for dealer in missing:
            self.tell(f"Dealer {dealer} leaves the complaints unanswered.", dealer)
        return [f"No answer from {_many('dealer', missing)}."] if missing else []

    def answers(self, dealer: int, packet: JustificationBundle) -> list[str]:
        """Check a dealer's shares in plain; return its sentence."""
        if dealer in self.out_dealers:
            return [f"The answer of dealer {dealer}, who is evicted already, is not read."]
        dealing = self.evidence.dealing(self.node, dealer)
        if packet.session_id != self.start.session or dealing is None:
            return [f"The answer of dealer {dealer} cannot be used."]
        for answer in packet.justifications:
            cell = dealer, answer.share_index
            if cell in self.grid:
                check = self.evidence.compare(dealing, answer.share_index, answer.share)
                self.grid[cell] = "j" if check.passes else self.grid[cell]
                verdict = "and it is in order" if check.passes else "and it is false"
                self.tell(f"Dealer {dealer} answers with the share in plain, {verdict}.", *cell, check)
        return [f"Dealer {dealer} answers {_many('holder', (j.share_index for j in packet.justifications))}."]

    @on(PeerBlamed)
    def two_packets(self, entry: Entry, what: PeerBlamed) -> None:
        proof = " and ".join(short(str(digest)) for digest in what.evidence)
        said = f"{what.role.capitalize()} {what.index} sends two different packets: both are dropped."
        told = f"{said} Evidence: packets {proof}."
        if what.role == "dealer":
            self.tell(told, dealer=what.index)
        else:
            self.tell(told, holder=what.index)
        self.close(said)

    @on(DkgPacketSent)
    def broadcast(self, entry: Entry, what: DkgPacketSent) -> None:
        packet = self.evidence.opened(what.data)
        if packet is None:
            said = "This node sends bytes that are no packet."
        elif isinstance(packet, DealBundle):
            said = f"This node deals: {len(packet.commits)} commitments, {len(packet.deals)} encrypted shares."
        elif isinstance(packet, ResponseBundle):
            against = [word.dealer_index for word in packet.responses if not word.success]
            said = f"This node complains about {_many('dealer', against) if against else 'nobody'}."
            for word in packet.responses:
                if word.dealer_index in self.dealers and word.dealer_index != self.own_dealer:
                    verb = "reports a success" if word.success else "complains in public"
                    self.tell(f"Holder {packet.share_index} (this node) {verb}.", word.dealer_index, self.own_holder)
        else:
            said = f"This node answers {_many('holder', (j.share_index for j in packet.justifications))}."
            for answer in packet.justifications:
                self.tell(
                    f"It publishes the share {short(answer.share.to_bytes())}.", self.own_dealer, answer.share_index
                )
        self.close(said)

    @on(MessageRefused)
    def refused(self, entry: Entry, what: MessageRefused) -> None:
        sender = self.evidence.session.addresses.get(what.sender or "")
        said = f"A packet of {what.sender if sender is None else f'node {sender}'} is refused: {what.why}."
        start = None if sender is None else self.evidence.session.starts.get(sender)
        if start is not None and start.dealer is not None:
            self.tell(said, start.dealer)
        self.close(said)


def _pick(blame: list[PeerBlamed], role: str, index: int, digest: str) -> list[PeerBlamed]:
    """Take out of ``blame`` what rests on one packet."""
    found = [one for one in blame if (one.role, one.index, one.evidence) == (role, index, (digest,))]
    for one in found:
        blame.remove(one)
    return found
