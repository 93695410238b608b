r"""The history of what a bridge has ingested: which rounds, in which aggregate, and which rounds it skipped.

The sums of the bridge prove that a range of rounds was observed, and only to who adds up all of it again. They never
prove that a round was *not* observed: where rounds may be skipped, the latest range says nothing of what came before.
The history is kept beside them. Each `Ingest` is a leaf of a Merkle mountain range (`mountain_range`):

    (after, start, end, asig)

The rounds $start \ldots end$ were ingested in the aggregate signature $asig$; those from $after$ to $start - 1$ were
skipped. The next leaf has $after' = end + 1$. So the leaves tile the rounds: each round from the first on stands in
exactly one leaf, as observed or as skipped, and one leaf with its path proves either.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.errors import LocalError
from drandlab.idn.proofs.mountain_range import HASH, Peaks
from drandlab.idn.pulses import SIGNATURE_LENGTH, Pulse
from drandlab.idn.state import item_prefix
from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_int
from drandlab.wire.scale import U64, Composite, FixedBytes, Vec

__all__ = ["HISTORY", "HISTORY_KEY", "INGEST", "Ingest", "IngestHistory"]

HISTORY_KEY = item_prefix("RoundHistory", "History")
"""The key of the history in the state: that of the pallet `drandlab.idn.pallets.round_history`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """One accepted submission: the rounds ``start`` to ``end`` in one aggregate ``signature``.

    The rounds from ``after`` up to ``start`` were skipped; none were where the two are equal.
    """

    after: Round
    start: Round
    end: Round
    signature: bytes

    def __post_init__(self) -> None:
        checked_int(self.after, "after", 1, LAST_ROUND)
        checked_int(self.start, "start", self.after, LAST_ROUND)
        checked_int(self.end, "end", self.start, LAST_ROUND)
        checked_bytes(self.signature, "signature", SIGNATURE_LENGTH)

    def observes(self, round: Round) -> bool:
        """Return whether the round was ingested here."""
        return self.start <= round <= self.end

    def skips(self, round: Round) -> bool:
        """Return whether the round was skipped here, for ever."""
        return self.after <= round < self.start

    @property
    def pulse(self) -> Pulse:
        """What was ingested; its `authenticate` checks the aggregate again."""
        return Pulse(signature=self.signature, start=self.start, end=self.end)

    def to_scale(self) -> bytes:
        """Return the leaf: 72 bytes."""
        return INGEST.encode(self)

    @classmethod
    def from_scale(cls, data: bytes) -> Ingest:
        """Return the leaf of these bytes; raises `FormatError`."""
        return INGEST.decode(data)


INGEST = Composite(Ingest, after=U64, start=U64, end=U64, signature=FixedBytes(SIGNATURE_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestHistory:
    """What the state of a chain keeps of the history: the ``first`` round, the ``next`` one, and the ``peaks``.

    >>> history = IngestHistory().append(1000, 1001, bytes(48)).append(1005, 1005, bytes(48))
    >>> history.first, history.next, history.peaks
    (1000, 1006, Peaks(2 leaves, 1 peaks))
    """

    first: Round = 0
    next: Round = 0
    peaks: Peaks = field(default_factory=Peaks)

    def following(self, start: Round, end: Round, signature: bytes) -> Ingest:
        """Return the leaf that ingests these rounds next; raises `LocalError` for rounds that are past."""
        if start < self.next:
            raise LocalError(f"must not be before round {self.next}, got {start}", argument="start")
        return Ingest(after=self.next or start, start=start, end=end, signature=signature)

    def append(self, start: Round, end: Round, signature: bytes) -> IngestHistory:
        """Return the history after these rounds were ingested."""
        leaf = self.following(start, end, signature)
        return IngestHistory(first=self.first or start, next=end + 1, peaks=self.peaks.append(leaf.to_scale()))

    def to_scale(self) -> bytes:
        """Return the value that the state holds."""
        return HISTORY.encode(self)

    @classmethod
    def from_scale(cls, data: bytes) -> IngestHistory:
        """Return the history of these bytes; raises `FormatError`."""
        return HISTORY.decode(data)


HISTORY = Composite(
    IngestHistory,
    first=U64,
    next=U64,
    peaks=Composite(Peaks, count=U64, roots=Vec(FixedBytes(HASH), 64)),
)
