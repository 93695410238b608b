"""The dispatcher: to whom an accepted pulse is sent, in which order, and what each of them pays.

Without ``charges_first`` a delivery happens as a whole or not at all: eligible, message made, message sent, and only
then credit and fee. With it credit and fee are gone before the message is made.
"""

from __future__ import annotations

from dataclasses import replace

from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon import AcceptedPulse
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.runtime.weights import DB_READ, Weight, db_weight
from drandlab.idn.subscriptions.holdings import Tills
from drandlab.idn.subscriptions.manager_records import Records
from drandlab.idn.subscriptions.paid_messages import DeliveryMessages
from drandlab.idn.subscriptions.priorities import in_order
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.idn.subscriptions.transitions import State, allowed

__all__ = ["PulseDispatcher", "dispatch_weight"]

_BASE = Weight(160_079_000, 4482) + DB_READ
_EACH = Weight(136_005_680, 3492) + db_weight(3, 3)
_LOOK = Weight(0, 3492) + DB_READ


def dispatch_weight(subscriptions: int, deliveries: int | None = None) -> Weight:
    """Return what it weighs to go through so many subscriptions; with a bound on deliveries the others are only read.

    >>> dispatch_weight(2000)
    Weight(ref_time=1022196439000, proof_size=6988482)
    """
    served = subscriptions if deliveries is None else min(subscriptions, deliveries)
    return _BASE + _EACH * served + _LOOK * (subscriptions - served)


class PulseDispatcher:
    """Gives accepted pulses to the subscriptions of ``records``, by their policy and in the order of a ``priority``."""

    def __init__(self, records: Records, messages: DeliveryMessages, priority: str) -> None:
        self.records, self.messages, self.priority = records, messages, priority
        self.policy, self.limits = records.policy, records.limits
        self._deliver = self._charge_and_send if self.policy.charges_first else self._send_and_charge
        self._least = self.policy.least_credits
        self._wraps = (1 << (64 if self.limits.wide_blocks else 32)) - 1

    def weight(self, context: Context) -> Weight:
        """Return what it weighs to give on a pulse, from the number of subscriptions alone."""
        return dispatch_weight(self.records.counter.get(context.storage), self.limits.max_deliveries)

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        """Send a pulse to all for whom it is due and for whom the block has room; the others pay for an idle block."""
        pulse, room = accepted.pulse, self.limits.max_deliveries
        written, holdings = pulse.to_scale(), self.records.holdings
        tills = holdings.tills(context)
        for sub in in_order(self.priority, self.policy, self.records.all(context.storage)):
            if not self.is_due(sub, context.number, pulse):
                self._idle(context, sub, tills)
            elif room is None or room > 0:
                room = None if room is None else room - 1
                self._deliver(context, sub, written, tills)
        holdings.empty(context, tills)

    def is_due(self, sub: SubscriptionRecord, block: int, pulse: Pulse) -> bool:
        """Return whether a subscription is to be sent a pulse in a block."""
        if sub.state is not State.ACTIVE:
            return False
        policy, wanted = self.policy, sub.pulse_filter
        if policy.needs_credit and sub.credits_left < policy.consume_credits:
            return False
        if sub.last_delivered is not None:
            due = sub.last_delivered + sub.frequency
            if block < (due & self._wraps if policy.due_wraps else due):
                return False
        return wanted is None or any(pulse.start <= one <= pulse.end for one in wanted)

    # -- the two orders -----------------------------------------------------------------------------------------------

    def _send_and_charge(self, context: Context, sub: SubscriptionRecord, pulse: bytes, tills: Tills) -> None:
        mark = tills.mark()
        try:
            with context.transaction():
                self._send(context, sub, pulse)
                self._charge(context, sub, self.policy.consume_credits, tills)
        except DispatchFailed as failed:
            tills.back(mark)
            self._failed(context, sub, failed)
            return
        self._used(context, self._served(sub, context.number))

    def _charge_and_send(self, context: Context, sub: SubscriptionRecord, pulse: bytes, tills: Tills) -> None:
        try:
            self._charge(context, sub, self.policy.consume_credits, tills)
        except DispatchFailed as failed:
            self._failed(context, sub, failed)
            return
        sub = self._served(sub, context.number)
        try:
            self._send(context, sub, pulse)
        except DispatchFailed as failed:
            self._failed(context, sub, failed)
            return
        self._used(context, sub)

    def _idle(self, context: Context, sub: SubscriptionRecord, tills: Tills) -> None:
        policy = self.policy
        if not policy.idle_credits or (sub.state is State.PAUSED and not policy.paused_pay):
            return
        try:
            self._charge(context, sub, policy.idle_credits, tills)
        except DispatchFailed as failed:
            if self._waits(failed):
                return
        self._used(context, sub.used(max(sub.credits_left - policy.idle_credits, 0), sub.last_delivered))

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _send(self, context: Context, sub: SubscriptionRecord, pulse: bytes) -> None:
        self.messages.deliver(context, sub.details, pulse + sub.id)
        self.records.tell(context, "RandomnessDistributed", sub.id)

    def _charge(self, context: Context, sub: SubscriptionRecord, credits: int, tills: Tills) -> None:
        fees = self.records.holdings.charge(context, sub, credits, tills)
        if fees or self.policy.tells_no_fee:
            self.records.tell(context, "FeesCollected", sub.id, fees=fees)

    def _served(self, sub: SubscriptionRecord, block: int) -> SubscriptionRecord:
        return sub.used(max(sub.credits_left - self.policy.consume_credits, 0), block)

    def _failed(self, context: Context, sub: SubscriptionRecord, failed: DispatchFailed) -> None:
        if not self._waits(failed):
            self.records.moved(context, sub, "fail", "SubscriptionPaused")

    def _waits(self, failed: DispatchFailed) -> bool:
        """Whether a failure is the bridge's, and changes nothing for the subscription: it is due again.

        The treasury cannot take the fee; or the bridge, which is to pay for the delivery, cannot, or not now.
        """
        name, policy = failed.error.name, self.policy
        return (policy.waits_for_treasury and name == "CannotCreate") or (
            policy.base_fees is not None and name == "FeesNotMet"
        )

    def _used(self, context: Context, sub: SubscriptionRecord) -> None:
        """Store a subscription that has used credits, or end it where too few are left."""
        if sub.credits_left < self._least and allowed(self.policy.transitions, sub.state, "use up"):
            state = self.policy.transitions[sub.state, "use up"]
            if state is None:
                self.records.end(context, sub)
                return
            sub = replace(sub, state=state)
        self.records.put(context, sub)
