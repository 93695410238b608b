"""Old randomness with the number of the newest block.

A pallet that asks for randomness gets the value with the number of the block under work, whenever the pulse was
ingested. While nothing is ingested, the value stays the same, and everybody knows it.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, pulse_of

__all__ = ["ATTACK"]


def _theory(idle: int) -> AttackOutcome:
    return {"age": idle, "said": 0, "same": True}


def _measure(seed: int, *, idle: int) -> AttackOutcome:
    chain, round = SmallChain(), 1 + seed % 1000
    chain.submit(pulse_of(round, round))
    made = chain.builder.context.number
    value, _ = chain.pallet.random(chain.builder.context, b"")
    for _ in range(idle):
        chain.next_block()
    now = chain.builder.context.number
    later, number = chain.pallet.random(chain.builder.context, b"")
    return {"age": now - made, "said": now - number, "same": later == value}


ATTACK = Attack(
    name="stale_randomness",
    about="Blocks without a pulse give the randomness of an old one, and call it that of the newest block.",
    parameters={"idle": AttackParameter(10, "blocks without a pulse", low=0, high=500)},
    sources=("Ideal Network SDK, December 2025: the randomness trait",),
    remedy="Return the block in which the pulse was ingested, and let the caller say how old it may be.",
    theory=_theory,
    measure=_measure,
)
