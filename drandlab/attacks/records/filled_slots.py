r"""All places for subscriptions are taken by subscriptions of one credit that can never be served.

A place costs one credit and a deposit. The first pulse takes the credit and pauses the subscription, since no way leads
to its target; the second finds no credit left and marks it as used up. Then at most ``per_block`` of them are taken out
in each block: nobody else can begin a subscription before, and the deposits come back. In the first design a failed
delivery takes nothing, and a paused subscription stays: the places are taken for as long as the deposit is left there.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import BASE
from drandlab.attacks.small_bridge import EXISTENTIAL, MALLORY, NOWHERE, SmallBridge
from drandlab.idn.subscriptions import policies
from drandlab.idn.subscriptions.manager_limits import ManagerLimits

__all__ = ["ATTACK"]

RECORD = 101
"""Bytes of the record of such a subscription before its first delivery, as measured in SCALE."""


def _theory(policy: str, slots: int, per_block: int) -> AttackOutcome:
    today = policy == "deployed"
    return {
        "refused": "TooManySubscriptions",
        "held": slots * (BASE + 100 * RECORD),
        "paid": slots * BASE if today else 0,
        "empty_fees": slots if today else 0,
        "blocks": -(-slots // per_block) if today else None,
        "left": 0 if today else slots,
    }


def _measure(seed: int, *, policy: str, slots: int, per_block: int) -> AttackOutcome:
    limits = ManagerLimits(max_subscriptions=slots, max_terminations=per_block)
    bridge = SmallBridge(policies[policy], first=1 + seed % 1000, limits=limits)
    for number in range(slots):
        bridge.create(1, by=MALLORY, target=NOWHERE, sub_id=number.to_bytes(32, "big"))
    refused, held = bridge.try_create(10), bridge.fees(MALLORY) + bridge.deposit(MALLORY)
    bridge.pulse()
    ended, blocks = 0, 0
    bridge.pulse()
    while (now := sum(1 for _ in bridge.told("SubscriptionTerminated"))) > ended:
        ended, blocks = now, blocks + 1
        bridge.next_block()
    return {
        "refused": refused,
        "held": held,
        "paid": bridge.treasury - EXISTENTIAL,
        "empty_fees": sum(event.fields["fees"] == 0 for event in bridge.told("FeesCollected")),
        "blocks": blocks or None,
        "left": bridge.manager.queries(bridge.storage).now,
    }


ATTACK = Attack(
    name="filled_slots",
    about="Somebody takes all places for subscriptions, for little money and without getting a pulse.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "slots": AttackParameter(400, "places for subscriptions; the real bridge has 2,000", low=1, high=2000),
        "per_block": AttackParameter(200, "subscriptions that a block may end", low=1, high=2000),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Let the deposit rise with the places taken, and end what could not be served for long.",
    theory=_theory,
    measure=_measure,
)
