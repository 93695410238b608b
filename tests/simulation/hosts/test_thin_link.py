"""The thin link: open during passes alone, as wide as it is, with a chance of its own."""

from __future__ import annotations

import pytest

from drandlab.simulation.hosts.thin_link import ThinLink
from drandlab.simulation.journal import Journal
from drandlab.simulation.world.links import MICRO, Latency, Link
from drandlab.simulation.world.passes import Pass
from drandlab.simulation.world.world import World

START = 1_700_000_000
PASS, OTHER = Pass("a", START, START + 100), Pass("b", START + 50, START + 150)


class Both:
    """A thin link, and what it did."""

    def __init__(self, link=None, seed=1):
        self.world = World(seed, Journal(), start=START, link=Link(), detail="full")
        self.said, self.come = [], []
        link = Link(latency=Latency(mean=0.01), bandwidth=1200) if link is None else link
        self.link = ThinLink(
            self.world, 4, link, opened=lambda: self.said.append("opened"), closed=lambda: self.said.append("closed")
        )

    def send(self, number, size=120, *, down=False):
        return self.link.send(number, bytes(size), lambda data: self.come.append((number, self.now)), down=down)

    @property
    def now(self):
        return round(self.world.now - START, 6)

    def run(self, seconds):
        self.world.run_until(self.world.micros + round(seconds * MICRO))


def test_nothing_passes_out_of_sight():
    both = Both()
    assert both.send(1) == () and not both.link.is_open
    both.link.begin(PASS)
    assert both.send(2) == (110_000,)
    both.link.end(PASS)
    assert both.send(3) == ()
    both.run(10)
    assert both.come == [] and [(e.node, e.what.number) for e in both.world.journal.entries("frame lost")] == [(4, 2)]


def test_passes_that_overlap_are_one_contact():
    both = Both()
    both.link.begin(PASS)
    both.link.begin(OTHER)
    both.send(1)
    both.link.end(PASS)
    assert both.said == ["opened"] and both.link.is_open
    both.run(1)
    both.link.end(OTHER)
    assert both.said == ["opened", "closed"] and both.come == [(1, 0.11)]


def test_frames_wait_for_each_other_and_each_direction_is_its_own():
    both = Both()
    both.link.begin(PASS)
    for number in (1, 2, 3):
        both.send(number)
    both.send(4, down=True)
    both.run(1)
    assert both.come == [(1, 0.11), (4, 0.11), (2, 0.21), (3, 0.31)]


def test_what_arrived_before_the_end_has_arrived():
    both = Both()
    both.link.begin(PASS)
    both.send(1)
    both.send(2)
    both.run(0.15)
    both.link.end(PASS)
    both.run(1)
    assert [number for number, _ in both.come] == [1]
    assert [e.what.number for e in both.world.journal.entries("frame lost")] == [2]
    both.link.begin(PASS)
    assert both.send(3) == (110_000,), "a new contact begins with an idle link"


def test_a_frame_is_lost_or_comes_twice_as_often_as_the_link_says():
    both = Both(Link(latency=Latency(mean=0.01), loss=0.25, duplicate=0.5))
    both.link.begin(PASS)
    times = [len(both.send(number)) for number in range(2000)]
    assert times.count(0) == pytest.approx(500, abs=60)
    assert times.count(2) == pytest.approx(750, abs=70)


def test_chance_has_an_address():
    lossy = Link(latency=Latency(kind="uniform", mean=0.5, spread=0.4), loss=0.5)
    one, other = Both(lossy), Both(lossy)
    for both in (one, other):
        both.link.begin(PASS)
    up = [one.send(number) for number in range(50)]
    mixed = [(other.send(number), other.send(number, down=True)) for number in range(50)]
    assert [pair[0] for pair in mixed] == up and [pair[1] for pair in mixed] != up
