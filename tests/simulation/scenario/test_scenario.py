"""Scenario files: what is refused and how, what each event does, the shipped ones, and one digest everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from sample_events import EVENT_OF

from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import FormatError, LocalError, ProtocolAborted
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.hosts.disk import MakeStore
from drandlab.simulation.network import Network
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.bridge_events import EVENTS as BRIDGE_EVENTS
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.events import EVENTS, ChangeLink, Crash, MisbehaveInDKG, Restart
from drandlab.simulation.scenario.orbit_events import EVENTS as ORBIT_EVENTS
from drandlab.simulation.scenario.scenario import Links, Pair, Scenario, Shape, load, shipped_scenarios
from drandlab.simulation.world.cities import CITIES, between
from drandlab.simulation.world.links import Latency
from drandlab.wire.strict_toml import Document

HEAD = 'name = "x"\nabout = "y"\nrounds = 10\n'
"""Three lines; with a period of 3 s the scenario lasts 30 s."""


def read(extra: str = "") -> Scenario:
    return Scenario.from_toml(HEAD + extra, "x.toml")


def event(do: str, **keys: str) -> str:
    return f'[[event]]\ndo = "{do}"\n' + "".join(f"{key} = {value}\n" for key, value in keys.items())


def ran(scenario: Scenario, backend: str | None = "glass", **options: object) -> Network:
    return scenario.start(backend=backend, **options).run(rounds=scenario.rounds)  # type: ignore[arg-type]


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "line", "field", "words"),
    [
        ("[netwrk]", 4, "netwrk", 'did you mean "network"?'),
        ("[network]\nthreshhold = 3", 5, "network.threshhold", 'did you mean "threshold"? There are nodes'),
        ("[network]\nnodes = 1", 5, "network.nodes", "from 2 to 1000, got 1"),
        ("[network]\nnodes = 5\nthreshold = 2", 6, "network.threshold", "5 nodes need one from 3 to 5, got 2"),
        ("[network]\nthreshold = 6", 5, "network.threshold", "from 3 to 5, got 6"),
        ('[network]\nscheme = "bls-unchained-g1"', 5, "network.scheme", "expected one of pedersen-bls-chained"),
        ("[network]\nperiod = 0", 5, "network.period", "whole seconds from 1 to 2^32 - 1, got 0"),
        ("[network]\nperiod = 1.5", 5, "network.period", "expected a whole number, got a number, 1.5"),
        ("[network]\ncatchup_period = -1", 5, "network.catchup_period", "from 0 to 2^32 - 1"),
        ("[network]\nphase_timeout = 0", 5, "network.phase_timeout", "from 1 to 2^32 - 1"),
        ("[network]\nwait = 0", 5, "network.wait", "expected seconds above 0, got 0"),
        ("[network]\npush_wait = -1", 5, "network.push_wait", "expected seconds above 0, got -1"),
        ("[network]\npush_wait = 1e12", 5, "network.push_wait", "seconds of at most"),
        ('[network]\nwait = "long"', 5, "network.wait", "expected a number, got a text"),
        ('[network]\ndetail = "all"', 5, "network.detail", "expected one of full, summary, got 'all'"),
        ("[network]\nbeacon_id = 7", 5, "network.beacon_id", "expected a text, got a whole number, 7"),
        ('[network]\nfaults = ["loud:1"]', 5, "network.faults", "misbehaviour 'loud:1': expected one of wrong-share"),
        (
            '[network]\nfaults = ["silent:5"]',
            5,
            "network.faults",
            "there is no node 5; at this moment there are 0 to 4",
        ),
        (f'[network]\nfaults = ["silent:{"1" * 5000}"]', 5, "network.faults", "the node as a number"),
        ("[links]\nloss = 1.5", 5, "links.loss", "a probability from 0 to 1, got 1.5"),
        ("[links]\nslow = 0", 5, "links.slow", "a number above 0"),
        ('[links]\n[links.latency]\nkind = "normal"', 6, "links.latency.kind", "expected one of constant, uniform"),
        ("[links]\nlatency = { mean = -1 }", 5, "links.latency.mean", "a number of at least 0"),
        ("[links]\nlatency = 0.2", 5, "links.latency", "expected a table, got a number, 0.2"),
        ('[links]\ncities = ["Zurich"]', 5, "links.cities", "one for each of the 5 nodes, got 1"),
        ('[links]\ncities = ["Z"]', 5, "links.cities", "expected one of Lausanne"),
        ('[links]\ncities = ["Zurich"]\nlatency = {}', 6, "links.latency", "leave one of the two out"),
        ("[[links.pair]]\nbetween = [0, 9]", 5, "links.pair.between", "there is no node 9"),
        ("[[links.pair]]\nbetween = [0, 0]", 5, "links.pair.between", "node 0 comes twice"),
        ("[[links.pair]]\nbetween = [0]", 5, "links.pair.between", "a link has two ends, got 1 nodes"),
        ("[[links.pair]]\nloss = 0.1", 4, "links.pair.between", "missing: expected a list of whole numbers"),
        ("[[event]]\nat = 1", 4, "event.do", "missing: expected one of crash, restart, "),
        (event("crsh", at="1", node="1"), 5, "event.do", 'no such event; did you mean "crash"?'),
        (event("crash", at="1", nod="1"), 7, "event.nod", 'did you mean "node"? There are do, at, round'),
        (event("crash", at="1"), 4, "event.node", "name one `node`, or several `nodes`"),
        (event("crash", at="1", node="1", nodes="[2]"), 7, "event.node", "name one `node`, or several `nodes`"),
        (event("crash", node="1"), 4, "event.at", "give the seconds after genesis in `at`"),
        (event("crash", at="1", round="1", node="1"), 6, "event.at", "or a `round`"),
        (event("crash", at="1", offset="1", node="1"), 7, "event.offset", "it goes with `round`"),
        (event("crash", round="0", node="1"), 6, "event.round", "at least 1, got 0"),
        (event("crash", at="30", node="1"), 6, "event.at", "not within the 10 rounds, 0 to 30 s"),
        (event("crash", at="-1", node="1"), 6, "event.at", "not within the 10 rounds"),
        (event("crash", round="11", node="1"), 6, "event.round", "not within the 10 rounds"),
        (event("crash", at="1", node="5"), 7, "event.node", "there is no node 5; at this moment there are 0 to 4"),
        (event("crash", at="1", node="-1"), 7, "event.node", "there is no node -1"),
        (event("crash", at="1", nodes="[1, 1]"), 7, "event.nodes", "node 1 comes twice"),
        (event("crash", at="1", node="1") * 2, 11, "event.node", "node 1 is down already"),
        (event("restart", at="1", node="1"), 7, "event.node", "node 1 is up; only what has crashed restarts"),
        (event("restart", at="1", node="1") + event("crash", at="2", node="1"), 7, "event.node", "node 1 is up"),
        (event("crash", at="1", node="1") + event("check_chain", at="2", node="1"), 11, "event.node", "is down"),
        (event("check_chain", at="2", node="1", up_to="-1"), 8, "event.up_to", "expected a round"),
        (event("cut", at="1", between="[0, 1, 2]"), 7, "event.between", "a link has two ends, got 3 nodes"),
        (event("mend", at="1", between="[0, 7]"), 7, "event.between", "there is no node 7"),
        (event("partition", at="1", sides="[[0, 1], [1, 2]]"), 7, "event.sides", "node 1 comes twice"),
        (event("partition", at="1", sides="[0, 1]"), 7, "event.sides", "expected a list of whole numbers"),
        (event("heal", at="1", node="1"), 7, "event.node", "no such key; there are do, at, round, offset"),
        (event("link", at="1", loss="2"), 7, "event.loss", "a probability from 0 to 1"),
        (event("link", at="1", between="[0, 1]", nodes="[2]"), 8, "event.nodes", "not both"),
        (event("clock", at="1", node="1", drift="-1"), 8, "event.drift", "above -1 and below 1"),
        (event("clock", at="1", node="1", ahead="1e9"), 8, "event.ahead", "at most a million seconds"),
        (event("disk", at="1", node="1"), 4, "event.full", "missing: expected true or false"),
        (event("damage", at="1", node="1", rounds="[0]"), 8, "event.rounds", "rounds from 1 on"),
        (event("damage", at="1", node="1", rounds="[2, 2]"), 8, "event.rounds", "a round comes twice"),
        (event("mischief", at="1", what='"loud:1"'), 7, "event.what", "misbehaviour 'loud:1': expected one of"),
        (event("mischief", at="1", what='"flood:9"'), 7, "event.what", "there is no node 9"),
        (event("fault", at="1", what='"flood:1"'), 7, "event.what", "misbehaviour 'flood:1': expected one of"),
        (event("fault", at="1", what='"silent:9"'), 7, "event.what", "there is no node 9"),
        (event("reshare", at="1"), 4, "event.threshold", "missing: expected a whole number"),
        (event("reshare", at="1", threshold="2", remaining="[0, 9]"), 8, "event.remaining", "there is no node 9"),
        (event("reshare", at="1", threshold="9", remaining="[0, 1]"), 7, "event.threshold", "2 nodes need one from 2"),
        (event("reshare", at="1", threshold="3", joining="-1"), 8, "event.joining", "from 0 to 1000"),
        (
            event("reshare", at="1", threshold="3", remaining="[]"),
            8,
            "event.remaining",
            "at least one current member must remain",
        ),
        (event("reshare", at="1", threshold="3", remaining="[0, 0, 1]"), 8, "event.remaining", "node 0 comes twice"),
        (event("reshare", at="1", threshold="1", remaining="[2]"), 8, "event.remaining", "node 2 alone"),
        (event("reshare", at="1", threshold="6"), 7, "event.threshold", "there are 5 nodes at most, got 6"),
        (event("reshare", at="1", threshold="0"), 7, "event.threshold", "of at least 1, got 0"),
        (
            event("reshare", at="1", threshold="3", catchup_period="3"),
            8,
            "event.catchup_period",
            "not below the period",
        ),
        ("[network]\nperiod = 2\ncatchup_period = 2", 6, "network.catchup_period", "not below the period, 2 s"),
        (
            event("reshare", at="1", threshold="2", remaining="[0, 1]", coordinator="3"),
            9,
            "event.coordinator",
            "node 3 does not remain",
        ),
        (event("reshare", at="1", threshold="3", catchup_period="-1"), 8, "event.catchup_period", "whole seconds"),
    ],
)
def test_a_bad_file_is_refused_with_line_key_and_what_was_expected(
    extra: str, line: int, field: str, words: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read(extra)
    assert (caught.value.source, caught.value.line, caught.value.field) == ("x.toml", line, field)
    assert words in caught.value.rule


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("", "name", "missing: expected a text"),
        (HEAD.replace('"y"', '" "'), "about", "a text that says something"),
        (HEAD.replace("10", "0"), "rounds", "from 1 to 10000000, got 0"),
        (HEAD + 'backend = "fast"', "backend", "fast"),
    ],
)
def test_a_bad_top_is_refused(text: str, field: str, words: str) -> None:
    with pytest.raises(FormatError) as caught:
        Scenario.from_toml(text, "x.toml")
    assert caught.value.field == field
    assert words in caught.value.rule


def test_a_node_that_a_resharing_brings_may_be_named_afterwards_only() -> None:
    joins = event("reshare", at="4", threshold="3", joining="1")
    assert len(read(joins + event("crash", at="5", node="5")).events) == 2
    with pytest.raises(FormatError, match=r'line 12, field "event.node": there is no node 5'):
        read(joins + event("crash", at="3", node="5"))


def test_what_is_made_in_python_is_checked_as_well() -> None:
    with pytest.raises(LocalError, match="event 1 node: there is no node 7"):
        Scenario(name="x", about="y", rounds=3, events=(Crash(at=1.0, node=7),))
    with pytest.raises(LocalError, match="at: expected a number of seconds, got nan"):
        Crash(at=float("nan"), node=1)


def test_a_name_that_is_neither_shipped_nor_a_file() -> None:
    with pytest.raises(LocalError, match=r'did you mean "quiet-five"\? There are bridge-accumulates'):
        load("quiet-fve")


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'name = "x"\nabout = "\xff"\n')
    with pytest.raises(FormatError, match=r"x\.toml, line 2: not UTF-8 text \(byte 0xff at column 10\)"):
        load(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(HEAD, encoding="utf-8")
    assert load(str(path)) == load(path) == read()


# -- links ------------------------------------------------------------------------------------------------------------


def test_cities_and_pairs_make_the_links() -> None:
    scenario = read(
        '[network]\nnodes = 3\n[links]\nloss = 0.1\ncities = ["Zurich", "Tokyo", "Zurich"]\n'
        "[[links.pair]]\nbetween = [2, 0]\nslow = 2.0\nlatency = { mean = 0.5 }\n"
    )
    net = scenario.build(backend="glass")
    assert net.world.link(0, 1).latency == net.world.link(1, 0).latency == between("Zurich", "Tokyo")
    assert {net.world.link(a, b).loss for a in range(3) for b in range(3)} == {0.1}
    for a, b in ((0, 2), (2, 0)):
        assert (net.world.link(a, b).latency, net.world.link(a, b).slow) == (Latency(mean=0.5), 2.0)
    assert net.world.link(0, 1).slow == 1


def test_links_made_in_python() -> None:
    links = Links(cities=tuple(list(CITIES)[:2]), pairs=(Pair(between=(0, 1), loss=1.0),))
    scenario = Scenario(name="x", about="y", rounds=1, network=Shape(nodes=2, threshold=2), links=links)
    with pytest.raises(ProtocolAborted, match="no node has a key"):
        scenario.start(backend="glass")


def test_a_change_of_links_touches_what_it_names() -> None:
    net = read("[links]\nloss = 0.01").start(backend="glass")
    ChangeLink(at=0.0, between=(0, 1), slow=3.0).happen(net)
    ChangeLink(at=0.0, nodes=(4,), loss=0.5).happen(net)
    assert (net.world.link(1, 0).slow, net.world.link(1, 0).loss) == (3.0, 0.01)
    assert {pair: net.world.link(*pair).loss for pair in ((0, 4), (4, 2), (2, 3))} == {
        (0, 4): 0.5,
        (4, 2): 0.5,
        (2, 3): 0.01,
    }
    ChangeLink(at=0.0, duplicate=0.25).happen(net)
    link = net.world.link(0, 4)
    assert (link.loss, link.duplicate) == (0.5, 0.25)


def test_a_change_of_links_keeps_what_differs_between_the_two_directions() -> None:
    net = read().start(backend="glass")
    net.world.set_link(0, 1, net.world.link(0, 1).with_(loss=0.25))
    ChangeLink(nodes=(1,), slow=3.0).happen(net)
    assert [(net.world.link(*pair).loss, net.world.link(*pair).slow) for pair in ((0, 1), (1, 0))] == [
        (0.25, 3.0),
        (0.0, 3.0),
    ]


# -- events -----------------------------------------------------------------------------------------------------------


def test_every_event_happens_at_its_moment_after_genesis() -> None:
    scenario = read(
        event("crash", at="1.5", node="4")
        + event("restart", round="3", offset="0.5", node="4")
        + event("cut", at="7", between="[0, 1]")
        + event("mend", at="8", between="[0, 1]")
        + event("partition", at="9.5", sides="[[0]]")
        + event("heal", at="10")
        + event("link", at="11", between="[1, 2]", loss="0.5", slow="2.0")
        + event("clock", at="12.5", nodes="[2, 3]", ahead="-0.5", drift="0.001")
        + event("disk", at="13", node="3", full="true")
        + event("disk", at="17", node="3", full="false")
        + event("damage", at="18.5", node="1", rounds="[2, 3]")
        + event("check_chain", at="19", node="1")
        + event("mischief", at="20", what='"flood:0"')
        + event("fault", at="21.5", what='"silent:2"')
        + event("behave", at="22", nodes="[0, 2]")
        + event("isolate", at="22.5", node="0")
        + event("rejoin", at="22.75", node="0")
        + event("reshare", at="23", threshold="4", joining="1")
    )
    # what happens to satellites and to collators does so in scenarios of their own
    assert {type(one) for one in scenario.events} == set(EVENTS.values()) - set(ORBIT_EVENTS) - set(BRIDGE_EVENTS)
    net = ran(scenario)
    assert net.info is not None
    kinds = {
        "crash", "restart", "cut", "mend", "partition", "heal", "link", "clock", "disk", "damage", "check",
        "misbehaviour", "dkg misbehaviour", "reshare",
    }  # fmt: skip
    happened = [
        (round(entry.time - net.info.genesis_time, 6), entry.kind, entry.node)
        for entry in net.journal
        if entry.kind in kinds
    ]
    assert happened == [
        (1.5, "crash", 4),
        (6.5, "restart", 4),
        (7, "cut", None),
        (8, "mend", None),
        (9.5, "partition", None),
        (10, "heal", None),
        (11, "link", None),
        (12.5, "clock", 2),
        (12.5, "clock", 3),
        (13, "disk", 3),
        (17, "disk", 3),
        (18.5, "damage", 1),
        (19, "check", 1),
        (20, "misbehaviour", 0),
        (21.5, "dkg misbehaviour", 2),
        (22, "misbehaviour", 0),
        (22, "misbehaviour", 2),
        (22.5, "cut", None),
        (22.75, "mend", None),
        (23, "reshare", None),
    ]
    assert [
        entry.details["round"] for entry in net.journal.entries("stored", 1) if entry.details["by"] == "repair"
    ] == [
        2,
        3,
    ]
    assert net.host(0).misbehaviours == [] and net.host(2).dkg_misbehaviours == []
    assert [verdict for verdict in check_all(net.journal) if not verdict.ok] == []


class Spy:
    """A network of six nodes that notes which of its methods are called."""

    def __init__(self) -> None:
        self.hosts = [SimpleNamespace(name=name) for name in range(6)]
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., None]:
        self.called.add(name)
        return lambda *arguments, **options: None


@pytest.mark.parametrize("do", [do for do, kind in EVENTS.items() if kind not in BRIDGE_EVENTS])
def test_an_event_is_one_method_of_the_network(do: str) -> None:
    net = Spy()
    EVENT_OF[do].happen(net)  # type: ignore[arg-type]
    [method] = net.called
    assert callable(getattr(Network, method))


def test_which_nodes_an_event_names() -> None:
    assert ev.Crash(nodes=(1, 2)).about == (1, 2)
    assert ev.Cut(between=(3, 4)).about == (3, 4)
    assert ev.Misbehave(what="flood:7").about == (7,)
    assert ev.PartitionNodes(sides=((1,), (2, 3))).about == (1, 2, 3)
    assert ev.Reshare(threshold=3, remaining=(0, 1, 2)).about == (0, 1, 2)
    assert ev.Heal().about == ()


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: ev.Crash(node="0"), "node"),  # type: ignore[arg-type]
        (lambda: ev.Crash(node=True), "node"),
        (lambda: ev.Crash(nodes=(0.5,)), "nodes"),  # type: ignore[arg-type]
        (lambda: ev.Crash(nodes=3), "nodes"),  # type: ignore[arg-type]
        (lambda: ev.Crash(node=0, lose_disk=1), "lose_disk"),  # type: ignore[arg-type]
        (lambda: ev.SetDisk(node=0, full=None), "full"),  # type: ignore[arg-type]
        (lambda: ev.SetClock(node=0, ahead="1"), "ahead"),  # type: ignore[arg-type]
        (lambda: ev.Cut(between=(0, None)), "between"),  # type: ignore[arg-type]
        (lambda: ev.PartitionNodes(sides=(1, 2)), "sides"),  # type: ignore[arg-type]
        (lambda: ev.Damage(node=0, rounds=3), "rounds"),  # type: ignore[arg-type]
        (lambda: ev.Damage(node=0, rounds=("3",)), "rounds"),  # type: ignore[arg-type]
        (lambda: ev.CheckChain(node=0, up_to=0.5), "up_to"),  # type: ignore[arg-type]
        (lambda: ev.Misbehave(what=3), "what"),  # type: ignore[arg-type]
        (lambda: ev.MisbehaveInDKG(what=None), "what"),  # type: ignore[arg-type]
        (lambda: ev.ChangeLink(nodes=("0",), slow=2.0), "nodes"),  # type: ignore[arg-type]
        (lambda: ev.ChangeLink(slow="2"), "slow"),  # type: ignore[arg-type]
        (lambda: ev.Reshare(threshold="3"), "threshold"),  # type: ignore[arg-type]
        (lambda: ev.Reshare(threshold=3, remaining=("0", 1)), "remaining"),  # type: ignore[arg-type]
        (lambda: ev.Heal(at="now"), "at"),  # type: ignore[arg-type]
        (lambda: ev.Heal(round=1.5), "round"),  # type: ignore[arg-type]
    ],
)
def test_an_event_of_a_wrong_type_is_refused_with_the_argument(make: Callable[[], Any], argument: str) -> None:
    with pytest.raises(LocalError, match=f"^{argument}: "):
        make()


def test_faults_of_the_first_dkg_happen_and_are_in_the_journal() -> None:
    net = ran(read('[network]\nfaults = ["silent:4"]\n'))
    assert {entry.details["what"] for entry in net.journal.entries("dkg misbehaviour", 4)} == {"silent:4"}
    assert {len(entry.details["qual"]) for entry in net.journal.entries("done")} == {4}


def test_what_cannot_happen_when_its_moment_comes_is_said_with_the_event() -> None:
    lost = event("crash", at="1", node="1", lose_disk="true") + event("restart", at="2", node="1")
    with pytest.raises(LocalError, match=r"event 3 \(damage at 4 s\): node 1 has no chain that could be damaged"):
        ran(read(lost + event("damage", at="4", node="1", rounds="[1]")))
    with pytest.raises(LocalError, match=r"event 1 \(reshare at 1 s\): threshold: 5 nodes need one from 3 to 5"):
        ran(read(event("reshare", at="1", threshold="2")))


def test_events_wait_for_a_chain() -> None:
    with pytest.raises(LocalError, match="no chain yet"):
        read().arrange(read().build(backend="glass"))


# -- lenient scenarios ------------------------------------------------------------------------------------------------

STRAY = (
    event("restart", at="1", node="1")
    + event("crash", at="2", nodes="[1, 9]")
    + event("crash", at="3", nodes="[1, 2]")
    + event("damage", at="3.5", nodes="[0, 9]", rounds="[1]")
    + event("check_chain", at="4", nodes="[0, 1]")
    + event("cut", at="5", between="[0, 9]")
    + event("mischief", at="5", what='"flood:9"')
    + event("reshare", at="6", threshold="5", remaining="[0, 3, 4]", joining="2")
)


def test_what_cannot_happen_is_refused_unless_the_scenario_is_lenient() -> None:
    with pytest.raises(FormatError, match="node 1 is up; only what has crashed restarts"):
        read(STRAY)


def test_in_a_lenient_scenario_an_event_happens_as_far_as_it_can() -> None:
    scenario = Scenario.from_toml(f"{HEAD}lenient = true\n{STRAY}")
    assert scenario.lenient and not read().lenient
    net = ran(scenario)
    assert net.info is not None
    kinds = {"crash", "restart", "damage", "check", "cut", "misbehaviour", "reshare"}
    happened = [
        (round(entry.time - net.info.genesis_time, 6), entry.kind, entry.node)
        for entry in net.journal
        if entry.kind in kinds
    ]
    assert happened == [
        (2, "crash", 1),
        (3, "crash", 2),
        (3.5, "damage", 0),
        (4, "check", 0),
        (6, "reshare", None),
    ]


def test_a_resharing_is_fitted_to_the_members_who_are_there() -> None:
    net = read().start(backend="glass")
    assert ev.Reshare(threshold=4, remaining=(0, 1, 2), joining=2).fitted(net) == ev.Reshare(
        threshold=4, remaining=(0, 1, 2), joining=2
    )
    assert ev.Reshare(threshold=2, remaining=(0, 9)).fitted(net) is None
    everybody = ev.Reshare(threshold=6, joining=2).fitted(net)
    assert everybody == ev.Reshare(threshold=6, remaining=(0, 1, 2, 3, 4), joining=2)
    net.crash(0)
    assert ev.Reshare(threshold=3, remaining=(0, 1, 2)).fitted(net) is None, "its coordinator is down"
    assert ev.Reshare(threshold=3, remaining=(0, 1, 2), coordinator=1).fitted(net) is not None
    fresh = read().build(backend="glass")
    assert ev.Reshare(threshold=3).fitted(fresh) is None, "there is no group"


# -- another module of events -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sunset(ev.Isolate):
    """An event of another module."""

    do: ClassVar[str] = "sunset"
    depth: int = 1


def test_another_module_of_events_is_added_by_its_table() -> None:
    kinds = ev.table_of((*ev.MODULES, (Sunset,)))
    assert set(kinds) - set(EVENTS) == {"sunset"}
    [found] = Document(HEAD + event("sunset", at="1", node="2", depth="3"), kinds={Event: kinds}).read(Scenario).events
    assert found == Sunset(at=1.0, node=2, depth=3)
    with pytest.raises(FormatError, match="no such event; there are crash"):
        read(event("sunset", at="1", node="2"))
    with pytest.raises(AssertionError, match="are both 'crash'"):
        ev.table_of(((Crash,), (type("Crash", (Restart,), {"do": "crash"}),)))


def test_the_documentation_has_a_row_for_every_event() -> None:
    rows = {do: (keys, sentence) for do, keys, sentence in ev.rows()}
    assert set(rows) == set(EVENTS)
    assert all(sentence.endswith(".") and len(sentence) > 20 for _, sentence in rows.values())
    assert rows["reshare"][0] == "threshold, remaining, joining, coordinator, catchup_period"


def documented() -> list[str]:
    """The examples of the documentation."""
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    return [block.partition("```")[0] for block in page.split("```toml\n")[1:]]


def test_the_example_of_the_documentation_with_a_satellite_is_a_scenario() -> None:
    _, text = documented()
    scenario = Scenario.from_toml(text)
    assert scenario.orbit is not None
    net = ran(scenario)
    [flown] = satellites_of(net.journal, net.now)
    assert (flown.name, len(flown.seen), flown.due) == ("crypto", 1, 20) and len(flown.in_time) > 10
    assert [verdict for verdict in check_all(net.journal) if not verdict.ok] == []


def test_the_example_of_the_documentation_is_a_scenario() -> None:
    text = documented()[0]
    scenario = Scenario.from_toml(text)
    assert (scenario.rounds, [one.do for one in scenario.events]) == (12, ["crash", "restart"])
    full = Scenario.from_toml(text.replace("# backend", "backend").replace("# lenient", "lenient"))
    assert (full.backend, full.lenient) == ("glass", True)
    net = ran(scenario)
    assert [verdict for verdict in check_all(net.journal) if not verdict.ok] == []


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: Shape(nodes="5"), "nodes"),  # type: ignore[arg-type]
        (lambda: Shape(seed="one"), "seed"),  # type: ignore[arg-type]
        (lambda: Shape(detail=3), "detail"),  # type: ignore[arg-type]
        (lambda: Shape(beacon_id=None), "beacon_id"),  # type: ignore[arg-type]
        (lambda: Pair(between=(0, "1")), "between"),  # type: ignore[arg-type]
        (lambda: Scenario(name=3, about="y", rounds=1), "name"),  # type: ignore[arg-type]
        (lambda: Scenario(name="x", about="y", rounds=True), "rounds"),
    ],
)
def test_a_scenario_of_wrong_types_is_refused_with_the_argument(make: Callable[[], Any], argument: str) -> None:
    with pytest.raises(LocalError) as caught:
        make()
    assert caught.value.argument == argument


# -- the shipped ones -------------------------------------------------------------------------------------------------


def made(net: Network) -> dict[int, float]:
    """When each round was first stored, in seconds after genesis."""
    assert net.info is not None
    return {entry.details["round"]: entry.time - net.info.genesis_time for entry in net.journal.entries("beacon")}


def passes(net: Network) -> bool:
    """Whether no checker finds anything, and none but those of other scenarios had nothing to look at."""
    verdicts = {verdict.name: verdict for verdict in check_all(net.journal)}
    assert [str(verdict) for verdict in verdicts.values() if not verdict.ok or verdict.skipped] == []
    return all(verdicts[name].checked for name in ("one chain", "no gap", "beacons verify", "threshold", "progress"))


def test_some_are_shipped_each_with_a_sentence() -> None:
    assert [name for name in shipped_scenarios() if load(name).orbit is None] == [
        "bridge-accumulates",
        "bridge-liars",
        "bridge-today",
        "byzantine-third",
        "halt-and-recovery",
        "league-of-entropy",
        "quiet-five",
        "reshare-under-load",
        "specification-catch-up",
    ]
    for name in shipped_scenarios():
        assert load(name).about.endswith(".")


def test_quiet_five() -> None:
    net = ran(load("quiet-five"), backend=None)
    assert passes(net)
    assert max(late - 3 * (number - 1) for number, late in made(net).items()) < 0.1
    assert {entry.details["by"] for entry in net.journal.entries("stored")} == {"partials"}
    assert len(net.journal.entries("stored")) == 5 * 20
    assert net.journal.entries("refused") == []


def test_league_of_entropy() -> None:
    scenario = load("league-of-entropy")
    net = ran(scenario)
    assert passes(net)
    assert (scenario.network.nodes, scenario.network.threshold, scenario.network.period) == (23, 12, 3)
    assert net.info is not None
    due = {number: net.info.genesis_time + 3 * (number - 1) for number in range(1, 21)}
    stored = net.journal.entries("stored")
    late = [entry.time - due[entry.details["round"]] for entry in stored]
    assert len(stored) == 23 * 20
    assert min(late) > 0.02 and max(late) < 0.2
    latencies = {round(net.world.link(a, b).latency.mean, 3) for a in range(23) for b in range(a)}
    assert min(latencies) < 0.005 and max(latencies) > 0.1


@pytest.mark.parametrize(("seed", "what"), [(4, ""), (31, "silent"), (56, "crash")])
def test_no_lost_transmission_and_no_silent_member_stops_the_league(seed: int, what: str) -> None:
    """Seeds with which a member's word that it has the group is lost at first."""
    net = load("league-of-entropy").build(seed=seed, backend="glass")
    if what == "silent":
        MisbehaveInDKG(at=0.0, what="silent:7").happen(net)
    elif what == "crash":  # before it can say that it has the group
        net.at(net.now + 0.35, lambda: net.crash(7))
    net.run(rounds=1)
    assert passes(net)
    members = 23 - bool(what)
    ended = [entry for entry in net.journal.entries("done") if entry.node != 7 or not what]
    assert len(ended) == members and {len(entry.details["qual"]) for entry in ended} == {members}
    assert len({entry.details["key"] for entry in ended}) == 1
    assert net.info is not None and net.beacons[-1].round == net.info.round_at(net.now)


