"""A gossip network: it delivers, once and in time; the seed's interface; loss, churn; a drand network as its feed."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.checkers.gossip_rules import check_gossip
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.pubsub.churn import Churn
from drandlab.simulation.pubsub.gossip_network import FIRST_NAME, GossipNetwork
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
from drandlab.simulation.reading.spreading import spread_of
from drandlab.simulation.world.links import Latency, Link

QUICKNET = dl.networks["quicknet"]
REAL = [beacon for beacon in dl.beacons("quicknet") if 1000 <= beacon.round < 1004]


def good(net: GossipNetwork) -> None:
    verdicts = check_gossip(net.journal)
    assert [str(verdict) for verdict in verdicts if not verdict.ok or not verdict.checked] == []


def test_every_pulse_reaches_every_subscriber_once_and_the_same_seed_gives_the_same_digest() -> None:
    net = GossipNetwork(30, rounds=3, seed=5).run()
    spread = spread_of(net.journal)
    assert (spread.coverage, len(spread.true), len(spread.honest)) == (1.0, 3, 28)
    assert {name for pulse in spread.pulses.values() for name in pulse.delays} == set(spread.honest)
    good(net)
    assert GossipNetwork(30, rounds=3, seed=5).run().journal.digest() == net.journal.digest()
    assert GossipNetwork(30, rounds=3, seed=6).run().journal.digest() != net.journal.digest()


def test_real_beacons_travel_at_their_round_times_and_are_verified() -> None:
    net = GossipNetwork(12, feed=PulseFeed.real(REAL, QUICKNET), degree=4).run()
    spread = spread_of(net.journal)
    assert sorted(spread.pulses) == [1000, 1001, 1002, 1003] and spread.coverage == 1.0
    assert all(0 < delay < 1 for pulse in spread.pulses.values() for delay in pulse.delays.values())
    good(net)


def test_a_drand_network_feeds_the_relays_in_its_own_world() -> None:
    drand = dl.Network(3, 2, backend="glass").run(rounds=1)
    net = GossipNetwork(10, feed=drand, seed=2)
    net.run(until=net.now + 6)
    drand.run(rounds=3)
    net.run()
    assert net.journal is drand.journal and net.first == FIRST_NAME
    spread = spread_of(net.journal)
    late = [one for one in spread.true if one.round > 3]  # type: ignore[operator]  # the first came before the meshes
    assert len(late) >= 3 and all(one.coverage == 1.0 for one in late)
    assert all(verdict.ok for verdict in check_gossip(net.journal))
    assert all(verdict.ok for verdict in check_all(net.journal)), "drand's checkers take no notice"
    assert drand.beacons[-1].round == spread.true[-1].round


def test_a_drand_network_without_a_chain_or_a_chained_one_is_no_feed() -> None:
    with pytest.raises(LocalError, match="feed: the network has no chain yet"):
        GossipNetwork(5, feed=dl.Network(3, 2, backend="glass"))
    chained = dl.Network(3, 2, backend="glass", scheme="pedersen-bls-chained").run(rounds=1)
    with pytest.raises(LocalError, match="info: pulses need an unchained scheme"):
        GossipNetwork(5, feed=chained)


def test_publish_and_subscribe_are_those_of_the_seed() -> None:
    net = GossipNetwork(12, rounds=1, seed=3, degree=4)
    streams = [net.subscribe(peer, "news") for peer in (3, 4, 5)]
    net.run(until=net.now + 5)
    assert net.publish(3, "news", b"one") and net.publish(4, "news", b"two")
    assert net.publish(7, "news", b"three"), "who has not joined publishes through its fanout"
    assert not net.publish(3, "news", b"one"), "by drand's rule the same bytes are the same message"
    assert not net.publish(3, "empty", b"one"), "nobody is in this topic"
    net.run(until=net.now + 5)
    assert [sorted(stream) for stream in streams] == [
        [b"three", b"two"],
        [b"one", b"three"],
        [b"one", b"three", b"two"],
    ]
    assert [list(stream) for stream in streams] == [[], [], []], "each message once"
    net.host(3).driver.unsubscribe("news")
    assert streams[0].closed
    net.leave(4)
    assert not net.publish(4, "news", b"four"), "it is down"
    net.run(until=net.now + 1)
    assert net.publish(5, "news", b"five") is False, "the last one is alone in the topic"


def test_who_verifies_publishes_no_false_pulse() -> None:
    for checks, goes in (("pulse", False), ("none", True)):
        net = GossipNetwork(6, rounds=1, degree=3, checks=checks)
        net.run(until=net.info.round_time(1) + 1)
        assert net.publish(3, net.topic, b"no pulse") is goes
        assert net.publish(3, "another topic", b"no pulse") is False, "nobody has joined it"


def test_a_pulse_is_had_by_the_stream_of_drands_topic() -> None:
    net = GossipNetwork(8, rounds=2, seed=3, degree=4)
    stream = net.subscribe(5)
    net.run()
    assert [net.pulses.read(data).round for data in stream] == [1, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(6))
def test_lost_frames_and_churn_keep_no_pulse_from_who_was_there(seed: int) -> None:
    link = Link(latency=Latency(mean=0.05), loss=0.2)
    net = GossipNetwork(24, rounds=3, seed=seed, loss=0.2, link=link, churn=Churn(stay=20, away=5), detail="summary")
    net.run()
    good(net)
    assert net.journal.entries("peer left") and net.journal.entries("peer back")


def test_lost_frames_are_in_the_journal_and_lazy_gossip_mends_them() -> None:
    thin = dl.gossip.DRAND_RELAY.with_(d=2, d_lo=2, d_hi=3, d_score=1, d_out=1, flood_publish=False)
    net = GossipNetwork(20, rounds=4, seed=1, loss=0.4, degree=4, parameters=thin).run()
    lost = net.journal.entries("rpc dropped")
    assert lost and any(entry.what.held for entry in lost)
    spread = spread_of(net.journal)
    assert spread.coverage == 1.0 and spread.control["iwant"] > 0
    good(net)


def test_two_one_sided_direct_relays_and_default_ids_make_two_messages_of_one_round() -> None:
    common = {"rounds": 3, "direct": "one-sided", "dials": "relays", "checks": "source", "seed": 1}
    net = GossipNetwork(10, parameters="idn", **common).run()  # type: ignore[arg-type]
    spread = spread_of(net.journal)
    assert len(spread.true) == 6, "two relays, three rounds, each with an author and a number of its own"
    assert all(set(pulse.taken.values()) == {2} for pulse in spread.pulses.values())
    assert all(host.driver.router.mesh(net.topic) is not None for host in net.hosts)
    relays = {host.address for host in net.hosts[:2]}
    assert not any(relays & set(host.driver.router.mesh(net.topic)) for host in net.hosts[2:])
    drands = spread_of(GossipNetwork(10, parameters="drand-relay", **common).run().journal)  # type: ignore[arg-type]
    assert len(drands.true) == 3 and all(set(pulse.taken.values()) == {1} for pulse in drands.pulses.values())


def test_who_counts_only_what_a_relay_has_sent_loses_what_comes_first_from_elsewhere() -> None:
    spread = spread_of(GossipNetwork(20, rounds=5, checks="source", seed=1).run().journal)
    taken = sum(sum(pulse.taken.values()) for pulse in spread.pulses.values())
    assert spread.coverage == 1.0 and taken < sum(len(one.delays) for one in spread.true)


def test_without_flood_publish_one_sided_direct_peers_get_nothing_from_relays_that_have_joined() -> None:
    quiet = dl.gossip.IDN.with_(flood_publish=False, d_lazy=0, gossip_factor=0.0)
    common = {"rounds": 3, "direct": "one-sided", "dials": "relays", "relays_join": True, "checks": "none"}
    assert spread_of(GossipNetwork(10, parameters="idn", **common).run().journal).coverage == 1.0  # type: ignore[arg-type]
    starved = spread_of(GossipNetwork(10, parameters=quiet, **common).run().journal)  # type: ignore[arg-type]
    assert starved.coverage == 0.0 and not starved.pulses


def test_a_second_source_fills_what_gossip_does_not_bring() -> None:
    net = GossipNetwork(8, rounds=3, seed=1, second_source=1.0)
    for relay in (0, 1):
        net.leave(relay)
    net.run()
    spread = spread_of(net.journal)
    assert {source for pulse in spread.pulses.values() for source in pulse.sources.values()} == {"second source"}
    assert all(1 <= delay < 1.1 for pulse in spread.pulses.values() for delay in pulse.delays.values())


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"peers": 1}, LocalError, "peers: "),
        ({"peers": 5, "relays": 5}, LocalError, "relays: "),
        ({"relays": 0}, LocalError, "relays: "),
        ({"peers": 10, "relays": 2, "sybils": 8}, LocalError, "sybils: "),
        ({"parameters": "fast"}, LocalError, "parameters: "),
        ({"parameters": 6}, WrongType, "parameters: expected Parameters or a preset, got int"),
        ({"degree": 0}, LocalError, "degree: "),
        ({"loss": 1.5}, LocalError, "loss: "),
        ({"link": "slow"}, WrongType, "link: expected a Link"),
        ({"direct": "some"}, LocalError, "direct: "),
        ({"dials": "some"}, LocalError, "dials: "),
        ({"checks": "some"}, LocalError, "checks: "),
        ({"sybil": "some"}, LocalError, "sybil: "),
        ({"scoring": "some"}, LocalError, "scoring: "),
        ({"churn": 3}, WrongType, "churn: expected a Churn"),
        ({"second_source": 0}, LocalError, "second_source: "),
        ({"bound": 0}, LocalError, "bound: "),
        ({"signed": 1}, LocalError, "signed: "),
        ({"relays_join": "no"}, LocalError, "relays_join: "),
        ({"warm_up": -1}, LocalError, "warm_up: "),
        ({"detail": "some"}, LocalError, "detail: "),
        ({"rounds": 0}, LocalError, "rounds: "),
        ({"feed": "quicknet"}, WrongType, "feed: expected a PulseFeed or a Network, got str"),
        ({"seed": 1.5}, LocalError, "seed: "),
    ],
)
def test_arguments_that_no_network_can_have_are_refused(options: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        GossipNetwork(**options)


def test_peers_and_topics_that_are_none_are_refused() -> None:
    net = GossipNetwork(4, rounds=1)
    for peer in (-1, 4, "0", True):
        with pytest.raises(LocalError, match="peer: "):
            net.publish(peer, "t", b"x")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="topic: "):
        net.publish(1, "", b"x")
    with pytest.raises(LocalError, match="data: "):
        net.publish(1, "t", bytes(2 << 20))
    with pytest.raises(LocalError, match="when: "):
        net.at(float("nan"), lambda: None)
