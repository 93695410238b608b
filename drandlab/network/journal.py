"""The journal: every event of a run, in order, and the digest that two equal runs share.

Statistics, checkers, widgets and notebooks read the journal and nothing else. An entry is data (numbers, text, bytes as
hexadecimal, lists and mappings of them), so a journal can be saved, compared and replayed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError
from drandlab.typing import Seconds

__all__ = ["Entry", "Journal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: when, at which node (None: the world), what kind, and its details."""

    time: Seconds
    node: int | None
    kind: str
    details: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the entry as one line of canonical JSON."""
        fields = {"time": self.time, "node": self.node, "kind": self.kind} | dict(self.details)
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

    def __repr__(self) -> str:
        where = "world" if self.node is None else f"node {self.node}"
        said = ", ".join(f"{name}={value!r:.40}" for name, value in self.details.items())
        return f"<{self.time:g} s, {where}: {self.kind}{' ' + said if said else ''}>"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise LocalError(f"journal: an entry holds plain data, got a {type(value).__name__}")


class Journal:
    r"""The entries of a run in order; `digest` names the run.

    >>> journal = Journal()
    >>> journal.write(0, 3, "deal", commits=[b"\x01"])
    >>> journal.entries("deal")[0].details["commits"]
    ['01']
    >>> journal.digest()[:8]
    '33a5b3ab'
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._hash = hashlib.sha256()

    def write(self, time: Seconds, node: int | None, kind: str, **details: Any) -> None:
        """Add an event; bytes become hexadecimal, sets sorted lists."""
        entry = Entry(time, node, kind, MappingProxyType({name: _plain(value) for name, value in details.items()}))
        self._entries.append(entry)
        self._hash.update(entry.to_json().encode() + b"\n")

    def entries(self, kind: str | None = None, node: int | None = None) -> list[Entry]:
        """Return the entries of one kind, of one node, or all."""
        return [e for e in self._entries if kind in (None, e.kind) and node in (None, e.node)]

    def digest(self) -> str:
        """Return the SHA-256 of all entries so far, in hexadecimal: equal exactly for equal journals."""
        return self._hash.copy().hexdigest()

    def to_jsonl(self) -> str:
        """Return all entries as JSON lines."""
        return "".join(entry.to_json() + "\n" for entry in self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} entries, digest {self.digest()[:8]}…>"
