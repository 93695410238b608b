"""Going back gives the same past, and another future."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.network import START, Network
from drandlab.simulation.rewind import ACTIONS, SLOW, Action, Rewind
from drandlab.simulation.world.links import Latency, Link
from helpers import five_nodes

GENESIS = START + 34


def lines(net: Network, until: float) -> list[str]:
    return [entry.to_json() for entry in net.journal if entry.time < until]


def test_the_past_stays_and_the_future_changes() -> None:
    past = Rewind(five_nodes)
    past.run(GENESIS + 20)
    whole = five_nodes().run(until=GENESIS + 20)
    assert past.net.journal.digest() == whole.journal.digest()

    past.act(GENESIS + 7, Action("crash", (2,)))
    past.run(GENESIS + 20)
    assert lines(past.net, GENESIS + 7) == lines(whole, GENESIS + 7)
    assert past.net.journal.digest() != whole.journal.digest()
    assert not past.net.host(2).up

    first = past.net
    past.act(GENESIS + 10, Action("restart", (2,)))
    past.act(GENESIS + 4, Action("cut", (0, 1)))
    assert [action.kind for _, action in past.history] == ["cut"]
    past.run(GENESIS + 20)
    assert past.net.host(2).up
    assert lines(past.net, GENESIS + 4) == lines(whole, GENESIS + 4)
    assert past.net is not first


def test_the_same_deeds_give_the_same_journal_in_one_go_or_by_going_back() -> None:
    deeds = [(GENESIS + 2.5, Action("slow", (3,))), (GENESIS + 6.25, Action("corrupt", (1,), "garbage-partial"))]
    straight, back = Rewind(five_nodes), Rewind(five_nodes)
    for when, action in deeds:
        straight.act(when, action)
    straight.run(GENESIS + 15)
    back.run(GENESIS + 30)
    for when, action in deeds:
        back.act(when, action)
    back.run(GENESIS + 15)
    assert back.net.journal.digest() == straight.net.journal.digest()
    assert back.history == straight.history


@pytest.mark.parametrize("kind", ACTIONS)
def test_every_action_does_what_it_says(kind: str) -> None:
    past = Rewind(five_nodes)
    past.run(GENESIS + 3)
    count, _ = ACTIONS[kind]
    before = {"restart": "crash", "mend": "cut", "rejoin": "isolate", "quick": "slow", "honest": "corrupt"}
    for name in (before.get(kind), kind):
        if name is not None:
            nodes = tuple(range(ACTIONS[name][0]))
            past.act(past.net.now, Action(name, nodes, "flood" if name == "corrupt" else None))
    net, host, world = past.net, past.net.host(0), past.net.world
    assert count in (1, 2)
    assert host.up == (kind not in ("crash", "lose"))
    assert (host.disk.store is None) == (kind == "lose")
    cut = {(a, b) for a in range(5) for b in range(5) if world.is_cut(a, b)}
    assert cut == {
        "cut": {(0, 1), (1, 0)},
        "isolate": {(0, other) for other in range(1, 5)} | {(other, 0) for other in range(1, 5)},
    }.get(kind, set())
    assert world.link(0, 3).slow == world.link(3, 0).slow == (SLOW if kind == "slow" else 1)
    assert world.link(1, 2).slow == 1
    assert [str(one) for one in host.misbehaviours] == (["flood:0"] if kind == "corrupt" else [])
    assert net.host(1).misbehaviours == []


def test_a_corrupt_node_has_one_misbehaviour_at_a_time() -> None:
    past = Rewind(five_nodes)
    past.act(GENESIS, Action("corrupt", (1,), "flood"))
    past.act(GENESIS, Action("corrupt", (1,), "noise"))
    assert [str(one) for one in past.net.host(1).misbehaviours] == ["noise:1"]


def test_slow_links_keep_the_rest_of_what_they_are() -> None:
    links = {(0, 1): Link(latency=Latency(mean=0.5)), (1, 0): Link(loss=0.5)}
    past = Rewind(lambda: Network(4, 3, backend="glass", links=links))
    past.act(START + 1, Action("slow", (0,)))
    assert past.net.world.link(0, 1) == links[0, 1].with_(slow=SLOW)
    assert past.net.world.link(1, 0) == links[1, 0].with_(slow=SLOW)
    past.act(START + 2, Action("quick", (0,)))
    assert past.net.world.link(0, 1) == links[0, 1]
    assert past.net.world.link(1, 0) == links[1, 0]


def test_a_network_that_is_handed_over_has_a_future_only() -> None:
    net = five_nodes().run(rounds=3)
    past = Rewind(net)
    past.act(net.now, Action("crash", (0,)))
    assert past.net is net and not net.host(0).up
    with pytest.raises(LocalError, match="this network cannot go back: go to its newest moment, or show a function"):
        past.act(net.now - 1, Action("crash", (1,)))
    assert net.host(1).up
    assert len(past.history) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("explode", (0,)), "action: expected one of crash, lose, .*, got 'explode'"),
        ((None, (0,)), "action: expected one of"),
        (("crash", ()), r"crash: expected a node as a tuple, got \(\)"),
        (("crash", (0, 1)), "crash: expected a node as a tuple"),
        (("crash", [0]), "crash: expected a node as a tuple"),
        (("crash", ("0",)), "crash: expected a node as a tuple"),
        (("crash", (True,)), "crash: expected a node as a tuple"),
        (("cut", (1, 1)), "cut: expected two different nodes as a tuple"),
        (("cut", (1,)), "cut: expected two different nodes as a tuple"),
        (("crash", (0,), "flood"), "crash: a misbehaviour is named for corrupt and for nothing else, got 'flood'"),
        (("corrupt", (0,)), "corrupt: a misbehaviour is named for corrupt and for nothing else, got None"),
        (("corrupt", (0,), "bribe"), "corrupt: expected one of silent-partials, .*, got 'bribe'"),
        (("corrupt", (0,), ["flood"]), "corrupt: expected one of"),
    ],
)
def test_an_action_that_is_none_is_refused(arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        Action(*arguments)


def test_what_makes_no_network_is_refused() -> None:
    with pytest.raises(LocalError, match="net: expected a Network, or a function that makes one, got a int"):
        Rewind(5)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="net: the function was to make a Network, it made a list"):
        Rewind(lambda: [])  # type: ignore[arg-type, return-value]
    past = Rewind(five_nodes)
    past.run(GENESIS)
    with pytest.raises(LocalError, match="node: there is no node 5; there are 0 to 4"):
        past.act(GENESIS - 1, Action("crash", (5,)))
    with pytest.raises(LocalError, match="action: expected an Action, got a str"):
        past.act(GENESIS, "crash")  # type: ignore[arg-type]
    assert past.history == [] and past.net.now == GENESIS


@pytest.mark.parametrize("when", [float("nan"), float("inf"), "now", None, True])
def test_a_time_that_is_none_is_refused_and_nothing_has_changed(when: Any) -> None:
    past = Rewind(lambda: Network(3, 2, backend="glass"))
    past.run(past.net.now + 20)
    digest = past.net.journal.digest()
    with pytest.raises(LocalError, match="when: expected UNIX seconds, got"):
        past.act(when, Action("crash", (0,)))
    with pytest.raises(LocalError, match="until: expected UNIX seconds, got"):
        past.run(when)
    assert past.net.journal.digest() == digest and past.history == []


def test_a_function_that_cannot_lead_back_is_named() -> None:
    one = five_nodes().run(until=GENESIS)
    same = Rewind(lambda: one)
    with pytest.raises(LocalError, match="the function is to make a new Network at each call"):
        same.act(START + 1, Action("crash", (0,)))
    late = Rewind(lambda: five_nodes().run(until=GENESIS))
    late.run(GENESIS + 5)
    with pytest.raises(LocalError, match="this moment is past when the function has made the network"):
        late.act(START + 1, Action("crash", (0,)))
    late.act(GENESIS + 1, Action("crash", (0,)))
    assert not late.net.host(0).up
