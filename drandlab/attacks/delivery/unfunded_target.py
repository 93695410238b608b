"""A delivery needs 100 DOT at the target each time, though it costs a hundredth of one: without them it fails unheard.

Every message takes 1,000,000,000,000 planck out of the subscriber's account at the target, buys its execution for
116,360,632 and puts the rest back. With less there, the message fails at its first instruction. The bridge has been
paid by then and does not hear of it: the subscription stays active, and pays for the next one. What the account has
beside the full amount must be nothing or the existential deposit: less is lost as dust when the amount is taken out.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import ALICE, EXISTENTIAL
from drandlab.idn.subscriptions import policies

__all__ = ["ATTACK"]

CAP, EXECUTION, PRICE, BASE = 10**12, 116_360_632, 30_012_000_000, 2_900_000


def _theory(policy: str, funds: int, pulses: int) -> AttackOutcome:
    left, consumed = funds, 0
    for _ in range(pulses):
        if left >= CAP:
            kept = left - CAP if left - CAP >= EXISTENTIAL else 0
            left, consumed = kept + CAP - EXECUTION, consumed + 1
    return {
        "distributed": pulses,
        "consumed": consumed,
        "spent_there": funds - left,
        "spent_here": pulses * (PRICE + BASE),
        "state": "Active",
    }


def _measure(seed: int, *, policy: str, funds: int, pulses: int) -> AttackOutcome:
    chains = LinkedChains(policies[policy], first=1 + seed % 1000, target=funds)
    sub = chains.create(pulses + 10)
    bridge, consumer = chains.bridge, chains.consumer
    free, treasury, there = bridge.free(ALICE), chains.treasury, consumer.free(ALICE)
    chains.pulses(pulses)
    chains.settle()
    return {
        "distributed": len(bridge.events("RandomnessDistributed")),
        "consumed": len(consumer.events("RandomnessConsumed")),
        "spent_there": there - consumer.free(ALICE),
        "spent_here": free - bridge.free(ALICE) + chains.treasury - treasury,
        "state": chains.state(sub),
    }


ATTACK = Attack(
    name="unfunded_target",
    about="A customer without the full amount at the target pays for deliveries that fail there, and is told nothing.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "funds": AttackParameter(999_999_999_999, "what the customer has at the target", low=2 * 10**9, high=10**20),
        "pulses": AttackParameter(3, "pulses that the bridge ingests", low=1, high=100),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager", "Polkadot SDK: the XCM executor"),
    remedy="Take along what an execution costs, some hundredths more, and let the target report what failed.",
    theory=_theory,
    measure=_measure,
)
