r"""A pulse that is not heard stops the first design of the bridge, for ever if it comes too late.

The running pair takes the next rounds and no others, so nothing is accepted before the missing round is there. The node
keeps the newest $q$ pulses that it heard, and a block takes at most $m$. The round that was missed comes $l$ blocks
later, at two rounds a block: $2l + 2$ rounds are waiting then, and all of them must still be in the queue and fit into
the block. So the bridge goes on if $2l + 2 \le \min(q, m)$, and never otherwise.
"""

from __future__ import annotations

from collections import deque

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, signed_beacon
from drandlab.beacon.beacon import Beacon

__all__ = ["ATTACK"]

ROUNDS = 2
"""Rounds of quicknet that come due during a block."""

BEFORE, AFTER = 2, 10
"""Blocks before the round is missed, and after it has come."""


def _theory(late: int, queue: int, cap: int) -> AttackOutcome:
    recovered = ROUNDS * (late + 1) <= min(queue, cap)
    blocks = BEFORE + 1 + late + AFTER
    return {
        "recovered": recovered,
        "stalled": late if recovered else late + 1 + AFTER,
        "ingested": ROUNDS * (blocks if recovered else BEFORE),
    }


def _measure(seed: int, *, late: int, queue: int, cap: int) -> AttackOutcome:
    first = 1 + 1000 * (seed % 1000)
    chain = SmallChain("accumulate", max_pulses=cap, genesis=first)
    heard: deque[Beacon] = deque(maxlen=queue)
    missed, stalled = first + ROUNDS * BEFORE, 0
    for block in range(BEFORE + 1 + late + AFTER):
        due = [first + ROUNDS * block + place for place in range(ROUNDS)]
        heard.extend(signed_beacon(round) for round in due if round != missed)
        if block == BEFORE + late:
            heard.append(signed_beacon(missed))
        stalled += chain.hear(heard) is not None
        chain.next_block()
    reached = chain.next_round or first
    return {"recovered": reached > missed, "stalled": stalled, "ingested": reached - first}


ATTACK = Attack(
    name="accumulator_stall",
    about="One pulse that is heard late, or never, stops a bridge that takes every round in order.",
    parameters={
        "late": AttackParameter(3, "blocks after which the missed round comes", low=0, high=200),
        "queue": AttackParameter(20, "pulses that a node keeps", low=2, high=100),
        "cap": AttackParameter(30, "rounds that a block may take", low=2, high=255),
    },
    sources=(
        "IDN V0 Architecture & Design, Block Production",
        "Ideal Network SDK, May 2025: a queue of 20, a cap of 30",
    ),
    remedy="Fetch what is missing from the beacon's HTTP relays; keep pulses until they are ingested; or allow gaps.",
    theory=_theory,
    measure=_measure,
)
