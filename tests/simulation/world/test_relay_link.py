"""The relay link: its delays, its gaps, and a network whose satellite talks through one."""

from __future__ import annotations

from itertools import islice, pairwise
from statistics import mean

import pytest

import drandlab as dl
from drandlab.errors import LocalError
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.network import START
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.world.links import Link
from drandlab.simulation.world.passes import Satellite
from drandlab.simulation.world.relay_link import RelayLink


def stretches(relay, count, seed=1):
    return list(islice(relay.stretches(seed, 4, START), count))


def test_the_gaps_are_rare_long_and_without_an_end():
    found = stretches(RelayLink(between=1000, least=60, most=120), 2000)
    gaps = [b[0] - a[1] for a, b in pairwise(found)]
    assert found[0][0] == START and 60 <= min(gaps) < 65 and 115 < max(gaps) <= 120
    lengths = [end - begin for begin, end in found]
    assert 900 < mean(lengths) < 1100 and min(lengths) < 10 and max(lengths) > 4000, "exponential"


def test_they_come_from_the_seed():
    assert stretches(RelayLink(), 5) == stretches(RelayLink(), 5) != stretches(RelayLink(), 5, seed=2)


def test_a_satellite_talks_through_a_relay():
    flies = Satellite(4, "iss", relay=RelayLink(between=300, least=30, most=60))
    net = dl.Network(5, 3, backend="glass", satellites=[flies]).run(rounds=600)
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
    [found] = satellites_of(net.journal, net.now)
    assert {one.station for one in found.seen} == {"relay"} and len(found.seen) > 3
    assert 0.7 < found.contact_share < 0.98
    sent = [(e.node, to, d) for e in net.journal.entries("sent") for to, ds in e.what.to.items() for d in ds[:1]]
    far = [d for node, to, d in sent if 4 in (node, to)]
    assert min(far) >= 240_000 and sum(d > 280_000 for d in far) < 0.02 * len(far)
    assert mean(d for node, to, d in sent if 4 not in (node, to)) < 30_000
    assert found.latency.median is not None and 0.24 < found.latency.median < 0.28


def test_a_link_that_is_set_by_pair_goes_before_the_relay_link():
    flies = Satellite(4, "iss", relay=RelayLink())
    net = dl.Network(5, 3, backend="glass", satellites=[flies], links={(4, 0): Link()})
    assert net.world.link(4, 0) == Link() and net.world.link(0, 4) == net.world.link(4, 1) == RelayLink().link


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"between": 0}, "relay between: expected seconds above 0, got 0"),
        ({"least": 5, "most": 4}, "relay least: a gap lasts at most 4.0 s, got 5.0"),
        ({"most": 1e9}, "relay most: expected seconds of at most"),
        ({"link": 3}, "relay link: expected a Link, got int"),
    ],
)
def test_what_is_no_relay_link_is_refused(options, rule):
    with pytest.raises(LocalError, match=rule):
        RelayLink(**options)


@pytest.mark.parametrize(
    "options", [{"windows": [("a", 1, 2)]}, {"windows": lambda: []}, {"light": True}, {"rate": 100}]
)
def test_a_relay_takes_the_place_of_stations(options):
    with pytest.raises(LocalError, match="satellite relay: it takes the place of stations"):
        Satellite(1, "x", relay=RelayLink(), **options)
