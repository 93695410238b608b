"""The messages of the manager: each brings the means to pay for its own execution, and gives back what is left."""

from __future__ import annotations

from drandlab.idn.runtime.context import Context
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm_execution.sending import Sender

__all__ = ["PaidMessages"]


class PaidMessages:
    """Sends calls to other chains through a `Sender`, each with ``fee`` for its execution there."""

    def __init__(self, sender: Sender, fee: int) -> None:
        self.sender, self.fee = sender, fee

    def send(self, context: Context, by: bytes, target: Location, call: bytes, kind: OriginKind) -> bytes:
        """Send a call for an account, and return the message's id; raises `SendFailed`."""
        message = delivery_message(call, fee=self.fee, subscriber=by, origin_kind=kind)
        return self.sender.send(context, by, target, message)
