"""Delays are whole microseconds with the numbers that were asked for; what is lost comes late, as often as was said."""

from __future__ import annotations

import math
import random
from statistics import mean, median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.simulation.world.links import LATENCIES, MICRO, Latency, Link

MANY = 4000


def drawn(latency, seed=1, count=MANY):
    sample = latency.sampler(random.Random(seed))
    return [sample() for _ in range(count)]


def fates(link, stream=False, seed=1, count=MANY):
    rng = random.Random(seed)
    draw = link.latency.sampler(rng)
    return [link.delays(draw, rng, stream=stream)[0] for _ in range(count)]


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

    def test_what_is_lost_is_transmitted_again_after_a_wait_that_doubles(self):
        found = [len(fate) and fate[0] for fate in fates(Link(loss=0.5), count=16_000)]
        # the usual round trip of 40 ms and 200 ms are waited for, then twice as long, and so on, until a call times out
        late = [0, 240_000, 720_000, 1_680_000, 3_600_000]
        assert set(found) == {0, *(20_000 + micros for micros in late)}
        for transmissions, micros in enumerate(late, 1):
            assert found.count(20_000 + micros) / 16_000 == pytest.approx(0.5**transmissions, abs=0.02)
        assert found.count(0) / 16_000 == pytest.approx(0.5**5, abs=0.01)

    def test_slow_links_wait_longer_for_an_answer(self):
        link = Link(latency=Latency(mean=0.1), slow=4.0, loss=0.5)
        assert link.first_wait == 1_000_000
        assert set(fates(link)) == {(), *((400_000 + late,) for late in (0, 1_000_000, 3_000_000))}
        assert set(fates(link.with_(slow=100.0))) == {(), (10_000_000,)}, "its only transmission, or none"

    def test_how_late_it_leaves_is_told(self):
        link, rng = Link(loss=0.9), random.Random(1)
        for _ in range(100):
            arrivals, late = link.delays(lambda: 7, rng, stream=False)
            assert arrivals == ((late + 7,) if arrivals else ()) and (arrivals or late == 0)

    def test_doubling_comes_as_often_as_was_said(self):
        found = [len(fate) for fate in fates(Link(loss=0.2, duplicate=0.1))]
        assert found.count(2) / MANY == pytest.approx(0.1, abs=0.03)
        assert set(map(len, fates(Link(duplicate=1)))) == {2}

    @pytest.mark.parametrize("stream", [False, True])
    def test_where_nothing_gets_through_nothing_comes(self, stream):
        assert set(fates(Link(loss=1), stream=stream)) == {()}

    @pytest.mark.parametrize("loss", [0.5, 0.95, 1 - 1e-12])
    def test_a_stream_loses_and_doubles_nothing_and_is_late_instead(self, loss):
        found = fates(Link(loss=loss, duplicate=0.5), stream=True, count=200)
        assert set(map(len, found)) == {1}
        waits = [0]
        while len(waits) <= 1000:
            waits.append(waits[-1] + min(240_000 * 2 ** (len(waits) - 1), 120 * MICRO))
        assert {delay for (delay,) in found} <= {20_000 + wait for wait in waits}

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
