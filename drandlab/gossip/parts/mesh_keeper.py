"""The meshes of a router: who is in the mesh of each topic, GRAFT and PRUNE with back-offs, and the fanout.

The mesh of a topic that was joined is a few peers on both sides of whom every message goes. To a topic that was not
joined the router may publish too: then it keeps a fanout, peers of that topic that it sends to. Source: libp2p
specification, "gossipsub v1.0" and "v1.1".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from drandlab.gossip.effects import Connect
from drandlab.gossip.memory.backoffs import Backoffs
from drandlab.gossip.messages.peer_ids import id_bytes
from drandlab.gossip.messages.rpc import PeerInfo, Prune
from drandlab.gossip.parts.drawing import drawn
from drandlab.gossip.parts.mesh import Candidate, balance, opportunists
from drandlab.gossip.parts.peer_table import ConnectedPeer, PeerProtocol
from drandlab.gossip.parts.router_parts import RouterParts
from drandlab.gossip.router_reports import MeshGrafted, MeshPruned
from drandlab.typing import Seconds

__all__ = ["MeshKeeper"]


class _TurnedDown(NamedTuple):
    """Why a graft is turned down, and whether other peers are told in exchange."""

    code: str
    exchange: bool = False


class MeshKeeper:
    """The meshes and fanouts of one router; what is to be sent goes to the outbox."""

    def __init__(self, parts: RouterParts) -> None:
        self._parts, self._p = parts, parts.parameters
        self._peers, self._scores, self._out = parts.peers, parts.scores, parts.out
        self.backoffs = Backoffs()
        self._slack = 2 * self._p.heartbeat  # as in Go: the other side's back-off may have begun later than ours
        self._mesh: dict[str, dict[str, None]] = {}  # peers in the order in which they came
        self._fanout: dict[str, dict[str, None]] = {}
        self._published: dict[str, Seconds] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that were joined."""
        return tuple(self._mesh)

    @property
    def fanout_topics(self) -> tuple[str, ...]:
        """The topics with a fanout."""
        return tuple(self._fanout)

    def joined(self, topic: str) -> bool:
        """Return whether the topic was joined."""
        return topic in self._mesh

    def members(self, topic: str) -> tuple[str, ...]:
        """Return the mesh of a topic."""
        return tuple(self._mesh.get(topic, ()))

    def fanout(self, topic: str) -> tuple[str, ...]:
        """Return the fanout of a topic."""
        return tuple(self._fanout.get(topic, ()))

    # -- joining and leaving ------------------------------------------------------------------------------------------

    def join(self, topic: str, now: Seconds) -> None:
        """Make a mesh for the topic: first of its fanout, then of others."""
        before = self._fanout.pop(topic, {})
        self._published.pop(topic, None)
        self._mesh[topic] = {}
        free = self._graftable(topic, now)
        chosen = [peer.name for peer in free if peer.name in before]
        rest = [peer.name for peer in free if peer.name not in before]
        chosen += drawn(rest, self._p.d - len(chosen), self._parts.rng)
        for name in chosen:
            self._graft(topic, name, now)

    def leave(self, topic: str, now: Seconds) -> None:
        """Give the mesh of a topic up."""
        for name in self._mesh.pop(topic):
            self._scores.pruned(name, topic, now)
            self._out.report(MeshPruned(topic=topic, peer=name, code="left"))
            self._send_prune(topic, name, now, leaving=True)

    def drop(self, name: str) -> None:
        """Forget a peer that is gone; its back-offs stay."""
        for members in (*self._mesh.values(), *self._fanout.values()):
            members.pop(name, None)

    def drop_from(self, topic: str, name: str, now: Seconds) -> None:
        """Forget a peer that has left a topic."""
        self._fanout.get(topic, {}).pop(name, None)
        if name in self._mesh.get(topic, {}):
            self._remove(topic, name, now, code="left")

    # -- what peers ask -----------------------------------------------------------------------------------------------

    def on_graft(self, peer: ConnectedPeer, topic: str, now: Seconds) -> None:
        """A peer has taken us into its mesh: take it into ours, or prune."""
        members, name = self._mesh.get(topic), peer.name
        if members is None or not peer.has_mesh:
            return  # v1.1: a graft of an unknown topic gets no answer, which could only make traffic
        self._peers.subscribe(peer, topic)
        if name in members:
            return
        down = self._turned_down(peer, topic, now)
        if down is None:
            self._add(topic, name, now, asked=False)
            return
        self._out.report(MeshPruned(topic=topic, peer=name, code=down.code))
        self._send_prune(topic, name, now, exchange=down.exchange)

    def _turned_down(self, peer: ConnectedPeer, topic: str, now: Seconds) -> _TurnedDown | None:
        """Why a graft is turned down, None if it is not."""
        if peer.name in self._peers.direct:
            return _TurnedDown(code="direct")
        if self.backoffs.active(topic, peer.name, now):
            until = self.backoffs.until(topic, peer.name)
            assert until is not None
            # Within the first seconds of a back-off it is no accident any more.
            early = now < until - self._p.prune_backoff + self._p.graft_flood
            self._scores.penalise(peer.name, 2 if early else 1)
            return _TurnedDown(code="backoff")
        if self._scores.of(peer.name, now) < 0:
            return _TurnedDown(code="low-score")
        if len(self._mesh[topic]) >= self._p.d_hi and not peer.outbound:
            return _TurnedDown(code="full", exchange=True)
        return None

    def on_prune(self, peer: ConnectedPeer, prune: Prune, now: Seconds) -> None:
        """A peer has taken us out of its mesh."""
        topic, name = prune.topic, peer.name
        if topic not in self._mesh:
            return
        if name in self._mesh[topic]:
            self._remove(topic, name, now, code="asked")
        wait = float(prune.backoff) if prune.backoff else self._p.prune_backoff
        self.backoffs.add(topic, name, now + wait)
        if prune.peers and self._scores.of(name, now) >= self._scores.accept_px_threshold:
            strangers = [one for one in prune.peers if one.name not in self._peers and one.name != self._parts.me]
            for one in drawn(strangers, self._p.prune_peers, self._parts.rng):
                self._out.add(Connect(one.name, one.record))

    # -- the heartbeat ------------------------------------------------------------------------------------------------

    def heartbeat(self, now: Seconds, ticks: int) -> None:
        """Bring every mesh and fanout to its size."""
        self.backoffs.expire(now, self._slack)
        opportunity = ticks % self._p.opportunistic_ticks == 0
        for topic in self.topics:
            members = self._candidates([p for n in self._mesh[topic] if (p := self._peers.get(n))], now)
            change = balance(members, partial(self._others, topic, now), self._p, self._parts.rng)
            for name in change.bad:
                self._remove(topic, name, now, code="low-score")
                self._send_prune(topic, name, now)
            for name in change.surplus:
                self._remove(topic, name, now, code="surplus")
                self._send_prune(topic, name, now, exchange=True)
            for name in change.graft:
                self._graft(topic, name, now)
            if opportunity:
                self._take_better(topic, now)
        self._keep_fanout(now)

    def _take_better(self, topic: str, now: Seconds) -> None:
        members = self._candidates([p for n in self._mesh[topic] if (p := self._peers.get(n))], now)
        others = self._others(topic, now)
        threshold = self._scores.opportunistic_threshold
        for name in opportunists(members, others, threshold, self._p, self._parts.rng):
            self._graft(topic, name, now)

    def _keep_fanout(self, now: Seconds) -> None:
        for topic, last in list(self._published.items()):
            if last + self._p.fanout_ttl <= now:
                del self._published[topic], self._fanout[topic]
                continue
            fit = {peer.name: None for peer in self._publishable(topic, now)}
            kept = {name: None for name in self._fanout[topic] if name in fit}
            missing = drawn((name for name in fit if name not in kept), self._p.d - len(kept), self._parts.rng)
            self._fanout[topic] = kept | dict.fromkeys(missing)

    # -- publishing ---------------------------------------------------------------------------------------------------

    def use_fanout(self, topic: str, now: Seconds) -> tuple[str, ...]:
        """Return the fanout of a topic that was not joined, and keep it for a while."""
        if not self._fanout.get(topic):
            fit = [peer.name for peer in self._publishable(topic, now)]
            self._fanout[topic] = dict.fromkeys(drawn(fit, self._p.d, self._parts.rng))
        self._published[topic] = now
        return self.fanout(topic)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _publishable(self, topic: str, now: Seconds) -> list[ConnectedPeer]:
        least = self._scores.publish_threshold
        return [peer for peer in self._peers.meshable(topic) if self._scores.of(peer.name, now) >= least]

    def _graftable(self, topic: str, now: Seconds) -> list[ConnectedPeer]:
        members = self._mesh[topic]
        return [
            peer
            for peer in self._peers.meshable(topic)
            if peer.name not in members
            and self.backoffs.passed(topic, peer.name, now, self._slack)
            and self._scores.of(peer.name, now) >= 0
        ]

    def _others(self, topic: str, now: Seconds) -> list[Candidate]:
        return self._candidates(self._graftable(topic, now), now)

    def _candidates(self, peers: Sequence[ConnectedPeer], now: Seconds) -> list[Candidate]:
        return [Candidate(peer.name, self._scores.of(peer.name, now), peer.outbound) for peer in peers]

    def _graft(self, topic: str, name: str, now: Seconds) -> None:
        self._add(topic, name, now, asked=True)
        self._out.graft(name, topic)

    def _add(self, topic: str, name: str, now: Seconds, *, asked: bool) -> None:
        self._mesh[topic][name] = None
        self._scores.grafted(name, topic, now)
        self._out.report(MeshGrafted(topic=topic, peer=name, asked=asked))

    def _remove(self, topic: str, name: str, now: Seconds, *, code: str) -> None:
        del self._mesh[topic][name]
        self._scores.pruned(name, topic, now)
        self._out.report(MeshPruned(topic=topic, peer=name, code=code))

    def _send_prune(
        self, topic: str, name: str, now: Seconds, *, exchange: bool = False, leaving: bool = False
    ) -> None:
        """Tell a peer that it is pruned, and begin the back-off on our side. Version 1.0 has neither it nor others."""
        wait = self._p.unsubscribe_backoff if leaving else self._p.prune_backoff
        self.backoffs.add(topic, name, now + wait)
        peer = self._peers.get(name)
        if peer is None or peer.protocol is not PeerProtocol.GOSSIPSUB_11:
            self._out.prune(name, Prune(topic=topic))
            return
        others: list[PeerInfo] = []
        if exchange and self._p.peer_exchange:
            good = [p.name for p in self._peers.meshable(topic) if p.name != name and self._scores.of(p.name, now) >= 0]
            others = [PeerInfo(peer=id_bytes(one)) for one in drawn(good, self._p.prune_peers, self._parts.rng)]
        self._out.prune(name, Prune(topic=topic, backoff=math.ceil(wait), peers=tuple(others)))
