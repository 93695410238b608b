r"""Eclipse: how often are all mesh peers of a subscriber the attacker's, and what does it lose then?

Let a share $q$ of those that a subscriber can choose from be Sybils. It draws its $D$ mesh peers, and they are all
Sybils with probability about $q^D$; exactly, of $E$ others of whom $S$ are Sybils, $\binom{S}{D} / \binom{E}{D}$. What
is measured: victims join a network whose meshes have formed; the journal says whom each has drawn, who was in its mesh
when a pulse was due, when the pulse came, and from where. Who hears a gossip relay directly, as relays send to all they
are connected with, is counted apart. Sources: libp2p specification, "gossipsub v1.1"; Vyzovitis et al., *GossipSub:
attack-resilient message propagation*, 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError
from drandlab.gossip.messages.pulse_codec import topic as topic_of
from drandlab.gossip.router_parameters import DRAND_RELAY, Parameters
from drandlab.gossip.scoring.score_parameters import pulse_scoring
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
from drandlab.simulation.reading.meshes import Meshes, meshes_of
from drandlab.simulation.reading.spreading import spread_of
from drandlab.typing import Progress, Seconds, checked_choice, checked_int, checked_real

__all__ = ["PROMPT", "SCORINGS", "EclipseOutcome", "all_sybils", "eclipse", "hypergeometric"]

RELAYS = 2

JOIN: Seconds = 3.0
"""How long before the first pulse is due the victims join."""

PROMPT: Seconds = 0.6
"""Within this time a pulse has come by a mesh; what lazy gossip brings waits for a heartbeat first."""

SCORINGS: Mapping[str, str] = MappingProxyType(
    {
        "none": "nobody is scored, as by drand's own relays",
        "first": "who brings pulses first gains, who brings an invalid one loses, as with Filecoin's Lotus",
        "missing": "and who is in the mesh and brings none loses, too",
    }
)
"""How the routers score their peers: `pulse_scoring`, without and with what is missing."""

WITHOUT_EXCHANGE = DRAND_RELAY.with_(peer_exchange=False)
"""With peer exchange the attacker would be told of ever more peers, and q would not stay what it is."""


def all_sybils(share: float, d: int) -> float:
    r"""Return the rule of thumb $q^D$ for the probability that all $D$ mesh peers are Sybils.

    >>> [round(all_sybils(q, 6), 3) for q in (0.5, 0.8, 0.9)]
    [0.016, 0.262, 0.531]
    """
    return float(checked_real(share, "share", 0, 1, what="a share")) ** checked_int(d, "d", 0)


def hypergeometric(others: int, sybils: int, d: int) -> float:
    r"""Return the exact probability that ``d`` peers drawn from ``others`` are all Sybils.

    >>> round(hypergeometric(200, 160, 6), 3)
    0.257
    """
    others, d = checked_int(others, "others", 1), checked_int(d, "d", 0)
    if checked_int(sybils, "sybils", 0) > others:
        raise LocalError(f"must be at most all others, {others}, got {sybils}", argument="sybils")
    return comb(sybils, d) / comb(others, d) if d <= others else 0.0


@dataclass(frozen=True, slots=True)
class EclipseOutcome:
    """What came of the victims of an attack with this ``share`` of Sybils.

    ``drawn`` is the share of victims whose own draw was of Sybils alone, ``exact`` and ``thumb`` the probabilities of
    that. Of the ``watched`` victims, which are not connected with a gossip relay: ``eclipsed_first`` and
    ``eclipsed_last`` are the shares that had no honest peer in their mesh when the first and the last pulse were due;
    of all their pulses, ``prompt`` came within `PROMPT` of being due, ``late`` later, ``missed`` not before the next
    one was due; ``second`` came from a second source. ``false`` is how many false pulses all victims took.
    """

    share: float
    victims: int
    drawn: float
    exact: float
    thumb: float
    watched: int
    eclipsed_first: float
    eclipsed_last: float
    prompt: float
    late: float
    missed: float
    second: float
    false: int


@dataclass(slots=True)
class _Count:
    victims: int = 0
    all_sybils: int = 0
    watched: int = 0
    first: int = 0
    last: int = 0
    pulses: int = 0
    prompt: int = 0
    late: int = 0
    second: int = 0
    false: int = 0


def eclipse(
    share: float,
    *,
    peers: int = 200,
    victims: int = 8,
    rounds: int = 4,
    seeds: Iterable[int] = range(4),
    parameters: Parameters = WITHOUT_EXCHANGE,
    sybil: str = "silent",
    scoring: str = "none",
    second_source: Seconds | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> EclipseOutcome:
    """Return what comes of an attack in which a ``share`` of those that a victim can choose from are Sybils.

    ``scoring`` is one of `SCORINGS`; further ``options`` are those of `GossipNetwork`. Raises `LocalError` for what
    that refuses, and for a share that leaves no honest subscriber beside the victims.

    >>> outcome = eclipse(0.5, peers=40, victims=3, rounds=1, seeds=[1])
    >>> outcome.victims, outcome.false, round(outcome.thumb, 3)
    (3, 0, 0.016)
    """
    share = checked_real(share, "share", 0, 1, what="a share")
    peers, victims = checked_int(peers, "peers", 8, 5000), checked_int(victims, "victims", 1)
    others = peers - RELAYS - victims
    sybils = round(share * others)
    if others - sybils < 1:
        rule = f"at most {others - 1} of {others} peers can be Sybils, so that an honest one is left, got {sybils}"
        raise LocalError(rule, argument="share")
    checked_choice(scoring, "scoring", SCORINGS)
    count, seeds = _Count(), list(seeds)
    if not seeds:
        raise LocalError("expected at least one seed, got none", argument="seeds")
    for done, seed in enumerate(seeds, 1):
        feed = PulseFeed.made(rounds, seed=seed)
        topic = topic_of(feed.info.chain_hash)
        scored = scoring != "none" and pulse_scoring(topic, period=feed.info.period, missing=scoring == "missing")
        net = GossipNetwork(
            peers,
            relays=RELAYS,
            sybils=sybils,
            sybil=sybil,
            feed=feed,
            parameters=parameters,
            scoring=scored,
            second_source=second_source,
            seed=seed,
            detail="summary",
            **options,
        )
        chosen = list(net.clients)[:victims]
        _join_late(net, chosen, feed.first_time - JOIN)
        _take_in(net.run(), chosen, count)
        if progress is not None:
            progress(done, len(seeds))
    return _outcome(share, count, parameters.d, hypergeometric(others, sybils, parameters.d))


def _join_late(net: GossipNetwork, chosen: list[int], when: Seconds) -> None:
    """Let peers that connect as all others do join the topic only ``when`` the meshes have formed."""
    for driver in [net.host(name).driver for name in chosen]:
        driver.topics.pop(net.topic, None)
        net.at(when, lambda driver=driver: driver.subscribe(net.topic) and None)  # type: ignore[misc]


def _take_in(net: GossipNetwork, chosen: list[int], count: _Count) -> None:
    """Add what the journal of one run says of the victims."""
    assert net.feed is not None
    eclipsed: list[set[int]] = []

    def look(time: Seconds, meshes: Meshes) -> None:
        eclipsed.append({v for v in chosen if not any(map(meshes.is_honest, meshes.of[v]))})

    meshes = meshes_of(net.journal, [net.feed.first_time, net.feed.last_time], look)
    spread = spread_of(net.journal)
    watched = [v for v in chosen if not any(meshes.role(other) == "relay" for other in meshes.connected[v])]
    count.victims += len(chosen)
    count.all_sybils += sum(bool(meshes.drawn[v]) and not any(map(meshes.is_honest, meshes.drawn[v])) for v in chosen)
    count.watched += len(watched)
    count.first += len(eclipsed[0].intersection(watched))
    count.last += len(eclipsed[1].intersection(watched))
    for beacon in net.feed.beacons:
        pulse = spread.pulses.get(beacon.round)
        delays = {} if pulse is None else pulse.delays
        count.pulses += len(watched)
        count.prompt += sum(v in delays and delays[v] <= PROMPT for v in watched)
        count.late += sum(v in delays and PROMPT < delays[v] <= net.info.period for v in watched)
        if pulse is not None:
            count.second += sum(pulse.sources.get(v) == "second source" for v in watched)
            count.false += len(pulse.false.intersection(chosen))


def _outcome(share: float, count: _Count, d: int, exact: float) -> EclipseOutcome:
    watched, pulses = max(1, count.watched), max(1, count.pulses)
    return EclipseOutcome(
        share=share,
        victims=count.victims,
        drawn=count.all_sybils / count.victims,
        exact=exact,
        thumb=all_sybils(share, d),
        watched=count.watched,
        eclipsed_first=count.first / watched,
        eclipsed_last=count.last / watched,
        prompt=count.prompt / pulses,
        late=count.late / pulses,
        missed=(count.pulses - count.prompt - count.late) / pulses,
        second=count.second / pulses,
        false=count.false,
    )
