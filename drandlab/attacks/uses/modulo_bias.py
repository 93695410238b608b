r"""The remainder of a division makes some values more likely than others.

Of the $N = 2^b$ words of $b$ bits, $m = N \bmod n$ of the $n$ values come from one word more than the rest: those below
$m$. With $N = qn + m$,

$$P(v) = \frac{q + [v < m]}{N}, \qquad \tfrac12 \sum_v \left| P(v) - \tfrac1n \right| = \frac{m (n - m)}{n N}.$$

To throw away the highest $m$ words and draw again leaves $q$ words for each value.
"""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.attacks.uses.signed_chain import SignedChain
from drandlab.crypto.draw_stream import DrawStream
from drandlab.errors import LocalError

__all__ = ["ATTACK"]


def _checked(bits: int, faces: int) -> None:
    if faces > 1 << bits:
        rule = f"must be at most the {1 << bits} words of {bits} bits, got {faces}"
        raise LocalError(rule, argument="faces")


def _theory(bits: int, faces: int, method: str, runs: int) -> AttackOutcome:
    _checked(bits, faces)
    words = 1 << bits
    each, more = divmod(words, faces)
    if method == "rejection":
        return {"total_variation": 0.0, "favoured": more / faces}
    return {
        "total_variation": float(Fraction(more * (faces - more), faces * words)),
        "favoured": more * (each + 1) / words,
    }


def _measure(seed: int, *, bits: int, faces: int, method: str, runs: int) -> AttackOutcome:
    _checked(bits, faces)
    rng = random.Random(f"{seed}/modulo bias")
    words, value_of = 1 << bits, _remainder if method == "modulo" else _rejected
    counts = Counter(value_of(word, words, faces) for word in range(words))
    del counts[None]  # the words that are thrown away
    taken = counts.total()
    away = sum(abs(counts[value] * faces - taken) for value in range(faces))
    chain = SignedChain(rng)
    randomness = chain.randomness(1, chain.info.round_time(1))
    assert randomness is not None
    stream = DrawStream(randomness, "dice")
    favoured = 0
    for _ in range(runs):
        while (value := value_of(stream.below(words), words, faces)) is None:
            pass
        favoured += value < words % faces
    return {
        "total_variation": float(Fraction(away, 2 * faces * taken)),
        "favoured": favoured / runs,
    }


def _remainder(word: int, words: int, faces: int) -> int | None:
    """The weak part of this attack: what many programs do."""
    return word % faces


def _rejected(word: int, words: int, faces: int) -> int | None:
    """The value of a word; None for one that is thrown away."""
    return None if word >= words - words % faces else word % faces


ATTACK = Attack(
    name="modulo_bias",
    about="Numbers are cut down to a range by the remainder of a division, and some come more often than others.",
    parameters={
        "bits": AttackParameter(8, "bits of the words that are drawn", low=1, high=16),
        "faces": AttackParameter(6, "values that are wanted, at most 2^bits", low=2, high=65_536),
        "method": AttackParameter(
            "modulo", "how a word becomes a value: its remainder, or words thrown away", choices=("modulo", "rejection")
        ),
        "runs": AttackParameter(5000, "values that are drawn", low=1, high=1_000_000),
    },
    sources=("drand blog, January 2025, on mistakes with randomness on chain; Lemire, ACM TOMACS 29, 2019",),
    remedy="Throw away words that are too large, as drandlab.analysis.draw does, or use 128 bits more than are needed.",
    theory=_theory,
    measure=_measure,
    kinds={"favoured": SampledShare("runs")},
    cases=({}, {"method": "rejection"}, {"bits": 8, "faces": 100}, {"bits": 10, "faces": 7}),
)
