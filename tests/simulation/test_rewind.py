"""Going back gives the same past, and another future."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sample_events import EVENT_OF

from drandlab.errors import LocalError
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.network import START, Network
from drandlab.simulation.rewind import Rewind
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.events import (
    BY_HAND,
    EVENTS,
    ChangeLink,
    CheckChain,
    Crash,
    Cut,
    Damage,
    Heal,
    Misbehave,
    Reshare,
    Restart,
    SetClock,
    event_of,
)
from drandlab.simulation.scenario.scenario import Scenario
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.passes import Satellite
from helpers import five_nodes

GENESIS = START + 34
SLOW = 25.0


def lines(net: Network, until: float) -> list[str]:
    return [entry.to_json() for entry in net.journal if entry.time < until]


def test_the_past_stays_and_the_future_changes() -> None:
    past = Rewind(five_nodes)
    past.run(GENESIS + 20)
    whole = five_nodes().run(until=GENESIS + 20)
    assert past.net.journal.digest() == whole.journal.digest()

    past.act(GENESIS + 7, Crash(node=2))
    past.run(GENESIS + 20)
    assert lines(past.net, GENESIS + 7) == lines(whole, GENESIS + 7)
    assert past.net.journal.digest() != whole.journal.digest()
    assert not past.net.host(2).up

    first = past.net
    past.act(GENESIS + 10, Restart(node=2))
    past.act(GENESIS + 4, Cut(between=(0, 1)))
    assert [event.do for _, event in past.history] == ["cut"]
    past.run(GENESIS + 20)
    assert past.net.host(2).up
    assert lines(past.net, GENESIS + 4) == lines(whole, GENESIS + 4)
    assert past.net is not first


def test_the_same_deeds_give_the_same_journal_in_one_go_or_by_going_back() -> None:
    deeds = [(GENESIS + 2.5, ChangeLink(nodes=(3,), slow=SLOW)), (GENESIS + 6.25, Misbehave(what="garbage-partial:1"))]
    straight, back = Rewind(five_nodes), Rewind(five_nodes)
    for when, event in deeds:
        straight.act(when, event)
    straight.run(GENESIS + 15)
    back.run(GENESIS + 30)
    for when, event in deeds:
        back.act(when, event)
    back.run(GENESIS + 15)
    assert back.net.journal.digest() == straight.net.journal.digest()
    assert back.history == straight.history


# What the stage offers: how it is done to node 0, or to the link of nodes 0 and 1, and what it follows.
DEEDS: dict[str, tuple[dict[str, Any], str | None]] = {
    "crash": ({"node": 0}, None),
    "restart": ({"node": 0}, "crash"),
    "cut": ({"between": (0, 1)}, None),
    "mend": ({"between": (0, 1)}, "cut"),
    "isolate": ({"node": 0}, None),
    "rejoin": ({"node": 0}, "isolate"),
    "link": ({"nodes": (0,), "slow": SLOW}, None),
    "mischief": ({"what": "flood:0", "instead": True}, None),
    "behave": ({"node": 0}, "mischief"),
}


@pytest.mark.parametrize("lose_disk", [False, True])
@pytest.mark.parametrize("do", BY_HAND)
def test_every_deed_does_what_it_says(do: str, lose_disk: bool) -> None:
    past = Rewind(five_nodes)
    past.run(GENESIS + 3)
    keys, before = DEEDS[do]
    if before is not None:
        past.act(past.net.now, event_of(before, **DEEDS[before][0]))
    past.act(past.net.now, event_of(do, **keys, **({"lose_disk": lose_disk} if do == "crash" else {})))
    net, host, world = past.net, past.net.host(0), past.net.world
    assert host.up == (do != "crash")
    assert (host.disk.store is None) == (do == "crash" and lose_disk)
    cut = {(a, b) for a in range(5) for b in range(5) if world.is_cut(a, b)}
    assert cut == {
        "cut": {(0, 1), (1, 0)},
        "isolate": {(0, other) for other in range(1, 5)} | {(other, 0) for other in range(1, 5)},
    }.get(do, set())
    assert world.link(0, 3).slow == world.link(3, 0).slow == (SLOW if do == "link" else 1)
    assert world.link(1, 2).slow == 1
    assert [str(one) for one in host.misbehaviours] == (["flood:0"] if do == "mischief" else [])
    assert net.host(1).misbehaviours == []


def test_a_misbehaviour_comes_beside_another_or_instead() -> None:
    past = Rewind(five_nodes)
    for what, instead in (("flood:1", False), ("garbage-partial:1", False), ("noise:1", True)):
        past.act(GENESIS, Misbehave(what=what, instead=instead))
    assert [str(one) for one in past.net.host(1).misbehaviours] == ["noise:1"]
    assert [entry.details["what"] for entry in past.net.journal.entries("misbehaviour", 1)] == [
        "flood:1",
        "garbage-partial:1",
        None,
        "noise:1",
    ]


def test_slow_links_keep_the_rest_of_what_they_are() -> None:
    links = {(0, 1): Link(latency=Latency(mean=0.5)), (1, 0): Link(loss=0.5)}
    past = Rewind(lambda: Network(4, 3, backend="glass", links=links))
    past.act(START + 1, ChangeLink(nodes=(0,), slow=SLOW))
    assert past.net.world.link(0, 1) == links[0, 1].with_(slow=SLOW)
    assert past.net.world.link(1, 0) == links[1, 0].with_(slow=SLOW)
    past.act(START + 2, ChangeLink(nodes=(0,), slow=1.0))
    assert past.net.world.link(0, 1) == links[0, 1]
    assert past.net.world.link(1, 0) == links[1, 0]


def test_a_network_that_is_handed_over_has_a_future_only() -> None:
    net = five_nodes().run(rounds=3)
    past = Rewind(net)
    past.act(net.now, Crash(node=0))
    assert past.net is net and not net.host(0).up
    with pytest.raises(LocalError, match="this network cannot go back: go to its newest moment, or show a function"):
        past.act(net.now - 1, Crash(node=1))
    assert net.host(1).up
    assert len(past.history) == 1


@pytest.mark.parametrize(
    ("do", "nodes", "keys", "sentence"),
    [
        ("explode", (0,), {}, r"do: no such event; there are crash, .*; got 'explode'"),
        (None, (0,), {}, "do: expected one of crash, .*, got NoneType"),
        ("crash", (), {}, "node: name one `node`, or several `nodes`"),
        ("crash", ("0",), {}, "node: expected a whole number, got '0'"),
        ("crash", (True,), {}, "node: expected a whole number, got True"),
        ("crash", (0, 0), {}, "nodes: node 0 comes twice"),
        ("cut", (1, 1), {}, "between: node 1 comes twice"),
        ("cut", (1,), {}, "between: a link has two ends, got 1 nodes"),
        ("cut", (), {}, "between: missing; `cut` needs it"),
        ("crash", (0,), {"what": "flood"}, "crash: no such key; .*; got 'what'"),
        ("mischief", (0,), {}, r"mischief: takes no list of nodes; give its keys by name, got \(0,\)"),
        ("mischief", (), {"what": "bribe:0"}, "what: misbehaviour 'bribe:0': expected one of silent-partials"),
        ("mischief", (), {"what": ["flood"]}, "what: "),
    ],
)
def test_what_is_no_event_is_refused(do: Any, nodes: Any, keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        event_of(do, *nodes, **keys)


@pytest.mark.parametrize("do", EVENTS)
def test_an_event_has_no_time_of_its_own_here(do: str) -> None:
    past = Rewind(five_nodes)
    with pytest.raises(LocalError, match="event: it happens at the time that `when` gives"):
        past.act(GENESIS, EVENT_OF[do])
    assert past.history == [] and past.net.now == START


def test_an_event_that_cannot_happen_in_the_past_leaves_the_present_as_it_is() -> None:
    past = Rewind(five_nodes)
    past.act(GENESIS + 5, Heal())
    past.run(GENESIS + 9)
    net, digest, history = past.net, past.net.journal.digest(), list(past.history)
    for event in (Damage(node=0, rounds=(1,)), Reshare(threshold=3)):
        with pytest.raises(LocalError, match=r"no chain|no group"):
            past.act(START + 0.01, event)
    assert past.net is net and past.net.journal.digest() == digest and past.history == history


def test_what_makes_no_network_is_refused() -> None:
    with pytest.raises(LocalError, match="net: expected a Network, or a function that makes one, got a int"):
        Rewind(5)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="net: the function was to make a Network, it made a list"):
        Rewind(lambda: [])  # type: ignore[arg-type, return-value]
    past = Rewind(five_nodes)
    past.run(GENESIS)
    with pytest.raises(LocalError, match="node: there is no node 5; there are 0 to 4"):
        past.act(GENESIS - 1, Crash(node=5))
    with pytest.raises(LocalError, match="event: expected an event of a scenario, got a str"):
        past.act(GENESIS, "crash")  # type: ignore[arg-type]
    assert past.history == [] and past.net.now == GENESIS


@pytest.mark.parametrize("when", [float("nan"), float("inf"), "now", None, True])
def test_a_time_that_is_none_is_refused_and_nothing_has_changed(when: Any) -> None:
    past = Rewind(lambda: Network(3, 2, backend="glass"))
    past.run(past.net.now + 20)
    digest = past.net.journal.digest()
    with pytest.raises(LocalError, match="when: expected UNIX seconds, got"):
        past.act(when, Crash(node=0))
    with pytest.raises(LocalError, match="until: expected UNIX seconds, got"):
        past.run(when)
    assert past.net.journal.digest() == digest and past.history == []


def test_a_function_that_cannot_lead_back_is_named() -> None:
    one = five_nodes().run(until=GENESIS)
    same = Rewind(lambda: one)
    with pytest.raises(LocalError, match="the function is to make a new Network at each call"):
        same.act(START + 1, Crash(node=0))
    late = Rewind(lambda: five_nodes().run(until=GENESIS))
    late.run(GENESIS + 5)
    with pytest.raises(LocalError, match="this moment is past when the function has made the network"):
        late.act(START + 1, Crash(node=0))
    late.act(GENESIS + 1, Crash(node=0))
    assert not late.net.host(0).up


# -- as a scenario ----------------------------------------------------------------------------------------------------


def with_everything() -> Network:
    return Network(
        5,
        4,
        scheme="pedersen-bls-chained",
        period=4,
        seed=3,
        backend="glass",
        phase_timeout=4,
        beacon_id="mine",
        link=Link(latency=Latency(kind="uniform", mean=0.05, spread=0.01), loss=0.01),
        links={pair: Link(slow=3.0) for pair in ((1, 4), (4, 1))},
        faults=[parse("silent:4")],
    )


@pytest.mark.parametrize("source", [five_nodes, with_everything])
def test_what_was_done_by_hand_is_a_scenario_that_gives_the_same_journal(source: Callable[[], Network]) -> None:
    past = Rewind(source)
    past.run(past.net.run(rounds=2).now)
    assert past.net.info is not None
    genesis = past.net.info.genesis_time
    for when, event in (
        (2.5, Crash(node=2)),
        (3.25, ChangeLink(nodes=(1,), slow=SLOW)),
        (6.125, Restart(node=2)),
        (9.000001, Misbehave(what="flood:1", instead=True)),
    ):
        past.act(genesis + when, event)
    scenario = past.to_scenario(name="A lesson")
    again = Scenario.from_toml(scenario.to_toml())
    assert again == scenario and scenario.name == "A lesson"
    past.run(genesis + scenario.rounds * past.net.info.period - 1e-6)
    assert again.start().run(rounds=again.rounds).journal.digest() == past.net.journal.digest()


def test_what_no_scenario_can_say_is_refused() -> None:
    past = Rewind(five_nodes)
    with pytest.raises(LocalError, match="there is no chain yet"):
        past.to_scenario()
    past.act(GENESIS - 1, Crash(node=0))
    past.run(GENESIS + 1)
    with pytest.raises(LocalError, match="count from genesis, and this crash happens before it"):
        past.to_scenario()
    with pytest.raises(LocalError, match="no function that makes this network"):
        Rewind(five_nodes().run(rounds=1)).to_scenario()
    with_satellite = Satellite(3, "crypto", [("a", START, START + 99)])
    for source, sentence in (
        (lambda: Network(3, seed="text", backend="glass"), "seed: a scenario file holds a whole number"),
        (lambda: Network(3, backend="glass", links={(0, 1): Link(loss=0.5)}), "directions between nodes 0 and 1"),
        (lambda: five_nodes().run(until=START + 1), "begins with a new network"),
        (lambda: Network(4, 3, backend="glass", satellites=[with_satellite]), "the orbits of satellites"),
    ):
        other = Rewind(source)
        other.net.run(rounds=1)
        with pytest.raises(LocalError, match=sentence):
            other.to_scenario()


@pytest.mark.parametrize(
    "event",
    [
        SetClock(node=1, ahead=4, drift=0),
        ChangeLink(between=(0, 1), loss=0, slow=3),
        ChangeLink(between=(0, 1), bandwidth=100_000),
    ],
)
def test_whole_numbers_given_by_hand_replay_to_the_same_digest(event: Event) -> None:
    past = Rewind(lambda: Network(4, 3, backend="glass"))
    past.run(past.net.run(rounds=2).now)
    past.act(past.net.now, event)
    scenario = Scenario.from_toml(past.to_scenario().to_toml())
    again = scenario.start().run(rounds=scenario.rounds)
    past.run(again.now)
    assert again.journal.digest() == past.net.journal.digest()


def test_a_node_that_is_down_does_not_check_its_chain() -> None:
    past = Rewind(lambda: Network(4, 3, backend="glass"))
    past.run(past.net.run(rounds=2).now)
    past.act(past.net.now, Crash(node=1))
    with pytest.raises(LocalError, match="node 1 is down, so it cannot check its chain"):
        past.act(past.net.now, CheckChain(node=1))
    assert [event.do for _, event in past.history] == ["crash"]


def test_a_check_that_is_refused_leaves_no_trace_in_the_journal() -> None:
    net = Network(4, 3, backend="glass").run(rounds=1)
    net.crash(1, lose_disk=True)
    net.restart(1)
    before = net.journal.digest()
    with pytest.raises(LocalError, match="there is no chain to check yet"):
        net.check_chain(1)
    assert net.journal.digest() == before
