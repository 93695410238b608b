r"""Who has the last slots of an epoch chooses the randomness of the next one, and so gets more slots there.

In each slot of an epoch its validator mixes a value into the randomness that gives out the slots of the next epoch:
its signature of the epoch, which nobody can choose, but anybody can leave out. A validator with the share $s$ of the
stake has exactly the last $k$ slots with chance $s^k (1 - s)$. It knows all other values by then, and mixes in those
that give it the most slots, out of $2^k$ results; what it loses by the slots that it leaves empty is not counted. With
$X$ binomial, of as many trials as there are slots, its share of the next epoch is

$$\frac{1}{slots} \sum_k s^k (1 - s)\; E[\max(X_1, \dots, X_{2^k})].$$

If the randomness is a threshold signature of the same validators, to leave out partials changes nothing: the share is
$s$. `MOST` slots at most are played with; more come in one epoch of a million, for a share of a quarter.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from math import comb, sqrt
from typing import Any

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import shares_of
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledMean
from drandlab.attacks.uses.signed_chain import SCHEME
from drandlab.crypto.bls import BLS
from drandlab.crypto.draw_stream import DrawStream
from drandlab.crypto.tbls import combine

__all__ = ["ATTACK"]

MOST = 10
"""The highest number of tail slots that the attacker plays with."""

PARTS = 1 << 32
"""The stake is counted in so many parts."""

NODES, THRESHOLD = 9, 5
"""The network that makes the threshold signatures; the attacker runs the nodes that are not needed for one."""


def _tails(stake: float, slots: int, source: str) -> list[tuple[float, int]]:
    """The chance of each number of tail slots, with the number of results to choose from."""
    most = min(slots, MOST)
    chances = [stake**k * (1 - stake) for k in range(most)] + [stake**most]
    return [(chance, 2**k if source == "commit-reveal" else 1) for k, chance in enumerate(chances)]


@cache
def _moments(stake: float, slots: int, source: str) -> tuple[float, float]:
    """Mean and standard deviation of the share of the next epoch's slots."""
    below, total = [0.0], 0.0
    for won in range(slots + 1):
        total += comb(slots, won) * stake**won * (1 - stake) ** (slots - won)
        below.append(min(total, 1.0))
    mean = square = 0.0
    for chance, results in _tails(stake, slots, source):
        for won in range(slots + 1):
            best = below[won + 1] ** results - below[won] ** results
            mean += chance * best * won / slots
            square += chance * best * (won / slots) ** 2
    return mean, sqrt(max(square - mean**2, 0.0))


def _theory(stake: float, slots: int, source: str, runs: int) -> AttackOutcome:
    return {"share": _moments(stake, slots, source)[0] if source == "commit-reveal" else stake}


def _deviation(given: Mapping[str, Any]) -> float:
    return _moments(given["stake"], given["slots"], given["source"])[1]


def _measure(seed: int, *, stake: float, slots: int, source: str, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/tail slots")
    results = _mixed if source == "commit-reveal" else _signed
    bls = BLS.of(SCHEME, "glass")
    polynomial = Polynomial.random(bls.field, THRESHOLD - 1, rng)
    won = 0
    for epoch in range(1, runs + 1):
        owned = _given_out(rng.randbytes(32), stake, slots)
        tail = 0
        while tail < min(slots, MOST) and owned[-1 - tail]:
            tail += 1
        won += max(sum(_given_out(seen, stake, slots)) for seen in results(bls, polynomial, epoch, owned, tail, rng))
    return {"share": won / (runs * slots)}


def _given_out(randomness: bytes, stake: float, slots: int) -> list[bool]:
    """Which slots of an epoch the attacker has: each goes to a part of the stake that is drawn."""
    stream = DrawStream(randomness, "slots")
    return [stream.below(PARTS) < stake * PARTS for _ in range(slots)]


def _mixed(
    bls: BLS, polynomial: Polynomial, epoch: int, owned: list[bool], tail: int, rng: random.Random
) -> Iterator[bytes]:
    """The weak part of this attack: what the mix can become, for each way to leave out values of the tail."""
    message = SCHEME.digest(epoch)
    keys = [1 + rng.randrange(bls.field.modulus - 1) for _ in owned]
    values = [hashlib.sha256(bls.sign(key, message)).digest() for key in keys]
    mix = hashlib.sha256(message).digest()
    for value in values[: len(owned) - tail]:
        mix = _xor(mix, value)
    for taken in product((False, True), repeat=tail):
        found = mix
        for take, value in zip(taken, values[len(owned) - tail :], strict=True):
            found = _xor(found, value) if take else found
        yield found


def _signed(
    bls: BLS, polynomial: Polynomial, epoch: int, owned: list[bool], tail: int, rng: random.Random
) -> Iterator[bytes]:
    """What the signature can become, for each way to leave out partials of the attacker's nodes."""
    hashed = bls.hash(SCHEME.digest(epoch))
    points = {share.index: share.value * hashed for share in shares_of(polynomial, NODES)}
    for sends in product((False, True), repeat=min(tail, NODES - THRESHOLD)):
        sent = [i for i in points if i >= len(sends) or sends[i]]
        yield hashlib.sha256(bytes(combine(bls, {i: points[i] for i in sent[:THRESHOLD]}))).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


ATTACK = Attack(
    name="tail_slots",
    about="A validator leaves out its values in the last slots of an epoch if that gives it more slots in the next.",
    parameters={
        "stake": AttackParameter(0.2, "the attacker's share of the stake", low=0.0, high=0.5),
        "slots": AttackParameter(32, "slots of an epoch", low=1, high=64),
        "source": AttackParameter(
            "commit-reveal", "what the randomness is made of", choices=("commit-reveal", "threshold")
        ),
        "runs": AttackParameter(200, "epochs", low=1, high=100_000),
    },
    sources=(
        "Alpturer, Weinberg: Optimal RANDAO manipulation in Ethereum, arXiv 2409.19883",
        "Ethereum research forum, topic 16081: selfish mixing and RANDAO manipulation",
    ),
    remedy="Give out slots by a value that cannot change when a part of it is left out, such as a threshold signature.",
    theory=_theory,
    measure=_measure,
    kinds={"share": SampledMean(_deviation, "runs")},
    cases=({"runs": 50}, {"source": "threshold", "runs": 50}, {"stake": 0.4, "slots": 8, "runs": 100}),
)
