r"""The last to reveal choose the result by staying silent; partials that are withheld choose nothing.

Everybody commits to a secret, then all are revealed and hashed together. The last $k$, if they act together, know all
others, and can compute the result for each set of them that reveals: $2^k$ results, of which they take the best. For
one bit and for the highest face of a die that is

$$P = 1 - 2^{-2^k}, \qquad E = 6 - \sum_{v=1}^{5} (v/6)^{2^k}.$$

A threshold signature is the same whichever holders have signed, so those who withhold their partials choose between one
result and the same result. Here $k$ of $2k + 1$ nodes do so, with a threshold of $k + 1$: they cannot stop it either.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from itertools import combinations
from math import sqrt
from typing import Any

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import shares_of
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledMean, SampledShare
from drandlab.attacks.uses.signed_chain import SCHEME, number_of
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.tbls import ThresholdBLS, combine, sign_partial

__all__ = ["ATTACK"]

HONEST = 3
"""Participants of commit and reveal who reveal whatever comes of it."""

FACES = 6


def _results(withholders: int, system: str) -> int:
    """Among how many results the withholders can choose."""
    return 2**withholders if system == "commit-reveal" else 1


def _theory(withholders: int, runs: int, system: str) -> AttackOutcome:
    results = _results(withholders, system)
    lower = sum((face / FACES) ** results for face in range(1, FACES))
    return {"frequency": 1 - 0.5**results, "mean": FACES - lower}


def _deviation(given: Mapping[str, Any]) -> float:
    """The standard deviation of the highest face."""
    results = _results(given["withholders"], given["system"])
    chances = [(face / FACES) ** results - ((face - 1) / FACES) ** results for face in range(1, FACES + 1)]
    mean = sum(face * chance for face, chance in enumerate(chances, 1))
    return sqrt(sum((face - mean) ** 2 * chance for face, chance in enumerate(chances, 1)))


def _measure(seed: int, *, withholders: int, runs: int, system: str) -> AttackOutcome:
    rng = random.Random(f"{seed}/last revealer")
    choices = (_commit_and_reveal if system == "commit-reveal" else _threshold)(withholders, rng)
    bits = faces = 0
    for _ in range(runs):
        results = next(choices)
        bits += max(number_of(result, "bit", 2) for result in results)
        faces += 1 + max(number_of(result, "die", FACES) for result in results)
    return {"frequency": bits / runs, "mean": faces / runs}


def _silent_sets(withholders: int) -> Iterator[frozenset[int]]:
    for size in range(withholders + 1):
        yield from map(frozenset, combinations(range(withholders), size))


def _commit_and_reveal(withholders: int, rng: random.Random) -> Iterator[set[bytes]]:
    """For each game the results that the withholders, numbered from 0, can choose from."""
    while True:
        secrets = {number: rng.randbytes(32) for number in range(withholders + HONEST)}
        commitments = {number: hashlib.sha256(secret).digest() for number, secret in secrets.items()}
        yield {
            _revealed(commitments, {number: secret for number, secret in secrets.items() if number not in silent})
            for silent in _silent_sets(withholders)
        }


def _revealed(commitments: Mapping[int, bytes], secrets: Mapping[int, bytes]) -> bytes:
    """The weak part of this attack: the hash of what was revealed; who is silent is left out."""
    hashed = hashlib.sha256()
    for number, secret in sorted(secrets.items()):
        assert hashlib.sha256(secret).digest() == commitments[number]
        hashed.update(number.to_bytes(8) + secret)
    return hashed.digest()


def _threshold(withholders: int, rng: random.Random) -> Iterator[set[bytes]]:
    """For each round the values of which the withholders, numbered from 0, can choose one."""
    bls = BLS.of(SCHEME, "glass")
    secret = Polynomial.random(bls.field, withholders, rng)
    group = ThresholdBLS(bls, PublicPolynomial.commit(secret, bls.keys))
    shares = shares_of(secret, 2 * withholders + 1)
    round = 0
    while True:
        round += 1
        message = SCHEME.digest(round)
        hashed = bls.hash(message)
        points = dict(group.check(hashed, sign_partial(bls, share, message)) for share in shares)
        found = set()
        for silent in _silent_sets(withholders):
            sent = [index for index in points if index not in silent]
            signature = bytes(combine(bls, {index: points[index] for index in sent[: withholders + 1]}))
            found.add(hashlib.sha256(signature).digest())
        yield found


ATTACK = Attack(
    name="last_revealer",
    about="Those who reveal last stay silent if that gives a better result; a threshold signature leaves no choice.",
    parameters={
        "withholders": AttackParameter(1, "participants who act together and reveal last", low=0, high=5),
        "runs": AttackParameter(300, "games", low=1, high=100_000),
        "system": AttackParameter("commit-reveal", "how the result is made", choices=("commit-reveal", "threshold")),
    },
    sources=(
        "Syta, Jovanovic, Kokoris-Kogias, Gailly, Gasser, Khoffi, Fischer, Ford: Scalable bias-resistant distributed "
        "randomness, IEEE S&P 2017",
    ),
    remedy="Use a value that no participant can choose: a unique threshold signature, or a delay before any is known.",
    theory=_theory,
    measure=_measure,
    kinds={"frequency": SampledShare("runs"), "mean": SampledMean(_deviation, "runs")},
    cases=(
        {"runs": 200},
        {"withholders": 2, "runs": 200},
        {"system": "threshold", "runs": 100},
        {"withholders": 0, "runs": 200},
    ),
)
