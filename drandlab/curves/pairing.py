r"""What every backend offers: a `Suite` holds $G_1$, $G_2$ and the pairing $e : G_1 \times G_2 \to G_T$ of one curve.

`drandlab.curves.door` opens one; `drandlab.curves.choice` tells which backends there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from drandlab.algebra.field import FieldElement
from drandlab.curves.group import SCALAR_FIELDS, Group, Point, checked_key, scalar_value
from drandlab.curves.params import CurveParameters
from drandlab.errors import LocalError, WrongType

__all__ = ["GTElement", "Suite"]


class GTElement:
    """A value of the pairing: ``a * b``, ``a ** k``, ``a / b``, ``a == b``.

    ``bytes(a)`` is kyber's encoding: twelve words, 576 bytes on BLS12-381 and 384 on BN254. The glass box has 576 bytes
    of its own on both curves.
    """

    __slots__ = ("raw", "suite")

    def __init__(self, suite: Suite, raw: Any) -> None:
        self.suite, self.raw = suite, raw

    def __mul__(self, other: object) -> GTElement:
        if not isinstance(other, GTElement):
            return NotImplemented
        if other.suite is not self.suite:
            raise LocalError(f"pairing values of different suites: {self.suite!r} and {other.suite!r}")
        return GTElement(self.suite, self.suite.gt_multiply(self.raw, other.raw))

    def inverse(self) -> GTElement:
        """Return $a^{-1}$."""
        return GTElement(self.suite, self.suite.gt_inverse(self.raw))

    def __truediv__(self, other: object) -> GTElement:
        return self * other.inverse() if isinstance(other, GTElement) else NotImplemented

    def __pow__(self, exponent: int | FieldElement) -> GTElement:
        bits = scalar_value(exponent, self.suite.order)
        power, result = self.raw, self.suite.gt_one
        while bits:
            if bits & 1:
                result = self.suite.gt_multiply(result, power)
            bits >>= 1
            if bits:
                power = self.suite.gt_multiply(power, power)
        return GTElement(self.suite, result)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GTElement) and other.suite is self.suite and bool(self.raw == other.raw)

    def __hash__(self) -> int:
        return hash(bytes(self))

    def __bytes__(self) -> bytes:
        return self.suite.gt_encode(self.raw)

    @property
    def is_one(self) -> bool:
        """Whether this is the neutral element of $G_T$."""
        return bool(self.raw == self.suite.gt_one)

    def __repr__(self) -> str:
        return "GT(1)" if self.is_one else f"GT({bytes(self).hex()[:8]}…)"

    def __reduce__(self) -> tuple[object, ...]:
        return _value, (self.suite, self.suite._gt_plain(self.raw))


def _value(suite: Suite, plain: Any) -> GTElement:
    return GTElement(suite, suite._gt_raw(plain))


class Suite(ABC):
    """One pairing curve in one backend: `g1`, `g2`, `pairing`, `pairing_check`."""

    backend: ClassVar[str]
    g1: Group
    g2: Group
    restore: Callable[..., object]
    """Returns this same suite when a pickle of it is loaded; set by `drandlab.curves.door`."""

    def __init__(self, curve: CurveParameters) -> None:
        self.curve, self.order = curve, curve.r
        self.field = SCALAR_FIELDS[curve.r]

    def __repr__(self) -> str:
        return f"<Suite {self.curve.name}, backend {self.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return self.restore, (self.curve.name, self.backend)

    def group(self, name: str) -> Group:
        """Return the group called ``"G1"`` or ``"G2"``."""
        if name not in ("G1", "G2"):
            raise LocalError(f'expected "G1" or "G2", got {name!r}', argument="group")
        return self.g1 if name == "G1" else self.g2

    def pairing(self, p: Point, q: Point) -> GTElement:
        r"""Return $e(P, Q)$ for $P \in G_1$, $Q \in G_2$; bilinear: $e(aP, bQ) = e(P, Q)^{ab}$.

        >>> from drandlab.curves import suite
        >>> s = suite("bls12-381", "glass")
        >>> s.pairing(3 * s.g1.generator, 5 * s.g2.generator) == s.pairing(s.g1.generator, s.g2.generator) ** 15
        True
        """
        self._check_pair(p, q)
        return GTElement(self, self._pair(p.raw, q.raw))

    def pairing_check(self, pairs: Sequence[tuple[Point, Point]]) -> bool:
        r"""Return whether $\prod_i e(P_i, Q_i) = 1$, with one final exponentiation for all pairs.

        >>> from drandlab.curves import suite
        >>> s = suite("bls12-381", "glass")
        >>> g, h = s.g1.generator, s.g2.generator
        >>> s.pairing_check([(6 * g, h), (-(2 * g), 3 * h)])
        True
        """
        for p, q in pairs:
            self._check_pair(p, q)
        return self._product_is_one([(p.raw, q.raw) for p, q in pairs])

    def paired_with(self, point: Point) -> Callable[[bytes], GTElement]:
        """Return the function that pairs ``point`` with a point of the other group, given as its encoding.

        ``point`` is prepared once. **The other one may lie outside of the subgroup:** a backend leaves that test out
        where it can, and whoever calls this must learn in another way that the bytes are those of a point of the group.
        Bytes that are no point of the curve are refused with `DecodeError`.

        >>> from drandlab.curves import suite
        >>> s = suite("bls12-381", "glass")
        >>> pair = s.paired_with(5 * s.g1.generator)
        >>> pair(bytes(3 * s.g2.generator)) == s.pairing(5 * s.g1.generator, 3 * s.g2.generator)
        True
        """
        point = checked_key(point, "point")
        if point.group not in (self.g1, self.g2):
            raise LocalError(f"expected a point of {self!r}, got one of {point.group!r}", argument="point")
        return self._paired_with(point, self.g2 if point.group is self.g1 else self.g1)

    def _paired_with(self, point: Point, others: Group) -> Callable[[bytes], GTElement]:
        def pair(data: bytes) -> GTElement:
            other = others.decode(data, identity=True)
            return self.pairing(point, other) if others is self.g2 else self.pairing(other, point)

        return pair

    def _check_pair(self, p: Point, q: Point) -> None:
        if not (isinstance(p, Point) and isinstance(q, Point)):
            raise WrongType(f"pairing: expected two points, got ({type(p).__name__}, {type(q).__name__})")
        if p.group is not self.g1 or q.group is not self.g2:
            raise LocalError(f"pairing: expected (G1, G2) of {self!r}, got ({p.group!r}, {q.group!r})")

    @abstractmethod
    def _pair(self, p: Any, q: Any) -> Any: ...

    @abstractmethod
    def _product_is_one(self, pairs: Sequence[tuple[Any, Any]]) -> bool: ...

    @property
    @abstractmethod
    def gt_one(self) -> Any:
        """Raw neutral element of GT."""

    @abstractmethod
    def gt_multiply(self, a: Any, b: Any) -> Any:
        """Raw product in GT."""

    @abstractmethod
    def gt_inverse(self, a: Any) -> Any:
        """Raw inverse in GT."""

    @abstractmethod
    def gt_encode(self, a: Any) -> bytes:
        """The encoding of a raw element of GT."""

    def _gt_plain(self, a: Any) -> Any:
        """A raw element of GT in a form that can be pickled."""
        return a

    def _gt_raw(self, plain: Any) -> Any:
        """The raw element again, from what `_gt_plain` made of it."""
        return plain
