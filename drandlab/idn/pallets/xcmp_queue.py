"""The pallet XcmpQueue: messages to siblings wait in pages, and the price of a delivery rises while too many wait.

Left out beside the real one: signals that ask a sibling to wait or to go on.

Source: ``cumulus_pallet_xcmp_queue`` of the Polkadot SDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drandlab.errors import FormatError, LocalError
from drandlab.idn.channels.channel import ChannelState
from drandlab.idn.channels.fast_encoding import message_body
from drandlab.idn.pallets.parachain_system import ParachainSystem
from drandlab.idn.runtime.blocks import HASH
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.pallet import EventType, Pallet
from drandlab.idn.state import TWOX64_CONCAT, Storage, StorageMap, StorageValue, blake2_256
from drandlab.idn.xcm.instruction_codecs import INSTRUCTION, MOST_INSTRUCTIONS
from drandlab.idn.xcm.instructions import SetTopic, Xcm
from drandlab.idn.xcm.locations import Location, Parachain
from drandlab.idn.xcm.versioned import VERSIONED_XCM, VersionedXcm
from drandlab.idn.xcm_execution.executor_parts import Ticket
from drandlab.idn.xcm_execution.prices import FACTOR_ONE, DeliveryPrice, lowered, raised
from drandlab.idn.xcm_execution.sending import SendFailed
from drandlab.idn.xcm_execution.topic_ids import unique_id
from drandlab.wire.scale import U16, U32, U128, Bytes, Composite, Tuple, Vec, compact

__all__ = ["MOST_PAGE", "XCMP_FORMAT", "OutboundPages", "XcmpQueue", "split_page"]

XCMP_FORMAT = b"\0"
"""The first byte of a page: after it stand messages with their versions, one behind the other."""

MOST_PAGE = 103 * 1024
"""Bytes of a page, whatever a channel takes."""

_CONGESTED = 2
"""A queue is too long above the channel's size by this number."""


@dataclass(frozen=True, slots=True)
class OutboundPages:
    """Which pages wait for a sibling: the numbers ``first`` to ``last``, the last one not included."""

    para_id: int
    first: int = 0
    last: int = 0


def split_page(page: bytes) -> Iterator[tuple[bytes, VersionedXcm | None]]:
    """Yield the messages of a page, each with its bytes; what cannot be read comes last, as it is, with None."""
    if page[:1] != XCMP_FORMAT:
        yield page, None
        return
    at = 1
    while at < len(page):
        try:
            message, end = VERSIONED_XCM.read(page, at)
        except FormatError:
            yield page[at:], None
            return
        yield page[at:end], message
        at = end


