"""The ``[gossip]`` and ``[bridge]`` of a scenario file: a gossip network beside a drand network, and a bridge on it.

The gossip relays publish what the drand network makes, so its scheme must be unchained and its signatures on G1. Both
begin when the network has its key. Collators are subscribers of the gossip network, beside those that the table adds.
A scenario with a bridge and no ``[gossip]`` has the gossip network of an empty table.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.crypto.schemes import Scheme
from drandlab.errors import LocalError
from drandlab.gossip.router_parameters import PRESETS
from drandlab.simulation.bridge.bridge_network import BridgeNetwork
from drandlab.simulation.bridge.bridge_rules import BridgeRules
from drandlab.simulation.network import Network
from drandlab.simulation.pubsub.gossip_network import DIRECT, GOSSIP_LINK, GossipNetwork
from drandlab.simulation.pubsub.pulse_clients import CHECKS
from drandlab.simulation.scenario.event_base import set_field
from drandlab.simulation.world.links import Link
from drandlab.typing import Seconds, checked_choice, checked_flag, checked_int, checked_positive, checked_real

__all__ = ["BridgeShape", "GossipTable", "check_pulses", "set_beside"]

MOST_PEERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class GossipTable:
    """The gossip network: ``relays`` publish, ``subscribers`` listen beside the collators, ``sybils`` pass nothing on.

    The other keys are those of `GossipNetwork`; ``scoring`` is that of libp2p, version 1.1.
    """

    relays: int = 2
    subscribers: int = 8
    sybils: int = 0
    parameters: str = "drand-relay"
    degree: int = 10
    loss: float = 0.0
    scoring: bool = False
    direct: str = "none"
    checks: str = "pulse"
    bound: Seconds = 5.0
    link: Link | None = None

    def __post_init__(self) -> None:
        for name, least in (("relays", 1), ("subscribers", 0), ("sybils", 0)):
            set_field(self, name, checked_int(getattr(self, name), name, least, MOST_PEERS))
        checked_choice(self.parameters, "parameters", PRESETS)
        set_field(self, "degree", checked_int(self.degree, "degree", 1, MOST_PEERS))
        set_field(self, "loss", float(checked_real(self.loss, "loss", 0, 1, what="a probability")))
        checked_flag(self.scoring, "scoring")
        checked_choice(self.direct, "direct", DIRECT)
        checked_choice(self.checks, "checks", CHECKS)
        set_field(self, "bound", float(checked_positive(self.bound, "bound")))

    def beside(self, net: Network, collators: int) -> GossipNetwork:
        """Return the gossip network in the world of ``net``, with so many subscribers more for the collators."""
        return GossipNetwork(
            self.relays + max(1, collators + self.subscribers) + self.sybils,
            relays=self.relays,
            sybils=self.sybils,
            guests=collators,
            feed=net,
            parameters=self.parameters,
            degree=self.degree,
            link=self.link or GOSSIP_LINK,
            loss=self.loss,
            scoring=self.scoring,
            direct=self.direct,
            checks=self.checks,
            bound=self.bound,
            seed=net.seed,
            detail=net.world.detail,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeShape:
    """The bridge: so many ``collators``, and what `BridgeRules` has of it.

    In ``accumulate`` the pallet begins with ``genesis_round``. ``link`` is every link between collators.
    """

    collators: int = 4
    mode: str = "range"
    max_pulses: int | None = None
    genesis_round: int = 1
    turn: str = "slot"
    link: Link | None = None

    def __post_init__(self) -> None:
        rules = self.rules
        for name in ("collators", "max_pulses", "genesis_round"):
            if getattr(self, name) is not None:
                set_field(self, name, getattr(rules, name))

    @property
    def rules(self) -> BridgeRules:
        """The rules of the chain; raises `LocalError` for what no bridge can have."""
        return BridgeRules(
            collators=self.collators,
            mode=self.mode,
            max_pulses=self.max_pulses,
            genesis_round=self.genesis_round,
            turn=self.turn,
        )

    def beside(self, gossip: GossipNetwork) -> BridgeNetwork:
        """Return the bridge whose collators are the first subscribers of a gossip network."""
        return BridgeNetwork(rules=self.rules, gossip=gossip, link=self.link)


def set_beside(net: Network, gossip: GossipTable | None, bridge: BridgeShape | None) -> None:
    """Let a gossip network, and a bridge if there is a table of one, begin in the world of a network with a chain."""
    collators = bridge.collators if bridge is not None else 0
    made = (gossip or GossipTable()).beside(net, collators)
    if bridge is not None:
        bridge.beside(made)


def check_pulses(scheme: Scheme) -> None:
    """Raise `LocalError` for a scheme whose beacons are no pulses: chained, or with signatures that are not on G1."""
    if scheme.chained or scheme.signature_length != 48:
        rule = f"pulses need an unchained scheme with signatures on G1 of BLS12-381, got {scheme.name}"
        raise LocalError(rule, argument="scheme", within=("network",))
