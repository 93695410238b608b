"""The journal: every event of a run, in order, and the digest that two equal runs share.

Statistics, checkers, widgets and notebooks read the journal and nothing else. `drandlab.simulation.entries` is the
reference of its kinds. An entry has one form in JSON, so a journal can be saved, compared and replayed.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any, NamedTuple

from drandlab.errors import FormatError, LocalError
from drandlab.printable import repr_of
from drandlab.records import Json, Record, from_plain, plain, to_plain
from drandlab.simulation.entries import KINDS, Unknown
from drandlab.text import text_of
from drandlab.typing import Seconds, checked_int, checked_real, checked_text, whole_number

__all__ = ["Entry", "Journal"]


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


class Entry(NamedTuple):
    """One event: when, at which node (None: the world), and ``what`` happened, a record.

    >>> from drandlab.simulation.entries import BeaconStored
    >>> entry = Entry(12.5, 3, BeaconStored(round=7, beacon=bytes(8), by="partials"))
    >>> entry.kind, entry.what.round, entry.details["by"]
    ('stored', 7, 'partials')
    """

    time: Seconds
    node: int | None
    what: Record

    @classmethod
    def of(cls, time: Seconds, node: int | None, kind: str, details: Mapping[str, Any]) -> Entry:
        """Return an entry from the name of a kind and its details; raises `LocalError` where they do not fit."""
        return cls(time, node, _record(kind, {name: plain(value) for name, value in details.items()}))

    @property
    def kind(self) -> str:
        """The kind of the event."""
        return self.what.name if isinstance(self.what, Unknown) else self.what.kind

    @property
    def details(self) -> Mapping[str, Json]:
        """The event as plain data: bytes as hexadecimal, rows as lists."""
        return self.what.details if isinstance(self.what, Unknown) else MappingProxyType(to_plain(self.what))

    def to_json(self) -> str:
        """Return the entry as one line of canonical JSON."""
        return _CANONICAL.encode({"time": self.time, "node": self.node, "kind": self.kind} | dict(self.details))

    def __repr__(self) -> str:
        where = "world" if self.node is None else f"node {self.node}"
        said = ", ".join(f"{name}={repr_of(value, 40)}" for name, value in self.details.items())
        return f"<{self.time:g} s, {where}: {self.kind}{' ' + said if said else ''}>"


BLOCK = 4096
"""Entries that are packed together: a long journal takes about a tenth of its text in memory."""


class Journal:
    r"""The entries of a run in order; `digest` names the run.

    The newest entries are kept as they came, the older ones as packed JSON, so that a run of 100,000 rounds stays in
    memory. A journal can be pickled and copied; what is written to one is not in the other. It holds no digit of a
    secret.

    With ``keep``, for a run without end, the newest entries stay, that many or a few more; those before go, and keep
    their numbers and their part in the digest. What asks for the whole of such a journal is refused.

    >>> from drandlab.simulation.entries import HostCrashed
    >>> journal = Journal()
    >>> journal.write(0, 3, HostCrashed(disk="kept"))
    >>> journal.write(0.5, 3, "my own", found=[1, 2])
    >>> [entry.kind for entry in journal], journal.entries("my own")[0].details["found"]
    (['crash', 'my own'], [1, 2])
    >>> journal.digest()[:8]
    '74bd537d'
    """

    def __init__(self, keep: int | None = None) -> None:
        self.keep = None if keep is None else checked_int(keep, "keep", 0, what="a number of entries")
        self._recent: list[Entry] = []
        self._lines: list[bytes] = []  # of the recent ones, as far as somebody has asked for the digest
        self._packed: list[tuple[bytes, frozenset[str]]] = []
        self._gone = 0
        self._hash = hashlib.sha256()

    def write(self, time: Seconds, node: int | None, what: Record | str, /, **details: Any) -> None:
        """Add an event: a record, or the name of a kind with its ``details``.

        A kind of `KINDS` is checked, another is kept as `Unknown`; bytes become hexadecimal, sets sorted lists. Raises
        `LocalError` for details that do not fit.
        """
        if isinstance(what, str):
            what = _record(what, {name: plain(value) for name, value in details.items()})
        elif not isinstance(what, Record) or details:
            raise LocalError("expected a record, or the name of a kind and its details", argument="what")
        if type(time) is not float or (type(node) is not int and node is not None) or not isfinite(time):
            time, node = checked_real(time, "time"), None if node is None else checked_int(node, "node")
        self._recent.append(Entry(time, node, what))
        if len(self._recent) == BLOCK:
            self._pack()

    def _encoded(self) -> list[bytes]:
        """The recent entries as lines; the digest has taken them all then."""
        new = [entry.to_json().encode() + b"\n" for entry in self._recent[len(self._lines) :]]
        self._hash.update(b"".join(new))
        self._lines += new
        return self._lines

    def _pack(self) -> None:
        kinds = frozenset(entry.kind for entry in self._recent)
        self._packed.append((zlib.compress(b"".join(self._encoded()), 1), kinds))
        self._recent, self._lines = [], []
        if self.keep is not None and len(self._packed) > self.keep // BLOCK + 1:
            del self._packed[0]
            self._gone += 1

    @property
    def first(self) -> int:
        """The number of the first entry that is still there."""
        return BLOCK * self._gone

    def _check_whole(self) -> None:
        if self._gone:
            raise LocalError(
                f"its first {self.first} entries are gone, as it keeps the newest {self.keep}", argument="journal"
            )

    def __getstate__(self) -> dict[str, Any]:
        self._check_whole()
        return {"keep": self.keep, "lines": list(self._encoded()), "packed": list(self._packed)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.keep, self._lines, self._packed = state["keep"], state["lines"], state["packed"]
        self._recent, self._gone = [_entry(line) for line in self._lines], 0
        self._hash = hashlib.sha256()  # a hash that has begun cannot be pickled
        for packed, _ in self._packed:
            self._hash.update(zlib.decompress(packed))
        self._hash.update(b"".join(self._lines))

    def since(self, start: int, kind: str | None = None, node: int | None = None) -> Iterator[Entry]:
        """Yield the entries from number ``start`` on, of one kind, of one node, or all: those that are there now.

        Raises `WrongType` for a ``start`` or ``node`` that is no whole number, and a ``kind`` that is no text.
        """
        number = max(0, checked_int(start, "start"))
        kind = None if kind is None else checked_text(kind, "kind")
        return self._since(number, kind, None if node is None else checked_int(node, "node"))

    def _since(self, number: int, kind: str | None, node: int | None) -> Iterator[Entry]:
        end = len(self)
        while number < end:
            # asked for anew for each block: what was not packed yet may be by now, and what was there may be gone
            number = max(number, self.first)
            block, skip = divmod(number, BLOCK)
            for entry in self._block(block - self._gone, kind, skip, end - block * BLOCK):
                if kind in (None, entry.kind) and node in (None, entry.node):
                    yield entry
            number += BLOCK - skip

    def _block(self, place: int, kind: str | None, first: int, end: int) -> Iterator[Entry]:
        """The entries of a block from one on and before another; those of a packed block may leave other kinds out."""
        if place >= len(self._packed):
            return iter(self._recent[first:end])
        packed, kinds = self._packed[place]
        if kind is not None and kind not in kinds:
            return iter(())
        lines = zlib.decompress(packed).splitlines()[first:end]
        if kind is not None:  # no text can hold these bytes: the quotes in it are escaped
            mark = b'"kind":' + json.dumps(kind).encode()
            lines = [line for line in lines if mark in line]
        return map(_entry, lines)

    def entries(self, kind: str | None = None, node: int | None = None) -> list[Entry]:
        """Return the entries of one kind, of one node, or all."""
        return list(self.since(0, kind, node))

    def digest(self) -> str:
        """Return the SHA-256 of all entries so far, in hexadecimal: equal exactly for equal journals."""
        self._encoded()
        return self._hash.copy().hexdigest()

    def to_jsonl(self) -> str:
        """Return all entries as JSON lines; raises `LocalError` where some are gone."""
        self._check_whole()
        return b"".join([*(zlib.decompress(packed) for packed, _ in self._packed), *self._encoded()]).decode()

    @classmethod
    def from_jsonl(cls, text: str | bytes, source: str | None = None) -> Journal:
        """Return the journal that was saved as JSON lines; raises `FormatError` that names the line."""
        journal = cls()
        try:
            text = text_of(text, "a journal in JSON lines")
        except FormatError as error:
            raise error.at(source=source) from None
        for number, line in enumerate(text.splitlines(), 1):
            try:
                journal.write(*_entry(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise FormatError(f"no entry of a journal ({error})", source=source, line=number) from None
        return journal

    def __iter__(self) -> Iterator[Entry]:
        self._check_whole()
        return self.since(0)

    def __len__(self) -> int:
        return self.first + BLOCK * len(self._packed) + len(self._recent)

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} entries, digest {self.digest()[:8]}…>"


def _record(kind: str, details: Mapping[str, Json]) -> Record:
    if (known := KINDS.get(kind)) is not None:
        return from_plain(known, details)
    if taken := details.keys() & {"time", "node", "kind"}:
        raise LocalError(f"is no name for a detail of {repr_of(kind)}: every entry has one", argument=min(taken))
    try:
        _CANONICAL.encode(details)
    except (ValueError, RecursionError) as error:
        raise LocalError(f"{repr_of(kind)} holds what JSON cannot: {error}", argument="journal") from None
    return Unknown(name=kind, details=dict(sorted(details.items())))


def _entry(line: bytes | str) -> Entry:
    fields = _DECODER.decode(line if isinstance(line, str) else line.decode())
    if not isinstance(fields, dict) or not fields.keys() >= {"time", "node", "kind"}:
        raise ValueError("expected an object with time, node and kind")
    time, node, kind = fields.pop("time"), fields.pop("node"), fields.pop("kind")
    whole = node is None or whole_number(node) is not None
    if type(time) not in (int, float) or not whole or not isinstance(kind, str):
        raise ValueError("time, node and kind are a number, a whole number or null, and a text")
    return Entry(time, node, _record(kind, fields))


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
