r"""The twist, the curve that $G_2$ is a subgroup of, and the Frobenius map, which computes high powers quickly.

$\mathbb{F}_{p^{12}} = \mathbb{F}_{p^2}[w]/(w^6 - \xi)$. The curve $E : y^2 = x^3 + b$ has most of its points there; its
sextic twist $E'$ has coordinates in $\mathbb{F}_{p^2}$ and the same structure, by

| twist | equation of $E'$ | map $E' \to E$ |
| --- | --- | --- |
| D (BN254) | $y^2 = x^3 + b/\xi$ | $(x, y) \mapsto (x w^2, y w^3)$ |
| M (BLS12-381) | $y^2 = x^3 + b\,\xi$ | $(x, y) \mapsto (x w^{-2}, y w^{-3})$ |

To raise to the power $p$ takes no multiplication in $\mathbb{F}_{p^{12}}$: the map fixes $\mathbb{F}_p$, sends $u$ to
$-u$ and $w$ to $\xi^{(p-1)/6} w$. On the twist it is the endomorphism $\psi$.

Source: C. Costello, Pairings for beginners, chapters 4 and 7; S. Galbraith, M. Scott, Exponentiation in
pairing-friendly groups using homomorphisms, 2008.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from drandlab.curves.params import CurveParameters

__all__ = ["Twist"]


class Twist:
    """The twist of one curve over py_ecc's fields; its points are py_ecc's homogeneous (X, Y, Z)."""

    def __init__(self, library: ModuleType, curve: CurveParameters) -> None:
        self.library, self.curve = library, curve
        b, xi = library.FQ2((curve.b, 0)), library.FQ2(curve.xi)
        self.multiplies = bool(library.FQ2(curve.b2) == b * xi)
        """Whether this is an M twist."""
        w, gamma = library.FQ12([0, 1] + [0] * 10), xi ** ((curve.p - 1) // 6)
        image = self.element({0: gamma}) * w
        self._images = [library.FQ12.one()]
        for _ in range(11):
            self._images.append(self._images[-1] * image)
        shift = gamma.inv() if self.multiplies else gamma
        self._shift_x, self._shift_y = shift**2, shift**3

    def element(self, terms: dict[int, Any]) -> Any:
        r"""Return $\sum_j a_j w^j$ for ``terms`` $\{j: a_j \in \mathbb{F}_{p^2}\}$, $j < 6$."""
        # py_ecc writes F_p12 as polynomials in w over F_p: u = (w^6 - xi[0]) / xi[1], and xi[1] is 1 on both curves
        words = [0] * 12
        for j, value in terms.items():
            real, imaginary = value.coeffs
            words[j], words[j + 6] = int(real - self.curve.xi[0] * imaginary), int(imaginary)
        return self.library.FQ12(words)

    def frobenius(self, a: Any, times: int = 1) -> Any:
        r"""Return $a^{p^k}$ for ``times`` $= k$."""
        for _ in range(times):
            words = [0] * 12
            for word, image in zip(a.coeffs, self._images, strict=True):
                if word:
                    for i, c in enumerate(image.coeffs):
                        words[i] += word * c
            a = self.library.FQ12(words)
        return a

    def conjugate(self, a: Any) -> Any:
        r"""Return $a^{p^6}$, which sends $w$ to $-w$; where $a^{p^6+1} = 1$, as in $G_T$, it is $a^{-1}$."""
        return self.library.FQ12([-c if j % 2 else c for j, c in enumerate(a.coeffs)])

    def psi(self, point: Any) -> Any:
        r"""Return $\psi(P)$: to $E$, each coordinate to the power $p$, and back; on $G_2$ it multiplies by $p$.

        With $s = \xi^{\pm(p-1)/6}$ it is $(\bar x\,s^2, \bar y\,s^3)$.
        """
        x, y, z = ((self.library.FQ2((c.coeffs[0], -c.coeffs[1]))) for c in point)
        return x * self._shift_x, y * self._shift_y, z

    def tangent(self, r: Any, p: tuple[int, int]) -> Any:
        r"""Return the tangent of $E$ at the image of ``r``, evaluated at ``p`` $= (x_P, y_P)$ of $G_1$."""
        x, y, z = r
        rise, run = 3 * x * x, 2 * y * z
        return self._line(rise * z, run * z, rise * x - run * y, p)

    def chord(self, r: Any, q: Any, p: tuple[int, int]) -> Any:
        r"""Return the line through the images of ``r`` and ``q`` (whose Z is 1), evaluated at ``p``."""
        x, y, z = r
        rise, run = y - q[1] * z, x - q[0] * z
        return self._line(rise, run, rise * q[0] - run * q[1], p)

    def _line(self, rise: Any, run: Any, offset: Any, p: tuple[int, int]) -> Any:
        r"""Return run $y_P$ - rise $x_P\,w$ + offset $w^3$, or for an M twist that with $w^{-1}$ for $w$, times $w^3$.

        Factors in $\mathbb{F}_{p^2}$, and the $w^3$, do not matter: the final exponentiation sends them to 1.
        """
        terms = (run * p[1], rise * -p[0], offset)
        return self.element(dict(zip((3, 2, 0) if self.multiplies else (0, 1, 3), terms, strict=True)))
