"""The money of a chain after a block: what its accounts have free and held, what came into being and what went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.holds import HoldReason
from drandlab.idn.runtime.context import Context
from drandlab.idn.state import Storage
from drandlab.idn.xcm_execution.trace import Execution
from drandlab.simulation.chains.chain_entries import ChainMoney

__all__ = ["DEPOSITS", "FEES", "account_of_money", "money_of"]

FEES, DEPOSITS = HoldReason(40, 0), HoldReason(40, 1)
"""For what the manager holds money: credits that are not used yet, and the records of subscriptions."""

_ASSETS = {"AssetsTrapped": "trapped", "AssetsClaimed": "claimed", "FeesPaid": "sending"}
"""The fields that the assets of these events add up to."""

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
    return ChainMoney(
        chain=chain,
        number=context.number,
        issuance=balances.total_issuance.get(storage),
        **sums,
        **_told_by_events(balances, context),
        **_told_by_messages(context),
        named={name: account_of_money(balances, storage, account) for name, account in accounts.items()},
    )


def _told_by_events(balances: Balances, context: Context) -> dict[str, int]:
    """What accounts got, gave and paid for sending, as the events have it, and what came into traps and out of them."""
    found = dict.fromkeys(("made", "taken", "dust", *_ASSETS.values()), 0)
    for _, event in context.events:
        if event.pallet == balances.name:
            amount: Any = event.fields.get("amount", 0)
            found["made"] += amount if event.name in _MAKES else 0
            found["taken"] += amount if event.name in _TAKES else 0
            found["dust"] += amount if event.name == "DustLost" else 0
        elif event.name in _ASSETS:
            assets = event.fields["fees"] if event.name == "FeesPaid" else event.fields["assets"].assets
            found[_ASSETS[event.name]] += sum(getattr(one.fun, "amount", 0) for one in assets)
    return found


def _told_by_messages(context: Context) -> dict[str, int]:
    """What messages moved, as the executor has it."""
    found = dict.fromkeys(("withdrawn", "deposited", "given", "spent"), 0)
    for ran in context.notes:
        if isinstance(ran, Execution):
            found["withdrawn"] += ran.flow.withdrawn
            found["deposited"] += ran.flow.deposited
            found["given"] += ran.flow.given
            found["spent"] += ran.flow.given + ran.burned
    return found
