"""From a chain file that breaks a rule to a shorter one that still does: fewer blocks, fewer calls.

Source: Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on Software
Engineering 28 (2002), algorithm ddmin.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_judging import JudgedChains, judge_chains
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan
from drandlab.typing import Progress

__all__ = ["ChainFinding", "replayed_chains", "saved_chains", "shrink_chains"]

RUNS = 150
"""The most runs for one finding."""

SAID = 3
"""Violations of one rule that a saved file names."""


def replayed_chains(seed: int, only: tuple[int, ...] | None = None, *, blocks: int | None = None) -> ChainPlan:
    """Return the plan of a seed with only some of its calls, or with fewer blocks.

    >>> replayed_chains(7, (), blocks=3).blocks
    3
    """
    plan = draw_chains(seed)
    return (plan if only is None else plan.only(only)).shorter(blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFinding:
    """A seed that breaks a rule, and the shortest plan of it that was found to break the same.

    ``first`` is what the whole plan did, ``outcome`` what the short one does.
    """

    first: JudgedChains
    outcome: JudgedChains

    @property
    def command(self) -> str:
        """The command that runs the short plan again."""
        whole, short = self.first.plan, self.outcome.plan
        parts = [f"drandlab fuzz --chains --seeds {whole.seed}:{whole.seed + 1}"]
        if len(short.calls) < len(whole.calls):
            parts.append(f"--only {','.join(str(call.number) for call in short.calls) or 'none'}")
        if short.blocks < whole.blocks:
            parts.append(f"--blocks {short.blocks}")
        return " ".join(parts)


def shrink_chains(first: JudgedChains, progress: Progress = lambda done, total: None) -> ChainFinding:
    """Return the shortest run found that breaks one of the rules that ``first`` breaks."""
    names = {verdict.name for verdict in first.broken}
    best, runs = first, 0

    def still(plan: ChainPlan) -> bool:
        nonlocal best, runs
        if runs >= RUNS:
            return False
        runs += 1
        progress(runs, RUNS)
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
        kept = [call.number for call in best.plan.calls]
        size = -(-len(kept) // parts)
        chunks = [kept[begin : begin + size] for begin in range(0, len(kept), size)]
        if any(still(best.plan.only(set(kept).difference(chunk))) for chunk in chunks):
            parts = max(2, parts - 1)
        elif size == 1:
            break
        else:
            parts = min(len(kept), 2 * parts)
    return ChainFinding(first=first, outcome=best)


def saved_chains(outcome: JudgedChains, finding: ChainFinding | None = None) -> str:
    """Return what broke a rule as a chain file, which ``drandlab idn`` replays to the same journal digest.

    It is the shortest plan of the ``finding``, or the ``outcome`` itself; comments say what broke and how to see it.
    """
    shown = finding.outcome if finding else outcome
    broken = ", ".join(verdict.name for verdict in shown.broken) or "nothing"
    comments = [f"Found by drandlab fuzz --chains with seed {outcome.plan.seed}. What it breaks: {broken}."]
    for verdict in shown.broken:
        comments += [f"  {verdict.name}, {one.time:.6f} s: {one.what}" for one in verdict.violations[:SAID]]
        if len(verdict.violations) > SAID:
            comments.append(f"  {verdict.name}: and {len(verdict.violations) - SAID} more")
    if finding:
        comments.append(f"The shortest plan found that breaks it, as: {finding.command}")
    comments += ["To run this file: drandlab idn FILE", f"Journal digest: {shown.journal.digest()}"]
    return "\n".join([*(f"# {line}" for line in comments), "", shown.plan.to_toml()])
