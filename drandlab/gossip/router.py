"""The gossip router: one peer of a publish-subscribe network that floods nothing and still reaches all.

For each topic that it has joined the router keeps a *mesh*, a few peers to whom it sends every message at once, and
from time to time tells others which messages there are, for them to ask. It speaks gossipsub 1.1, 1.0 and floodsub.

Sans-I/O: each call is an event with its time ``now``, and returns what is to be done (`drandlab.gossip.effects`). What
a peer sends is refused in a report, never in an error, and a refused frame changes nothing but its sender's score. The
parts: `parts.mesh_keeper` (meshes and fanouts), `parts.gossip_exchange` (IHAVE, IWANT), `scoring`, `memory`. Source:
libp2p specification, "pubsub", "gossipsub v1.0" and "v1.1".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, assert_never

from drandlab.errors import FormatError, LocalError, VerificationError, WrongType
from drandlab.gossip.effects import Connect, Deliver, Judgement, RouterEffect, SetHeartbeat, Validation
from drandlab.gossip.memory.message_cache import MessageCache
from drandlab.gossip.memory.seen_cache import SeenCache
from drandlab.gossip.messages.pulse_codec import message_id as id_of_data
from drandlab.gossip.messages.rpc import GossipMessage, Rpc, Subscription
from drandlab.gossip.messages.rpc_codec import decode_rpc
from drandlab.gossip.messages.signed_messages import Author, SignaturePolicy, check_policy
from drandlab.gossip.parts.gossip_exchange import GossipExchange
from drandlab.gossip.parts.mesh_keeper import MeshKeeper
from drandlab.gossip.parts.outbox import Outbox
from drandlab.gossip.parts.peer_table import ConnectedPeer, PeerProtocol, PeerTable
from drandlab.gossip.parts.router_parts import RouterParts
from drandlab.gossip.router_parameters import SPEC, IdRule, Parameters
from drandlab.gossip.router_reports import GossipRefused, MessagePublished
from drandlab.gossip.scoring.peer_scores import PeerScores
from drandlab.gossip.scoring.score_parameters import Scoring
from drandlab.gossip.scoring.scores import Scores
from drandlab.typing import Rng, Seconds, checked_bytes, checked_choice, checked_flag, checked_text

__all__ = ["Router", "Validator"]

Validator: TypeAlias = Callable[[str, GossipMessage, str, Seconds], Validation | Judgement]
"""Judges a message: its topic, the message, the peer that brought it, and the time. A `Judgement` says why."""

_WHY = {
    "unknown-peer": "no peer of this name is connected",
    "graylisted": "the score of the peer is below the graylist threshold",
    "too-many-topics": "the peer is in as many topics as are remembered",
    "wrong-topic": "this peer has not joined the topic",
    "own-message": "it names this peer as its author, and this peer has not published it",
    "replayed": "its number is not above the last one of its author",
    "repeated": "the same message was published before",
    "rejected": "the validator of the topic rejects it",
    "ignored": "the validator of the topic ignores it",
}

AUTHORS = 4096
"""Of how many authors the last number is remembered."""


class Router:
    """One gossip peer.

    ``me`` is its name, its peer ID where it signs with ``key`` (the 32-byte seed of an ed25519 key). ``policy`` is
    `SignaturePolicy.STRICT` with a key, else `PERMISSIVE`, unless given. ``direct`` are explicit peers: always sent to,
    never in the mesh. ``validate`` judges each new message before it is delivered and sent on. ``lenient`` reads frames
    as other implementations write them (`decode_rpc`). ``scoring`` is how peers are scored, None for not at all.

    Raises `LocalError` for a policy that does not fit the key, and for anonymous messages whose ID would be the author.

    >>> import random
    >>> from drandlab.gossip.effects import SendRpc
    >>> a, b = (Router(name, rng=random.Random(name)) for name in "ab")
    >>> _ = a.subscribe("t", 0.0), b.subscribe("t", 0.0)
    >>> hello = a.connected("b", 0.0, outbound=True), b.connected("a", 0.0, outbound=False)
    >>> _ = b.receive("a", hello[0][0].rpc, 0.1), a.receive("b", hello[1][0].rpc, 0.1)
    >>> [type(effect).__name__ for effect in a.publish("t", b"hello", 1.0)]
    ['Report']
    """

    def __init__(
        self,
        me: str,
        parameters: Parameters = SPEC,
        *,
        rng: Rng,
        scoring: Scoring | None = None,
        direct: Iterable[str] = (),
        key: bytes | None = None,
        policy: SignaturePolicy | None = None,
        validate: Validator | None = None,
        lenient: bool = False,
    ) -> None:
        if not isinstance(parameters, Parameters):
            raise WrongType(f"expected Parameters, got {type(parameters).__name__}", argument="parameters")
        if not isinstance(scoring, Scoring | None):
            raise WrongType(f"expected a Scoring or None, got {type(scoring).__name__}", argument="scoring")
        if not isinstance(policy, SignaturePolicy | None):
            raise WrongType(f"expected a SignaturePolicy or None, got {type(policy).__name__}", argument="policy")
        if isinstance(direct, str) or not isinstance(direct, Iterable):
            raise WrongType(f"expected names of peers, got {type(direct).__name__}", argument="direct")
        if policy is None:
            policy = SignaturePolicy.PERMISSIVE if key is None else SignaturePolicy.STRICT
        if policy is SignaturePolicy.ANONYMOUS and parameters.message_ids is IdRule.AUTHOR:
            rule = "anonymous messages need IDs by their data: without author and number all would have the same"
            raise LocalError(rule, argument="policy")
        self.me = checked_text(me, "me")
        self.parameters, self.policy = parameters, policy
        self.scores = Scores() if scoring is None else PeerScores(scoring, parameters.seen_ttl)
        self._author = Author(me, policy, key)
        self._validate, self._lenient = validate, checked_flag(lenient, "lenient")
        self._seen = SeenCache(parameters.seen_ttl)
        self._cache = MessageCache(parameters.cache_windows, parameters.gossip_windows)
        self._out = Outbox(parameters.max_frame)
        self.peers = PeerTable(checked_text(name, "direct") for name in direct)
        parts = RouterParts(me, parameters, rng, self.peers, self.scores, self._out)
        self.meshes = MeshKeeper(parts)
        self._exchange = GossipExchange(parts, self._cache, self._seen)
        self._last_seqno: dict[bytes, bytes] = {}
        self._ticks = 0

    def __repr__(self) -> str:
        return f"<Router {self.me}, {len(self.peers)} peers, topics {', '.join(self.topics) or 'none'}>"

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that were joined."""
        return self.meshes.topics

    def mesh(self, topic: str) -> tuple[str, ...]:
        """Return the peers in the mesh of a topic, empty where it was not joined."""
        return self.meshes.members(topic)

    # -- events: the network ------------------------------------------------------------------------------------------

    def start(self, now: Seconds) -> list[RouterEffect]:
        """Begin: the heart will beat, and direct peers are dialled."""
        self._dial_direct()
        self._out.add(SetHeartbeat(now + self.parameters.first_heartbeat))
        return self._out.drain()

    def connected(
        self,
        peer: str,
        now: Seconds,
        *,
        outbound: bool,
        protocol: str = PeerProtocol.GOSSIPSUB_11,
        address: str | None = None,
    ) -> list[RouterEffect]:
        """A peer has connected; ``outbound`` says that we have dialled it. It learns which topics we have joined.

        ``address`` is its network address, for scores of peers that share one. A peer that was connected before is
        taken to have dropped that connection.
        """
        spoken = PeerProtocol(checked_choice(protocol, "protocol", [*PeerProtocol]))
        if checked_text(peer, "peer") == self.me:
            raise LocalError("a peer does not connect to itself", argument="peer")
        self._lose(peer, now)
        self.peers.add(ConnectedPeer(peer, spoken, checked_flag(outbound, "outbound")))
        self.scores.connected(peer, address, now)
        self._out.subscriptions((peer,), (Subscription(topic=topic, subscribe=True) for topic in self.topics))
        return self._out.drain()

    def disconnected(self, peer: str, now: Seconds) -> list[RouterEffect]:
        """A peer is gone."""
        self._lose(peer, now)
        return self._out.drain()

    def _lose(self, peer: str, now: Seconds) -> None:
        if self.peers.remove(peer) is not None:
            self.scores.disconnected(peer, now)
            self.meshes.drop(peer)

    def receive(self, peer: str, rpc: Rpc | bytes, now: Seconds) -> list[RouterEffect]:
        """A peer has sent a frame."""
        sender = self.peers.get(peer)
        if sender is None:
            self._refuse(peer, "unknown-peer")
            return self._out.drain()
        if not isinstance(rpc, Rpc):
            try:
                rpc = decode_rpc(rpc, limit=self.parameters.max_frame, lenient=self._lenient)
            except FormatError as error:
                self.scores.penalise(peer, 1)
                self._refuse(peer, error.code, why=str(error))
                return self._out.drain()
        for item in rpc.subscriptions:
            self._take_subscription(sender, item, now)
        if peer not in self.peers.direct and self.scores.of(peer, now) < self.scores.graylist_threshold:
            self._refuse(peer, "graylisted")
            return self._out.drain()
        for message in rpc.messages:
            self._take(peer, message, now)
        self._take_control(sender, rpc, now)
        return self._out.drain()

    def _take_subscription(self, sender: ConnectedPeer, item: Subscription, now: Seconds) -> None:
        if not item.subscribe:
            self.peers.unsubscribe(sender, item.topic)
            self.meshes.drop_from(item.topic, sender.name, now)
        elif item.topic not in sender.topics and len(sender.topics) >= self.parameters.max_topics:
            self._refuse(sender.name, "too-many-topics", item.topic)
        else:
            self.peers.subscribe(sender, item.topic)

    def _take_control(self, sender: ConnectedPeer, rpc: Rpc, now: Seconds) -> None:
        if rpc.ihave:
            self._exchange.on_ihave(sender, rpc.ihave, self.topics, now)
        if rpc.iwant:
            self._exchange.on_iwant(sender, rpc.iwant, now)
        for graft in rpc.graft:
            self.meshes.on_graft(sender, graft.topic, now)
        for prune in rpc.prune:
            self.meshes.on_prune(sender, prune, now)

    # -- events: messages ---------------------------------------------------------------------------------------------

    def _take(self, peer: str, message: GossipMessage, now: Seconds) -> None:
        """Judge a message that a peer has sent; what is new and valid is delivered and sent on."""
        topic = message.topic
        if not self.meshes.joined(topic):
            self._refuse(peer, "wrong-topic", topic)
            return
        message_id = self.id_of(message)
        if self._seen.holds(message_id, now):
            self.scores.repeated(message_id, peer, topic, now)
            return
        try:
            check_policy(message, self.policy)
        except VerificationError as error:
            self.scores.invalid(peer, topic)
            self._refuse(peer, error.code, topic, error.reason)
            return
        if message.author == self.me:
            self.scores.invalid(peer, topic)
            self._refuse(peer, "own-message", topic)
            return
        # From here on the message is its author's, so another peer could not have blocked the ID by a forgery.
        self._seen.add(message_id, now)
        if self.parameters.ascending_seqno and not self._ascends(message):
            self.scores.ignored(message_id, peer, topic, now)
            self._refuse(peer, "replayed", topic)
            return
        if self._validate is not None and not self._valid(message_id, message, peer, now):
            return
        self._exchange.promises.fulfil(message_id)
        self.scores.delivered(message_id, peer, topic, now)
        self._cache.put(message_id, message)
        self._out.add(Deliver(topic, message, peer, message_id))
        self._send_on(message, now, but={peer, message.author})

    def _valid(self, message_id: bytes, message: GossipMessage, peer: str, now: Seconds) -> bool:
        """Ask the validator, and do what it says with a message that it does not accept."""
        assert self._validate is not None
        said = self._validate(message.topic, message, peer, now)
        verdict, code, why = (said, "", "") if isinstance(said, Validation) else (said.verdict, said.code, said.why)
        match verdict:
            case Validation.ACCEPT:
                return True
            case Validation.REJECT:
                self.scores.rejected(message_id, peer, message.topic, now)
                self._refuse(peer, code or "rejected", message.topic, why)
            case Validation.IGNORE:
                self.scores.ignored(message_id, peer, message.topic, now)
                self._refuse(peer, code or "ignored", message.topic, why)
            case _:
                assert_never(verdict)
        return False

    def id_of(self, message: GossipMessage) -> bytes:
        """Return the ID of a message by the rule of this network."""
        return id_of_data(message.data) if self.parameters.message_ids is IdRule.DATA else message.author_id

    def _ascends(self, message: GossipMessage) -> bool:
        if not message.seqno:
            return True
        last = self._last_seqno.pop(message.source, None)
        ascends = last is None or message.seqno > last
        self._last_seqno[message.source] = message.seqno if ascends or last is None else last
        if len(self._last_seqno) > AUTHORS:
            del self._last_seqno[next(iter(self._last_seqno))]
        return ascends

    def _send_on(self, message: GossipMessage, now: Seconds, but: set[str]) -> int:
        """Send a message to the mesh, or the fanout, to direct peers and to those who speak floodsub."""
        topic = message.topic
        near = self.meshes.members(topic) if self.meshes.joined(topic) else self.meshes.use_fanout(topic, now)
        to = dict.fromkeys([*near, *self._always(topic, now)])
        return self._out.message((name for name in to if name not in but), message)

    def _always(self, topic: str, now: Seconds) -> list[str]:
        least = self.scores.publish_threshold
        return [
            peer.name
            for peer in self.peers.of_topic(topic)
            if peer.name in self.peers.direct or (not peer.has_mesh and self.scores.of(peer.name, now) >= least)
        ]

    def _flood(self, message: GossipMessage, now: Seconds) -> int:
        """Send a message of our own to every peer of its topic that is good enough."""
        least = self.scores.publish_threshold
        of_topic = self.peers.of_topic(message.topic)
        good = [p.name for p in of_topic if p.name in self.peers.direct or self.scores.of(p.name, now) >= least]
        return self._out.message(good, message)

    # -- events: the application --------------------------------------------------------------------------------------

    def subscribe(self, topic: str, now: Seconds) -> list[RouterEffect]:
        """Join a topic; nothing happens where it was joined before."""
        item = Subscription(topic=topic, subscribe=True)
        if not self.meshes.joined(topic):
            self._out.subscriptions((peer.name for peer in self.peers), (item,))
            self.meshes.join(topic, now)
        return self._out.drain()

    def unsubscribe(self, topic: str, now: Seconds) -> list[RouterEffect]:
        """Leave a topic; nothing happens where it was not joined."""
        item = Subscription(topic=topic, subscribe=False)
        if self.meshes.joined(topic):
            self._out.subscriptions((peer.name for peer in self.peers), (item,))
            self.meshes.leave(topic, now)
        return self._out.drain()

    def publish(self, topic: str, data: bytes, now: Seconds) -> list[RouterEffect]:
        """Publish a message. A report says to how many peers it goes, or that the same was published before.

        Raises `LocalError` for more data than a frame holds.
        """
        message = self._author.message(topic, checked_bytes(data, "data"), now)
        if message.size > self.parameters.max_frame:
            rule = f"{message.size} bytes with all around the data, at most {self.parameters.max_frame} are sent"
            raise LocalError(rule, argument="data", code="too-long")
        message_id = self.id_of(message)
        if not self._seen.add(message_id, now):
            self._refuse(self.me, "repeated", topic)
            return self._out.drain()
        self._cache.put(message_id, message)
        count = self._flood(message, now) if self.parameters.flood_publish else self._send_on(message, now, but=set())
        self._out.report(MessagePublished(topic=topic, message_id=message_id, peers=count))
        return self._out.drain()

    # -- events: time -------------------------------------------------------------------------------------------------

    def heartbeat(self, now: Seconds) -> list[RouterEffect]:
        """The heart beats: meshes and fanouts are brought to their size, and gossip is told."""
        self._ticks += 1
        self.scores.refresh(now)
        self._seen.expire(now)
        if self._ticks % self.parameters.direct_ticks == 0:
            self._dial_direct()
        self.meshes.heartbeat(now, self._ticks)
        having = {topic: self.meshes.members(topic) for topic in self.topics}
        having |= {topic: self.meshes.fanout(topic) for topic in self.meshes.fanout_topics}
        self._exchange.heartbeat(having, now)
        self._out.add(SetHeartbeat(now + self.parameters.heartbeat))
        return self._out.drain()

    def _dial_direct(self) -> None:
        for name in sorted(self.peers.direct):
            if name not in self.peers:
                self._out.add(Connect(name))

    def _refuse(self, peer: str, code: str, topic: str = "", why: str = "") -> None:
        self._out.report(GossipRefused(peer=peer, code=code, why=why or _WHY.get(code, code), topic=topic))
