r"""BN254 (alt_bn128), the curve of evmnet, on py_ecc.

Points are not compressed: $G_1$ is x || y, $G_2$ is $x_1 \| x_0 \| y_1 \| y_0$ (the imaginary part first, as in
EIP-197), each coordinate a 32-byte big-endian word below $p$; infinity is all zeros. Production's Go decoder also
accepts words that are not below $p$ and trailing bytes, which makes its signatures malleable; this one does not.

Messages are hashed to $G_1$ by RFC 9380 with Keccak-256 and the Shallue-van de Woestijne map (section 6.6.1, $Z = 1$).
"""

from __future__ import annotations

from typing import Any

from drandlab.curves.backends.py_ecc import ProjectivePoint, PyEccGroup, PyEccSuite
from drandlab.curves.backends.twist import Twist
from drandlab.curves.hashing.expand import KECCAK_256, domain_tag, hash_to_field
from drandlab.curves.hashing.svdw import map_to_curve
from drandlab.curves.library import optimized_bn128
from drandlab.curves.params import BN254
from drandlab.errors import DecodeError, LocalError

__all__ = ["BN254Group", "BN254Suite"]


class BN254Group(PyEccGroup):
    """$G_1$ or $G_2$ of BN254."""

    def encode(self, raw: ProjectivePoint) -> bytes:
        if raw.is_zero:
            return bytes(self.length)
        x, y = raw.affine()
        return b"".join(word.to_bytes(32, "big") for word in (*reversed(x), *reversed(y)))

    def _decode(self, data: bytes) -> ProjectivePoint:
        if not any(data):
            return self.zero
        words = [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]
        if max(words) >= self.curve.p:
            raise DecodeError("range", f"{self.name} point: a coordinate is not below the field modulus p")
        half = len(words) // 2
        point = self._point(tuple(reversed(words[:half])), tuple(reversed(words[half:])))
        b = self.library.b if self.name == "G1" else self.library.b2
        if not self.library.is_on_curve(point.xyz, b):
            raise DecodeError("curve", f"{self.name} point: the coordinates do not satisfy the curve's equation")
        # the cofactor of G1 is 1: every point of the curve is in the group
        return point if self.name == "G1" else self._check_subgroup(point)

    def _tag(self, dst: bytes) -> bytes:
        return domain_tag(dst, KECCAK_256)

    def _hash(self, message: bytes, dst: bytes) -> ProjectivePoint:
        if self.name != "G1":
            raise LocalError("cannot hash to G2 of BN254: drand's scheme hashes to G1, and only that map is defined")
        first, second = (map_to_curve(u) for (u,) in hash_to_field(message, dst, self.curve.p, hash=KECCAK_256))
        return self._point((first[0],), (first[1],)) + self._point((second[0],), (second[1],))


class BN254Suite(PyEccSuite):
    """BN254 on py_ecc."""

    loop = 6 * BN254.x + 2

    def __init__(self) -> None:
        super().__init__(Twist(optimized_bn128, BN254))
        self.g1, self.g2 = BN254Group("G1", self.twist), BN254Group("G2", self.twist)

    def _last_steps(self, q: Any) -> tuple[Any, ...]:
        r"""The optimal ate pairing of BN curves adds $\psi(Q)$ and $-\psi^2(Q)$."""
        first = self.twist.psi(q)
        return first, self.library.neg(self.twist.psi(first))

    def _hard_part(self, f: Any) -> Any:
        r"""$(p^4-p^2+1)/r = p^3 + (6x^2 + 1)\,p^2 + (1 - 12x - 18x^2 - 36x^3)\,p - (2 + 18x + 30x^2 + 36x^3)$.

        Source: A. Devegili, M. Scott, R. Dahab, Implementing cryptographic pairings over Barreto-Naehrig curves, 2007.
        """
        x, inverse = self.curve.x, self.twist.conjugate
        fx = f**x
        fx2 = fx**x
        fx3 = fx2**x
        c2 = fx2**6 * f
        c1 = inverse(fx**12 * fx2**18 * fx3**36) * f
        c0 = c1 * inverse(fx2**12 * fx**6 * f**3)
        return self._frobenius_product(c0, c1, c2, f)
