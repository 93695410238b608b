"""Two finality notifications for one best block: the second pulse is lost, and the gadget believes that it was taken.

The worker submits once for each number of the best block, and answers the second time that all went well. The gadget
counts on from there, so that the pulse is never tried again.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.node_intake import NodeIntake
from drandlab.attacks.small_chain import signed_beacon

__all__ = ["ATTACK"]


def _theory(notifications: int, blocks: int) -> AttackOutcome:
    return {"submitted": blocks, "lost": blocks * (notifications - 1)}


def _measure(seed: int, *, notifications: int, blocks: int) -> AttackOutcome:
    node, round = NodeIntake(), 1000 * (seed % 1000)
    for _ in range(blocks):
        for _ in range(notifications):
            round += 1
            node.hear(signed_beacon(round))
            node.finalised()
        node.make_block()
    return {"submitted": len(node.submitted), "lost": node.lost("once-a-block")}


ATTACK = Attack(
    name="lost_submission",
    about="A second finality notification for the same best block loses a pulse without a word.",
    parameters={
        "notifications": AttackParameter(2, "finality notifications while one block is the best", low=1, high=10),
        "blocks": AttackParameter(5, "blocks", low=1, high=100),
    },
    sources=("Ideal Network SDK, December 2025: the pulse worker",),
    remedy="Tell the gadget that nothing was submitted, so that the pulse stays in the queue.",
    theory=_theory,
    measure=_measure,
)
