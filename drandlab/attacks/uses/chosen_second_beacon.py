r"""Two beacons are mixed, and the one who names the second has seen both candidates.

An exclusive or of two independent values is as random as the better one of them, if both were named beforehand. Who
chooses the second after having seen it chooses between two results: a wish that one value fulfils with chance $1/2$
is fulfilled with chance $1 - (1/2)^2 = 3/4$.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.attacks.uses.signed_chain import SignedChain, number_of

__all__ = ["ATTACK"]

CANDIDATES = 2
"""Networks whose beacon the chooser may name as the second one."""


def _theory(runs: int) -> AttackOutcome:
    return {"frequency": 1 - 0.5**CANDIDATES}


def _measure(seed: int, *, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/chosen second beacon")
    first, *others = (SignedChain(rng) for _ in range(1 + CANDIDATES))
    wins = 0
    for round in range(1, runs + 1):
        now = first.info.round_time(round)
        one, *seen = (chain.randomness(round, now) for chain in (first, *others))
        # the chooser has all of them before it, and names the second that gives a 1
        chosen = max(seen, key=lambda second: _bit(one, second))
        wins += _bit(one, chosen)
    return {"frequency": wins / runs}


def _bit(one: bytes | None, second: bytes | None) -> int:
    assert one is not None and second is not None
    return number_of(bytes(a ^ b for a, b in zip(one, second, strict=True)), "bit", 2)


ATTACK = Attack(
    name="chosen_second_beacon",
    about="Who names the second of two mixed beacons after seeing it gets the bit that it wants more often.",
    parameters={"runs": AttackParameter(300, "games", low=1, high=100_000)},
    sources=("Bonneau, Clark, Goldfeder: On Bitcoin as a public randomness source, 2015, on a single veto",),
    remedy="Name every beacon of the mix, network and round, before the first of them is due.",
    theory=_theory,
    measure=_measure,
    kinds={"frequency": SampledShare("runs")},
    cases=({"runs": 200},),
)
