"""The chain extension by which a contract reads the pulses that its chain's consumer pallet has taken.

The pallet is delivered to once, for a subscription of the chain's own; every contract may then read the newest pulse,
for the gas of one read, without a subscription and without a message. It is not called when a pulse comes: whoever
wants that needs a delivery of its own, or a coordinator.
"""

from __future__ import annotations

from typing import ClassVar

from drandlab.idn.consumers.consumer_hooks import CheckingHooks
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.context import Context

__all__ = ["PulseExtension"]


class PulseExtension:
    """Extension 43: function 1 gives the newest pulse of a subscription, 64 bytes; function 2 its randomness, 32 bytes.

    The input is the subscription's id. Status 1: nothing was taken for it; status 2: no such function, or another
    length. ``hooks`` are those of the pallet, which keep only pulses that are true.
    """

    id: ClassVar[int] = 43
    PULSE, RANDOMNESS = 1, 2

    def __init__(self, hooks: CheckingHooks) -> None:
        self.hooks = hooks

    def answer(self, context: Context, env: ContractEnv, function: int, data: bytes) -> tuple[int, bytes]:
        """Return the status and the answer."""
        if function not in (self.PULSE, self.RANDOMNESS) or len(data) != 32:
            return 2, b""
        pulse = self.hooks.latest.get(context.storage, data)
        if pulse is None:
            return 1, b""
        return 0, PULSE.encode(pulse) if function == self.PULSE else pulse.randomness
