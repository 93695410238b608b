"""The Python side of the stage: what it accepts, what it tells the page, what it does to the network, what it saves."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.events import BY_HAND
from drandlab.simulation.world.links import MICRO
from drandlab.widgets import NetworkStageWidget
from helpers import five_nodes


def asked(stage: NetworkStageWidget, **message: Any) -> dict[str, Any]:
    """What the page is told after it has asked."""
    stage._handle_custom_msg(message, [])
    return dict(stage.answer)


def test_it_begins_with_the_first_round_and_a_network_that_is_handed_over_with_now() -> None:
    stage = NetworkStageWidget(five_nodes)
    assert stage.at == stage.timeline.genesis / MICRO == 34  # type: ignore[operator]
    assert repr(stage) == "NetworkStageWidget(5 nodes, at=34.0 of 43.0 s, 0 events)"
    assert "round 1 was due 0.0 s ago" in stage.describe()
    net = five_nodes().run(rounds=3)
    before = net.journal.digest()
    handed = NetworkStageWidget(net)
    assert handed.net is net and net.journal.digest() == before
    assert handed.at == handed.until == pytest.approx(43)
    assert NetworkStageWidget(net, at=36).at == 36
    assert NetworkStageWidget(nodes=4, threshold=3, backend="glass").timeline.nodes == (0, 1, 2, 3)


def test_a_network_without_a_chain_is_shown_as_far_as_it_came() -> None:
    net = five_nodes()
    stage = NetworkStageWidget(net)
    assert net.info is not None
    alone = NetworkStageWidget(lambda: _crashed(five_nodes()))
    assert alone.net.info is None
    assert alone.at == alone.until
    assert "there is no chain yet" in alone.describe()
    assert stage.story["genesis"] is not None and alone.story["genesis"] is None


def _crashed(net: Network) -> Network:
    for name in range(5):
        net.crash(name)
    return net


def test_the_story_is_plain_data_and_agrees_with_the_journal() -> None:
    stage = NetworkStageWidget(five_nodes)
    stage.run()
    story = json.loads(json.dumps(stage.story))
    entries = stage.net.journal.entries("sent")
    assert len(story["sent"]) == len(entries)
    for told, entry in zip(story["sent"], entries, strict=True):
        assert told[:4] == [
            stage.timeline.time_of(entry.time),
            entry.node,
            entry.details["message"],
            entry.what.round,
        ]
        assert {str(to): delays for to, *delays in told[4]} == entry.details["to"]
    last = {name: states[-1][3] for name, states in story["nodes"]}
    assert last == {host.name: host.node.last.round for host in stage.net.hosts if host.node.last}
    assert story["until"] == round(stage.until * MICRO)


def test_lost_and_cut_messages_are_told_apart() -> None:
    stage = NetworkStageWidget(five_nodes)
    stage.at = 36
    stage.act("isolate", 0)
    fates = {(told[1], to): delays for told in stage.story["sent"] if told[0] > 36 * MICRO for to, *delays in told[4]}
    assert fates[0, 1] == [-2]
    assert all(delay >= 0 for delay in fates[1, 2])


def test_acting_in_the_past_rewrites_what_follows() -> None:
    stage = NetworkStageWidget(five_nodes)
    stage.run()
    before = stage.net
    stage.at = 38.5
    stage.act("crash", 2)
    stage.at = 39.25
    stage.act("mischief", what="garbage-partial:1")
    assert stage.net is not before
    assert [(at, event.do, event.about) for at, event in stage.history] == [
        (38.5, "crash", (2,)),
        (39.25, "mischief", (1,)),
    ]
    assert [e.node for e in stage.net.journal.entries("crash")] == [2]
    assert stage.timeline.journal is stage.net.journal
    assert stage.at == 39.25 <= stage.until
    assert "Node 2 is down" in stage.describe()
    stage.at = 38.0
    stage.act("cut", 0, 3)
    assert [event.do for _, event in stage.history] == ["cut"]
    assert "Node 2 is down" not in stage.describe()
    assert repr(stage).endswith("1 event)")


def test_what_was_done_by_hand_is_a_scenario() -> None:
    stage = NetworkStageWidget(five_nodes)
    stage.at = 38.5
    stage.act("isolate", 2)
    [event] = stage.to_scenario().events
    assert (event.do, event.about, event.at) == ("isolate", (2,), 4.5)


def test_what_the_page_asks_for_is_done_and_answered() -> None:
    stage = NetworkStageWidget(five_nodes)
    until = stage.until
    assert asked(stage, number=1, do="run", at=35) == {"number": 1, "refused": None}
    assert stage.until == until + 12
    assert stage.story["until"] == round(stage.until * MICRO)
    assert asked(stage, number=2, do="crash", at=37.5, node=3) == {"number": 2, "refused": None}
    assert not stage.net.host(3).up and stage.at == 37.5
    assert asked(stage, number=3, do="mischief", at=37.5, what="flood:0", instead=True)["refused"] is None
    assert [str(one) for one in stage.net.host(0).misbehaviours] == ["flood:0"]


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"do": "explode", "at": 35, "node": 1}, "do: no such event; there are crash, "),
        ({"do": "crash", "at": 35, "node": 9}, "node: there is no node 9"),
        ({"do": "crash", "at": 35, "nodes": "1"}, "nodes: expected a list of nodes, got str"),
        ({"do": "crash", "at": 35, "nodes": 5}, "nodes: expected a list of nodes, got int"),
        ({"do": "crash", "at": 35, "node": "5"}, "node: expected a whole number, got '5'"),
        ({"do": "crash", "at": 35}, "node: name one `node`, or several `nodes`"),
        ({"do": "crash", "at": 35, "node": 1, "kind": 2}, "crash: no such key; "),
        ({"do": ["crash"], "at": 35, "node": 1}, "do: expected one of crash, "),
        ({"at": 35, "node": 1}, "do: expected one of crash, "),
        ({"do": "crash", "at": 1e9, "node": 1}, "at: expected seconds from 0 to 43"),
        ({"do": "crash", "node": 1}, "at: expected seconds from 0 to 43"),
        ({"do": "mischief", "at": 35, "what": "bribe:1"}, "what: misbehaviour 'bribe:1': expected one of"),
        ({}, "at: expected seconds"),
    ],
)
def test_what_the_page_may_not_ask_for_is_refused_in_a_sentence(message: dict[str, Any], sentence: str) -> None:
    stage = NetworkStageWidget(five_nodes)
    digest = stage.net.journal.digest()
    answer = asked(stage, number=7, **message)
    assert answer["number"] == 7
    assert answer["refused"].startswith(sentence)
    assert stage.net.journal.digest() == digest and stage.history == []


def test_the_page_has_a_name_for_every_deed() -> None:
    stage = NetworkStageWidget(five_nodes)
    assert stage.story["labels"] == dict(BY_HAND)
    asks = set(re.findall(r'["]([a-z_]+)["]', " ".join(re.findall(r"(?:ask\(|\[)[^;]*", stage._esm))))
    assert {"crash", "restart", "isolate", "rejoin", "cut", "mend", "link", "mischief", "behave"} == BY_HAND.keys()
    assert BY_HAND.keys() <= asks


def test_what_is_no_message_is_passed_over() -> None:
    stage = NetworkStageWidget(five_nodes)
    stage._handle_custom_msg("crash", [])
    assert stage.answer == {}


def test_the_past_of_a_network_that_is_handed_over_stays() -> None:
    net = five_nodes().run(rounds=2)
    stage = NetworkStageWidget(net)
    refused = asked(stage, number=1, do="crash", at=35, node=0)["refused"]
    assert refused.startswith("this network cannot go back")
    assert asked(stage, number=2, do="crash", at=stage.until, node=0)["refused"] is None
    assert not net.host(0).up


def test_a_network_that_ran_elsewhere_is_read_again() -> None:
    net = five_nodes().run(rounds=2)
    stage = NetworkStageWidget(net)
    net.run(rounds=2)
    stage.update()
    assert stage.story["until"] == round(stage.until * MICRO) == 46 * MICRO - 1
    assert stage.timeline.newest == 4


@pytest.mark.parametrize(
    ("trait", "value", "sentence"),
    [
        ("at", -1, "at: expected seconds from 0 to 43.0, got -1"),
        ("at", 44, "got 44"),
        ("at", None, "got None"),
        ("at", True, "got True"),
        ("at", float("nan"), "got nan"),
        ("speed", 3, "speed: expected one of 0.25, 0.5, 1, 2, 4, 16, got 3"),
        ("speed", None, "got None"),
        ("speed", "1", "got '1'"),
        ("chosen", 5, "chosen: there is no node 5; there are 0, 1, 2, 3, 4"),
        ("chosen", "0", "chosen: there is no node '0'"),
        ("chosen", False, "chosen: there is no node False"),
    ],
)
def test_a_refused_assignment_changes_nothing(trait: str, value: Any, sentence: str) -> None:
    stage = NetworkStageWidget(five_nodes)
    before = (stage.at, stage.speed, stage.chosen)
    with pytest.raises(LocalError, match=sentence):
        setattr(stage, trait, value)
    stage.set_state({trait: value})  # what a page sends is refused without an error
    assert (stage.at, stage.speed, stage.chosen) == before
    with pytest.raises(traitlets.TraitError, match="read-only"):
        stage.story = {}


def test_what_cannot_be_shown_is_refused_in_one_sentence() -> None:
    with pytest.raises(LocalError, match="room for 32 nodes, this network has 33"):
        NetworkStageWidget(nodes=33, threshold=17, backend="glass")
    with pytest.raises(LocalError, match="give a network, or the arguments of one, not both: got seed"):
        NetworkStageWidget(five_nodes, seed=2)
    with pytest.raises(LocalError, match="net: expected a Network, or a function that makes one, got a str"):
        NetworkStageWidget("quicknet")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="at: expected seconds"):
        NetworkStageWidget(five_nodes, at=-3)
    stage = NetworkStageWidget(five_nodes)
    for seconds in (-1, "4", True, float("inf")):
        with pytest.raises(LocalError, match="seconds: expected a number of at least 0"):
            stage.run(seconds)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="do: no such event; there are crash"):
        stage.act("explode", 1)


def test_the_saved_cell_holds_a_sentence_and_a_picture() -> None:
    data, again = (NetworkStageWidget(five_nodes, at=34.01)._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    for kind in ("image/svg+xml", "text/plain"):
        assert data[kind] == again[kind]
    assert "On their way: " in data["text/plain"]
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]


def test_a_long_run_tells_its_last_rounds_only() -> None:
    net = Network(3, 2, seed=1, backend="glass").run(rounds=230)
    stage = NetworkStageWidget(net)
    rounds = [entry[3] for entry in stage.story["sent"]]
    assert min(rounds) == stage.timeline.newest - 200
    assert stage.story["begin"] == stage.timeline.due(30)
    assert [states[0][3] for _, states in stage.story["nodes"]] == [29, 29, 29]
    assert len(json.dumps(stage.story)) < 200_000
    assert len(json.dumps(NetworkStageWidget(nodes=23, threshold=12, backend="glass").story)) < 500_000
