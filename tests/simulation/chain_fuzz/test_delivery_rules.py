"""The rules of a subscription on journals that were changed: each lie is found, an honest journal breaks none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drandlab.records import Record
from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_judging import judge_chains
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan
from drandlab.simulation.chain_fuzz.delivery_rules import check_subscriptions
from drandlab.simulation.chains.chain_entries import CallDispatched, SubscriptionsSeen, XcmSent
from drandlab.simulation.journal import Journal


def delivers(plan: ChainPlan) -> bool:
    return any(
        isinstance(entry.what, XcmSent) and entry.what.sub_id
        for entry in judge_chains(plan).journal.entries("xcm sent")
    )


PLAN = next(plan for plan in map(draw_chains, range(200)) if plan.scenario.bridge.policy == "seed" and delivers(plan))
JOURNAL = judge_chains(PLAN).journal


def broken(change: Callable[[Record], Record | None]) -> set[str]:
    found = Journal()
    for entry in JOURNAL:
        if (what := change(entry.what)) is not None:
            found.write(entry.time, entry.node, what)
    return {verdict.name for verdict in check_subscriptions(PLAN, found) if not verdict.ok}


def test_an_honest_journal_breaks_none() -> None:
    assert broken(lambda what: what) == set()


def no_creations(what: Record) -> Record:
    if isinstance(what, CallDispatched):
        return replace(what, events=tuple(e for e in what.events if "Created" not in e["event"]))
    return what


def other_subscriber(what: Record) -> Record:
    if isinstance(what, SubscriptionsSeen):
        return replace(what, changed=tuple({**one, "subscriber": "0x00"} for one in what.changed))
    return what


def no_messages(what: Record) -> Record | None:
    return None if isinstance(what, XcmSent) and what.sub_id else what


def twice(what: Record) -> Record:
    if isinstance(what, CallDispatched):
        return replace(what, events=tuple(e for e in what.events for _ in range(1 + ("Randomness" in e["event"]))))
    return what


def held_for_nobody(what: Record) -> Record:
    return replace(what, count=0) if isinstance(what, SubscriptionsSeen) else what


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (no_creations, "deliveries"),
        (no_messages, "deliveries"),
        (twice, "deliveries"),
        (other_subscriber, "subscribers"),
        (held_for_nobody, "holds"),
    ],
)
def test_each_lie_is_found(change: Callable[[Record], Record | None], rule: str) -> None:
    assert rule in broken(change)
