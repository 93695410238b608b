"""A delivery that cannot be sent pauses a paying customer: credit and fee are gone, sometimes the price of sending too.

Today credit and fee are taken first. Without a channel to the target the price of sending is taken as well, since it is
charged before the message goes to a channel. Nobody tries again. In the first design all of it is one transaction:
nothing is taken for what was not sent.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import BASE
from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import ALICE, CONSUMER, EXISTENTIAL, NOWHERE, POLICIES, policy_named
from drandlab.idn.xcm.locations import sibling

__all__ = ["ATTACK"]

CREDITS, CLOSED, PRICE = 10, 7777, 30_012_000_000
"""Credits of the subscription, a chain without a channel, and the price of sending a pulse to a pallet."""

CAUSES = ("price", "channel", "target")


def _theory(policy: str, cause: str, pulses: int) -> AttackOutcome:
    today = policy == "deployed"
    taken = {"deployed": pulses, "mended": pulses - 1, "seed": 0}[
        policy
    ]  # a paused one pays on, but in the first design
    return {
        "state": "Paused",
        "left": CREDITS - taken,
        "fees": BASE * taken,
        "price": PRICE if today and cause == "channel" else 0,
        "sent": 0,
    }


def _measure(seed: int, *, policy: str, cause: str, pulses: int) -> AttackOutcome:
    funds = 2 * EXISTENTIAL + 10**9 if cause == "price" else 10**13
    chains = LinkedChains(policy_named(policy, "charge-first"), first=1 + seed % 1000, alice=funds)
    target = {"price": sibling(CONSUMER), "channel": sibling(CLOSED), "target": NOWHERE}[cause]
    sub = chains.create(CREDITS, target=target)
    free, treasury = chains.bridge.free(ALICE), chains.treasury
    chains.pulses(pulses)
    return {
        "state": chains.state(sub),
        "left": chains.left(sub),
        "fees": chains.treasury - treasury,
        "price": free - chains.bridge.free(ALICE),
        "sent": len(chains.bridge.events("Sent")),
    }


ATTACK = Attack(
    name="failed_delivery",
    about="A delivery fails once, and the customer has paid for it and is paused.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "cause": AttackParameter(
            "channel", "what is missing: the price of sending, a channel, a target", choices=CAUSES
        ),
        "pulses": AttackParameter(1, "pulses that the bridge ingests", low=1, high=9),
    },
    sources=(
        "Ideal Network SDK, December 2025: pallet-idn-manager",
        "Polkadot SDK: pallet-xcm charges the price of a delivery before it sends",
    ),
    remedy="Send first and charge then, in one transaction; try again before a subscription is paused.",
    theory=_theory,
    measure=_measure,
)
