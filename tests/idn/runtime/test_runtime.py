"""A runtime with a toy pallet: what a block does, and that whoever executes it finds the same."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.calls import (
    NONE,
    ROOT,
    Call,
    Origin,
    TransactionSource,
    ValidTransaction,
    ensure_none,
    ensure_root,
)
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import DispatchClass, Weight
from drandlab.idn.state import StorageMap, StorageValue
from drandlab.wire.scale import U32, U64

AUTHORITIES = [bytes([number]) * 32 for number in range(4)]


class Counter(Pallet):
    """Counts: ``add`` unsigned, ``reset`` as root."""

    name, index = "Counter", 9
    errors = ("TooBig", "Never")
    events = (EventType("Added", {"by": U32, "total": U64}), EventType("Reset"))

    def __init__(self) -> None:
        self.total = StorageValue(self.name, "Total", U64, default=0)
        self.by_block = StorageMap(self.name, "ByBlock", U32, U64, default=0)

    @property
    def calls(self) -> tuple[CallType, ...]:
        return (
            CallType(0, "add", {"by": U32}, self._add, Weight(1_000_000, 100), DispatchClass.OPERATIONAL),
            CallType(1, "reset", {}, self._reset, Weight(1000)),
        )

    def _add(self, context: Context, origin: Origin, by: int) -> Weight:
        ensure_none(origin)
        storage = context.storage
        total = self.total.get(storage) + by
        self.total.put(storage, total)
        self.by_block.put(storage, context.number, self.by_block.get(storage, context.number) + by)
        context.deposit(self.event("Added", by=by, total=total))
        if total > 100:
            raise self.error("TooBig", f"{total} is above 100")
        return Weight(500_000, 100)

    def _reset(self, context: Context, origin: Origin) -> None:
        ensure_root(origin)
        self.total.kill(context.storage)
        context.deposit(self.event("Reset"))

    def validate_unsigned(self, context: Context, call: Call, source: TransactionSource) -> ValidTransaction:
        if call.name != "add" or call.args["by"] == 0 or source is TransactionSource.EXTERNAL:
            raise NotValid("Call")
        return ValidTransaction(provides=(b"add" + bytes([call.args["by"] % 256]),), longevity=5, propagate=False)


def runtime() -> Runtime:
    return Runtime([System(), Timestamp(), Aura(), Counter()])


def genesis(one: Runtime) -> Head:
    return one.genesis({"Aura": {"authorities": AUTHORITIES}})


def add(one: Runtime, by: int) -> bytes:
    return one.bare(Call("Counter", "add", {"by": by}))


def counter(one: Runtime) -> Any:
    return one.table.pallets["Counter"]


def test_a_block_is_executed_to_the_same_header() -> None:
    one = runtime()
    parent = genesis(one)
    built = one.propose(parent, 100, pool=[add(one, 5), add(one, 7)])
    assert [str(outcome.call) for outcome in built.outcomes[1:-1]] == ["Timestamp.set", "Counter.add", "Counter.add"]
    block, head = built.sealed(bytes(64))
    executed = runtime().execute(parent, Block.decode(block.encode()))
    assert executed.head.hash == head.hash and executed.state.root == built.block.header.state_root
    assert counter(one).total.get(one.storage(head)) == 12 and counter(one).total.get(one.storage(parent)) == 0
    assert [str(event) for event in executed.events if event.pallet == "Counter"] == ["Counter.Added"] * 2


def test_a_call_that_fails_is_in_the_block_and_undone() -> None:
    one = runtime()
    built = one.propose(genesis(one), 100, pool=[add(one, 60), add(one, 50)])
    first, second = built.outcomes[2:4]
    assert first.error is None and first.weight == Weight(500_000, 100) and first.declared == Weight(1_000_000, 100)
    assert second.error is not None and (second.error.name, second.error.pallet, second.error.error) == ("TooBig", 9, 0)
    assert [str(event) for event in second.events] == ["System.ExtrinsicFailed"]
    assert counter(one).total.get(one.storage(built.head)) == 60


def test_what_the_pool_rule_refuses_stays_out() -> None:
    one = runtime()
    built = one.propose(genesis(one), 100, pool=[add(one, 0), b"\x08\x05\x63", one.bare(Call("Counter", "reset"))])
    assert [reason for _, reason in built.left_out] == [
        "InvalidTransaction::Call",
        "variant",
        "InvalidTransaction::Call",
    ]
    with pytest.raises(NotValid, match="InvalidTransaction::Call"):
        one.validate(built.head, add(one, 5), TransactionSource.EXTERNAL)
    assert one.validate(built.head, add(one, 5), TransactionSource.LOCAL).provides == (b"add\5",)


def test_a_dry_run_changes_nothing() -> None:
    one = runtime()
    head = one.propose(genesis(one), 100, pool=[add(one, 60)]).head
    outcome = one.call(head, Call("Counter", "add", {"by": 50}), slot=101)
    assert outcome.error is not None and outcome.error.name == "TooBig" and outcome.changes == ()
    assert one.call(head, Call("Counter", "reset"), slot=101).error is not None
    fine = one.call(head, Call("Counter", "reset"), ROOT, slot=101)
    assert fine.error is None and fine.changes is not None
    [change] = fine.changes
    assert (change.pallet, change.item, change.old, change.new) == ("Counter", "Total", 60, None)
    assert counter(one).total.get(one.storage(head)) == 60 and fine.origin == ROOT != NONE
