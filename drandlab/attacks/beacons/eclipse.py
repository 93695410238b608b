r"""A subscriber whose mesh is all the attacker's gets no beacon, and no false one either if it verifies.

A gossip router that joins a topic draws $D$ mesh peers among those it is connected with. Of $N$ peers of whom $S$ are
Sybils, it draws Sybils alone with the probability

$$\binom{S}{D} \Big/ \binom{N}{D} \approx \left(\frac{S}{N}\right)^D.$$

Sybils send on no true pulse and each sends a false one; the others in the mesh send on the true pulse. A whole network,
where others take the subscriber into their meshes too, is in `drandlab.simulation.gossip_studies.eclipses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.errors import LocalError
from drandlab.gossip.effects import Deliver, RouterEffect, SendRpc
from drandlab.gossip.messages.pulse_codec import encode_pulse
from drandlab.gossip.messages.pulse_codec import topic as topic_of
from drandlab.gossip.messages.rpc import GossipMessage, Rpc, Subscription
from drandlab.gossip.messages.rpc_codec import encode_rpc
from drandlab.gossip.pulse_validators import PulseValidator
from drandlab.gossip.router import Router
from drandlab.gossip.router_parameters import DRAND_RELAY, Parameters
from drandlab.simulation.chance import rng_for
from drandlab.simulation.gossip_studies.eclipses import hypergeometric
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
from drandlab.typing import Seconds

__all__ = ["ATTACK"]

PERIOD = 300
"""Seconds between two rounds: by then no back-off is left of the mesh before."""


def _checked(peers: int, sybils: int, degree: int) -> None:
    for name, value in (("sybils", sybils), ("degree", degree)):
        if value > peers:
            raise LocalError(f"must be at most the {peers} peers, got {value}", argument=name)


def _theory(peers: int, sybils: int, degree: int, runs: int) -> AttackOutcome:
    _checked(peers, sybils, degree)
    return {"eclipsed": hypergeometric(peers, sybils, degree), "false_accepted": 0}


def _measure(seed: int, *, peers: int, sybils: int, degree: int, runs: int) -> AttackOutcome:
    _checked(peers, sybils, degree)
    named = f"{seed}/eclipse"
    feed = PulseFeed.made(runs, seed=named, period=PERIOD)
    topic, bls = topic_of(feed.info.chain_hash), BLS.of(feed.info.scheme, "glass")
    validate = PulseValidator(feed.info, verify=Verifier.of(feed.info, "glass").verify)
    router = Router("victim", _parameters(degree), rng=rng_for(named, "victim"), validate=validate)
    others = [f"peer {i}" for i in range(peers)]
    attackers = set(rng_for(named, "sybils").sample(others, sybils))
    _connect(router, others, topic, feed.info.genesis_time - PERIOD)
    eclipsed = false = 0
    for beacon in feed.beacons:
        now = feed.info.round_time(beacon.round)
        mesh = _grafted(router.subscribe(topic, now))
        forged = Beacon(round=beacon.round, signature=bls.sign(1, feed.info.scheme.digest(beacon.round)))
        sent = [(peer, forged if peer in attackers else beacon) for peer in mesh]
        # the attacker is faster: what is false comes first
        taken = _delivered(router, topic, sorted(sent, key=lambda one: one[1] is beacon), now)
        eclipsed += encode_pulse(beacon) not in taken
        false += sum(data != encode_pulse(beacon) for data in taken)
        router.unsubscribe(topic, now)
    return {"eclipsed": eclipsed / runs, "false_accepted": false}


def _parameters(degree: int) -> Parameters:
    """Those of drand's relays with another mesh size, and without peer exchange, by which the share of Sybils grows."""
    few = min(degree, DRAND_RELAY.d_score)
    return DRAND_RELAY.with_(
        d=degree, d_lo=degree, d_hi=2 * degree, d_score=few, d_out=min(2, degree // 2), peer_exchange=False
    )


def _connect(router: Router, others: Iterable[str], topic: str, now: Seconds) -> None:
    """Connect the router with peers that have all joined the topic."""
    joined = encode_rpc(Rpc(subscriptions=(Subscription(topic=topic, subscribe=True),)))
    for peer in others:
        router.connected(peer, now, outbound=True)
        router.receive(peer, joined, now)


def _grafted(effects: Iterable[RouterEffect]) -> list[str]:
    """Whom the router takes into its mesh."""
    return [peer for one in effects if isinstance(one, SendRpc) and one.rpc.graft for peer in one.to]


def _delivered(router: Router, topic: str, sent: Sequence[tuple[str, Beacon]], now: Seconds) -> list[bytes]:
    """What the subscriber gets of the pulses that its peers send."""
    taken = []
    for peer, beacon in sent:
        frame = encode_rpc(Rpc(messages=(GossipMessage(topic=topic, data=encode_pulse(beacon)),)))
        effects = router.receive(peer, frame, now)
        taken += [one.message.data for one in effects if isinstance(one, Deliver)]
    return taken


ATTACK = Attack(
    name="eclipse",
    about="The mesh of a subscriber is full of Sybils: no beacon comes, and no false one is taken.",
    parameters={
        "peers": AttackParameter(200, "peers that the subscriber can choose from", low=1, high=2000),
        "sybils": AttackParameter(160, "peers that are the attacker's", low=0, high=2000),
        "degree": AttackParameter(6, "peers in a mesh", low=1, high=64),
        "runs": AttackParameter(400, "times that the subscriber joins, for one pulse each", low=1, high=100_000),
    },
    sources=(
        "libp2p specification, gossipsub v1.1",
        "Vyzovitis, Napora, McCormick, Dias, Psaras: GossipSub: attack-resilient message propagation, 2020",
        "Heilman, Kendler, Zohar, Goldberg: Eclipse attacks on Bitcoin's peer-to-peer network, USENIX Security 2015",
    ),
    remedy="Verify every pulse, notice by the clock that none comes, and have a second source, such as an HTTP relay.",
    theory=_theory,
    measure=_measure,
    kinds={"eclipsed": SampledShare("runs")},
    cases=(
        {"peers": 40, "sybils": 20, "degree": 2, "runs": 200},
        {"peers": 40, "sybils": 36, "runs": 200},
        {"sybils": 0, "runs": 10},
    ),
)
