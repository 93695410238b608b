"""Chain files from seeds: no rule is broken, and each planted bug is found soon."""

from __future__ import annotations

import pytest
from planted_chains import CHAIN_BUGS, WITHIN, first_found
from planted_table import BEGINNINGS, CHAIN_DATA, read

from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_judging import judge_chains
from drandlab.simulation.chains.chain_run import ChainRun


def test_seeds_are_clean_and_every_rule_looks_at_something() -> None:
    looked: dict[str, int] = {}
    for seed in (
        *range(16),
        349,  # two updates of one filter in a block
        88,  # a subscription uses its last credit, and its id is used anew in the same block
        300446,  # an id that has ended in a hook is used anew by somebody else
        303473,  # paused as the treasury does not exist, and reactivated in the same block
    ):
        outcome = judge_chains(draw_chains(seed))
        assert outcome.ok, (seed, [str(verdict) for verdict in outcome.broken])
        for verdict in outcome.verdicts:
            looked[verdict.name] = looked.get(verdict.name, 0) + verdict.checked
    assert all(looked.values()), looked


@pytest.mark.parametrize("name", CHAIN_BUGS)
def test_each_planted_bug_is_found_by_a_rule_that_is_about_it(name: str) -> None:
    bug = CHAIN_BUGS[name]
    found = first_found(bug, 0)
    assert found is not None
    assert bug.rules & {verdict.name for verdict in found[1].broken}
    assert judge_chains(found[1].plan).ok  # it is the bug that breaks the rule, not the seed


def test_every_bug_was_found_in_time_wherever_the_search_began() -> None:
    measured = read(CHAIN_DATA)
    assert list(measured) == list(CHAIN_BUGS)
    for name, results in measured.items():
        assert [found.begin for found in results] == list(BEGINNINGS), name
        assert all(found.count is not None and found.count <= WITHIN for found in results), name
        assert CHAIN_BUGS[name].rules & {rule for found in results for rule in found.rules}, name


def test_an_exception_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(self: ChainRun) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(ChainRun, "run", stops)
    (broken,) = judge_chains(draw_chains(1)).broken
    assert broken.name == "no exception" and "a fault of ours" in broken.violations[0].what
