r"""A hash of 256 bits reduced modulo the group's order: some scalars come half as often again as others.

The order of BLS12-381's groups has 255 bits, and $2^{256} = 2 r + m$. So the scalars below $m$ come from three hashes
each and all others from two: $m / r$ of the scalars, 20.8 %, take $3 m / 2^{256}$ of the hashes, 28.3 %. A nonce or a
secret that is made so is not uniform. A hash of 512 bits makes the difference less than $2^{-256}$; to hash again while
the number is not below $r$ leaves none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from fractions import Fraction

from drandlab.algebra.field import BLS12_381_FR
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare

__all__ = ["ATTACK"]

ORDER = BLS12_381_FR.modulus
LOW = (1 << 256) % ORDER
"""Scalars below this come from one hash more than the others when 256 bits are reduced."""


def _reduce(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest(), "big") % ORDER


def _reject(data: bytes) -> int:
    while True:
        data = hashlib.sha256(data).digest()
        if (value := int.from_bytes(data, "big")) < ORDER:
            return value


def _wide(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "big") % ORDER


METHODS: Mapping[str, Callable[[bytes], int]] = {"reduce": _reduce, "reject": _reject, "wide": _wide}


def _variation(hashes: int) -> Fraction:
    """Return the total variation distance of so many numbers, reduced, from the uniform distribution.

    $m$ scalars are above their due by $d$ each, and what is above in all is what the others are below:
    $m (r - m) / (r 2^b)$, where $m$ is what is left of the numbers after whole rounds through the scalars.
    """
    left = hashes % ORDER
    return Fraction(left * (ORDER - left), ORDER * hashes)


def _theory(method: str, runs: int) -> AttackOutcome:
    bits = {"reduce": 256, "wide": 512}.get(method)
    low = Fraction(3 * LOW, 1 << 256) if method == "reduce" else Fraction(LOW, ORDER)
    return {"low": float(low), "total_variation": float(_variation(1 << bits)) if bits else 0.0}


def _numbers(method: str) -> range:
    """The numbers that a method takes for a scalar: all that the hash can be, or those that are not refused."""
    return range({"reduce": 1 << 256, "reject": ORDER, "wide": 1 << 512}[method])


def _counted(method: str) -> Fraction:
    """Count how many numbers become the first and the last scalar: all between have the count of one or the other."""
    numbers = _numbers(method)
    counts = [(numbers.stop - 1 - scalar) // ORDER + 1 for scalar in (0, ORDER - 1)]
    # as many scalars have the greater count as it takes to make up all numbers
    more = numbers.stop - counts[1] * ORDER
    shares = ((more, Fraction(counts[0], numbers.stop)), (ORDER - more, Fraction(counts[1], numbers.stop)))
    return sum((many * abs(share - Fraction(1, ORDER)) for many, share in shares), Fraction(0)) / 2


def _measure(seed: int, *, method: str, runs: int) -> AttackOutcome:
    make = METHODS[method]
    low = sum(make(f"{seed}/hash reduced/{run}".encode()) < LOW for run in range(runs))
    return {"low": low / runs, "total_variation": float(_counted(method))}


ATTACK = Attack(
    name="hash_reduced",
    about="A hash of 256 bits is reduced modulo the group's order, and one scalar in five comes too often.",
    parameters={
        "method": AttackParameter("reduce", "how a scalar is made of a hash", choices=("reduce", "reject", "wide")),
        "runs": AttackParameter(2000, "scalars that are drawn", low=1, high=1_000_000),
    },
    sources=(
        "RFC 9380, section 5, hash_to_field: 128 bits more than the order has",
        "Aumasson: The definitive guide to modulo bias and how to avoid it, 2020",
    ),
    remedy="Reduce a hash that is 128 bits longer than the order, or hash again while the number is not below it.",
    theory=_theory,
    measure=_measure,
    kinds={"low": SampledShare("runs")},
)
