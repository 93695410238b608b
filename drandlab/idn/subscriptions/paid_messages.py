"""The messages of the manager: each brings the means to pay for its own execution, and gives back what is left."""

from __future__ import annotations

from typing import Protocol

from drandlab.idn.runtime.context import Context
from drandlab.idn.subscriptions.fee_table import ExecutionFees
from drandlab.idn.subscriptions.subscription import SubscriptionDetails
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm_execution.sending import ChainSender, Sender

__all__ = ["DeliveryMessages", "PaidMessages", "SovereignMessages"]


class DeliveryMessages(Protocol):
    """Who sends the pulses to the subscriptions."""

    def deliver(self, context: Context, to: SubscriptionDetails, arguments: bytes) -> None:
        """Send a subscription's call with these arguments, encoded; raises `SendFailed`."""
        ...


class PaidMessages:
    """Sends calls to other chains through a `Sender`, each with ``fee`` for its execution there."""

    def __init__(self, sender: Sender, fee: int) -> None:
        self.sender, self.fee = sender, fee

    def send(self, context: Context, by: bytes, target: Location, call: bytes, kind: OriginKind) -> bytes:
        """Send a call for an account, and return the message's id; raises `SendFailed`."""
        message = delivery_message(call, fee=self.fee, subscriber=by, origin_kind=kind)
        return self.sender.send(context, by, target, message)

    def deliver(self, context: Context, to: SubscriptionDetails, arguments: bytes) -> None:
        """Send a pulse in the name of the subscriber, whose account pays here and at the target."""
        self.send(context, to.subscriber, to.target, to.call + arguments, to.origin_kind)


class SovereignMessages:
    """Sends pulses in the name of the bridge itself, whose sovereign ``account`` pays here and at the target.

    A message takes along what the base fee has for its execution, and no more; a price of sending above what the base
    fee has for it is not paid (``FeesNotMet``).
    """

    def __init__(self, sender: ChainSender, account: bytes, fees: ExecutionFees) -> None:
        self.sender, self.account, self.fees = sender, account, fees

    def deliver(self, context: Context, to: SubscriptionDetails, arguments: bytes) -> None:
        """Send a pulse; the subscription's call must be one that ``fees`` knows."""
        fee = self.fees.of(to.call)
        assert fee is not None, "no subscription is made with a call that is not paid so"
        message = delivery_message(
            to.call + arguments, fee=fee.execution, subscriber=self.account, origin_kind=to.origin_kind
        )
        self.sender.send_as_chain(context, to.target, message, payer=self.account, most=fee.sending)
