"""A runtime with a toy pallet: what tests of blocks, dispatch and the pool share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.runtime.calls import (
    NONE,
    Call,
    Origin,
    TransactionSource,
    ValidTransaction,
    ensure_none,
    ensure_root,
)
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.extrinsics import SignedBy
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import DispatchClass, Weight
from drandlab.idn.state import StorageMap, StorageValue
from drandlab.wire.scale import U32, U64, Bytes

AUTHORITIES = [bytes([number]) * 32 for number in range(4)]
ALICE, BOB, CHARLIE = (bytes([number]) * 32 for number in (0xA1, 0xB0, 0xC4))
UNIT = 1_000_000_000_000


class Counter(Pallet):
    """Counts: ``add`` unsigned, ``reset`` as root, ``both`` dispatches add twice; ``note`` is an inherent."""

    name, index = "Counter", 9
    errors = ("TooBig", "Never")
    events = (EventType("Added", {"by": U32, "total": U64}), EventType("Reset"))

    def __init__(self) -> None:
        self.total = StorageValue(self.name, "Total", U64, default=0)
        self.noted = StorageValue(self.name, "Noted", Bytes(), default=b"")
        self.by_block = StorageMap(self.name, "ByBlock", U32, U64, default=0)

    @property
    def calls(self) -> tuple[CallType, ...]:
        small, operational = Weight(1_000_000, 100), DispatchClass.OPERATIONAL
        return (
            CallType(0, "add", {"by": U32}, self._add, small, operational),
            CallType(1, "reset", {}, self._reset, Weight(1000)),
            CallType(2, "both", {"first": U32, "second": U32}, self._both, small, operational),
            CallType(3, "heavy", {"by": U32}, self._heavy, self._heavy_weight),
            CallType(4, "note", {"data": Bytes(8)}, self._note, small, operational, inherent=True),
        )

    def on_initialize(self, context: Context) -> Weight:
        return Weight(7)

    def on_finalize(self, context: Context) -> None:
        if self.total.get(context.storage) == 13:
            context.deposit(self.event("Reset"))

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

    def _both(self, context: Context, origin: Origin, first: int, second: int) -> None:
        for by in (first, second):
            context.dispatch(Call(self.name, "add", {"by": by}), NONE)

    def _heavy(self, context: Context, origin: Origin, by: int) -> None:
        ensure_none(origin)

    def _heavy_weight(self, context: Context, by: int) -> Weight:
        return Weight(by * 1_000_000_000, by * 1000)

    def _note(self, context: Context, origin: Origin, data: bytes) -> None:
        ensure_none(origin)
        if not data:
            raise self.error("Never")
        self.noted.put(context.storage, data)

    def create_inherent(self, context: Context, data: Mapping[bytes, bytes]) -> Call | None:
        return Call(self.name, "note", {"data": data[b"counting"]}) if b"counting" in data else None

    def check_inherent(self, context: Context, call: Call, data: Mapping[bytes, bytes]) -> str | None:
        return "it counts something else" if data.get(b"counting") != call.args["data"] else None

    def validate_unsigned(self, context: Context, call: Call, source: TransactionSource) -> ValidTransaction:
        if call.name not in ("add", "both", "heavy") or source is TransactionSource.EXTERNAL:
            raise NotValid("Call")
        by = call.args.get("by", 1)
        if by == 0:
            raise NotValid("Call", "there is nothing to add")
        tag = b"%s %d" % (call.name.encode(), by % 1000)
        return ValidTransaction(priority=by // 1000, provides=(tag,), longevity=5, propagate=False)


def signed_well(signer: SignedBy, payload: bytes) -> bool:
    """A signature in these tests is its account, twice."""
    return bool(signer.signature.value == 2 * signer.account)


def toy_runtime(constants: Mapping[str, Any] | None = None) -> Runtime:
    system = System()
    return Runtime([system, Timestamp(), Balances(system), Aura(), Counter()], constants, verify=signed_well)


def toy_genesis(one: Runtime) -> Head:
    return one.genesis(
        {"Aura": {"authorities": AUTHORITIES}, "Balances": {"balances": {ALICE: 10 * UNIT, BOB: 5 * UNIT}}}
    )


def add(one: Runtime, by: int) -> bytes:
    return one.bare(Call("Counter", "add", {"by": by}))


def counted(one: Runtime, head: Head) -> int:
    counter: Any = one.table.pallets["Counter"]
    return int(counter.total.get(one.storage(head)))
