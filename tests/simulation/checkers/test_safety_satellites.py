"""The checkers on networks with satellites: what out of sight excuses, and what it does not."""

from __future__ import annotations

import dataclasses

import pytest

import drandlab as dl
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.checkers.liveness import core_of
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import START
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.passes import Satellite

FIRST = ("first", START, START + 120)


def flown(nodes=4, threshold=4, *passes, rounds=110, act=None):
    windows = [FIRST, *((s, START + a, START + b) for s, a, b in passes)]
    flies = Satellite(nodes - 1, "crypto", windows)
    net = dl.Network(nodes, threshold, period=3, backend="glass", satellites=[flies]).run(rounds=30)
    if act is not None:
        net.at(START + 150, lambda: act(net))
    return net.run(rounds=rounds - 30)


def changed(journal, change):
    made = Journal()
    for entry in journal:
        if (new := change(entry)) is not None:
            made.write(*new)
    return made


def unsaid(journal, *kinds):
    return changed(journal, lambda entry: None if entry.kind in kinds else entry)


def broken(journal):
    return {verdict.name for verdict in check_all(journal) if not verdict.ok}


def test_no_progress_is_asked_of_a_chain_whose_satellite_is_out_of_sight():
    net = flown(4, 4, ("a", 200, 300))
    assert broken(net.journal) == set()
    assert cores(net.journal, 100, 150, 250, 330) == [{0, 1, 2, 3}, set(), {0, 1, 2, 3}, set()]
    assert cores(flown(4, 3).journal, 100, 150) == [{0, 1, 2, 3}, {0, 1, 2}]


def cores(journal, *seconds):
    """Who can make the next round together, at some moments."""
    facts, found = Facts(), []
    for entry in journal:
        while len(found) < len(seconds) and entry.time - START > seconds[len(found)]:
            found.append(set(core_of(facts)))
        facts.take(entry)
    return found + [set(core_of(facts))] * (len(seconds) - len(found))


def test_progress_is_asked_while_it_is_in_sight():
    net = flown(4, 4, ("a", 150, 400))
    assert broken(net.journal) == set()
    stopped = changed(net.journal, lambda e: None if e.time > START + 170 and e.kind in ("stored", "beacon") else e)
    assert "progress" in broken(stopped)


def test_a_chain_with_enough_on_the_ground_has_no_excuse_in_its_satellite():
    net = flown(5, 3)
    assert broken(net.journal) == set()
    stopped = changed(net.journal, lambda e: None if e.time > START + 200 and e.kind in ("stored", "beacon") else e)
    assert "progress" in broken(stopped)


def test_passes_give_no_respite_to_those_on_the_ground():
    passes = [("a", second, second + 10) for second in range(120, 420, 20)]
    net = flown(5, 3, *passes)
    assert broken(net.journal) == set()
    stopped = changed(net.journal, lambda e: None if e.time > START + 200 and e.kind in ("stored", "beacon") else e)
    assert "progress" in broken(stopped), "though a satellite comes or goes every ten seconds"


def astray(node):
    """Change what this node ends its DKG with."""

    def change(entry):
        if entry.node == node and entry.kind == "done":
            key = bytes(len(entry.what.key) - 1) + b"\7"
            return entry.time, node, dataclasses.replace(entry.what, key=key, commits=(key, *entry.what.commits[1:]))
        if entry.node == node and entry.kind == "chain":
            return entry.time, node, dataclasses.replace(entry.what, hash=bytes(32))
        if entry.node == node and entry.time > START + 3:
            return None
        return entry

    return change


def test_a_satellite_may_end_a_dkg_alone_with_another_key_and_nobody_else_may():
    journal = flown(5, 3, rounds=31).journal
    told = {"agreement", "one chain"}
    assert broken(changed(journal, astray(4))) & told == set()
    assert broken(changed(journal, astray(2))) >= told


def test_a_satellite_that_is_not_alone_is_held_to_its_word():
    def change(entry):
        if entry.node == 4 and entry.kind == "chain":
            return entry.time, 4, dataclasses.replace(entry.what, hash=bytes(32))
        return entry

    assert broken(changed(flown(5, 3, rounds=31).journal, change)) == {"one chain"}


def test_no_mending_is_promised_out_of_sight():
    def act(net):
        net.damage(4, [5])
        net.check_chain(4)

    net = flown(5, 3, act=act)
    assert broken(net.journal) == set()
    assert "mended" in broken(unsaid(net.journal, "satellite", "pass", "pass end", "on ground"))


@pytest.mark.parametrize(("threshold", "spare"), [(7, False), (5, True)])
def test_a_core_with_nobody_to_spare_takes_its_time_to_catch_up(threshold, spare):
    # who gets a catch-up round from a peer sits out until the next tick, and all are needed
    link = Link(latency=Latency(kind="exponential", mean=0.02))
    net = dl.Network(7, threshold, period=5, catchup_period=1, seed=1, backend="glass", link=link).run(rounds=2)
    for name in range(7):
        net.crash(name)
    net.run(rounds=15)
    for name in range(7):
        net.restart(name)
    net.run(rounds=60)
    behind = net.info.round_at(net.now) - net.beacons[-1].round
    assert broken(net.journal) == set() and (behind == 0 if spare else behind > 1)
