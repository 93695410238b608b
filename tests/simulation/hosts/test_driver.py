"""Host and world know no protocol: a driver that answers pings runs on them as a drand node does."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

import drandlab as dl
from drandlab.simulation.entries import Unknown
from drandlab.simulation.hosts import disk, host
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.journal import Journal
from drandlab.simulation.world import agenda, links, world
from drandlab.simulation.world.links import MICRO, Link

START = 1_700_000_000
GENERIC = (agenda, links, world, host)
PROTOCOL_FOLDERS = {"beacon", "dkg", "node", "gossip", "idn", "timelock", "xcm"}


@dataclass(frozen=True)
class Ping:
    """A message of a protocol of its own."""

    kind: str
    number: int
    ordered: bool = False

    @property
    def data(self):
        return self.number.to_bytes(4, "big")


class Counter:
    """A disk with one number on it."""

    def __init__(self):
        self.full, self.value = False, 0

    def lose(self):
        self.value = 0

    def damage(self, places):
        for place in places:
            self.value ^= 1 << place


class Pinger:
    """Pings its peers each second, answers pings, and counts answers on the disk."""

    def __init__(self, *peers):
        self.peers = peers

    def boot(self, host):
        self.host = host

    def kept(self):
        return Unknown(name="restart", details={"pongs": self.host.disk.value})

    def resume(self):
        self.ring("ping", self.host.now)

    def receive(self, sender, message, now):
        if isinstance(message, Ping) and message.kind == "ping":
            self.host.send((sender,), Ping("pong", message.number))
        elif isinstance(message, Ping) and not self.host.disk.full:
            self.host.disk.value += 1

    def ring(self, timer, now):
        self.host.set_timer(timer, now + 1)
        if self.peers:
            self.host.send(self.peers, Ping("ping", self.host.disk.value))

    def about(self, message):
        return {"number": message.number}


def address(name):
    return f"pinger{name}:1"


def pingers(count=3):
    made = world.World(1, Journal(), start=START, link=Link(), detail="full")
    names = range(count)
    hosts = [
        Host(name, address(name), made, Counter(), Pinger(*(address(n) for n in names if n != name))) for name in names
    ]
    for one in hosts:
        one.resume()
    return made, hosts


def run(made, seconds):
    made.run_until(made.micros + round(seconds * MICRO))


def test_pings_are_answered_and_in_the_journal():
    made, hosts = pingers()
    run(made, 2.5)
    assert [one.disk.value for one in hosts] == [6, 6, 6]
    first = made.journal.entries("sent")[0]
    assert (first.node, first.details["message"], first.details["about"]) == (0, "ping", {"number": 0})
    assert first.details["to"] == {"1": [20_000], "2": [20_000]}


def test_clock_crash_disk_and_restart_are_the_hosts():
    made, hosts = pingers(2)
    run(made, 2.5)
    hosts[0].crash()
    hosts[1].set_clock(0.0, drift=1.0)
    run(made, 5)
    assert hosts[0].disk.value == 3 and hosts[1].disk.value == 3, "the disk is kept, who is down answers nothing"
    hosts[0].restart()
    run(made, 2.4)
    assert hosts[0].disk.value == 6 and hosts[1].disk.value == 3 + 5, "a fast clock pings twice as often"
    hosts[0].crash(lose_disk=True)
    hosts[0].restart()
    found = [(e.kind, dict(e.details)) for e in made.journal if e.kind in ("crash", "restart")]
    assert found == [
        ("crash", {"disk": "kept"}),
        ("restart", {"pongs": 3}),
        ("crash", {"disk": "lost"}),
        ("restart", {"pongs": 0}),
    ]
    hosts[1].disk.full = True
    held = hosts[1].disk.value
    run(made, 3)
    assert hosts[1].disk.value == held and hosts[0].disk.value == 3


def test_an_interceptor_stands_between_any_driver_and_the_network():
    made, hosts = pingers(2)

    class Mute:
        def outgoing(self, host, to, message):
            return [] if message.kind == "pong" else [(to, message)]

    hosts[1].misbehaviours.append(Mute())
    run(made, 2.5)
    assert [one.disk.value for one in hosts] == [0, 3]


def test_a_drand_network_and_another_protocol_share_one_world():
    net = dl.Network(3, 2, backend="glass")
    pinger = Host(99, address(99), net.world, Counter(), Pinger(net.host(0).address, address(98)))
    Host(98, address(98), net.world, Counter(), Pinger())
    pinger.resume()
    net.run(rounds=4)
    assert [beacon.round for beacon in net.beacons] == [1, 2, 3, 4]
    assert pinger.disk.value > 10, "a drand node takes no notice of pings, the other pinger answers"
    assert net.journal.entries("refused") == []


@pytest.mark.parametrize("module", GENERIC, ids=lambda module: module.__name__)
def test_the_generic_modules_import_no_protocol(module):
    tree = ast.parse(Path(module.__file__).read_text())
    found = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    assert not [name for name in found if name.split(".")[1:2] and name.split(".")[1] in PROTOCOL_FOLDERS]
    assert disk.__name__ in found or module is not host
