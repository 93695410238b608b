r"""Backend ``glass``: a glass box, where each point is stored as its discrete logarithm.

$G_1 = G_2 = G_T = (\mathbb{Z}_r, +)$ with generator 1 and the pairing $e(a, b) = ab$. The algebra is exactly that of
the real groups: an equation holds here if and only if it holds there. So protocols, thresholds and blame can be studied
at hundreds of rounds a second. There is **no security**: a public key shows its secret (`discrete_log`).

Encodings have the real length and the real flag bits, and begin with the name of the box, so that nobody can take one
for a real point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from drandlab.curves.group import Group, Point
from drandlab.curves.hashing.expand import domain_tag, expand_message_xmd
from drandlab.curves.pairing import Suite
from drandlab.curves.params import CurveParameters
from drandlab.errors import DecodeError, LocalError

__all__ = ["GlassGroup", "GlassSuite", "Log", "discrete_log"]


class Log:
    """A residue modulo $r$, written additively: the raw point."""

    __slots__ = ("order", "value")

    def __init__(self, value: int, order: int) -> None:
        self.value, self.order = value % order, order

    def __add__(self, other: Log) -> Log:
        return Log(self.value + other.value, self.order)

    def __neg__(self) -> Log:
        return Log(-self.value, self.order)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Log) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)


def discrete_log(point: Point) -> int:
    """Return $k$ with $P = k G$, which only the glass box can tell.

    >>> from drandlab.curves import suite
    >>> discrete_log(5 * suite("bls12-381", "glass").g1.generator)
    5
    """
    if not isinstance(point.raw, Log):
        raise LocalError(f"only the glass backend has its logarithm, got a point of {point.group!r}", argument="point")
    return point.raw.value


class GlassGroup(Group):
    r"""$(\mathbb{Z}_r, +)$ in place of $G_1$ or $G_2$."""

    backend: ClassVar[str] = "glass"

    def __init__(self, curve: CurveParameters, name: str) -> None:
        super().__init__(curve, name)
        self._zero, self._base = Log(0, self.order), Log(1, self.order)
        # BLS12-381: bit 7 set, as in the compressed form; BN254: the words stay below p
        label = f"glass {name} "[:12].encode()
        head = (b"\x80" if curve.compressed else b"\0") + label
        self._head = head + bytes(self.length - 32 - len(head))
        self._infinity = (b"\xc0" if curve.compressed else b"\0") + bytes(self.length - 1)

    @property
    def zero(self) -> Log:
        return self._zero

    @property
    def base(self) -> Log:
        return self._base

    def multiply(self, raw: Log, scalar: int) -> Log:
        return Log(raw.value * scalar, self.order)

    def encode(self, raw: Log) -> bytes:
        return self._head + raw.value.to_bytes(32, "big") if raw.value else self._infinity

    def _decode(self, data: bytes) -> Log:
        if data == self._infinity:
            return self._zero
        head, value = data[:-32], int.from_bytes(data[-32:], "big")
        if head != self._head:
            raise DecodeError("flags", f"{self.name} point: {data[:4].hex()}… does not come from the glass box")
        if not 0 < value < self.order:
            raise DecodeError("range", f"{self.name} point: the logarithm is not in 1 … r - 1")
        return Log(value, self.order)

    def _hash(self, message: bytes, dst: bytes) -> Log:
        # with the group's name in the tag, a message has different logarithms in G1 and in G2
        tag = domain_tag(dst + f"-glass-{self.curve.name}-{self.name}".encode())
        return Log(int.from_bytes(expand_message_xmd(message, tag, 48), "big"), self.order)

    def _horner(self, raws: Sequence[Any], x: int) -> Log:
        total = 0
        for raw in reversed(raws):
            total = (total * x + raw.value) % self.order
        return Log(total, self.order)

    def _msm(self, raws: Sequence[Any], scalars: Sequence[int]) -> Log:
        return Log(sum(raw.value * scalar for raw, scalar in zip(raws, scalars, strict=True)), self.order)


class GlassSuite(Suite):
    """A curve in the glass box."""

    backend: ClassVar[str] = "glass"

    def __init__(self, curve: CurveParameters) -> None:
        super().__init__(curve)
        self.g1, self.g2 = GlassGroup(curve, "G1"), GlassGroup(curve, "G2")

    def _pair(self, p: Log, q: Log) -> Log:
        return Log(p.value * q.value, self.order)

    def _product_is_one(self, pairs: Sequence[tuple[Any, Any]]) -> bool:
        return bool(sum(p.value * q.value for p, q in pairs) % self.order == 0)

    @property
    def gt_one(self) -> Log:
        return Log(0, self.order)

    def gt_multiply(self, a: Log, b: Log) -> Log:
        return a + b

    def gt_inverse(self, a: Log) -> Log:
        return -a

    def gt_encode(self, a: Log) -> bytes:
        return a.value.to_bytes(576, "big")
