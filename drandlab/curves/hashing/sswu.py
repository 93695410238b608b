r"""The simplified SWU map: from a number to a point of a curve, for $G_1$ of BLS12-381.

The map needs a curve $y^2 = x^3 + A x + B$ with $AB \neq 0$; BLS12-381 has $A = 0$. So the map finds a point of another
curve $E'$, and an isogeny of degree 11 maps that point to BLS12-381.
"""

from __future__ import annotations

from drandlab.curves.library import optimized_bls12_381
from drandlab.curves.params import BLS12_381
from drandlab.curves.roots import sqrt

__all__ = ["A", "B", "Z", "simplified_swu"]

_P = BLS12_381.p
_constants = optimized_bls12_381.constants
A, B, Z = int(_constants.ISO_11_A.n), int(_constants.ISO_11_B.n), int(_constants.ISO_11_Z.n)
"""The coefficients of E', and the Z of RFC 9380, which is not a square."""

_MINUS_B_OVER_A, _B_OVER_ZA = -B * pow(A, -1, _P) % _P, B * pow(Z * A, -1, _P) % _P


def _right_side(x: int) -> int:
    return (x**3 + A * x + B) % _P


def simplified_swu(u: int) -> tuple[int, int]:
    r"""Return the point (x, y) of $E'$ that the map gives the field element ``u``.

    $$x_1 = -\frac{B}{A} \left(1 + \frac{1}{Z^2 u^4 + Z u^2}\right), \quad x_2 = Z u^2 x_1,$$

    or $x_1 = B / (Z A)$ where the denominator is 0. With $g(x) = x^3 + A x + B$, $g(x_2) = Z^3 u^6 g(x_1)$. Since Z is
    not a square, $g(x_1)$ or $g(x_2)$ is one. y has the parity of u.

    >>> x, y = simplified_swu(42)
    >>> (y * y - x**3 - A * x - B) % BLS12_381.p, y % 2
    (0, 0)

    Source: RFC 9380, section 6.6.2.
    """
    zu2 = Z * u * u % _P
    denominator = zu2 * (zu2 + 1) % _P
    x = _MINUS_B_OVER_A * (1 + pow(denominator, -1, _P)) % _P if denominator else _B_OVER_ZA
    y = sqrt(_right_side(x), _P)
    if y is None:
        x = zu2 * x % _P
        y = sqrt(_right_side(x), _P)
    assert y is not None, "g(x1) or g(x2) is a square"
    return x, y if y % 2 == u % 2 else _P - y
