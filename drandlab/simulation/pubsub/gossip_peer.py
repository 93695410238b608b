"""A gossip peer on a host: its router, its connections, its streams, and what it makes of the messages that come.

It is the driver of a host by itself, and a part of the driver of a larger one, such as a collator: that one hands it
what is a frame of gossip and the timers that are its own. A crash takes the router and what it remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.gossip.effects import Connect, Deliver, RouterEffect, SendRpc, SetHeartbeat
from drandlab.gossip.messages.rpc import GossipMessage, Rpc, Subscription
from drandlab.gossip.messages.rpc_codec import encode_rpc
from drandlab.gossip.router import Router
from drandlab.gossip.router_reports import GossipRefused, MessagePublished
from drandlab.records import Json, Record, Report
from drandlab.simulation.entries import HostCrashed
from drandlab.simulation.hosts.disk import EmptyDisk
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.pubsub.connections import PeerConnections
from drandlab.simulation.pubsub.gossip_entries import (
    MessageDelivered,
    MessageMade,
    PeerLeft,
    PeerReturned,
    RpcDropped,
    TopicLeft,
    TopicSubscribed,
    mark_of_message,
)
from drandlab.simulation.pubsub.message_streams import MessageStream
from drandlab.simulation.pubsub.rpc_kinds import RpcParcel, kind_of_rpc
from drandlab.typing import Rng, Round, Seconds

__all__ = ["HEARTBEAT", "GossipPeer", "Listener", "PeerHost"]

HEARTBEAT = "gossip heartbeat"
"""The name of the timer of the router's heartbeat."""

AGAIN = "gossip again"
"""The first part of the names of timers after which control messages that were lost are sent again."""

LONGEST_AGAIN: Seconds = 1.0
"""How long production waits at most until it announces again what it could not send."""

Listener: TypeAlias = Callable[[GossipMessage, str], None]
"""What is told each new message, and the peer that has brought it."""

_mark = lru_cache(maxsize=4096)(mark_of_message)


