"""Contracts that harm whoever calls them, if they are let: each takes a pulse and does its worst with it.

They are for tests and experiments: what a caller loses by them must be what it has set aside for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drandlab.idn.contracts.running.contract import Contract, ContractValue, constructor, message
from drandlab.idn.contracts.running.environment import MOST_VALUE, ContractEnv
from drandlab.idn.contracts.running.selectors import selector
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.wire.scale import U32, U128, FixedBytes

__all__ = ["HOSTILE_CONTRACTS", "HostileContract"]

_ID = FixedBytes(32)


class HostileContract(Contract):
    """A contract that has a ``victim``, which it is told of when it is made, and an ``attack`` for a pulse."""

    errors = ("Refused",)
    victim = ContractValue("victim", _ID, default=bytes(32))
    attacks = ContractValue("attacks", U32, default=0)

    @constructor("new", payable=True, victim=_ID)
    def new(self, env: ContractEnv, victim: bytes) -> None:
        """Be made, with somebody in mind."""
        self.victim.put(env, victim)

    @message("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=_ID)
    def consume_pulse(self, env: ContractEnv, pulse: Pulse, sub_id: bytes) -> None:
        """Count the attack, then begin it."""
        self.attacks.put(env, self.attacks.get(env) + 1)
        self.attack(env, self.call_data("IdnConsumer::consume_pulse", pulse=pulse, sub_id=sub_id))

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Do harm; ``data`` are those of the call that came."""


class LoopingContract(HostileContract):
    """Never ends by itself."""

    code_name = "looping"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Loop for as long as there is gas."""
        for _ in env.steps():
            pass


class RevertingContract(HostileContract):
    """Takes whatever comes, and ends with an error."""

    code_name = "reverting"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Refuse at the end of the work."""
        env.step(1000)
        raise self.revert("Refused", "it always does")


class CrashingContract(HostileContract):
    """Has a fault in its code."""

    code_name = "crashing"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Divide by zero."""
        env.step(1 // (len(data) - len(data)))


class ReenteringContract(HostileContract):
    """Calls whoever has called it, with the same data, and insists on success."""

    code_name = "reentering"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Call back before the caller has ended."""
        if env.call(env.caller, data).error is not None:
            raise self.revert("Refused", "the caller could not be entered again")


class RecursiveContract(HostileContract):
    """Calls itself inside of itself, and allows it."""

    code_name = "recursive"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Go one frame deeper."""
        found = env.call(env.account, data, allow_reentry=True)
        if found.error is not None:
            raise self.revert("Refused", found.error)


class HoardingContract(HostileContract):
    """Fills the storage of the chain."""

    code_name = "hoarding"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Write the largest values, one after the other."""
        for number in env.steps():
            env.put(U32.encode(number), bytes(MOST_VALUE))


class SpendingContract(HostileContract):
    """Gives away all it has, again and again."""

    code_name = "spending"

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Give the victim what is there, and more."""
        victim = self.victim.get(env)
        env.transfer(victim, env.balance() // 2)
        if not env.transfer(victim, 1 << 100):
            raise self.revert("Refused", "there is no more")


class WithdrawingContract(HostileContract):
    """Is its own sponsor at a coordinator, and takes its fund back while it is being called."""

    code_name = "withdrawing"

    @message("join", payable=True)
    def join(self, env: ContractEnv) -> None:
        """Register at the victim, with the money that came."""
        data = selector("register") + env.account
        if env.call(self.victim.get(env), data, value=env.value).error is not None:
            raise self.revert("Refused", "the victim does not want it")

    def attack(self, env: ContractEnv, data: bytes) -> None:
        """Withdraw what the caller is about to charge."""
        wanted = selector("withdraw") + env.account + U128.encode(1)
        if env.call(self.victim.get(env), wanted).error is None:
            return
        raise self.revert("Refused", "the victim is at work")


HOSTILE_CONTRACTS: Mapping[str, type[Any]] = MappingProxyType(
    {
        code.code_name: code
        for code in (
            LoopingContract,
            RevertingContract,
            CrashingContract,
            ReenteringContract,
            RecursiveContract,
            HoardingContract,
            SpendingContract,
            WithdrawingContract,
        )
    }
)
"""The hostile contracts by the names of their code."""
