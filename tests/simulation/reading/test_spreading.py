"""How messages spread: the figures follow from the journal, and agree with the formula."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.gossip.router_parameters import DRAND_RELAY, SPEC, IdRule
from drandlab.simulation.journal import Journal
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.reading.spreading import expected_hops, spread_of
from drandlab.simulation.world.links import Latency, Link

BY_DATA = SPEC.with_(message_ids=IdRule.DATA)
"""As the specification has it, with drand's IDs: else each relay's message of a round is another one."""


def test_two_hundred_peers_hear_a_pulse_in_the_time_that_d_and_the_latency_give() -> None:
    link = Link(latency=Latency(mean=0.05))
    net = GossipNetwork(200, rounds=2, parameters=BY_DATA, link=link, signed=False, seed=3, detail="summary", degree=12)
    spread = spread_of(net.run().journal)
    formula = expected_hops(200, 6)
    assert spread.coverage == 1.0 and formula == pytest.approx(2.96, abs=0.01)
    assert max(spread.hops) in (4, 5, 6), "the last ones are a hop or two beyond the formula, which counts no repeats"
    mean = sum(spread.hops) / len(spread.hops)
    assert formula - 0.5 < mean < formula + 1
    # with one latency for all, a hop takes exactly that long
    assert {round(delay / 0.05) for one in spread.true for delay in one.delays.values()} <= set(range(1, 7))
    assert max(spread.delays) < 0.05 * 6 + 0.06, "and the second relay publishes up to 50 ms later"


def test_flood_publish_saves_a_hop() -> None:
    common = {"rounds": 2, "signed": False, "seed": 3, "degree": 10, "detail": "summary"}
    plain = spread_of(GossipNetwork(80, parameters=BY_DATA, **common).run().journal)  # type: ignore[arg-type]
    flood = spread_of(GossipNetwork(80, parameters=BY_DATA.with_(flood_publish=True), **common).run().journal)  # type: ignore[arg-type]
    assert sum(flood.hops) / len(flood.hops) < sum(plain.hops) / len(plain.hops) - 0.3


def test_copies_bytes_and_control_are_counted() -> None:
    spread = spread_of(GossipNetwork(30, rounds=3, seed=1).run().journal)
    assert all(one.copies >= len(one.delays) and one.duplicates > 1 for one in spread.true)
    assert 0 < spread.control_share < 1 and spread.control["graft"] > 0 and spread.control["ihave"] > 0
    quiet = DRAND_RELAY.with_(d_lazy=0, gossip_factor=0.0)
    silent = spread_of(GossipNetwork(30, rounds=3, seed=1, parameters=quiet).run().journal)
    assert silent.control["ihave"] == 0 and silent.control_share < spread.control_share


def test_a_journal_without_gossip_is_refused_and_so_are_numbers_that_mean_nothing() -> None:
    with pytest.raises(LocalError, match="journal: no gossip network"):
        spread_of(Journal())
    for wrong in ((0, 6), (200, 1), (200, 6, 0)):
        with pytest.raises(LocalError):
            expected_hops(*wrong)
    assert expected_hops(5, 6, first=20) == 1.0
