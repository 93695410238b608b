"""Credits that are given back stay usable: the money returns, the credits left do not fall, until nothing is held.

Then the next delivery finds no fee and pauses the subscription, and it cannot even be ended: its end asks for the price
of the credits left, which is more than is held.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import price_of
from drandlab.attacks.small_bridge import ALICE, EXISTENTIAL, POLICIES, SmallBridge, policy_named
from drandlab.errors import LocalError

__all__ = ["ATTACK"]


def _checked(credits: int, kept: int) -> None:
    if kept >= credits:
        raise LocalError(f"must be below the credits bought, {credits}, got {kept}", argument="kept")


def _theory(policy: str, credits: int, kept: int) -> AttackOutcome:
    _checked(credits, kept)
    stuck = policy == "deployed"
    return {
        "delivered": kept,
        "paid": price_of(kept),
        "left": credits - kept if stuck else 0,
        "state": "Paused" if stuck else "Ended",
        "end": "FundsUnavailable" if stuck else "SubscriptionDoesNotExist",
    }


def _measure(seed: int, *, policy: str, credits: int, kept: int) -> AttackOutcome:
    _checked(credits, kept)
    bridge = SmallBridge(policy_named(policy, "top-up-locked"), first=1 + seed % 1000)
    sub = bridge.create(credits)
    bridge.update(sub, credits=kept)
    bridge.pulses(kept + 1)
    return {
        "delivered": bridge.delivered(sub),
        "paid": bridge.treasury - EXISTENTIAL,
        "left": bridge.left(sub),
        "state": bridge.state(sub),
        "end": bridge.manage("kill_subscription", ALICE, sub_id=sub),
    }


ATTACK = Attack(
    name="returned_credits",
    about="A customer gives credits back, is paid for them and still has them, in a subscription that cannot be ended.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "credits": AttackParameter(12, "credits that are bought", low=2, high=1000),
        "kept": AttackParameter(4, "credits that are not given back", low=1, high=999),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Change the credits left together with the credits, and refuse what would leave none.",
    theory=_theory,
    measure=_measure,
)
