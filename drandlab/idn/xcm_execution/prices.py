"""What a delivery and an execution cost: the price of bytes, the factor that rises with the queue, weight as a fee."""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.idn.runtime.weights import Weight
from drandlab.typing import checked_int

__all__ = ["FACTOR_ONE", "DeliveryPrice", "WeightPrice", "lowered", "raised"]

FACTOR_ONE = 10**18
"""The factor 1: a factor is a number of $10^{-18}$ parts, as `FixedU128` of the Polkadot SDK has it."""

_GROWTH, _PER_KIBIBYTE = 1_050_000_000_000_000_000, 1_000_000_000_000_000
_MOST = (1 << 128) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPrice:
    """The price of handing a message to a channel: $f \\cdot (\\text{base} + \\text{byte} \\cdot n)$ for $n$ bytes.

    The bytes are those of the message without a version, with the origin's descent in front and the topic at the end.
    The factor $f$ is that of the channel, in parts of `FACTOR_ONE`; the result is in planck, rounded down.

    >>> DeliveryPrice(base=30_000_000_000, byte=50_000).of(240)
    30012000000

    Source: ``ExponentialPrice`` of the Polkadot SDK, with the Ideal Network's figures.
    """

    base: int
    byte: int

    def __post_init__(self) -> None:
        for name in ("base", "byte"):
            object.__setattr__(self, name, checked_int(getattr(self, name), name, 0, _MOST))

    def of(self, length: int, factor: int = FACTOR_ONE) -> int:
        """Return the price of a message of ``length`` bytes."""
        return min(factor * min(self.base + self.byte * length, _MOST) // FACTOR_ONE, _MOST)


def raised(factor: int, length: int) -> int:
    """Return the factor after a message of ``length`` bytes was put into a queue that is too long.

    $f' = f \\cdot (1.05 + 0.001 \\lfloor n / 1024 \\rfloor)$, rounded down to a part.

    >>> raised(FACTOR_ONE, 241), raised(FACTOR_ONE, 2048)
    (1050000000000000000, 1052000000000000000)
    """
    return min(factor * (_GROWTH + length // 1024 * _PER_KIBIBYTE) // FACTOR_ONE, _MOST)


def lowered(factor: int) -> int:
    """Return the factor after a page left the queue and what is left is short: $f' = \\max(1, f / 1.05)$.

    >>> lowered(raised(FACTOR_ONE, 241)) == lowered(FACTOR_ONE) == FACTOR_ONE
    True
    """
    return max(factor * FACTOR_ONE // _GROWTH, FACTOR_ONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPrice:
    """The price of weight: ``parts`` of a billionth of a planck for each picosecond; the proof's size is free.

    $\\text{fee} = t \\cdot \\text{parts} / 10^9$ for $t$ picoseconds, rounded to the nearest planck, half down.

    >>> WeightPrice().of(Weight(7 * 1_000_000_000 + 7_545_079_000))
    116360632

    Source: ``WeightToFeePolynomial`` of the Polkadot SDK with one coefficient of degree one.
    """

    parts: int = 8_000_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", checked_int(self.parts, "parts", 0, 10**9))

    def of(self, weight: Weight) -> int:
        """Return the fee for a weight, in planck."""
        return (2 * weight.ref_time * self.parts + 10**9 - 1) // (2 * 10**9)
