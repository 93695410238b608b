"""Backend ``py_ecc``: the part that both curves share, in pure Python, to read and to check the fast backend against.

The fields, the point formulas, the map to the twist and the isogenies are py_ecc's. The strict encodings, the map to
the curve (`drandlab.curves.hashing`), the pairing (`PyEccSuite`) and the shortcuts that the Frobenius map allows (test
of the subgroup, cofactor) are ours; tests compare each of them with py_ecc's own and with plain multiplication.
`bls12_381` and `bn254` add what is special to each curve.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

from drandlab.curves.backends.twist import Twist
from drandlab.curves.group import Group
from drandlab.curves.pairing import Suite
from drandlab.errors import DecodeError

__all__ = ["ProjectivePoint", "PyEccGroup", "PyEccSuite", "coefficients"]


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
        return coefficients(x), coefficients(y)


def coefficients(value: Any) -> tuple[int, ...]:
    return tuple(int(c) for c in value.coeffs) if hasattr(value, "coeffs") else (int(value.n),)


class PyEccGroup(Group):
    """The part of $G_1$ and $G_2$ that is the same for both curves."""

    backend: ClassVar[str] = "py_ecc"

    def __init__(self, name: str, twist: Twist) -> None:
        super().__init__(twist.curve, name)
        self.twist, self.library = twist, twist.library
        self._zero = ProjectivePoint(self.library, self.library.Z1 if name == "G1" else self.library.Z2)
        self._base = ProjectivePoint(self.library, self.library.G1 if name == "G1" else self.library.G2)

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

    def _psi(self, raw: ProjectivePoint) -> ProjectivePoint:
        return ProjectivePoint(self.library, self.twist.psi(raw.xyz))

    def _in_subgroup(self, point: ProjectivePoint) -> bool:
        r"""Return whether a point of the twist has $\psi(P) = [t - 1] P$, faster than $[r]P = 0$ by a factor of 2 to 4.

        On $G_2$ both sides are $[p] P$, since $p \equiv t - 1 \pmod r$. Conversely, $\psi^2 - t\psi + p = 0$
        on the whole twist, so that such a point has $[(t-1)^2 - t(t-1) + p] P = [p + 1 - t] P = 0$. This is $[r]P = 0$
        on BN254; on BLS12-381, where $p + 1 - t = h_1 r$, it follows since $h_1$ has no factor in common with the
        order of the twist beyond $r$. Source: M. Scott, A note on group membership tests, 2021, section 4.
        """
        return self._psi(point) == self._times(point, self.curve.trace - 1)

    def _times(self, point: ProjectivePoint, k: int) -> ProjectivePoint:
        return self.multiply(point, k) if k >= 0 else self.multiply(-point, -k)

    def _check_subgroup(self, point: ProjectivePoint) -> ProjectivePoint:
        if not self._in_subgroup(point):
            raise DecodeError("subgroup", f"{self.name} point: on the curve, but outside the subgroup of order r")
        return point


class PyEccSuite(Suite):
    r"""The pairing of both curves: an ate pairing, $f_{T,Q}(P)^{(p^{12}-1)/r}$.

    $f_{T,Q}$ is the function whose zeros and poles are $T(Q) - ([T]Q) - (T-1)(\mathcal{O})$. Miller's algorithm finds
    its value at P on the way from Q to $[T] Q$ by double and add: a doubling squares the value, and each step
    multiplies it by the line through the points that are added. Source: V. Miller, The Weil pairing and its efficient
    calculation, 2004; F. Vercauteren, Optimal pairings, 2008.
    """

    backend: ClassVar[str] = "py_ecc"
    loop: int
    """T, without its sign."""

    def __init__(self, twist: Twist) -> None:
        super().__init__(twist.curve)
        self.twist, self.library = twist, twist.library

    def _pair(self, p: ProjectivePoint, q: ProjectivePoint) -> Any:
        return self._final_exponentiation(self._miller([(p, q)]))

    def _product_is_one(self, pairs: Sequence[tuple[ProjectivePoint, ProjectivePoint]]) -> bool:
        return bool(self._final_exponentiation(self._miller(pairs)) == self.gt_one)

    def _miller(self, pairs: Sequence[tuple[ProjectivePoint, ProjectivePoint]]) -> Any:
        r"""Return $\prod_i f_{T,Q_i}(P_i)$, up to factors that the final exponentiation removes."""
        library, twist, f = self.library, self.twist, self.gt_one  # one f, so that all pairs share the squarings
        walks = []  # for each pair: the point reached on the way from Q to [T]Q, the point Q, and P
        for p, q in pairs:
            if not (p.is_zero or q.is_zero):
                (px,), (py,) = p.affine()
                walks.append([q.xyz, (*library.normalize(q.xyz), library.FQ2.one()), (px, py)])

        def step(walk: list[Any], q: Any) -> None:
            nonlocal f
            f = f * twist.chord(walk[0], q, walk[2])
            walk[0] = library.add(walk[0], q)

        for bit in bin(self.loop)[3:]:
            f = f * f
            for walk in walks:
                f = f * twist.tangent(walk[0], walk[2])
                walk[0] = library.double(walk[0])
                if bit == "1":
                    step(walk, walk[1])
        for walk in walks:
            for q in self._last_steps(walk[1]):
                step(walk, q)
        return f

    def _last_steps(self, q: Any) -> tuple[Any, ...]:
        """The points that are added after [T]Q."""
        return ()

    def _final_exponentiation(self, f: Any) -> Any:
        r"""Return $f^{(p^{12}-1)/r}$; the exponent is $(p^6 - 1)(p^2 + 1)$ times $(p^4 - p^2 + 1)/r$."""
        f = self.twist.conjugate(f) * f.inv()
        return self._hard_part(self.twist.frobenius(f, 2) * f)

    @abstractmethod
    def _hard_part(self, f: Any) -> Any:
        r"""Return $f^{(p^4-p^2+1)/r}$ for an f whose conjugate is its inverse."""

    def _frobenius_product(self, *powers: Any) -> Any:
        r"""Return $f_0\, f_1^p\, f_2^{p^2} \cdots$."""
        first, *rest = powers
        return first * self.twist.frobenius(self._frobenius_product(*rest)) if rest else first

    def gt_encode(self, a: Any) -> bytes:
        r"""Twelve words below p, big-endian, the highest coefficient first at every level of the tower.

        The tower is $\mathbb{F}_{p^2}[v]/(v^3 - \xi)$ and $w^2 = v$ over it, so that the powers of w come in the order
        5, 3, 1 (those with w) and 4, 2, 0, each with the coefficient of u before the one of 1.
        """
        # py_ecc writes F_p12 as polynomials in w over F_p with u = w^6 - xi[0], so that w^j carries
        # (a_j + xi[0] a_(j+6)) + a_(j+6) u; xi[1] is 1 on both curves
        c, p = coefficients(self._published(a)), self.curve.p
        length, real = -(-p.bit_length() // 8), self.curve.xi[0]
        words = (word for j in (5, 3, 1, 4, 2, 0) for word in (c[j + 6], c[j] + real * c[j + 6]))
        return b"".join((word % p).to_bytes(length, "big") for word in words)

    def _published(self, a: Any) -> Any:
        """The power of this pairing's value that other libraries compute."""
        return a

    @property
    def gt_one(self) -> Any:
        return self.library.FQ12.one()

    def gt_multiply(self, a: Any, b: Any) -> Any:
        return a * b

    def gt_inverse(self, a: Any) -> Any:
        return self.twist.conjugate(a)
