r"""The checkers of a chain file's run, which read its journal and nothing else.

* **blocks**: each block follows the one before, in number, slot and hash; it is by the collator whose turn its slot is,
  and sealed with that collator's key;
* **no trace**: a call that fails leaves the state as it was, and no event;
* **in order**: rounds are never ingested twice, and in ``accumulate`` none is left out;
* **stored sums**: what is stored is the sum of the signatures of its rounds. The rounds are hashed to the curve again,
  $Q = \sum_r H_1(r)$; in ``accumulate`` the stored $Q$ must be that of all rounds since genesis. Then
  $e(\sigma, g_2) = e(Q, K)$ is checked with two pairings, not with the one loop that the pallet has;
* **randomness**: a block's randomness is the hash of the sum that was accepted last.

Where chains send messages, three more (`drandlab.simulation.chains.conserved`): **tokens** and **credits** are
conserved, and deliveries are **due**: to nobody who has ended or is paused, and as often as the frequency says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from drandlab.crypto.sr25519 import development, verify
from drandlab.curves.group import Point
from drandlab.errors import DecodeError
from drandlab.idn.block_randomness import block_randomness
from drandlab.idn.slots import author
from drandlab.idn.sums import on_curve, sum_of_messages, two_pairings
from drandlab.simulation.chains.chain_entries import CallDispatched, ChainBlockEnded, ChainFileBegan
from drandlab.simulation.chains.conserved.credit_rules import CreditsConserved
from drandlab.simulation.chains.conserved.due_rules import DeliveriesDue
from drandlab.simulation.chains.conserved.token_rules import TokensConserved
from drandlab.simulation.checkers.verdict import Base, Verdict, judge
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["ChainFacts", "check_chains"]

MOST_AT_ONCE = 300
"""Rounds that one block can ingest at most: the cap of a block is one byte."""


@dataclass(slots=True)
class ChainFacts(JournalReader):
    """What a journal has said so far: how the chains began, and the newest block of each."""

    began: ChainFileBegan | None = None
    newest: dict[int, ChainBlockEnded] = field(default_factory=dict)

    @on(ChainFileBegan)
    def _began(self, entry: Entry, what: ChainFileBegan) -> None:
        self.began = what

    @on(ChainBlockEnded)
    def _ended(self, entry: Entry, what: ChainBlockEnded) -> None:
        self.newest[what.chain] = what

    def bridge_block(self, what: ChainBlockEnded) -> bool:
        """Whether a block is the bridge's."""
        return self.began is not None and what.chain == self.began.chain


class BlocksFollow(Base[ChainFacts]):
    """Each block follows the one before, and is sealed by the author whose turn it is."""

    def __init__(self) -> None:
        super().__init__("blocks")

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: ChainFacts) -> None:
        """Compare a block with its parent, and with its slot."""
        self.checked += 1
        before, said = facts.newest.get(what.chain), ""
        if before is None and what.number != 1:
            said = "it is the first one"
        elif before is not None and what.number != before.number + 1:
            said = f"it comes after block {before.number}"
        elif before is not None and what.parent != before.hash:
            said = "its parent is another block than the one before"
        elif before is not None and what.slot <= before.slot:
            said = f"its slot {what.slot} is not above {before.slot}"
        elif facts.bridge_block(what):
            said = self._author(what, facts, first=before is None)
        if said:
            self.blame(entry.time, None, f"chain {what.chain}, block {what.number}: {said}")

    @staticmethod
    def _author(what: ChainBlockEnded, facts: ChainFacts, *, first: bool) -> str:
        assert facts.began is not None
        names = facts.began.collators
        turn = names[author(what.slot, len(names))]
        if first and what.parent != facts.began.genesis_hash:
            return "its parent is not block 0"
        if what.author != turn:
            return f"it is by {what.author}, and slot {what.slot} is the turn of {turn}"
        if not verify(development(turn).public, what.sealed, what.seal):
            return f"its seal is not {turn}'s"
        return ""


class NoTrace(Base[ChainFacts]):
    """A call that fails leaves everything as it was."""

    def __init__(self) -> None:
        super().__init__("no trace")

    @on(CallDispatched)
    def dispatched(self, entry: Entry, what: CallDispatched, facts: ChainFacts) -> None:
        """Look at the state around a call that has failed."""
        if what.error is None:
            return
        self.checked += 1
        if what.events:
            self.blame(entry.time, None, f"{what.call} failed in block {what.number} with {what.error}, and has events")
        if what.before != what.after:
            self.blame(entry.time, None, f"{what.call} failed in block {what.number} and changed the state")


