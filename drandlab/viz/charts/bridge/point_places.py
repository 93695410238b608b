r"""Where a point of $G_1$ is drawn.

A point of the curve $y^2 = x^3 + 4$ over $\mathbb{F}_p$ stands at $(x / p,\; y / p)$ in a square: its true coordinates,
made smaller. So $-P$ is the mirror image of $P$ at the middle line, and the place of $P + Q$ says nothing to the eye
about those of $P$ and $Q$. In the glass box a point is its logarithm $k$: it stands on a circle, at the angle
$2 \pi k / r$ from the top, clockwise, and to add points is to turn.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import NamedTuple

from drandlab.curves.backends.glass import discrete_log
from drandlab.curves.encoding import is_larger, read
from drandlab.curves.group import Group, Point
from drandlab.curves.params import BLS12_381
from drandlab.curves.roots import sqrt
from drandlab.errors import LocalError

__all__ = ["PLANES", "Place", "place_of", "plane_of"]

PLANES = {
    "square": "each point at its coordinates (x/p, y/p)",
    "circle": "each point at its discrete logarithm, as an angle",
}
"""The two ways to draw a point, and how a reader is told."""


class Place(NamedTuple):
    """Where a point is drawn: both coordinates from 0 to 1, to the right and up."""

    x: float
    y: float


def plane_of(group: Group) -> str:
    """Return which of `PLANES` the points of ``group`` are drawn on; raises `LocalError` for a group other than G1.

    >>> from drandlab.curves import suite
    >>> plane_of(suite("bls12-381", "glass").g1), plane_of(suite("bls12-381").g1)
    ('circle', 'square')
    """
    if group.name != "G1" or group.curve is not BLS12_381:
        raise LocalError(f"expected points of G1 of {BLS12_381.name}, got those of {group!r}", argument="group")
    return "circle" if group.backend == "glass" else "square"


def place_of(point: Point) -> Place | None:
    """Return where ``point`` is drawn; None for the point at infinity of the real curve, which has no coordinates.

    >>> from drandlab.curves import suite
    >>> g = suite("bls12-381").g1.generator
    >>> place_of(g), place_of(-g)
    (Place(x=0.9208, y=0.334675), Place(x=0.9208, y=0.665325))
    """
    if plane_of(point.group) == "circle":
        angle = 2 * pi * (discrete_log(point) / point.group.order)
        return Place(round(0.5 + sin(angle) / 2, 6), round(0.5 + cos(angle) / 2, 6))
    found = read(bytes(point), "G1")
    if found is None:
        return None
    (x,), larger = found
    p = BLS12_381.p
    y = sqrt((x**3 + BLS12_381.b) % p, p)
    assert y is not None  # a point of the group lies on the curve
    if is_larger((y,)) != larger:
        y = p - y
    return Place(round(x / p, 6), round(y / p, 6))
