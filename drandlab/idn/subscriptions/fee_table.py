"""What credits cost: a price for one credit, with discounts for those that are bought above certain numbers.

On top may come what a delivery costs the bridge, where the bridge pays for it and not the subscriber. Which calls there
are at a target, and what they weigh there, is known to those who know pallets and contracts: they give the manager an
`ExecutionFees`, as a part of its policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.typing import checked_int

__all__ = ["MOST_BASE", "MOST_CREDITS", "RUNTIME_FEES", "DeliveryFee", "ExecutionFees", "FeeTable", "FeeTier"]

MOST_CREDITS = (1 << 64) - 1
"""Credits, and the fees for them, are numbers of 64 bits: what would be above is this."""


@dataclass(frozen=True, slots=True)
class FeeTier:
    """From the credit number ``first`` on, each costs ``discount`` parts less."""

    first: int
    discount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    r"""A marginal price: each tier's discount holds for the credits of that tier, and for no others.

    With the base price $b$, tiers from credit $f_i$ on with the discounts $d_i$ of ``parts`` $P$, and $n_i$ of the
    credits in tier $i$:

    $$fee(n) = \sum_i \left\lfloor \frac{b \cdot n_i \cdot (P - d_i)}{P} \right\rfloor.$$

    Products and sums stop at $2^{64} - 1$, before the division: in the last tier of the real table more credits than
    90,870,660,461 cost no more.

    >>> RUNTIME_FEES.fee(10_000), RUNTIME_FEES.fee(10_001), RUNTIME_FEES.fee(10**12)
    (29000000000, 29002755000, 184490946687095516)

    Raises `LocalError` for tiers that do not begin at 1 and rise.
    """

    base: int
    tiers: tuple[FeeTier, ...]
    parts: int = 100
    spans: tuple[tuple[int, int, int], ...] = field(init=False, repr=False, compare=False)
    """Of each tier the first and last credit, and the parts of the price that are left."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", checked_int(self.base, "base", 0, MOST_CREDITS))
        object.__setattr__(self, "parts", checked_int(self.parts, "parts", 1, MOST_CREDITS))
        if not isinstance(self.tiers, tuple) or not all(isinstance(tier, FeeTier) for tier in self.tiers):
            raise WrongType(f"expected a tuple of FeeTier, got {repr_of(self.tiers, 60)}", argument="tiers")
        firsts = [checked_int(tier.first, "tiers", 1, MOST_CREDITS) for tier in self.tiers]
        if firsts[:1] != [1] or any(before >= after for before, after in pairwise(firsts)):
            raise LocalError(f"expected tiers from 1 on that rise, got {firsts}", argument="tiers")
        for tier in self.tiers:
            checked_int(tier.discount, "tiers", 0, self.parts, what="a discount")
        lasts = [*(first - 1 for first in firsts[1:]), MOST_CREDITS - 1]
        spans = ((tier.first, last, self.parts - tier.discount) for tier, last in zip(self.tiers, lasts, strict=True))
        object.__setattr__(self, "spans", tuple(spans))

    def fee(self, credits: int) -> int:
        """Return the price of so many credits, bought at once; raises `LocalError` for what is no number of them."""
        if type(credits) is not int or not 0 <= credits <= MOST_CREDITS:  # asked for every delivery, so it looks twice
            credits = checked_int(credits, "credits", 0, MOST_CREDITS)
        total = 0
        for first, last, share in self.spans:
            if credits < first:
                break
            price = self.base * ((credits if credits < last else last) - first + 1)
            if price > MOST_CREDITS:
                price = MOST_CREDITS
            price *= share
            total += (price if price < MOST_CREDITS else MOST_CREDITS) // self.parts
        return total if total < MOST_CREDITS else MOST_CREDITS


RUNTIME_FEES = FeeTable(
    base=2_900_000,
    tiers=(FeeTier(1, 0), FeeTier(10_001, 5), FeeTier(100_001, 10), FeeTier(1_000_001, 20), FeeTier(10_000_001, 30)),
)
"""The price of credits on the real bridge, in planck, with its discounts in hundredths."""

MOST_BASE = (1 << 64) - 1
"""The most that a base fee may be: times as many credits as there can be, it still is a balance of 128 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFee:
    """What one delivery may cost the bridge's sovereign account: ``execution`` at the target, ``sending`` here.

    >>> DeliveryFee(execution=108_360_632, sending=30_010_250_000).base
    30118610632
    """

    execution: int
    sending: int = 0

    def __post_init__(self) -> None:
        for name in ("execution", "sending"):
            object.__setattr__(self, name, checked_int(getattr(self, name), name, 0, MOST_BASE))
        checked_int(self.base, "base", 0, MOST_BASE)

    @property
    def base(self) -> int:
        """The base fee: both together."""
        return self.execution + self.sending


class ExecutionFees(Protocol):
    """The base fees of a policy."""

    def of(self, call: bytes) -> DeliveryFee | None:
        """Return the fee of one delivery into a subscription's ``call``, None for a call that the bridge must not pay.

        The same call has the same fee for as long as a chain runs.
        """
        ...
