"""The pallet IdnManager: subscribers create, pause, change and end subscriptions, and ask what they cost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from drandlab.errors import LocalError
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.rand_beacon import AcceptedPulse
from drandlab.idn.runtime.calls import Origin, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed, fail
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage
from drandlab.idn.subscriptions.call_params import (
    QUOTE,
    CreateSubParams,
    ManagerCodecs,
    Quote,
    QuoteSubParams,
    SubInfoRequest,
    SubInfoResponse,
    UpdateSubParams,
)
from drandlab.idn.subscriptions.dispatching import PulseDispatcher
from drandlab.idn.subscriptions.holdings import MANAGER, Holdings
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT, ManagerLimits
from drandlab.idn.subscriptions.manager_records import PALLET, Queries, Records, new_record
from drandlab.idn.subscriptions.paid_messages import DeliveryMessages, PaidMessages, SovereignMessages
from drandlab.idn.subscriptions.policies import Policy, policies
from drandlab.idn.subscriptions.priorities import PRIORITIES
from drandlab.idn.subscriptions.subscription import SUB_ID, SubscriptionRecord
from drandlab.idn.subscriptions.subscription_ids import generated_id
from drandlab.idn.subscriptions.transitions import State, allowed
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.location_accounts import location_account, sibling_account
from drandlab.idn.xcm.locations import LOCATION, AccountId32, Location, Parachain
from drandlab.idn.xcm_execution.sending import ChainSender, Sender
from drandlab.typing import Round, checked_choice
from drandlab.wire.scale import U128

__all__ = ["IdnManager", "chain_of", "is_sibling"]

_ID = {"sub_id": SUB_ID}
_TERMINATIONS = Weight(22_820_433_000, 702_882) + db_weight(602, 601)


def is_sibling(location: Location) -> bool:
    """Return whether a location is a sibling chain, or an account of 32 bytes there.

    >>> is_sibling(Location(1, (Parachain(4594),))), is_sibling(Location())
    (True, False)
    """
    path = location.interior
    return (
        location.parents == 1
        and 1 <= len(path) <= 2
        and isinstance(path[0], Parachain)
        and all(isinstance(step, AccountId32) for step in path[1:])
    )


def chain_of(location: Location) -> Location:
    """Return the sibling chain in which a location lies; raises `LocalError` for one that lies in none.

    >>> chain_of(Location(1, (Parachain(4594), AccountId32(None, bytes(32)))))
    Location(parents=1, interior=(Parachain(id=4594),))
    """
    if location.parents != 1 or not location.interior or not isinstance(location.interior[0], Parachain):
        raise LocalError("expected a place in a sibling chain", argument="location")
    return Location(1, location.interior[:1])


class IdnManager(Pallet):
    """The manager, index 40, by the rules of a ``policy``. It is a dispatcher of the beacon pallet.

    ``sender`` sends its messages, the ``treasury`` is paid the fees. ``account_of`` says which account here a location
    is, by the rules of the real bridge without a word. ``priority`` is one of `PRIORITIES`, else that of the policy.
    ``para_id`` is the bridge's own number: with base fees its sovereign account pays for deliveries, here and at the
    targets, where it has the same 32 bytes; it is given the base fees, and must exist on all of them.

    A call checks in this order, and the first failure is the answer; nothing is changed then:

    | call | checks |
    | --- | --- |
    | ``create_subscription`` | ``BadOrigin``, ``InvalidSubscriber`` · credits, filter and call: ``InvalidParams`` · \
``TooManySubscriptions`` · ``SubscriptionAlreadyExists`` · fees, then deposit: ``FundsUnavailable`` |
    | ``pause_``, ``reactivate_`` | ``SubscriptionDoesNotExist`` · ``NotSubscriber`` · \
``SubscriptionInvalidTransition`` |
    | ``update_`` | the same two · ``SubscriptionNotUpdatable`` · ``InvalidParams`` · ``FundsUnavailable`` |
    | ``kill_`` | the same two · ``FundsUnavailable`` where less is held than is to come back |
    | ``quote_``, ``get_subscription_info`` | by XCM only: ``BadOrigin`` · ``InvalidSubscriber`` · \
