"""What the manager's calls carry and what it answers: parameters, quotes, records, each with its bytes in SCALE."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.subscription import (
    ORIGIN_KIND,
    SUB_ID,
    PulseFilterCodec,
    SubscriptionCodec,
    SubscriptionRecord,
)
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import LOCATION, Location
from drandlab.typing import Round, checked_int
from drandlab.wire.scale import BOOL, U32, U64, U128, Bytes, Codec, Composite, Option, Tuple

__all__ = [
    "QUOTE",
    "CreateSubParams",
    "ManagerCalls",
    "ManagerCodecs",
    "Quote",
    "QuoteRequest",
    "QuoteSubParams",
    "SubInfoRequest",
    "SubInfoResponse",
    "UpdateSubParams",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSubParams:
    """What a new subscription is to be; ``sub_id`` is the id that the subscriber chooses, if it does."""

    credits: int
    target: Location
    call: bytes
    origin_kind: OriginKind = OriginKind.Xcm
    frequency: int
    metadata: bytes | None = None
    sub_id: bytes | None = None
    pulse_filter: tuple[Round, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSubParams:
    """What is to change of a subscription; None leaves a part as it is.

    ``metadata`` and ``pulse_filter`` are lists of one: the new value, which may be None for no value.
    """

    sub_id: bytes
    credits: int | None = None
    frequency: int | None = None
    metadata: tuple[bytes | None] | None = None
    pulse_filter: tuple[tuple[Round, ...] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What a subscription for so many pulses would cost; ``req_ref`` comes back with the answer."""

    req_ref: bytes
    create_sub_params: CreateSubParams
    lifetime_pulses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSubParams:
    """A `QuoteRequest`, and the beginning of the call that takes the answer."""

    quote_request: QuoteRequest
    call: bytes
    origin_kind: OriginKind = OriginKind.Xcm


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The answer to a `QuoteRequest`: the fees and the deposit, in planck."""

    req_ref: bytes
    fees: int
    deposit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubInfoRequest:
    """A question for a subscription's record, and the beginning of the call that takes it."""

    req_ref: bytes
    sub_id: bytes
    call: bytes
    origin_kind: OriginKind = OriginKind.Xcm


@dataclass(frozen=True, slots=True, kw_only=True)
class SubInfoResponse:
    """The answer to a `SubInfoRequest`: the record as it is stored."""

    req_ref: bytes
    sub: SubscriptionRecord


QUOTE = Composite(Quote, req_ref=SUB_ID, fees=U128, deposit=U128)


class _UpdatedFilter(Codec[Any]):
    """A new filter at the very end of a value: nothing, or a list of one option."""

    __slots__ = ("_filter",)

    def __init__(self, bound: int | None) -> None:
        self.name, self.size = "Option<Option<PulseFilter>>", None
        self._filter = PulseFilterCodec(bound)

    def encode(self, value: tuple[tuple[Round, ...] | None] | None) -> bytes:
        if value is None:
            return b""
        return b"\0" if value[0] is None else b"\1" + self._filter.encode(value[0])

    def read(self, data: bytes, at: int) -> tuple[Any, int]:
        rounds = self._filter.rounds
        if rounds is None or at >= len(data):
            return None, at
        some, at = BOOL.read(data, at)
        wanted, at = rounds.read(data, at) if some else (None, at)
        return (wanted,), at


class _QuoteCodec(Codec[QuoteSubParams]):
    """A request for a quote: the filter of the subscription in it comes at the very end."""

    __slots__ = ("_filter", "_rest")

    def __init__(self, rest: Composite[QuoteSubParams], bound: int | None) -> None:
        self.name, self.size, self._rest, self._filter = rest.name, None, rest, PulseFilterCodec(bound)

    def encode(self, value: QuoteSubParams) -> bytes:
        wanted = None
        if isinstance(value, QuoteSubParams):
            wanted, value = value.quote_request.create_sub_params.pulse_filter, _filtered(value, None)
        return self._rest.encode(value) + self._filter.encode(wanted)

    def read(self, data: bytes, at: int) -> tuple[QuoteSubParams, int]:
        value, at = self._rest.read(data, at)
        wanted, at = self._filter.read(data, at)
        return (value if wanted is None else _filtered(value, wanted)), at


def _filtered(value: QuoteSubParams, wanted: tuple[Round, ...] | None) -> QuoteSubParams:
    request = value.quote_request
    params = replace(request.create_sub_params, pulse_filter=wanted)
    return replace(value, quote_request=replace(request, create_sub_params=params))


