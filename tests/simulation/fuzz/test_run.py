"""The fuzz: seeds that must stay clean, findings that shrink and replay, plans."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from planted import BUGS, WITHIN

from drandlab.beacon.machines.handler import Handler
from drandlab.errors import LocalError
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.fuzz.draw import GENERATORS, SPLITTING, Draw, draw, quiet_after
from drandlab.simulation.fuzz.plan import Plan, text_of
from drandlab.simulation.fuzz.run import JudgedRun, run
from drandlab.simulation.fuzz.shrink import replayed, saved, shrink
from drandlab.simulation.scenario import bridge_events
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.scenario import Scenario

SEEDS, CHUNK = 160, 20


def said(outcome: JudgedRun) -> str:
    lines = [str(outcome.plan), *(f"{v.name}: {w.what}" for v in outcome.broken for w in v.violations[:2])]
    return "\n".join(lines)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_seeds_are_clean(first: int) -> None:
    for seed in range(first, first + CHUNK):
        outcome = run(draw(seed))
        assert outcome.ok, said(outcome)


@pytest.mark.parametrize(
    "seed",
    [
        559,  # a leaver whose disk is lost cannot deal
        202537,  # a clock that is set back twice
        200181,  # a server crashes before it can transmit again: the items behind it arrive without it
        202160,  # a reader restarts: what it asked for before, and its server still sends, is of another stream
        1667,  # a packet of the DKG of a split node that misbehaves comes down when that DKG is over
        207354,  # on a link that loses half, one item takes minutes: the repair waits behind it
        206149,  # nine of nine: a member that gets a round from a peer sits out, so the backlog hardly shrinks
    ],
)
def test_what_was_once_blamed_on_an_honest_run_is_not(seed: int) -> None:
    assert [str(verdict) for verdict in run(draw(seed)).broken] == []


@pytest.mark.parametrize("first", range(1000, 1000 + SEEDS, 40))
def test_any_part_of_a_plan_is_a_plan(first: int) -> None:
    rng = random.Random(first)
    for seed in range(first, first + 10):
        plan = draw(seed)
        kept = [n for n in range(len(plan.parts)) if rng.random() < 0.6]
        outcome = run(plan.only(kept).smaller(nodes=rng.randint(3, 9), rounds=rng.randint(1, 14)))
        assert outcome.ok, f"{kept}\n{said(outcome)}"


# -- shrinking --------------------------------------------------------------------------------------------------------


def test_a_finding_is_shrunk_to_what_matters_and_replays() -> None:
    with BUGS["blind-check"].planted():
        first = next(outcome for seed in range(WITHIN) if not (outcome := run(draw(seed))).ok)
        finding = shrink(first)
        assert not finding.outcome.ok
        again = run(
            replayed(
                finding.seed,
                finding.kept,
                nodes=finding.outcome.plan.trouble.network.nodes,
                rounds=finding.outcome.plan.trouble.rounds,
            )
        )
    assert again.journal.digest() == finding.outcome.journal.digest()
    assert len(finding.kept) <= 2 < len(first.plan.parts)
    assert len(finding.events) == len(finding.kept)
    assert finding.command.startswith(f"drandlab fuzz --seeds {finding.seed}:{finding.seed + 1} --only ")


def test_a_saved_finding_is_replayed_to_the_same_digest_and_breaks_the_same_rules() -> None:
    with BUGS["blind-check"].planted():
        first = next(outcome for seed in range(WITHIN) if not (outcome := run(draw(seed))).ok)
        for text, wanted in ((saved(first), first), (saved(first, finding := shrink(first)), finding.outcome)):
            scenario = Scenario.from_toml(text)
            assert scenario == wanted.scenario
            journal = scenario.start().run(rounds=scenario.rounds).journal
            assert journal.digest() == wanted.journal.digest()
            assert {v.name for v in check_all(journal) if not v.ok} == {v.name for v in wanted.broken}
            assert wanted.journal.digest() in text


@pytest.mark.parametrize("seed", [0, 5, 9, 17, 29, 39, 61, 80, 119])
def test_a_run_is_a_scenario(seed: int) -> None:
    """Whatever a run needs is in its scenario: another start of it, from a file, gives the same journal."""
    outcome = run(draw(seed))
    scenario = Scenario.from_toml(outcome.scenario.to_toml())
    assert scenario == outcome.scenario
    assert scenario.start().run(rounds=scenario.rounds).journal.digest() == outcome.journal.digest()


def test_a_bug_that_needs_no_event_is_shrunk_to_none() -> None:
    with BUGS["ahead"].planted():
        finding = shrink(run(draw(2)))
    trouble = finding.outcome.plan.trouble
    assert (finding.kept, trouble.network.nodes, trouble.rounds) == ((), 3, 1)
    assert "--only none --nodes 3 --rounds 1" in finding.command


def test_an_exception_is_a_violation() -> None:
    def explode(self: Handler, *arguments: Any) -> Any:
        raise ZeroDivisionError("something nobody thought of")

    with patch.object(Handler, "signed", explode):
        outcome = run(draw(3))
        scenario = Scenario.from_toml(saved(outcome))
        with pytest.raises(ZeroDivisionError):
            scenario.start().run(rounds=scenario.rounds)
    [verdict] = [verdict for verdict in outcome.broken if verdict.name == "no exception"]
    assert "ZeroDivisionError: something nobody thought of (explode, line" in verdict.violations[0].what


# -- plans ------------------------------------------------------------------------------------------------------------


def test_plans_are_drawn_from_the_seed_alone() -> None:
    assert draw(11) == draw(11) != draw(12)
    assert run(draw(11)).journal.digest() == run(draw(11)).journal.digest()


def test_another_process_and_hash_seed_give_the_same_journal() -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        command = [sys.executable, "-m", "drandlab", "fuzz", "--seeds", "13", "--json"]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
        )
        digests.add(json.loads(done.stdout)["journal_digest"])
    assert digests == {run(draw(13)).journal.digest()}


def test_plans_stay_within_what_the_protocol_tolerates() -> None:
    backends = set()
    for seed in range(400):
        plan = draw(seed)
        trouble, network = plan.trouble, plan.trouble.network
        backends.add(trouble.backend)
        in_dkg = [event.what for event in trouble.events if isinstance(event, ev.MisbehaveInDKG)]
        running = [event.what for event in trouble.events if isinstance(event, ev.Misbehave)]
        liars = {what.split(":")[1] for what in (*network.faults, *in_dkg, *running)}
        wiped = {str(event.node) for event in trouble.events if isinstance(event, ev.Crash) and event.lose_disk}
        assert network.threshold is not None
        assert 3 <= network.nodes <= 9
        assert len(liars | wiped) <= network.nodes - network.threshold
        assert not any(what.split(":")[0] in SPLITTING for what in (*network.faults, *in_dkg))
        times = [event.at for event in trouble.events]
        assert times == sorted(times)
        assert all(0 <= at < trouble.rounds * network.period for at in times)
        assert all(text_of(part).count(": ") == 1 for part in plan.parts)
        for reshare in [event for event in trouble.events if isinstance(event, ev.Reshare)]:
            during = [e for e in trouble.events if reshare.at <= e.at <= quiet_after(reshare.at)]
            assert not any(isinstance(event, (ev.Cut, ev.PartitionNodes)) for event in during), seed
    assert backends == {"glass", "blst"}


def test_each_generator_draws_the_events_that_it_names_and_together_they_draw_all() -> None:
    drawn: dict[str, set[type]] = {kind: set() for kind in GENERATORS}
    for seed in range(400):
        network = Draw(seed)
        for kind in network.on:
            drawn[kind] |= {type(part) for part in GENERATORS[kind].draw(network, network.chance(kind))} - {str}
    assert drawn == {kind: set(generator.events) for kind, generator in GENERATORS.items()}
    # all behave and rejoin in the calm, and who is isolated stands alone in a partition; no plan has a bridge
    others = {ev.Behave, ev.Isolate, ev.Rejoin, ev.LoseSatellite, *bridge_events.EVENTS}
    assert set(ev.EVENTS.values()) == set().union(*drawn.values()) | others


def test_a_smaller_plan_is_never_larger() -> None:
    plan = draw(5)
    assert plan.smaller() == plan == plan.smaller(nodes=99, rounds=99)
    small = plan.smaller(nodes=3, rounds=1)
    assert (small.trouble.network.nodes, small.trouble.rounds) == (3, 1)
    assert small.trouble.network.threshold in (2, 3)
    assert all(event.at < plan.trouble.network.period for event in small.trouble.events if event.at is not None)


def test_in_the_calm_everything_that_was_disturbed_is_put_in_order() -> None:
    for seed in range(200, 260):
        plan = draw(seed)
        whole, end = plan.whole(9), plan.trouble.rounds * plan.trouble.network.period
        assert whole.rounds == plan.trouble.rounds + 9 and whole.lenient
        assert [event for event in whole.events if event in plan.trouble.events] == list(plan.trouble.events)
        checks = [event for event in whole.events if event.at is not None and event.at > end]
        damaged = {name for event in plan.trouble.events if isinstance(event, ev.Damage) for name in event.about}
        assert [(type(event), event.about) for event in checks] == (
            [(ev.CheckChain, tuple(sorted(damaged)))] if damaged else []
        )
        if plan.trouble.network.faults or plan.trouble.orbit is not None:  # who is out of sight stays so
            continue
        net = whole.start(backend="glass")
        assert net.info is not None
        net.run(until=net.info.genesis_time + end + 0.001)
        link = plan.trouble.links.default
        assert all(net.world.link(a.name, b.name) == link for a in net.hosts for b in net.hosts if a is not b)
        assert not any(net.world.is_cut(a.name, b.name) for a in net.hosts for b in net.hosts)
        assert all(host.up and not host.disk.full and not host.offset and not host.drift for host in net.hosts)
        assert plan.lasting or not any(host.misbehaviours or host.dkg_misbehaviours for host in net.hosts)


def test_links_and_clocks_are_in_order_when_a_resharing_starts() -> None:
    reshare = ev.Reshare(at=9.0, threshold=3, remaining=(0, 1, 2, 3))
    disturbed = (
        ev.Cut(at=1.0, between=(0, 1)),
        ev.ChangeLink(at=2.0, loss=0.5),
        ev.SetClock(at=3.0, node=2, ahead=1.0),
    )
    plan = Plan(trouble=replace(draw(5).smaller(nodes=5).trouble, events=(*disturbed, reshare)), lasting=False)
    found = [event for event in plan.whole(5).events if event.at == 9.0]
    assert [type(event) for event in found] == [ev.Heal, ev.ChangeLink, ev.SetClock, ev.Reshare]
    calm = [event for event in plan.only([0, 3]).whole(5).events if event.at == 9.0]
    assert [type(event) for event in calm] == [ev.Heal, ev.Reshare]


def test_events_that_are_not_there_are_refused() -> None:
    plan = draw(5)
    with pytest.raises(LocalError, match=f"seed 5 has no event 999; there are 0 to {len(plan.parts) - 1}"):
        plan.only([0, 999])
