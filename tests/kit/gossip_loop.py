"""Routers in a plain loop: what one sends arrives at once, or after a delay, in the order in which it was sent."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drandlab.gossip.effects import Connect, Deliver, Report, SendRpc, SetHeartbeat
from drandlab.gossip.messages.rpc import Rpc, Subscription
from drandlab.gossip.messages.rpc_codec import encode_rpc
from drandlab.gossip.router import Router
from drandlab.gossip.router_parameters import SPEC, Parameters
from drandlab.gossip.router_reports import GossipRefused
from drandlab.records import Record


class Loop:
    """Some routers, their connections, one clock. ``lost`` frames do not arrive, ``each`` router has more arguments."""

    def __init__(
        self,
        names: Iterable[str],
        parameters: Parameters = SPEC,
        *,
        seed: int = 1,
        delay: float = 0.05,
        as_bytes: bool = False,
        lost: Callable[[str, str, Rpc], bool] = lambda sender, to, rpc: False,
        each: Callable[[str], Mapping[str, Any]] = lambda name: {},
        **arguments: Any,
    ) -> None:
        self.now, self.delay, self.as_bytes, self.lost = 0.0, delay, as_bytes, lost
        self.rng = random.Random(seed)
        self.routers = {
            name: Router(name, parameters, rng=random.Random(f"{seed} {name}"), **arguments, **each(name))
            for name in names
        }
        self.links: set[frozenset[str]] = set()
        self.delivered: list[tuple[str, bytes, float]] = []
        self.reports: list[tuple[str, Record]] = []
        self.frames: list[tuple[str, str, Rpc]] = []
        self.sent_at: list[float] = []
        self.dialled: list[tuple[str, str]] = []
        self._queue: list[tuple[float, int, str, str, Any]] = []
        self._count = 0
        for name, router in self.routers.items():
            self.do(name, router.start(0.0))

    def _at(self, when: float, kind: str, name: str, what: Any = None) -> None:
        heapq.heappush(self._queue, (when, self._count, kind, name, what))
        self._count += 1

    def do(self, name: str, effects: Iterable[object]) -> None:
        """Carry out what a router wants."""
        for effect in effects:
            match effect:
                case SendRpc():
                    assert not effect.rpc.empty and len(set(effect.to)) == len(effect.to)
                    for to in effect.to:
                        assert to != name
                        self.frames.append((name, to, effect.rpc))
                        self.sent_at.append(self.now)
                        if not self.lost(name, to, effect.rpc):
                            self._at(self.now + self.delay, "frame", to, (name, effect.rpc))
                case Deliver():
                    self.delivered.append((name, effect.message.data, self.now))
                case SetHeartbeat():
                    self._at(effect.at, "heartbeat", name)
                case Connect():
                    self.dialled.append((name, effect.peer))
                case Report():
                    self.reports.append((name, effect.what))

    def link(self, a: str, b: str, protocol: str = "/meshsub/1.1.0") -> None:
        """``a`` dials ``b``."""
        if a != b and frozenset((a, b)) not in self.links:
            self.links.add(frozenset((a, b)))
            self.do(a, self.routers[a].connected(b, self.now, outbound=True, protocol=protocol))
            self.do(b, self.routers[b].connected(a, self.now, outbound=False, protocol=protocol))

    def cut(self, a: str, b: str) -> None:
        """The connection of the two is gone."""
        self.links.remove(frozenset((a, b)))
        self.do(a, self.routers[a].disconnected(b, self.now))
        self.do(b, self.routers[b].disconnected(a, self.now))

    def link_at_random(self, degree: int) -> None:
        """Each dials ``degree`` others."""
        names = list(self.routers)
        for name in names:
            for other in self.rng.sample([n for n in names if n != name], min(degree, len(names) - 1)):
                self.link(name, other)

    def subscribe_all(self, topic: str) -> None:
        for name, router in self.routers.items():
            self.do(name, router.subscribe(topic, self.now))

    def publish(self, name: str, topic: str, data: bytes) -> None:
        self.do(name, self.routers[name].publish(topic, data, self.now))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._queue and self._queue[0][0] <= end:
            self.now, _, kind, name, what = heapq.heappop(self._queue)
            router = self.routers[name]
            if kind == "heartbeat":
                self.do(name, router.heartbeat(self.now))
            elif frozenset((name, what[0])) in self.links:
                sender, rpc = what
                self.do(name, router.receive(sender, encode_rpc(rpc) if self.as_bytes else rpc, self.now))
        self.now = end

    def receivers(self, data: bytes) -> list[str]:
        """Who was handed this message, as often as it was."""
        return sorted(name for name, got, _ in self.delivered if got == data)


class Probe:
    """One router among peers that a test plays: ``do`` hands it a frame of a peer, and what it wants is kept."""

    def __init__(self, parameters: Parameters = SPEC, peers: int = 0, *, topic: str = "t", **arguments: Any) -> None:
        self.router = Router("me", parameters, rng=random.Random(1), **arguments)
        self.effects: list[object] = []
        self.now = 0.0
        self.keep(self.router.subscribe(topic, 0.0))
        for i in range(peers):
            self.join(f"p{i}")

    def keep(self, effects: Iterable[object]) -> list[object]:
        """Take these effects for those of the last event."""
        self.effects = list(effects)
        return self.effects

    def join(self, name: str, topic: str = "t", protocol: str = "/meshsub/1.1.0", **how: Any) -> None:
        """A peer connects and joins the topic; it was dialled if it has an odd number."""
        outbound = how.pop("outbound", name[-1:] in "13579")
        self.keep(self.router.connected(name, self.now, outbound=outbound, protocol=protocol, **how))
        self.do(name, Rpc(subscriptions=(Subscription(topic=topic, subscribe=True),)))

    def do(self, name: str, rpc: Rpc | bytes) -> list[object]:
        """A peer sends a frame."""
        return self.keep(self.router.receive(name, rpc, self.now))

    def beat(self, seconds: float = 1.0) -> list[object]:
        """The heart beats, later by so much."""
        self.now += seconds
        return self.keep(self.router.heartbeat(self.now))

    def sent(self, part: str, to: str | None = None) -> list[tuple[str, Any]]:
        """What the last event sends of one part of a frame (``graft``, ``messages``, ...): to whom, and each item."""
        return [
            (name, item)
            for effect in self.effects
            if isinstance(effect, SendRpc)
            for name in effect.to
            if to in (None, name)
            for item in getattr(effect.rpc, part)
        ]

    def receivers(self, part: str) -> list[str]:
        """To whom the last event sends items of a part, sorted."""
        return sorted(name for name, _ in self.sent(part))

    def reported(self, kind: type[Record]) -> list[Any]:
        """The reports of a kind of the last event."""
        return [e.what for e in self.effects if isinstance(e, Report) and isinstance(e.what, kind)]

    def codes(self) -> list[str]:
        """The codes of what was refused in the last event."""
        return [report.code for report in self.reported(GossipRefused)]

    def delivered(self) -> list[bytes]:
        return [effect.message.data for effect in self.effects if isinstance(effect, Deliver)]
