"""Scenarios with a gossip network and a bridge: their tables, their events, those that come with drandlab."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.simulation.bridge.bridge_network import BridgeNetwork
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.network import Network
from drandlab.simulation.reading.bridge.bridge_story import bridge_of
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.scenario import Scenario, load, shipped_scenarios

HEAD = 'name = "a"\nabout = "b"\nrounds = 20\nbackend = "glass"\n[network]\nnodes = 3\nthreshold = 2\n'
BRIDGED = [name for name in shipped_scenarios() if load(name).bridge is not None]


def read(text: str) -> Scenario:
    return Scenario.from_toml(HEAD + text, "x.toml")


def ran(scenario: Scenario) -> tuple[Network, BridgeNetwork]:
    net = scenario.start()
    net.run(rounds=scenario.rounds)
    bridge = BridgeNetwork.beside(net)
    assert bridge is not None
    return net, bridge


def test_the_tables_say_what_there_is() -> None:
    text = """
[gossip]
relays = 1
subscribers = 2
parameters = "idn"
degree = 4
loss = 0.1
scoring = true
bound = 20.0
[bridge]
collators = 5
mode = "accumulate"
genesis_round = 3
max_pulses = 4
link = { loss = 0.01 }
"""
    scenario = read(text)
    assert Scenario.from_toml(scenario.to_toml()) == scenario
    net, bridge = ran(scenario)
    assert [verdict for verdict in check_all(net.journal) if not verdict.ok] == []
    assert (len(bridge.hosts), len(bridge.gossip.hosts), bridge.gossip.loss) == (5, 1 + 5 + 2, 0.1)
    found = bridge_of(net.journal, net.now)
    assert (found.mode, found.first, found.skipped) == ("accumulate", 3, 0)


def test_a_gossip_network_needs_no_bridge_and_a_bridge_no_table_of_one() -> None:
    gossip = read("[gossip]\nsubscribers = 3\n").start()
    gossip.run(rounds=4)
    assert BridgeNetwork.beside(gossip) is None
    verdicts = {verdict.name: verdict for verdict in check_all(gossip.journal)}
    assert verdicts["gossip in time"].checked and all(verdict.ok for verdict in verdicts.values())
    _, bridge = ran(replace(read("[bridge]\n"), rounds=4))
    assert bridge.rules.mode == "range" and len(bridge.gossip.hosts) == 2 + 4 + 8


def test_the_same_file_and_seed_give_the_same_journal() -> None:
    scenario = replace(read('[bridge]\n[[event]]\ndo = "lying_collator"\ncollators = [1]\nat = 3\n'), rounds=8)
    assert ran(scenario)[0].journal.digest() == ran(scenario)[0].journal.digest()


EVENTS = """
[bridge]
mode = "accumulate"
[[event]]
do = "crash_collator"
collators = [0]
at = 5
[[event]]
do = "restart_collator"
collators = [0]
at = 14
[[event]]
do = "collator_clock"
collators = [2]
ahead = 2.5
at = 15
[[event]]
do = "collator_clock"
collators = [2]
at = 20
[[event]]
do = "silent_collator"
collators = [3]
at = 6
[[event]]
do = "late_collator"
collators = [3]
by = 1.5
at = 21
[[event]]
do = "lying_collator"
collators = [3]
how = "two-votes"
at = 27
[[event]]
do = "honest_collator"
collators = [3]
at = 40
[[event]]
do = "eclipse"
collators = [1]
at = 16
[[event]]
do = "end_eclipse"
collators = [1]
at = 24
[[event]]
do = "isolate_collator"
collators = [0]
at = 28
[[event]]
do = "rejoin_collator"
collators = [0]
at = 31
[[event]]
do = "cut_collators"
between = [1, 2]
at = 32
[[event]]
do = "mend_collators"
between = [1, 2]
at = 35
"""


def test_every_event_happens_at_its_moment() -> None:
    scenario = read(EVENTS)
    assert {type(event) for event in scenario.events} == {kind for kind in ev.MODULES[-1]}
    net, bridge = ran(scenario)
    kinds = {
        *("collator crash", "collator restart", "collator clock", "collator misbehaviour", "eclipse", "eclipse end"),
        *("cut", "mend"),
    }
    assert net.info is not None
    happened = [(entry.time - net.info.genesis_time, entry.kind) for entry in net.journal if entry.kind in kinds]
    assert happened == [
        (5, "collator crash"),
        (6, "collator misbehaviour"),
        (14, "collator restart"),
        (15, "collator clock"),
        (16, "eclipse"),
        (20, "collator clock"),
        (21, "collator misbehaviour"),
        (24, "eclipse end"),
        (27, "collator misbehaviour"),
        (28, "cut"),
        (31, "mend"),
        (32, "cut"),
        (35, "mend"),
        (40, "collator misbehaviour"),
    ]
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
    assert bridge.host(3).misbehaviours == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bridge]\ncollators = 0", r'line \d+, field "bridge.collators": '),
        ('[bridge]\nmode = "sum"', 'field "bridge.mode": expected one of accumulate, range'),
        ("[bridge]\nmodes = 1", 'field "bridge.modes": no such key; did you mean "mode"?'),
        ('[bridge]\nturn = "luck"', 'field "bridge.turn": expected one of slot, number'),
        ("[bridge]\ngenesis_round = 0", 'field "bridge.genesis_round": '),
        ("[gossip]\nloss = 1.5", 'field "gossip.loss": '),
        ("[gossip]\nrelays = 0", 'field "gossip.relays": '),
        ('[gossip]\nparameters = "fast"', 'field "gossip.parameters": expected one of '),
        ("[gossip]\nbound = 0", 'field "gossip.bound": '),
        (
            '[[event]]\ndo = "eclipse"\ncollators = [0]\nat = 1',
            "there are no collators: the scenario has no \\[bridge\\]",
        ),
        ('[bridge]\n[[event]]\ndo = "eclipse"\ncollators = [4]\nat = 1', "there is no collator 4; there are 0 to 3"),
        ('[bridge]\n[[event]]\ndo = "eclipse"\ncollators = []\nat = 1', "name at least one collator"),
        ('[bridge]\n[[event]]\ndo = "eclipse"\ncollators = [1, 1]\nat = 1', "comes twice"),
        ('[bridge]\n[[event]]\ndo = "cut_collators"\nbetween = [1]\nat = 1', "a link has two ends"),
        ('[bridge]\n[[event]]\ndo = "restart_collator"\ncollators = [1]\nat = 1', "collator 1 is up"),
        (
            '[bridge]\n[[event]]\ndo = "lying_collator"\ncollators = [1]\nhow = "badly"\nat = 1',
            'field "event.how": expected one of two-blocks',
        ),
        ('[bridge]\n[[event]]\ndo = "late_collator"\ncollators = [1]\nby = -1\nat = 1', "by"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(text)


def test_a_bridge_needs_a_network_that_makes_pulses() -> None:
    for scheme in ("pedersen-bls-chained", "pedersen-bls-unchained"):
        with pytest.raises(LocalError, match=f"network.scheme: pulses need an unchained scheme .* got {scheme}"):
            replace(read("[bridge]\n"), network=replace(read("").network, scheme=scheme))


def test_an_event_of_collators_needs_a_bridge_when_it_happens() -> None:
    net = Network(3, 2, backend="glass").run(rounds=0)
    with pytest.raises(LocalError, match="there is no bridge beside this network"):
        ev.Eclipse(collators=(0,)).happen(net)
    assert ev.Eclipse(collators=(0,)).fitted(net) is None
    bridge = BridgeNetwork(4, feed=net)
    assert ev.Eclipse(collators=(0, 9)).fitted(net) == ev.Eclipse(collators=(0,))
    assert ev.RestartCollator(collators=(0,)).fitted(net) is None
    bridge.crash(0)
    assert ev.CrashCollator(collators=(0, 1)).fitted(net) == ev.CrashCollator(collators=(1,))
    assert ev.CutCollators(between=(1, 9)).fitted(net) is None


@pytest.mark.parametrize("name", BRIDGED)
def test_the_shipped_bridges_break_no_rule(name: str) -> None:
    scenario = load(name)
    net, _ = ran(replace(scenario, backend="glass"))
    assert [str(verdict) for verdict in check_all(net.journal) if not verdict.ok] == []
    assert bridge_of(net.journal, net.now).ingested > 0
