r"""An author chooses which range it submits, and so which randomness the block has.

With $n$ rounds pending, a contiguous range of at most $m$ of them can be chosen in so many ways, or none at all:

$$1 + \sum_{k=1}^{\min(n, m)} (n - k + 1).$$

Each gives another randomness, and all can be computed beforehand. For a wish that a random value fulfils with chance
$p$, an author with $w$ ways gets it with chance $1 - (1 - p)^w$. Where the range must begin at the next round, there
are $\min(n, m) + 1$ ways; where it must also end at the newest, the author can only submit or not.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.attacks.small_chain import SmallChain, pulse_of

__all__ = ["ATTACK"]

MOST = 7
"""Rounds that one submission may have today, with a cap of 6."""


def _ranges(first: int, pending: int, starts: str) -> list[tuple[int, int]]:
    """The ranges that the author may choose from, none at all not counted."""
    last = first + pending - 1
    found = [(a, b) for a in range(first, last + 1) for b in range(a, min(last, a + MOST - 1) + 1)]
    if starts != "any":
        found = [(a, b) for a, b in found if a == first]
    if starts == "all":
        found = found[-1:]
    return found


def _theory(pending: int, starts: str, chance: float, runs: int) -> AttackOutcome:
    free = {
        "any": sum(pending - k + 1 for k in range(1, min(pending, MOST) + 1)),
        "first": min(pending, MOST),
        "all": 1,
    }
    outcomes = free[starts] + 1
    return {"outcomes": outcomes, "wins": 1 - (1 - chance) ** outcomes}


def _measure(seed: int, *, pending: int, starts: str, chance: float, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/range choice")
    first = 1 + rng.randrange(1 << 40)
    chain = SmallChain()
    chain.submit(pulse_of(first - 1, first - 1))
    chain.next_block()
    contexts = [chain.builder.context]
    for start, end in _ranges(first, pending, starts):
        chain.build_on(chain.head)
        if chain.submit(pulse_of(start, end)) is None:
            contexts.append(chain.builder.context)
    wins = 0
    for draw in range(runs):
        values = {chain.pallet.random(context, b"draw %d" % draw)[0] for context in contexts}
        wins += any(int.from_bytes(value, "big") < chance * (1 << 256) for value in values)
    return {"outcomes": len(contexts), "wins": wins / runs}


ATTACK = Attack(
    name="range_choice",
    about="An author picks the range of rounds whose sum gives it the randomness that it wants.",
    parameters={
        "pending": AttackParameter(2, "rounds that wait to be submitted", low=1, high=20),
        "starts": AttackParameter("any", "which ranges are accepted", choices=("any", "first", "all")),
        "chance": AttackParameter(0.1, "chance that a random value is what the author wants", low=0.0, high=1.0),
        "runs": AttackParameter(1000, "draws in the block, each with a context of its own", low=1, high=100_000),
    },
    sources=("Bonneau, Clark, Goldfeder: On Bitcoin as a public randomness source, 2015, on withholding",),
    remedy="Accept only the range from the next round to the newest one that is due in the block's slot.",
    theory=_theory,
    measure=_measure,
    kinds={"wins": SampledShare("runs")},
    cases=({"runs": 500}, {"starts": "all", "runs": 500}),
)
