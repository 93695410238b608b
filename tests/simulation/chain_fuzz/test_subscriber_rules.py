"""Whose subscriptions are, and where they go: by calls, by XCM, and on journals that lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drandlab.crypto.sr25519 import development
from drandlab.records import Record
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan, PlannedCall
from drandlab.simulation.chain_fuzz.subscriber_rules import Subscribers
from drandlab.simulation.chains.chain_entries import CallDispatched, SubscriptionsSeen
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.checkers.verdict import Verdict, judge
from drandlab.simulation.journal import Journal
from drandlab.simulation.reading.reader import JournalReader

RICH = 50_000_000_000_000
TABLES = f"""[bridge]
policy = "seed"
ingest = true
treasury = 5_000_000_000
[bridge.balances]
Alice = {RICH}
Bob = {RICH}
4594 = {RICH}
[[consumer]]
para_id = 4594
[consumer.balances]
Alice = {RICH}
Bob = {RICH}
[[consumer]]
para_id = 2000
[consumer.balances]
Alice = {RICH}
Bob = {RICH}
"""
BY_MESSAGE, BY_CHAIN, THERE, NOWHERE = (f"0x{byte:02x}" + "5a" * 31 for byte in (1, 2, 3, 4))


def asked(sub_id: str, origin: str, chain: int, block: int = 1) -> PlannedCall:
    args = {"credits": 3, "frequency": 1, "sub_id": sub_id}
    return PlannedCall(block=block, origin=origin, call="IdnConsumer.create_subscription", args=args, chain=chain)


def created(sub_id: str, origin: str, target: Any, block: int = 1) -> PlannedCall:
    args = {"credits": 3, "frequency": 1, "sub_id": sub_id, "target": target, "call": "0x2800", "origin_kind": "Xcm"}
    return PlannedCall(block=block, origin=origin, call="IdnManager.create_subscription", args=args)


def kill(sub_id: str, origin: str, block: int) -> PlannedCall:
    return PlannedCall(block=block, origin=origin, call="IdnManager.kill_subscription", args={"sub_id": sub_id})


TO_2000 = {"parents": 1, "interior": {"X1": [{"Parachain": 2000}]}}
CALLS = (
    asked(BY_MESSAGE, "Bob", 4594),
    created(BY_CHAIN, "4594", TO_2000),
    created(THERE, "4594/Alice", TO_2000),
    created(NOWHERE, "Alice", {"parents": 1, "interior": "Here"}),
    # an id that has ended may be used anew, by anybody
    kill(BY_MESSAGE, "Bob", 4),
    created(BY_MESSAGE, "Alice", TO_2000, 4),
)
PLAN = ChainPlan(seed=1, blocks=6, tables=TABLES, calls=CALLS)
JOURNAL = ChainRun(PLAN.scenario, backend="glass").run().journal


def judged(change: Callable[[Record], Record]) -> Verdict:
    found = Journal()
    for entry in JOURNAL:
        found.write(entry.time, entry.node, change(entry.what))
    [verdict] = judge(found, JournalReader(), [Subscribers(PLAN, PLAN.scenario)])
    return verdict


def test_an_honest_journal_breaks_nothing_and_each_subscription_is_looked_at() -> None:
    verdict = judged(lambda what: what)
    assert verdict.ok and verdict.checked >= 5
    first: dict[str, Any] = {}
    for entry in JOURNAL.entries("subscriptions"):
        for one in entry.what.changed:
            first.setdefault(one["id"], (one["subscriber"], one["target"]))
    alice, bob = (f"0x{development(name).public.hex()}" for name in ("Alice", "Bob"))
    sibl = "0x" + (b"sibl" + (4594).to_bytes(4, "little") + bytes(24)).hex()
    assert first == {
        **{BY_MESSAGE: (bob, 4594), BY_CHAIN: (sibl, 2000), THERE: (alice, 2000), NOWHERE: (alice, None)},
    }


def with_field(sub_id: str, **fields: Any) -> Callable[[Record], Record]:
    def change(what: Record) -> Record:
        if not isinstance(what, SubscriptionsSeen):
            return what
        return replace(what, changed=tuple({**one, **fields} if one["id"] == sub_id else one for one in what.changed))

    return change


def nobody_asked(what: Record) -> Record:
    if isinstance(what, CallDispatched) and what.call.startswith("IdnConsumer."):
        return replace(what, error="XcmSendError")
    return what


@pytest.mark.parametrize("sub_id", [BY_MESSAGE, BY_CHAIN, THERE, NOWHERE])
@pytest.mark.parametrize("fields", [{"subscriber": "0x" + "00" * 32}, {"target": 3333}])
def test_a_subscription_of_somebody_else_or_for_another_chain_is_found(sub_id: str, fields: dict[str, Any]) -> None:
    verdict = judged(with_field(sub_id, **fields))
    assert not verdict.ok and sub_id[:10] in verdict.violations[0].what


def test_a_subscription_that_nobody_has_asked_for_is_found() -> None:
    verdict = judged(nobody_asked)
    assert not verdict.ok and verdict.violations[0].what.endswith("not nobody")
