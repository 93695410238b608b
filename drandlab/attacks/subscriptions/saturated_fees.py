r"""Above 90,870,660,461 credits in the last tier, more credits cost no more.

The fee is computed in 64 bits and stops at the greatest number *before* it is divided by 100: the last tier costs
$\lfloor \min(2900000 \cdot n \cdot 70, 2^{64} - 1) / 100 \rfloor$ planck for its $n$ credits.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import TIERS, price_of
from drandlab.attacks.small_bridge import SmallBridge
from drandlab.idn.subscriptions import policies

__all__ = ["ATTACK"]

TOP, BEFORE = (2**64 - 1) // 100, price_of(TIERS[-1][0])


def _theory(policy: str, credits: int) -> AttackOutcome:
    return {"held": min(price_of(credits), BEFORE + TOP), "price": price_of(credits)}


def _measure(seed: int, *, policy: str, credits: int) -> AttackOutcome:
    bridge = SmallBridge(policies[policy])
    bridge.create(credits)
    return {"held": bridge.fees(), "price": price_of(credits)}


ATTACK = Attack(
    name="saturated_fees",
    about="Somebody buys so many credits that their price stops to grow, and has the rest for nothing.",
    parameters={
        "policy": AttackParameter(
            "deployed", "the rules of the manager; both have this table", choices=("deployed", "seed")
        ),
        "credits": AttackParameter(10**12, "credits that are bought", low=1, high=2**64 - 1),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Compute fees in 128 bits, or divide before the sum; refuse credits that nobody can use.",
    theory=_theory,
    measure=_measure,
)
