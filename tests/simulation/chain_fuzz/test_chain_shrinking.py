"""A chain file that breaks a rule becomes a short one that breaks it still, and can be saved and run."""

from __future__ import annotations

from planted_chains import CHAIN_BUGS, first_found

from drandlab.simulation.chain_fuzz.chain_shrinking import saved_chains, shrink_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario


def test_a_finding_shrinks_and_replays() -> None:
    bug = CHAIN_BUGS["wrong-sibling-account"]
    found = first_found(bug, 0)
    assert found is not None
    with bug.planted():
        short = shrink_chains(found[1])
        assert not short.ok and len(short.plan.calls) == 1
        assert short.plan.blocks <= found[1].plan.blocks
        text = saved_chains(short)
        again = ChainRun(ChainScenario.from_toml(text), backend="glass").run()
    assert again.journal.digest() == short.journal.digest() and "# subscribers: " in text
