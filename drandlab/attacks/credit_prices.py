"""The price of credits as theory has it, without the bounds of machine numbers, to lay beside what is measured."""

from __future__ import annotations

__all__ = ["BASE", "TIERS", "price_of", "price_of_last"]

BASE = 2_900_000
"""What a credit costs without a discount, in planck."""

TIERS: tuple[tuple[int, int], ...] = ((0, 0), (10_000, 5), (100_000, 10), (1_000_000, 20), (10_000_000, 30))
"""The discount, in hundredths, of the credits above a number."""


def price_of(credits: int) -> int:
    """Return the price of so many credits in planck, however many they are.

    >>> price_of(10), price_of(10_000_010) - price_of(10_000_000)
    (29000000, 20300000)
    """
    ends = (*(begin for begin, _ in TIERS[1:]), max(credits, 0))
    return sum(
        BASE * (100 - discount) * max(min(credits, end) - begin, 0) // 100
        for (begin, discount), end in zip(TIERS, ends, strict=True)
    )


def price_of_last(credits: int, used: int) -> int:
    """Return what the last ``used`` of so many credits cost: those with the highest discount."""
    return price_of(credits) - price_of(credits - used)
