"""BLS12-381 on py_ecc, the reference that the fast backend is checked against."""

from __future__ import annotations

from typing import Any

from drandlab.curves import encoding
from drandlab.curves.backends.py_ecc import ProjectivePoint, PyEccGroup, PyEccSuite
from drandlab.curves.backends.twist import Twist
from drandlab.curves.hashing.expand import hash_to_field
from drandlab.curves.hashing.sswu import simplified_swu
from drandlab.curves.library import optimized_bls12_381
from drandlab.curves.params import BLS12_381
from drandlab.curves.roots import sqrt, sqrt2
from drandlab.errors import DecodeError

__all__ = ["ReferenceGroup", "ReferenceSuite"]


class ReferenceGroup(PyEccGroup):
    """$G_1$ or $G_2$ of BLS12-381."""

    def __init__(self, name: str, twist: Twist) -> None:
        super().__init__(name, twist)
        if name == "G1":
            # of the two cube roots of 1, the one for which phi multiplies by -x^2 and not by x^2 - 1
            roots = (pow(a, (self.curve.p - 1) // 3, self.curve.p) for a in (2, 4))
            self._beta = next(beta for beta in roots if self._phi(self.base, beta) == -self._times_x2(self.base))

    def _phi(self, point: ProjectivePoint, beta: int) -> ProjectivePoint:
        x, y, z = point.xyz
        return ProjectivePoint(self.library, (x * beta, y, z))

    def _times_x(self, point: ProjectivePoint) -> ProjectivePoint:
        return self._times(point, self.curve.x)

    def _times_x2(self, point: ProjectivePoint) -> ProjectivePoint:
        return self._times_x(self._times_x(point))  # x has six bits set, its square has many

    def _in_subgroup(self, point: ProjectivePoint) -> bool:
        r"""On $E$ itself: whether $\phi(P) = [-x^2] P$, with $\phi(X, Y) = (\beta X, Y)$ and $\beta^3 = 1$.

        $\phi^2 + \phi + 1 = 0$, so that such a point has $[x^4 - x^2 + 1] P = 0$, and $r = x^4 - x^2 + 1$.
        """
        if self.name == "G2":
            return super()._in_subgroup(point)
        return self._phi(point, self._beta) == -self._times_x2(point)

    def clear_cofactor(self, point: ProjectivePoint) -> ProjectivePoint:
        r"""Return $[h_{\mathrm{eff}}] P$ of RFC 9380 for a point of the curve or of the twist.

        On the curve it is $[1 - x] P$. On the twist it is $[x^2 - x - 1] P + [x - 1] \psi(P) + \psi^2([2] P)$, two
        multiplications by the short $x$. Source: RFC 9380, appendix G.4; A. Budroni, F. Pintore, Efficient hash maps to
        G2 on BLS curves, 2017.
        """
        if self.name == "G1":
            return self._times(point, 1 - self.curve.x)
        first = self._times_x(point)
        second = self._times_x(first + self._psi(point))
        return second + -first + -point + -self._psi(point) + self._psi(self._psi(point + point))

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
            root = sqrt((pow(x[0], 3, p) + self.curve.b) % p, p)
            return None if root is None else (root,)
        a, b = x
        b0, b1 = self.curve.b2
        return sqrt2(((a**3 - 3 * a * b * b + b0) % p, (3 * a * a * b - b**3 + b1) % p), p)

    def _hash(self, message: bytes, dst: bytes) -> ProjectivePoint:
        fields = hash_to_field(message, dst, self.curve.p, degree=1 if self.name == "G1" else 2)
        first, second = (self._map_to_curve(u) for u in fields)
        return self.clear_cofactor(first + second)

    def _map_to_curve(self, u: tuple[int, ...]) -> ProjectivePoint:
        library = self.library
        if self.name == "G1":
            x, y = simplified_swu(*u)
            return ProjectivePoint(library, library.iso_map_G1(library.FQ(x), library.FQ(y), library.FQ(1)))
        return ProjectivePoint(library, library.iso_map_G2(*library.optimized_swu_G2(library.FQ2(u))))


class ReferenceSuite(PyEccSuite):
    """BLS12-381 on py_ecc."""

    loop = -BLS12_381.x

    def __init__(self) -> None:
        super().__init__(Twist(optimized_bls12_381, BLS12_381))
        self.g1, self.g2 = ReferenceGroup("G1", self.twist), ReferenceGroup("G2", self.twist)

    def _hard_part(self, f: Any) -> Any:
        r"""$(p^4-p^2+1)/r = \frac{(x-1)^2}{3} (x + p)(x^2 + p^2 - 1) + 1$, written in powers of p.

        Source: D. Hayashida, K. Hayasaka, T. Teruya, Efficient final exponentiation via cyclotomic structure for
        pairings over families of elliptic curves, 2020.
        """

        def to_x(a: Any) -> Any:
            return self.twist.conjugate(a**-self.curve.x)  # x is negative

        c3 = f ** ((self.curve.x - 1) ** 2 // 3)
        c2 = to_x(c3)
        c1 = to_x(c2) * self.twist.conjugate(c3)
        c0 = to_x(c1) * f
        return self._frobenius_product(c0, c1, c2, c3)

    def _published(self, a: Any) -> Any:
        # this is the plain ate pairing; blst, kilic and noble all publish its power -3
        return self.twist.conjugate(a * a * a)
