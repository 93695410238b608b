"""A node that heard nothing still provides a list: the block gets a call that fails.

In the first design the provider always supplied a list. Of an empty one the runtime made a submission of infinity with
height 0, which fails in every such block. Later designs make no call of an empty list.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain

__all__ = ["ATTACK"]


def _theory(design: str, blocks: int) -> AttackOutcome:
    first = design == "first"
    return {"calls": blocks if first else 0, "error": "ZeroHeightProvided" if first else None}


def _measure(seed: int, *, design: str, blocks: int) -> AttackOutcome:
    mode = "accumulate" if design == "first" else "range"
    chain = SmallChain(mode, carrier="inherent", genesis=1 + seed % 1000)
    errors = []
    for _ in range(blocks):
        errors.append(chain.hear([]))
        chain.next_block()
    failed = [error for error in errors if error != "no call"]
    return {"calls": len(failed), "error": failed[0] if failed else None}


ATTACK = Attack(
    name="empty_inherent",
    about="Blocks of a node that heard nothing carry a submission that fails.",
    parameters={
        "design": AttackParameter("first", "which design of the bridge", choices=("first", "second")),
        "blocks": AttackParameter(3, "blocks in which nothing was heard", low=1, high=200),
    },
    sources=("Ideal Network SDK, May and July 2025",),
    remedy="Make no call of an empty list.",
    theory=_theory,
    measure=_measure,
)
