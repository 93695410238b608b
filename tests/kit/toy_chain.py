"""A few blocks of a runtime with a toy pallet: what views of blocks are tried on."""

from __future__ import annotations

from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.runtime.calls import Call, Origin, TransactionSource, ValidTransaction, ensure_none
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.outcomes import Built
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import DispatchClass, Weight
from drandlab.idn.state import StorageMap, StorageValue
from drandlab.wire.scale import U32, U64

__all__ = ["AUTHORS", "FIRST_SLOT", "Jar", "toy_blocks"]

AUTHORS = ("Alice", "Bob", "Charlie")
FIRST_SLOT = 100


class Jar(Pallet):
    """Takes coins, up to a hundred."""

    name, index = "Jar", 9
    errors = ("TooMuch",)
    events = (EventType("Put", {"coins": U32, "total": U64}),)

    def __init__(self) -> None:
        self.total = StorageValue(self.name, "Total", U64, default=0)
        self.by_block = StorageMap(self.name, "ByBlock", U32, U64, default=0)

    @property
    def calls(self) -> tuple[CallType, ...]:
        weight = Weight(40_000_000_000, 300_000)
        return (CallType(0, "put", {"coins": U32}, self._put, weight, DispatchClass.OPERATIONAL),)

    def _put(self, context: Context, origin: Origin, coins: int) -> None:
        ensure_none(origin)
        total = self.total.get(context.storage) + coins
        if total > 100:
            raise self.error("TooMuch")
        self.total.put(context.storage, total)
        self.by_block.put(context.storage, context.number, coins)
        context.deposit(self.event("Put", coins=coins, total=total))

    def validate_unsigned(self, context: Context, call: Call, source: TransactionSource) -> ValidTransaction:
        return ValidTransaction()


def toy_blocks(count: int, *, coins: int = 30, watch: bool = True) -> list[Built]:
    """So many blocks, in each of which coins are put into the jar: from the fourth on with 30 coins, it is full."""
    runtime = Runtime([System(), Timestamp(), Aura(), Jar()])
    head = runtime.genesis({"Aura": {"authorities": [bytes([number]) * 32 for number in range(3)]}})
    blocks = []
    for number in range(count):
        call = runtime.bare(Call("Jar", "put", {"coins": coins}))
        blocks.append(runtime.propose(head, FIRST_SLOT + number, pool=[call], watch=watch))
        head = blocks[-1].head
    return blocks
