"""The checkers of split nodes find planted bugs, and blame no honest run."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import drandlab as dl
from drandlab.node.own_clock import OwnClock
from drandlab.node.signer import SignPartial
from drandlab.node.split.flying_part import FlyingPart
from drandlab.node.split.link_frames import DownFrame, PartialMade, SendDown
from drandlab.node.split.proxy import Proxy
from drandlab.node.split.proxy_queue import ProxyQueue
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.hosts import flying as flying_module
from drandlab.simulation.hosts import split as split_module
from drandlab.simulation.network import START
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.passes import Satellite

LOSSY = Link(latency=Latency(mean=0.1), loss=0.3, bandwidth=1200)
NAMES = {"every request", "signed once", "in its window"}


def verdicts(change=lambda net: None, **more):
    windows = [("station", START, START + 200), ("station", START + 300, START + 900)]
    flies = Satellite(3, "crypto", windows, proxy=True, **more)
    net = dl.Network(4, 3, backend="glass", period=10, phase_timeout=100, satellites=[flies])
    net.run(rounds=4)
    change(net)
    net.run(rounds=25)
    return {verdict.name: verdict for verdict in check_all(net.journal) if verdict.name in NAMES}


def violated(**more):
    return {name for name, verdict in verdicts(**more).items() if not verdict.ok}


def crash_and_restart(net):
    net.run(until=START + 925)
    net.crash(3)
    net.restart(3)


def test_an_honest_run_is_blamed_for_nothing():
    for more in ({}, {"thin": LOSSY}, {"ahead": 15}, {"ahead": 15, "thin": LOSSY, "change": crash_and_restart}):
        found = verdicts(**more)
        assert found.keys() == NAMES and all(verdict.ok and verdict.checked for verdict in found.values()), found


def test_networks_without_a_split_node_have_no_such_verdict():
    whole = Satellite(3, "crypto", [("station", START, START + 200)])
    for satellites in ([], [whole]):
        net = dl.Network(4, 3, backend="glass", satellites=satellites).run(rounds=3)
        assert NAMES.isdisjoint(verdict.name for verdict in check_all(net.journal))


class ForgetsNumbers(FlyingPart):
    """Carries out a repeated number once more."""

    def receive(self, data, now):
        self.memory.replies.clear()
        return super().receive(data, now)


class MixesReplies(FlyingPart):
    """Answers with the partial of the round before."""

    before = None

    def receive(self, data, now):
        effects = super().receive(data, now)
        for place, effect in enumerate(effects):
            if isinstance(effect, SendDown) and effect.what == ("Partial",):
                [reply] = self._codec.read_down(effect.data).replies
                before, self.before = self.before, reply
                if before is not None:
                    wrong = DownFrame(number=effect.number, replies=(replace(reply, partial=before.partial),))
                    effects[place] = SendDown(effect.number, effect.what, self._codec.down(wrong))
        return effects


class SignsDifferently(FlyingPart):
    """Says each time that it has signed something else."""

    chance = random.Random(1)

    def receive(self, data, now):
        effects = super().receive(data, now)
        changed = [
            replace(effect, round=1, partial=self.chance.randbytes(9)) if isinstance(effect, PartialMade) else effect
            for effect in effects
        ]
        return changed


class QueueInMemory(Proxy):
    """Loses its queue at a crash."""

    def __init__(self, queue, codec, **more):
        super().__init__(ProxyQueue(queue.next_number, queue.last_change), codec, **more)


def test_a_number_that_is_not_remembered_is_found(monkeypatch):
    monkeypatch.setattr(flying_module, "FlyingPart", ForgetsNumbers)
    assert "signed once" in violated(thin=replace(LOSSY, duplicate=0.5, loss=0))


def test_replies_that_are_mixed_up_are_found(monkeypatch):
    monkeypatch.setattr(flying_module, "FlyingPart", MixesReplies)
    assert "every request" in violated()


def test_two_partials_of_one_round_are_found(monkeypatch):
    monkeypatch.setattr(flying_module, "FlyingPart", SignsDifferently)
    assert "signed once" in violated()


def test_a_queue_that_is_lost_at_a_crash_is_found(monkeypatch):
    monkeypatch.setattr(split_module, "Proxy", QueueInMemory)
    assert "every request" in violated(change=crash_and_restart)


def test_a_clock_that_is_not_read_is_found(monkeypatch):
    def set_back(net):
        net.flying(3).set_clock(-100)

    assert violated(change=set_back) == set()
    monkeypatch.setattr(OwnClock, "check", lambda self, round, schedule, now: None)
    assert violated(change=set_back) == {"in its window"}


@pytest.mark.parametrize("ahead", [0, 10])
def test_a_round_beyond_the_window_is_found(monkeypatch, ahead):
    monkeypatch.setattr(OwnClock, "latest", lambda self, schedule, now: 10**6)

    def ask_far(net):
        net.host(3).driver.ask(SignPartial(net.info.round_at(net.now) + ahead + 5, b""))

    assert "in its window" in violated(change=ask_far, ahead=ahead)
