"""From a chain file that breaks a rule to a shorter one that still does: fewer blocks, fewer calls.

Source: Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on Software
Engineering 28 (2002), algorithm ddmin.
"""

from __future__ import annotations

from drandlab.simulation.chain_fuzz.chain_judging import JudgedChains, judge_chains
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan

__all__ = ["saved_chains", "shrink_chains"]

RUNS = 150
"""The most runs for one finding."""


def shrink_chains(first: JudgedChains) -> JudgedChains:
    """Return the shortest run found that breaks one of the rules that ``first`` breaks."""
    names = {verdict.name for verdict in first.broken}
    best, runs = first, 0

    def still(plan: ChainPlan) -> bool:
        nonlocal best, runs
        if runs >= RUNS:
            return False
        runs += 1
        outcome = judge_chains(plan)
        if names.isdisjoint(verdict.name for verdict in outcome.broken):
            return False
        best = outcome
        return True

    step = best.plan.blocks // 2
    while step:
        while best.plan.blocks > step and still(best.plan.shorter(best.plan.blocks - step)):
            pass
        step //= 2
    parts = 2
    while best.plan.calls and runs < RUNS:
        count = len(best.plan.calls)
        size = -(-count // parts)
        chunks = [range(begin, min(begin + size, count)) for begin in range(0, count, size)]
        if any(still(best.plan.only(n for n in range(count) if n not in chunk)) for chunk in chunks):
            parts = max(2, parts - 1)
        elif size == 1:
            break
        else:
            parts = min(count, 2 * parts)
    return best


def saved_chains(outcome: JudgedChains) -> str:
    """Return the chain file of a run, with comments on what it breaks; ``drandlab idn`` runs it."""
    lines = [f"# Found with seed {outcome.plan.seed}."]
    for verdict in outcome.broken:
        lines += [f"# {verdict.name}: {violation.what}" for violation in verdict.violations[:3]]
    return "\n".join([*lines, outcome.plan.to_toml()])
