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

from drandlab.records import Record
from drandlab.simulation.journal import Entry

__all__ = ["JournalReader", "on"]

M = TypeVar("M", bound=Callable[..., Any])


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
        """Take entries, in order."""
        for entry in entries:
            self.take(entry)
