"""Dials: when production dials again, and that a link is up from the first dial that falls into a pass."""

from __future__ import annotations

import random
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.entries import MessageSent
from drandlab.simulation.network import START
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.world.passes import Satellite
from drandlab.simulation.world.redial import dials


@given(st.integers(0, 10**6), st.integers(0, 10**15))
def test_the_waits_grow_and_are_bounded(seed, start):
    made = list(islice(dials(start, random.Random(seed)), 60))
    waits = [(b - a) / 1e6 for a, b in pairwise(made)]
    assert made[0] == start and waits[0] == 1
    for k, wait in enumerate(waits[1:], 1):
        usual = min(120, 1.6**k)
        assert 0.8 * usual - 1e-5 <= wait <= 1.2 * usual + 1e-5
    assert len(set(waits[20:])) > 30, "the jitter differs from dial to dial"


PASSES = [("a", 0, 120), ("b", 700, 1100), ("c", 1050, 1300), ("a", 1400, 1600)]


def network(*, redial=True, seed=1, passes=PASSES, more=(), **options):
    windows = [(station, START + rise, START + sets) for station, rise, sets in passes]
    flies = [Satellite(4, "crypto", windows, redial=redial), *more]
    options = {"nodes": 5, "threshold": 3, "period": 3, "backend": "glass"} | options
    return dl.Network(seed=seed, satellites=flies, **options)


def dialled(net):
    return [(entry.time - START, entry.node, entry.what.to) for entry in net.journal.entries("dialled")]


@pytest.fixture(scope="module")
def ran():
    return network().run(rounds=530)


def test_each_direction_is_dialled_once_in_each_stretch_of_sight(ran):
    found = dialled(ran)
    both = {pair for other in range(4) for pair in ((4, other), (other, 4))}
    for begin, end in ((0, 120), (700, 1300), (1400, 1600)):
        there = [(node, to) for time, node, to in found if begin <= time < end]
        assert len(there) == len(set(there)) and set(there) == both, (begin, end)
    late = [time - 700 for time, _, _ in found if 700 <= time < 1300]
    assert max(late) < 144 and max(late) > 20 and len(set(late)) == 8, "each by itself, up to 120 s and a fifth"


def test_nothing_leaves_before_its_direction_was_dialled(ran):
    first = {(node, to): time for time, node, to in dialled(ran) if 700 <= time < 1300}
    for entry in ran.journal.entries("sent"):
        at = entry.time - START
        if isinstance(entry.what, MessageSent) and 700 <= at < 1300:
            for to, delays in entry.what.to.items():
                pair = entry.node, to
                if 4 in pair:
                    assert bool(delays) == (at >= first[pair]), (at, pair)


def test_the_facts_and_the_timeline_know_who_is_dialled(ran):
    facts, line = Facts(), Timeline(ran.journal)
    for entry in ran.journal:
        if entry.kind == "dialled" and 700 <= entry.time - START < 1300:
            assert facts.is_apart(entry.node, entry.what.to)
            at = round((entry.time - START) * 1e6)
            before, after = (line.link(entry.node, entry.what.to, at + micros)[0] for micros in (-2, 2))
            assert before and not after
        facts.take(entry)
        if entry.kind == "pass end" and entry.time - START == 120:
            assert all(facts.is_apart(4, other) for other in range(4)) and not facts.is_apart(0, 1)
    assert facts.was_broken(4, 0) and not facts.was_broken(0, 1)


def test_the_checkers_hold_and_the_satellite_takes_part(ran):
    assert [str(verdict) for verdict in check_all(ran.journal) if not verdict.ok] == []
    [with_it] = satellites_of(ran.journal, ran.now)
    [without] = satellites_of((plain := network(redial=False).run(rounds=530)).journal, plain.now)
    assert 100 < len(with_it.in_time) < len(without.in_time)
    assert plain.journal.entries("dialled") == []


def test_dials_come_from_the_seed_alone(ran):
    assert dialled(network().run(rounds=250)) == [row for row in dialled(ran) if row[0] < 36 + 750]
    assert dialled(network(seed=2).run(rounds=250)) != dialled(network().run(rounds=250))


def test_between_two_satellites_both_have_to_be_in_sight():
    other = Satellite(3, "second", [("x", START, START + 130), ("x", START + 900, START + 1250)])
    net = network(more=[other]).run(rounds=450)
    between = [time for time, node, to in dialled(net) if {node, to} == {3, 4} and time > 130]
    assert len(between) == 2 and all(900 <= time < 1250 for time in between)
    to_ground = {(node, to) for time, node, to in dialled(net) if 3 in (node, to) and time > 130}
    assert to_ground == {(3, 4), (4, 3)}, "the other satellite dials nobody by itself"
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []


def test_a_newcomer_dials_too():
    net = network(passes=[("a", 0, 200), ("a", 800, 1400)]).run(rounds=70)
    net.run(until=START + 300)
    assert net.reshare(threshold=3, remaining=[0, 1, 2, 3], joining=1)[-1] == 5
    net.run(rounds=300)
    pairs = {(node, to) for time, node, to in dialled(net) if time > 300 and 5 in (node, to)}
    assert pairs == {(4, 5), (5, 4)}
    facts, first = Facts(), min(time for time, node, to in dialled(net) if time > 300 and 5 in (node, to))
    for entry in net.journal:
        facts.take(entry)
        if 800 < entry.time - START < first:
            assert facts.is_apart(4, 5), "it has joined while the satellite was out of sight"
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
