"""The same round from two gossip relays is counted twice, and the whole block's ingest fails.

With message IDs of source and sequence number, one round that two relays publish is two messages. A node that keeps
both adds the signature twice, while the runtime adds the hash of the round once.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, signed_beacons

__all__ = ["ATTACK"]

ROUNDS = 2


def _theory(relays: int, by_round: bool, blocks: int) -> AttackOutcome:
    right = relays == 1 or by_round
    return {"ingested": blocks if right else 0, "error": None if right else "VerificationFailed"}


def _measure(seed: int, *, relays: int, by_round: bool, blocks: int) -> AttackOutcome:
    first = 1 + 1000 * (seed % 1000)
    chain = SmallChain(carrier="inherent", max_pulses=30, genesis=first)
    errors = []
    for block in range(blocks):
        start = first + ROUNDS * block
        heard = [beacon for beacon in signed_beacons(start, start + ROUNDS - 1) for _ in range(relays)]
        if by_round:
            heard = list({beacon.round: beacon for beacon in heard}.values())
        errors.append(chain.hear(heard))
        chain.next_block()
    failed = [error for error in errors if error is not None]
    return {"ingested": blocks - len(failed), "error": failed[0] if failed else None}


ATTACK = Attack(
    name="double_counting",
    about="A round that comes from two gossip relays is added twice, and the sum is wrong.",
    parameters={
        "relays": AttackParameter(2, "gossip relays that each bring every round", low=1, high=8),
        "by_round": AttackParameter(False, "whether the node keeps one pulse of a round"),
        "blocks": AttackParameter(10, "blocks", low=1, high=200),
    },
    sources=("Ideal Network SDK, July 2025: the inherent does not look for doubles",),
    remedy="Use drand's message ID, the hash of the data, and keep pulses by their round.",
    theory=_theory,
    measure=_measure,
)
