"""Somebody takes the id that a customer is going to have, and gives it a subscription of another kind.

An id is chosen by whoever creates a subscription. The pallet of a consumer chain computes its own from the parameters
and the number of the block, and the manager's own rule from public values too: both are known before the customer's
message arrives. The customer's call fails at the bridge, its chain does not hear of it, and pulses come under that id.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import ALICE, CONSUME_PULSE, CONSUMER, MALLORY, SmallBridge
from drandlab.idn.subscriptions import policies
from drandlab.idn.subscriptions.subscription_ids import subscription_id
from drandlab.idn.xcm.locations import sibling

__all__ = ["ATTACK"]

CREDITS = 20


def _theory(policy: str, made_by: str, pulses: int) -> AttackOutcome:
    return {"customer": "SubscriptionAlreadyExists", "under_the_id": pulses, "paid_by_customer": 0}


def _measure(seed: int, *, policy: str, made_by: str, pulses: int) -> AttackOutcome:
    bridge = SmallBridge(policies[policy], first=1 + seed % 1000)
    block, wanted = bridge.builder.context.number, {"target": sibling(CONSUMER), "call": CONSUME_PULSE, "frequency": 1}
    whose = None if made_by == "consumer" else ALICE
    guessed = subscription_id({"credits": CREDITS, **wanted}, block=block, subscriber=whose)
    bridge.create(pulses, by=MALLORY, sub_id=guessed)
    before = bridge.free()
    chosen = {"sub_id": guessed} if made_by == "consumer" else {}
    error = bridge.try_create(CREDITS, **chosen)
    bridge.pulses(pulses)
    return {
        "customer": error,
        "under_the_id": bridge.delivered(guessed),
        "paid_by_customer": before - bridge.free(),
    }


ATTACK = Attack(
    name="squatted_id",
    about="Somebody creates a subscription under the id that a customer's is going to have.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "made_by": AttackParameter("consumer", "who makes the customer's id", choices=("consumer", "manager")),
        "pulses": AttackParameter(3, "credits of the subscription that is there first", low=1, high=1000),
    },
    sources=("Ideal Network SDK, December 2025: ids of the manager and the consumer",),
    remedy="Let the bridge make every id of the subscriber's account and a count of its own, and choose none.",
    theory=_theory,
    measure=_measure,
)
