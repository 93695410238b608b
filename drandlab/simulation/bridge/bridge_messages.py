"""What collators send each other: their keys, blocks and votes, and requests for the blocks that one has missed.

Each goes straight over the links of the world, in order, as on one connection; pulses come by gossip.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.wire.kinds import KindTable, Legend, MessageKind

__all__ = ["BLOCK_MESSAGES", "BRIDGE_KINDS", "BridgeParcel"]

_KEYS = Legend(name="collator keys", symbol="cross", path="M-5 0h10M0-5v10", colour="violet", outline=True)
_BLOCK = Legend(name="bridge block", symbol="hexagon", path="M-6 0l3-5h6l3 5l-3 5h-6z", colour="brick")
_VOTE = Legend(name="vote", symbol="triangle-down", path="M-5.5-4h11l-5.5 10z", colour="violet")

BRIDGE_KINDS = KindTable(
    MessageKind(
        name="collator keys",
        message="the public keys of a collator, signed with both",
        service="DHT of authorities",
        purpose="bridge",
        legend=_KEYS,
        ordered=True,
    ),
    MessageKind(
        name="bridge block",
        message="a block: header and extrinsics",
        service="block announces",
        purpose="bridge",
        legend=_BLOCK,
        ordered=True,
    ),
    MessageKind(
        name="bridge vote",
        message="a signed vote for a block",
        service="GRANDPA gossip",
        purpose="bridge",
        legend=_VOTE,
        ordered=True,
    ),
    MessageKind(
        name="blocks?",
        message="from which block on blocks are missing",
        service="sync request",
        purpose="bridge",
        legend=_BLOCK,
        ordered=True,
    ),
    MessageKind(
        name="blocks",
        message="blocks one after the other",
        service="its answer",
        purpose="bridge",
        legend=_BLOCK,
        ordered=True,
    ),
)
"""The kinds of messages between collators, by name."""

BLOCK_MESSAGES = BRIDGE_KINDS.names(lambda kind: kind.purpose == "bridge")


@dataclass(frozen=True, slots=True)
class BridgeParcel:
    """A message between collators on its way."""

    kind: str
    data: bytes
    ordered: bool = True
