"""How the messages between collators travel and how pictures show them.

Each goes straight over the links of the world, in order, as on one connection; pulses come by gossip. The kinds are
declared in `drandlab.idn.collator.collator_effects`.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.idn.collator.collator_effects import COLLATOR_MESSAGES
from drandlab.wire.kinds import KindTable, Legend, MessageKind

__all__ = ["BRIDGE_KINDS", "BridgeParcel"]

_KEYS = Legend(name="keys", symbol="cross-thin", path="M-5-2h10M-5 2h10", colour="violet", outline=True)
_BLOCK = Legend(name="bridge block", symbol="hexagon", path="M-6 0l3-5h6l3 5l-3 5h-6z", colour="brick")
_VOTE = Legend(name="finality vote", symbol="triangle-down", path="M-5.5-4h11l-5.5 10z", colour="violet")


def _legend(name: str) -> Legend:
    return _KEYS if name.endswith("keys") else _VOTE if name.startswith("vote") else _BLOCK


BRIDGE_KINDS = KindTable(
    *(
        MessageKind(
            name=name,
            message=what,
            service="between collators",
            purpose="bridge",
            legend=_legend(name),
            ordered=True,
        )
        for name, what in COLLATOR_MESSAGES.items()
    )
)
"""The kinds of messages between collators, by name."""


@dataclass(frozen=True, slots=True)
class BridgeParcel:
    """A message between collators on its way."""

    kind: str
    data: bytes
    ordered: bool = True
