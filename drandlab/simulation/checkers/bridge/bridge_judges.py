"""The rules of a bridge, one checker each, as `check_all` of `drandlab.simulation.checkers.judges` asks them.

=====================  ================================================================================================
verdict                what must hold
=====================  ================================================================================================
one bridge,            see `drandlab.simulation.checkers.bridge.block_rules`
finality, authors
ingested once,         see `drandlab.simulation.checkers.bridge.pulse_rules`
stored pair
bridge grows,          see `drandlab.simulation.checkers.bridge.bridge_liveness`
rounds grow
=====================  ================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable

from drandlab.simulation.checkers.bridge.block_rules import Authors, FinalityStays, OneBridge
from drandlab.simulation.checkers.bridge.bridge_liveness import BridgeGrows, RoundsGrow
from drandlab.simulation.checkers.bridge.pulse_rules import IngestedOnce, StoredPair
from drandlab.simulation.checkers.verdict import Bench, JournalChecker
from drandlab.simulation.reading.bridge.bridge_facts import BridgeFacts

__all__ = ["BRIDGE_CHECKERS", "BridgeBench"]

BRIDGE_CHECKERS: tuple[Callable[[], JournalChecker[BridgeFacts]], ...] = (
    OneBridge,
    FinalityStays,
    Authors,
    IngestedOnce,
    StoredPair,
    BridgeGrows,
    RoundsGrow,
)
"""Every checker of a bridge."""


class BridgeBench(Bench[BridgeFacts]):
    """Fresh checkers of a bridge, one of each kind."""

    def __init__(self) -> None:
        super().__init__(BridgeFacts(), [kind() for kind in BRIDGE_CHECKERS])

    @property
    def is_needed(self) -> bool:
        """Whether the journal is of a bridge."""
        return self.facts.header is not None
