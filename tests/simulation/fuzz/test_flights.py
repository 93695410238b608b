"""Satellites of the fuzz: who flies, when they rise and set, and what becomes of a finding with satellites."""

from __future__ import annotations

import random

import pytest

from drandlab.crypto.schemes import scheme
from drandlab.orbit.contacts import contact_windows
from drandlab.simulation.checkers.verdict import Verdict, Violation
from drandlab.simulation.fuzz import run as fuzz_run
from drandlab.simulation.fuzz.draw import FLYING_AT, FLYING_EVERY, Draw, draw
from drandlab.simulation.fuzz.flights import draw_orbit
from drandlab.simulation.fuzz.plan import Plan
from drandlab.simulation.fuzz.run import run
from drandlab.simulation.fuzz.shrink import saved, shrink
from drandlab.simulation.journal import Journal
from drandlab.simulation.scenario.orbit_tables import OrbitTable
from drandlab.simulation.scenario.scenario import Scenario


def flown(first: int, count: int) -> list[Plan]:
    """The plans of the first so many seeds from ``first`` on in which nodes fly."""
    found: list[Plan] = []
    seed = first + (FLYING_AT - first) % FLYING_EVERY
    while len(found) < count:
        plan = draw(seed)
        found += [plan] if plan.trouble.orbit is not None else []
        seed += FLYING_EVERY
    return found


def orbit_of(plan: Plan) -> OrbitTable:
    assert plan.trouble.orbit is not None
    return plan.trouble.orbit


def test_who_flies_is_among_those_whom_the_threshold_can_spare() -> None:
    sizes = set()
    for seed in range(400):
        network = Draw(seed)
        assert not network.flying or seed % FLYING_EVERY == FLYING_AT
        weak = {*network.flying, *network.misbehaving, *network.wiped}
        assert len(weak) <= network.nodes - network.threshold
        orbit = draw(seed).trouble.orbit
        assert tuple(one.node for one in orbit.satellites) == network.flying if orbit else not network.flying
        sizes.add(len(network.flying))
    assert sizes == {0, 1, 2}


def test_of_some_nodes_only_the_signer_flies() -> None:
    kinds = set()
    for plan in flown(0, 100):
        chained = scheme(plan.trouble.network.scheme).chained
        for one in orbit_of(plan).satellites:
            assert not (one.proxy and one.node == 0) and not (one.ahead and chained)
            kinds.add((one.proxy, one.ahead > 0, bool(one.relay), one.fail > 0, one.redial))
    for place in range(5):
        assert {kind[place] for kind in kinds} == {False, True}


@pytest.mark.parametrize("busy", [None, (60.0, 150.0)])
def test_no_satellite_rises_or_sets_while_a_resharing_runs(busy: tuple[float, float] | None) -> None:
    passes = 0
    for seed in range(40):
        orbit = draw_orbit(random.Random(seed), seed, [1, 3], 200.0, busy, chained=False)
        assert orbit is not None
        flying = [one.elements for one in orbit.satellites]
        begin = orbit.begins
        windows = contact_windows(flying, orbit.stations, begin, begin + 600, mask=orbit.mask)
        passes += len(windows)
        for one in windows:
            if busy is not None:
                assert windows[0].clipped_start or windows[0].rise < begin + 10, "the set-up begins in a pass"
                edges = [one.rise * (not one.clipped_start), one.set]
                assert not any(busy[0] <= edge - begin <= busy[1] for edge in edges)
            assert one.set - one.rise < (600 if busy else 230)
    assert passes > 100
    assert draw_orbit(random.Random(1), 1, [], 200.0, busy, chained=False) is None


def test_seeds_with_satellites_are_clean() -> None:
    ended = 0
    for plan in flown(0, 24):
        outcome = run(plan)
        assert [str(verdict) for verdict in outcome.broken] == [], plan
        ended += bool(outcome.journal.entries("pass end"))
    assert ended > 8, "satellites set in many of the runs"


@pytest.mark.parametrize("plan", flown(100, 4), ids=lambda plan: str(plan.seed))
def test_a_run_with_satellites_is_a_scenario(plan: Plan) -> None:
    outcome = run(plan)
    scenario = Scenario.from_toml(outcome.scenario.to_toml())
    assert scenario == outcome.scenario and scenario.orbit is not None
    assert scenario.start().run(rounds=scenario.rounds).journal.digest() == outcome.journal.digest()


def test_fewer_nodes_have_fewer_satellites() -> None:
    plan = next(plan for plan in flown(0, 40) if len(orbit_of(plan).satellites) == 2)
    low, high = sorted(one.node for one in orbit_of(plan).satellites)
    assert str(plan).endswith(f" events, nodes {low} and {high} in orbit")
    assert orbit_of(plan.smaller(rounds=1)) == orbit_of(plan)
    if high >= 3:
        assert [one.node for one in orbit_of(plan.smaller(nodes=high)).satellites] == [low]
    assert plan.smaller(nodes=max(3, low)).trouble.orbit is None or low < 3


def test_a_finding_with_satellites_shrinks_and_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pass_ends(journal: Journal) -> list[Verdict]:
        ends = journal.entries("pass end")
        return [Verdict("no pass ends", 1, tuple(Violation(e.time, e.node, "a pass ends") for e in ends[:1]))]

    monkeypatch.setattr(fuzz_run, "check_all", no_pass_ends)
    whole = (plan for plan in flown(0, 40) if not any(one.proxy for one in orbit_of(plan).satellites))
    first = next(outcome for plan in whole if not (outcome := run(plan)).ok)
    finding = shrink(first)
    assert len(finding.kept) <= len(first.plan.parts)
    assert finding.outcome.scenario.orbit is not None
    text = saved(first, finding)
    again = Scenario.from_toml(text)
    assert again.start().run(rounds=again.rounds).journal.digest() == finding.outcome.journal.digest()
    assert f"Journal digest: {finding.outcome.journal.digest()}" in text