def test_the_catch_up_example_of_the_specification() -> None:
    """T = 10 is genesis; rounds 3, 4, 5 are due at 70, 100, 130 and made at 130, the first tick after the return."""
    net = ran(load("specification-catch-up"))
    assert passes(net)
    assert net.info is not None
    genesis = net.info.genesis_time
    assert [entry.time - genesis + 10 for entry in net.journal.entries("crash")] == [40.5] * 3
    assert [entry.time - genesis + 10 for entry in net.journal.entries("restart")] == [110] * 3
    assert {entry.details["round"] for entry in net.journal.entries("restart")} == {2}
    times = {number: time + 10 for number, time in made(net).items()}
    assert list(times) == [1, 2, 3, 4, 5, 6]
    for number, tick in {1: 10, 2: 40, 3: 130, 4: 130, 5: 130, 6: 160}.items():
        assert tick < times[number] < tick + 0.3
    # while too few are up, the two that are sign the round after the last one, at every tick
    signed = [
        (round(entry.time - genesis + 10), entry.details["round"])
        for entry in net.journal.entries("partial", 0)
        if 40 < entry.time - genesis + 10 < 130
    ]
    assert signed == [(70, 3), (100, 3)]


def test_halt_and_recovery() -> None:
    net = ran(load("halt-and-recovery"))
    assert passes(net)
    times = made(net)
    assert list(times) == list(range(1, 201))
    late = {number: time - 30 * (number - 1) for number, time in times.items()}
    assert max(late[number] for number in range(1, 11)) < 1
    # 90 rounds are missing at the first tick after 45 minutes. A round takes the catch-up period c, and while B of them
    # are made, others fall due: the chain is on time after B c / (1 - c / p) seconds, for c = p / 2 the outage again
    assert round(late[11]) == 2700
    rebuilt = [number for number in times if late[number] > 1]
    assert rebuilt == list(range(11, rebuilt[-1] + 1))
    assert abs(times[rebuilt[-1]] - times[11] - 90 * 15 / (1 - 15 / 30)) <= 15 + 1
    assert all(late[number + 1] < late[number] - 10 or late[number + 1] < 1 for number in rebuilt)
    assert max(late[number] for number in range(rebuilt[-1] + 1, 201)) < 1


