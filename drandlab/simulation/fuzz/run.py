"""One run of the fuzz: the plan of a seed as a network, and every checker over the journal that it leaves.

A run has three parts: set-up and DKG; the trouble; and the calm, in which everything is put in order and the network
must reach the clock (`drandlab.simulation.fuzz.plan`). The calm ends when all nodes of the core have reached the clock,
or when so much time has passed that the checkers of liveness lose their patience. How long it took is part of the
outcome, whose ``scenario`` gives the same journal again.

>>> from drandlab.simulation.fuzz.draw import draw
>>> outcome = run(draw(1))
>>> outcome.ok
True
>>> scenario = outcome.scenario
>>> scenario.start().run(rounds=scenario.rounds).journal.digest() == outcome.journal.digest()
True
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from drandlab.errors import ProtocolAborted
from drandlab.simulation.bridge.bridge_network import BridgeNetwork
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.checkers.liveness import core_of
from drandlab.simulation.checkers.verdict import Verdict, Violation
from drandlab.simulation.fuzz.bridges import SLOT
from drandlab.simulation.fuzz.plan import Plan
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.facts import Facts, NodeFacts
from drandlab.simulation.scenario.scenario import Scenario

__all__ = ["NO_EXCEPTION", "JudgedRun", "run"]

NO_EXCEPTION = "no exception"
"""The rule that a run breaks when an exception ends it that nobody expects."""

CALM, MENDING, PATIENCE = 5, 60, 150
"""Rounds of calm: at least, at most for disks to be mended, and at most."""


BRIDGE_CALM = 20 * SLOT
"""Seconds of calm for a bridge: longer than its checkers of liveness are patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """What comes of a plan: the ``scenario`` as it ran to its end, the journal, and what each checker says of it."""

    plan: Plan
    scenario: Scenario
    journal: Journal
    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether no rule was broken."""
        return all(verdict.ok for verdict in self.verdicts)

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """The verdicts that name violations."""
        return tuple(verdict for verdict in self.verdicts if not verdict.ok)


def run(plan: Plan) -> JudgedRun:
    """Return what comes of a plan; an exception that nobody expects is a violation like any other."""
    scenario, calm = plan.whole(PATIENCE), CALM
    net = scenario.build()
    crashed: tuple[Verdict, ...] = ()
    try:
        net.run(rounds=0)
        scenario.arrange(net)
        net.run(rounds=plan.trouble.rounds)
        calm = _come_to_rest(net)
    except ProtocolAborted:
        pass  # too few honest dealers for a key: nothing was promised
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno} of {where.filename.split('/')[-1]})"
        crashed = (Verdict(NO_EXCEPTION, 1, (Violation(net.now, None, what),)),)
        calm = PATIENCE
    verdicts = (*crashed, *check_all(net.journal))
    return JudgedRun(plan=plan, scenario=plan.whole(calm), journal=net.journal, verdicts=verdicts)


def _come_to_rest(net: Network) -> int:
    """Let rounds pass until every node of which it can be expected has reached the clock; return how many passed."""
    assert net.info is not None
    facts, seen = Facts(), 0
    for passed in range(1, PATIENCE + 1):
        net.run(rounds=1)
        for entry in net.journal.since(seen):
            facts.take(entry)
        seen = len(net.journal)
        due = net.info.round_at(net.now)
        if passed < MENDING and any(_may_be_mended(node, facts) for node in facts.nodes.values()):
            continue
        if passed * net.info.period < BRIDGE_CALM and BridgeNetwork.beside(net) is not None:
            continue
        if passed >= CALM and all(facts.node(name).last >= due for name in core_of(facts)):
            return passed
    return PATIENCE


def _may_be_mended(node: NodeFacts, facts: Facts) -> bool:
    return bool(node.damaged) and node.up and node.in_chain and node.name not in facts.hidden
