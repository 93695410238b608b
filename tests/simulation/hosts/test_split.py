"""A split node in a network: passes, crashes of either part, a DKG over passes, rounds ahead, what it gives away."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace

import pytest

import drandlab as dl
from drandlab.errors import LocalError, ProtocolAborted
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.hosts.flying import LinkParcel
from drandlab.simulation.hosts.split import ContactPlan
from drandlab.simulation.network import START
from drandlab.simulation.reading.crossings import thin_links_of
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.passes import Pass, Satellite

LOSSY = Link(latency=Latency(kind="uniform", mean=0.5, spread=0.4), loss=0.2, duplicate=0.2, bandwidth=1200)


def flies(node, *windows, **more):
    passes = [("station", START + begin, START + end) for begin, end in windows]
    return Satellite(node, "crypto", passes, **{"proxy": True, **more})


def network(*windows, nodes=5, threshold=3, seed=1, net=None, **more):
    return dl.Network(
        nodes=nodes,
        threshold=threshold,
        backend="glass",
        period=10,
        seed=seed,
        satellites=[flies(nodes - 1, *windows, **more)],
        **(net or {}),
    )


def sound(net):
    verdicts = {verdict.name: verdict for verdict in check_all(net.journal)}
    assert [str(verdict) for verdict in verdicts.values() if not verdict.ok] == []
    return verdicts


def kinds(net, kind):
    return [entry.what for entry in net.journal.entries(kind)]


# -- rounds -----------------------------------------------------------------------------------------------------------


def test_it_signs_while_it_is_in_sight_and_the_ground_goes_on_without_it():
    net = network((0, 205), (400, 505)).run(rounds=60)
    [story] = satellites_of(net.journal, net.now)
    first = net.info.genesis_time
    seen = [r for r in range(1, 61) if first + 10 * (r - 1) < START + 205 or 400 <= first + 10 * (r - 1) - START < 505]
    # the round that was made last before a pass is signed once more at the next tick alone
    assert set(seen) == story.signed == story.in_time
    assert len(net.beacons) == 60 and sound(net)["signed once"].checked == len(story.signed)
    [use] = thin_links_of(net.journal)
    assert use.round_trips_a_round == 1 and use.total.again == 0
    given_up = [what.code for what in kinds(net, "given up")]
    assert given_up and set(given_up) == {"stale"}, "what is made without it is not asked for any more"


def test_a_summary_says_the_same_of_it():
    full = network((0, 205), (400, 505)).run(rounds=30)
    summary = network((0, 205), (400, 505), net={"detail": "summary"}).run(rounds=30)
    [one], [other] = (satellites_of(net.journal, net.now) for net in (full, summary))
    assert one.to_dict() == other.to_dict()


def test_satellites_that_hear_each_other_take_nothing_of_it(monkeypatch):
    """One station sees both: a frame of the one, with its higher numbers, must not end what the other waits for."""
    satellites = [flies(3, (0, 400)), replace(flies(4, (0, 100), (200, 400)), name="other")]
    net = dl.Network(5, threshold=3, backend="glass", period=10, satellites=satellites)
    ones = [net.run(rounds=0).hosts[name].driver for name in (3, 4)]

    def heard_by(other, send):
        def sent(number, data, deliver, *, down):
            if not down and other.thin.is_open:
                other.flying.arrive(other.host.address, LinkParcel(data))
            return send(number, data, deliver, down=down)

        return sent

    for one, other in (ones, ones[::-1]):
        monkeypatch.setattr(one.thin, "send", heard_by(other, one.thin.send))
    assert sound(net.run(rounds=30))["every request"].checked
    stories = satellites_of(net.journal, net.now)
    assert all(story.in_time == story.signed != frozenset() for story in stories)
    assert max(stories[1].in_time) > 20, "after its second rise"
    assert {what.code for what in kinds(net, "discarded")} == {"checksum"}


def test_two_runs_are_one():
    assert len({network((0, 205), (400, 505), thin=LOSSY).run(rounds=40).journal.digest() for _ in range(2)}) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_link_that_loses_doubles_and_reorders_loses_nothing_that_was_accepted(seed):
    net = network((0, 300), (400, 700), seed=seed, thin=LOSSY, net={"phase_timeout": 100}).run(rounds=60)
    assert sound(net)["every request"].checked > 20
    [use] = thin_links_of(net.journal)
    assert use.total.again > 0 and [run.code for run in use.runs] == [""]


# -- signing ahead ----------------------------------------------------------------------------------------------------


def test_rounds_ahead_cover_the_gap_and_no_more():
    net = network((0, 205), (405, 505), ahead=12).run(rounds=60)
    [story] = satellites_of(net.journal, net.now)
    first = net.info.genesis_time
    missed = sorted(set(range(1, story.due + 1)) - story.in_time)
    last_seen = int(START + 205 - first) // 10 + 1
    assert missed[0] == last_seen + 12 + 1, "twelve rounds after the last one that it could be asked in"
    assert sound(net)["in its window"].checked == len(story.signed)
    assert story.first_t, "what lies on the ground is as quick as any"
    latest = max(entry.what.round for entry in net.journal.entries("signed"))
    assert latest <= net.info.round_at(START + 505 + 1) + 12


def test_what_is_on_the_ground_before_its_time_counts_when_its_time_has_come():
    net = network((0, 900), ahead=12).run(rounds=20)
    [story] = satellites_of(net.journal, net.now)
    assert story.participation == 1 and story.in_time == set(range(1, 21)) and max(story.signed) == 32


def test_it_asks_no_further_than_the_next_pass():
    net = network((0, 205), (245, 505), ahead=100).run(rounds=15)
    asked = [what for what in kinds(net, "asked") if what.ahead]
    assert max(what.round for what in asked) == net.info.round_at(START + 245)


def test_what_it_gives_away_is_what_lies_on_the_disk_of_the_proxy():
    """Attack: who takes the proxy at the end of a pass has the partials of the next N rounds, and not one more."""
    net = network((0, 205), ahead=12).run(rounds=18)
    taken = sorted(net.host(4).disk.queue.ahead)
    current = net.info.round_at(net.now)
    assert [round for round in taken if round > current] == list(range(current + 1, taken[-1] + 1))
    assert taken[-1] <= net.info.round_at(START + 205) + 12


def test_on_a_chained_network_nothing_is_signed_ahead():
    with pytest.raises(LocalError, match="satellite ahead: expected 0 on a chained network, got 5") as refused:
        network((0, 205), ahead=5, net={"scheme": "pedersen-bls-chained"})
    assert refused.value.argument == "ahead"
    net = network((0, 205), net={"scheme": "pedersen-bls-chained"}).run(rounds=20)
    sound(net)


# -- its own clock ----------------------------------------------------------------------------------------------------


def test_a_satellite_whose_clock_is_slow_signs_late_or_not_at_all():
    net = network((0, 900))
    net.run(rounds=5)
    net.flying(4).set_clock(-25)
    net.run(rounds=5)
    net.flying(4).set_clock(0)
    net.run(rounds=5)
    [story] = satellites_of(net.journal, net.now)
    assert {6, 7, 8, 9, 10}.isdisjoint(story.in_time) and {1, 5, 12, 15} <= story.in_time
    codes = {what.code for what in kinds(net, "answered") if what.code}
    assert codes == {"not-due"}
    sound(net)


def test_a_clock_that_drifts_loses_rounds_once_it_is_beyond_its_tolerance():
    net = network((0, 2000), tolerance=3)
    net.run(rounds=2)
    net.flying(4).set_clock(0, drift=-0.01)
    net.run(rounds=60)
    [story] = satellites_of(net.journal, net.now)
    lost = min(set(range(1, 60)) - story.in_time)
    assert 28 <= lost <= 34, "0.1 s a round: 3 s after thirty rounds"
    sound(net)


def test_without_a_clock_it_signs_whatever_it_is_asked():
    net = network((0, 900), tolerance=None)
    net.run(rounds=3)
    net.flying(4).set_clock(-(10**6))
    net.run(rounds=3)
    [story] = satellites_of(net.journal, net.now)
    assert story.in_time == set(range(1, 7))
    sound(net)


# -- crashes ----------------------------------------------------------------------------------------------------------


def test_a_satellite_that_crashes_goes_on_with_what_its_disk_holds():
    net = network((0, 2000))
    net.run(rounds=3)
    net.flying(4).crash()
    net.run(rounds=2)
    net.flying(4).restart()
    net.run(rounds=3)
    [story] = satellites_of(net.journal, net.now)
    assert {1, 2, 3, 7, 8} <= story.in_time and 4 not in story.in_time
    [restarted] = kinds(net, "signer restart")
    assert restarted.shares == (1,) and [what.disk for what in kinds(net, "signer crash")] == ["kept"]
    assert net.journal.entries("crash") == [], "the node itself has not crashed"
    sound(net)


def test_a_satellite_that_crashes_in_the_midst_of_a_dkg_goes_on_with_it():
    net = network((0, 5), (60, 400), net={"phase_timeout": 60})
    net.run(until=START + 4)
    assert net.flying(4).disk.memory.log
    for _ in range(3):
        net.flying(4).crash()
        net.flying(4).restart()
    net.run(rounds=4)
    assert all(what.repeated > 0 for what in kinds(net, "signer restart"))
    assert len(kinds(net, "done")) == 5
    sound(net)


def test_a_proxy_that_crashes_with_a_full_queue_loses_nothing():
    net = network((0, 5), (500, 900), net={"phase_timeout": 600})
    net.run(until=START + 30)
    queued = sorted(net.host(4).disk.queue.asked)
    assert len(queued) >= 4, "the deals of the others wait for the next pass"
    net.crash(4)
    net.restart(4)
    [shown] = [what for what in kinds(net, "queue")][-1:]
    assert set(queued) <= set(shown.numbers)
    net.run(until=START + 950)
    assert not net.host(4).disk.queue.asked
    sound(net)


def test_a_dkg_that_the_ground_has_lost_is_ended_so_that_the_next_one_can_begin():
    net = network((0, 3000))
    net.run(rounds=2)
    net.reshare(threshold=4)
    net.run(until=net.now + 0.3)
    net.crash(4)
    net.restart(4)
    net.run(rounds=8)
    assert net.host(4).disk.queue.run is None and net.host(4).signer.protocol.over
    sound(net)


def test_a_proxy_that_has_lost_its_disk_numbers_on():
    net = network((0, 3000))
    net.run(rounds=2)
    net.crash(4, lose_disk=True)
    net.restart(4)
    net.reshare(threshold=3, remaining=[0, 1, 2, 3], joining=0)
    net.run(rounds=10)
    net.reshare(threshold=3, remaining=[0, 1, 2, 3], joining=0)
    net.run(rounds=10)
    sound(net)


def storm(seed):
    """A network of two split nodes to which things happen, over links that lose, double and reorder."""
    chance = random.Random(seed)
    satellites = []
    for node in (3, 4):
        windows, time = [], chance.uniform(0, 50)
        while time < 2500:
            lasts = chance.uniform(3, 200)
            windows.append((time, time + lasts))
            time += lasts + chance.uniform(1, 150)
        satellites.append(replace(flies(node, *windows, thin=LOSSY, ahead=chance.choice([0, 20])), name=f"n{node}"))
    net = dl.Network(5, backend="glass", period=10, phase_timeout=120, seed=seed, satellites=satellites)
    net.run(rounds=2)
    for _ in range(6):
        node = chance.choice([3, 4])
        things = {
            "ground": lambda node=node: (net.crash(node), net.restart(node)),
            "satellite": lambda node=node: (net.flying(node).crash(), net.flying(node).restart()),
            "clock": lambda node=node: net.flying(node).set_clock(chance.uniform(-30, 30)),
            "down": lambda node=node: net.flying(node).crash(),
            "up": lambda node=node: net.flying(node).restart(),
            "cut": lambda node=node: net.cut(0, node),
            "reshare": lambda: net.reshare(threshold=3),
        }
        with suppress(LocalError):  # a resharing may be under way, or the threshold no longer fit
            things[chance.choice(sorted(things))]()
        net.run(until=net.now + chance.uniform(1, 150))
    return net


@pytest.mark.parametrize("seed", range(5))
def test_in_a_storm_every_rule_holds(seed):
    sound(storm(seed))


def test_a_scenario_can_do_it_too():
    net = network((0, 900)).run(rounds=1)
    for event in (
        ev.CrashSigner(at=0, node=4),
        ev.RestartSigner(at=0, node=4),
        ev.SetSignerClock(at=0, node=4, ahead=-50),
    ):
        assert event.fitted(net) == event
        event.happen(net)
    assert replace(event, node=2).fitted(net) is None
    net.run(rounds=2)
    told = [entry.kind for entry in net.journal if entry.kind.startswith("signer ")]
    assert told == ["signer crash", "signer restart", "signer clock"]
    assert {what.code for what in kinds(net, "answered") if what.code} == {"not-due"}


# -- key generation over passes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("nodes", "threshold", "lasts"), [(2, 2, 2.2), (5, 3, 4)])
def test_a_dkg_that_spans_passes_succeeds_with_long_phases(nodes, threshold, lasts):
    """No pass is long enough for all of it."""
    windows = [(begin, begin + lasts) for begin in range(0, 500, 100)]
    net = network(*windows, nodes=nodes, threshold=threshold, net={"phase_timeout": 400}).run(rounds=2)
    assert len(kinds(net, "done")) == nodes and not kinds(net, "failed")
    [use] = thin_links_of(net.journal)
    assert use.runs[0].contacts >= 2 and use.runs[0].code == ""
    sound(net)


def test_a_dkg_with_short_phases_evicts_the_node_whose_signer_is_out_of_sight():
    net = network((500, 900), net={"phase_timeout": 10, "wait": 60}).run(rounds=60)
    done = {entry.node: entry.what for entry in net.journal.entries("done")}
    assert done.keys() == {0, 1, 2, 3} and {len(one.qual) for one in done.values()} == {4}
    index = next(entry.what.holder for entry in net.journal.entries("dkg") if entry.node == 4)
    blamed = [entry.what for entry in net.journal.entries("blame") if entry.node == 0]
    assert {what.index for what in blamed} == {index}
    assert {(what.role, what.code) for what in blamed} == {("holder", "silent"), ("dealer", "too-many-complaints")}
    assert index not in done[0].qual
    [failed] = [entry.what for entry in net.journal.entries("failed") if entry.node == 4]
    assert failed.code == "too-many-complaints", "what the others say of it has gone up"
    assert satellites_of(net.journal, net.now)[0].signed == set()
    sound(net)


def test_two_nodes_cannot_do_without_it():
    with pytest.raises(ProtocolAborted, match="no node has a key"):
        network((500, 900), nodes=2, threshold=2, net={"phase_timeout": 10, "wait": 60}).run(rounds=1)


@pytest.mark.parametrize("failing", [0.0, 1.0])
def test_a_set_up_waits_for_the_pass_in_which_its_dkg_can_run(failing):
    net = network((500, 900), fail=failing, net={"phase_timeout": 10}).run(rounds=2)
    [begun] = [entry for entry in net.journal.entries("group") if entry.node == 4]
    assert begun.time - START == pytest.approx(505 if failing else 500, abs=1), "what fails is not waited for"
    assert len(kinds(net, "done")) == (4 if failing else 5)
    sound(net)


def test_a_set_up_waits_for_the_next_pass_where_one_fails_and_time_is_left():
    windows = [(500, 600), (700, 900)]
    seeds = (seed for seed in range(100) if begins(network(*windows, fail=0.5, seed=seed)) == [700])
    net = network(*windows, fail=0.5, seed=next(seeds), net={"phase_timeout": 10}).run(rounds=2)
    [begun] = [entry for entry in net.journal.entries("group") if entry.node == 4]
    assert begun.time - START == pytest.approx(700, abs=1) and len(kinds(net, "done")) == 5


def begins(net):
    net.run(until=START + 1000)
    return [entry.time - START for entry in net.journal.entries("pass")]


def test_a_resharing_over_passes():
    windows = [(0, 60), (640, 662), (760, 765), (860, 865), (960, 965), (1100, 3000)]
    net = network(*windows, net={"phase_timeout": 200})
    net.run(rounds=1)
    net.reshare(threshold=4)
    net.run(rounds=80)
    first = [what.first_round for what in kinds(net, "group")][-1]
    assert [share[0] for share in net.flying(4).disk.memory.kept.shares] == [first], "and the old one is forgotten"
    [use] = thin_links_of(net.journal)
    assert [run.kind for run in use.runs] == ["dkg", "reshare"] and use.runs[1].code == ""
    sound(net)


def test_the_shares_are_in_orbit_and_nothing_of_them_on_the_ground():
    net = network((0, 900)).run(rounds=3)
    ground = net.host(4)
    assert ground.disk.shares == () and ground.disk.epochs
    assert [first for first, _ in net.flying(4).disk.memory.kept.shares] == [1]
    share = str(int(net.flying(4).disk.memory.kept.shares[0][1].value))
    assert share not in net.journal.to_jsonl()


# -- what is refused --------------------------------------------------------------------------------------------------


def test_who_leads_the_set_up_has_its_signer_at_hand():
    with pytest.raises(LocalError, match="satellite proxy: node 0 leads the set-up"):
        dl.Network(3, backend="glass", satellites=[flies(0, (0, 100))])
    net = network((0, 900)).run(rounds=2)
    with pytest.raises(LocalError, match="coordinator: node 4 needs its signer at hand"):
        net.reshare(threshold=3, coordinator=4)
    assert net.reshare(threshold=4, remaining=[4, 1, 2, 3, 0]) == [4, 1, 2, 3, 0]
    assert net.coordinator == 1


def test_only_a_split_node_has_a_flying_part():
    net = network((0, 900))
    with pytest.raises(LocalError, match="node 2 is not split") as refused:
        net.flying(2)
    assert refused.value.argument == "node"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ahead": -1}, "ahead"),
        ({"ahead": 10**6}, "ahead"),
        ({"thin": 1200}, "thin"),
        ({"tolerance": -1}, "tolerance"),
        ({"proxy": 1}, "proxy"),
    ],
)
def test_a_satellite_that_makes_no_sense_is_refused(wrong, named):
    with pytest.raises(LocalError) as refused:
        flies(1, (0, 100), **wrong)
    assert refused.value.argument == named


# -- plans ------------------------------------------------------------------------------------------------------------


def test_the_next_contact_begins_when_nothing_sees_it_any_more():
    passes = [Pass("a", 100, 200), Pass("b", 150, 300), Pass("a", 300, 350), Pass("b", 500, 600)]
    plan = ContactPlan(iter(passes))
    assert [plan.next_rise(now) for now in (0, 100, 199, 250, 349, 499)] == [100, 500, 500, 500, 500, 500]
    assert plan.next_rise(500) is None
