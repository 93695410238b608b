"""Runs the plan of a seed and judges its journal with every checker of chain files."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan
from drandlab.simulation.chain_fuzz.delivery_rules import check_subscriptions
from drandlab.simulation.chain_fuzz.message_rules import MessagesInOrder
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.checkers.verdict import Verdict, Violation, judge
from drandlab.simulation.journal import Journal
from drandlab.simulation.reading.reader import JournalReader

__all__ = ["JudgedChains", "judge_chains"]

UNEXPECTED = "no exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedChains:
    """What came of a ``plan``: its journal, and what each checker says of it."""

    plan: ChainPlan
    journal: Journal
    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.broken

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """The verdicts that name violations."""
        return tuple(verdict for verdict in self.verdicts if not verdict.ok)


def judge_chains(plan: ChainPlan) -> JudgedChains:
    """Return what comes of a plan in ``glass``; an exception that nobody expects is a violation like any other.

    >>> from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
    >>> judge_chains(draw_chains(1)).ok
    True
    """
    run = ChainRun(plan.scenario, backend="glass")
    crashed: tuple[Verdict, ...] = ()
    try:
        run.run()
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno} of {where.filename.split('/')[-1]})"
        crashed = (Verdict(UNEXPECTED, 1, (Violation(0.0, None, what),)),)
    told_again = check_subscriptions(plan, run.journal)
    messages = judge(run.journal, JournalReader(), [MessagesInOrder()])
    verdicts = (*crashed, *check_chains(run.journal), *told_again, *messages)
    return JudgedChains(plan=plan, journal=run.journal, verdicts=verdicts)
