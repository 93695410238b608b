"""A chain with the pallet Contracts, block by block: ``from contract_chain import ContractChain``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drandlab.idn.contracts.contracts_pallet import Contracts, contract_address
from drandlab.idn.contracts.running.contract import Contract
from drandlab.idn.contracts.running.environment import ContractOutcome
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.calls import Call, Origin, signed
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.wire.scale import Variant

ALICE, BOB, CHARLIE = (bytes([number]) * 32 for number in (0xA1, 0xB0, 0xC4))
UNIT = 1_000_000_000_000
GAS = Weight(20_000_000_000, 2_000_000)


class ContractChain:
    """A chain whose pallets are System, Balances, Contracts; one block is always under work."""

    def __init__(
        self,
        codes: Iterable[type[Contract]],
        *,
        more: Iterable[Pallet] = (),
        rich: Iterable[bytes] = (ALICE, BOB, CHARLIE),
        genesis: dict[str, Any] | None = None,
        **parts: Any,
    ) -> None:
        codes = list(codes)
        system = System()
        self.balances = Balances(system)
        self.system = system
        self.contracts = Contracts(self.balances, codes, **parts)
        self.runtime = Runtime([system, self.balances, self.contracts, *more])
        self.head = self.runtime.genesis(
            {
                "Balances": {"balances": dict.fromkeys(rich, 1000 * UNIT)},
                "Contracts": {"codes": codes},
                **(genesis or {}),
            }
        )
        self.builder = self.runtime.open(self.head, None)

    @property
    def context(self) -> Any:
        return self.builder.context

    @property
    def state_root(self) -> bytes:
        return self.context.storage.commit().root

    def next_block(self) -> None:
        header, state = self.builder.finish()
        self.head = Head(header=header, state=state)
        self.builder = self.runtime.open(self.head, None)

    def run(self, name: str, origin: Origin, **args: Any) -> StepOutcome:
        """Dispatch a call of the pallet; a failed one leaves everything as it was."""
        before, events = self.state_root, list(self.context.events)
        outcome = self.builder.run(Call("Contracts", name, args), origin)
        if outcome.error is not None:
            assert self.state_root == before and self.context.events == events
        self.conserved()
        return outcome

    def make(self, code: type[Contract], by: bytes = ALICE, *, salt: bytes = b"", value: int = 0, **args: Any) -> bytes:
        """Instantiate a contract and return its account."""
        data = code.call_data("new", **args)
        outcome = self.run(
            "instantiate",
            signed(by),
            value=value,
            gas_limit=GAS,
            storage_deposit_limit=None,
            code_hash=code.code_hash(),
            data=data,
            salt=salt,
        )
        assert outcome.error is None, outcome.error
        return contract_address(by, code.code_hash(), data, salt)

    def call(
        self, contract: bytes, data: bytes, origin: Origin | None = None, *, value: int = 0, gas: Weight = GAS
    ) -> StepOutcome:
        """Call a contract by an extrinsic's call."""
        return self.run(
            "call",
            origin or signed(ALICE),
            dest=Variant("Id", contract),
            value=value,
            gas_limit=gas,
            storage_deposit_limit=None,
            data=data,
        )

    def ask(self, contract: bytes, data: bytes, caller: bytes = ALICE, gas: Weight = GAS) -> ContractOutcome:
        """Call a contract beside the extrinsics, and undo it."""
        storage = self.context.storage
        events = len(self.context.events)
        storage.begin()
        try:
            return self.contracts.bare_call(self.context, caller, contract, data, gas=gas)
        finally:
            storage.undo()
            del self.context.events[events:]

    def free(self, account: bytes) -> int:
        return self.balances.free(self.context.storage, account)

    def conserved(self) -> None:
        """All that accounts have is what was issued."""
        storage = self.context.storage
        held = sum(info.data.free + info.data.reserved for info in self.system.account.values(storage))
        assert held == self.balances.total_issuance.get(storage)
