r"""Square roots in $\mathbb{F}_p$ and $\mathbb{F}_{p^2}$ for $p \equiv 3 \pmod 4$, which holds for both curves."""

from __future__ import annotations

__all__ = ["FQ2", "sqrt", "sqrt2"]

FQ2 = tuple[int, int]
r"""An element $a_0 + a_1 u$ of $\mathbb{F}_{p^2}$, with $u^2 = -1$, as the pair $(a_0, a_1)$."""


def sqrt(a: int, p: int) -> int | None:
    r"""Return a square root of ``a`` modulo $p \equiv 3 \pmod 4$, namely $a^{(p+1)/4}$, or None.

    >>> sqrt(2, 7)
    4
    """
    root = pow(a, (p + 1) // 4, p)
    return root if root * root % p == a % p else None


def sqrt2(a: FQ2, p: int) -> FQ2 | None:
    r"""Return a square root in $\mathbb{F}_{p^2}$, or None.

    With $N = a_0^2 + a_1^2$ the norm, $x_0^2 = (a_0 \pm \sqrt N)/2$ and $x_1 = a_1 / (2 x_0)$.

    >>> sqrt2((5, 12), 1000003) is not None  # (3 + 2u)^2
    True
    """
    a0, a1 = a[0] % p, a[1] % p
    if not a1:
        root = sqrt(a0, p)
        if root is not None:
            return root, 0
        root = sqrt(-a0 % p, p)  # -1 is not a square, so a0 or -a0 is one
        return None if root is None else (0, root)
    norm = sqrt((a0 * a0 + a1 * a1) % p, p)
    if norm is None:
        return None
    half = (p + 1) // 2
    for sign in (norm, -norm):
        x0 = sqrt((a0 + sign) * half % p, p)
        if x0:
            return x0, a1 * pow(2 * x0, -1, p) % p
    return None
