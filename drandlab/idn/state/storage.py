"""The storage that a running block sees: its changes over the state of its parent, in nested transactions."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from drandlab.errors import LocalError
from drandlab.idn.state.trie import Trie
from drandlab.typing import checked_bytes

__all__ = ["Storage", "StorageUse"]


class _Unseen(enum.Enum):
    """Stands where a key has no change yet, since None is a change: the value was taken out."""

    UNSEEN = enum.auto()


_UNSEEN = _Unseen.UNSEEN


class StorageUse(NamedTuple):
    """What a piece of work did to the storage: how often it read and wrote, and how many bytes of keys and values.

    ``keys`` counts the keys that were read from the parent's state for the first time, ``key_bytes`` the bytes of their
    keys and values: what a proof must show, without the nodes above.
    """

    reads: int = 0
    writes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    keys: int = 0
    key_bytes: int = 0

    def since(self, before: StorageUse) -> StorageUse:
        """Return what was added after ``before``."""
        return StorageUse(*(now - then for now, then in zip(self, before, strict=True)))


class Storage:
    """Changes over a `Trie`, which stays as it is: `transaction` undoes what is in it if it fails.

    ``state`` is the parent's state, ``changes`` the keys that were written with their values, None for what was taken
    out. What was read of the parent is in ``touched``, by which a proof of the block is made.

    >>> storage = Storage(Trie.of({b"a": b"1"}))
    >>> with storage.transaction():
    ...     storage.put(b"b", b"2")
    >>> try:
    ...     with storage.transaction():
    ...         storage.put(b"a", None)
    ...         raise LocalError("no")
    ... except LocalError:
    ...     pass
    >>> storage.get(b"a"), dict(storage.commit().items())
    (b'1', {b'a': b'1', b'b': b'2'})
    """

    __slots__ = (
        "_read_bytes",
        "_reads",
        "_touched_bytes",
        "_undo",
        "_writes",
        "_written_bytes",
        "changes",
        "state",
        "touched",
    )

    def __init__(self, state: Trie) -> None:
        self.state = state
        self.changes: dict[bytes, bytes | None] = {}
        self.touched: dict[bytes, int] = {}
        self._undo: list[dict[bytes, bytes | _Unseen | None]] = []
        self._reads = self._writes = self._read_bytes = self._written_bytes = self._touched_bytes = 0

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None if there is none."""
        value: bytes | _Unseen | None = self.changes.get(key, _UNSEEN)
        if value is _UNSEEN:
            value = self.state.get(key)
            if key not in self.touched:
                self._note(key, value)
        self._reads += 1
        if value is not None:
            self._read_bytes += len(value)
        return value

    def _note(self, key: bytes, value: bytes | None) -> None:
        size = self.touched[key] = len(key) + (0 if value is None else len(value))
        self._touched_bytes += size

    def put(self, key: bytes, value: bytes | None) -> None:
        """Set the value of a key; None takes the key out."""
        if self._undo:
            log = self._undo[-1]
            if key not in log:
                log[key] = self.changes.get(key, _UNSEEN)
        self.changes[key] = value
        self._writes += 1
        if value is not None:
            self._written_bytes += len(value)

    def items(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and value of all keys that begin with ``prefix``, in the order of the keys, as they are now."""
        prefix = checked_bytes(prefix, "prefix")
        found: dict[bytes, bytes | None] = {}
        for key, value in self.state.items(prefix):
            found[key] = value
            if key not in self.touched:
                self._note(key, value)
        changed = {key: value for key, value in self.changes.items() if key.startswith(prefix)}
        if changed:
            known = len(found)
            found |= changed
            if len(found) > known:  # else each stands where it stood
                found = {key: found[key] for key in sorted(found)}
        for key, kept in found.items():
            if kept is not None:
                self._reads += 1
                self._read_bytes += len(kept)
                yield key, kept

    def changed(self) -> dict[bytes, bytes | None]:
        """Return what the innermost transaction changed: for each key the value before it."""
        if not self._undo:
            raise LocalError("no transaction is open")
        return {key: self.state.get(key) if value is _UNSEEN else value for key, value in self._undo[-1].items()}

    @property
    def depth(self) -> int:
        """How many transactions are open."""
        return len(self._undo)

    def begin(self) -> None:
        """Open a transaction inside of those that are open."""
        self._undo.append({})

    def keep(self) -> None:
        """Close the innermost transaction; what it changed belongs to the one around it."""
        log = self._pop()
        if self._undo:
            outer = self._undo[-1]
            for key, value in log.items():
                outer.setdefault(key, value)

    def undo(self) -> None:
        """Close the innermost transaction; all that it changed is as it was before."""
        for key, value in self._pop().items():
            if value is _UNSEEN:
                del self.changes[key]
            else:
                self.changes[key] = value

    def _pop(self) -> dict[bytes, bytes | _Unseen | None]:
        if not self._undo:
            raise LocalError("no transaction is open")
        return self._undo.pop()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep what happens inside if it ends well, undo it if it raises."""
        self.begin()
        try:
            yield
        except BaseException:
            self.undo()
            raise
        self.keep()

    @property
    def use(self) -> StorageUse:
        """What was read and written so far; work that was undone counts too, since it was done."""
        return StorageUse(
            self._reads,
            self._writes,
            self._read_bytes,
            self._written_bytes,
            len(self.touched),
            self._touched_bytes,
        )

    def commit(self) -> Trie:
        """Return the state with all changes; the storage itself stays usable."""
        if self._undo:
            raise LocalError(f"{len(self._undo)} transactions are still open")
        return self.state.updated(self.changes)
