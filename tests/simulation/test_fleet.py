"""Networks with satellites: what a member that comes and goes changes, and what it never does."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.errors import LocalError, ProtocolAborted
from drandlab.node.reports import PartialSent
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.entries import BeaconMade, BeaconStored
from drandlab.simulation.network import START
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.reading.summary import summarize
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.rewind import Rewind
from drandlab.simulation.scenario.events import Crash
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.passes import Satellite

FIRST = ("first", START, START + 120)
"""A pass in which the key is made."""


def flying(node=4, *windows, name="crypto", **options):
    return Satellite(node, name, [FIRST, *((s, START + a, START + b) for s, a, b in windows)], **options)


def network(nodes=5, threshold=3, *, satellites, period=3, seed=1, **options):
    return dl.Network(nodes, threshold, period=period, seed=seed, backend="glass", satellites=satellites, **options)


def sound(net):
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
    return net


def entries(net, kind, node=None):
    return [(entry.time - START, entry.what) for entry in net.journal.entries(kind, node)]


# -- what it changes, and what not ------------------------------------------------------------------------------------


def test_a_satellite_takes_part_while_it_is_seen():
    net = network(satellites=[flying(4, ("a", 300, 500), ("b", 450, 600))]).run(rounds=250)
    [found] = satellites_of(sound(net).journal, net.now)
    assert [(one.station, one.begin - START, one.end - START) for one in found.seen][1:] == [
        ("a", 300, 500), ("b", 450, 600)
    ]  # fmt: skip
    stored = {what.round: (time, what.by) for time, what in entries(net, "stored", 4)}
    late = [r for r, (time, _) in stored.items() if 120 < time < 300.1]
    assert late == [] and stored[find_round(net, 350)][1] == "partials"
    assert {find_round(net, t) for t in range(310, 600, 3)} <= found.in_time
    assert not found.in_time & {find_round(net, t) for t in range(130, 300, 3)}


def find_round(net, second):
    return net.info.round_at(START + second)


def test_ground_nodes_that_are_enough_feel_nothing_of_it():
    def times(satellites):
        net = network(6, 4, satellites=satellites).run(rounds=150)
        return {what.round: time for time, what in entries(net, "beacon")}

    flies = Satellite(5, "crypto", [FIRST, ("a", START + 200, START + 260)])
    with_it, without = times([flies]), times([])
    assert with_it.keys() == without.keys() == set(range(1, 151))
    worst = max(abs(with_it[r] - without[r]) for r in with_it)
    assert worst < 0.05, "each is there as early as if nobody flew, but for chance on the links"


def test_a_lost_satellite_never_halts_a_chain_that_has_enough_on_the_ground():
    net = network(6, 4, satellites=[flying(5, ("a", 150, 1000))]).run(rounds=30)
    net.at(START + 200, lambda: net.lose_satellite(5))
    sound(net.run(rounds=120))
    assert summarize(net.journal, net.now).halted < 0.1 and len(net.beacons) == 150
    assert [time for time, _ in entries(net, "satellite lost", 5)] == [200]
    assert max(what.round for _, what in entries(net, "stored", 5)) == find_round(net, 200)


def test_two_satellites_of_seven_and_both_lost():
    flies = [flying(5, ("a", 200, 260)), flying(6, ("a", 230, 300), name="second")]
    net = network(7, 4, satellites=flies).run(rounds=100)
    for name in (5, 6):
        net.lose_satellite(name)
    sound(net.run(rounds=20))
    assert len(net.beacons) == 120
    with pytest.raises(LocalError, match="node: node 3 does not fly"):
        net.lose_satellite(3)


def test_a_chain_that_needs_the_satellite_halts_and_catches_up_in_passes():
    net = network(4, 4, satellites=[flying(3, ("a", 300, 420))], catchup_period=1).run(rounds=160)
    made = {what.round: time for time, what in entries(sound(net), "beacon")}
    in_gap = [time for time in made.values() if 121 < time < 299]
    assert in_gap == [], "no beacon without it"
    halted = summarize(net.journal, net.now).halted
    assert 170 < halted < 190
    caught = [time for time in made.values() if 300 <= time < 420]
    assert len(caught) > 40 + 2, "in the pass more rounds are made than are due in it"


def test_a_round_that_comes_by_synchronisation_ends_the_catch_up_until_the_next_tick():
    net = network(4, 4, satellites=[flying(3, ("a", 300, 420))], catchup_period=1, period=10).run(rounds=60)
    stored = {}
    for entry in net.journal.entries("stored"):
        stored.setdefault(entry.node, []).append((entry.time - START, entry.what))
    signed = {
        (entry.node, entry.what.round): entry.time - START
        for entry in net.journal
        if isinstance(entry.what, PartialSent) and entry.time > START + 300
    }
    by_sync = [(n, t, w) for n, rows in stored.items() for t, w in rows if 300 < t < 420 and w.by == "sync"]
    behind = [(n, t, w) for n, t, w in by_sync if w.round + 1 < net.info.round_at(START + t)]
    assert behind, "in a catch-up some rounds come from others"
    for node, time, what in behind:
        following = signed.get((node, what.round + 1))
        if following is not None and following > time:
            phase = (START + following - net.info.genesis_time) % 10
            assert min(phase, 10 - phase) < 0.01, "it signs the next round at a tick, not a catch-up period later"
    sound(net)


# -- the journal ------------------------------------------------------------------------------------------------------


def test_a_network_without_satellites_writes_none_of_these_entries():
    plain, with_one = network(satellites=[]).run(rounds=5), network(satellites=[flying()]).run(rounds=5)
    kinds = {entry.kind for entry in with_one.journal} - {entry.kind for entry in plain.journal}
    assert kinds == {"satellite", "pass", "on ground", "signers"}


def test_the_first_signers_are_a_threshold_of_members():
    net = network(satellites=[flying()]).run(rounds=20)
    found = {what.round: what.signers for _, what in entries(net, "signers")}
    assert found.keys() == set(range(1, 21))
    firsts = {entry.what.round: entry.node for entry in net.journal.entries("beacon")}
    for round, signers in found.items():
        assert len(set(signers)) == 3 and set(signers) <= set(range(5)) and signers[0] == firsts[round]


def test_a_partial_is_on_the_ground_when_the_first_node_there_has_it():
    net = network(satellites=[flying(), flying(3, name="second")]).run(rounds=40)
    sent = {entry.what.round: entry for entry in net.journal.entries("sent", 4) if entry.what.message == "partial"}
    found = entries(net, "on ground", 4)
    assert found and len({what.round for _, what in found}) == len(found)
    for time, what in found:
        arrivals = {to: d[0] / 1e6 for to, d in sent[what.round].what.to.items() if to not in (3, 4) and d}
        first = min(arrivals, key=arrivals.__getitem__)
        assert what.at == first and time == pytest.approx(sent[what.round].time - START + arrivals[first], abs=1e-5)


def test_a_summary_says_the_same_of_a_satellite():
    flies = [flying(4, ("a", 150, 250), ("b", 170, 300))]
    full, short = (network(satellites=flies, detail=detail).run(rounds=100) for detail in ("full", "summary"))
    assert satellites_of(full.journal, full.now) == satellites_of(short.journal, short.now)
    assert {entry.node for entry in short.journal.entries("partial")} == {4}
    assert not short.journal.entries("sent")


def test_a_timeline_shows_who_is_in_sight():
    net = network(satellites=[flying(4, ("a", 200, 300), ("b", 250, 320))]).run(rounds=100)
    line = Timeline(net.journal)
    at = {second: line.node(4, second * 10**6).seen_by for second in (10, 150, 210, 260, 310, 330)}
    assert at == {10: ("first",), 150: (), 210: ("a",), 260: ("a", "b"), 310: ("b",), 330: ()}
    assert line.link(4, 0, 150 * 10**6) == line.link(0, 4, 330 * 10**6) == (True, 1.0)
    assert line.link(0, 4, 260 * 10**6) == line.link(0, 1, 150 * 10**6) == (False, 1.0)
    assert line.node(0, 0).seen_by is None and line.node(0, 0).in_sight and not line.node(4, 150 * 10**6).in_sight
    sent = [one for one in line.sent if one.sender == 4 and one.time > 121 * 10**6 and one.time < 200 * 10**6]
    assert sent and {message.fate for one in sent for message in line.copies(one)} == {"cut"}
    assert any("Station a sees node 4" in event.said for event in line.events)


def test_passes_do_not_depend_on_the_seed():
    def seen(seed):
        net = network(satellites=[flying(4, ("a", 150, 250))], seed=seed).run(rounds=60)
        return [(time, what) for kind in ("pass", "pass end") for time, what in entries(net, kind)]

    assert seen(1) == seen(2)
    runs = [network(satellites=[flying()], seed=1).run(rounds=5).journal.digest() for _ in range(2)]
    assert runs[0] == runs[1]


# -- set-up, resharing, crashes ---------------------------------------------------------------------------------------


def test_the_set_up_waits_for_the_first_pass():
    flies = Satellite(4, "crypto", [("a", START + 1000, START + 1400)])
    net = network(satellites=[flies], wait=2000).run(rounds=5)
    assert net.info.genesis_time > START + 1000 and len(net.beacons) == 5
    assert [len(entries(net, "done", name)) for name in range(5)] == [1] * 5
    sound(net)


def test_a_satellite_may_coordinate():
    flies = Satellite(0, "crypto", [("a", START + 100, START + 400)])
    net = sound(network(satellites=[flies]).run(rounds=150))
    assert len(net.beacons) == 150 and START + 100 < net.info.genesis_time < START + 150


def test_a_set_up_that_nobody_flies_to_ends_with_its_wait():
    flies = Satellite(4, "crypto", [("a", START + 5000, START + 5400), ("a", START + 50_000, START + 51_000)])
    net = network(satellites=[flies], wait=600)
    with pytest.raises(ProtocolAborted, match="no node has a key: 4 of the 5 expected nodes are here at the time-out"):
        net.run(rounds=1)
    assert 600 <= net.now - START <= 602, "it ends at once when nothing more can come"


def test_a_satellite_that_is_seen_too_briefly_is_not_in_the_key():
    # it signals and gets the group, and has set before its deals are due
    flies = Satellite(4, "crypto", [("a", START + 99, START + 100.1), ("a", START + 500, START + 600)])
    net = network(satellites=[flies], push_wait=20).run(rounds=5)
    done = {entry.node: entry.what.qual for entry in net.journal.entries("done")}
    assert set(done) == {0, 1, 2, 3} and {len(qual) for qual in done.values()} == {4}
    sound(net)


@pytest.mark.parametrize(("sets", "code"), [(36.1, "too-few-dealers"), (36.3, "too-few-holders"), (37.5, "")])
def test_a_key_that_needs_a_satellite_that_sets_in_its_dkg_comes_to_nothing(sets, code):
    # every link takes 0.2 s: the satellite sets after its deals, or before its answers are with all
    link = Link(latency=Latency(mean=0.2))
    flies = Satellite(4, "crypto", [("a", START + 34.5, START + sets), ("a", START + 900, START + 1000)])
    net = network(threshold=5, satellites=[flies], link=link)
    if not code:
        assert len(net.run(rounds=1).journal.entries("done")) == 5
        return
    with pytest.raises(ProtocolAborted, match=r"^no node has a key: only 4 [a-z ]+, need 5$"):
        net.run(rounds=1)
    failed = {entry.what.code for entry in net.journal.entries("failed") if entry.node != 4}
    assert failed == {code} and net.info is None
    sound(net)


def test_a_check_of_the_chain_promises_nothing_out_of_sight():
    net = network(satellites=[flying(4, ("a", 400, 500))]).run(rounds=30)
    net.run(until=START + 150)
    net.damage(4, [5])
    net.check_chain(4)
    sound(net.run(until=START + 390))
    assert 5 in damaged(net, 4)
    net.run(until=START + 420)
    net.check_chain(4)
    sound(net.run(until=START + 490))
    assert damaged(net, 4) == set()


def damaged(net, name):
    facts = Facts()
    facts.take_all(net.journal)
    return facts.node(name).damaged


def test_a_satellite_stays_through_a_resharing_and_a_newcomer_flies():
    flies = [
        flying(4, ("a", 190, 500), ("a", 600, 700)),
        Satellite(5, "second", [("b", START + 100, START + 500), ("b", START + 650, START + 700)]),
    ]
    net = network(satellites=flies).run(rounds=50)
    assert 4 in net.fleet.flights and 5 not in net.fleet.flights
    net.run(until=START + 200)
    assert net.reshare(threshold=4, joining=1) == [0, 1, 2, 3, 4, 5]
    sound(net.run(rounds=170))
    assert [time for time, _ in entries(net, "satellite")] == [0, 200]
    assert [(time, what.station) for time, what in entries(net, "pass", 5)] == [(200, "b"), (650, "b")]
    members = [e.node for e in net.journal.entries("done") if e.time > START + 200]
    assert sorted(members) == [0, 1, 2, 3, 4, 5]
    assert {find_round(net, 680)} <= satellites_of(net.journal, net.now)[1].in_time


def test_a_satellite_out_of_sight_misses_a_resharing_and_the_chain_goes_on():
    net = network(satellites=[flying(4, ("a", 800, 900))], push_wait=10).run(rounds=50)
    net.run(until=START + 200)
    net.reshare(threshold=3, remaining=[0, 1, 2, 3])
    sound(net.run(rounds=200))
    assert len(net.beacons) == net.info.round_at(net.now) and summarize(net.journal, net.now).halted < 0.1


def test_resharings_wait_as_the_network_is_told():
    net = network(satellites=[flying(4, ("a", 900, 1400))], wait=1000, push_wait=30).run(rounds=50)
    net.run(until=START + 200)
    net.reshare(threshold=4)
    sound(net.run(rounds=330))
    assert sorted(e.node for e in net.journal.entries("done") if e.time > START + 900) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("lose_disk", [False, True])
def test_a_satellite_crashes_and_starts_again_out_of_sight(lose_disk):
    net = network(satellites=[flying(4, ("a", 300, 400))]).run(rounds=30)
    net.at(START + 150, lambda: net.crash(4, lose_disk=lose_disk))
    net.at(START + 200, lambda: net.restart(4))
    sound(net.run(rounds=100))
    [found] = satellites_of(net.journal, net.now)
    assert (find_round(net, 350) in found.in_time) == (not lose_disk)


def test_a_satellite_may_be_down_while_it_passes():
    net = network(satellites=[flying(4, ("a", 200, 300))]).run(rounds=30)
    net.at(START + 150, lambda: net.crash(4))
    net.at(START + 250, lambda: net.restart(4))
    sound(net.run(rounds=100))
    [found] = satellites_of(net.journal, net.now)
    assert find_round(net, 225) not in found.in_time and find_round(net, 290) in found.in_time


def test_healing_and_parting_the_network_leaves_a_satellite_out_of_sight():
    net = network(satellites=[flying(4, ("a", 400, 500))]).run(rounds=30)
    net.at(START + 150, lambda: net.partition([0, 1], [2, 3, 4]))
    net.at(START + 200, net.heal)
    net.at(START + 250, lambda: net.rejoin(4))
    sound(net.run(until=START + 390))
    came = [time for time, what in entries(net, "stored", 4) if 121 < time < 399]
    assert came == [] and net.world.is_cut(0, 4)
    sound(net.run(until=START + 450))
    assert [time for time, what in entries(net, "stored", 4) if time > 400]


def test_the_past_of_a_satellite_can_be_changed():
    past = Rewind(lambda: network(satellites=[flying(4, ("a", 200, 300))]))
    past.run(START + 350)
    before = past.net.journal.digest()
    past.act(START + 150, Crash(node=4))
    past.run(START + 350)
    assert past.net.journal.digest() != before and len(entries(past.net, "pass", 4)) == 2
    assert [what.round for time, what in entries(past.net, "stored", 4) if time > 150] == []
    again = network(satellites=[flying(4, ("a", 200, 300))])
    again.run(until=START + 350)
    assert again.journal.digest() == before


def test_beacons_are_the_same_whoever_made_them():
    net = network(satellites=[flying(4, ("a", 150, 300))]).run(rounds=100)
    by = {e.what.round: e.what for e in net.journal if isinstance(e.what, BeaconMade)}
    assert len(by) == 100 and {e.what.round for e in net.journal if isinstance(e.what, BeaconStored)} == by.keys()


def test_bad_satellites_are_refused():
    for options, rule in (
        ({"satellites": [1]}, "satellites: expected a Satellite, got 1"),
        ({"satellites": [flying(), flying()]}, "satellites: node 4 flies twice"),
    ):
        with pytest.raises(LocalError, match=rule):
            network(**{"satellites": [], **options})
