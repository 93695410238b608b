r"""Two errors that cancel: each signature is false, their sum is right.

With $D$ any point, $S_1 + D$ and $S_2 - D$ are no signatures, and neither are $S_1$ and $S_2$ under each other's round.
The sum is the same in all these cases, so a check of the sum accepts. Weights that are drawn after the signatures are
fixed tell: $\sum_i c_i S_i$ against $\sum_i c_i H(m_i)$ with $c_i$ of 128 bits misses an error with chance $2^{-128}$.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.beacon.verify import Verifier
from drandlab.crypto.batch import COEFFICIENT_BITS
from drandlab.curves.group import Point
from drandlab.remote.networks import networks
from drandlab.remote.tables.shipped_beacons import beacons

__all__ = ["ATTACK"]

FIRST, LAST = 72750, 72870
"""The longest run of quicknet's rounds among the beacons that ship with drandlab."""


def _theory(beacons: int, weights: str) -> AttackOutcome:
    passes = weights == "ones"
    return {"alone": 0, "sum": passes, "swapped": passes}


def _measure(seed: int, *, beacons: int, weights: str) -> AttackOutcome:
    rng = random.Random(f"{seed}/cancelling errors")
    verifier = Verifier.of(networks["quicknet"])
    hashed, true = _points(verifier, beacons)
    first, second = rng.sample(range(beacons), 2)
    error = (1 + rng.getrandbits(128)) * true[0].group.generator
    altered, swapped = list(true), list(true)
    altered[first], altered[second] = true[first] + error, true[second] - error
    swapped[first], swapped[second] = true[second], true[first]

    def accepts(signatures: Sequence[Point]) -> bool:
        coefficients = [1 if weights == "ones" else rng.getrandbits(COEFFICIENT_BITS) for _ in signatures]
        group = signatures[0].group
        return verifier.bls.matches(verifier.key, group.msm(hashed, coefficients), group.msm(signatures, coefficients))

    alone = sum(verifier.bls.matches(verifier.key, hashed[i], altered[i]) for i in (first, second))
    return {"alone": alone, "sum": accepts(altered), "swapped": accepts(swapped)}


def _points(verifier: Verifier, count: int) -> tuple[list[Point], list[Point]]:
    """Return the hashes and the true signatures of so many of quicknet's rounds."""
    real = [beacon for beacon in beacons("quicknet") if FIRST <= beacon.round < FIRST + count]
    scheme, bls = verifier.info.scheme, verifier.bls
    return (
        [bls.hash(scheme.digest(beacon.round, b"")) for beacon in real],
        [bls.decode_signature(beacon.signature) for beacon in real],
    )


ATTACK = Attack(
    name="cancelling_errors",
    about="Two false signatures whose errors cancel pass a check of the sum, and so do two that are swapped.",
    parameters={
        "beacons": AttackParameter(2, "real quicknet beacons in the sum", low=2, high=LAST - FIRST + 1),
        "weights": AttackParameter("ones", "what each signature is multiplied by", choices=("ones", "random")),
    },
    sources=(
        "Bellare, Garay, Rabin: Fast batch verification for modular exponentiation, EUROCRYPT 1998",
        "Camenisch, Hohenberger, Pedersen: Batch verification of short signatures, EUROCRYPT 2007",
    ),
    remedy="Use the sum as one value only; where a single pulse is used, verify it alone or with random weights.",
    theory=_theory,
    measure=_measure,
)
