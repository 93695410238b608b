"""A bridge and a chain with a contract that is its customer: faults of the contracts' library run here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import ALICE, RICH
from drandlab.attacks.small_chain import BACKEND
from drandlab.idn.contracts.contract_client import ClientConfig
from drandlab.idn.contracts.contract_sender import send_by
from drandlab.idn.contracts.contracts_pallet import Contracts, contract_address
from drandlab.idn.contracts.example_consumer import ExampleConsumer
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.polkadot_xcm import PolkadotXcm
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions import policies
from drandlab.wire.scale import Variant

__all__ = ["CLIENTS", "ContractChains", "MendedExample"]

GAS = Weight(20_000_000_000, 2_000_000)
MONEY = 10**14


class MendedExample(ExampleConsumer):
    """The example of a consumer, with a client that has none of the library's defects."""

    code_name = "mended_example"
    defects = ()


CLIENTS = MappingProxyType({"shipped": ExampleConsumer, "mended": MendedExample})
"""The contract by the client that it has: the real library's, or one without its defects."""


class ContractChains(LinkedChains):
    """The chains of `LinkedChains`, with contracts in the place of the consumer pallet; Alice's contract is rich there.

    >>> chains = ContractChains("shipped")
    >>> chains.call("create_subscription", credits=3, frequency=1, metadata=None)
    >>> chains.settle()
    >>> chains.pulses(2)
    >>> chains.settle()
    >>> len(chains.ask("get_pulse_history"))
    2
    """

    def __init__(self, client: str, *, first: int = 1000) -> None:
        self.code = CLIENTS[client]
        made = self.code.call_data("new", config=ClientConfig())
        self.contract = contract_address(ALICE, self.code.code_hash(), made, b"")
        super().__init__(policies["deployed"], first=first, rich={self.contract: RICH})
        self._planned("instantiate", code_hash=self.code.code_hash(), data=made, salt=b"", value=MONEY)
        self.step()
        assert self.consumer.errors("instantiate") == [None]

    def _consumer_pallets(self, system: System, balances: Balances, sender: PolkadotXcm) -> tuple[Pallet, ...]:
        self.contracts = Contracts(balances, (self.code,), send=send_by(sender), backend=BACKEND)
        return (self.contracts,)

    @property
    def home_genesis(self) -> dict[str, Any]:
        """What the chain of the contract begins with: its code."""
        return {"Contracts": {"codes": (self.code,)}}

    def plan(self, name: str, **arguments: Any) -> None:
        """Let Alice call the contract in the next block."""
        data = self.code.call_data(name, **arguments)
        self._planned("call", dest=Variant("Id", self.contract), value=0, data=data)

    def call(self, name: str, **arguments: Any) -> None:
        """Let Alice call the contract, and each chain make a block."""
        self.plan(name, **arguments)
        self.step()
        assert self.consumer.errors("call")[-1] is None

    def _planned(self, name: str, **arguments: Any) -> None:
        limits = {"gas_limit": GAS, "storage_deposit_limit": None}
        self.consumer.plan("Contracts", name, signed(ALICE), **limits, **arguments)

    def ask(self, name: str) -> Any:
        """Return what a message of the contract returns."""
        builder = self.consumer.runtime.open(self.consumer.head, self.consumer.head.number + 1)
        data = self.code.call_data(name)
        found = self.contracts.bare_call(builder.context, ALICE, self.contract, data, gas=GAS)
        assert found.error is None, found.error
        return self.code.result(name, found.output)
