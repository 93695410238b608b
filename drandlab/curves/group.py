"""Groups and their points, as every backend offers them.

A `Group` is $G_1$ or $G_2$ of one curve in one backend. Its points are values with operators:

    P + Q    -P    P - Q    k * P    P == Q    bytes(P)

``point.raw`` holds the backend's own object; only this folder uses it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from drandlab.algebra.field import BLS12_381_FR, BN254_FR, FieldElement
from drandlab.curves.hashing.expand import domain_tag
from drandlab.curves.msm import multi_scalar_multiplication
from drandlab.curves.params import CurveParameters
from drandlab.errors import DecodeError, LocalError, WrongType
from drandlab.typing import checked_bytes, checked_int, whole_number

__all__ = ["Group", "Point", "checked_key", "checked_point", "scalar_value"]


SCALAR_FIELDS = {field.modulus: field for field in (BLS12_381_FR, BN254_FR)}
"""The field of a group's scalars, by the group's order."""


def scalar_value(scalar: object, order: int, name: str = "scalar") -> int:
    """Return ``scalar`` (an int of any sign, or an element of the field of order $r$) reduced modulo $r$."""
    if isinstance(scalar, FieldElement):
        if scalar.field.modulus != order:
            raise LocalError(
                f"expected an element of {SCALAR_FIELDS[order]!r}, got one of {scalar.field!r}", argument=name
            )
        return scalar.value
    return checked_int(scalar, name, what="a whole number or a field element", secret=True) % order


def checked_point(value: object, group: Group, name: str) -> Point:
    """Return ``value`` if it is a point of ``group``: of that curve, backend and group; ``name`` is the argument's.

    >>> from drandlab.curves import suite
    >>> checked_point(b"", suite("bls12-381", "glass").g1, "key")
    Traceback (most recent call last):
    drandlab.errors.WrongType: key: expected a point of <G1 of bls12-381, backend glass>, got bytes; decode makes one
    """
    if not isinstance(value, Point):
        came = "None" if value is None else type(value).__name__
        hint = "; decode makes one" if isinstance(value, bytes | bytearray | memoryview) else ""
        raise WrongType(f"expected a point of {group!r}, got {came}{hint}", argument=name)
    if value.group is not group:
        raise LocalError(f"expected a point of {group!r}, got one of {value.group!r}", argument=name)
    return value


def checked_key(value: object, name: str = "key") -> Point:
    """Return ``value`` if it is a point, of any group."""
    if not isinstance(value, Point):
        raise WrongType(f"expected a point, got {'None' if value is None else type(value).__name__}", argument=name)
    return value


class Point:
    """An element of a `Group`: immutable, hashable, printed as the first digits of its encoding."""

    __slots__ = ("group", "raw")
    group: Group
    raw: Any

    def __init__(self, group: Group, raw: Any) -> None:
        object.__setattr__(self, "group", group)
        object.__setattr__(self, "raw", raw)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a point is immutable: make a new one")

    def _same(self, other: Point) -> Any:
        if other.group is not self.group:
            raise LocalError(f"points of different groups: {self.group!r} and {other.group!r}")
        return other.raw

    def __add__(self, other: object) -> Point:
        if not isinstance(other, Point):
            return NotImplemented
        return Point(self.group, self.raw + self._same(other))

    def __sub__(self, other: object) -> Point:
        if not isinstance(other, Point):
            return NotImplemented
        return Point(self.group, self.raw + -self._same(other))

    def __neg__(self) -> Point:
        return Point(self.group, -self.raw)

    def __mul__(self, scalar: object) -> Point:
        if not isinstance(scalar, FieldElement):
            scalar = whole_number(scalar)
            if scalar is None:
                return NotImplemented
        return Point(self.group, self.group.multiply(self.raw, scalar_value(scalar, self.group.order)))

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and other.group is self.group and bool(self.raw == other.raw)

    def __hash__(self) -> int:
        return hash((self.group.name, bytes(self)))

    def __bytes__(self) -> bytes:
        return self.group.encode(self.raw)

    def hex(self) -> str:
        """Return the encoding in lower-case hexadecimal."""
        return bytes(self).hex()

    @property
    def is_identity(self) -> bool:
        """Whether this is the neutral element, the point at infinity."""
        return bool(self.raw == self.group.zero)

    def __repr__(self) -> str:
        return f"{self.group.name}({'infinity' if self.is_identity else self.hex()[:8] + '…'})"

    def _repr_latex_(self) -> str:
        name = rf"\mathbb{{G}}_{self.group.name[-1]}"
        value = r"\mathcal{O}" if self.is_identity else rf"\mathtt{{{self.hex()[:8]}}}\ldots"
        return rf"${value} \in {name}$"

    def __reduce__(self) -> tuple[object, ...]:
        return _decoded, (self.group, bytes(self))


def _decoded(group: Group, data: bytes) -> Point:
    return group.decode(data, identity=True)


class Group(ABC):
    """$G_1$ or $G_2$ of a pairing curve, as one backend computes it.

    A backend implements `zero`, `base`, `multiply`, `encode`, `_decode` and `_hash` on its own raw points, which have
    ``+``, unary ``-`` and ``==``; everything else is built on these.
    """

    backend: ClassVar[str]
    restore: Callable[..., object]
    """Returns this same group when a pickle of it is loaded; set by `drandlab.curves.door`."""

    def __init__(self, curve: CurveParameters, name: str) -> None:
        self.curve, self.name = curve, name
        self.order = curve.r
        self.field = SCALAR_FIELDS[curve.r]
        self.length = curve.g1_length if name == "G1" else curve.g2_length

    def __repr__(self) -> str:
        return f"<{self.name} of {self.curve.name}, backend {self.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return self.restore, (self.curve.name, self.backend, self.name)

    @property
    @abstractmethod
    def zero(self) -> Any:
        """Raw neutral element."""

    @property
    @abstractmethod
    def base(self) -> Any:
        """Raw standard generator."""

    @abstractmethod
    def multiply(self, raw: Any, scalar: int) -> Any:
        r"""Raw product for $0 \le$ ``scalar`` $< r$."""

    @abstractmethod
    def encode(self, raw: Any) -> bytes:
        """The one encoding of a raw point."""

    @abstractmethod
    def _decode(self, data: bytes) -> Any:
        """Raw point of an encoding of the right length; raises DecodeError."""

    @abstractmethod
    def _hash(self, message: bytes, dst: bytes) -> Any:
        """Raw hash-to-curve for a tag of 1 to 255 bytes."""

    @property
    def generator(self) -> Point:
        """The standard generator."""
        return Point(self, self.base)

    @property
    def identity(self) -> Point:
        """The neutral element, the point at infinity."""
        return Point(self, self.zero)

    def decode(self, data: bytes, *, identity: bool = False) -> Point:
        """Return the point whose one legal encoding is ``data``.

        Refused with `DecodeError`: another length, wrong flag bits, a coordinate not below $p$, a point off the curve
        or outside the subgroup of order $r$, trailing bytes, and, unless ``identity`` is true, the point at infinity
        (a key or signature there would make every message verify).

        >>> from drandlab.curves import suite
        >>> g1 = suite("bls12-381").g1
        >>> g1.decode(bytes(g1.generator)) == g1.generator
        True
        """
        data = checked_bytes(data, "data")
        if len(data) != self.length:
            raise DecodeError("length", f"{self.name} point: expected {self.length} bytes, got {len(data)}")
        raw = self._decode(data)
        if not identity and raw == self.zero:
            raise DecodeError("infinity", f"{self.name} point: must not be the point at infinity")
        return Point(self, raw)

    def hash(self, message: bytes, dst: bytes) -> Point:
        """Return the hash of ``message`` to this group under the domain tag ``dst``.

        The random-oracle form ``hash_to_curve`` of RFC 9380, section 3; BN254 uses the Shallue-van de Woestijne map,
        BLS12-381 the simplified SWU map. Tags over 255 bytes are hashed first (section 5.3.3).
        """
        return Point(self, self._hash(checked_bytes(message, "message"), self._tag(checked_bytes(dst, "dst"))))

    def _tag(self, dst: bytes) -> bytes:
        return domain_tag(dst)

    def sum(self, points: Sequence[Point]) -> Point:
        r"""Return $\sum_i P_i$."""
        total = self.zero
        for point in points:
            total = total + checked_point(point, self, "points").raw
        return Point(self, total)

    def msm(self, points: Sequence[Point], scalars: Sequence[int | FieldElement]) -> Point:
        r"""Return the multi-scalar multiplication $\sum_i k_i P_i$, which is faster for short scalars.

        >>> from drandlab.curves import suite
        >>> g1 = suite("bls12-381", "glass").g1
        >>> g1.msm([g1.generator, 5 * g1.generator], [7, 2]) == 17 * g1.generator
        True
        """
        if len(points) != len(scalars):
            raise LocalError(f"expected one for each of {len(points)} points, got {len(scalars)}", argument="scalars")
        values = [scalar_value(scalar, self.order) for scalar in scalars]
        return Point(self, self._msm([checked_point(point, self, "points").raw for point in points], values))

    def horner(self, points: Sequence[Point], x: int) -> Point:
        r"""Return $P_0 + x (P_1 + x (P_2 + \ldots))$, which is fast for a small ``x``.

        >>> from drandlab.curves import suite
        >>> g1 = suite("bls12-381", "glass").g1
        >>> g1.horner([g1.generator, 2 * g1.generator, 3 * g1.generator], 10) == 321 * g1.generator
        True
        """
        raws = [checked_point(point, self, "points").raw for point in points]
        if not raws:
            raise LocalError("expected at least one point, got none", argument="points")
        return Point(self, self._horner(raws, scalar_value(x, self.order)))

    def _horner(self, raws: Sequence[Any], x: int) -> Any:
        total = raws[-1]
        for raw in reversed(raws[:-1]):
            total = self.multiply(total, x) + raw
        return total

    def _msm(self, raws: Sequence[Any], scalars: Sequence[int]) -> Any:
        return multi_scalar_multiplication(raws, scalars, self.zero)
