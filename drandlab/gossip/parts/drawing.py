"""Fair choices from a source of random bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from drandlab.typing import Rng

__all__ = ["drawn"]

Item = TypeVar("Item")


def drawn(items: Iterable[Item], count: int, rng: Rng) -> list[Item]:
    """Return ``count`` of the items, or all if there are fewer, in a random order; each choice is as likely as another.

    What is drawn depends on the order of the items, so it must not be that of a set.

    >>> import random
    >>> drawn("abcdef", 3, random.Random(1))
    ['d', 'e', 'c']
    """
    rest = list(items)
    count = min(count, len(rest))
    for place in range(count):
        left = len(rest) - place
        if left == 1:
            break
        # 8 bytes for a few thousand items: no choice is measurably more likely than another.
        other = place + int.from_bytes(rng.randbytes(8), "big") % left
        rest[place], rest[other] = rest[other], rest[place]
    return rest[:count]
