"""The fee waiver: a barrier that lets the bridge's deliveries to the consumer pallet in for nothing.

A pallet's call is well defined, so a chain can put it on a list of what it executes for free. The list has to be
narrow. If every message of the bridge passed, anybody could have the chain work for nothing: each account there can
send, and a subscription may name any call.
"""

from __future__ import annotations

from drandlab.idn.consumers.bridge_origins import speaks_for_bridge
from drandlab.idn.runtime.weights import ZERO, Weight
from drandlab.idn.xcm.instructions import Instruction, OriginKind, SetTopic, Transact, UnpaidExecution
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm_execution.barriers import Admitted, Barrier
from drandlab.typing import checked_int

__all__ = ["FREE_CALLS", "FREE_WEIGHT", "WaivingBarrier", "unpaid_call"]

FREE_CALLS = (bytes((40, 0)), bytes((40, 1)), bytes((40, 2)))
"""The first bytes of the calls that cost nothing: ``consume_pulse``, ``consume_quote``, ``consume_sub_info``."""


FREE_WEIGHT = Weight(60_000_000_000, 100_000)
"""The most that a message may weigh which costs nothing."""


def unpaid_call(call: bytes) -> tuple[Instruction, ...]:
    """Return the message that calls ``call`` without paying: the bridge sent such ones until October 2025."""
    return (UnpaidExecution(None, None), Transact(OriginKind.Xcm, None, call))


class WaivingBarrier(Barrier):
    """The ordinary `Barrier`, and in front of it an allow-list: the bridge, some calls, so much weight, in one form.

    What passes for free is exactly `unpaid_call` with one of the ``calls``, from the bridge itself, with or without a
    topic, and of at most ``most`` weight. A message that first descends into an account is somebody's own: it pays.
    """

    __slots__ = ("bridge", "calls", "most")

    def __init__(
        self,
        bridge: int,
        *,
        calls: tuple[bytes, ...] = FREE_CALLS,
        most: Weight = FREE_WEIGHT,
    ) -> None:
        super().__init__()
        self.bridge, self.calls, self.most = checked_int(bridge, "bridge", 0), tuple(calls), most

    def admit(
        self, origin: Location, message: tuple[Instruction, ...], weight: Weight, credit: Weight = ZERO
    ) -> Admitted:
        """Return the message as it may run, or raise `Barred`."""
        body, id = message, None
        if message and isinstance(message[-1], SetTopic):
            body, id = message[:-1], message[-1].topic
        if self._waived(origin, body) and weight.fits(self.most):
            return Admitted(message, id)
        return super().admit(origin, message, weight, credit)

    def _waived(self, origin: Location, body: tuple[Instruction, ...]) -> bool:
        match body:
            case (UnpaidExecution(), Transact(OriginKind.Xcm, _, call)):
                return speaks_for_bridge(origin, self.bridge, accounts=False) and call[:2] in self.calls
        return False
