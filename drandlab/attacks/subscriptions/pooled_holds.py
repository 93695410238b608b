"""One subscription lives on what is held for another: fees are held for an account, not for a subscription.

The first one's credits are given back, and stay usable. It goes on to be served, from the money of the second one,
which then runs dry before its time. All contracts of a chain that share its sovereign account share such a hold.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import POLICIES, SmallBridge, policy_named
from drandlab.errors import LocalError

__all__ = ["ATTACK"]


def _checked(credits: int, returned: int) -> None:
    if returned >= credits:
        raise LocalError(f"must be below the credits of each, {credits}, got {returned}", argument="returned")
    if returned % 2:
        raise LocalError(
            f"must be even, so that no order decides who is served last, got {returned}", argument="returned"
        )


def _theory(policy: str, credits: int, returned: int) -> AttackOutcome:
    _checked(credits, returned)
    if policy == "deployed":
        return {"first": credits - returned // 2, "second": credits - returned // 2}
    return {"first": credits - returned, "second": credits}


def _measure(seed: int, *, policy: str, credits: int, returned: int) -> AttackOutcome:
    _checked(credits, returned)
    bridge = SmallBridge(policy_named(policy, "pooled-holds"), first=1 + seed % 1000)
    first, second = bridge.create(credits), bridge.create(credits, metadata=b"second")
    bridge.update(first, credits=credits - returned)
    bridge.pulses(credits + 1)
    return {"first": bridge.delivered(first), "second": bridge.delivered(second)}


ATTACK = Attack(
    name="pooled_holds",
    about="A subscription that has given its money back is served from the money of another one of the same account.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "credits": AttackParameter(10, "credits of each of the two subscriptions", low=3, high=1000),
        "returned": AttackParameter(6, "credits that the first one gives back, an even number", low=0, high=998),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Write down for each subscription what is held for it, and take no more than that.",
    theory=_theory,
    measure=_measure,
)