def test_reshare_under_load() -> None:
    net = ran(load("reshare-under-load"))
    assert passes(net)
    assert list(made(net)) == list(range(1, 61))
    assert sorted(entry.node or 0 for entry in net.journal.entries("left group")) == [5, 6]
    assert len({entry.details["hash"] for entry in net.journal.entries("chain")}) == 1
    assert {entry.node for entry in net.journal.entries("stored") if entry.details["round"] == 60} == {
        0, 1, 2, 3, 4, 7, 8, 9, 10,
    }  # fmt: skip
    [reshare] = net.journal.entries("reshare")
    [slow, *_] = net.journal.entries("link")
    under_load = [entry for entry in net.journal.entries("sent") if slow.time < entry.time < reshare.time + 60]
    again = net.world.link(0, 1).with_(slow=3.0).first_wait
    late = [delays for entry in under_load for delays in entry.details["to"].values() if delays and delays[0] > again]
    assert len(late) > 20, "what was lost has come late"
    assert min(entry.time for entry in net.journal.entries("done") if entry.time > reshare.time) > slow.time


def test_byzantine_third() -> None:
    scenario = load("byzantine-third")
    net = ran(scenario)
    assert passes(net)
    assert list(made(net)) == list(range(1, 41))
    liars = {entry.node for entry in net.journal.entries("misbehaviour")}
    assert liars == {7, 8, 9} and 3 * len(liars) < scenario.network.nodes
    refused = {entry.details.get("sender", "").partition(".")[0] for entry in net.journal.entries("refused")}
    assert {"node7", "node9"} <= refused <= {"node7", "node8", "node9"}
    lies = [e for e in net.journal.entries("refused", 2) if e.details["what"] != "partial"]
    assert {entry.details["sender"].partition(".")[0] for entry in lies} & {"node7", "node8"}
    honest = [host for host in net.hosts if host.name not in liars]
    assert {host.disk.store.last().round for host in honest if host.disk.store} == {40}


