"""What a contract sees of its chain: who called it, its own storage, money, other contracts, and the gas of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from drandlab.idn.contracts.running.gas_meter import ContractStopped, GasCosts, GasMeter
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.weights import Weight
from drandlab.typing import checked_bytes, checked_int

__all__ = ["MOST_KEY", "MOST_VALUE", "ContractChain", "ContractEnv", "ContractOutcome"]

MOST_KEY = 128
"""Bytes of a key in a contract's storage, at most."""

MOST_VALUE = 16 * 1024
"""Bytes of a value in a contract's storage, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractOutcome:
    """How a call of a contract ended.

    ``error`` is the pallet's name of what went wrong, None where nothing did; then all that the call did was undone.
    ``output`` is what the contract gave back, its own error too. ``gas`` was used in any case.
    """

    error: str | None
    output: bytes
    gas: Weight


class ContractChain(Protocol):
    """What the environment asks of the pallet; nothing here is metered."""

    def read(self, account: bytes, key: bytes) -> bytes | None:
        """Return a value of a contract's storage."""
        ...

    def write(self, account: bytes, key: bytes, value: bytes | None) -> None:
        """Set a value of a contract's storage; None takes it out."""
        ...

    def free(self, account: bytes) -> int:
        """Return the free balance of an account."""
        ...

    def transfer(self, source: bytes, dest: bytes, amount: int) -> bool:
        """Move money; False where that is impossible, and nothing is moved then."""
        ...

    def is_contract(self, account: bytes) -> bool:
        """Whether a contract has this account."""
        ...

    def emit(self, account: bytes, data: bytes) -> None:
        """Deposit an event of a contract."""
        ...

    def extension(self, env: ContractEnv, function: int, data: bytes) -> tuple[int, bytes]:
        """Ask a chain extension; raises `ContractStopped` where there is none."""
        ...

    def send(self, account: bytes, dest: bytes, message: bytes) -> str | None:
        """Send a message by XCM in the name of a contract; return the error, if any."""
        ...

    def authenticate(self, pulse: Pulse, public_key: bytes) -> bool:
        """Whether the beacon of this key has signed a pulse."""
        ...


class ContractEnv:
    """The environment of one call of a contract; each operation costs gas, and what cannot be paid for stops the call.

    ``account`` is the contract's own, ``caller`` whoever calls it, ``value`` the money that came with the call;
    ``number`` and ``now`` (milliseconds) are those of the block.

    A contract here is a Python class, so that nothing but its operations can be metered: a loop of its own goes through
    `steps`, as a compiled contract pays for each jump back.
    """

    __slots__ = ("_call", "_chain", "account", "caller", "costs", "meter", "now", "number", "value")

    def __init__(
        self,
        chain: ContractChain,
        *,
        account: bytes,
        caller: bytes,
        value: int,
        number: int,
        now: int,
        meter: GasMeter,
        costs: GasCosts,
        call: Callable[[bytes, bytes, int, GasMeter, bool], ContractOutcome],
    ) -> None:
        self._chain, self._call = chain, call
        self.account, self.caller, self.value, self.number, self.now = account, caller, value, number, now
        self.meter, self.costs = meter, costs

    # -- gas ----------------------------------------------------------------------------------------------------------

    @property
    def gas_left(self) -> Weight:
        """What the call may still use."""
        return self.meter.left

    def step(self, count: int = 1) -> None:
        """Pay for work of the contract's own."""
        self.meter.charge(
            self.costs.step * checked_int(count, "count", 0), f"{count} steps" if count != 1 else "a step"
        )

    def steps(self, count: int | None = None) -> Iterator[int]:
        """Yield 0, 1, 2, ..., each paid for before it comes: ``count`` of them, or as many as the gas allows."""
        number = 0
        while count is None or number < count:
            self.step()
            yield number
            number += 1

    def _charge(self, cost: Weight, length: int, what: str) -> None:
        self.meter.charge(cost + self.costs.byte * length, what)

    # -- storage and money --------------------------------------------------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """Return a value of the contract's storage, None where there is none."""
        self._charge(self.costs.read, len(key), "a read")
        value = self._chain.read(self.account, _key(key))
        if value is not None:
            self._charge(Weight(), len(value), "what was read")
        return value

    def put(self, key: bytes, value: bytes | None) -> None:
        """Set a value of the contract's storage; None takes it out."""
        if value is not None and len(value) > MOST_VALUE:
            raise ContractStopped("ValueTooLarge", f"{len(value)} bytes, at most {MOST_VALUE} are allowed")
        self._charge(self.costs.write, len(key) + len(value or b""), "a write")
        self._chain.write(self.account, _key(key), value)

    def balance(self) -> int:
        """Return the contract's own free balance."""
        self._charge(self.costs.read, 0, "a balance")
        return self._chain.free(self.account)

    def transfer(self, dest: bytes, amount: int) -> bool:
        """Give ``amount`` of the contract's money to an account; False where that is impossible."""
        self._charge(self.costs.transfer, 0, "a transfer")
        return self._chain.transfer(self.account, checked_bytes(dest, "dest", 32), checked_int(amount, "amount", 0))

    # -- others -------------------------------------------------------------------------------------------------------

    def is_contract(self, account: bytes) -> bool:
        """Whether a contract has this account."""
        self._charge(self.costs.read, 0, "a look at an account")
        return self._chain.is_contract(account)

    def call(
        self,
        contract: bytes,
        data: bytes,
        *,
        value: int = 0,
        gas: Weight | None = None,
        allow_reentry: bool = False,
    ) -> ContractOutcome:
        """Call another contract with at most ``gas``; whatever goes wrong there is undone there, and this call goes on.

        While it runs nobody may call this contract, unless ``allow_reentry`` says so: ``ReentranceDenied``.
        """
        self._charge(self.costs.call, len(data), "a call")
        inner = self.meter.nested(gas)
        try:
            return self._call(checked_bytes(contract, "contract", 32), data, value, inner, allow_reentry)
        finally:
            self.meter.absorb(inner)

    def emit(self, data: bytes) -> None:
        """Deposit an event."""
        self._charge(self.costs.emit, len(data), "an event")
        self._chain.emit(self.account, data)

    def extension(self, function: int, data: bytes) -> tuple[int, bytes]:
        """Ask a chain extension by the number of its function (its own number in the upper half): status and answer."""
        self._charge(self.costs.extension, len(data), "a call of an extension")
        return self._chain.extension(self, function, data)

    def send(self, dest: bytes, message: bytes) -> str | None:
        """Send a versioned XCM to a versioned location in the contract's name; return the error, if any."""
        self._charge(self.costs.send, len(message), "a message")
        return self._chain.send(self.account, dest, message)

    def authenticate(self, pulse: Pulse, public_key: bytes) -> bool:
        """Whether the beacon of this key has signed a pulse; it costs more than most limits allow."""
        self._charge(self.costs.verify, 0, "the check of a signature")
        return self._chain.authenticate(pulse, public_key)


def _key(key: bytes) -> bytes:
    key = checked_bytes(key, "key")
    if len(key) > MOST_KEY:
        raise ContractStopped("OutOfBounds", f"a key of {len(key)} bytes, at most {MOST_KEY} are allowed")
    return key
