"""Backend ``py_ecc``: BLS12-381 in pure Python, to read along and to check the fast one against.

The field towers, point formulas, map to the curve and Miller loop are py_ecc's; the strict encodings are ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, ClassVar

from py_ecc import optimized_bls12_381
from py_ecc.bls.hash_to_curve import hash_to_G1, hash_to_G2

from drandlab.curves import encoding
from drandlab.curves.group import Group
from drandlab.curves.pairing import Suite
from drandlab.curves.params import BLS12_381, CurveParameters
from drandlab.errors import DecodeError

__all__ = ["ProjectivePoint", "PyEccGroup", "PyEccSuite", "ReferenceGroup", "ReferenceSuite"]


class ProjectivePoint:
    """A point of py_ecc (homogeneous coordinates) with operators."""

    __slots__ = ("library", "xyz")

    def __init__(self, library: ModuleType, xyz: Any) -> None:
        self.library, self.xyz = library, xyz

    def __add__(self, other: ProjectivePoint) -> ProjectivePoint:
        return ProjectivePoint(self.library, self.library.add(self.xyz, other.xyz))

    def __neg__(self) -> ProjectivePoint:
        return ProjectivePoint(self.library, self.library.neg(self.xyz))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProjectivePoint):
            return NotImplemented
        if self.is_zero or other.is_zero:
            return self.is_zero and other.is_zero
        return bool(self.library.eq(self.xyz, other.xyz))

    __hash__ = None  # type: ignore[assignment]  # equal points have many coordinates

    @property
    def is_zero(self) -> bool:
        """Whether this is the point at infinity."""
        return bool(self.library.is_inf(self.xyz))

    def affine(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return (x, y), each as its coefficients, lowest first."""
        x, y = self.library.normalize(self.xyz)
        return _coefficients(x), _coefficients(y)


def _coefficients(value: Any) -> tuple[int, ...]:
    return tuple(int(c) for c in value.coeffs) if hasattr(value, "coeffs") else (int(value.n),)


class PyEccGroup(Group):
    """What $G_1$ and $G_2$ of both curves share in py_ecc."""

    backend: ClassVar[str] = "py_ecc"

    def __init__(self, curve: CurveParameters, name: str, library: ModuleType) -> None:
        super().__init__(curve, name)
        self.library = library
        self._zero = ProjectivePoint(library, library.Z1 if name == "G1" else library.Z2)
        self._base = ProjectivePoint(library, library.G1 if name == "G1" else library.G2)

    @property
    def zero(self) -> ProjectivePoint:
        return self._zero

    @property
    def base(self) -> ProjectivePoint:
        return self._base

    def multiply(self, raw: ProjectivePoint, scalar: int) -> ProjectivePoint:
        return ProjectivePoint(self.library, self.library.multiply(raw.xyz, scalar))

    def _point(self, x: tuple[int, ...], y: tuple[int, ...]) -> ProjectivePoint:
        fq = self.library.FQ if len(x) == 1 else self.library.FQ2
        one = fq(1) if len(x) == 1 else fq((1, 0))
        return ProjectivePoint(self.library, (fq(*x), fq(*y), one) if len(x) == 1 else (fq(x), fq(y), one))

    def _check_subgroup(self, point: ProjectivePoint) -> ProjectivePoint:
        if not self.multiply(point, self.order).is_zero:
            raise DecodeError("subgroup", f"{self.name} point: on the curve, but outside the subgroup of order r")
        return point


class ReferenceGroup(PyEccGroup):
    """$G_1$ or $G_2$ of BLS12-381."""

    def __init__(self, name: str) -> None:
        super().__init__(BLS12_381, name, optimized_bls12_381)

    def encode(self, raw: ProjectivePoint) -> bytes:
        if raw.is_zero:
            return b"\xc0" + bytes(self.length - 1)
        x, y = raw.affine()
        return encoding.write(x, encoding.is_larger(y))

    def _decode(self, data: bytes) -> ProjectivePoint:
        parsed = encoding.read(data, self.name)
        if parsed is None:
            return self.zero
        x, larger = parsed
        y = self._root(x)
        if y is None:
            raise DecodeError("curve", f"{self.name} point: no point of the curve has this x coordinate")
        if encoding.is_larger(y) != larger:
            y = tuple(-c % self.curve.p for c in y)
        return self._check_subgroup(self._point(x, y))

    def _root(self, x: tuple[int, ...]) -> tuple[int, ...] | None:
        p = self.curve.p
        if len(x) == 1:
            root = encoding.sqrt((pow(x[0], 3, p) + self.curve.b) % p, p)
            return None if root is None else (root,)
        a, b = x
        b0, b1 = self.curve.b2
        return encoding.sqrt2(((a**3 - 3 * a * b * b + b0) % p, (3 * a * a * b - b**3 + b1) % p), p)

    def _hash(self, message: bytes, dst: bytes) -> ProjectivePoint:
        to_curve: Callable[..., Any] = hash_to_G1 if self.name == "G1" else hash_to_G2
        return ProjectivePoint(self.library, to_curve(message, dst, hashlib.sha256))


class PyEccSuite(Suite):
    """What the pairings of both curves share in py_ecc."""

    backend: ClassVar[str] = "py_ecc"

    def __init__(self, curve: CurveParameters, library: ModuleType) -> None:
        super().__init__(curve)
        self.library = library

    def _pair(self, p: ProjectivePoint, q: ProjectivePoint) -> Any:
        return self.library.pairing(q.xyz, p.xyz)

    def _product_is_one(self, pairs: Sequence[tuple[ProjectivePoint, ProjectivePoint]]) -> bool:
        product = self.gt_one
        for p, q in pairs:
            product = product * self.library.pairing(q.xyz, p.xyz, final_exponentiate=False)
        return bool(self.library.final_exponentiate(product) == self.gt_one)

    @property
    def gt_one(self) -> Any:
        return self.library.FQ12.one()

    def gt_multiply(self, a: Any, b: Any) -> Any:
        return a * b

    def gt_inverse(self, a: Any) -> Any:
        return a.inv()


class ReferenceSuite(PyEccSuite):
    """BLS12-381 on py_ecc."""

    def __init__(self) -> None:
        super().__init__(BLS12_381, optimized_bls12_381)
        self.g1, self.g2 = ReferenceGroup("G1"), ReferenceGroup("G2")

    def gt_encode(self, a: Any) -> bytes:
        # py_ecc computes the plain ate pairing; blst, kilic and noble all publish its power -3.
        # FQ12 is F_p[w] / (w^12 - 2 w^6 + 2) with u = w^6 - 1, so w^j carries (a_j + a_(j+6)) + a_(j+6) u.
        c = _coefficients(a ** (self.order - 3))
        out = b""
        for j in (5, 3, 1, 4, 2, 0):
            for word in (c[j + 6], c[j] + c[j + 6]):
                out += (word % self.curve.p).to_bytes(48, "big")
        return out
