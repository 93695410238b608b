"""The parameters of a gossip router, and the presets that implementations and networks use.

==================  =====  =====  ======  =====  =============
preset              SPEC   GO     RUST    IDN    DRAND_RELAY
==================  =====  =====  ======  =====  =============
D_lo, D, D_hi       4 6 12 5 6 12 5 6 12  4 6 12 5 6 12
D_lazy              6      6      6       3      6
seen, seconds       120    120    60      60     120
message, bytes      1 MiB  1 MiB  64 KiB  64 KiB 1 MiB
first heartbeat, s  1      0.1    5       5      0.1
message ID          author author author  author data
flood publish       no     yes    yes     yes    yes
peer exchange       no     no     no      no     yes
==================  =====  =====  ======  =====  =============

Source: libp2p specification, "gossipsub v1.0" and "v1.1"; go-libp2p-pubsub; rust-libp2p; drand's gossip relay; the
Ideal Network's client.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from drandlab.errors import LocalError
from drandlab.typing import Seconds, checked_choice, checked_flag, checked_int, checked_real

__all__ = ["DRAND_RELAY", "GO", "IDN", "PRESETS", "RUST", "SPEC", "IdRule", "Parameters"]


class IdRule(StrEnum):
    """How a message gets its ID."""

    AUTHOR = "author"
    """The author and its number: libp2p's default. The same data of two authors is two messages."""
    DATA = "data"
    """The hash of the data: drand's rule. The same data is one message, whoever publishes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    r"""What a router is set to; all times in seconds.

    ``d`` is the wished size of the mesh of a topic, between ``d_lo`` and ``d_hi``; of those that a full mesh keeps,
    ``d_score`` are the best and ``d_out`` connections of our own. Gossip goes to
    $\max(d_{lazy}, factor \cdot peers)$ peers outside of the mesh, of the messages of ``gossip_windows`` heartbeats;
    ``cache_windows`` heartbeats long a message can be asked for, ``retransmissions`` times by each peer.

    >>> SPEC.d, IDN.d_lazy, RUST.with_(d=8).d
    (6, 3, 8)
    >>> Parameters(d=3)
    Traceback (most recent call last):
    drandlab.errors.LocalError: d_lo: must be at most d, which is 3, got 4
    """

    d: int = 6
    d_lo: int = 4
    d_hi: int = 12
    d_lazy: int = 6
    d_score: int = 4
    d_out: int = 2
    heartbeat: Seconds = 1.0
    first_heartbeat: Seconds = 1.0
    fanout_ttl: Seconds = 60.0
    cache_windows: int = 5
    gossip_windows: int = 3
    seen_ttl: Seconds = 120.0
    gossip_factor: float = 0.25
    prune_backoff: Seconds = 60.0
    unsubscribe_backoff: Seconds = 10.0
    graft_flood: Seconds = 10.0
    max_frame: int = 1 << 20
    retransmissions: int = 3
    max_ihave_ids: int = 5000
    max_ihave_frames: int = 10
    iwant_followup: Seconds = 3.0
    flood_publish: bool = False
    peer_exchange: bool = False
    prune_peers: int = 16
    direct_ticks: int = 300
    opportunistic_ticks: int = 60
    opportunistic_peers: int = 2
    message_ids: IdRule = IdRule.AUTHOR
    ascending_seqno: bool = False
    """Whether an author's numbers must ascend: a message that is older than the seen cache cannot be replayed then."""
    max_topics: int = 1024
    """How many topics of one peer are remembered."""

    def __post_init__(self) -> None:
        for name in ("d", "d_lo", "d_hi", "d_lazy", "d_score", "d_out", "retransmissions", "prune_peers"):
            self._set(name, checked_int(getattr(self, name), name, 0))
        for name in ("cache_windows", "gossip_windows", "max_ihave_ids", "max_ihave_frames", "direct_ticks"):
            self._set(name, checked_int(getattr(self, name), name, 1))
        for name in ("opportunistic_ticks", "opportunistic_peers", "max_frame", "max_topics"):
            self._set(name, checked_int(getattr(self, name), name, 1))
        for name in ("heartbeat", "seen_ttl", "fanout_ttl"):
            self._set(name, checked_real(getattr(self, name), name, 1e-6, what="seconds"))
        for name in ("first_heartbeat", "prune_backoff", "unsubscribe_backoff", "graft_flood", "iwant_followup"):
            self._set(name, checked_real(getattr(self, name), name, 0, what="seconds"))
        self._set("gossip_factor", checked_real(self.gossip_factor, "gossip_factor", 0, 1))
        for name in ("flood_publish", "peer_exchange", "ascending_seqno"):
            checked_flag(getattr(self, name), name)
        self._set("message_ids", IdRule(checked_choice(self.message_ids, "message_ids", [*IdRule])))
        self._check_order("d_lo", "d")
        self._check_order("d", "d_hi")
        self._check_order("d_score", "d")
        self._check_order("gossip_windows", "cache_windows")
        if self.d_out > 0 and not (self.d_out < self.d_lo and self.d_out <= self.d // 2):
            rule = f"must be below d_lo ({self.d_lo}) and at most half of d ({self.d}), got {self.d_out}"
            raise LocalError(rule, argument="d_out")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_order(self, low: str, high: str) -> None:
        if getattr(self, low) > getattr(self, high):
            rule = f"must be at most {high}, which is {getattr(self, high)}, got {getattr(self, low)}"
            raise LocalError(rule, argument=low)

    def with_(self, **changes: Any) -> Parameters:
        """Return these parameters with some of them changed."""
        return replace(self, **changes)


SPEC = Parameters()
"""What the specification of version 1.0 and 1.1 advises."""

GO = Parameters(d_lo=5, first_heartbeat=0.1, flood_publish=True)
"""The defaults of go-libp2p-pubsub."""

RUST = Parameters(d_lo=5, first_heartbeat=5.0, seen_ttl=60.0, max_frame=1 << 16, flood_publish=True)
"""The defaults of rust-libp2p."""

IDN = RUST.with_(d_lo=4, d_lazy=3)
"""What the Ideal Network's client sets, over the defaults of Rust."""

DRAND_RELAY = GO.with_(message_ids=IdRule.DATA, peer_exchange=True, direct_ticks=5)
"""What drand's gossip relay sets, over the defaults of Go."""

PRESETS = {"spec": SPEC, "go": GO, "rust": RUST, "idn": IDN, "drand-relay": DRAND_RELAY}
"""The presets by name."""
