r"""A proof that a round was, or was not, observed by a bridge, which anyone checks against a block's state root.

It has three parts. The **state nodes** lead from the state root to the `IngestHistory` that the state holds. The
**ingest** is the leaf whose rounds, observed or skipped, hold the round in question. The **path** leads from the leaf
to its peak in the history. A round before the first or after the last needs no leaf: the history itself says that it
is outside.

    size:  state nodes  +  72 bytes of the leaf  +  $32 \lfloor \log_2 n \rfloor$ bytes of the path at most

for $n$ ingests. Checking takes as many hashes and no pairing. *Soundness*: whoever finds a proof of both answers for
one state root has found two inputs of BLAKE2b-256 with the same hash, or a chain whose runtime did not tile the rounds.
That the chain verified the aggregate is the chain's word; `Ingest.pulse` can be authenticated again, for one pairing
check and a hash to the curve for each round of the leaf.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from drandlab.errors import FormatError, LocalError, VerificationError
from drandlab.idn.proofs.ingest_history import HISTORY_KEY, INGEST, Ingest, IngestHistory
from drandlab.idn.proofs.mountain_range import HASH, MountainRange
from drandlab.idn.runtime.blocks import Header
from drandlab.idn.state import Trie, prove, read_proof
from drandlab.typing import LAST_ROUND, Round, checked_int
from drandlab.wire.scale import U64, Bytes, Composite, FixedBytes, Option, Vec

__all__ = ["NOT_OBSERVED", "PROOF_CODES", "NotObserved", "Observed", "RoundArchive", "RoundProof", "check_round"]

NOT_OBSERVED: Mapping[str, str] = {
    "before": "the round is before the first that was ingested",
    "after": "the round was not reached yet",
    "skipped": "the round was skipped, and can never be ingested any more",
}
"""Why a round was not observed."""

PROOF_CODES: Mapping[str, str] = {
    "no-history": "the state holds no history",
    "history": "what the state holds in its place is no history",
    "leaf-missing": "the round is within the history, and the proof has no leaf",
    "leaf-needless": "the round is outside the history, and the proof has a leaf",
    "leaf-other": "the rounds of the leaf do not hold the round",
    "path": "the path does not lead from the leaf to a peak of the history",
}
"""The codes of proofs that are refused, beside those of the trie."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The round was ingested, in this aggregate."""

    round: Round
    ingest: Ingest


@dataclass(frozen=True, slots=True)
class NotObserved:
    """The round was not ingested; ``code`` is one of `NOT_OBSERVED`."""

    round: Round
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundProof:
    """A proof about one round: ``ingest`` is None, and ``path`` empty, for a round outside of the history."""

    round: Round
    nodes: tuple[bytes, ...]
    ingest: Ingest | None = None
    index: int = 0
    path: tuple[bytes, ...] = ()

    def to_scale(self) -> bytes:
        """Return the proof as bytes; their number is what it costs to send."""
        return ROUND_PROOF.encode(self)

    @classmethod
    def from_scale(cls, data: bytes) -> RoundProof:
        """Return the proof of these bytes; raises `FormatError`."""
        return ROUND_PROOF.decode(data)


ROUND_PROOF = Composite(
    RoundProof,
    round=U64,
    nodes=Vec(Bytes(), 64),
    ingest=Option(INGEST),
    index=U64,
    path=Vec(FixedBytes(HASH), 64),
)


def check_round(header: Header, proof: RoundProof) -> Observed | NotObserved:
    """Return what a proof shows of its round in the state after a block, of which the header is enough.

    Raises `VerificationError` with a code of `PROOF_CODES`, or of the trie, for a proof that shows nothing.
    """
    history = _history(header.state_root, proof)
    outside = "before" if proof.round < history.first else "after" if proof.round >= history.next else None
    leaf = proof.ingest
    if outside is not None:
        if leaf is not None or proof.path or proof.index:
            raise VerificationError(PROOF_CODES["leaf-needless"], code="leaf-needless", round=proof.round)
        return NotObserved(proof.round, outside)
    if leaf is None:
        raise VerificationError(PROOF_CODES["leaf-missing"], code="leaf-missing", round=proof.round)
    if not (leaf.observes(proof.round) or leaf.skips(proof.round)):
        raise VerificationError(PROOF_CODES["leaf-other"], code="leaf-other", round=proof.round)
    if not history.peaks.holds(leaf.to_scale(), proof.index, proof.path):
        raise VerificationError(PROOF_CODES["path"], code="path", round=proof.round)
    return Observed(proof.round, leaf) if leaf.observes(proof.round) else NotObserved(proof.round, "skipped")


def _history(state_root: bytes, proof: RoundProof) -> IngestHistory:
    value = read_proof(state_root, proof.nodes, [HISTORY_KEY])[HISTORY_KEY]
    if value is None:
        raise VerificationError(PROOF_CODES["no-history"], code="no-history", round=proof.round)
    try:
        return IngestHistory.from_scale(value)
    except FormatError as error:
        raise VerificationError(f"{PROOF_CODES['history']}: {error}", code="history", round=proof.round) from error


class RoundArchive:
    """Everything that was ingested, as a full node keeps it to answer with proofs.

    >>> archive = RoundArchive()
    >>> archive.append(1000, 1001, bytes(48))
    >>> archive.append(1005, 1006, bytes(48))
    >>> archive.history.first, archive.history.next, len(archive)
    (1000, 1007, 2)
    """

    def __init__(self) -> None:
        self._leaves: list[Ingest] = []
        self._range = MountainRange()
        self.history = IngestHistory()

    def __len__(self) -> int:
        return len(self._leaves)

    def __repr__(self) -> str:
        return f"<RoundArchive of {len(self)} ingests, next round {self.history.next}>"

    def append(self, start: Round, end: Round, signature: bytes) -> None:
        """Add what a block has ingested; raises `LocalError` for rounds that are past."""
        leaf = self.history.following(start, end, signature)
        self.history = self.history.append(start, end, signature)
        self._leaves.append(leaf)
        self._range.append(leaf.to_scale())

    def prove(self, round: Round, state: Trie) -> RoundProof:
        """Return the proof about a round for the state of a block, which may be an older one than the newest.

        Raises `LocalError` for a state without a history, or with one that is not a beginning of this archive's.
        """
        round = checked_int(round, "round", 0, LAST_ROUND)
        value = state.get(HISTORY_KEY)
        if value is None:
            raise LocalError("it holds no history", argument="state")
        history, nodes = IngestHistory.from_scale(value), prove(state, [HISTORY_KEY])
        count = history.peaks.count
        if count > len(self) or self._range.peaks_of(count) != history.peaks:
            raise LocalError("its history is of another chain than this archive", argument="state")
        if not history.first <= round < history.next:
            return RoundProof(round=round, nodes=nodes)
        index = self._leaf_of(round)
        path = self._range.path(index, count)
        return RoundProof(round=round, nodes=nodes, ingest=self._leaves[index], index=index, path=path)

    def _leaf_of(self, round: Round) -> int:
        """The leaf that observes or skips a round: the first one that does not end before it."""
        return bisect_left(self._leaves, round, key=lambda leaf: leaf.end)
