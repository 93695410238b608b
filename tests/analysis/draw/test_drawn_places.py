"""Places that are drawn: exact laws, by every tape that a small source can give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product
from math import factorial
from typing import Any

import pytest

from drandlab.analysis.draw.drawn_places import drawn_places, weighted_place
from drandlab.crypto.draw_stream import uniform_below


def law(draw: Callable[[Callable[[int], int]], Any], words: int, reads: int) -> Counter[Any]:
    """How many of all tapes of ``reads`` words of ``words`` values give each outcome; those too short give none."""
    counts: Counter[Any] = Counter()
    for tape in product(range(words), repeat=reads):
        source: Iterator[int] = iter(tape)
        try:
            counts[draw(lambda bound, source=source: uniform_below(lambda n: bytes([next(source)]), bound))] += 1  # type: ignore[misc]
        except StopIteration:
            continue
    return counts


@pytest.mark.parametrize(("count", "reads"), [(2, 1), (2, 4), (3, 3), (3, 6), (4, 4), (4, 6)])
def test_every_order_comes_from_as_many_tapes(count: int, reads: int) -> None:
    found = law(lambda below: tuple(drawn_places(below, count, count)), 4, reads)
    assert set(found) == set(permutations(range(count))) and len(found) == factorial(count)
    assert len(set(found.values())) == 1


@pytest.mark.parametrize(("count", "size", "reads"), [(4, 1, 2), (4, 2, 4), (4, 3, 4), (3, 2, 5), (4, 4, 5)])
def test_every_committee_comes_from_as_many_tapes(count: int, size: int, reads: int) -> None:
    found = law(lambda below: tuple(sorted(drawn_places(below, count, size))), 4, reads)
    assert set(found) == set(combinations(range(count), size))
    assert len(set(found.values())) == 1


@pytest.mark.parametrize("weights", [(1,), (1, 1), (1, 2), (3, 0, 1), (0, 0, 2, 1), (1, 1, 1), (4, 1)])
def test_a_choice_comes_from_as_many_tapes_as_its_weight_says(weights: tuple[int, ...]) -> None:
    found = law(lambda below: weighted_place(below, weights), 8, 3)
    one = sum(found.values()) // sum(weights)
    assert found == Counter({place: weight * one for place, weight in enumerate(weights) if weight})


def test_the_first_steps_of_a_shuffle_are_those_of_a_committee() -> None:
    """What is kept of a long list is only what was moved: it is the same as moving the items themselves."""
    for seed in range(20):
        numbers = [(seed * 7919 + 31 * i) % (12 - i) for i in range(12)]
        plain = list(range(12))
        for i, number in enumerate(numbers):
            plain[i], plain[i + number] = plain[i + number], plain[i]
        for size in (0, 3, 12):
            steps = iter(numbers)
            assert drawn_places(lambda bound, steps=steps: next(steps), 12, size) == plain[:size]  # type: ignore[misc]
