"""Kinds of messages: each protocol declares its own in one table, and all that depends on the kind reads the table.

A `MessageKind` says what a message is in production, how it travels, and how pictures show it. A `KindTable` holds the
kinds of a protocol by name; tables of several protocols are joined with ``|``. A protocol that needs more of its kinds
(a decoder, a route) derives a class of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from drandlab.errors import LocalError

__all__ = ["KindTable", "Legend", "MessageKind"]

COLOURS = ("ink", "blue", "brick", "green", "violet", "ochre")
"""The names of the colours that a legend may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """How pictures show some kinds of messages: a word, a shape and a colour; the shape alone tells them apart.

    ``symbol`` is the shape as Plotly names it, ``path`` the same as an SVG path around 0, 12 units wide, heading right;
    ``outline`` says that the path is drawn as a line, not filled. ``colour`` is one of `COLOURS`.
    """

    name: str
    symbol: str
    path: str
    colour: str
    outline: bool = False

    def __post_init__(self) -> None:
        if self.colour not in COLOURS:
            raise LocalError(f"legend {self.name}: the colour must be one of {', '.join(COLOURS)}, got {self.colour!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKind:
    """One kind of messages.

    ``message`` and ``service`` are what production calls its bytes and the call that carries it. ``ordered`` says that
    it travels in order, on one connection. ``purpose`` is what it serves; checkers judge by it. ``legend`` is how
    pictures show it. ``noise`` says that a misbehaving node also sends random bytes as this kind. ``round_of`` reads
    the round that a message is about out of its bytes, for the journal.
    """

    name: str
    message: str
    service: str
    purpose: str
    legend: Legend
    ordered: bool = False
    noise: bool = False
    round_of: Callable[[bytes], int] | None = None


Kind = TypeVar("Kind", bound=MessageKind, covariant=True)


class KindTable(Mapping[str, Kind], Generic[Kind]):
    """The kinds of a protocol by name, in the order in which they are given.

    >>> square = Legend(name="news", symbol="square", path="M-5-5h10v10h-10z", colour="blue")
    >>> item = MessageKind(name="item", message="Item", service="News.Follow", purpose="news", legend=square)
    >>> table = KindTable(item)
    >>> list(table), table.names(lambda kind: kind.purpose == "news"), table.names(lambda kind: kind.ordered)
    (['item'], frozenset({'item'}), frozenset())
    >>> table | table
    Traceback (most recent call last):
    drandlab.errors.LocalError: kind of message 'item': it is declared twice
    """

    def __init__(self, *kinds: Kind) -> None:
        self._kinds: dict[str, Kind] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise LocalError(f"kind of message {kind.name!r}: it is declared twice")
            self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def __or__(self, other: KindTable[Any]) -> KindTable[Any]:
        return KindTable(*self.values(), *other.values())

    def __repr__(self) -> str:
        return f"KindTable({', '.join(self)})"

    def names(self, wanted: Callable[[Kind], bool]) -> frozenset[str]:
        """Return the names of the kinds that are ``wanted``."""
        return frozenset(name for name, kind in self._kinds.items() if wanted(kind))

    @property
    def legends(self) -> tuple[Legend, ...]:
        """Each legend once, in the order of the kinds."""
        return tuple(dict.fromkeys(kind.legend for kind in self.values()))

    def as_text(self) -> str:
        """Return the table as documentation prints it: kind, message and service of each.

        >>> square = Legend(name="news", symbol="square", path="M-5-5h10v10h-10z", colour="blue")
        >>> item = MessageKind(name="item", message="Item", service="News.Follow", purpose="news", legend=square)
        >>> print(KindTable(item).as_text())
        ========  =======  =====================
        kind      message  service of production
        ========  =======  =====================
        ``item``  Item     News.Follow
        ========  =======  =====================
        """
        rows = [("kind", "message", "service of production")]
        rows += [(f"``{kind.name}``", kind.message, kind.service) for kind in self.values()]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        rule = "  ".join("=" * width for width in widths)
        head, *body = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )
        return "\n".join([rule, head, rule, *body, rule])
