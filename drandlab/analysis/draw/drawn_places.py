"""How a draw picks places in a list: the first steps of a shuffle, and one place by its weight.

Each takes ``below``, a function that returns a whole number below its argument, all equally likely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["drawn_places", "weighted_place"]


def drawn_places(below: Callable[[int], int], count: int, size: int) -> list[int]:
    """Return the first ``size`` places of a random order of ``count`` places; only what was moved is kept.

    >>> drawn_places(lambda bound: bound - 1, 5, 3)  # the last one each time, where the first one has come to lie
    [4, 0, 1]
    """
    moved: dict[int, int] = {}
    found = []
    for i in range(size):
        j = i + below(count - i)
        found.append(moved.get(j, j))
        moved[j] = moved.get(i, i)
    return found


def weighted_place(below: Callable[[int], int], weights: Sequence[int]) -> int:
    """Return the place whose running sum is the first above a random number below the sum of all.

    >>> weighted_place(lambda bound: bound - 1, [3, 2, 0])
    1
    """
    x = below(sum(weights))
    for place, weight in enumerate(weights):
        x -= weight
        if x < 0:
            return place
    raise AssertionError("a number below the sum of all lies below the running sum of some place")
