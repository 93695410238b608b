"""A paused subscription pays on: every pulse takes a credit and its fee, until nothing is left and it ends.

Its owner gets no pulse, and the chain pauses subscriptions by itself when a delivery fails.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import price_of_last
from drandlab.attacks.small_bridge import ALICE, EXISTENTIAL, POLICIES, SmallBridge, policy_named

__all__ = ["ATTACK"]


def _theory(policy: str, credits: int, blocks: int) -> AttackOutcome:
    used = min(credits, blocks) if policy == "deployed" else 0
    state = "Paused" if used < credits else "Ended"
    return {"left": credits - used, "paid": price_of_last(credits, used), "delivered": 0, "state": state}


def _measure(seed: int, *, policy: str, credits: int, blocks: int) -> AttackOutcome:
    bridge = SmallBridge(policy_named(policy, "paused-pay"), first=1 + seed % 1000)
    sub = bridge.create(credits)
    bridge.manage("pause_subscription", ALICE, sub_id=sub)
    bridge.pulses(blocks)
    paid = bridge.treasury - EXISTENTIAL
    return {"left": bridge.left(sub), "paid": paid, "delivered": bridge.delivered(sub), "state": bridge.state(sub)}


ATTACK = Attack(
    name="paused_drain",
    about="A paused subscription loses its credits though it is sent nothing.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "credits": AttackParameter(20, "credits that are bought", low=1, high=1000),
        "blocks": AttackParameter(8, "blocks with a pulse while it is paused", low=0, high=1000),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Charge nothing for a paused subscription; the deposit pays for its place.",
    theory=_theory,
    measure=_measure,
)
