"""A customer with just the money for a subscription cannot have one: a hold leaves the existential deposit free.

Fees and deposit are held out of what is free, and 1,000,000,000 planck must stay there beside each hold. It is no
defect, but no quote says it: a customer that brings what was quoted is refused. The check comes twice, before the fees
and before the deposit; the whole call is undone.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import price_of
from drandlab.attacks.small_bridge import EXISTENTIAL, SmallBridge
from drandlab.idn.subscriptions import policies

__all__ = ["ATTACK"]

POOR, RECORD = bytes(31) + b"P", 104
"""The customer, and the bytes of its record."""


def _theory(policy: str, credits: int, beside: int) -> AttackOutcome:
    quoted = price_of(credits) + 100 * RECORD
    enough = beside >= EXISTENTIAL
    return {
        "quoted": quoted,
        "error": None if enough else "FundsUnavailable",
        "held": quoted if enough else 0,
        "free": beside if enough else quoted + beside,
    }


def _measure(seed: int, *, policy: str, credits: int, beside: int) -> AttackOutcome:
    rich = SmallBridge(policies[policy])
    rich.create(credits)
    quoted = rich.fees() + rich.deposit()
    bridge = SmallBridge(policies[policy], balances={POOR: quoted + beside})
    error = bridge.try_create(credits, by=POOR)
    held = bridge.fees(POOR) + bridge.deposit(POOR)
    return {"quoted": quoted, "error": error, "held": held, "free": bridge.free(POOR)}


ATTACK = Attack(
    name="held_to_the_limit",
    about="A customer brings exactly what was quoted, and is refused.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "credits": AttackParameter(1000, "credits that the customer wants", low=400, high=10_000),
        "beside": AttackParameter(0, "planck that it has beside fees and deposit", low=0, high=10**12),
    },
    sources=("Polkadot SDK, pallet-balances: a hold keeps the account alive",),
    remedy="Say the existential deposit in the quote, beside fees and deposit.",
    theory=_theory,
    measure=_measure,
)
