"""How a journal is read: entries go one by one, in order, to the methods that are marked with their kinds.

>>> from drandlab.simulation.entries import BeaconStored
>>> class Count(JournalReader):
...     def __init__(self):
...         self.stored = 0
...     @on(BeaconStored)
...     def count(self, entry, what):
...         self.stored += 1
>>> from drandlab.simulation.network import Network
>>> reader = Count()
>>> reader.take_all(Network(3, 2, backend="glass").run(rounds=4).journal)
>>> reader.stored
12
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, MethodType
from typing import Any, ClassVar, TypeVar

from drandlab.errors import DrandlabError, FormatError
from drandlab.records import Record
from drandlab.simulation.journal import Entry

__all__ = ["MISFITS", "JournalReader", "misfit", "on"]

M = TypeVar("M", bound=Callable[..., Any])

MISFITS = (DrandlabError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a reader may raise on an entry that is valid in itself but contradicts the rest of its journal."""


def misfit(entry: Entry, error: Exception, line: int | None = None, *, of: str = "a network") -> FormatError:
    """Return the error about an entry that contradicts the rest of its journal, from the one that a reader raised."""
    why = f" ({error})" if isinstance(error, DrandlabError) else ""
    rule = f"no {entry.kind!r} entry of {of}: it contradicts the rest of the journal{why}"
    return FormatError(rule, source="journal", line=line)


def on(*kinds: type[Record]) -> Callable[[M], M]:
    """Mark a method of a `JournalReader`: it gets the entries of these kinds, as ``method(entry, entry.what, ...)``."""

    def mark(method: M) -> M:
        method.__dict__["_kinds"] = kinds
        return method

    return mark


class JournalReader:
    """Something that reads a journal; kinds that no method is marked with are passed over."""

    _methods: ClassVar[Mapping[type[Record], Callable[..., None]]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {kind: method for method in vars(cls).values() for kind in getattr(method, "_kinds", ())}
        cls._methods = MappingProxyType({**cls._methods, **own})

    def take(self, entry: Entry, *beside: Any) -> None:
        """Take the next entry; what stands ``beside`` it is handed on to the method."""
        method = self._methods.get(type(entry.what))
        if method is not None:
            method(self, entry, entry.what, *beside)

    def method_for(self, kind: type[Record]) -> Callable[..., None] | None:
        """Return the method that takes entries of a kind, None if they are passed over."""
        method = self._methods.get(kind)
        return None if method is None else MethodType(method, self)

    def take_all(self, entries: Iterable[Entry]) -> None:
        """Take all entries of a journal, in order.

        Raises `FormatError` with the line of one that contradicts the rest.
        """
        for line, entry in enumerate(entries, 1):
            try:
                self.take(entry)
            except MISFITS as error:
                raise misfit(entry, error, line) from error