class ManagerCodecs:
    """The codecs of a manager, with its bounds: of calls, of the ``record`` that it stores, and of its ``response``."""

    def __init__(self, limits: ManagerLimits, *, filters: bool) -> None:
        block = U64 if limits.wide_blocks else U32
        call: Codec[bytes] = Bytes(limits.max_call)
        metadata = Option(Bytes(limits.max_metadata))
        bound = limits.max_filter if filters else None
        parts: dict[str, Codec[Any]] = {
            "credits": U64,
            "target": LOCATION,
            "call": call,
            "origin_kind": ORIGIN_KIND,
            "frequency": block,
            "metadata": metadata,
            "sub_id": Option(SUB_ID),
        }
        self.create = Composite(CreateSubParams, **parts, pulse_filter=PulseFilterCodec(bound))
        quoted = Composite(CreateSubParams, **parts, pulse_filter=PulseFilterCodec(None))
        self.update = Composite(
            UpdateSubParams,
            sub_id=SUB_ID,
            credits=Option(U64),
            frequency=Option(block),
            metadata=Option(Tuple(metadata)),
            pulse_filter=_UpdatedFilter(bound),
        )
        request = Composite(QuoteRequest, req_ref=SUB_ID, create_sub_params=quoted, lifetime_pulses=block)
        quote = Composite(QuoteSubParams, quote_request=request, call=call, origin_kind=ORIGIN_KIND)
        self.quote = _QuoteCodec(quote, bound)
        self.info = Composite(SubInfoRequest, req_ref=SUB_ID, sub_id=SUB_ID, call=call, origin_kind=ORIGIN_KIND)
        self.record = SubscriptionCodec(limits, filters=filters)
        self.response = Composite(SubInfoResponse, req_ref=SUB_ID, sub=self.record)


class ManagerCalls:
    """The calls of a manager as other chains write them: the number of its ``pallet``, that of the call, the arguments.

    >>> from drandlab.idn.subscriptions.manager_limits import ManagerLimits
    >>> calls = ManagerCalls(ManagerCodecs(ManagerLimits(), filters=False))
    >>> calls.pause(bytes(32)).hex()[:8], len(calls.update(bytes(32), credits=7))
    ('28010000', 45)
    """

    def __init__(self, codecs: ManagerCodecs, pallet: int = 40) -> None:
        self.codecs, self.pallet = codecs, checked_int(pallet, "pallet", 0, 255)

    def create(self, params: CreateSubParams) -> bytes:
        """Return the call that creates a subscription."""
        return self._call(0, self.codecs.create, params)

    def pause(self, sub_id: bytes) -> bytes:
        """Return the call that pauses one."""
        return self._call(1, SUB_ID, sub_id)

    def kill(self, sub_id: bytes) -> bytes:
        """Return the call that ends one."""
        return self._call(2, SUB_ID, sub_id)

    def update(
        self,
        sub_id: bytes,
        *,
        credits: int | None = None,
        frequency: int | None = None,
        metadata: tuple[bytes | None] | None = None,
    ) -> bytes:
        """Return the call that changes one; ``metadata`` is a list of one, which may be None to clear it."""
        params = UpdateSubParams(sub_id=sub_id, credits=credits, frequency=frequency, metadata=metadata)
        return self._call(3, self.codecs.update, params)

    def reactivate(self, sub_id: bytes) -> bytes:
        """Return the call that lets one go on."""
        return self._call(4, SUB_ID, sub_id)

    def quote(
        self, params: CreateSubParams, *, pulses: int, req_ref: bytes, call: bytes, origin_kind: OriginKind
    ) -> bytes:
        """Return the call that asks what ``pulses`` would cost; ``call`` takes the answer, as ``origin_kind``."""
        request = QuoteRequest(req_ref=req_ref, create_sub_params=params, lifetime_pulses=pulses)
        asked = QuoteSubParams(quote_request=request, call=call, origin_kind=origin_kind)
        return self._call(5, self.codecs.quote, asked)

    def info(self, sub_id: bytes, *, req_ref: bytes, call: bytes, origin_kind: OriginKind) -> bytes:
        """Return the call that asks for a record; ``call`` takes the answer, as ``origin_kind``."""
        asked = SubInfoRequest(req_ref=req_ref, sub_id=sub_id, call=call, origin_kind=origin_kind)
        return self._call(6, self.codecs.info, asked)

    def _call(self, number: int, codec: Codec[Any], value: Any) -> bytes:
        return bytes((self.pallet, number)) + codec.encode(value)
