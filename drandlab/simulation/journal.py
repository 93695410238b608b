"""The journal: every event of a run, in order, and the digest that two equal runs share.

Statistics, checkers, widgets and notebooks read the journal and nothing else. An entry is data (numbers, text, bytes as
hexadecimal, lists and mappings of them), so a journal can be saved, compared and replayed.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from drandlab.errors import FormatError, LocalError
from drandlab.printable import repr_of
from drandlab.text import text_of
from drandlab.typing import Seconds, whole_number

__all__ = ["Entry", "Journal"]


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: when, at which node (None: the world), what kind, and its details."""

    time: Seconds
    node: int | None
    kind: str
    details: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the entry as one line of canonical JSON."""
        return _CANONICAL.encode({"time": self.time, "node": self.node, "kind": self.kind} | dict(self.details))

    def __repr__(self) -> str:
        where = "world" if self.node is None else f"node {self.node}"
        said = ", ".join(f"{name}={repr_of(value, 40)}" for name, value in self.details.items())
        return f"<{self.time:g} s, {where}: {self.kind}{' ' + said if said else ''}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _read_only, (self.time, self.node, self.kind, dict(self.details))


def _read_only(time: Seconds, node: int | None, kind: str, details: dict[str, Any]) -> Entry:
    return Entry(time, node, kind, MappingProxyType(details))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if (whole := whole_number(value)) is not None:
        return whole
    raise LocalError(f"journal: an entry holds plain data, got a {type(value).__name__}")


BLOCK = 4096
"""Entries that are packed together: a long journal takes about a tenth of its text in memory."""


class Journal:
    r"""The entries of a run in order; `digest` names the run.

    Entries are kept as their JSON, the older ones packed, so that a run of 100,000 rounds stays in memory. A journal
    can be pickled and copied; what is written to one is not in the other. It holds no digit of a secret.

    With ``keep``, for a run without end, the newest entries stay, that many or a few more; those before go, and keep
    their numbers and their part in the digest. What asks for the whole of such a journal is refused.

    >>> journal = Journal()
    >>> journal.write(0, 3, "deal", commits=[b"\x01"])
    >>> journal.entries("deal")[0].details["commits"]
    ['01']
    >>> journal.digest()[:8]
    '33a5b3ab'
    """

    def __init__(self, keep: int | None = None) -> None:
        self.keep = keep
        self._lines: list[bytes] = []
        self._packed: list[tuple[bytes, frozenset[str]]] = []
        self._gone = 0
        self._kinds: set[str] = set()
        self._hash = hashlib.sha256()

    def write(self, time: Seconds, node: int | None, kind: str, **details: Any) -> None:
        """Add an event; bytes become hexadecimal, sets sorted lists."""
        fields = {name: _plain(value) for name, value in details.items()}
        line = Entry(time, node, kind, fields).to_json().encode() + b"\n"
        self._hash.update(line)
        self._lines.append(line)
        self._kinds.add(kind)
        if len(self._lines) == BLOCK:
            self._packed.append((zlib.compress(b"".join(self._lines), 1), frozenset(self._kinds)))
            self._lines, self._kinds = [], set()
            if self.keep is not None and len(self._packed) > self.keep // BLOCK + 1:
                del self._packed[0]
                self._gone += 1

    @property
    def first(self) -> int:
        """The number of the first entry that is still there."""
        return BLOCK * self._gone

    def _check_whole(self) -> None:
        if self._gone:
            raise LocalError(f"journal: its first {self.first} entries are gone, as it keeps the newest {self.keep}")

    def __getstate__(self) -> dict[str, Any]:
        self._check_whole()
        return {"keep": self.keep, "lines": list(self._lines), "packed": list(self._packed), "kinds": set(self._kinds)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._lines, self._packed, self._kinds = state["lines"], state["packed"], state["kinds"]
        self.keep, self._gone = state["keep"], 0
        self._hash = hashlib.sha256()  # a hash that has begun cannot be pickled
        for packed, _ in self._packed:
            self._hash.update(zlib.decompress(packed))
        self._hash.update(b"".join(self._lines))

    def since(self, start: int, kind: str | None = None, node: int | None = None) -> Iterator[Entry]:
        """Yield the entries from number ``start`` on, of one kind, of one node, or all: those that are there now."""
        number, end = max(0, start), len(self)
        while number < end:
            # asked for anew for each block: what was not packed yet may be by now, and what was there may be gone
            number = max(number, self.first)
            block, skip = divmod(number, BLOCK)
            place = block - self._gone
            packed, kinds = self._packed[place] if place < len(self._packed) else (b"", self._kinds)
            if kind is None or kind in kinds:
                lines = zlib.decompress(packed).splitlines() if packed else self._lines
                for line in lines[skip : end - block * BLOCK]:
                    entry = _entry(line)
                    if kind in (None, entry.kind) and node in (None, entry.node):
                        yield entry
            number += BLOCK - skip

    def entries(self, kind: str | None = None, node: int | None = None) -> list[Entry]:
        """Return the entries of one kind, of one node, or all."""
        return list(self.since(0, kind, node))

    def digest(self) -> str:
        """Return the SHA-256 of all entries so far, in hexadecimal: equal exactly for equal journals."""
        return self._hash.copy().hexdigest()

    def to_jsonl(self) -> str:
        """Return all entries as JSON lines; raises `LocalError` where some are gone."""
        self._check_whole()
        return b"".join([*(zlib.decompress(packed) for packed, _ in self._packed), *self._lines]).decode()

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
                entry = _entry(line)
                journal.write(entry.time, entry.node, entry.kind, **entry.details)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise FormatError(f"no entry of a journal ({error})", source=source, line=number) from None
        return journal

    def __iter__(self) -> Iterator[Entry]:
        self._check_whole()
        return self.since(0)

    def __len__(self) -> int:
        return self.first + BLOCK * len(self._packed) + len(self._lines)

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} entries, digest {self.digest()[:8]}…>"


def _entry(line: bytes | str) -> Entry:
    fields = json.loads(line)
    time, node, kind = fields.pop("time"), fields.pop("node"), fields.pop("kind")
    whole = node is None or (isinstance(node, int) and not isinstance(node, bool))
    if isinstance(time, bool) or not isinstance(time, (int, float)) or not whole or not isinstance(kind, str):
        raise ValueError("time, node and kind are a number, a whole number or null, and a text")
    return _read_only(time, node, kind, fields)
