"""Bridges of the fuzz: which seeds have one, what is drawn, and what becomes of a finding with a bridge."""

from __future__ import annotations

import hashlib

import pytest

from drandlab.simulation.checkers.verdict import Verdict, Violation
from drandlab.simulation.fuzz import run as fuzz_run
from drandlab.simulation.fuzz.bridges import BRIDGE_EVENTS
from drandlab.simulation.fuzz.draw import BRIDGED_AT, BRIDGED_EVERY, draw
from drandlab.simulation.fuzz.plan import Plan, text_of
from drandlab.simulation.fuzz.run import run
from drandlab.simulation.fuzz.shrink import saved, shrink
from drandlab.simulation.journal import Journal
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.bridge_events import AtCollators
from drandlab.simulation.scenario.scenario import Scenario


def bridged(count: int, first: int = 0) -> list[Plan]:
    """The plans of the first so many seeds with a bridge."""
    return [draw(first + BRIDGED_AT + BRIDGED_EVERY * place) for place in range(count)]


def test_one_seed_in_sixteen_has_a_bridge() -> None:
    for seed in range(200):
        trouble = draw(seed).trouble
        has_one = seed % BRIDGED_EVERY == BRIDGED_AT
        assert (trouble.bridge is not None) == (trouble.gossip is not None) == has_one
        assert has_one or not any(isinstance(event, tuple(BRIDGE_EVENTS)) for event in trouble.events)


def test_the_plans_of_all_other_seeds_are_as_they_were_before_there_were_bridges() -> None:
    found = hashlib.sha256()
    for seed in range(400):
        if seed % BRIDGED_EVERY != BRIDGED_AT:
            plan = draw(seed)
            found.update("\n".join([str(plan), *map(text_of, plan.parts), plan.trouble.to_toml()]).encode())
    assert found.hexdigest() == "50862b7af71829a2fa84f9feff1a499c812a2eded543817a87470e4a9868af83"


def test_fewer_than_a_third_of_the_collators_ever_misbehave() -> None:
    kinds, modes, losses = set(), set(), set()
    for plan in bridged(150):
        bridge, gossip = plan.trouble.bridge, plan.trouble.gossip
        assert bridge is not None and gossip is not None
        misbehaving = {
            index
            for event in plan.trouble.events
            if isinstance(event, (ev.SilentCollator, ev.LateCollator, ev.LyingCollator))
            for index in event.collators
        }
        lost = {i for e in plan.trouble.events if isinstance(e, ev.CrashCollator) and e.lose_disk for i in e.collators}
        assert 3 * len(misbehaving) < bridge.collators and lost <= misbehaving
        kinds |= {type(event) for event in plan.trouble.events if isinstance(event, tuple(BRIDGE_EVENTS))}
        modes.add(bridge.mode)
        losses.add(gossip.loss)
    assert kinds == set(BRIDGE_EVENTS) and modes == {"accumulate", "range"} and losses == {0.0, 0.05, 0.2}


@pytest.mark.parametrize(
    "seed",
    [
        171,  # gossip with two ids of one pulse, a fifth of it lost, many peers
        251,
        971,  # whoever has two connections after an eclipse loses some messages on both
        1195,  # the same beside sybils
        1675,  # a gossip relay takes a peer into its fanout a moment too late, and then tells it nothing
        100491,  # all in a collator's mesh are sybils, and the honest peer that is left does not draw it in time
    ],
)
def test_seeds_with_a_bridge_are_clean(seed: int) -> None:
    outcome = run(draw(seed))
    assert outcome.ok, (seed, [str(verdict) for verdict in outcome.broken])
    judged = {verdict.name for verdict in outcome.verdicts if verdict.checked}
    assert {"bridge grows", "rounds grow", "gossip in time"} <= judged


def test_all_is_in_order_in_the_calm() -> None:
    for plan in bridged(40):
        whole = plan.whole(60)
        end = plan.trouble.rounds * plan.trouble.network.period
        calm = [event for event in whole.events if (event.at or 0) >= end and isinstance(event, AtCollators)]
        back = {index for event in calm if isinstance(event, ev.RestartCollator) for index in event.collators}
        crashed = {i for e in plan.trouble.events if isinstance(e, ev.CrashCollator) for i in e.collators}
        assert back == crashed


def test_a_finding_with_a_bridge_shrinks_and_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    lying = [plan for plan in bridged(80) if any(isinstance(event, ev.LyingCollator) for event in plan.trouble.events)]
    plan = min(lying, key=lambda plan: len(plan.parts))  # few events make a short search
    honest = fuzz_run.check_all

    def planted(journal: Journal) -> list[Verdict]:
        lies = [
            entry for entry in journal.entries("collator misbehaviour") if entry.details["what"] not in (None, "late")
        ]
        found = tuple(Violation(entry.time, entry.node, "a planted lie") for entry in lies[:1])
        return [*honest(journal), Verdict("planted", 1, found)]

    monkeypatch.setattr(fuzz_run, "check_all", planted)
    first = run(plan)
    finding = shrink(first)
    assert [one.name for one in finding.outcome.broken] == ["planted"] and len(finding.kept) == 1
    text = saved(first, finding)
    scenario = Scenario.from_toml(text)
    net = scenario.start()
    net.run(rounds=scenario.rounds)
    assert net.journal.digest() == finding.outcome.journal.digest() and "_collator" in text
