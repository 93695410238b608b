"""How long a set-up can take at most, whether one is still under way, and why nothing has come of it."""

from __future__ import annotations

from collections.abc import Iterable

from drandlab.node.node import Node
from drandlab.node.reports import DkgFailed, SetupFailed
from drandlab.node.setup.setup_machine import SetupState
from drandlab.node.setup.setup_rules import PHASES, Terms
from drandlab.simulation.hosts.drand import DrandHost
from drandlab.simulation.journal import Journal
from drandlab.typing import Seconds

__all__ = ["is_under_way", "longest", "reason_for_nothing"]


def longest(terms: Terms) -> Seconds:
    """Return the most seconds that a set-up and its DKG take by clocks that are right, from the first signal on."""
    return terms.wait + terms.push_wait + PHASES * terms.phase_timeout + terms.offset + terms.period


def is_under_way(hosts: Iterable[DrandHost]) -> bool:
    """Return whether a key can still come of what the nodes of ``hosts`` are doing.

    A participant that has no group yet gets none once the coordinator is out of it.
    """
    return any(host.up and _goes_on(host.node) for host in hosts)


def _goes_on(node: Node) -> bool:
    if node.is_busy:
        return True
    return node.setup is not None and node.setup.state in (
        SetupState.COLLECTING,
        SetupState.PUSHING,
        SetupState.READY,
    )


def reason_for_nothing(journal: Journal, coordinator: DrandHost) -> str:
    """Return why a set-up has come to nothing: what the coordinator said last, or else who said something last."""
    said = [e for e in journal.since(0) if isinstance(e.what, DkgFailed | SetupFailed)]
    by_coordinator = [entry for entry in said if entry.node == coordinator.name]
    if by_coordinator or (said and coordinator.up):
        return str((by_coordinator or said)[-1].details["why"])
    if not coordinator.up:
        return f"the coordinator, node {coordinator.name}, is down"
    return "the set-up did not end"
