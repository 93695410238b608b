"""The simulation paced by a clock: virtual time follows it, and catches up after a pause."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from drandlab.simulation.live import LONGEST_SLEEP, pace
from drandlab.simulation.network import START, Network


class Clock:
    """A clock that goes on only while somebody sleeps, now and then by far more than was asked for."""

    def __init__(self, start: float, jumps: dict[int, float] | None = None) -> None:
        self.time, self.naps, self.jumps = start, 0, jumps or {}
        self.longest = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= LONGEST_SLEEP
        self.naps += 1
        self.longest = max(self.longest, seconds)
        self.time += seconds + self.jumps.get(self.naps, 0)
        await anyio.lowlevel.checkpoint()


def test_a_paced_network_makes_the_rounds_that_are_due_and_the_same_journal() -> None:
    clock = Clock(START)
    paced = Network(nodes=4, period=3, seed=5, backend="glass")
    anyio.run(lambda: pace(paced, now=clock.now, sleep=clock.sleep, until=START + 60))
    at_once = Network(nodes=4, period=3, seed=5, backend="glass").run(until=START + 60)
    assert paced.now == START + 60
    assert paced.beacons == at_once.beacons
    assert len(paced.beacons) > 5
    assert paced.journal.digest() == at_once.journal.digest()
    assert clock.longest > 0.1  # it does not spin where nothing is due


@pytest.mark.parametrize("pause", [40.0, 400.0])
def test_a_machine_that_slept_is_made_up_for(pause: float) -> None:
    clock = Clock(START, jumps={150: pause})
    net = Network(nodes=4, period=3, seed=5, backend="glass")
    anyio.run(lambda: pace(net, now=clock.now, sleep=clock.sleep, until=START + 61 + pause))
    assert net.info is not None
    assert net.beacons[-1].round == net.info.round_at(net.now)
    assert [beacon.round for beacon in net.beacons] == list(range(1, len(net.beacons) + 1))


def test_it_ends_at_a_time_between_two_microseconds() -> None:
    clock, until = Clock(START), START + 5.0000004
    net = Network(nodes=2, period=3, seed=5, backend="glass")

    async def sleep(seconds: float) -> None:
        assert clock.time < until + 1
        await clock.sleep(seconds)

    anyio.run(lambda: pace(net, now=clock.now, sleep=sleep, until=until))
    assert net.now == START + 5
