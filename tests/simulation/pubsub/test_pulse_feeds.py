"""Feeds of pulses: real beacons at their round times, a chain made for a run; what no feed can be is refused."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.verify import Verifier
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed

QUICKNET = dl.networks["quicknet"]
REAL = [beacon for beacon in dl.beacons("quicknet") if 1000 <= beacon.round < 1004]


def test_real_beacons_come_at_their_round_times() -> None:
    feed = PulseFeed.real(REAL, QUICKNET)
    assert (feed.first_time, feed.last_time) == (QUICKNET.round_time(1000), QUICKNET.round_time(1003))
    assert feed.beacons == tuple(REAL) and feed.last_time - feed.first_time == 9


def test_a_made_chain_verifies_and_is_the_same_again() -> None:
    feed = PulseFeed.made(rounds=3, seed=4)
    assert [Verifier.of(feed.info, "glass").verify(b) for b in feed.beacons] == [b.randomness for b in feed.beacons]
    assert PulseFeed.made(rounds=3, seed=4) == feed
    assert PulseFeed.made(rounds=3, seed=5).info.chain_hash != feed.info.chain_hash
    assert PulseFeed.made(rounds=1, period=30).info.period == 30


@pytest.mark.parametrize(
    ("beacons", "error", "said"),
    [
        ([], LocalError, "beacons: expected at least one beacon"),
        ([REAL[1], REAL[0]], LocalError, r"beacons: rounds must ascend.*1001, 1000"),
        ([REAL[1], REAL[1]], LocalError, "beacons: rounds must ascend"),
        ([Beacon(round=0, signature=bytes(48))], LocalError, "beacons: rounds must ascend from 1"),
        ("beacons", WrongType, "beacons: expected beacons, got str"),
        (7, WrongType, "beacons: expected beacons, got int"),
        ([REAL[0], "beacon"], WrongType, "beacons: expected beacons, got a str"),
    ],
)
def test_what_is_no_feed_is_refused(beacons: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        PulseFeed.real(beacons, QUICKNET)  # type: ignore[arg-type]


def test_chained_beacons_and_wrong_numbers_are_refused() -> None:
    with pytest.raises(LocalError, match="info: pulses need an unchained scheme, got pedersen-bls-chained"):
        PulseFeed.real(REAL, dl.networks["default"])
    with pytest.raises(WrongType, match="info: expected a ChainInfo"):
        PulseFeed.real(REAL, "quicknet")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="rounds: "):
        PulseFeed.made(rounds=0)
    with pytest.raises(LocalError, match="period: "):
        PulseFeed.made(period=0)
