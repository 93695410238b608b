"""A subscription as the manager stores it, and its bytes in SCALE, by whose number the deposit is computed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import LOCATION, Location
from drandlab.typing import Round, checked_bytes
from drandlab.wire.scale import (
    U32,
    U64,
    Bytes,
    Choice,
    Codec,
    Composite,
    FixedBytes,
    Option,
    Vec,
    ends_early,
    no_variant,
)

__all__ = [
    "ORIGIN_KIND",
    "SUB_ID",
    "PulseFilterCodec",
    "SubscriptionCodec",
    "SubscriptionDetails",
    "SubscriptionRecord",
]

SUB_ID, ORIGIN_KIND = FixedBytes(32), Choice(OriginKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDetails:
    """What never changes of a subscription: whose it is, where the pulses go, and into which call.

    ``call`` are the first bytes of the call at the target; the pulse and the subscription's id are written behind them.
    ``written`` is the encoding.
    """

    subscriber: bytes
    target: Location
    call: bytes
    origin_kind: OriginKind
    written: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subscriber", checked_bytes(self.subscriber, "subscriber", 32))
        object.__setattr__(self, "call", checked_bytes(self.call, "call"))
        written = self.subscriber + LOCATION.encode(self.target) + _CALL.encode(self.call)
        object.__setattr__(self, "written", written + ORIGIN_KIND.encode(self.origin_kind))


_CALL: Codec[bytes] = Bytes()
_DETAILS = Composite(SubscriptionDetails, subscriber=SUB_ID, target=LOCATION, call=_CALL, origin_kind=ORIGIN_KIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRecord:
    """A subscription: its credits and how many are left, how often it is due, and in which state it is.

    Blocks are numbers of the bridge's. ``last_delivered`` is None before the first delivery. ``pulse_filter`` has the
    rounds that are wanted, None for all; an empty one wants none.
    """

    id: bytes
    details: SubscriptionDetails
    credits_left: int
    state: State
    created_at: int
    updated_at: int
    credits: int
    frequency: int
    metadata: bytes | None = None
    last_delivered: int | None = None
    pulse_filter: tuple[Round, ...] | None = None

    def used(self, left: int, last_delivered: int | None) -> SubscriptionRecord:
        """Return the record with so many credits left, last served in that block; made anew for every delivery."""
        return SubscriptionRecord(
            id=self.id,
            details=self.details,
            credits_left=left,
            state=self.state,
            created_at=self.created_at,
            updated_at=self.updated_at,
            credits=self.credits,
            frequency=self.frequency,
            metadata=self.metadata,
            last_delivered=last_delivered,
            pulse_filter=self.pulse_filter,
        )

    @property
    def subscriber(self) -> bytes:
        """The account that pays."""
        return self.details.subscriber


class PulseFilterCodec(Codec[tuple[Round, ...] | None]):
    """A filter at the very end of a value: no bytes where there is none, so that a value without one is as it is today.

    >>> PulseFilterCodec(100).encode(None), PulseFilterCodec(100).encode((7,)).hex()
    (b'', '040700000000000000')

    Without a ``bound`` no filters are known, and none is read.
    """

    __slots__ = ("rounds",)

    def __init__(self, bound: int | None) -> None:
        self.name, self.size = "Option<PulseFilter>", None
        self.rounds = None if bound is None else Vec(U64, bound)

    def encode(self, value: tuple[Round, ...] | None) -> bytes:
        if value is None:
            return b""
        if self.rounds is None:
            raise LocalError("no filters are known here", argument="pulse_filter")
        return self.rounds.encode(value)

    def read(self, data: bytes, at: int) -> tuple[tuple[Round, ...] | None, int]:
        if self.rounds is None or at >= len(data):
            return None, at
        return self.rounds.read(data, at)


_STATES = {state.value: state for state in State}
_REMEMBERED = 4096
"""Records that are remembered, and as many of the time before: twice what a bridge can hold, each of them."""


class SubscriptionCodec(Codec[SubscriptionRecord]):
    """A `SubscriptionRecord` in SCALE with the bounds of a manager, its filter at the end where ``filters`` are known.

    A record that was written or read is remembered by its bytes: the dispatcher reads each of them in every block, and
    most are as they were. When `_REMEMBERED` of them are ``fresh``, they become the ``stale`` ones, and those before
    are forgotten, all at once: to take out one at a time costs a look at all the places that are empty already.
    """

    __slots__ = ("_filter", "_metadata", "_numbers", "_wide", "fresh", "stale")

    def __init__(self, limits: ManagerLimits, *, filters: bool) -> None:
        self.name, self.size = "Subscription", None
        self._wide = limits.wide_blocks
        self._numbers = struct.Struct("<QBQQQQ" if self._wide else "<QBIIQI")
        self._metadata = Option(Bytes(limits.max_metadata))
        self._filter = PulseFilterCodec(limits.max_filter if filters else None)
        self.fresh: dict[bytes, SubscriptionRecord] = {}
        self.stale: dict[bytes, SubscriptionRecord] = {}

    def encode(self, value: SubscriptionRecord) -> bytes:
        if not isinstance(value, SubscriptionRecord):
            raise WrongType(f"expected a SubscriptionRecord, got {type(value).__name__}", argument=self.name)
        try:
            numbers = self._numbers.pack(
                value.credits_left,
                value.state.value,
                value.created_at,
                value.updated_at,
                value.credits,
                value.frequency,
            )
            last = value.last_delivered
            delivered = b"\0" if last is None else b"\1" + last.to_bytes(8 if self._wide else 4, "little")
        except (struct.error, OverflowError):
            raise LocalError("a number of it is out of range", argument=self.name) from None
        metadata = b"\0" if value.metadata is None else self._metadata.encode(value.metadata)
        written = SUB_ID.encode(value.id) + value.details.written + numbers + metadata + delivered
        if value.pulse_filter is not None:
            written += self._filter.encode(value.pulse_filter)
        self._remember(written, value)
        return written

    def _remember(self, written: bytes, value: SubscriptionRecord) -> None:
        if len(self.fresh) >= _REMEMBERED:
            self.stale, self.fresh = self.fresh, {}
        self.fresh[written] = value

    def read(self, data: bytes, at: int) -> tuple[SubscriptionRecord, int]:
        found = None if at else self.fresh.get(data) or self.stale.get(data)
        if found is not None:
            return found, len(data)
        value, end = self._read(data, at)
        if at == 0 and end == len(data):
            self._remember(data, value)
        return value, end

    def _read(self, data: bytes, at: int) -> tuple[SubscriptionRecord, int]:
        id, at = SUB_ID.read(data, at)
        details, at = _DETAILS.read(data, at)
        if at + self._numbers.size > len(data):
            ends_early(self.name, len(data) - at, self._numbers.size)
        left, state, created, updated, credits, frequency = self._numbers.unpack_from(data, at)
        if state not in _STATES:
            no_variant("SubscriptionState", state)
        metadata, at = self._metadata.read(data, at + self._numbers.size)
        last, at = _LAST[self._wide].read(data, at)
        wanted, at = self._filter.read(data, at)
        value = SubscriptionRecord(
            id=id,
            details=details,
            credits_left=left,
            state=_STATES[state],
            created_at=created,
            updated_at=updated,
            credits=credits,
            frequency=frequency,
            metadata=metadata,
            last_delivered=last,
            pulse_filter=wanted,
        )
        return value, at


_LAST: dict[bool, Codec[Any]] = {False: Option(U32), True: Option(U64)}
