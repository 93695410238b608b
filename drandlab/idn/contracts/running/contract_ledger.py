"""What the frames of contracts ask of their chain: the pallet's storage, money, events, extensions, and sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from drandlab.curves.choice import use_backend
from drandlab.idn.contracts.running.chain_extension import ChainExtension
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.gas_meter import ContractStopped
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import RuntimeEvent
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.state import StorageMap, blake2_256

__all__ = ["ContractLedger", "SendXcm"]

SendXcm: TypeAlias = Callable[[Context, bytes, bytes, bytes], str | None]
"""Sends a versioned message from an account to a versioned location; returns the error, None if it was sent."""


class ContractsParts(Protocol):
    """What the ledger needs of the pallet Contracts."""

    balances: Balances
    extensions: Mapping[int, ChainExtension]
    send: SendXcm | None
    backend: str
    contract_storage: StorageMap[bytes, bytes, None]
    contract_info: StorageMap[bytes, bytes, None]

    def event(self, name: str, **fields: Any) -> RuntimeEvent:
        """Return an event of the pallet."""
        ...


class ContractLedger:
    """The chain as contracts reach it, for one block under work."""

    def __init__(self, context: Context, parts: ContractsParts) -> None:
        self._context, self._parts = context, parts

    def read(self, account: bytes, key: bytes) -> bytes | None:
        """Return a value of a contract's storage."""
        return self._parts.contract_storage.get(self._context.storage, account + blake2_256(key))

    def write(self, account: bytes, key: bytes, value: bytes | None) -> None:
        """Set a value of a contract's storage; None takes it out."""
        where = account + blake2_256(key)
        if value is None:
            self._parts.contract_storage.remove(self._context.storage, where)
        else:
            self._parts.contract_storage.put(self._context.storage, where, value)

    def free(self, account: bytes) -> int:
        """Return the free balance of an account."""
        return self._parts.balances.free(self._context.storage, account)

    def transfer(self, source: bytes, dest: bytes, amount: int) -> bool:
        """Move money, never so much that the source ends; False where that is impossible."""
        try:
            with self._context.transaction():
                self._parts.balances.transfer(self._context, source, dest, amount, keep_alive=True)
        except DispatchFailed:
            return False
        return True

    def is_contract(self, account: bytes) -> bool:
        """Whether a contract has this account."""
        return self._parts.contract_info.exists(self._context.storage, account)

    def emit(self, account: bytes, data: bytes) -> None:
        """Deposit an event of a contract."""
        self._context.deposit(self._parts.event("ContractEmitted", contract=account, data=data))

    def extension(self, env: ContractEnv, function: int, data: bytes) -> tuple[int, bytes]:
        """Ask the extension whose number stands in the upper half of ``function``."""
        found = self._parts.extensions.get(function >> 16)
        if found is None:
            raise ContractStopped("NoChainExtension", f"the chain has no extension {function >> 16}")
        return found.answer(self._context, env, function & 0xFFFF, data)

    def send(self, account: bytes, dest: bytes, message: bytes) -> str | None:
        """Send a message by XCM in the name of a contract; return the error, if any."""
        if self._parts.send is None:
            return "XcmSendFailed"
        return self._parts.send(self._context, account, dest, message)

    def authenticate(self, pulse: Pulse, public_key: bytes) -> bool:
        """Whether the beacon of this key has signed a pulse."""
        with use_backend(self._parts.backend):
            return pulse.authenticate(public_key)
