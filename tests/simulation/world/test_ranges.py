"""The range through a pass: the rate that falls with its square and is shared, and the light's time."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.errors import LocalError
from drandlab.node.messages import Envelope
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import START
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.world.air import Air
from drandlab.simulation.world.links import MICRO, Latency, Link
from drandlab.simulation.world.passes import Flight, Pass, Satellite, Sight
from drandlab.simulation.world.ranges import RangeSteps
from drandlab.simulation.world.world import HEADER, World

OVERHEAD = Pass("a", START + 100, START + 500, START + 300, 420.0)
LIGHT = 299_792.458


class Box:
    def __init__(self, world, name):
        self.world, self.name, self.address = world, name, f"host{name}.example.org:1"
        self.got = []
        world.hosts[self.address] = self

    def arrive(self, sender, envelope):
        self.got.append((self.world.micros - START * MICRO, envelope.data[:1]))


def world(*passes, rate=None, light=False, detail="full"):
    made = World(1, Journal(), start=START, link=Link(latency=Latency(mean=0)), detail=detail)
    boxes = [Box(made, name) for name in range(3)]
    airs = Air(), Air()
    made.set_airs(boxes[2], *airs)
    steps = RangeSteps(made, airs, rate, light=light)
    Flight(made, Satellite(2, "crypto", passes or [OVERHEAD]), [steps, Sight(made, boxes[2])])
    return made, boxes, airs


def at(made, second):
    made.run_until(round((START + second) * MICRO))


def test_the_rate_falls_with_the_square_of_the_range_in_steps():
    made, _, (down, up) = world(rate=1000.0)
    seen = []
    for second in range(101, 500):
        at(made, second + 0.5)
        assert down.rate == up.rate
        seen.append(down.rate)
        middle = 100 + ((second + 0.5 - 100) // 50 + 0.5) * 50
        assert down.rate == pytest.approx(1000 * (1000 / OVERHEAD.range_at(START + middle)) ** 2)
    assert len({round(rate, 6) for rate in seen}) == 4, "eight steps, the same up as down the sky"
    assert 5 < max(seen) / min(seen) < 20 and seen[0] == pytest.approx(seen[-1])


def test_light_takes_its_time():
    made, (a, _, sat), _ = world(light=True)
    for second in (110, 290):
        at(made, second)
        made.send(sat, [a.address], Envelope("partial", b"x"))
    at(made, 400)
    took = [time - second * MICRO for (time, _), second in zip(a.got, (110, 290), strict=True)]
    ranges = [OVERHEAD.range_at(START + middle) for middle in (125, 275)]
    assert took == [round(MICRO * km / LIGHT) for km in ranges] and 1400 < took[1] < 1600 < 4000 < took[0] < 4500


def test_all_messages_share_the_rate_up_and_down_each_for_themselves():
    made, (a, b, sat), (down, _) = world(rate=1000.0)
    at(made, 260)
    data, size = bytes(1000 - HEADER), 1000
    made.send(sat, [a.address, b.address], Envelope("partial", data))
    made.send(sat, [a.address], Envelope("partial", data))
    made.send(a, [sat.address, b.address], Envelope("partial", data))
    each = round(MICRO * size / down.rate)
    at(made, 400)
    came = {box.name: [time - 260 * MICRO for time, _ in box.got] for box in (a, b, sat)}
    assert came[0] == [each, 3 * each] and came[1] == [0, 2 * each] and came[2] == [each]


def test_what_has_not_left_when_sight_is_lost_is_lost():
    made, (a, _, sat), (down, _) = world(rate=60.0)
    at(made, 490)
    for number in range(5):
        made.send(sat, [a.address], Envelope("partial", bytes([number]) + bytes(20)))
    seconds = (HEADER + 21) / down.rate
    left = int(10 / seconds)
    at(made, 2000)
    assert 0 < left < 5 and [data for _, data in a.got] == [bytes([number]) for number in range(left)]
    lost = [(entry.time - START, entry.what.to) for entry in made.journal.entries("broken")]
    assert lost == [(500, 0)] * (5 - left)


def test_of_several_stations_the_nearest_counts():
    far = Pass("b", START + 200, START + 600, START + 400, 900.0)
    made, _, (down, _) = world(OVERHEAD, far, rate=1000.0)
    at(made, 301)
    near = down.rate
    at(made, 499)
    assert near > down.rate
    at(made, 501)
    assert down.rate == pytest.approx(1000 * (1000 / far.range_at(START + 500 + 25)) ** 2, rel=0.1)


def test_a_rate_needs_a_range():
    for options in ({"rate": 1200}, {"light": True}):
        with pytest.raises(LocalError, match="satellite windows: the window over a at 5 has no range_km"):
            Satellite(1, "x", [("a", 5, 9)], **options)
        with pytest.raises(LocalError, match="the window over a at 5 has no range_km"):
            list(Satellite(1, "x", lambda: [("a", 5, 9)], **options).passes(1, 0))
    with pytest.raises(LocalError, match="range_km: the pass over a does not say it"):
        Pass("a", 1, 2).range_at(1)
    for wrong in ((1, 2, 1.5, 0), (1, 2, None, 400)):
        with pytest.raises(LocalError, match="expected"):
            Pass("a", *wrong)


def test_a_slow_radio_slows_a_satellite_and_nobody_else():
    window = Pass("a", START, START + 400, START + 200, 420.0)
    [slow, fast] = [
        dl.Network(
            5, 3, backend="glass", satellites=[Satellite(4, "crypto", [window], rate=rate, light=True)], period=10
        ).run(rounds=30)
        for rate in (3000.0, 1e9)
    ]
    for net in (slow, fast):
        assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
        assert len(net.beacons) == 30
    [one], [other] = (satellites_of(net.journal, net.now) for net in (slow, fast))
    assert one.latency.median > 2 * other.latency.median and other.in_time >= one.in_time
