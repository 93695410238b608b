"""A whole gossip network in the simulated world: gossip relays, subscribers, and if wanted the peers of an attacker.

>>> net = GossipNetwork(20, rounds=2, seed=1).run()
>>> net
<GossipNetwork of 20 peers, 2 of them relays, 2 pulses>
>>> sorted({entry.what.round for entry in net.journal.entries("pulse")})
[1, 2]

Everything random comes from ``seed``, and the journal is the only witness, as for a `drandlab.Network`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import LocalError, WrongType
from drandlab.gossip.messages.pulse_codec import encode_pulse
from drandlab.gossip.messages.pulse_codec import topic as topic_of
from drandlab.gossip.router import Router
from drandlab.gossip.router_parameters import Parameters
from drandlab.gossip.scoring.score_parameters import Scoring
from drandlab.simulation.chance import rng_for, seed_mark
from drandlab.simulation.hosts.disk import EmptyDisk
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.pubsub.churn import Churn
from drandlab.simulation.pubsub.connections import PeerConnections
from drandlab.simulation.pubsub.gossip_entries import GossipMade, PeerMade
from drandlab.simulation.pubsub.gossip_peer import GossipPeer, PeerHost
from drandlab.simulation.pubsub.gossip_settings import (
    checked_parameters,
    checked_scoring,
    connection_name,
    plain_parameters,
)
from drandlab.simulation.pubsub.message_streams import MessageStream
from drandlab.simulation.pubsub.pulse_clients import CHECKS, PulseClient, Pulses
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed, check_unchained
from drandlab.simulation.pubsub.sybils import SYBILS, SybilPeer, parameters_of_sybil
from drandlab.simulation.world.links import MICRO, Latency, Link
from drandlab.simulation.world.world import World
from drandlab.typing import (
    Progress,
    Round,
    Seconds,
    checked_choice,
    checked_flag,
    checked_int,
    checked_positive,
    checked_real,
    checked_text,
)

__all__ = ["DIALS", "DIRECT", "FIRST_NAME", "GOSSIP_LINK", "GossipNetwork"]

GOSSIP_LINK = Link(latency=Latency(kind="lognormal", mean=0.05, spread=0.4))
"""Peers all over the world: 50 ms one way, half of them between 38 and 65 ms."""

FIRST_NAME = 10_000
"""The first name of a gossip peer in the world of a drand network, whose nodes are counted from 0."""

RELAY_DELAY: Seconds = 0.05
"""Within which time after a round is due the gossip relays of a feed publish its pulse, each after its own."""

DIRECT = ("none", "one-sided", "mutual")
"""Who holds whom as a direct peer: nobody, the subscribers the gossip relays, or both each other."""

DIALS = ("all", "relays")
"""Whom peers dial: others drawn from all, or the gossip relays alone."""

MOST_PEERS = 5000


class GossipNetwork(HoldsSecrets):
    """A gossip network of ``peers``, of which ``relays`` publish pulses and ``sybils`` belong to an attacker.

    The others subscribe to drand's topic of the chain. The pulses come from a `PulseFeed`, from a `drandlab.Network`
    (then all happens in its world, and in its journal), or from a chain made for the run with so many ``rounds``.
    ``parameters`` are those of every router, or the name of a preset. Each peer dials ``degree`` others, drawn from
    all, and more when it has lost half of them (with ``dials`` = ``relays`` the gossip relays only). ``link`` is every
    link; ``loss`` the probability that an RPC is lost as a whole (what a link itself loses comes late, as over TCP).
    ``scoring`` is how routers score their peers, True for `pulse_scoring`. ``direct`` is one of `DIRECT`, ``checks``
    one of `CHECKS`, ``sybil`` one of `SYBILS`. Within ``bound`` seconds a message must reach all who were there;
    checkers judge by it. With ``second_source`` each subscriber asks for a round elsewhere when it is so many seconds
    late. The first ``guests`` subscribers begin, dial and join the topic when they are told (`begin`). ``relays_join``
    lets relays subscribe too: drand's only publish. Without ``signed`` messages have no signature. ``warm_up`` is how
    long the meshes form before the first round of a feed. ``detail`` is ``full`` or ``summary``: whether the journal
    has every frame.

    Raises `LocalError` for arguments that no network can have.
    """

    def __init__(
        self,
        peers: int = 50,
        *,
        relays: int = 2,
        sybils: int = 0,
        guests: int = 0,
        feed: PulseFeed | Network | None = None,
        rounds: int = 5,
        parameters: Parameters | str = "drand-relay",
        degree: int = 10,
        link: Link = GOSSIP_LINK,
        loss: float = 0.0,
        scoring: Scoring | bool = False,
        direct: str = "none",
        dials: str = "all",
        checks: str = "pulse",
        sybil: str = "grafting",
        churn: Churn | None = None,
        second_source: Seconds | None = None,
        bound: Seconds = 5.0,
        relays_join: bool = False,
        signed: bool = True,
        warm_up: Seconds = 10.0,
        seed: int | str = 1,
        detail: str = "full",
    ) -> None:
        peers = checked_int(peers, "peers", 2, MOST_PEERS)
        self.relays = checked_int(relays, "relays", 1, peers - 1, what="fewer than there are peers")
        self.sybils = checked_int(sybils, "sybils", 0, peers - self.relays - 1, what="one subscriber at least stays")
        subscribers = peers - self.relays - self.sybils
        self.guests = checked_int(guests, "guests", 0, subscribers, what="no more than there are subscribers")
        self.eclipsed: set[int] = set()
        self.parameters = checked_parameters(parameters)
        self.degree = checked_int(degree, "degree", 1, MOST_PEERS)
        self.loss = float(checked_real(loss, "loss", 0, 1, what="a probability"))
        self.direct = checked_choice(direct, "direct", DIRECT)
        self.dials = checked_choice(dials, "dials", DIALS)
        self.checks = checked_choice(checks, "checks", CHECKS)
        self.sybil = checked_choice(sybil, "sybil", SYBILS)
        self.bound = float(checked_positive(bound, "bound"))
        self.signed, relays_join = checked_flag(signed, "signed"), checked_flag(relays_join, "relays_join")
        checked_choice(detail, "detail", ("full", "summary"))
        warm_up = checked_real(warm_up, "warm_up", 0, 1e6, what="seconds")
        if second_source is not None:
            second_source = checked_positive(second_source, "second_source", what="seconds")
        if not isinstance(link, Link):
            raise WrongType(f"expected a Link, got {type(link).__name__}", argument="link")
        if churn is not None and not isinstance(churn, Churn):
            raise WrongType(f"expected a Churn, got {type(churn).__name__}", argument="churn")
        self.seed, self.link = seed, link
        self._open(feed, rounds, link, float(warm_up), detail)
        self.topic = topic_of(self.info.chain_hash)
        self.scoring = checked_scoring(scoring, self.topic, self.info.period)
        self.pulses = Pulses(self.info, self.backend)
        self.connections = PeerConnections(self.world, round(MICRO * link.latency.mean), self._are_apart)
        self.hosts: list[PeerHost] = []
        self.clients: dict[int, PulseClient] = {}
        self._keys = [rng_for(seed, "gossip key", i).randbytes(32) if self.signed else None for i in range(peers)]
        self._ids = [connection_name(name, key) for name, key in enumerate(self._keys, self.first)]
        self._write_header(peers, detail)
        for place in range(peers):
            self._add(place, relays_join, second_source)
        self._dial_rng = {host.name: rng_for(seed, "dial", host.name) for host in self.hosts}
        for host in self.hosts:
            self._start(host)
        if churn is not None:
            self._come_and_go(churn)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _open(self, feed: object, rounds: int, link: Link, warm_up: Seconds, detail: str) -> None:
        """Make a world for the feed, or take that of a drand network."""
        self.first, self.feed, self.drand = 0, None, None
        if isinstance(feed, Network):
            if feed.info is None:
                raise LocalError("the network has no chain yet: run it first, rounds=0 is enough", argument="feed")
            check_unchained(feed.info)
            self.drand, self.info, self.backend, self.first = feed, feed.info, feed.backend, FIRST_NAME
            self.world, self.journal = feed.world, feed.journal
            feed.on_beacon.append(self._publish_everywhere)
            self._end: Seconds = feed.now
            return
        if feed is None:
            feed = PulseFeed.made(rounds, seed=self.seed)
        if not isinstance(feed, PulseFeed):
            raise WrongType(f"expected a PulseFeed or a Network, got {type(feed).__name__}", argument="feed")
        self.feed, self.info, self.backend = feed, feed.info, feed.backend
        self.journal = Journal()
        self.world = World(self.seed, self.journal, start=feed.first_time - warm_up, link=link, detail=detail)
        self._end = feed.last_time + self.bound + 1

    def _write_header(self, peers: int, detail: str) -> None:
        self.world.log(
            None,
            GossipMade(
                topic=self.topic,
                peers=peers,
                relays=self.relays,
                sybils=self.sybils,
                parameters=plain_parameters(self.parameters),
                ids=self.parameters.message_ids.value,
                checks=self.checks,
                scoring=self.scoring is not None,
                degree=self.degree,
                loss=self.loss,
                bound=self.bound,
                info=self.info.to_dict(2),
                backend=self.info.scheme.curve if self.backend != "glass" else "glass",
                seed=seed_mark(self.seed),
                detail=self.world.detail,
            ),
        )

    def role(self, name: int) -> str:
        """Return what a peer is: ``relay``, ``subscriber`` or ``sybil``."""
        place = self._place(name)
        if place < self.relays:
            return "relay"
        return "sybil" if place >= len(self._ids) - self.sybils else "subscriber"

    def _place(self, name: object) -> int:
        return checked_int(name, "peer", self.first, self.first + len(self._ids) - 1) - self.first

    def _are_apart(self, one: int, other: int) -> bool:
        """Whether two peers never connect: both belong to the attacker, or one is eclipsed and the other is honest."""
        if self.eclipsed and (one in self.eclipsed or other in self.eclipsed):
            return "sybil" not in (self.role(one), self.role(other))
        return bool(self.sybils) and self.role(one) == self.role(other) == "sybil"

    def is_guest(self, name: int) -> bool:
        """Return whether a peer begins when it is told."""
        return 0 <= self._place(name) - self.relays < self.guests

    def _direct_of(self, role: str) -> tuple[int, ...]:
        places: Iterable[int] = ()
        if role == "subscriber" and self.direct != "none":
            places = range(self.relays)
        elif role == "relay" and self.direct == "mutual":
            places = range(self.relays, len(self._ids) - self.sybils)
        return tuple(self.first + place for place in places)

    def _add(self, place: int, relays_join: bool, patience: Seconds | None) -> None:
        name = self.first + place
        role, me, key = self.role(name), self._ids[place], self._keys[place]
        direct = self._direct_of(role)
        client = PulseClient(
            self.pulses,
            self.topic,
            self.checks,
            trusted=frozenset(self._ids[: self.relays]),
            patience=patience,
            fetch=self._fetch,
        )
        false = role == "sybil"
        chance = rng_for(self.seed, "router", name)

        def make_router() -> Router:
            client.forget()
            return Router(
                me,
                parameters_of_sybil(self.parameters, self.sybil) if false else self.parameters,
                rng=chance,
                scoring=None if false else self.scoring,
                direct=[self._ids[other - self.first] for other in direct],
                key=key,
                validate=None if false else client.validate,
            )

        kind = SybilPeer if false else GossipPeer
        peer = kind(
            make_router,
            self.connections,
            rng=rng_for(self.seed, "loss", name),
            topics=[self.topic] if (role != "relay" or relays_join) and not self.is_guest(name) else [],
            loss=self.loss,
            round_of=self.pulses.round_of,
            accepts=client.accepts,
        )
        if isinstance(peer, SybilPeer):
            peer.speaks_as(me, key)
        host = PeerHost(name, me, self.world, EmptyDisk(), peer)
        peer.after_heartbeat = lambda: self._seek(host)
        if role == "subscriber":
            peer.on_message = lambda message, sender: client.heard(host, message, sender)
            self.clients[name] = client
        self.hosts.append(host)
        host.log(PeerMade(role=role, id=me, direct=direct))

    def _start(self, host: PeerHost) -> None:
        """Let a peer begin within the first second, dial, and later do what its role is."""
        rng = self._dial_rng[host.name]
        begin = self.world.micros + int(MICRO * rng.random())
        if not self.is_guest(host.name):
            self.world.at(begin, lambda: self._begin(host))
        role = self.role(host.name)
        if self.feed is not None and role != "subscriber":
            delay = rng_for(self.seed, "relay", host.name).random() * RELAY_DELAY
            for beacon in self.feed.beacons:
                due = MICRO * self.info.round_time(beacon.round)
                if role == "relay":
                    self.world.at(due + round(MICRO * delay), lambda b=beacon: self._publish(host, b))  # type: ignore[misc]
                elif self.sybil in ("false", "junk"):
                    self.world.at(due, lambda b=beacon: self._attack(host, b.round))  # type: ignore[misc]
        if role == "subscriber":
            first = self.feed.beacons[0].round if self.feed else self.info.round_at(self.world.now) + 1
            self.clients[host.name].watch(host, first)

    def begin(self, name: int) -> None:
        """Let a guest begin, if it has not yet; it dials nobody."""
        host = self.host(name)
        if self.is_guest(name) and host.up and not host.driver.begun:
            host.resume()

    def dial_more(self, name: int) -> None:
        """Let a peer dial as many others as one that has just started."""
        self._dial_first(self.host(name))

    def _begin(self, host: PeerHost) -> None:
        if host.up:
            host.resume()
            self._dial_first(host)

    def _dial_first(self, host: PeerHost) -> None:
        """Let a peer that has just started dial as many others as it should."""
        for _ in range(self.degree if self.dials == "all" else self.relays):
            self._dial_one(host)

    def _dial_one(self, host: PeerHost) -> bool:
        """Let a peer dial another that it is not connected with, drawn from all; False where it finds none."""
        rng, count = self._dial_rng[host.name], len(self.hosts) if self.dials == "all" else self.relays
        for _ in range(20):
            other = self.hosts[rng.randrange(count)]
            if self.role(host.name) == self.role(other.name) == "sybil":
                return True  # an attacker who draws from all meets itself, too: its share of the connections is its own
            if self.connections.dial(host.address, other.address):
                return True
        return False

    def _seek(self, host: PeerHost) -> None:
        """Dial more peers where half of the connections are gone."""
        if 2 * self.connections.count(host.address) < (self.degree if self.dials == "all" else self.relays):
            self._dial_one(host)

    # -- pulses -------------------------------------------------------------------------------------------------------

    def _publish(self, host: PeerHost, beacon: Beacon) -> None:
        host.driver.publish(self.topic, encode_pulse(beacon, randomness=True))

    def _publish_everywhere(self, beacon: Beacon) -> None:
        """A drand network has a new beacon: its gossip relays publish it."""
        for host in self.hosts[: self.relays]:
            if host.up:
                self._publish(host, beacon)
        self._end = max(self._end, self.world.now + self.bound)

    def _fetch(self, round: Round) -> Beacon | None:
        """What a relay of the HTTP API answers: the beacon of a round that is due, if the feed has it."""
        if self.info.round_at(self.world.now) < round:
            return None
        if self.drand is not None:
            found: Iterable[Beacon] = self.drand.beacons
        else:
            found = self.feed.beacons if self.feed is not None else ()
        return next((beacon for beacon in found if beacon.round == round), None)

    def _attack(self, host: PeerHost, round: Round) -> None:
        peer, rng = host.driver, rng_for(self.seed, "attack", host.name, round)
        assert isinstance(peer, SybilPeer)
        if self.sybil == "junk":
            peer.send_junk(rng.randbytes(64))
            return
        false = self.pulses.false_beacon(round, rng)
        peer.attack(self.topic, encode_pulse(false, randomness=True), round)

    # -- the seed's interface -----------------------------------------------------------------------------------------

    def host(self, peer: int) -> PeerHost:
        """Return the host of a peer by its name; raises `LocalError` for one that does not exist."""
        return self.hosts[self._place(peer)]

    def publish(self, peer: int, topic: str, data: bytes) -> bool:
        """Let a peer publish ``data`` to a topic, now; return whether it goes to anybody.

        False: the peer is down, it has seen the same message before, nobody it is connected with is in the topic, or
        it checks pulses and this is no pulse of the chain.
        Raises `LocalError` for a topic without a name, and for more data than a frame holds.
        """
        host = self.host(peer)
        if not checked_text(topic, "topic"):
            raise LocalError("a topic has a name, got an empty text", argument="topic")
        return host.driver.publish(topic, data)

    def subscribe(self, peer: int, topic: str | None = None) -> MessageStream:
        """Return a stream of what others publish from now on to a topic, drand's unless given; each message once.

        A message comes within ``bound`` seconds to everybody who was connected all along: the checker of that name
        looks whether it did.
        """
        return self.host(peer).driver.subscribe(self.topic if topic is None else checked_text(topic, "topic"))

    # -- what can be done to it ---------------------------------------------------------------------------------------

    def leave(self, peer: int) -> None:
        """Let a peer stop at once; nothing happens where it has left already."""
        self.host(peer).crash()

    def come_back(self, peer: int) -> None:
        """Let a peer that has left run again, and dial ``degree`` others."""
        host = self.host(peer)
        if not host.up:
            host.restart()
            self._dial_first(host)

    def _come_and_go(self, churn: Churn) -> None:
        for name in self.clients:
            rng = rng_for(self.seed, "churn", name)
            if rng.random() >= churn.share:
                continue
            leave = True
            for at in churn.changes(self.world.micros + MICRO, rng):
                if at >= self._end * MICRO:
                    break
                self.world.at(at, lambda n=name, go=leave: self.leave(n) if go else self.come_back(n))  # type: ignore[misc]
                leave = not leave

    # -- time ---------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Seconds:
        """The world's time in UNIX seconds."""
        return self.world.now

    def at(self, when: Seconds, act: Callable[[], None]) -> None:
        """Schedule ``act`` at a time in UNIX seconds."""
        self.world.at(round(MICRO * checked_real(when, "when", what="UNIX seconds")), act)

    def run(self, *, until: Seconds | None = None, progress: Progress | None = None) -> GossipNetwork:
        """Let time go on until a time in UNIX seconds, or until ``bound`` seconds after the feed's last round.

        With a drand network as its feed, its own ``run`` is as good; this one goes on until ``bound`` seconds after the
        newest beacon.
        """
        end = self._end if until is None else checked_real(until, "until", what="UNIX seconds")
        start = self.now
        while self.now < end and progress is not None:
            self.world.run_until(min(self.world.micros + MICRO, round(MICRO * end)))
            progress(int(self.now - start), int(end - start))
        self.world.run_until(round(MICRO * end))
        return self

    def __repr__(self) -> str:
        pulses = len(self.feed.beacons) if self.feed is not None else len(self.drand.beacons) if self.drand else 0
        return f"<GossipNetwork of {len(self.hosts)} peers, {self.relays} of them relays, {pulses} pulses>"
