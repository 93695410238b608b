"""A signed submission is replayed: its signature names neither block nor chain, only the next round stops it.

On the same chain its rounds are past by then. On a fork that has not ingested them, it is accepted in every block of
the same author; an author of another slot has another key.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, pulse_of

__all__ = ["ATTACK"]


def _theory(authors: int) -> AttackOutcome:
    other = "InvalidSignature" if authors > 1 else None
    return {"again": "StartExpired", "fork": None, "fork_of_another_author": other}


def _measure(seed: int, *, authors: int) -> AttackOutcome:
    chain = SmallChain(authors=authors)
    before, pulse = chain.head, pulse_of(1 + seed % 1000, 2 + seed % 1000)
    signature, author = chain.signed(pulse), chain.author
    chain.submit(pulse, signature)
    chain.next_block()

    def tried(same: bool, fork: bool) -> str | None:
        while (chain.author is author) is not same and authors > 1:
            if fork:
                chain.build_on(before)
            else:
                chain.next_block()
        return chain.submit(pulse, signature)

    again = tried(same=True, fork=False)
    chain.build_on(before)
    fork = tried(same=True, fork=True)
    chain.build_on(before)
    return {"again": again, "fork": fork, "fork_of_another_author": tried(same=False, fork=True)}


ATTACK = Attack(
    name="replayed_submission",
    about="A submission is taken from one fork to another, where it is accepted once more.",
    parameters={"authors": AttackParameter(3, "authors in turn", low=1, high=20)},
    sources=("Ideal Network SDK, December 2025: the 65 bytes that an author signs",),
    remedy="Sign the parent's hash or the slot, too.",
    theory=_theory,
    measure=_measure,
)
