"""The money of a chain after a block: what its accounts have free and held, what came into being and what went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.holds import HoldReason
from drandlab.idn.runtime.context import Context
from drandlab.idn.state import Storage
from drandlab.simulation.chains.chain_entries import ChainMoney

__all__ = ["DEPOSITS", "FEES", "account_of_money", "money_of"]

FEES, DEPOSITS = HoldReason(40, 0), HoldReason(40, 1)
"""For what the manager holds money: credits that are not used yet, and the records of subscriptions."""

_MAKES, _TAKES = frozenset({"Minted", "Deposit"}), frozenset({"Burned", "Withdraw", "DustLost", "Slashed"})


def account_of_money(balances: Balances, storage: Storage, account: bytes) -> dict[str, int]:
    """Return what an account has free, and held for both purposes."""
    return {
        "free": balances.free(storage, account),
        "fees": balances.held(storage, account, FEES),
        "deposit": balances.held(storage, account, DEPOSITS),
    }


def money_of(chain: int, balances: Balances, context: Context, accounts: Mapping[str, bytes]) -> ChainMoney:
    """Return the entry about a block that is under work, all its calls done."""
    storage = context.storage
    sums = dict.fromkeys(("free", "held", "fees", "deposits"), 0)
    for _, info in balances.system.account.items(storage):
        sums["free"] += info.data.free
        sums["held"] += info.data.reserved
    for holds in balances.holds.values(storage):
        sums["fees"] += sum(one.amount for one in holds if one.purpose == FEES)
        sums["deposits"] += sum(one.amount for one in holds if one.purpose == DEPOSITS)
    made = taken = 0
    for _, event in context.events:
        if event.pallet == balances.name:
            amount: Any = event.fields.get("amount", 0)
            made += amount if event.name in _MAKES else 0
            taken += amount if event.name in _TAKES else 0
    return ChainMoney(
        chain=chain,
        number=context.number,
        issuance=balances.total_issuance.get(storage),
        **sums,
        made=made,
        taken=taken,
        named={name: account_of_money(balances, storage, account) for name, account in accounts.items()},
    )
