"""The execution of contracts: frames one inside the other, each a transaction with gas of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from drandlab.idn.contracts.running.contract import Contract, ContractReverted
from drandlab.idn.contracts.running.environment import ContractChain, ContractEnv, ContractOutcome
from drandlab.idn.contracts.running.gas_meter import ContractStopped, GasCosts, GasMeter
from drandlab.idn.runtime.context import Context

__all__ = ["MOST_FRAMES", "ContractFrames"]

MOST_FRAMES = 6
"""Calls of contracts inside each other, the first included: ``MaxCallDepthReached`` beyond."""


@dataclass(slots=True)
class _Frame:
    account: bytes
    open: bool = False


_Work: TypeAlias = Callable[[], bytes]


class ContractFrames:
    """The calls of contracts that run inside of one extrinsic or message.

    ``code_of(account)`` gives the class of a contract, None where there is none. Every frame is a transaction: a failed
    one is undone, and its gas stays used. Re-entry is denied: a contract that is at work may not be called again,
    unless it has said so for the call it makes.
    """

    def __init__(
        self,
        context: Context,
        chain: ContractChain,
        code_of: Callable[[bytes], type[Contract] | None],
        *,
        costs: GasCosts,
        now: int,
    ) -> None:
        self.context, self.chain, self.code_of, self.costs, self.now = context, chain, code_of, costs, now
        self._stack: list[_Frame] = []

    def call(
        self, caller: bytes, account: bytes, data: bytes, value: int, meter: GasMeter, *, construct: bool = False
    ) -> ContractOutcome:
        """Call a contract, or its constructor, in a frame of its own; whatever happens in it, this returns."""
        error: str | None = None
        output = b""
        try:
            self._enter(account)
            with self.context.transaction():
                output = self._run(caller, account, data, value, meter, construct)
        except ContractReverted as reverted:
            error, output = "ContractReverted", reverted.output
        except ContractStopped as stopped:
            error = stopped.name
        return ContractOutcome(error=error, output=output, gas=meter.used)

    def _enter(self, account: bytes) -> None:
        """Raise `ContractStopped` where the call may not begin."""
        if len(self._stack) >= MOST_FRAMES:
            raise ContractStopped("MaxCallDepthReached", f"{MOST_FRAMES} calls are inside each other already")
        if any(frame.account == account and not frame.open for frame in self._stack):
            raise ContractStopped("ReentranceDenied", "the contract is at work")

    def _run(self, caller: bytes, account: bytes, data: bytes, value: int, meter: GasMeter, construct: bool) -> bytes:
        code = self.code_of(account)
        if code is None:
            raise ContractStopped("ContractNotFound", f"no contract has the account {account.hex()[:16]}…")
        if value and not self.chain.transfer(caller, account, value):
            raise ContractStopped("TransferFailed", f"the caller cannot give {value}")
        frame = _Frame(account)
        env = ContractEnv(
            self.chain,
            account=account,
            caller=caller,
            value=value,
            number=self.context.number,
            now=self.now,
            meter=meter,
            costs=self.costs,
            call=lambda contract, given, paid, inner, allow: self._inner(frame, contract, given, paid, inner, allow),
        )
        self._stack.append(frame)
        try:
            output = code().run(env, data, construct=construct)
            meter.charge(self.costs.byte * len(output), "what is given back")
            return output
        except (ContractReverted, ContractStopped):
            raise
        except Exception as error:  # whatever a contract's own code raises ends the contract, never the chain
            raise ContractStopped("ContractTrapped", f"{type(error).__name__} in {code.__name__}") from error
        finally:
            self._stack.pop()

    def _inner(
        self, frame: _Frame, contract: bytes, data: bytes, value: int, meter: GasMeter, allow: bool
    ) -> ContractOutcome:
        frame.open = allow
        try:
            return self.call(frame.account, contract, data, value, meter)
        finally:
            frame.open = False
