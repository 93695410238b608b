"""Where the names of places on a map stand, so that they hide as little as possible."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from drandlab.viz.flat_map import Point
from drandlab.viz.svg import text_width

__all__ = ["POSITIONS", "label_positions"]

POSITIONS = (
    "middle right",
    "middle left",
    "top center",
    "bottom center",
    "top right",
    "top left",
    "bottom right",
    "bottom left",
)
"""Where a name stands beside its mark, in plotly's words; the first that is free is taken."""

PIXELS = 1.8
"""Pixels of a degree where the whole map is about 650 pixels wide."""

ACROSS, HIGH, DEEP = 9, 10, 18
"""How far in pixels a name is from its mark to the side, above and below."""

DENSE = 2
"""Degrees between two points of a line."""

ROUNDS = 3
"""How often all names are placed anew, now that the others have places."""


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def shared(self, other: _Box) -> float:
        """The area of two boxes in common."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


def label_positions(
    places: Sequence[Point], names: Sequence[str], *, lines: Sequence[Sequence[Point]] = (), size: float = 12
) -> list[str]:
    """Return one of `POSITIONS` for each name: off the map's edges, the other names and marks, and the ``lines``.

    ``places`` are longitudes and latitudes, each of the ``lines`` is a row of them, ``size`` is the height of the text
    in pixels on a map that is about 650 pixels wide.

    >>> label_positions([(0, 0), (8, 0), (175, 50)], ["Accra", "Lagos", "Anadyr"])
    ['middle left', 'middle right', 'middle left']
    """
    marks = [(PIXELS * x, -PIXELS * y) for x, y in places]
    drawn = [(PIXELS * x, -PIXELS * y) for line in lines for x, y in _dense(line)]
    choices = [
        [_box(mark, name, position, size) for position in POSITIONS] for mark, name in zip(marks, names, strict=True)
    ]
    fixed = [[_fixed(box, marks, drawn) for box in boxes] for boxes in choices]
    chosen: list[int | None] = [None] * len(marks)
    for _ in range(ROUNDS):
        for i, boxes in enumerate(choices):
            others = [choices[j][at] for j, at in enumerate(chosen) if at is not None and j != i]
            costs = [
                cost + 0.5 * place + sum(box.shared(other) for other in others)
                for place, (box, cost) in enumerate(zip(boxes, fixed[i], strict=True))
            ]
            chosen[i] = costs.index(min(costs))
    return [POSITIONS[at or 0] for at in chosen]


def _dense(line: Sequence[Point]) -> list[Point]:
    """The points of a line, with others between any two that are far apart."""
    found = list(line[:1])
    for (x0, y0), (x1, y1) in pairwise(line):
        steps = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) / DENSE))
        found += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(1, steps + 1)]
    return found


def _box(mark: Point, name: str, position: str, size: float) -> _Box:
    wide = text_width(name, size)
    x, y = mark
    left = x + ACROSS if "right" in position else x - ACROSS - wide if "left" in position else x - wide / 2
    base = y - HIGH if "top" in position else y + DEEP if "bottom" in position else y + 4
    return _Box(left, base - size, left + wide, base + size / 4)


def _fixed(box: _Box, marks: Sequence[Point], drawn: Sequence[Point]) -> float:
    """What a box costs wherever the other names are; a mark has about the size of a letter."""
    edge = PIXELS * 180, PIXELS * 90
    outside = max(0.0, -edge[0] - box.left, box.right - edge[0]) + max(0.0, -edge[1] - box.top, box.bottom - edge[1])
    hidden = sum(box.shared(_Box(x - 5, y - 5, x + 5, y + 5)) for x, y in marks)
    return 100 * outside + 3 * hidden + 12 * sum(box.holds(x, y) for x, y in drawn)
