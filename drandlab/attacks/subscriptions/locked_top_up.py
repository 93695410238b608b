"""A top-up that buys nothing: the fees for more credits are held, and the credits left stay what they were.

When the subscription ends, the money for the credits that were never to be used is still held. No call of anybody's
gives it back: the record that knew of it is gone.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import price_of
from drandlab.attacks.small_bridge import EXISTENTIAL, POLICIES, SmallBridge, policy_named

__all__ = ["ATTACK"]


def _theory(policy: str, credits: int, more: int) -> AttackOutcome:
    usable = credits if policy == "deployed" else credits + more
    locked = price_of(credits + more) - price_of(usable)
    return {"delivered": usable, "paid": price_of(usable), "locked": locked}


def _measure(seed: int, *, policy: str, credits: int, more: int) -> AttackOutcome:
    bridge = SmallBridge(policy_named(policy, "top-up-locked"), first=1 + seed % 1000)
    sub = bridge.create(credits)
    bridge.update(sub, credits=credits + more)
    while bridge.find(sub) is not None:
        bridge.pulse()
    return {"delivered": bridge.delivered(sub), "paid": bridge.treasury - EXISTENTIAL, "locked": bridge.fees()}


ATTACK = Attack(
    name="locked_top_up",
    about="A customer buys more credits, cannot use them, and never gets the money back.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "credits": AttackParameter(5, "credits of the subscription", low=1, high=1000),
        "more": AttackParameter(7, "credits that are bought later", low=0, high=1000),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Change the credits left together with the credits.",
    theory=_theory,
    measure=_measure,
)
