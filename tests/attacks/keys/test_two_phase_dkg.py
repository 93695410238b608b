"""In two phases the key is that of the dealers that are left after the first, whatever happens in the second."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from drandlab.attacks.keys.two_phase_dkg import TwoPhaseDealer, two_phase_key
from drandlab.attacks.small_dkg import glass_bls
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.errors import ProtocolAborted

GROUP = glass_bls().keys


def dealers(count: int, threshold: int) -> list[TwoPhaseDealer]:
    rng = random.Random("two phases")
    return [TwoPhaseDealer.random(GROUP, threshold, rng) for _ in range(count)]


def key_of(chosen: Sequence[TwoPhaseDealer]) -> Point:
    return GROUP.sum([dealer.dealt(0) * GROUP.generator for dealer in chosen])


@pytest.mark.parametrize(
    ("answers", "reveals", "counted"),
    [((), (), (1, 2)), ((0,), (0,), (0, 1, 2)), ((0,), (), (0, 1, 2)), ((), (0,), (1, 2))],
)
def test_who_counts_is_settled_by_the_first_phase(
    answers: tuple[int, ...], reveals: tuple[int, ...], counted: tuple[int, ...]
) -> None:
    everybody, seen = dealers(3, 2), []

    def first(public: Sequence[Sequence[Point]]) -> tuple[int, ...]:
        seen.append({commits[0] for commits in public})
        return answers

    def second(others: Mapping[int, PublicPolynomial]) -> tuple[int, ...]:
        seen.append({public.public_key for public in others.values()})
        return reveals

    found = two_phase_key(everybody, 2, wronged={0: 2}, answers=first, reveals=second)
    assert found == key_of([everybody[i] for i in counted])
    assert not seen[0] & seen[1], "the first phase shows no part of the key"


def test_too_few_dealers_make_no_key() -> None:
    with pytest.raises(ProtocolAborted) as caught:
        two_phase_key(dealers(2, 2), 2, wronged={0: 1}, answers=lambda public: (), reveals=lambda others: ())
    assert caught.value.code == "too-few-dealers"
