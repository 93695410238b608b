"""A host: its clock and timers, what a crash takes and what it leaves, its disk, and what misbehaviour may do."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.beacon.machines.effects import StoreBeacon
from drandlab.beacon.store import MemoryStore, StoreError
from drandlab.errors import LocalError
from drandlab.node.private_randomness import ask_private, open_private
from drandlab.node.signer import AnswerPrivate
from drandlab.simulation.hosts.disk import NodeDisk
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.journal import Journal
from drandlab.simulation.world.links import MICRO, Link
from drandlab.simulation.world.world import World
from drandlab.testing import KnownGroup

KNOWN = KnownGroup(3, 2)


def network(**more):
    return dl.Network(**{"nodes": 3, "threshold": 2, "backend": "glass", "seed": 1} | more)


class Alarms:
    """A driver that keeps when its timers came, by its own clock and by the world's."""

    def boot(self, host):
        self.host, self.rung = host, []

    def ring(self, timer, now):
        self.rung.append((timer, now, self.host.world.now))


def alarmed():
    world = World(1, Journal(), start=1_700_000_000, link=Link(), detail="full")
    host = Host(0, "alarms.example.org:1", world, NodeDisk(), Alarms())
    return host, host.driver


# -- clock and timers -------------------------------------------------------------------------------------------------


def test_a_timer_comes_at_its_time_and_a_later_one_of_its_name_takes_its_place():
    host, alarms = alarmed()
    start = host.now
    for after, name in ((5, "tick"), (3, "catchup"), (7, "tick"), (-100, "past")):
        host.set_timer(name, start + after)
    host.world.run_until(round((start + 20) * MICRO))
    assert alarms.rung == [("past", start, start), ("catchup", start + 3, start + 3), ("tick", start + 7, start + 7)]


@given(st.floats(-50, 50), st.floats(-0.5, 2.0))
def test_a_timer_keeps_its_local_time_whatever_happens_to_the_clock(offset, drift):
    host, alarms = alarmed()
    start = host.now
    host.set_timer("tick", start + 60)
    host.world.run_until(round((start + 1) * MICRO))
    host.set_clock(offset, drift)
    assert host.now == pytest.approx(start + 1 + offset, abs=1e-5)
    host.world.run_until(round((start + 1000) * MICRO))
    [(name, local, world)] = alarms.rung
    assert name == "tick" and local >= start + 60 and local == pytest.approx(start + 60, abs=1e-4)
    assert world == pytest.approx(start + 1 + (59 - offset) / (1 + drift), abs=1e-3)


@pytest.mark.parametrize(
    ("offset", "drift"), [(0, -1), (0, -2), (0, float("nan")), (0, float("inf")), (float("inf"), 0)]
)
def test_a_clock_that_is_none(offset, drift):
    host, _ = alarmed()
    with pytest.raises(LocalError, match=r"drift|offset"):
        host.set_clock(offset, drift)
    assert (host.offset, host.drift) == (0, 0.0)


# -- crash and restart ------------------------------------------------------------------------------------------------


def test_a_crash_takes_timers_and_what_arrives_and_leaves_the_disk():
    net = network().run(rounds=2)
    host = net.host(1)
    chain, shares, epochs = host.disk.store.read(0, 10), host.disk.shares, list(host.disk.epochs)
    host.crash()
    entries = len(net.journal.entries(node=1))
    host.crash()
    net.run(rounds=3)
    assert len(net.journal.entries(node=1)) == entries, "who is down does nothing, and is down once"
    assert (host.disk.store.read(0, 10), host.disk.shares, host.disk.epochs) == (chain, shares, epochs)
    old = host.node
    host.restart()
    assert host.node is not old and host.signer.shares == shares and host.node.last == chain[-1]
    assert host.node.handler.epochs[0].group is epochs[0][1]
    host.restart()
    assert len(net.journal.entries("restart")) == 1, "who is up is not restarted"
    assert [e.details["round"] for e in net.journal.entries("restart")] == [2]


def test_a_signer_draws_other_numbers_after_a_restart():
    """What is drawn twice is told: two deals or answers with one source of chance would give secrets away."""
    host = network().host(1)
    request, pair = ask_private(host.signer.identity, random.Random(1))

    def drawn():
        [reply] = host.signer.handle(AnswerPrivate(request), 0)
        return open_private(reply.answer, pair)

    before = drawn()
    host.crash()
    host.restart()
    assert drawn() != before


def test_before_a_key_a_restart_has_nothing_to_go_on_with():
    net = network()
    net.crash(1)
    net.restart(1)
    assert net.host(1).node.handler is None and net.host(1).signer.shares == ()
    assert net.journal.entries("restart", node=1)[0].details["round"] is None


