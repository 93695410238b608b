"""The checkers of gossip: an honest run breaks none, and each finds the bug that is planted for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from drandlab.gossip.effects import Validation
from drandlab.gossip.memory.seen_cache import SeenCache
from drandlab.gossip.pulse_validators import PulseValidator
from drandlab.gossip.router_parameters import DRAND_RELAY
from drandlab.simulation.checkers.gossip_rules import check_gossip
from drandlab.simulation.checkers.verdict import Verdict
from drandlab.simulation.journal import Journal
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.world.links import Latency, Link


@cache
def sound() -> GossipNetwork:
    return GossipNetwork(14, rounds=3, seed=2, degree=5).run()


def broken(verdicts: list[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.ok]


def forged(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> list[str]:
    lines = [change(json.loads(line)) for line in sound().journal.to_jsonl().splitlines()]
    return broken(check_gossip(Journal.from_jsonl("\n".join(json.dumps(line) for line in lines if line))))


def test_a_sound_network_breaks_no_rule_and_each_looks_at_something() -> None:
    verdicts = check_gossip(sound().journal)
    assert broken(verdicts) == [] and all(verdict.checked for verdict in verdicts)
    assert forged(lambda line: line) == []


def test_a_message_that_never_comes_to_a_subscriber_breaks_the_bound() -> None:
    assert forged(lambda e: None if e["kind"] == "delivered" and e["node"] == 9 else e) == ["gossip in time"]


def test_who_was_not_connected_all_along_is_owed_nothing() -> None:
    def away(entry: dict[str, Any]) -> dict[str, Any] | None:
        return None if entry["kind"] in ("delivered", "connected") and 9 in (entry["node"], entry.get("to")) else entry

    assert forged(away) == []


@pytest.mark.parametrize("seed", [1, 4, 6])
def test_who_loses_a_message_on_every_connection_is_owed_nothing(seed: int) -> None:
    # few connections, all of them in the mesh: nobody is told again of what was sent and lost
    net = GossipNetwork(8, rounds=8, seed=seed, loss=0.3, degree=2).run()
    everybody = {entry.node for entry in net.journal.entries("subscribed")}
    missed = [
        (entry.what.mark, name)
        for entry in net.journal.entries("message")
        for name in everybody
        if not any(got.what.mark == entry.what.mark for got in net.journal.entries("delivered") if got.node == name)
    ]
    assert missed and broken(check_gossip(net.journal)) == []


def test_a_lossy_network_owes_what_it_has_not_lost() -> None:
    net = GossipNetwork(8, rounds=8, seed=1, loss=0.3, degree=2).run()
    lines = [json.loads(line) for line in net.journal.to_jsonl().splitlines()]
    found = set()
    for name in range(2, 8):
        silenced = [line for line in lines if line["kind"] != "delivered" or line["node"] != name]
        verdicts = check_gossip(Journal.from_jsonl("\n".join(map(json.dumps, silenced))))
        found.add(tuple(broken(verdicts)))
    assert found == {("gossip in time",)}


def test_a_delivery_out_of_nothing_is_found() -> None:
    wrong = "00" * 8
    assert "gossip published" in forged(lambda e: e | {"mark": wrong} if e["kind"] == "delivered" else e)


def test_a_pulse_taken_with_another_randomness_is_found() -> None:
    wrong = "ab" * 8
    assert forged(lambda e: e | {"randomness": wrong} if e["kind"] == "pulse" else e) == ["gossip true"]


def test_a_pulse_delivered_before_its_round_is_found() -> None:
    assert "gossip true" in forged(lambda e: e | {"time": e["time"] - 1} if e["kind"] == "delivered" else e)


def test_a_router_that_forgets_what_it_has_seen_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SeenCache] = []  # the first two are those of the relays
    holds = SeenCache.holds

    def forget(self: SeenCache, *of: Any) -> bool:
        asked.extend([self] if self not in asked else [])
        return self not in asked[3:4] and holds(self, *of)

    monkeypatch.setattr(SeenCache, "holds", forget)
    net = GossipNetwork(12, rounds=2, degree=6, checks="none")
    assert broken(check_gossip(net.run().journal)) == ["gossip once"]


def test_a_validator_that_accepts_everything_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    common: dict[str, Any] = {"rounds": 2, "degree": 4, "sybils": 3, "sybil": "false"}
    assert broken(check_gossip(GossipNetwork(12, **common).run().journal)) == []
    monkeypatch.setattr(PulseValidator, "__call__", lambda *of: Validation.ACCEPT)
    assert broken(check_gossip(GossipNetwork(12, **common).run().journal)) == ["gossip true"]


def test_slow_links_break_a_bound_that_is_too_short() -> None:
    slow = Link(latency=Latency(mean=0.4))
    common: dict[str, Any] = {"rounds": 2, "link": slow, "parameters": DRAND_RELAY.with_(flood_publish=False)}
    assert broken(check_gossip(GossipNetwork(20, bound=0.5, degree=4, **common).run().journal)) == ["gossip in time"]
    assert broken(check_gossip(GossipNetwork(20, bound=5, degree=4, **common).run().journal)) == []


def test_where_nobody_verifies_the_truth_is_not_judged() -> None:
    verdicts = check_gossip(GossipNetwork(6, rounds=1, degree=3, checks="none").run().journal)
    assert [verdict.skipped for verdict in verdicts if verdict.name == "gossip true"] == [
        "its subscribers do not verify"
    ]
    assert check_gossip([])[3].skipped == "no gossip network is in it"
