"""The Shallue-van de Woestijne map: from a number to a point of a curve, for $G_1$ of BN254.

Unlike the simplified SWU map, it works on a curve with $A = 0$ without an isogeny.
"""

from __future__ import annotations

from drandlab.curves.params import BN254
from drandlab.curves.roots import sqrt

__all__ = ["map_to_curve"]

_P, _B = BN254.p, BN254.b
_Z = 1
_C1 = (_Z**3 + _B) % _P  # g(Z)
_C2 = -_Z * pow(2, -1, _P) % _P  # -Z / 2
_root = sqrt(-_C1 * 3 * _Z**2 % _P, _P)  # sqrt(-g(Z) * (3 Z^2 + 4 A)), the even one
assert _root is not None
_C3 = _root if _root % 2 == 0 else _P - _root
_C4 = -4 * _C1 * pow(3 * _Z**2, -1, _P) % _P  # -4 g(Z) / (3 Z^2 + 4 A)


def _is_square(a: int) -> bool:
    return pow(a, (_P - 1) // 2, _P) <= 1


def map_to_curve(u: int) -> tuple[int, int]:
    """Return the point (x, y) of BN254 that the Shallue-van de Woestijne map gives the field element ``u``.

    At least one of three candidates for x lies on the curve, since the product of their right-hand sides is a square;
    y has the parity of u. Source: RFC 9380, section 6.6.1.

    >>> x, y = map_to_curve(42)
    >>> (y * y - x**3 - 3) % BN254.p, y % 2
    (0, 0)
    """
    t1 = u * u % _P * _C1 % _P
    t2, t1 = (1 + t1) % _P, (1 - t1) % _P
    inverse = pow(t1 * t2 % _P, _P - 2, _P)  # 0 for 0, as inv0 of the RFC
    t4 = u * t1 % _P * inverse % _P * _C3 % _P
    candidates = (
        (_C2 - t4) % _P,
        (_C2 + t4) % _P,
        (_Z + _C4 * (t2 * t2 % _P * inverse % _P) ** 2) % _P,
    )
    x = next((c for c in candidates[:2] if _is_square((c**3 + _B) % _P)), candidates[2])
    y = sqrt((x**3 + _B) % _P, _P)
    assert y is not None, "one of the three candidates lies on the curve"
    return x, y if y % 2 == u % 2 else _P - y
