"""A graph as few lines without gaps: a notebook then saves its points as packed numbers, a tenth of the bytes."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["walks"]


def walks(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return walks over a graph that take every edge, and nothing else: one for each part that hangs together.

    Each edge is taken forth and back, so a part with $E$ edges has a walk of $2 E + 1$ points.

    >>> walks([(1, 2), (2, 3), (1, 3), (7, 8)])
    [[1, 2, 3, 1, 3, 2, 1], [7, 8, 7]]
    """
    near: dict[int, dict[int, None]] = {}
    for one, other in pairs:
        near.setdefault(one, {})[other] = None
        near.setdefault(other, {})[one] = None
    found: list[list[int]] = []
    seen: set[int] = set()
    taken: set[tuple[int, int]] = set()
    for root in near:
        if root in seen:
            continue
        seen.add(root)
        way, stack = [root], [(root, iter(near[root]))]
        while stack:
            here, rest = stack[-1]
            there = next((n for n in rest if (min(here, n), max(here, n)) not in taken), None)
            if there is None:
                stack.pop()
                if stack:
                    way.append(stack[-1][0])
                continue
            taken.add((min(here, there), max(here, there)))
            way.append(there)
            if there in seen:
                way.append(here)
            else:
                seen.add(there)
                stack.append((there, iter(near[there])))
        found.append(way)
    return found
