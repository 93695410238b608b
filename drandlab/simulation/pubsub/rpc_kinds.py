"""What peers of a gossip network send each other: an RPC of gossipsub, and how the journal and pictures call it.

Every RPC travels in order on the one stream that its sender has opened to the receiver, as libp2p's do. Production
knows one message, `RPC`; three names say what is in it, the first of them that fits:

==================  =======================================================
``rpc messages``    messages of a topic
``rpc control``     IHAVE, IWANT, GRAFT, PRUNE
``rpc topics``      what its sender subscribes to
==================  =======================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.gossip.messages.rpc import Rpc
from drandlab.wire.kinds import KindTable, Legend, MessageKind

__all__ = ["GOSSIP_KINDS", "RpcParcel", "kind_of_rpc"]

_MESSAGES = Legend(name="gossip", symbol="square-open", path="M-5-5h10v10h-10z", colour="green", outline=True)
_CONTROL = Legend(name="gossip control", symbol="x", path="M-4.5-4.5l9 9M-4.5 4.5l9-9", colour="ochre", outline=True)

GOSSIP_KINDS = KindTable(
    MessageKind(
        name="rpc messages", message="RPC", service="/meshsub/1.1.0", purpose="gossip", legend=_MESSAGES, ordered=True
    ),
    MessageKind(
        name="rpc control", message="RPC", service="/meshsub/1.1.0", purpose="gossip", legend=_CONTROL, ordered=True
    ),
    MessageKind(
        name="rpc topics", message="RPC", service="/meshsub/1.1.0", purpose="gossip", legend=_CONTROL, ordered=True
    ),
)
"""The kinds of RPCs by name."""


@dataclass(frozen=True, slots=True)
class RpcParcel:
    """An RPC on its way: its bytes ``data``, and the ``rpc`` that they encode.

    ``rpc`` is None where an attacker sends bytes that are no RPC; an honest receiver gets the bytes then.
    """

    kind: str
    data: bytes
    rpc: Rpc | None = None
    ordered: bool = True


def kind_of_rpc(rpc: Rpc) -> str:
    """Return what the journal calls an RPC, by what is in it."""
    if rpc.messages:
        return "rpc messages"
    return "rpc control" if rpc.ihave or rpc.iwant or rpc.graft or rpc.prune else "rpc topics"
