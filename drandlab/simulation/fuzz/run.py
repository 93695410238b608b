"""The fuzz: from a seed a network, from the seed its faults, and every checker over the journal that it leaves.

A run has three parts: set-up and DKG; the trouble, as the seed's `Plan` has it; and a calm in which everything heals
and the network must come to rest. The calm ends when all nodes of the core have reached the clock, or when so much time
has passed that the checkers of liveness lose their patience.

>>> from drandlab.simulation.fuzz.draw import draw
>>> outcome = run(draw(1))
>>> outcome.ok, outcome.journal is not None
(True, True)
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from functools import partial

from drandlab.errors import ProtocolAborted
from drandlab.simulation.checkers.liveness import core_of
from drandlab.simulation.checkers.safety import Verdict, Violation, check_all
from drandlab.simulation.fuzz.draw import BEFORE, PHASE_TIMEOUT, Plan
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.event_base import Event

__all__ = ["Outcome", "run"]

CALM, MENDING, PATIENCE = 5, 60, 150
"""Rounds of calm: at least, at most for disks to be mended, and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a plan: the journal, and what each checker says of it."""

    plan: Plan
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


def run(plan: Plan) -> Outcome:
    """Return what comes of a plan; an exception that nobody expects is a violation like any other."""
    net = Network(
        plan.nodes,
        plan.threshold,
        scheme=plan.scheme,
        period=plan.period,
        catchup_period=plan.catchup_period,
        seed=plan.seed,
        backend=plan.backend,
        phase_timeout=PHASE_TIMEOUT,
        link=plan.link,
    )
    crashed: tuple[Verdict, ...] = ()
    try:
        _live(net, plan)
    except ProtocolAborted:
        pass  # too few honest dealers for a key: nothing was promised
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno} of {where.filename.split('/')[-1]})"
        crashed = (Verdict("no exception", 1, (Violation(net.now, None, what),)),)
    return Outcome(plan=plan, journal=net.journal, verdicts=(*crashed, *check_all(net.journal)))


def _live(net: Network, plan: Plan) -> None:
    for event in plan.events:
        if event.at == BEFORE:
            _happen(net, plan, event)
    net.run(rounds=0)
    assert net.info is not None
    genesis = net.info.genesis_time
    for event in plan.events:
        if event.at is not None and 0 <= event.at < plan.trouble:
            net.at(genesis + event.at, partial(_happen, net, plan, event))
    net.run(until=genesis + plan.trouble)
    _heal(net, plan)
    if not plan.lasting:
        for host in net.hosts:
            if host.misbehaviours or host.dkg_misbehaviours:
                ev.Behave(at=0, node=host.name).happen(net)
    _come_to_rest(net, plan)


def _happen(net: Network, plan: Plan, event: Event) -> None:
    """Let an event happen, if it makes sense now: what it was to follow may have been left out."""
    fitted = event.fitted(net)
    if fitted is None:
        return
    if isinstance(event, ev.Reshare):
        _links_and_clocks(net, plan)
    fitted.happen(net)


def _links_and_clocks(net: Network, plan: Plan) -> None:
    """Mend every link, set every clock right."""
    net.heal()
    for a in range(len(net.hosts)):
        for b in range(a):
            if not net.world.link(a, b) == net.world.link(b, a) == plan.link:
                net.set_link(a, b, plan.link)
    for host in net.hosts:
        if host.offset or host.drift:
            net.set_clock(host.name, 0.0)


def _heal(net: Network, plan: Plan) -> None:
    _links_and_clocks(net, plan)
    for host in net.hosts:
        if host.disk.full:
            net.set_disk(host.name, full=False)
        if not host.up:
            net.restart(host.name)


def _come_to_rest(net: Network, plan: Plan) -> None:
    """Let time go on until every node of which it can be expected has reached the clock."""
    assert net.info is not None
    facts, seen = Facts(), 0
    for passed in range(1, PATIENCE + 1):
        net.run(until=net.now + plan.period)
        for entry in net.journal.since(seen):
            facts.see(entry)
        seen = len(net.journal)
        damaged = [node.name for node in facts.nodes.values() if node.damaged_ever and node.up and node.in_chain]
        if passed == 3:
            for name in damaged:
                ev.CheckChain(at=0, node=name).happen(net)
        due = net.info.round_at(net.now - net.info.period)
        if any(facts.node(name).damaged for name in damaged) and passed < MENDING:
            continue
        if passed >= CALM and all(facts.node(name).last >= due for name in core_of(facts)):
            return
