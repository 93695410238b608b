"""The pallet that keeps the history of what was ingested beside the sums: one value, which grows with the logarithm.

The Ideal Network has no such pallet. With it a light client learns from a block's header, and a proof of about a
kilobyte, whether a round was observed or not (`drandlab.idn.proofs`).
"""

from __future__ import annotations

from drandlab.idn.proofs.ingest_history import HISTORY, IngestHistory
from drandlab.idn.rand_beacon import AcceptedPulse, Dispatcher
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import StorageValue

__all__ = ["RoundHistory"]


class RoundHistory(Pallet):
    """Keeps the `IngestHistory`. It is a dispatcher of the beacon pallet; ``then`` is the one that comes after it.

    >>> from drandlab.idn.pallets.system import System
    >>> from drandlab.idn.rand_beacon import rand_beacon
    >>> from drandlab.idn.runtime.runtime import Runtime
    >>> history = RoundHistory()
    >>> Runtime([System(), rand_beacon(dispatcher=history), history]).table.pallets["RoundHistory"].name
    'RoundHistory'
    """

    name, index = "RoundHistory", 42

    def __init__(self, then: Dispatcher | None = None) -> None:
        self.then = then
        self.history = StorageValue(self.name, "History", HISTORY, default=IngestHistory())

    def weight(self, context: Context) -> Weight:
        """Return what it weighs to append a pulse, and what the next dispatcher asks for."""
        own = db_weight(1, 1)
        return own if self.then is None else own + self.then.weight(context)

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        """Append a pulse that was accepted, and give it on."""
        pulse = accepted.pulse
        self.history.mutate(context.storage, lambda history: history.append(pulse.start, pulse.end, pulse.signature))
        if self.then is not None:
            self.then.dispatch(context, accepted)
