"""The pallet that keeps the history of what was ingested beside the sums: one value, which grows with the logarithm.

The Ideal Network has no such pallet. With it a light client learns from a block's header, and a proof of about a
kilobyte, whether a round was observed or not (`drandlab.idn.proofs`).
"""

from __future__ import annotations

from drandlab.idn.proofs.ingest_history import HISTORY, IngestHistory
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.state import StorageValue

__all__ = ["RoundHistory"]


class RoundHistory(Pallet):
    """Keeps the `IngestHistory`; the beacon pallet tells it each pulse that it has accepted."""

    name, index = "RoundHistory", 42

    def __init__(self) -> None:
        self.history = StorageValue(self.name, "History", HISTORY, default=IngestHistory())

    def ingested(self, context: Context, pulse: Pulse) -> None:
        """Append a pulse that was verified; raises `LocalError` for rounds that are past."""
        self.history.mutate(context.storage, lambda history: history.append(pulse.start, pulse.end, pulse.signature))
