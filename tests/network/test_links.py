"""Delays are whole microseconds with the numbers that were asked for; loss and doubling come as often as was said."""

from __future__ import annotations

import math
import random
from statistics import mean, median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.network.links import CITIES, LATENCIES, MICRO, Latency, Link, between

MANY = 4000


def drawn(latency, seed=1, count=MANY):
    sample = latency.sampler(random.Random(seed))
    return [sample() for _ in range(count)]


def fates(link, stream=False, seed=1, count=MANY):
    rng = random.Random(seed)
    draw = link.latency.sampler(rng)
    return [link.delays(draw, rng, stream=stream) for _ in range(count)]


class TestLatency:
    def test_constant(self):
        assert set(drawn(Latency(kind="constant", mean=0.05))) == {50_000}

    def test_uniform(self):
        found = drawn(Latency(kind="uniform", mean=0.05, spread=0.02))
        assert 30_000 <= min(found) < 31_000 and 69_000 < max(found) <= 70_000
        assert mean(found) == pytest.approx(50_000, rel=0.03)

    def test_exponential(self):
        found = drawn(Latency(kind="exponential", mean=0.05, floor=0.02))
        assert min(found) >= 20_000 and mean(found) == pytest.approx(50_000, rel=0.05)
        assert median(found) == pytest.approx(20_000 + 30_000 * math.log(2), rel=0.05)

    def test_lognormal(self):
        found = drawn(Latency(kind="lognormal", mean=0.05, spread=0.5))
        assert median(found) == pytest.approx(50_000, rel=0.05)
        assert stdev(map(math.log, found)) == pytest.approx(0.5, rel=0.05)

    @given(st.sampled_from(sorted(LATENCIES)), st.floats(0, 10), st.floats(0, 3), st.floats(0, 1), st.integers(0, 9))
    def test_never_below_the_floor_and_always_whole(self, kind, average, spread, floor, seed):
        latency = Latency(kind=kind, mean=max(average, floor), spread=spread, floor=floor)
        for delay in drawn(latency, seed, 20):
            assert isinstance(delay, int) and delay >= round(MICRO * floor)

    def test_the_same_seed_the_same_delays(self):
        for kind in LATENCIES:
            latency = Latency(kind=kind, mean=0.05, spread=0.2)
            assert drawn(latency, 7, 50) == drawn(latency, 7, 50)
            assert kind == "constant" or drawn(latency, 7, 50) != drawn(latency, 8, 50)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (
                {"kind": "normal"},
                "latency kind: expected one of constant, uniform, exponential, lognormal, got 'normal'",
            ),
            ({"mean": -0.1}, "latency mean: expected a number of at least 0"),
            ({"mean": math.inf}, "latency mean"),
            ({"mean": math.nan}, "latency mean"),
            ({"mean": "1"}, "latency mean"),
            ({"mean": True}, "latency mean"),
            ({"spread": -1}, "latency spread"),
            ({"floor": -1}, "latency floor"),
            ({"kind": "exponential", "mean": 0.1, "floor": 0.2}, "latency floor: 0.2 s is above the mean, 0.1 s"),
        ],
    )
    def test_bad_numbers(self, arguments, words):
        with pytest.raises(LocalError, match=words):
            Latency(**arguments)


class TestLink:
    def test_plain(self):
        link = Link()
        assert link.is_plain and set(fates(link)) == {(20_000,)}
        for change in ({"loss": 0.1}, {"duplicate": 0.1}, {"bandwidth": 1e6}, {"slow": 2.0}):
            assert not link.with_(**change).is_plain

    def test_loss_and_doubling_come_as_often_as_was_said(self):
        found = [len(fate) for fate in fates(Link(loss=0.2, duplicate=0.1))]
        assert found.count(0) / MANY == pytest.approx(0.2, abs=0.03)
        assert found.count(2) / MANY == pytest.approx(0.8 * 0.1, abs=0.03)
        assert set(map(len, fates(Link(loss=1)))) == {0} and set(map(len, fates(Link(duplicate=1)))) == {2}

    def test_a_stream_loses_and_doubles_nothing_and_is_late_instead(self):
        found = fates(Link(loss=0.5, duplicate=0.5), stream=True)
        assert set(found) == {(20_000,), (220_000,)}

    def test_slow_and_size(self):
        assert set(fates(Link(slow=3.0))) == {(60_000,)}
        assert Link(bandwidth=1000).transmission(500) == 500_000 and Link().transmission(10**9) == 0

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"loss": -0.1}, "loss: expected a probability from 0 to 1, got -0.1"),
            ({"loss": 1.1}, "loss"),
            ({"loss": math.nan}, "loss"),
            ({"duplicate": True}, "duplicate: expected a probability"),
            ({"bandwidth": 0}, "bandwidth: expected a number above 0, got 0"),
            ({"bandwidth": math.nan}, "bandwidth"),
            ({"bandwidth": "fast"}, "bandwidth"),
            ({"slow": 0}, "slow: expected a number above 0"),
            ({"slow": -1.0}, "slow"),
            ({"slow": None}, "slow"),
            ({"slow": math.inf}, "slow"),
        ],
    )
    def test_bad_numbers(self, arguments, words):
        with pytest.raises(LocalError, match=words):
            Link(**arguments)
        with pytest.raises(LocalError, match=words):
            Link().with_(**arguments)


class TestCities:
    def test_distances(self):
        for one in CITIES:
            assert between(one, one).mean == pytest.approx(0.004)
            for other in CITIES:
                assert between(one, other) == between(other, one) and 0.004 <= between(one, other).mean < 0.2
        assert (
            between("Zurich", "Frankfurt").mean < between("Zurich", "New York").mean < between("Zurich", "Sydney").mean
        )

    def test_an_unknown_city(self):
        for pair in (("Zurich", "Atlantis"), ("Atlantis", "Zurich")):
            with pytest.raises(LocalError, match=r"city: expected one of Lausanne, .* got 'Atlantis'"):
                between(*pair)
