"""A consumer chain of a file: a sibling of the bridge, which makes one block beside each of the bridge's."""

from __future__ import annotations

from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import Call
from drandlab.idn.runtime.outcomes import Head
from drandlab.simulation.chains.call_forms.told_values import told
from drandlab.simulation.chains.chain_entries import ChainBlockEnded
from drandlab.simulation.chains.chain_names import account_named
from drandlab.simulation.chains.chain_scenario import CallTable, ChainScenario, ConsumerTable
from drandlab.simulation.chains.one_chain import ChainAtWork
from drandlab.simulation.journal import Journal

__all__ = ["ConsumerChain"]


class ConsumerChain(ChainAtWork):
    """A consumer chain; nobody seals its blocks, and its collators are left out."""

    def __init__(self, scenario: ChainScenario, table: ConsumerTable, journal: Journal) -> None:
        free = {account_named(name, "balances"): amount for name, amount in table.balances.items() if amount}
        super().__init__(scenario, table.para_id, Balances(System()), [], {"Balances": {"balances": free}}, journal)
        self.accounts = {name: account_named(name, "balances") for name in table.balances}

    def block(self, number: int) -> None:
        builder = self.runtime.open(self.head, None)
        self.calls(builder)
        header, state = builder.finish()
        self.head = Head(header=header, state=state)
        self.write_money_and_weight(builder)
        hooks = (event for outcome in builder.outcomes if outcome.call is None for event in outcome.events)
        entry = ChainBlockEnded(
            chain=self.para_id,
            number=number,
            slot=self.turn(number),
            author="",
            hash=header.hash,
            parent=header.parent_hash,
            balances={},
            state_root=header.state_root,
            events=tuple(told(hooks)),
        )
        self.write(number, entry)

    def call_of(self, builder: BlockBuilder, table: CallTable) -> Call:
        pallet, _, name = table.call.partition(".")
        return Call(pallet, name, dict(table.args))