class GossipPeer(HoldsSecrets):
    """One gossip peer: ``make_router`` makes its router at every start, which then joins the ``topics``.

    Each RPC to each receiver is lost with probability ``loss``, drawn from ``rng``; subscriptions, GRAFT and PRUNE are
    sent again then, as production does. ``on_message`` hears what is delivered, ``after_heartbeat`` is called then,
    ``round_of`` reads the round of a pulse out of a message, for the journal, ``accepts`` says which messages it does
    not publish. A summary leaves the reports
    ``quiet`` out.
    """

    host: Host[Any, Any]
    router: Router

    def __init__(
        self,
        make_router: Callable[[], Router],
        connections: PeerConnections,
        *,
        rng: Rng,
        topics: Iterable[str] = (),
        loss: float = 0.0,
        on_message: Listener = lambda message, peer: None,
        after_heartbeat: Callable[[], None] = lambda: None,
        round_of: Callable[[bytes], Round | None] = lambda data: None,
        accepts: Callable[[str, bytes, Seconds], bool] = lambda topic, data, now: True,
        quiet: tuple[type[Record], ...] = (GossipRefused,),
    ) -> None:
        self._make_router, self._connections, self._rng = make_router, connections, rng
        self.topics, self.loss, self._quiet = dict.fromkeys(topics), loss, quiet
        self.on_message, self.after_heartbeat, self._round_of = on_message, after_heartbeat, round_of
        self._accepts = accepts
        self.on_connected: Callable[[str], None] = lambda peer: None
        self.begun = False
        self._streams: list[MessageStream] = []
        self._again: dict[str, tuple[str, Rpc]] = {}
        self._lost = 0

    def __repr__(self) -> str:
        return repr(self.router)

    # -- the driver of a host -----------------------------------------------------------------------------------------

    def boot(self, host: Host[Any, Any]) -> None:
        """Make the router anew on ``host``."""
        self.host, self.begun = host, False
        self.router = self._make_router()
        self._again.clear()
        self._summary = host.world.detail == "summary"
        self._connections.enlist(self)

    def kept(self) -> Record:
        """Return the entry of a restart: a gossip peer keeps nothing."""
        return PeerReturned()

    def resume(self) -> None:
        """Start the router, and join the topics."""
        self.begun = True
        self.carry_out(self.router.start(self.host.now))
        for topic in self.topics:
            self._join(topic)

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Hand the router a frame; one that comes after its connection was closed is gone with it."""
        if isinstance(message, RpcParcel) and self._connections.joined(self.host.address, sender):
            self.carry_out(self.router.receive(sender, message.data if message.rpc is None else message.rpc, now))

    def ring(self, timer: Any, now: Seconds) -> None:
        """The heart beats, or it is time to send again what was lost."""
        if timer == HEARTBEAT:
            self.carry_out(self.router.heartbeat(now))
            self.after_heartbeat()
        elif (found := self._again.pop(timer, None)) is not None:
            self._send_again(*found)

    def about(self, message: Any) -> Mapping[str, Json]:
        """Return what the journal says of a frame: the marks of its messages, and what of control is in it."""
        rpc = message.rpc if isinstance(message, RpcParcel) else None
        return {} if rpc is None else said_of(rpc, self.router.id_of)

    # -- connections --------------------------------------------------------------------------------------------------

    def connected(self, peer: str, *, outbound: bool) -> None:
        """A connection is there."""
        self.carry_out(self.router.connected(peer, self.host.now, outbound=outbound))
        self.on_connected(peer)

    def disconnected(self, peer: str) -> None:
        """A connection is closed."""
        self.carry_out(self.router.disconnected(peer, self.host.now))

    def gone(self) -> None:
        """The host has stopped, and its connections with it."""
        self._connections.close(self.host.address)

    # -- the application ----------------------------------------------------------------------------------------------

    def publish(self, topic: str, data: bytes) -> bool:
        """Publish a message; return whether it goes to anybody.

        False where it was seen before, where nobody is there, and where this peer would not accept it from another.
        """
        if not self.host.up or not self._accepts(topic, data, self.host.now):
            return False
        effects = self.router.publish(topic, data, self.host.now)
        made = [e.what for e in effects if isinstance(e, Report) and isinstance(e.what, MessagePublished)]
        for one in made:
            mark = _mark(one.message_id)
            self.host.log(MessageMade(topic=topic, mark=mark, data=data, round=self._round_of(data)))
        self.carry_out(effects)
        return bool(made) and made[0].peers > 0

    def subscribe(self, topic: str) -> MessageStream:
        """Join a topic, if that was not done, and return a stream of what comes from now on."""
        stream = MessageStream(topic, self._ended)
        self._streams.append(stream)
        self.join(topic)
        return stream

    def join(self, topic: str) -> None:
        """Join a topic, if that was not done."""
        if topic not in self.topics:
            self.topics[topic] = None
            if self.host.up:
                self._join(topic)

    def unsubscribe(self, topic: str) -> None:
        """Leave a topic, and end its streams."""
        if topic in self.topics:
            del self.topics[topic]
            for stream in [stream for stream in self._streams if stream.topic == topic]:
                stream.close()
            if self.host.up:
                self.carry_out(self.router.unsubscribe(topic, self.host.now))
                self.host.log(TopicLeft(topic=topic))

    def _ended(self, stream: MessageStream) -> None:
        self._streams.remove(stream)

    def _join(self, topic: str) -> None:
        self.host.log(TopicSubscribed(topic=topic))
        self.carry_out(self.router.subscribe(topic, self.host.now))

    # -- what goes out ------------------------------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[RouterEffect]) -> None:
        """Do what the router wants, in order."""
        for effect in effects:
            if isinstance(effect, SendRpc):
                self.send(effect.to, effect.rpc)
            elif isinstance(effect, Deliver):
                self._deliver(effect)
            elif isinstance(effect, SetHeartbeat):
                self.host.set_timer(HEARTBEAT, effect.at)
            elif isinstance(effect, Report):
                if not (self._summary and isinstance(effect.what, self._quiet)):
                    self.host.log(effect.what)
            elif isinstance(effect, Connect):
                self._connections.dial(self.host.address, effect.peer)

    def _deliver(self, effect: Deliver) -> None:
        hosts = self.host.world.hosts
        mark = _mark(effect.message_id)
        self.host.log(MessageDelivered(topic=effect.topic, mark=mark, by=hosts[effect.peer].name))
        for stream in self._streams:
            if stream.topic == effect.topic:
                stream.put(effect.message.data)
        self.on_message(effect.message, effect.peer)

    def send(self, to: tuple[str, ...], rpc: Rpc) -> None:
        """Put a frame on the links to these peers, but for those that lose it."""
        if self.loss:
            to = self._got_through(to, rpc)
        if to:
            self.host.send(to, RpcParcel(kind_of_rpc(rpc), encode_rpc(rpc), rpc))

    def _got_through(self, to: tuple[str, ...], rpc: Rpc) -> tuple[str, ...]:
        lost = tuple(peer for peer in to if self._chance() < self.loss)
        if not lost:
            return to
        if not self._summary:
            names = tuple(self.host.world.hosts[peer].name for peer in lost)
            self.host.log(RpcDropped(to=names, held=len(rpc.messages)))
        lasting = Rpc(subscriptions=rpc.subscriptions, graft=rpc.graft, prune=rpc.prune)
        for peer in () if lasting.empty else lost:
            self._lost += 1
            timer = f"{AGAIN} {self._lost}"
            self._again[timer] = peer, lasting
            self.host.set_timer(timer, self.host.now + LONGEST_AGAIN * self._chance())
        return tuple(peer for peer in to if peer not in lost)

    def _chance(self) -> float:
        return int.from_bytes(self._rng.randbytes(6), "big") / (1 << 48)

    def _send_again(self, peer: str, rpc: Rpc) -> None:
        """Send again what is still true of a frame that was lost."""
        if not self._connections.joined(self.host.address, peer):
            return
        joined = self.router.topics
        still = Rpc(
            subscriptions=tuple(
                Subscription(topic=one.topic, subscribe=one.topic in joined) for one in rpc.subscriptions
            ),
            graft=tuple(one for one in rpc.graft if peer in self.router.mesh(one.topic)),
            prune=tuple(one for one in rpc.prune if peer not in self.router.mesh(one.topic)),
        )
        if not still.empty:
            self.send((peer,), still)


def said_of(rpc: Rpc, id_of: Callable[[GossipMessage], bytes]) -> dict[str, Json]:
    """Return what the journal says of a frame: each part that is not empty."""
    said: dict[str, Json] = {}
    if rpc.messages:
        said["marks"] = [_mark(id_of(message)).hex() for message in rpc.messages]
    for name, items in (("ihave", rpc.ihave), ("iwant", rpc.iwant)):
        if items:
            said[name] = sum(len(item.ids) for item in items)
    for name, rest in (("graft", rpc.graft), ("prune", rpc.prune), ("topics", rpc.subscriptions)):
        if rest:
            said[name] = len(rest)
    return said


class PeerHost(Host[GossipPeer, EmptyDisk]):
    """A host that runs one gossip peer and nothing else; the journal speaks of it in kinds of its own."""

    def crash(self, *, lose_disk: bool = False) -> None:
        """Leave the network at once; the others notice that the connections are closed."""
        if self.up:
            super().crash(lose_disk=lose_disk)
            self.driver.gone()

    def log(self, what: Record) -> None:
        """Write into the journal what happens here."""
        super().log(PeerLeft() if isinstance(what, HostCrashed) else what)