class InOrder(Base[ChainFacts]):
    """No round is ingested twice, and in ``accumulate`` none is left out."""

    def __init__(self) -> None:
        super().__init__("in order")

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: ChainFacts) -> None:
        """Compare what a block has ingested with what was expected before it."""
        assert facts.began is not None
        before = facts.newest.get(what.chain)
        if not facts.bridge_block(what) or what.next_round is None or (before and before.asig == what.asig):
            return
        self.checked += 1
        expected = (before.next_round if before else None) or what.begin or 0
        said = ""
        if what.next_round < expected:
            said = f"the next round was {expected} and is {what.next_round}"
        elif what.start is not None and what.end is not None:
            if what.start < expected:
                said = f"round {what.start} was ingested again"
            elif what.end - what.start > facts.began.max_pulses:
                said = f"{what.end - what.start + 1} rounds were ingested at once"
            elif what.next_round not in (what.end + 1, what.end):
                said = f"rounds up to {what.end} were ingested, the next one is {what.next_round}"
        elif what.next_round - expected > facts.began.max_pulses:
            said = f"{what.next_round - expected} rounds were ingested at once"
        if said:
            self.blame(entry.time, None, f"block {what.number}: {said}")


class StoredSums(Base[ChainFacts]):
    """What is stored is the sum of the signatures of its rounds."""

    def __init__(self) -> None:
        super().__init__("stored sums")
        self._sum: Point | None = None
        self._from: int | None = None
        self._seen: tuple[bytes, bytes] = b"", b""

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: ChainFacts) -> None:
        """Compute the sums again."""
        stored = what.signature, what.message
        if not facts.bridge_block(what) or not what.signature or stored == self._seen:
            return
        self._seen = stored
        self.checked += 1
        assert facts.began is not None
        backend = "glass" if facts.began.backend == "glass" else None
        if said := self._fault(what, backend):
            self.blame(entry.time, None, f"block {what.number}: {said}")

    def _fault(self, what: ChainBlockEnded, backend: str | None) -> str:
        bls = on_curve(backend)
        if what.start is not None and what.end is not None:
            if not 0 <= what.end - what.start < MOST_AT_ONCE:
                return f"rounds {what.start} to {what.end} are none that one block can ingest"
            message = sum_of_messages(what.start, what.end, backend)
        elif what.begin is not None and what.next_round is not None:
            begin = what.begin if self._from is None else self._from
            if not 0 < what.next_round - begin < MOST_AT_ONCE:
                return f"rounds {begin} to {what.next_round - 1} are none that one block can ingest"
            message = sum_of_messages(begin, what.next_round - 1, backend)
            message = message if self._sum is None else self._sum + message
            self._sum, self._from = message, what.next_round
            if bytes(message) != what.message:
                return f"the stored sum is not that of the rounds {what.begin} to {what.next_round - 1}"
        else:
            return "there are sums, and no rounds"
        try:
            key, signature = bls.decode_key(what.key), bls.signatures.decode(what.signature)
        except DecodeError as error:
            return str(error)
        return "" if two_pairings(key, message, signature).holds else "the stored signature does not verify"


class RandomnessFollows(Base[ChainFacts]):
    """A block's randomness is that of the sum that was accepted last."""

    def __init__(self) -> None:
        super().__init__("randomness")

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: ChainFacts) -> None:
        """Hash the sum again."""
        if facts.bridge_block(what) and what.asig:
            self.checked += 1
            if what.random != block_randomness(what.asig):
                self.blame(
                    entry.time, None, f"block {what.number}: its randomness is not that of the sum accepted last"
                )


def check_chains(journal: Iterable[Entry]) -> list[Verdict]:
    """Return the verdict of every checker on the journal of a chain file's run."""
    checkers = [BlocksFollow(), NoTrace(), InOrder(), StoredSums(), RandomnessFollows()]
    conserved = [TokensConserved(), CreditsConserved(), DeliveriesDue()]
    verdicts = judge(journal, ChainFacts(), [*checkers, *conserved])
    has_money = any(verdict.checked for verdict in verdicts[len(checkers) :])
    return verdicts if has_money else verdicts[: len(checkers)]
