r"""Authors that leave out the pulses are not punished: with $k$ of $n$ silent, $(n - k)/n$ of the blocks ingest.

The block of an author who submits nothing is as valid as any other. If the silent ones follow each other, the others
wait $k + 1$ blocks from one ingest to the next; today no more rounds are lost than fit no submission.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, pulse_of
from drandlab.errors import LocalError

__all__ = ["ATTACK"]

ROUNDS = 2


def _checked(authors: int, silent: int) -> None:
    if silent >= authors:
        raise LocalError(f"must be below the number of authors, {authors}, got {silent}", argument="silent")


def _theory(authors: int, silent: int, turns: int) -> AttackOutcome:
    _checked(authors, silent)
    return {"share": (authors - silent) / authors, "longest_wait": silent + 1}


def _measure(seed: int, *, authors: int, silent: int, turns: int) -> AttackOutcome:
    _checked(authors, silent)
    chain = SmallChain(max_pulses=255, authors=authors)
    quiet = set(chain.authors[:silent])
    first, ingested, last, longest = 1 + 1000 * (seed % 1000), 0, None, 0
    blocks = authors * turns
    for block in range(blocks):
        newest = first + ROUNDS * block + ROUNDS - 1
        if chain.author not in quiet and chain.submit(pulse_of(chain.next_round or first, newest)) is None:
            ingested += 1
            longest = max(longest, block - last if last is not None else 0)
            last = block
        chain.next_block()
    return {"share": ingested / blocks, "longest_wait": longest}


ATTACK = Attack(
    name="silent_authors",
    about="Authors that submit no pulses: how much of the ingest is lost, and for how long.",
    parameters={
        "authors": AttackParameter(12, "authors in turn", low=2, high=100),
        "silent": AttackParameter(4, "how many of them submit nothing", low=0, high=99),
        "turns": AttackParameter(3, "how often each has its turn", low=2, high=100),
    },
    sources=("Ideal Network SDK: an inherent that is not required; a missing pulse is a line in the log",),
    remedy="Require the inherent in every block in which a round is due, or let any author catch up, as here.",
    theory=_theory,
    measure=_measure,
)
