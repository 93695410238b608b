r"""A backlog in the node's queue delays the newest pulses: only the oldest are looked at, a few for each final block.

At each final block the gadget takes the $m$ oldest pulses out of its queue and submits the newest of them. At $\rho$
new rounds a block, a backlog of $B$ pulses is gone after about $B / (m - \rho)$ blocks; until then, what is submitted
is old. All of the backlog but one pulse in $m$ is lost.
"""

from __future__ import annotations

from math import ceil

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.node_intake import NodeIntake
from drandlab.attacks.small_chain import signed_beacon

__all__ = ["ATTACK"]

ROUNDS = 2


def _theory(backlog: int, cap: int) -> AttackOutcome:
    blocks = max(1, ceil((backlog + ROUNDS - cap) / (cap - ROUNDS)) + 1)
    return {"blocks": blocks, "first_lag": max(0, backlog + ROUNDS - cap)}


def _measure(seed: int, *, backlog: int, cap: int) -> AttackOutcome:
    node, first = NodeIntake(cap=cap), 1 + 1000 * (seed % 1000)
    newest = first + backlog - 1
    for round in range(first, newest + 1):
        node.hear(signed_beacon(round))
    lags: list[int] = []
    while not lags or lags[-1]:
        for _ in range(ROUNDS):
            newest += 1
            node.hear(signed_beacon(newest))
        lags.append(newest - (node.block() or first))
    return {"blocks": len(lags), "first_lag": lags[0]}


ATTACK = Attack(
    name="queue_lag",
    about="A full queue keeps the newest pulses from the chain for many blocks.",
    parameters={
        "backlog": AttackParameter(60, "pulses in the queue before the first block", low=0, high=98),
        "cap": AttackParameter(6, "pulses that are taken for each final block", low=3, high=30),
    },
    sources=("Ideal Network SDK, December 2025: the finality gadget",),
    remedy="Take the newest pulses, or all that wait, as one range.",
    theory=_theory,
    measure=_measure,
)
