"""The satellite of a split node as a host: entries of its own, no way to it but the thin link, a clock, a disk."""

from __future__ import annotations

import drandlab as dl
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.network import START
from drandlab.simulation.world.passes import Satellite


def network():
    flies = Satellite(2, "crypto", [("station", START, START + 900)], proxy=True)
    return dl.Network(3, 2, backend="glass", period=10, satellites=[flies]).run(rounds=2)


def test_it_is_no_node_of_the_network():
    net = network()
    flying = net.flying(2)
    assert flying.address not in net.world.hosts and [host.name for host in net.hosts] == [0, 1, 2]
    assert flying.address.startswith(net.host(2).address)
    sent = [entry.what for entry in net.journal.entries("sent")]
    assert all(set(what.to) <= {0, 1, 2} for what in sent)


def test_what_happens_there_is_told_in_kinds_of_its_own():
    net = network()
    flying = net.flying(2)
    flying.set_clock(3.5, drift=0.001)
    flying.crash()
    flying.crash()
    flying.restart()
    told = [(entry.node, entry.kind) for entry in net.journal if entry.kind.startswith("signer ")]
    assert told == [(2, "signer clock"), (2, "signer crash"), (2, "signer restart")]
    assert net.journal.entries("crash") == net.journal.entries("clock") == net.journal.entries("restart") == []
    assert net.host(2).up and net.host(2).offset == 0


def test_a_signer_that_starts_anew_is_the_one_that_the_node_has():
    net = network()
    before = net.host(2).signer
    net.flying(2).crash()
    net.flying(2).restart()
    assert net.host(2).signer is net.flying(2).driver.part.signer is not before


def test_a_lost_disk_has_lost_the_share():
    net = network()
    net.flying(2).crash(lose_disk=True)
    net.flying(2).restart()
    assert net.flying(2).disk.memory.kept.shares == ()
    net.run(rounds=3)
    assert len(net.beacons) == 5, "two others are enough"
    net.reshare(threshold=2)  # which leaves it out, as it cannot deal
    net.run(rounds=12)
    assert not net.host(2).node.is_busy and net.newest.round == 17
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
    text = repr(net.flying(2)) + repr(net.flying(2).disk)
    assert "Share" not in text
