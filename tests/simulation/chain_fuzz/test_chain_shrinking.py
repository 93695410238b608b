"""A chain file that breaks a rule becomes a short one that breaks it still, and can be saved and run."""

from __future__ import annotations

import pytest
from planted_chains import CHAIN_BUGS, first_found

from drandlab.errors import LocalError
from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_shrinking import replayed_chains, saved_chains, shrink_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario


def test_a_finding_shrinks_and_replays() -> None:
    bug = CHAIN_BUGS["wrong-sibling-account"]
    found = first_found(bug, 0)
    assert found is not None
    runs: list[tuple[int, int]] = []
    with bug.planted():
        finding = shrink_chains(found[1], lambda done, total: runs.append((done, total)))
        short = finding.outcome
        assert not short.ok and len(short.plan.calls) == 1
        assert short.plan.blocks <= found[1].plan.blocks
        text = saved_chains(found[1], finding)
        again = ChainRun(ChainScenario.from_toml(text)).run()
    assert again.journal.digest() == short.journal.digest() and "#   subscribers, " in text
    assert finding.command in text and f"--only {short.plan.calls[0].number}" in finding.command
    kept = [call.number for call in short.plan.calls]
    assert replayed_chains(short.plan.seed, tuple(kept), blocks=short.plan.blocks) == short.plan
    assert [done for done, _ in runs] == list(range(1, len(runs) + 1))


def test_parts_of_a_seed_are_named_by_their_numbers() -> None:
    plan = next(plan for plan in map(draw_chains, range(50)) if len(plan.calls) > 5)
    part = replayed_chains(plan.seed, (4, 2))
    assert [call.number for call in part.calls] == [2, 4] and part.calls[0] == plan.calls[2]
    assert replayed_chains(plan.seed, blocks=10_000) == plan
    assert replayed_chains(plan.seed, ()).calls == ()
    with pytest.raises(LocalError, match=f"only: seed {plan.seed} has no call 9{'9' * 3}; there are 0 to "):
        replayed_chains(plan.seed, (1, 9999))
