"""The end of a subscription asks for more deposit than was held for it: its first delivery made the record longer.

The block of the last delivery takes four bytes that were not there in the beginning: 400 planck. They come out of the
deposit of another subscription of the same account; where there is none, they are not asked for again.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import ALICE, POLICIES, SmallBridge, policy_named

__all__ = ["ATTACK"]


def _theory(policy: str, others: int) -> AttackOutcome:
    return {"too_much": 400 if policy == "deployed" and others else 0}


def _measure(seed: int, *, policy: str, others: int) -> AttackOutcome:
    bridge = SmallBridge(policy_named(policy, "deposit-grows"), first=1 + seed % 1000)
    sub = bridge.create(10)
    own = bridge.deposit()
    for number in range(others):
        bridge.create(10, metadata=bytes([number % 256]))
    bridge.pulse()
    before = bridge.deposit()
    bridge.manage("kill_subscription", ALICE, sub_id=sub)
    return {"too_much": before - bridge.deposit() - own}


ATTACK = Attack(
    name="growing_record",
    about="The end of a subscription that was served takes back deposit of another one of its owner's.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "others": AttackParameter(1, "other subscriptions of the same account", low=0, high=255),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Count the record with the block of a delivery from the beginning, or write down what was held.",
    theory=_theory,
    measure=_measure,
)
