"""A contract that takes pulses from one account, such as a coordinator, and remembers the newest."""

from __future__ import annotations

from drandlab.idn.contracts.running.contract import Contract, ContractValue, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.wire.scale import U64, FixedBytes, Option

__all__ = ["ListenerContract"]

_ID = FixedBytes(32)


class ListenerContract(Contract):
    """The least that a registrant of a coordinator needs: it lets in its ``deliverer`` alone, and checks nothing.

    Each pulse is emitted, so that whoever reads the chain sees it.
    """

    code_name = "listener"
    errors = ("Unauthorized",)
    deliverer = ContractValue("deliverer", _ID, default=bytes(32))
    newest: ContractValue[bytes | None, None] = ContractValue("newest", Option(_ID))
    count = ContractValue("count", U64, default=0)

    @constructor("new", payable=True, deliverer=_ID)
    def new(self, env: ContractEnv, deliverer: bytes) -> None:
        """Be made for a deliverer."""
        self.deliverer.put(env, deliverer)

    @message("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=_ID)
    def consume_pulse(self, env: ContractEnv, pulse: Pulse, sub_id: bytes) -> None:
        """Take a pulse."""
        if env.caller != self.deliverer.get(env):
            raise self.revert("Unauthorized")
        self.newest.put(env, pulse.randomness)
        self.count.put(env, self.count.get(env) + 1)
        env.emit(pulse.randomness)

    @message("newest_randomness", returns=Option(_ID))
    def newest_randomness(self, env: ContractEnv) -> bytes | None:
        """Return the randomness of the newest pulse, 32 bytes."""
        return self.newest.get(env)

    @message("pulses", returns=U64)
    def pulses(self, env: ContractEnv) -> int:
        """Return how many pulses came."""
        return self.count.get(env)
