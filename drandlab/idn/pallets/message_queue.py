"""The pallet MessageQueue: messages from siblings wait here, and are executed as far as the block has weight for them.

Source: ``pallet_message_queue`` and ``ProcessXcmMessage`` of the Polkadot SDK.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.errors import LocalError
from drandlab.idn.channels.messaging import InboundPages
from drandlab.idn.pallets.xcmp_queue import split_page
from drandlab.idn.runtime.blocks import HASH
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.pallet import EventType, Pallet
from drandlab.idn.runtime.weights import WEIGHT, BlockLimits, Weight
from drandlab.idn.state import TWOX64_CONCAT, Storage, StorageMap, blake2_256
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VersionedXcm
from drandlab.idn.xcm_execution.executor import XcmExecutor
from drandlab.typing import checked_int
from drandlab.wire.scale import BOOL, U32, Bytes, Codec, Enum, Variant, Vec

__all__ = ["PROCESS_ERROR", "MessageQueue", "QueueLimits"]

PROCESS_ERROR = Enum(
    "ProcessMessageError",
    {
        0: "BadFormat",
        1: "Corrupt",
        2: "Unsupported",
        3: ("Overweight", WEIGHT),
        4: "Yield",
        5: "StackLimitReached",
    },
)
"""Why a message is not executed."""

PER_MESSAGE = Weight(100_000_000)
"""What the queue itself takes for a message, whatever the message does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """How much of a block goes into messages, and how many of them may wait.

    ``share``: hundredths of a block's weight, 1 to 100; ``pages``: pages of a sibling that may wait here, further ones
    stay in the channel. The defaults are those of the Polkadot SDK's parachains.

    >>> QueueLimits(share=101)
    Traceback (most recent call last):
    drandlab.errors.LocalError: share: expected a whole number from 1 to 100, got 101
    """

    share: int = 35
    pages: int = 32

    def __post_init__(self) -> None:
        object.__setattr__(self, "share", checked_int(self.share, "share", 1, 100))
        object.__setattr__(self, "pages", checked_int(self.pages, "pages", 0, (1 << 16) - 1))


_ORIGIN: Codec[Variant] = Enum("AggregateMessageOrigin", {0: "Here", 1: "Parent", 2: ("Sibling", U32)})


class MessageQueue(Pallet):
    """MessageQueue, index 33: executes what siblings send, oldest first, the siblings in turn by their para ids.

    As much of a block's weight goes into it as ``queue`` says; what does not fit waits for the next block. A message
    that cannot be read, or that the barrier refuses, is dropped with ``ProcessingFailed``; one that is heavier than
    all that a block gives with ``OverweightEnqueued``, and it is not kept here. Any other has ``Processed``, with
    ``success`` False if one of its instructions failed.
    """

    name, index = "MessageQueue", 33
    errors = (
        "NotReapable", "NoPage", "NoMessage", "AlreadyProcessed", "Queued", "InsufficientWeight",
        "TemporarilyUnprocessable", "QueuePaused", "RecursiveDisallowed",
    )  # fmt: skip
    events = (
        EventType("ProcessingFailed", {"id": HASH, "origin": _ORIGIN, "error": PROCESS_ERROR}),
        EventType("Processed", {"id": HASH, "origin": _ORIGIN, "weight_used": WEIGHT, "success": BOOL}),
        EventType("OverweightEnqueued", {"id": HASH, "origin": _ORIGIN, "page_index": U32, "message_index": U32}),
    )

    def __init__(
        self, executor: XcmExecutor, *, queue: QueueLimits | None = None, limits: BlockLimits | None = None
    ) -> None:
        self.executor, self.queue = executor, queue or QueueLimits()
        self._most = (limits or BlockLimits()).block.share(self.queue.share)
        self.waiting = StorageMap(self.name, "Pages", U32, Vec(Bytes()), hasher=TWOX64_CONCAT, default=())

    def limit(self, context: Context) -> Weight:
        """Return the most weight that a block gives to messages."""
        return self._most

    def congested(self, storage: Storage) -> tuple[int, ...]:
        """Return the siblings of which so many pages wait that the node should leave further ones in the channel.

        This is the back-pressure of a chain that is too slow: the channel fills, the sibling's queue grows, and its
        price rises. The real pallet tells the sibling to stop by a signal; here whoever makes the block leaves out what
        comes (``left_out`` of `messaging_of`).
        """
        return tuple(para_id for para_id, pages in self.waiting.items(storage) if len(pages) > self.queue.pages)

    def receive(self, context: Context, inbound: tuple[InboundPages, ...]) -> Weight:
        """Execute what waits and what came, as far as there is weight; return the weight that was used."""
        storage = context.storage
        queues: dict[int, list[bytes]] = {para_id: list(kept) for para_id, kept in self.waiting.items(storage)}
        before = {para_id: len(kept) for para_id, kept in queues.items()}
        for one in inbound:
            queues.setdefault(one.para_id, []).extend(page.data for page in one.pages)
        left = self._most
        for para_id in sorted(queues):
            rest, left = self._serve(context, para_id, queues[para_id], left)
            if rest:
                self.waiting.put(storage, para_id, tuple(rest))
            elif para_id in before:
                self.waiting.remove(storage, para_id)
        return self._most - left

    def _serve(self, context: Context, para_id: int, pages: list[bytes], left: Weight) -> tuple[list[bytes], Weight]:
        """Execute one sibling's messages; return the pages that are left, and the weight."""
        for number, page in enumerate(pages):
            done = 1
            for raw, message in split_page(page):
                readable = message is not None
                message = None if message is None else _newest(message)
                weight = None if message is None else self.executor.weight(context, message.instructions)
                needed = PER_MESSAGE if weight is None else PER_MESSAGE + weight
                if not needed.fits(left):
                    if needed.fits(self._most):
                        return [page[:1] + page[done:], *pages[number + 1 :]], left
                    self._too_heavy(context, para_id, raw)
                    left -= PER_MESSAGE
                else:
                    left -= PER_MESSAGE + self._process(context, para_id, raw, message, weight, readable)
                done += len(raw)
        return [], left

    def _too_heavy(self, context: Context, para_id: int, raw: bytes) -> None:
        origin = Variant("Sibling", para_id)
        context.deposit(
            self.event("OverweightEnqueued", id=blake2_256(raw), origin=origin, page_index=0, message_index=0)
        )

    def _process(
        self,
        context: Context,
        para_id: int,
        raw: bytes,
        message: VersionedXcm | None,
        weight: Weight | None,
        readable: bool,
    ) -> Weight:
        """Execute one message and say in an event how it ended; return the weight that it used."""
        origin, id = Variant("Sibling", para_id), blake2_256(raw)
        if message is None:
            error = Variant("Unsupported" if readable else "Corrupt")
            context.deposit(self.event("ProcessingFailed", id=id, origin=origin, error=error))
            return Weight()
        ran = self.executor.execute(context, sibling(para_id), message.instructions, id=id, required=weight)
        context.note(ran)
        if ran.outcome == "Error":
            context.deposit(self.event("ProcessingFailed", id=ran.id, origin=origin, error=Variant("Unsupported")))
        else:
            context.deposit(
                self.event(
                    "Processed", id=ran.id, origin=origin, weight_used=ran.weight, success=ran.outcome == "Complete"
                )
            )
        return ran.weight


def _newest(message: VersionedXcm) -> VersionedXcm | None:
    """Return a message as the newest version has it, None where that lacks something of it."""
    try:
        return message.in_version(5)
    except LocalError:
        return None
