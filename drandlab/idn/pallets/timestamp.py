"""The pallet Timestamp: each block says its time, by an inherent that its author adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.errors import FormatError
from drandlab.idn.pallets.aura import SLOT_DURATION
from drandlab.idn.runtime.calls import Call, Origin, ensure_none
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import fail
from drandlab.idn.runtime.pallet import CallType, Pallet
from drandlab.idn.runtime.weights import DispatchClass, Weight, db_weight
from drandlab.idn.state import StorageValue
from drandlab.wire.scale import BOOL, COMPACT_U64, U64

__all__ = ["TIMESTAMP", "Timestamp"]

TIMESTAMP = b"timstap0"
"""The identifier of the time in an author's inherents: u64 milliseconds."""

_DRIFT = 30_000


class Timestamp(Pallet):
    """Timestamp, index 2: ``set(now)`` once a block, in milliseconds, never going back and within the block's slot.

    Without a time among the inherents the author takes the beginning of the slot.

    Source: ``pallet_timestamp`` of the Polkadot SDK.
    """

    name, index = "Timestamp", 2

    def __init__(self) -> None:
        self.now = StorageValue(self.name, "Now", U64, default=0)
        self.did_update = StorageValue(self.name, "DidUpdate", BOOL, default=False)

    @property
    def calls(self) -> tuple[CallType, ...]:
        weight = Weight(13_725_000, 1493) + db_weight(2, 1)
        return (
            CallType(
                0, "set", {"now": COMPACT_U64}, self._set, weight, DispatchClass.MANDATORY, inherent=True, pays_fee=True
            ),
        )

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        if "now" in config:
            self.now.put(context.storage, config["now"])

    def on_initialize(self, context: Context) -> Weight:
        return Weight(6_280_000)

    def on_finalize(self, context: Context) -> None:
        self.did_update.kill(context.storage)

    def _set(self, context: Context, origin: Origin, now: int) -> None:
        ensure_none(origin)
        storage = context.storage
        if self.did_update.exists(storage):
            raise fail("Other", "the time is set once a block")
        if now < self.now.get(storage):
            raise fail("Other", "the time goes back")
        if context.slot is not None and now // SLOT_DURATION != context.slot:
            raise fail("Other", "the time is not in the slot of the block")
        self.now.put(storage, now)
        self.did_update.put(storage, True)

    def create_inherent(self, context: Context, data: Mapping[bytes, bytes]) -> Call | None:
        if TIMESTAMP in data:
            now = U64.decode(data[TIMESTAMP])
        elif context.slot is not None:
            now = context.slot * SLOT_DURATION
        else:
            return None
        return Call(self.name, "set", {"now": max(now, self.now.get(context.storage))})

    def check_inherent(self, context: Context, call: Call, data: Mapping[bytes, bytes]) -> str | None:
        if TIMESTAMP not in data:
            return None
        try:
            mine = U64.decode(data[TIMESTAMP])
        except FormatError:
            return "the node's own time cannot be read"
        return "the time is too far in the future" if call.args["now"] > mine + _DRIFT else None

    def inherent_required(self, context: Context) -> bool:
        return True
