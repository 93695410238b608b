"""A gossip relay that a node trusts sends junk: true pulses are driven out of the queue, and junk is submitted.

The node asks only who forwards a message, not whether its signature verifies. Junk fills the queue of 100, where the
oldest pulse makes room, and the gadget submits the newest that it takes; the pallet refuses what does not verify, and
that block ingests nothing. With each pulse verified when it comes, junk takes no place.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.node_intake import NodeIntake
from drandlab.attacks.small_chain import BACKEND, signed_beacon
from drandlab.beacon.beacon import Beacon
from drandlab.idn.sums import on_curve

__all__ = ["ATTACK"]

ROUNDS = 2


def _theory(junk: int, verify: bool, blocks: int) -> AttackOutcome:
    return {"ingested": blocks if verify or not junk else 0, "junk_submitted": 0 if verify or not junk else blocks}


def _measure(seed: int, *, junk: int, verify: bool, blocks: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/junk from a trusted peer")
    node, round, ingested = NodeIntake(verify=verify), 1000 * (seed % 1000), 0
    points = on_curve(BACKEND).signatures
    for _ in range(blocks):
        for _ in range(ROUNDS):
            round += 1
            node.hear(signed_beacon(round))
        for _ in range(junk):
            node.hear(Beacon(round=round, signature=bytes(rng.getrandbits(250) * points.generator)))
        ingested += node.block() is not None
    return {"ingested": ingested, "junk_submitted": blocks - ingested}


ATTACK = Attack(
    name="junk_from_a_trusted_peer",
    about="A gossip relay that is trusted floods a node with false pulses.",
    parameters={
        "junk": AttackParameter(100, "false pulses for each block", low=0, high=1000),
        "verify": AttackParameter(False, "whether a pulse is verified when it comes"),
        "blocks": AttackParameter(5, "blocks", low=1, high=50),
    },
    sources=("Ideal Network SDK, December 2025: the gossip receiver and its list of trusted peers",),
    remedy="Verify each pulse when it comes, and keep one of each round.",
    theory=_theory,
    measure=_measure,
)
