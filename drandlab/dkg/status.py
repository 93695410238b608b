"""The status matrix: which dealer's share is in order for which holder.

Rows are dealers, columns holders, both by index. It is what a node believes; the protocol makes all
honest nodes believe the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from drandlab.curves.group import Point

__all__ = ["ShareCheck", "StatusMatrix"]


@dataclass(frozen=True, slots=True)
class ShareCheck:
    """What a holder found when it opened the share $s$ from ``dealer``; the finding is public.

    ``point`` is $s g$, None where no share came or none opens. ``code`` and ``why`` are empty for a share in order.
    """

    dealer: int
    code: str = ""
    why: str = ""
    point: Point | None = None

    @property
    def fits(self) -> bool:
        """Whether the share is in order."""
        return not self.code


class StatusMatrix:
    """Success or complaint for every pair (dealer, holder).

    In the normal mode no response means success, so everything starts as success; in fast sync everybody must respond,
    so everything starts as a complaint. (The drand specification knows only the second.)

    >>> matrix = StatusMatrix([0, 1], [0, 1, 2], success=True)
    >>> matrix.set(1, 2, False)
    >>> print(matrix)
          0 1 2
    0     ✓ ✓ ✓
    1     ✓ ✓ ✗
    """

    __slots__ = ("_rows", "holders")

    def __init__(self, dealers: Iterable[int], holders: Iterable[int], *, success: bool) -> None:
        self.holders = tuple(holders)
        self._rows = {dealer: dict.fromkeys(self.holders, success) for dealer in dealers}

    @property
    def dealers(self) -> tuple[int, ...]:
        """The indices of the rows."""
        return tuple(self._rows)

    def get(self, dealer: int, holder: int) -> bool:
        """Return whether the share of ``dealer`` for ``holder`` is in order."""
        return self._rows[dealer][holder]

    def set(self, dealer: int, holder: int, success: bool) -> None:
        """Note the status of one share."""
        self._rows[dealer][holder] = success

    def set_row(self, dealer: int, success: bool) -> None:
        """Note one status for all shares of ``dealer``."""
        self._rows[dealer] = dict.fromkeys(self.holders, success)

    def row(self, dealer: int) -> Mapping[int, bool]:
        """Return the statuses of one dealer's shares by holder."""
        return self._rows[dealer]

    def complaints(self, dealer: int) -> list[int]:
        """Return the holders whose share from ``dealer`` is not in order, ascending."""
        return sorted(holder for holder, success in self._rows[dealer].items() if not success)

    def all_success(self, dealer: int) -> bool:
        """Return whether every share of ``dealer`` is in order."""
        return all(self._rows[dealer].values())

    @property
    def complete(self) -> bool:
        """Whether every share of every dealer is in order."""
        return all(self.all_success(dealer) for dealer in self._rows)

    def rows(self) -> Iterator[str]:
        """Yield each row as text of 1 (success) and 0 (complaint)."""
        for row in self._rows.values():
            yield "".join("1" if success else "0" for success in row.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatusMatrix) and other._rows == self._rows

    __hash__ = None  # type: ignore[assignment]  # a matrix changes, so it has no hash

    def __str__(self) -> str:
        widths = [len(str(holder)) for holder in self.holders]
        lines = [" " * 6 + " ".join(str(holder) for holder in self.holders)]
        for dealer, row in self._rows.items():
            marks = ("✓" if success else "✗" for success in row.values())
            lines.append(f"{dealer:<6}" + " ".join(mark.rjust(w) for mark, w in zip(marks, widths, strict=True)))
        return "\n".join(lines)

    def __repr__(self) -> str:
        bad = sum(len(self.complaints(dealer)) for dealer in self._rows)
        return f"<StatusMatrix {len(self._rows)} dealers x {len(self.holders)} holders, {bad} complaints>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{holder}</th>" for holder in self.holders)
        body = "".join(
            f"<tr><th>{dealer}</th>" + "".join(f"<td>{'✓' if s else '✗'}</td>" for s in row.values()) + "</tr>"
            for dealer, row in self._rows.items()
        )
        caption = escape("rows: dealers, columns: holders")
        return f"<table><caption>{caption}</caption><tr><th></th>{head}</tr>{body}</table>"
