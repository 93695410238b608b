"""What a message weighs before it runs: the same for every instruction, calls and nested messages on top."""

from __future__ import annotations

from drandlab.errors import FormatError
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.instructions import (
    ExecuteWithOrigin,
    Instruction,
    SetAppendix,
    SetErrorHandler,
    Transact,
    Xcm,
)
from drandlab.idn.xcm_execution.xcm_errors import xcm_fail

__all__ = ["MOST_INSTRUCTIONS", "UNIT_WEIGHT", "UNIT_WEIGHT_WITH_PROOF", "Weigher"]

UNIT_WEIGHT = Weight(1_000_000_000)
"""The weight of one instruction: one millisecond."""

UNIT_WEIGHT_WITH_PROOF = Weight(1_000_000_000, 65_536)
"""The same with the 64 KiB of proof that the Ideal Network's runtime declares too: then a block has room for 8 messages
of 7 instructions, where the time alone would do for 48 deliveries of pulses.
"""

MOST_INSTRUCTIONS = 100
"""Instructions of a message, those of nested ones included."""


class Weigher:
    """Weighs messages: $w = \\sum_i (u + w_i)$ with $u$ = ``unit``.

    $w_i$ is the declared weight of the call of a `Transact`, the weight of what `SetAppendix`, `SetErrorHandler` and
    `ExecuteWithOrigin` hold, and nothing for any other instruction. More than ``most`` instructions, or a call that is
    none of the runtime, is ``WeightNotComputable``.

    Source: ``FixedWeightBounds`` of the Polkadot SDK.
    """

    __slots__ = ("most", "unit")

    def __init__(self, unit: Weight = UNIT_WEIGHT, most: int = MOST_INSTRUCTIONS) -> None:
        self.unit, self.most = unit, most

    def weight(self, context: Context, message: Xcm) -> Weight:
        """Return the weight of a message; raises `XcmFailed`."""
        return self._weight(context, message, [self.most])

    def of_one(self, context: Context, instruction: Instruction) -> Weight:
        """Return the weight of one instruction; raises `XcmFailed`."""
        return self._of_one(context, instruction, [self.most])

    def _weight(self, context: Context, message: Xcm, left: list[int]) -> Weight:
        left[0] -= len(message)
        if left[0] < 0:
            raise xcm_fail("WeightNotComputable")
        total = Weight()
        for instruction in message:
            total += self._of_one(context, instruction, left)
        return total

    def _of_one(self, context: Context, instruction: Instruction, left: list[int]) -> Weight:
        match instruction:
            case Transact(call=call):
                try:
                    return self.unit + context.table.weight_of(context, context.table.decode_call(call))
                except FormatError:
                    raise xcm_fail("WeightNotComputable") from None
            case SetAppendix(xcm) | SetErrorHandler(xcm) | ExecuteWithOrigin(xcm=xcm):
                return self.unit + self._weight(context, xcm, left)
        return self.unit
