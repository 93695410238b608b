"""The pallet ParachainSystem: what a block is told of its channels, and the pages that it sends.

Left out beside the real one: everything about the relay chain but the channels between its parachains.

Source: ``cumulus_pallet_parachain_system`` of the Polkadot SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drandlab.errors import FormatError
from drandlab.idn.channels.channel import ChannelState
from drandlab.idn.channels.messaging import CHANNEL_STATE, MESSAGING, InboundPages, Messaging
from drandlab.idn.runtime.calls import Call, Origin, ensure_none
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import fail
from drandlab.idn.runtime.pallet import CallType, Pallet
from drandlab.idn.runtime.weights import DispatchClass, Weight, db_weight
from drandlab.idn.state import TWOX64_CONCAT, Storage, StorageMap, StorageValue
from drandlab.wire.scale import BOOL, U32, Bytes, Tuple, Vec

__all__ = ["PARACHAIN_INHERENT", "ParachainSystem"]

PARACHAIN_INHERENT = b"sysi1337"
"""The identifier of a `Messaging` in an author's inherents."""

_BASE = Weight(200_000_000, 10_000) + db_weight(4, 6)


class ParachainSystem(Pallet):
    """ParachainSystem, index 1: ``set_validation_data`` once a block, an inherent of the author's.

    It brings the pages that came from siblings, and executes them at once: before everything else that the block does,
    and the same on every node. ``receive(context, pages)`` does so and returns the weight; ``take(storage)`` gives the
    pages that go out at the end of the block, which `outbound` shows. Both are set by `connect`.
    """

    name, index = "ParachainSystem", 1
    errors = (
        "OverlappingUpgrades", "ProhibitedByPolkadot", "TooBig", "ValidationDataNotAvailable",
        "HostConfigurationNotAvailable", "NotScheduled",
    )  # fmt: skip

    def __init__(self) -> None:
        self.channels: StorageMap[int, ChannelState, None] = StorageMap(
            self.name, "RelevantMessagingState", U32, CHANNEL_STATE, hasher=TWOX64_CONCAT
        )
        self.relay_block = StorageValue(self.name, "LastRelayChainBlockNumber", U32, default=0)
        self.messages = StorageValue(self.name, "HrmpOutboundMessages", Vec(Tuple(U32, Bytes())), default=())
        self.did_update = StorageValue(self.name, "ValidationData", BOOL, default=False)
        self._receive: Callable[[Context, tuple[InboundPages, ...]], Weight] = lambda context, pages: Weight()
        self._take: Callable[[Storage], tuple[tuple[int, bytes], ...]] = lambda storage: ()
        self._limit: Callable[[Context], Weight] = lambda context: Weight()

    def connect(
        self,
        *,
        receive: Callable[[Context, tuple[InboundPages, ...]], Weight],
        take: Callable[[Storage], tuple[tuple[int, bytes], ...]],
        limit: Callable[[Context], Weight],
    ) -> None:
        """Say who executes what comes, with how much weight at most, and who gives what goes."""
        self._receive, self._take, self._limit = receive, take, limit

    @property
    def calls(self) -> tuple[CallType, ...]:
        return (
            CallType(
                0, "set_validation_data", {"data": MESSAGING}, self._set, self._weight, DispatchClass.MANDATORY,
                inherent=True, pays_fee=False,
            ),
        )  # fmt: skip

    def _weight(self, context: Context, data: Messaging) -> Weight:
        return _BASE + (self._limit(context) if data.inbound else Weight())

    def channel(self, storage: Storage, para_id: int) -> ChannelState | None:
        """Return how full the channel to a sibling was when the block began, None where none is open."""
        return self.channels.get(storage, para_id)

    def outbound(self, storage: Storage) -> tuple[tuple[int, bytes], ...]:
        """Return the pages that a block has sent: para id and bytes, from the state after it."""
        return tuple((int(para_id), bytes(page)) for para_id, page in self.messages.get(storage))

    def on_initialize(self, context: Context) -> Weight:
        if self.messages.exists(context.storage):
            self.messages.kill(context.storage)
        return db_weight(1, 1)

    def on_finalize(self, context: Context) -> None:
        storage = context.storage
        if self.did_update.exists(storage):
            self.did_update.kill(storage)
        pages = self._take(storage)
        if pages:
            self.messages.put(storage, pages)

    def _set(self, context: Context, origin: Origin, data: Messaging) -> Weight:
        ensure_none(origin)
        storage = context.storage
        if self.did_update.exists(storage):
            raise fail("Other", "a block is told of its channels once")
        self.did_update.put(storage, True)
        self.relay_block.put(storage, data.relay_block)
        told = {one.para_id: one.state for one in data.outbound}
        for para_id, known in list(self.channels.items(storage)):
            if para_id not in told:
                self.channels.remove(storage, para_id)
            elif told[para_id] == known:
                del told[para_id]
        for para_id, state in told.items():
            self.channels.put(storage, para_id, state)
        return _BASE + self._receive(context, data.inbound)

    # -- the inherent -------------------------------------------------------------------------------------------------

    def create_inherent(self, context: Context, data: Mapping[bytes, bytes]) -> Call | None:
        written = data.get(PARACHAIN_INHERENT)
        return None if written is None else Call(self.name, "set_validation_data", {"data": MESSAGING.decode(written)})

    def check_inherent(self, context: Context, call: Call, data: Mapping[bytes, bytes]) -> str | None:
        written = data.get(PARACHAIN_INHERENT)
        if written is None:
            return None
        try:
            mine = MESSAGING.decode(written)
        except FormatError:
            return "what this node knows of the channels cannot be read"
        return None if mine == call.args["data"] else "its messages are not those that the relay chain has"
