r"""Points of the curve outside of $G_1$: what a verifier that forgets the subgroup check would take.

The curve $y^2 = x^3 + 4$ of BLS12-381 has $h r$ points over $\mathbb{F}_p$, with $h = 3 \cdot 11^2 \cdot 10177^2
\cdots$. The pairing of a point whose order divides $h$ is 1, so such a point can be added to a signature and no
pairing tells. `Group.decode` refuses the result. Here are the points themselves, for lessons and tests.
"""

from __future__ import annotations

from typing import Any, cast

from drandlab.curves.backends.py_ecc import PyEccGroup
from drandlab.curves.door import suite
from drandlab.curves.group import Group, Point
from drandlab.curves.roots import sqrt
from drandlab.errors import LocalError
from drandlab.typing import checked_int

__all__ = ["SMALL_ORDERS", "small_order_points"]

SMALL_ORDERS = (3, 11, 10177)
"""The small primes that divide the cofactor of G1 of BLS12-381."""


def small_order_points(order: int, count: int) -> list[Point]:
    r"""Return ``count`` points $T, 2T, 3T, \ldots$ with $order \cdot T = O$, on backend ``py_ecc``.

    ``order`` is one of `SMALL_ORDERS`, ``count`` below it. The points can be added to points of $G_1$, encoded and
    paired as any other; they cannot be decoded.

    >>> first, second = small_order_points(3, 2)
    >>> (first + first == second, (first + second).is_identity, first.hex()[:8])
    (True, True, 'a0000000')
    """
    if checked_int(order, "order") not in SMALL_ORDERS:
        raise LocalError(f"expected one of {', '.join(map(str, SMALL_ORDERS))}, got {order}", argument="order")
    checked_int(count, "count", 1, order - 1)
    group = suite("bls12-381", "py_ecc").g1
    rest = group.curve.g1_cofactor * group.curve.r
    while rest % order == 0:
        rest //= order
    found, x = group.zero, 0
    while found == group.zero:
        found, x = group.multiply(_point_at(group, x), rest), x + 1
    while (smaller := group.multiply(found, order)) != group.zero:
        found = smaller
    points = [Point(group, found)]
    while len(points) < count:
        points.append(points[-1] + points[0])
    return points


def _point_at(group: Group, x: int) -> Any:
    """The raw point of the curve with this x coordinate, or with the next that has one."""
    p = group.curve.p
    while (y := sqrt((x**3 + group.curve.b) % p, p)) is None:
        x += 1
    return cast(PyEccGroup, group)._point((x,), (y,))
