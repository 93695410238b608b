"""Fewer points, the same picture: which of many points are drawn.

A figure of a million points is no clearer than one of a few thousand, and no notebook can hold it. What is left out
here would have been drawn over: the picture stays as it is, to about a hundredth of its width.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

__all__ = ["points_of_cloud", "points_of_curve"]

Column = Sequence[float | None]

FINEST = 400
"""Cells along each side of the grid that is tried first."""


def points_of_curve(columns: Sequence[Column], most: int) -> list[int]:
    """Return the positions of at most ``most`` points that draw the same curves.

    The positions are cut into stretches of equal length; of each, the first, the last, and each column's least and
    greatest value are kept (M4 aggregation), and a gap (``None``) stays a gap.

    >>> points_of_curve([[0, 0, 0, 9, 0, 0, 0, 0]], 4)
    [0, 3, 7]
    """
    count = len(columns[0])
    if count <= most:
        return list(range(count))
    stretches = max(1, most // (2 + 3 * len(columns)))
    kept: set[int] = set()
    for stretch in range(stretches):
        places = range(stretch * count // stretches, (stretch + 1) * count // stretches)
        kept |= {places[0], places[-1]}
        for column in columns:
            values = [(value, i) for i in places if (value := column[i]) is not None]
            if values:
                kept |= {min(values)[1], max(values)[1]}
            if len(values) < len(places):
                kept.add(next(i for i in places if column[i] is None))
    return sorted(kept)


def points_of_cloud(x: Sequence[float], columns: Sequence[Column], most: int, *, log_y: bool = False) -> list[int]:
    """Return the positions of at most ``most`` points, one for each place of a grid that holds any.

    The grid is as fine as ``most`` allows. Points at the edges of the cloud stand in cells of their own, so that
    strays are never lost.

    >>> points_of_cloud([0, 0, 1, 1], [[5, 5, 5, 7]], 3)
    [0, 2, 3]
    """
    count = len(x)
    if count <= most:
        return list(range(count))
    across = _scaled(x)
    heights = [_scaled([log10(v) if log_y and v is not None else v for v in column]) for column in columns]
    cells = FINEST
    while True:
        seen: set[tuple[int, int, int]] = set()
        kept = []
        for i in range(count):
            places = {
                (number, int(place * cells), int(height * cells))
                for number, column in enumerate(heights)
                if (height := column[i]) is not None and (place := across[i]) is not None
            }
            if not places <= seen:
                seen |= places
                kept.append(i)
        if len(kept) <= most or cells == 1:
            return kept
        cells = max(1, cells * 3 // 4)


def _scaled(column: Column) -> list[float | None]:
    """The values of a column between 0 and 1; gaps stay gaps."""
    there = [value for value in column if value is not None]
    low, high = min(there, default=0.0), max(there, default=0.0)
    # halves, since the span of very great numbers may overflow
    span = (high / 2 - low / 2) or 1.0
    return [None if value is None else (value / 2 - low / 2) / span for value in column]
