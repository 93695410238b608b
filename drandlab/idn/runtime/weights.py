"""Weight: how long work takes and how much of the state its proof shows; the classes of calls and their limits."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from drandlab.wire.scale import COMPACT_U64, Composite

__all__ = ["DB_READ", "DB_WRITE", "WEIGHT", "ZERO", "BlockLimits", "DispatchClass", "Weight", "db_weight"]

_MOST = (1 << 64) - 1


@dataclass(frozen=True, slots=True, order=False)
class Weight:
    """``ref_time``: picoseconds of a reference machine; ``proof_size``: bytes of the proof. Sums stop at $2^{64} - 1$.

    >>> Weight(100, 10) + Weight(1, 1), Weight(5, 5) - Weight(7, 1)
    (Weight(ref_time=101, proof_size=11), Weight(ref_time=0, proof_size=4))
    """

    ref_time: int = 0
    proof_size: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(min(self.ref_time + other.ref_time, _MOST), min(self.proof_size + other.proof_size, _MOST))

    def __sub__(self, other: Weight) -> Weight:
        return Weight(max(self.ref_time - other.ref_time, 0), max(self.proof_size - other.proof_size, 0))

    def __mul__(self, count: int) -> Weight:
        return Weight(min(self.ref_time * count, _MOST), min(self.proof_size * count, _MOST))

    def __bool__(self) -> bool:
        return bool(self.ref_time or self.proof_size)

    def share(self, percent: int) -> Weight:
        """Return so many hundredths of the weight, rounded down."""
        return Weight(self.ref_time * percent // 100, self.proof_size * percent // 100)

    def fits(self, limit: Weight) -> bool:
        """Whether neither part is above that of the limit."""
        return self.ref_time <= limit.ref_time and self.proof_size <= limit.proof_size

    def least(self, other: Weight) -> Weight:
        """Return the smaller of both in each part."""
        return Weight(min(self.ref_time, other.ref_time), min(self.proof_size, other.proof_size))


ZERO = Weight()

WEIGHT = Composite(Weight, ref_time=COMPACT_U64, proof_size=COMPACT_U64)

DB_READ, DB_WRITE = Weight(25_000_000), Weight(100_000_000)
"""What one read and one write of the database takes (RocksDB's figures)."""


def db_weight(reads: int, writes: int) -> Weight:
    """Return the weight of so many reads and writes of the database.

    >>> db_weight(2, 1)
    Weight(ref_time=150000000, proof_size=0)
    """
    return DB_READ * reads + DB_WRITE * writes


class DispatchClass(enum.Enum):
    """What may use which part of a block."""

    NORMAL = 0
    OPERATIONAL = 1
    MANDATORY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLimits:
    """How much fits into a block, as the Ideal Network's runtime has it.

    ``block``: all classes together, 2 s and 10 MiB. ``normal``: hundredths that ordinary calls may use; operational
    ones may use all, and have what normal ones leave for themselves. ``initialize``: hundredths that hooks are expected
    to take, so that no single call may need them. ``base_block`` and ``base_extrinsic``: what each costs before
    anything is done. ``length``: bytes of all extrinsics. Mandatory calls (inherents, hooks) always fit.
    """

    block: Weight = Weight(2_000_000_000_000, 10 * 1024 * 1024)
    normal: int = 75
    initialize: int = 5
    base_block: Weight = Weight(5_000_000_000)
    base_extrinsic: Weight = Weight(125_000_000)
    length: int = 5 * 1024 * 1024

    def total(self, kind: DispatchClass) -> Weight | None:
        """Return how much all calls of a class may use together, None for mandatory ones."""
        if kind is DispatchClass.MANDATORY:
            return None
        return self.block.share(self.normal) if kind is DispatchClass.NORMAL else self.block

    def single(self, kind: DispatchClass) -> Weight | None:
        """Return the most that one call of a class may weigh, None for mandatory ones.

        >>> BlockLimits().single(DispatchClass.OPERATIONAL).proof_size
        9961472
        """
        total = self.total(kind)
        return None if total is None else total - self.block.share(self.initialize) - self.base_extrinsic

    def room(self, used: dict[DispatchClass, Weight], kind: DispatchClass, weight: Weight) -> bool:
        """Whether a call of this weight still fits beside what the classes used so far."""
        single, total = self.single(kind), self.total(kind)
        if total is None or single is None:
            return True
        if not weight.fits(single):
            return False
        mine = used[kind] + weight + self.base_extrinsic
        everything = mine
        for other, weighed in used.items():
            everything = everything if other is kind else everything + weighed
        if not mine.fits(total):
            return False
        reserved = self.block - self.block.share(self.normal)
        return everything.fits(self.block) or (kind is DispatchClass.OPERATIONAL and mine.fits(reserved))
