"""What the parts of one router share."""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.gossip.parts.outbox import Outbox
from drandlab.gossip.parts.peer_table import PeerTable
from drandlab.gossip.router_parameters import Parameters
from drandlab.gossip.scoring.scores import Scores
from drandlab.typing import Rng

__all__ = ["RouterParts"]


@dataclass(frozen=True, slots=True)
class RouterParts:
    """The router's own name, the settings, the source of chance, the peers and their scores, and the outbox."""

    me: str
    parameters: Parameters
    rng: Rng
    peers: PeerTable
    scores: Scores
    out: Outbox