class XcmpQueue(Pallet):
    """XcmpQueue, index 30: the `MessageRouter` of a parachain, to its siblings alone.

    ``price`` is what a delivery costs, None for nothing; ``version`` is the version of the format in which messages
    are written. A sibling's queue is `pages`; at the end of a block `take` gives the oldest page of each.
    """

    name, index = "XcmpQueue", 30
    errors = ("BadQueueConfig", "AlreadySuspended", "AlreadyResumed", "TooManyActiveOutboundChannels", "TooBig")
    events = (EventType("XcmpMessageSent", {"message_hash": HASH}),)

    def __init__(self, system: ParachainSystem, *, price: DeliveryPrice | None = None, version: int = 5) -> None:
        self._system, self.price, self.version = system, price, version
        name = self.name
        self.status = StorageValue(
            name, "OutboundXcmpStatus", Vec(Composite(OutboundPages, para_id=U32, first=U16, last=U16)), default=()
        )
        self.pages: StorageMap[tuple[int, ...], bytes, bytes] = StorageMap(
            name, "OutboundXcmpMessages", Tuple(U32, U16), Bytes(), default=b""
        )
        self.factor = StorageMap(name, "DeliveryFeeFactor", U32, U128, hasher=TWOX64_CONCAT, default=FACTOR_ONE)

    # -- sending ------------------------------------------------------------------------------------------------------

    def ticket(self, context: Context, dest: Location, message: Xcm) -> Ticket:
        """Return what sending a message takes: its topic, its price now, its bytes; raises `SendFailed`."""
        match dest:
            case Location(1, (Parachain(para_id),)):
                pass
            case _:
                raise self.failed("Unroutable")
        try:
            id, message, body = self._with_topic(context, message)
            encoded = compact(len(message)) + body
            wire = (
                b"\5" + encoded if self.version == 5 else VersionedXcm(5, message).in_version(self.version).to_scale()
            )
        except LocalError:
            raise self.failed("TooBig", "the destination cannot read it: too many instructions, or too new") from None
        price = 0
        if self.price is not None:
            price = self.price.of(len(encoded), self.factor.get(context.storage, para_id))
        return Ticket(dest=dest, para_id=para_id, id=id, message=message, wire=wire, price=price)

    @staticmethod
    def _with_topic(context: Context, message: Xcm) -> tuple[bytes, Xcm, bytes]:
        """Return the topic of a message, the message with it at the end, and the bytes of its instructions."""
        body = message_body(message)
        if message and isinstance(message[-1], SetTopic):
            return message[-1].topic, message, body
        if len(message) >= MOST_INSTRUCTIONS:
            raise LocalError(f"no room for a topic behind {len(message)} instructions", argument="message")
        topic = SetTopic(unique_id(context.storage, compact(len(message)) + body))
        return topic.topic, (*message, topic), body + INSTRUCTION.encode(topic)

    def deliver(self, context: Context, ticket: Ticket) -> None:
        """Put a message into the last page for its sibling, or into a new one; raises `SendFailed`.

        A queue that is too long raises the price of the next message; it refuses none.
        """
        storage, para_id = context.storage, ticket.para_id
        channel = self._system.channel(storage, para_id)
        if channel is None:
            raise self.failed("NoChannel", f"no channel is open to the parachain {para_id}")
        most = min(channel.page_size, MOST_PAGE)
        if len(ticket.wire) + len(XCMP_FORMAT) > most:
            raise self.failed("TooBig", f"{len(ticket.wire)} bytes, a page has at most {most}")
        count, size = self._append(storage, para_id, ticket.wire, most)
        if max(count - 1, 0) * most + size > channel.total_size // _CONGESTED:
            self.factor.put(storage, para_id, raised(self.factor.get(storage, para_id), len(ticket.wire)))
        context.deposit(self.event("XcmpMessageSent", message_hash=blake2_256(ticket.wire)))

    def _append(self, storage: Storage, para_id: int, wire: bytes, most: int) -> tuple[int, int]:
        """Store a message; return how many pages wait now, and the bytes of the last one."""
        status = {one.para_id: one for one in self.status.get(storage)}
        queue = status.get(para_id, OutboundPages(para_id))
        if queue.last > queue.first:
            page = self.pages.get(storage, (para_id, queue.last - 1))
            if len(page) + len(wire) <= most:
                self.pages.put(storage, (para_id, queue.last - 1), page + wire)
                return queue.last - queue.first, len(page) + len(wire)
        if queue.last >= (1 << 16) - 1:
            raise self.failed("NoChannel", "as many pages wait as can be counted")
        self.pages.put(storage, (para_id, queue.last), XCMP_FORMAT + wire)
        status[para_id] = OutboundPages(para_id, queue.first, queue.last + 1)
        self.status.put(storage, tuple(status.values()))
        return queue.last + 1 - queue.first, len(wire) + 1

    def failed(self, reason: str, why: str | None = None) -> SendFailed:
        """Return the failure to send for a reason, with the error that a call of `PolkadotXcm` shows for it."""
        name = {"Unroutable": "Unreachable", "FeesNotMet": "FeesNotMet"}.get(reason, "SendFailure")
        return SendFailed(reason, DispatchError(name, SEND_PALLET, SEND_ERRORS.index(name)), why)

    # -- the end of a block -------------------------------------------------------------------------------------------

    def take(self, storage: Storage) -> tuple[tuple[int, bytes], ...]:
        """Take out the oldest page of each sibling whose channel has room, and return them by para id."""
        kept, taken = [], []
        for queue in self.status.get(storage):
            channel = self._system.channel(storage, queue.para_id)
            if channel is None:  # a channel that was closed swallows what waited
                for number in range(queue.first, queue.last):
                    self.pages.remove(storage, (queue.para_id, number))
                continue
            page = self._oldest(storage, queue, channel)
            if page is not None:
                taken.append((queue.para_id, page))
                first = queue.first + 1
                queue = (
                    OutboundPages(queue.para_id, first, queue.last)
                    if first < queue.last
                    else OutboundPages(queue.para_id)
                )
                self._relax(storage, queue, channel)
            if queue.last > queue.first:
                kept.append(queue)
        if taken or len(kept) != len(self.status.get(storage)):
            if kept:
                self.status.put(storage, tuple(kept))
            else:
                self.status.kill(storage)
        return tuple(sorted(taken))

    def _oldest(self, storage: Storage, queue: OutboundPages, channel: ChannelState) -> bytes | None:
        page = self.pages.get(storage, (queue.para_id, queue.first))
        if channel.is_full or channel.bytes + len(page) > channel.total_size:
            return None
        self.pages.remove(storage, (queue.para_id, queue.first))
        return page if len(page) <= channel.page_size else None

    def _relax(self, storage: Storage, queue: OutboundPages, channel: ChannelState) -> None:
        """Lower the price factor if what still waits is short enough."""
        factor = self.factor.get(storage, queue.para_id)
        if factor == FACTOR_ONE:
            return
        if self.waiting(storage, queue) <= channel.total_size // _CONGESTED:
            factor = lowered(factor)
            if factor == FACTOR_ONE:
                self.factor.remove(storage, queue.para_id)
            else:
                self.factor.put(storage, queue.para_id, factor)

    def waiting(self, storage: Storage, queue: OutboundPages) -> int:
        """Return the bytes of all pages of a queue."""
        numbers = range(queue.first, queue.last)
        return sum(len(self.pages.get(storage, (queue.para_id, number))) for number in numbers)


SEND_PALLET = 31
SEND_ERRORS = (
    "Unreachable", "SendFailure", "Filtered", "UnweighableMessage", "DestinationNotInvertible", "Empty",
    "CannotReanchor", "TooManyAssets", "InvalidOrigin", "BadVersion", "BadLocation", "NoSubscription",
    "AlreadySubscribed", "CannotCheckOutTeleport", "LowBalance", "TooManyLocks", "AccountNotSovereign", "FeesNotMet",
    "LockNotFound", "InUse", "InvalidAssetNotConcrete", "InvalidAssetUnknownReserve",
    "InvalidAssetUnsupportedReserve", "TooManyReserves", "LocalExecutionIncomplete",
)  # fmt: skip
"""The errors of `PolkadotXcm`, in which failures to send are shown."""
