"""The pallet IdnConsumer: a chain's own client of the bridge, which asks for pulses by XCM and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.consumers.bridge_origins import ensure_bridge
from drandlab.idn.consumers.consumer_hooks import ConsumerHooks, HookRefused
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.calls import Origin, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.state import StorageMap, StorageValue
from drandlab.idn.subscriptions.call_params import (
    QUOTE,
    CreateSubParams,
    ManagerCalls,
    ManagerCodecs,
    Quote,
    SubInfoResponse,
)
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.paid_messages import PaidMessages
from drandlab.idn.subscriptions.subscription import ORIGIN_KIND, SUB_ID
from drandlab.idn.subscriptions.subscription_ids import generated_id
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import Location, sibling
from drandlab.idn.xcm_execution.sending import Sender
from drandlab.typing import checked_int
from drandlab.wire.scale import U32, U64, Bytes, Codec, Option, Tuple

__all__ = ["CONSUME_PULSE_WEIGHT", "IdnConsumer"]

MANAGER_INDEX = 40
"""The manager's place in the bridge's runtime; the consumer pallet has the same in its own."""

CONSUME_PULSE_WEIGHT = Weight(7_545_079_000)
"""What the real pallet declares for ``consume_pulse``, whatever its hook does."""

_ASK = Weight(10_000_000, 3_000)
_ID: Mapping[str, Codec[Any]] = {"sub_id": SUB_ID}


class IdnConsumer(Pallet):
    """The consumer pallet, index 40, on the chain ``para_id``; ``bridge`` is the chain it listens to.

    ``sender`` sends its messages, ``hooks`` do something with what comes. ``limits`` are those of the bridge's manager:
    they bound what can be written into a message, which takes at most ``limits.max_xcm_fees`` along. Numbers of blocks
    of this chain have ``block_bits``, as they stand in ids.

    Calls 0 to 2 are for the bridge, by XCM: ``BadOrigin`` for anybody else (`ensure_bridge`), then the hook's refusal,
    ``ConsumePulseError``, ``ConsumeQuoteError`` or ``ConsumeSubInfoError``. Calls 3 to 9 are for whoever signs, which
    is then the subscriber at the bridge: ``BadOrigin``, ``XcmSendError``.

    Source: ``pallet-idn-consumer`` of the Ideal Network's SDK, December 2025.
    """

    name, index = "IdnConsumer", MANAGER_INDEX
    errors = (
        "ConsumePulseError",
        "ConsumeQuoteError",
        "ConsumeSubInfoError",
        "PalletIndexConversionError",
        "XcmSendError",
        "CallDataTooLong",
    )

    def __init__(
        self,
        sender: Sender,
        hooks: ConsumerHooks,
        *,
        para_id: int = 4594,
        bridge: int = 4502,
        limits: ManagerLimits | None = None,
        block_bits: int = 32,
    ) -> None:
        self.hooks, self.limits = hooks, limits or ManagerLimits()
        self.block_bits = checked_int(block_bits, "block_bits", 32, 64)
        self.para_id, self.bridge = checked_int(para_id, "para_id", 0), checked_int(bridge, "bridge", 0)
        self.codecs = ManagerCodecs(self.limits, filters=False)
        self.written = ManagerCalls(self.codecs, MANAGER_INDEX)
        self.messages = PaidMessages(sender, self.limits.max_xcm_fees)

    @property
    def events(self) -> tuple[EventType, ...]:
        return (
            EventType("RandomnessConsumed", _ID),
            EventType("QuoteConsumed", {"quote": QUOTE}),
            EventType("SubInfoConsumed", _ID),
        )

    @property
    def calls(self) -> tuple[CallType, ...]:
        id, kind = Option(SUB_ID), Option(ORIGIN_KIND)
        block: Codec[int] = U64 if self.limits.wide_blocks else U32
        metadata = Option(Bytes(self.limits.max_metadata))
        paid: Mapping[str, Codec[Any]] = {"frequency": block, "metadata": metadata, "sub_id": id}
        changed: Mapping[str, Codec[Any]] = {
            "credits": Option(U64),
            "frequency": Option(block),
            "metadata": Option(Tuple(metadata)),
        }
        asked: Mapping[str, Codec[Any]] = {"req_ref": id, "origin_kind": kind}
        taken: tuple[tuple[str, Mapping[str, Codec[Any]], Any, Any], ...] = (
            ("consume_pulse", {"pulse": PULSE, **_ID}, self.consume_pulse, self._pulse_weight),
            ("consume_quote", {"quote": QUOTE}, self.consume_quote, _ASK),
            ("consume_sub_info", {"info": self.codecs.response}, self.consume_sub_info, _ASK),
            ("create_subscription", {"credits": U64, **paid, "origin_kind": kind}, self.create_subscription, _ASK),
            ("pause_subscription", _ID, self.pause_subscription, _ASK),
            ("kill_subscription", _ID, self.kill_subscription, _ASK),
            ("update_subscription", {**_ID, **changed}, self.update_subscription, _ASK),
            ("reactivate_subscription", _ID, self.reactivate_subscription, _ASK),
            ("request_quote", {"number_of_pulses": block, **paid, **asked}, self.request_quote, _ASK),
            ("request_sub_info", {**_ID, **asked}, self.request_sub_info, _ASK),
        )
        return tuple(
            CallType(number, name, arguments, run, weight, pays_fee=False)
            for number, (name, arguments, run, weight) in enumerate(taken)
        )

    def storage_items(self) -> tuple[StorageValue[Any, Any] | StorageMap[Any, Any, Any], ...]:
        """Return what the hooks keep; the pallet itself keeps nothing."""
        return self.hooks.storage_items()

    def _pulse_weight(self, context: Context, *, pulse: Pulse, **_: Any) -> Weight:
        return CONSUME_PULSE_WEIGHT + self.hooks.pulse_weight(pulse)

    # -- for the bridge -----------------------------------------------------------------------------------------------

    def consume_pulse(self, context: Context, origin: Origin, *, pulse: Pulse, sub_id: bytes) -> None:
        """Take a pulse for a subscription."""
        ensure_bridge(origin, self.bridge)
        try:
            self.hooks.consume_pulse(context, pulse, sub_id)
        except HookRefused as refused:
            raise self.error("ConsumePulseError", str(refused)) from refused
        context.deposit(self.event("RandomnessConsumed", sub_id=sub_id))

    def consume_quote(self, context: Context, origin: Origin, *, quote: Quote) -> None:
        """Take the answer to `request_quote`."""
        ensure_bridge(origin, self.bridge)
        try:
            self.hooks.consume_quote(context, quote)
        except HookRefused as refused:
            raise self.error("ConsumeQuoteError", str(refused)) from refused
        context.deposit(self.event("QuoteConsumed", quote=quote))

    def consume_sub_info(self, context: Context, origin: Origin, *, info: SubInfoResponse) -> None:
        """Take the answer to `request_sub_info`."""
        ensure_bridge(origin, self.bridge)
        try:
            self.hooks.consume_sub_info(context, info)
        except HookRefused as refused:
            raise self.error("ConsumeSubInfoError", str(refused)) from refused
        context.deposit(self.event("SubInfoConsumed", sub_id=info.sub.id))

    # -- for subscribers ----------------------------------------------------------------------------------------------

    def create_subscription(
        self,
        context: Context,
        origin: Origin,
        *,
        credits: int,
        frequency: int,
        metadata: bytes | None = None,
        sub_id: bytes | None = None,
        origin_kind: OriginKind | None = None,
    ) -> None:
        """Ask for a subscription; without a ``sub_id`` it gets the one that `new_id` says."""
        subscriber = ensure_signed(origin)
        params = self._wanted(credits, frequency, metadata, sub_id, origin_kind)
        if sub_id is None:
            params = self._wanted(credits, frequency, metadata, self._hash(context, params), origin_kind)
        self._ask(context, subscriber, self.written.create(params))

    def pause_subscription(self, context: Context, origin: Origin, *, sub_id: bytes) -> None:
        """Ask that a subscription be paused."""
        self._ask(context, ensure_signed(origin), self.written.pause(sub_id))

    def kill_subscription(self, context: Context, origin: Origin, *, sub_id: bytes) -> None:
        """Ask that a subscription be ended."""
        self._ask(context, ensure_signed(origin), self.written.kill(sub_id))

    def update_subscription(
        self,
        context: Context,
        origin: Origin,
        *,
        sub_id: bytes,
        credits: int | None = None,
        frequency: int | None = None,
        metadata: tuple[bytes | None] | None = None,
    ) -> None:
        """Ask that a subscription be changed; ``metadata`` is a list of one, which may be None to clear it."""
        call = self.written.update(sub_id, credits=credits, frequency=frequency, metadata=metadata)
        self._ask(context, ensure_signed(origin), call)

    def reactivate_subscription(self, context: Context, origin: Origin, *, sub_id: bytes) -> None:
        """Ask that a paused subscription go on."""
        self._ask(context, ensure_signed(origin), self.written.reactivate(sub_id))

    def request_quote(
        self,
        context: Context,
        origin: Origin,
        *,
        number_of_pulses: int,
        frequency: int,
        metadata: bytes | None = None,
        sub_id: bytes | None = None,
        req_ref: bytes | None = None,
        origin_kind: OriginKind | None = None,
    ) -> None:
        """Ask what a subscription would cost; `consume_quote` brings the answer, with ``req_ref``."""
        asker = ensure_signed(origin)
        # the kind is that of the answer; what is priced is a subscription of the usual kind
        params = self._wanted(0, frequency, metadata, sub_id, None)
        call = self.written.quote(
            params,
            pulses=number_of_pulses,
            req_ref=self._hash(context, params) if req_ref is None else req_ref,
            call=self.callback(1),
            origin_kind=origin_kind or OriginKind.Xcm,
        )
        self._ask(context, asker, call)

    def request_sub_info(
        self,
        context: Context,
        origin: Origin,
        *,
        sub_id: bytes,
        req_ref: bytes | None = None,
        origin_kind: OriginKind | None = None,
    ) -> None:
        """Ask for the record of a subscription; `consume_sub_info` brings it, with ``req_ref``."""
        asker = ensure_signed(origin)
        reference = self._salted(context, sub_id) if req_ref is None else req_ref
        call = self.written.info(
            sub_id, req_ref=reference, call=self.callback(2), origin_kind=origin_kind or OriginKind.Xcm
        )
        self._ask(context, asker, call)

    # -- parts --------------------------------------------------------------------------------------------------------

    def callback(self, call: int) -> bytes:
        """Return the call by which the bridge answers, without its arguments: the pallet's index, the call's index."""
        return bytes((self.index, call))

    @property
    def target(self) -> Location:
        """Where this chain is, as the bridge sees it."""
        return sibling(self.para_id)

    def new_id(
        self,
        block: int,
        *,
        credits: int,
        frequency: int,
        metadata: bytes | None = None,
        origin_kind: OriginKind | None = None,
    ) -> bytes:
        """Return the id of a subscription that is asked for in a block of this chain without naming one.

        It has neither the chain nor the account in it: two who ask for the same in blocks of one number get one id.
        """
        params = self.codecs.create.encode(self._wanted(credits, frequency, metadata, None, origin_kind))
        return generated_id(params, block=block, block_bits=self.block_bits)

    def _wanted(
        self, credits: int, frequency: int, metadata: bytes | None, sub_id: bytes | None, kind: OriginKind | None
    ) -> CreateSubParams:
        return CreateSubParams(
            credits=credits,
            target=self.target,
            call=self.callback(0),
            origin_kind=kind or OriginKind.Xcm,
            frequency=frequency,
            metadata=metadata,
            sub_id=sub_id,
        )

    def _hash(self, context: Context, params: CreateSubParams) -> bytes:
        return self._salted(context, self.codecs.create.encode(params))

    def _salted(self, context: Context, encoded: bytes) -> bytes:
        return generated_id(encoded, block=context.number, block_bits=self.block_bits)

    def _ask(self, context: Context, by: bytes, call: bytes) -> None:
        """Send a call of the manager to the bridge, in the name of an account."""
        try:
            self.messages.send(context, by, sibling(self.bridge), call, OriginKind.Xcm)
        except DispatchFailed as failed:
            raise self.error("XcmSendError", str(failed)) from failed
