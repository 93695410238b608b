"""An application seeds its generator with the number of a round, and everybody knows the result beforehand.

The number of a round is public for all time: it is a clock, not chance. What comes from it alone was settled when the
program was written, and the beacon that the application waits for has no part in it.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.uses.signed_chain import SignedChain
from drandlab.beacon.beacon import Beacon
from drandlab.typing import Round

__all__ = ["ATTACK"]

FACES = 6


def _theory(runs: int) -> AttackOutcome:
    return {"foretold": 1.0}


def _measure(seed: int, *, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/seeded by round")
    chain = SignedChain(rng)
    first = 1 + rng.randrange(1 << 24)
    foretold = 0
    for round in range(first, first + runs):
        due = chain.info.round_time(round)
        assert chain.beacon(round, due - 1) is None
        said = _foreseen(round)
        beacon = chain.beacon(round, due)
        assert beacon is not None
        chain.verifier.verify(beacon)
        foretold += said == _weak_die(beacon)
    return {"foretold": foretold / runs}


def _weak_die(beacon: Beacon) -> int:
    """The weak part of this attack: an application that waits for a beacon, and uses its number alone."""
    return random.Random(beacon.round).randint(1, FACES)


def _foreseen(round: Round) -> int:
    """What an observer computes who has read the program, before the round is due."""
    return random.Random(round).randint(1, FACES)


ATTACK = Attack(
    name="seeded_by_round",
    about="A generator seeded with the number of a round gives what everybody can compute beforehand.",
    parameters={"runs": AttackParameter(200, "rounds whose die is foretold", low=1, high=100_000)},
    sources=("Python documentation: the module random is deterministic, and not for what must not be foreseen",),
    remedy="Draw from the randomness of the verified beacon under a label; use the round's number to find the beacon.",
    theory=_theory,
    measure=_measure,
    cases=({"runs": 20},),
)
