"""The kinds of RPCs stand in the table of all messages, and travel in order."""

from __future__ import annotations

from drandlab.simulation.pubsub.rpc_kinds import GOSSIP_KINDS, RpcParcel
from drandlab.simulation.traffic import MESSAGES


def test_the_kinds_of_gossip_are_in_the_table_of_all_messages() -> None:
    assert set(GOSSIP_KINDS) <= set(MESSAGES)
    assert all(kind.ordered for kind in GOSSIP_KINDS.values())
    assert RpcParcel("rpc topics", b"x").ordered and RpcParcel("rpc topics", b"x").rpc is None