# -- disk -------------------------------------------------------------------------------------------------------------


def disk_of(length):
    disk = NodeDisk()
    disk.open(KNOWN.info)
    for beacon in KNOWN.beacons(1, length):
        disk.write(beacon, repair=False)
    return disk


def test_a_full_disk_changes_nothing_and_says_so():
    disk = disk_of(3)
    disk.full = True
    for repair in (False, True):
        with pytest.raises(StoreError, match="the disk is full"):
            disk.write(KNOWN.beacon(4), repair=repair)
    assert disk.store.read(1, 10) == KNOWN.beacons(1, 3)
    disk.full = False
    disk.write(KNOWN.beacon(4), repair=False)
    assert disk.store.last() == KNOWN.beacon(4)


def test_damage_is_one_bit_and_repair_undoes_it():
    disk = disk_of(5)
    disk.damage([0, 2, 4, 9])
    changed = [b.round for b in disk.store.read(0, 10) if b != KNOWN.beacon(b.round)]
    assert changed == [2, 4] and len(disk.store) == 5
    for round in (2, 4):
        disk.write(KNOWN.beacon(round), repair=True)
    assert disk.store.read(1, 10) == KNOWN.beacons(1, 5)


def test_groups_and_shares_go_together():
    disk, share = NodeDisk(), KNOWN.shares[0]
    disk.keep_epoch(1, KNOWN.group, 0)
    disk.keep_shares(((1, share), (9, share)))
    disk.keep_epoch(9, KNOWN.group, 0)
    assert [first for first, *_ in disk.epochs] == [1, 9]
    disk.keep_epoch(8, KNOWN.group, 0)
    disk.keep_epoch(8, KNOWN.group, 1)
    assert [(first, index) for first, _, index in disk.epochs] == [(1, 0), (8, 1)], "one group from a round on"
    assert [first for first, *_ in disk.epochs] == [1, 8], "a group takes the place of one that was to come later"
    disk.keep_shares(((8, share),))
    assert [first for first, *_ in disk.epochs] == [8]
    disk.last_round = 11
    disk.keep_epoch(20, KNOWN.group, 0)
    assert [first for first, *_ in disk.epochs] == [20] and disk.last_round is None, "who has left is back"
    disk.lose()
    assert (disk.store, disk.epochs, disk.shares, disk.last_round) == (None, [], (), None)
    assert str(int(share.value)) not in repr(replace(disk, shares=((1, share),)))


def test_what_does_not_continue_the_chain_is_reported_and_not_stored():
    net = network().run(rounds=2)
    host = net.host(1)
    host.carry_out([StoreBeacon(dl.Beacon(round=9, signature=bytes(48)), "sync")])
    [entry] = net.journal.entries("store failed")
    assert entry.details["round"] == 9 and "leaves a gap" in entry.details["why"] and len(host.disk.store) == 2


def test_each_host_has_the_store_that_was_asked_for():
    made = []

    def make_store(name):
        def make(info):
            made.append(name)
            return MemoryStore(info, kept=2)

        return make

    net = network(make_store=make_store).run(rounds=4)
    assert sorted(made) == [0, 1, 2] and [beacon.round for beacon in net.beacons] == [3, 4]


# -- misbehaviour -----------------------------------------------------------------------------------------------------


class Silent:
    def __init__(self, kind):
        self.kind = kind

    def outgoing(self, host, to, envelope):
        return [] if envelope.kind == self.kind else [(to, envelope)]

    def __str__(self):
        return f"sends no {self.kind}"


def test_misbehaviour_stands_between_a_node_and_the_network_until_it_ends():
    net = network(threshold=3).run(rounds=2)
    net.misbehave(1, Silent("partial"))
    net.run(rounds=3)
    by = {name: {e.details["by"] for e in net.journal.entries("stored", node=name)} for name in range(3)}
    assert by[1] == {"partials"} and by[0] == by[2] == {"partials", "sync"}, "it alone has all three partials"
    net.misbehave(1, None)
    net.run(rounds=8)
    assert len(net.beacons) == net.info.round_at(net.now)
    assert [e.details["what"] for e in net.journal.entries("misbehaviour")] == ["sends no partial", None]


def test_one_misbehaviour_after_another_on_the_same_envelopes():
    net = network(threshold=2).run(rounds=1)
    net.misbehave(1, Silent("partial"))
    net.misbehave(1, Silent("sync"))
    net.run(rounds=2)
    assert {e.details["message"] for e in net.journal.entries("sent", node=1) if e.time > net.now - 5} <= {"beacon"}