# -- one digest everywhere --------------------------------------------------------------------------------------------

TINY = Scenario(
    name="x",
    about="y",
    rounds=4,
    network=Shape(nodes=3, threshold=2, scheme="pedersen-bls-chained"),
    events=(Crash(at=1.0, node=2), Restart(at=7.0, node=2)),
)


def test_the_same_seed_gives_the_same_digest_and_another_another() -> None:
    digests = [ran(TINY, seed=seed).journal.digest() for seed in (1, 1, "1", 2)]
    assert digests[0] == digests[1] == digests[2] != digests[3]


def test_verification_once_for_all_changes_nothing() -> None:
    assert ran(TINY).journal.digest() == ran(TINY, shared=False).journal.digest()


def test_both_real_backends_give_the_same_digest() -> None:
    scenario = Scenario(name="x", about="y", rounds=2, network=Shape(nodes=3, threshold=2))
    assert ran(scenario, backend="blst").journal.digest() == ran(scenario, backend="py_ecc").journal.digest()


def test_both_stores_give_the_same_digest(tmp_path: Path) -> None:
    stores: list[ChainStore] = []

    def in_files(name: int) -> MakeStore:
        def make(info: ChainInfo) -> ChainStore:
            stores.append(ChainStore(tmp_path / f"node{name}.sqlite", info))
            return stores[-1]

        return make

    scenario = read(
        event("crash", at="1", node="4")
        + event("restart", at="10", node="4")
        + event("disk", at="4", node="3", full="true")
        + event("disk", at="10", node="3", full="false")
        + event("damage", at="14", node="1", rounds="[1, 2]")
        + event("check_chain", at="16", node="1")
    )
    in_memory, kept = ran(scenario), ran(scenario, make_store=in_files)
    assert len(stores) == 5
    assert in_memory.journal.digest() == kept.journal.digest()
    for store in stores:
        store.close()


def test_other_processes_and_other_hash_seeds_give_the_same_digest() -> None:
    code = (
        "from drandlab.simulation.scenario.scenario import load; s = load('byzantine-third'); "
        "print(s.start(backend='glass').run(rounds=14).journal.digest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert digests == {load("byzantine-third").start(backend="glass").run(rounds=14).journal.digest() + "\n"}
