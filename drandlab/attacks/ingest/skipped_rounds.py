"""Where gaps are allowed, an author skips rounds for ever, and the newest range does not tell.

Today a submission may begin at any round that is not past. Whoever jumps ahead makes the rounds between expire: they
can never be ingested, and what is stored, the newest range, says nothing of them.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, pulse_of

__all__ = ["ATTACK"]


def _theory(gap: int) -> AttackOutcome:
    return {"accepted": True, "lost": gap, "told": False}


def _measure(seed: int, *, gap: int) -> AttackOutcome:
    first = 1 + 1000 * (seed % 1000)
    chain = SmallChain()
    chain.submit(pulse_of(first, first))
    chain.next_block()
    after = first + 1 + gap
    accepted = chain.submit(pulse_of(after, after)) is None
    stored = chain.pallet.accumulation(chain.builder.context.storage)
    chain.next_block()
    lost = 0
    for round in range(first + 1, after):
        lost += chain.submit(pulse_of(round, round)) is not None
        chain.build_on(chain.head)
    return {"accepted": accepted, "lost": lost, "told": getattr(stored, "start", after) < after}


ATTACK = Attack(
    name="skipped_rounds",
    about="An author jumps ahead, and the rounds between can never be ingested.",
    parameters={"gap": AttackParameter(5, "rounds that are skipped", low=0, high=200)},
    sources=("Ideal Network SDK, December 2025: the start is only compared with the next round",),
    remedy="Require that a range begins at the next round, or keep a history from which a gap can be proved.",
    theory=_theory,
    measure=_measure,
)