``InvalidParams`` or ``SubscriptionDoesNotExist`` · what the sender fails with |

    Source: ``pallet-idn-manager`` of the Ideal Network's SDK, December 2025.
    """

    name, index = PALLET, MANAGER
    errors = (
        "SubscriptionAlreadyExists", "SubscriptionDoesNotExist", "SubscriptionAlreadyActive",
        "SubscriptionInvalidTransition", "SubscriptionNotUpdatable", "NotSubscriber", "TooManySubscriptions",
        "InvalidSubscriber", "InvalidParams", "XcmSendError",
    )  # fmt: skip
    events = (
        EventType("SubscriptionCreated", _ID),
        EventType("SubscriptionTerminated", _ID),
        EventType("SubscriptionPaused", _ID),
        EventType("SubscriptionUpdated", _ID),
        EventType("SubscriptionReactivated", _ID),
        EventType("RandomnessDistributed", _ID),
        EventType("FeesCollected", {"sub_id": SUB_ID, "fees": U128}),
        EventType("SubQuoted", {"requester": LOCATION, "quote": QUOTE}),
        EventType("SubscriptionDistributed", _ID),
    )

    def __init__(
        self,
        balances: Balances,
        sender: Sender,
        *,
        account_of: Callable[[Location], bytes | None] = location_account,
        policy: Policy = policies["deployed"],
        limits: ManagerLimits | None = None,
        treasury: bytes = TREASURY_ACCOUNT,
        priority: str | None = None,
        para_id: int = 4502,
    ) -> None:
        self.policy, self.limits, self.account_of = policy, limits or ManagerLimits(), account_of
        self.codecs = ManagerCodecs(self.limits, filters=policy.filters)
        self.sovereign = sibling_account(para_id)
        self.holdings = Holdings(balances, policy, self.limits, treasury, self.codecs.record, self.name, self.sovereign)
        self.records = Records(policy, self.limits, self.codecs, self.holdings)
        self.subscriptions, self.sub_counter = self.records.subscriptions, self.records.counter
        self.own_holds = self.holdings.own
        self.messages = PaidMessages(sender, self.limits.max_xcm_fees)
        order = checked_choice(policy.priority if priority is None else priority, "priority", PRIORITIES)
        self.dispatcher = PulseDispatcher(self.records, self._deliveries(sender), order)

    def _deliveries(self, sender: Sender) -> DeliveryMessages:
        """Who sends the pulses: subscribers, or the bridge itself, as the policy has it."""
        fees = self.policy.base_fees
        if fees is None:
            return self.messages
        if not isinstance(sender, ChainSender):
            raise LocalError("base fees need one that can send in the name of the chain itself", argument="sender")
        return SovereignMessages(sender, self.sovereign, fees)

    @property
    def calls(self) -> tuple[CallType, ...]:
        codecs = self.codecs

        def weight(time: int, reads: int, writes: int) -> Weight:
            return Weight(time, 4482) + db_weight(reads, writes)

        create, update = {"params": codecs.create}, {"params": codecs.update}
        quote, info = {"params": codecs.quote}, {"req": codecs.info}
        return (
            CallType(0, "create_subscription", create, self.create_subscription, weight(132_995_000, 3, 3)),
            CallType(1, "pause_subscription", _ID, self.pause_subscription, weight(24_402_000, 1, 1)),
            CallType(2, "kill_subscription", _ID, self.kill_subscription, weight(111_462_000, 3, 3)),
            CallType(3, "update_subscription", update, self.update_subscription, weight(87_691_931, 2, 2)),
            CallType(4, "reactivate_subscription", _ID, self.reactivate_subscription, weight(24_246_000, 1, 1)),
            CallType(5, "quote_subscription", quote, self.quote_subscription, Weight(19_018_000)),
            CallType(6, "get_subscription_info", info, self.get_subscription_info, weight(30_300_000, 1, 0)),
        )

    # -- the dispatcher of the beacon pallet --------------------------------------------------------------------------

    def weight(self, context: Context) -> Weight:
        """Return what it weighs to give on a pulse."""
        return self.dispatcher.weight(context)

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        """Give a pulse on to the subscriptions."""
        self.dispatcher.dispatch(context, accepted)

    # -- hooks --------------------------------------------------------------------------------------------------------

    def on_initialize(self, context: Context) -> Weight:
        if not self.policy.weighs_terminations:
            return _TERMINATIONS
        most = self.limits.max_terminations
        count = min(len(self._finalized(context.storage)), most)
        return Weight(_TERMINATIONS.ref_time * count // max(most, 1), _TERMINATIONS.proof_size * count // max(most, 1))

    def on_finalize(self, context: Context) -> None:
        for sub in self._finalized(context.storage)[: self.limits.max_terminations]:
            with suppress(DispatchFailed), context.transaction():
                self.records.end(context, sub)

    def _finalized(self, storage: Storage) -> list[SubscriptionRecord]:
        if not self.policy.finalizes:
            return []
        return [sub for sub in self.records.all(storage) if sub.state is State.FINALIZED]

    # -- calls of subscribers -----------------------------------------------------------------------------------------

    def create_subscription(self, context: Context, origin: Origin, *, params: CreateSubParams) -> None:
        """Create a subscription; its fees and its deposit are held."""
        subscriber, storage, now = self._subscriber(origin), context.storage, context.number
        if not params.credits:
            raise self.error("InvalidParams", "a subscription has at least one credit")
        self._check_filter(params.pulse_filter)
        self._base(params.call)
        if self.sub_counter.get(storage) >= self.limits.max_subscriptions:
            raise self.error("TooManySubscriptions", f"there are {self.limits.max_subscriptions}")
        sub_id = params.sub_id
        if sub_id is None:
            bits = 64 if self.limits.wide_blocks else 32
            encoded = self.codecs.create.encode(params)
            sub_id = generated_id(encoded, block=now, subscriber=subscriber, block_bits=bits)
        if self.subscriptions.exists(storage, sub_id):
            raise self.error("SubscriptionAlreadyExists")
        self.records.begin(context, new_record(params, sub_id, subscriber, now))

    def pause_subscription(self, context: Context, origin: Origin, *, sub_id: bytes) -> None:
        """Pause an active subscription."""
        self._turn(context, origin, sub_id, "pause", "SubscriptionPaused")

    def reactivate_subscription(self, context: Context, origin: Origin, *, sub_id: bytes) -> None:
        """Let a paused subscription go on."""
        self._turn(context, origin, sub_id, "reactivate", "SubscriptionReactivated")

    def _turn(self, context: Context, origin: Origin, sub_id: bytes, cause: str, event: str) -> None:
        sub = self._own(context, origin, sub_id)
        if not allowed(self.policy.transitions, sub.state, cause):
            raise self.error("SubscriptionInvalidTransition", f"it is {sub.state.name.lower()}")
        self.records.moved(context, sub, cause, event)

    def kill_subscription(self, context: Context, origin: Origin, *, sub_id: bytes) -> None:
        """End a subscription; what is held for it comes back."""
        self.records.end(context, self._own(context, origin, sub_id))

    def update_subscription(self, context: Context, origin: Origin, *, params: UpdateSubParams) -> None:
        """Change credits, frequency, metadata or filter of a subscription."""
        before = self._own(context, origin, params.sub_id)
        if not allowed(self.policy.transitions, before.state, "update"):
            raise self.error("SubscriptionNotUpdatable", f"it is {before.state.name.lower()}")
        after = replace(before, updated_at=context.number)
        if params.credits is not None:
            after = self._with_credits(after, params.credits)
        if params.frequency is not None:
            after = replace(after, frequency=params.frequency)
        if params.metadata is not None:
            after = replace(after, metadata=params.metadata[0])
        if params.pulse_filter is not None:
            self._check_filter(params.pulse_filter[0])
            after = replace(after, pulse_filter=params.pulse_filter[0])
        self.holdings.update(context, before, after)
        self.records.put(context, after)
        self.records.tell(context, "SubscriptionUpdated", params.sub_id)

    def _with_credits(self, sub: SubscriptionRecord, credits: int) -> SubscriptionRecord:
        if not self.policy.top_ups_usable:
            return replace(sub, credits=credits)
        left = sub.credits_left + credits - sub.credits
        if left < self.policy.least_credits:
            used = sub.credits - sub.credits_left
            raise self.error("InvalidParams", f"{used} credits are used, {credits} leave it none")
        return replace(sub, credits=credits, credits_left=left)

    # -- requests of other chains -------------------------------------------------------------------------------------

    def quote_subscription(self, context: Context, origin: Origin, *, params: QuoteSubParams) -> None:
        """Tell another chain what a subscription for so many pulses would cost."""
        requester, account = self._requester(origin)
        request = params.quote_request
        self._check_filter(request.create_sub_params.pulse_filter)
        # As in the real pallet: priced by the pulses, whatever credits are asked for, and for an origin of kind Xcm.
        wanted = replace(request.create_sub_params, origin_kind=OriginKind.Xcm)
        credits = self.policy.credits(request.lifetime_pulses, wanted.frequency)
        deposit = self.holdings.deposit(new_record(wanted, bytes(32), account, context.number))
        quote = Quote(req_ref=request.req_ref, fees=self.policy.fee(credits, self._base(wanted.call)), deposit=deposit)
        self._answer(context, requester, account, params.call + QUOTE.encode(quote), params.origin_kind)
        context.deposit(self.event("SubQuoted", requester=requester, quote=quote))

    def get_subscription_info(self, context: Context, origin: Origin, *, req: SubInfoRequest) -> None:
        """Tell another chain what is stored of a subscription."""
        requester, account = self._requester(origin)
        sub = self.subscriptions.get(context.storage, req.sub_id)
        if sub is None:
            raise self.error("SubscriptionDoesNotExist")
        if self.policy.info_for_subscriber and sub.subscriber != account:
            raise self.error("NotSubscriber")
        answer = self.codecs.response.encode(SubInfoResponse(req_ref=req.req_ref, sub=sub))
        self._answer(context, requester, account, req.call + answer, req.origin_kind)
        self.records.tell(context, "SubscriptionDistributed", req.sub_id)

    def _answer(self, context: Context, requester: Location, by: bytes, call: bytes, kind: OriginKind) -> None:
        """Send a call to the chain that asked, for the account that asked."""
        self.messages.send(context, by, chain_of(requester), call, kind)

    # -- who calls ----------------------------------------------------------------------------------------------------

    def _requester(self, origin: Origin) -> tuple[Location, bytes]:
        """Return the location that called by XCM and its account here."""
        if origin.kind != "xcm" or not is_sibling(origin.detail):
            raise fail("BadOrigin", "only a sibling chain, or an account there, may ask")
        account = self.account_of(origin.detail)
        if account is None:
            raise self.error("InvalidSubscriber", "the location stands for no account here")
        return origin.detail, account

    def _subscriber(self, origin: Origin) -> bytes:
        """Return the account that called, by XCM or with a signature."""
        return self._requester(origin)[1] if origin.kind == "xcm" else ensure_signed(origin)

    def _own(self, context: Context, origin: Origin, sub_id: bytes) -> SubscriptionRecord:
        """Return a subscription of the caller's."""
        subscriber = self._subscriber(origin)
        sub = self.subscriptions.get(context.storage, sub_id)
        if sub is None:
            raise self.error("SubscriptionDoesNotExist")
        if sub.subscriber != subscriber:
            raise self.error("NotSubscriber")
        return sub

    def _base(self, call: bytes) -> int:
        """Return the base fee of a delivery into a call, which must be one that the bridge may pay for."""
        base = self.policy.base(call)
        if base is None:
            raise self.error("InvalidParams", "the bridge pays for calls that take a pulse, and for no other")
        return base

    def _check_filter(self, wanted: tuple[Round, ...] | None) -> None:
        if wanted is None:
            return
        if not self.policy.filters:
            raise self.error("InvalidParams", f"the policy {self.policy.name} knows no filters")
        if len(wanted) > self.limits.max_filter:
            raise self.error("InvalidParams", f"{len(wanted)} rounds, at most {self.limits.max_filter} are allowed")

    # -- what others ask ----------------------------------------------------------------------------------------------

    def queries(self, storage: Storage) -> Queries:
        """Return how many subscriptions an author looks at for a pulse, and the most it may ever be."""
        return self.records.queries(storage)

    def calculate_subscription_fees(self, credits: int) -> int:
        """Return the price of so many credits."""
        return self.policy.fee(credits)

    def get_subscription(self, storage: Storage, sub_id: bytes) -> SubscriptionRecord | None:
        """Return a subscription by its id, None if there is none."""
        return self.subscriptions.get(storage, sub_id)

    def get_subscriptions_for_subscriber(self, storage: Storage, subscriber: bytes) -> list[SubscriptionRecord]:
        """Return the subscriptions of an account, in the order of their storage keys; looks at all of them."""
        return [sub for sub in self.records.all(storage) if sub.subscriber == subscriber]
