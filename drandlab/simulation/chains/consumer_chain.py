"""A consumer chain of a file: a sibling of the bridge, which makes one block beside each of the bridge's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.channels.messaging import Messaging
from drandlab.idn.consumers.consumer_hooks import CheckingHooks, ConsumerHooks, LoggingHooks
from drandlab.idn.consumers.idn_consumer import IdnConsumer
from drandlab.idn.contracts.contract_sender import send_by
from drandlab.idn.contracts.contracts_pallet import Contracts
from drandlab.idn.contracts.pulse_extension import PulseExtension
from drandlab.idn.contracts.running.chain_extension import ChainExtension
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import messaging_pallets
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.simulation.chains.call_forms.contract_forms import CONTRACT_CODES
from drandlab.simulation.chains.call_forms.told_values import told as told_events
from drandlab.simulation.chains.chain_entries import ChainBlockEnded
from drandlab.simulation.chains.chain_names import account_named
from drandlab.simulation.chains.chain_scenario import ChainScenario, ConsumerTable
from drandlab.simulation.chains.one_chain import ChainAtWork
from drandlab.simulation.journal import Journal

__all__ = ["ConsumerChain"]


class ConsumerChain(ChainAtWork):
    """A consumer chain; nobody seals its blocks, its collators are left out, and what execution costs is burnt.

    ``public_key`` is that of the beacon, which the chain knows.
    """

    def __init__(
        self, scenario: ChainScenario, table: ConsumerTable, public_key: bytes, backend: str, journal: Journal
    ) -> None:
        balances = Balances(System())
        messaging = messaging_pallets(
            balances,
            para_id=table.para_id,
            account_of=location_account,
            unit_weight=scenario.unit_weight,
            queue_limits=table.queue,
        )
        hooks: ConsumerHooks
        hooks = (CheckingHooks if table.checks_pulses else LoggingHooks)(public_key, backend=backend)
        consumer = IdnConsumer(messaging.polkadot_xcm, hooks, para_id=table.para_id, bridge=scenario.bridge.para_id)
        contracts = Contracts(
            balances,
            CONTRACT_CODES.values(),
            extensions=_extensions(hooks),
            send=send_by(messaging.polkadot_xcm),
            backend=backend,
            # the chain has no pallet Timestamp; its blocks are made beside the bridge's
            now=lambda context: scenario.time_of(context.number),
        )
        free = {account_named(name, "balances"): amount for name, amount in table.balances.items() if amount}
        genesis: Mapping[str, Mapping[str, Any]] = {
            "Balances": {"balances": free},
            "Contracts": {"codes": list(CONTRACT_CODES.values())},
        }
        pallets = [consumer, contracts]
        super().__init__(scenario, table.para_id, balances, pallets, genesis, journal, messaging=messaging)
        named = {name: account_named(name, "balances") for name in table.balances}
        self.accounts = named | self.contracts.accounts(table.para_id)

    def block(self, number: int, told: Messaging) -> None:
        builder = self.runtime.open(self.head, None)
        events = self.receive(builder, told)
        self.calls(builder)
        header, state = builder.finish()
        self.head = Head(header=header, state=state)
        self.write_sent(builder)
        self.write_money_and_weight(builder)
        entry = ChainBlockEnded(
            chain=self.para_id,
            number=number,
            slot=self.turn(number),
            author="",
            hash=header.hash,
            parent=header.parent_hash,
            balances={},
            state_root=header.state_root,
            events=tuple(told_events(events)),
        )
        self.write(number, entry)


def _extensions(hooks: ConsumerHooks) -> tuple[ChainExtension, ...]:
    """What contracts may ask the chain: the newest pulse, where the chain keeps true ones."""
    return (PulseExtension(hooks),) if isinstance(hooks, CheckingHooks) else ()
