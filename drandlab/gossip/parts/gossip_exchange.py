"""The exchange of gossip: peers outside of the mesh are told which messages there are, and ask for those they lack."""

from __future__ import annotations

import math
from collections.abc import Iterable

from drandlab.gossip.memory.message_cache import MessageCache
from drandlab.gossip.memory.seen_cache import SeenCache
from drandlab.gossip.messages.rpc import GossipMessage, IHave, IWant
from drandlab.gossip.parts.drawing import drawn
from drandlab.gossip.parts.peer_table import ConnectedPeer
from drandlab.gossip.parts.router_parts import RouterParts
from drandlab.gossip.scoring.promises import Promises
from drandlab.typing import Seconds

__all__ = ["GossipExchange"]


class GossipExchange:
    """IHAVE and IWANT of one router, with the limits that keep a peer from making it work for nothing.

    A peer may tell of messages ``max_ihave_frames`` times between two heartbeats, is asked for ``max_ihave_ids`` at
    most, and gets one message ``retransmissions`` times at most. Source: gossipsub v1.1, "Spam Protection Measures".
    """

    def __init__(self, parts: RouterParts, cache: MessageCache, seen: SeenCache) -> None:
        self._parts, self._p = parts, parts.parameters
        self._peers, self._scores, self._out = parts.peers, parts.scores, parts.out
        self._cache, self._seen = cache, seen
        self.promises = Promises(self._p.iwant_followup)

    def on_ihave(self, peer: ConnectedPeer, items: Iterable[IHave], joined: Iterable[str], now: Seconds) -> None:
        """A peer tells of messages of topics: ask for those of the topics we have joined that have not come yet."""
        if self._scores.of(peer.name, now) < self._scores.gossip_threshold:
            return
        peer.ihave_frames += 1
        room = self._p.max_ihave_ids - peer.asked_ids
        if peer.ihave_frames > self._p.max_ihave_frames or room <= 0:
            return
        topics = set(joined)
        missing = dict.fromkeys(
            one for item in items if item.topic in topics for one in item.ids if not self._seen.holds(one, now)
        )
        if not missing:
            return
        wanted = drawn(missing, room, self._parts.rng)
        peer.asked_ids += len(wanted)
        self.promises.add(peer.name, wanted[0], now)  # the first of a random order is a random one
        self._out.iwant(peer.name, wanted)

    def on_iwant(self, peer: ConnectedPeer, items: Iterable[IWant], now: Seconds) -> None:
        """A peer asks for messages: send those that are still in the cache."""
        if self._scores.of(peer.name, now) < self._scores.gossip_threshold:
            return
        found: list[GossipMessage] = []
        for one in dict.fromkeys(one for item in items for one in item.ids):
            asked = self._cache.ask(one, peer.name)
            if asked is not None and asked[1] <= self._p.retransmissions:
                found.append(asked[0])
        self._out.messages(peer.name, found)

    def heartbeat(self, topics: dict[str, tuple[str, ...]], now: Seconds) -> None:
        """Tell some peers of each topic which messages there are; ``topics`` are those with whom has them already."""
        for name, count in self.promises.broken(now).items():
            self._scores.penalise(name, count)
        for peer in self._peers:
            peer.ihave_frames = peer.asked_ids = 0
        for topic, having in topics.items():
            self._tell(topic, having, now)
        self._cache.shift()

    def _tell(self, topic: str, having: tuple[str, ...], now: Seconds) -> None:
        ids = self._cache.ids_of(topic)
        if not ids:
            return
        least = self._scores.gossip_threshold
        others = [
            peer.name
            for peer in self._peers.meshable(topic)
            if peer.name not in having and self._scores.of(peer.name, now) >= least
        ]
        count = max(self._p.d_lazy, math.floor(self._p.gossip_factor * len(others)))
        for name in drawn(others, count, self._parts.rng):
            told = ids if len(ids) <= self._p.max_ihave_ids else drawn(ids, self._p.max_ihave_ids, self._parts.rng)
            self._out.ihave(name, topic, told)
