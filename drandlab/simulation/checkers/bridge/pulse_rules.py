r"""The checkers of what a bridge ingests: every pulse once and in order, and sums that are those of the real beacons.

* **ingested once**: along each chain of blocks, rounds are ingested in order and none twice, at most as many in a block
  as the mode takes. In ``accumulate`` none is left out from the genesis round on; in ``range`` some may be skipped, and
  what is skipped is never ingested later;
* **stored pair**: in ``accumulate`` the chain stores the pair $Q = \sum_r H_1(r)$ and $\sigma = \sum_r \sigma_r$ over
  all rounds since genesis; in ``range`` the sum that it stores is that of the rounds that it names. Both are
  computed again: $Q$ from the numbers of the rounds, $\sigma$ from the beacons of the drand network in the journal,
  and where the network is not in it, by the pairing: exactly one $\sigma$ verifies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drandlab.crypto.bls import BLS
from drandlab.errors import DrandlabError
from drandlab.simulation.bridge.bridge_entries import PulsesIngested
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.bridge.bridge_facts import BlockFacts, BridgeFacts
from drandlab.simulation.reading.reader import on
from drandlab.typing import Round

if TYPE_CHECKING:
    from drandlab.curves.group import Point

__all__ = ["IngestedOnce", "StoredPair", "ingested_before"]

MOST_ROUNDS = 10_000
"""Rounds of one submission that are summed up; a journal that names more is wrong already."""


def ingested_before(hash: bytes, facts: BridgeFacts) -> BlockFacts | None:
    """Return the last block before this one, on its chain, in which something was ingested."""
    block = facts.blocks.get(hash)
    chain = facts.ancestors(block.made.parent) if block is not None else iter(())
    return next((one for one in chain if one.ingested is not None), None)


class IngestedOnce(Base[BridgeFacts]):
    """Every pulse is ingested once and in order."""

    def __init__(self) -> None:
        super().__init__("ingested once")

    @on(PulsesIngested)
    def ingested(self, entry: Entry, what: PulsesIngested, facts: BridgeFacts) -> None:
        """Compare with what the chain of the block has ingested before."""
        assert facts.header is not None
        self.checked += 1
        header, block = facts.header, facts.blocks.get(what.hash)
        before = ingested_before(what.hash, facts)
        last = before.ingested.end if before is not None and before.ingested is not None else None
        accumulates = header.mode == "accumulate"
        first = header.genesis_round if last is None else last + 1
        most = header.max_pulses + (not accumulates)
        said = ""
        if block is None:
            said = "nobody has made the block"
        elif block.ingested is not None:
            said = "pulses are ingested twice in one block"
        elif what.start > what.end or what.end - what.start >= most:
            said = f"{what.end - what.start + 1} rounds in one block; 1 to {most} are taken"
        elif accumulates and what.start != first:
            said = f"round {first} comes next"
        elif last is not None and what.start <= last:
            said = f"round {last} was ingested already"
        if said:
            self.blame(entry.time, entry.node, f"block {what.number}, rounds {what.start} to {what.end}: {said}")


class StoredPair(Base[BridgeFacts]):
    """The sums that the chain stores are those of the real beacons."""

    def __init__(self) -> None:
        super().__init__("stored pair")
        self._sums: dict[bytes, tuple[Point, Point | None]] = {}
        """By block: the sums since genesis, of hashed rounds and of signatures (None where these are not known)."""
        self._key: Point | None = None

    @on(PulsesIngested)
    def ingested(self, entry: Entry, what: PulsesIngested, facts: BridgeFacts) -> None:
        """Compute the sums again."""
        assert facts.header is not None and facts.info is not None
        self.checked += 1
        bls = BLS.of(facts.info.scheme, "glass" if facts.header.backend == "glass" else None)
        if not 0 < what.start <= what.end < what.start + MOST_ROUNDS:
            self.blame(entry.time, entry.node, f"block {what.number}: no sum of rounds {what.start} to {what.end}")
            return
        rounds = range(what.start, what.end + 1)
        hashed = bls.signatures.sum([bls.hash(facts.info.scheme.digest(round)) for round in rounds])
        signed = self._signed(bls, rounds, facts)
        problem = self._differs(bls, what.asig, hashed, signed, facts)
        if problem:
            self.blame(entry.time, entry.node, f"block {what.number}: the sum of {_span(what)} {problem}")
        if facts.header.mode != "accumulate":
            if what.signature != what.asig:
                self.blame(entry.time, entry.node, f"block {what.number}: it stores another sum than it was given")
            return
        if (before := ingested_before(what.hash, facts)) is not None:
            old_hashed, old_signed = self._sums.get(before.made.hash, (None, None))
            if old_hashed is None:
                return  # what came before was blamed already
            hashed = old_hashed + hashed
            signed = old_signed + signed if old_signed is not None and signed is not None else None
        self._sums[what.hash] = hashed, signed
        if what.message != bytes(hashed):
            said = f"block {what.number}: the stored Q is not the sum of all rounds up to {what.end}"
            self.blame(entry.time, entry.node, said)
        if problem := self._differs(bls, what.signature, hashed, signed, facts):
            said = f"block {what.number}: the stored signature, of all rounds up to {what.end}, {problem}"
            self.blame(entry.time, entry.node, said)

    @staticmethod
    def _signed(bls: BLS, rounds: Sequence[Round], facts: BridgeFacts) -> Point | None:
        """The sum of these rounds' signatures, as the drand network has made them; None where it is not known."""
        known = [facts.beacons.get(round) for round in rounds]
        signatures = [signature for signature in known if signature is not None]
        if len(signatures) < len(known):
            return None
        return bls.signatures.sum([bls.decode_signature(signature) for signature in signatures])

    def _differs(self, bls: BLS, signature: bytes, hashed: Point, signed: Point | None, facts: BridgeFacts) -> str:
        """What is wrong with the signature of a sum, empty if nothing is."""
        if signed is not None:
            return "" if signature == bytes(signed) else "is not that of the beacons"
        assert facts.info is not None
        self._key = bls.decode_key(facts.info.public_key) if self._key is None else self._key
        try:
            fits = bls.matches(self._key, hashed, bls.decode_signature(signature))
        except DrandlabError as error:
            return f"is no signature ({error.code})"
        return "" if fits else "does not verify under the chain's key"


def _span(what: PulsesIngested) -> str:
    return f"round {what.start}" if what.start == what.end else f"rounds {what.start} to {what.end}"
