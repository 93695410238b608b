"""Sybils: peers of one attacker, who is in many meshes and sends on nothing, or sends what is false.

A Sybil speaks the protocol: it subscribes, accepts every graft, and never forwards a message or tells of one. What else
it does is one of `SYBILS`. The peers of the attacker do not connect to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drandlab.gossip.messages.rpc import Rpc
from drandlab.gossip.messages.signed_messages import Author, SignaturePolicy
from drandlab.gossip.router_parameters import Parameters
from drandlab.simulation.pubsub.gossip_entries import MessageMade, mark_of_message
from drandlab.simulation.pubsub.gossip_peer import GossipPeer
from drandlab.simulation.pubsub.rpc_kinds import RpcParcel
from drandlab.typing import Round, Seconds

__all__ = ["SYBILS", "SybilPeer", "parameters_of_sybil"]

SYBILS: Mapping[str, str] = MappingProxyType(
    {
        "silent": "accepts every graft, and sends on nothing",
        "grafting": "silent, and grafts everybody it is connected with",
        "false": "grafting, and sends a false pulse for each round when it is due",
        "junk": "grafting, and sends bytes that are no frame for each round when it is due",
    }
)
"""What a Sybil may do."""

ALL = 1_000_000
"""A mesh size that is never reached."""


def parameters_of_sybil(parameters: Parameters, kind: str) -> Parameters:
    """Return the parameters of a Sybil's router: as its network's, with a mesh that is never full."""
    if kind == "silent":
        return parameters.with_(d_hi=ALL)
    return parameters.with_(d=ALL, d_lo=ALL, d_hi=ALL)


class SybilPeer(GossipPeer):
    """A peer of the attacker; ``author`` is who signs its messages."""

    author: Author

    def speaks_as(self, me: str, key: bytes | None) -> None:
        """Sign as ``me`` from now on, with this key."""
        self.author = Author(me, SignaturePolicy.PERMISSIVE if key is None else SignaturePolicy.STRICT, key)

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Take notice of topics, grafts and prunes; messages are of no use to it."""
        if isinstance(message, RpcParcel) and message.rpc is not None:
            rpc = message.rpc
            if rpc.subscriptions or rpc.graft or rpc.prune:
                kept = Rpc(subscriptions=rpc.subscriptions, graft=rpc.graft, prune=rpc.prune)
                super().receive(sender, RpcParcel(message.kind, message.data, kept), now)

    def attack(self, topic: str, data: bytes, round: Round | None) -> None:
        """Send false ``data`` to every peer that it is connected with, as a message of its own."""
        made = self.author.message(topic, data, self.host.now)
        mark = mark_of_message(self.router.id_of(made))
        self.host.log(MessageMade(topic=topic, mark=mark, data=data, round=round, true=False))
        self._to_all(Rpc(messages=(made,)))

    def send_junk(self, data: bytes) -> None:
        """Send bytes that are no frame to every peer that it is connected with."""
        to = self._connections.of(self.host.address)
        if to:
            self.host.send(to, RpcParcel("rpc messages", data))

    def _to_all(self, rpc: Rpc) -> None:
        to = self._connections.of(self.host.address)
        if to:
            self.send(to, rpc)
