"""Scenarios in which nodes fly: the shipped ones, what they show, and a satellite that is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drandlab.errors import FormatError, LocalError, ProtocolAborted
from drandlab.orbit.satellites import ISS, constellation, crypto1_like
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.network import Network
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.scenario.events import LoseSatellite
from drandlab.simulation.scenario.scenario import Scenario, load, shipped_scenarios

FLYING = [name for name in shipped_scenarios() if load(name).orbit is not None]


def ran(scenario: Scenario, rounds: int | None = None, **options: object) -> Network:
    net = scenario.start(backend="glass", **options)  # type: ignore[arg-type]
    return net.run(rounds=scenario.rounds if rounds is None else rounds)


def all_holds(net: Network) -> bool:
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
    return True


def test_the_shipped_scenarios_with_satellites() -> None:
    assert FLYING == [
        "constellation",
        "iss-two-nodes",
        "iss-two-nodes-relay",
        "league-and-satellite",
        "satellite-needed",
        "split-signer",
    ]
    for name in FLYING:
        scenario = load(name)
        assert scenario.orbit is not None and scenario.about.endswith(".") and scenario.backend == "glass"
        for flies in (one for one in scenario.orbit.satellites if not one.relay):
            known = [*ISS.values(), crypto1_like(flies.name), *constellation(4)]
            assert flies.elements in known, "an orbit that was published, or one that is labelled as assumed"


def test_one_pass_over_one_station_is_too_short_for_the_experiment_of_the_space_station() -> None:
    scenario = load("iss-two-nodes")
    shape = scenario.network
    assert (shape.nodes, shape.threshold, shape.period, scenario.rounds) == (2, 2, 10, 60)
    net = ran(scenario)
    [iss] = satellites_of(net.journal, net.now)
    assert (len(iss.seen), iss.due, len(net.beacons)) == (1, 60, 37)
    assert all_holds(net)
    assert iss.contact_s < 406 < 600, "a whole pass is shorter than the sixty rounds"


def test_over_a_relay_link_the_experiment_of_the_space_station_has_its_sixty_rounds() -> None:
    one_station, scenario = load("iss-two-nodes"), load("iss-two-nodes-relay")
    assert (scenario.network, scenario.rounds) == (one_station.network, one_station.rounds)
    net = ran(scenario)
    [iss] = satellites_of(net.journal, net.now)
    assert ([one.station for one in iss.seen], len(iss.in_time), len(net.beacons)) == (["relay"], 60, 60)
    assert iss.latency.median is not None and 0.24 < iss.latency.median < 0.28
    assert all_holds(net)


def test_the_league_takes_in_a_satellite_in_its_pass() -> None:
    scenario = load("league-and-satellite")
    shape = scenario.network
    assert (shape.nodes, shape.threshold, shape.period) == (23, 12, 30)
    net = ran(scenario)
    group = net.node(0).group
    assert group is not None and (len(group), group.threshold) == (24, 13)
    assert len(net.beacons) == 60 and all_holds(net)
    [crypto] = satellites_of(net.journal, net.now)
    assert crypto.node == 23 and len(crypto.in_time) == 13 and crypto.longest_absence == 39
    late = [e.time - net.info.round_time(e.details["round"]) for e in net.journal.entries("beacon")]  # type: ignore[union-attr]
    assert max(late) < 0.1, "no round waits for the satellite"


def test_a_chain_that_needs_the_satellite_halts_out_of_sight_and_catches_up_in_the_pass() -> None:
    net = ran(load("satellite-needed"))
    [crypto] = satellites_of(net.journal, net.now)
    first, second = crypto.contacts
    times = [entry.time for entry in net.journal.entries("beacon")]
    # a partial that came in sight may wait on the ground for the next tick, when the others sign that round
    sight = [(one.begin, one.end + 30) for one in (first, second)]
    assert all(any(begin <= time <= end for begin, end in sight) for time in times)
    assert sum(time >= second.begin for time in times) > 30, "the backlog is made in the second pass"
    assert len(crypto.first_t) == len(times)
    assert all_holds(net)


def test_a_signer_that_signs_ahead_takes_part_in_every_round() -> None:
    net = ran(load("split-signer"))
    [crypto] = satellites_of(net.journal, net.now)
    assert (len(crypto.in_time), crypto.participation) == (150, 1.0) and crypto.contact_share < 0.2
    assert len(crypto.signed) > 150, "it has signed rounds that are still to come"
    assert all_holds(net)


def test_a_constellation_makes_its_key_pass_by_pass() -> None:
    scenario = load("constellation")
    assert scenario.orbit is not None
    net = ran(scenario)
    group = net.node(0).group
    assert group is not None and (len(group), group.threshold, len(net.beacons)) == (11, 6, 240)
    found = satellites_of(net.journal, net.now)
    assert [one.node for one in found] == [7, 8, 9, 10]
    assert all(0 < one.participation < 0.2 for one in found)
    done = {entry.node: entry.time for entry in net.journal.entries("done")}
    begun = scenario.orbit.begins
    assert set(done) == set(range(11)) and max(done.values()) - begun > 3600, "no pass takes an hour"
    assert all_holds(net)


@pytest.mark.parametrize("name", ["iss-two-nodes", "satellite-needed"])
def test_the_passes_do_not_depend_on_the_seed(name: str) -> None:
    def passes(seed: int) -> list[tuple[float, str, dict[str, object]]]:
        net = load(name).build(seed=seed, backend="glass", detail="summary")
        net.run(until=net.now + 4 * 3600)
        return [(e.time, e.kind, dict(e.details)) for e in net.journal if e.kind in ("pass", "pass end")]

    assert passes(1) == passes(2) != []


# -- events and set-ups -----------------------------------------------------------------------------------------------

NEEDED = load("satellite-needed")


def test_a_satellite_that_is_lost_never_comes_back() -> None:
    scenario = replace(NEEDED, events=(LoseSatellite(at=120.0, node=4),))
    assert Scenario.from_toml(scenario.to_toml()) == scenario
    net = ran(scenario)
    assert [entry.node for entry in net.journal.entries("satellite lost")] == [4]
    assert len(net.beacons) == 4 and all_holds(net)


def test_a_chain_that_has_its_threshold_on_the_ground_does_not_halt_when_the_satellite_is_lost() -> None:
    scenario = replace(
        NEEDED, network=replace(NEEDED.network, threshold=4), rounds=40, events=(LoseSatellite(at=120.0, node=4),)
    )
    net = ran(scenario)
    assert len(net.beacons) == 40 and all_holds(net)


def test_only_what_flies_is_lost() -> None:
    text = NEEDED.to_toml() + '[[event]]\ndo = "lose_satellite"\nat = 5\nnode = 3\n'
    with pytest.raises(FormatError, match=r'field "event.node": node 3 does not fly'):
        Scenario.from_toml(text)
    lenient = replace(NEEDED, lenient=True, rounds=2, events=(LoseSatellite(at=1.0, nodes=(3, 9)),))
    assert ran(lenient).journal.entries("satellite lost") == []
    with pytest.raises(LocalError, match="node 0 does not fly"):
        ran(load("quiet-five"), rounds=1).lose_satellite(0)


def test_no_pass_while_the_set_up_waits_is_no_key() -> None:
    scenario = replace(NEEDED, network=replace(NEEDED.network, wait=60.0))
    with pytest.raises(ProtocolAborted, match="no node has a key: 4 of the 5 expected nodes are here at the time-out"):
        scenario.start(backend="glass")
