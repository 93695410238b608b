"""Everybody reads everybody's subscription: a question for a record asks nobody whose it is.

Any account of any sibling chain gets the whole record: subscriber, target, credits left, metadata. The bridge sends the
answer for the one who asks, who pays its delivery.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import ALICE, MALLORY, POLICIES, SmallBridge, policy_named
from drandlab.idn.runtime.calls import Origin
from drandlab.idn.subscriptions.call_params import SubInfoRequest
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain

__all__ = ["ATTACK"]

STRANGE = 2000
"""The chain of the one who asks."""


def _theory(policy: str, asks: str) -> AttackOutcome:
    told = asks == "subscriber" or policy == "deployed"
    return {"error": None if told else "NotSubscriber", "answers": int(told)}


def _measure(seed: int, *, policy: str, asks: str) -> AttackOutcome:
    bridge = SmallBridge(policy_named(policy, "open-info"))
    sub = bridge.create(10)
    account = ALICE if asks == "subscriber" else MALLORY
    origin = Origin("xcm", detail=Location(1, (Parachain(STRANGE), AccountId32(None, account))))
    request = SubInfoRequest(req_ref=bytes(32), sub_id=sub, call=bytes.fromhex("2802"))
    error = bridge.manage("get_subscription_info", origin, req=request)
    bridge.next_block()
    return {"error": error, "answers": sum(1 for _ in bridge.told("SubscriptionDistributed"))}


ATTACK = Attack(
    name="open_records",
    about="A stranger on another chain has the record of a customer's subscription sent to it.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "asks": AttackParameter("stranger", "who asks for the record", choices=("stranger", "subscriber")),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Answer the subscriber alone.",
    theory=_theory,
    measure=_measure,
)
