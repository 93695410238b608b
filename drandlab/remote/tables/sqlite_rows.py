"""Beacons in an SQLite file of unknown origin: only a real table is read, and the file cannot run a program.

A database can hold views, virtual tables, computed columns and whatever its schema calls; a query on them takes as much
time and memory as their author likes. So a plain table is required, it is read directly (``NOT INDEXED``), SQLite's own
limits are set low, and a limit on the steps between two rows ends an endless query. A table with more rows than the
file has room for is refused.

Source: SQLite, "Defense Against The Dark Arts" (https://www.sqlite.org/security.html) and "Run-Time Limits"
(https://www.sqlite.org/limits.html).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from drandlab.beacon.composed import AnyChain, any_chain
from drandlab.errors import FormatError
from drandlab.files import seekable
from drandlab.remote.sqlite_file import sqlite_fault_of
from drandlab.remote.tables.rows import B, Make, columns_of, each_of_rows
from drandlab.text import shown

__all__ = ["in_use_perhaps", "sqlite_beacons", "sqlite_mark"]

_LIMITS = {
    "LENGTH": 1 << 18,  # bytes of a value, and of a row
    "SQL_LENGTH": 1 << 16,  # of a statement in the schema too
    "COLUMN": 200,
    "EXPR_DEPTH": 20,
    "COMPOUND_SELECT": 5,
    "VDBE_OP": 25_000,
    "FUNCTION_ARG": 8,
    "ATTACHED": 0,
    "LIKE_PATTERN_LENGTH": 100,
    "TRIGGER_DEPTH": 1,
    "WORKER_THREADS": 0,
}
_SETTINGS = ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0", "cache_size = -4000")
_TICK = 1_000
"""Steps of SQLite's machine between two checks of the limit."""

_SCHEMA_STEPS = 1 << 17
"""Steps for reading the schema: enough for about ten thousand tables."""

_STEPS = 1 << 21
"""Steps to the first row, or from one to the next, besides those that sorting a file of its size may need."""

_LEAST, _FEW = 16, 10_000
"""Smallest size of a beacon in bytes, and a number of rows that is never checked."""


class _Watch:
    """Counts the steps, and ends a statement with too many."""

    def __init__(self, size: int) -> None:
        self._later = _STEPS + size
        self._most, self._steps, self.ended = _SCHEMA_STEPS, 0, False

    def reset(self) -> None:
        """Count from 0 again."""
        self._most, self._steps = self._later, 0

    def __call__(self) -> bool:
        self._steps += _TICK
        self.ended = self._steps > self._most
        return self.ended


def sqlite_beacons(path: Path, make: Make[B]) -> Iterator[B]:
    """Yield the beacons of the table ``beacons``, as ``make`` makes them; raises `FormatError`.

    They come in the order of the table, or by round if it has no column ``previous_signature``.
    """
    with _opened(path) as (base, watch, size):
        names = columns_of(_columns(base, "beacons"))
        order = "" if "previous_signature" in names else " ORDER BY round"
        rows = base.execute(f"SELECT {', '.join(names)} FROM beacons NOT INDEXED{order}")
        for count, beacon in enumerate(each_of_rows(make, names, rows), 1):
            if count > max(_FEW, size // _LEAST):
                raise FormatError("holds more rows than the file has room for: damaged", line=count)
            watch.reset()
            yield beacon


def sqlite_mark(path: Path) -> AnyChain | None:
    """Return the chain that the table ``chain`` names; None if there is no such table or it is empty."""
    with _opened(path) as (base, _, _):
        if "info" not in _columns(base, "chain", needed=False):
            return None
        found = base.execute("SELECT info FROM chain NOT INDEXED LIMIT 1").fetchone()
    return None if found is None else any_chain(str(found[0]))


def _columns(base: sqlite3.Connection, table: str, *, needed: bool = True) -> list[str]:
    """Return the stored columns of a table; raises `FormatError` if it is not a plain table."""
    found = base.execute(
        "SELECT type, rootpage FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", (table,)
    ).fetchone()
    if found is None:
        if needed:
            raise FormatError(f"there is no table called {table} in it")
        return []
    kind, root = found
    if kind != "table" or not root:
        raise FormatError(f"{table} is a {'view' if kind == 'view' else 'virtual table'} in it, expected a plain table")
    columns = [(name, hidden) for _, name, *_, hidden in base.execute(f"PRAGMA table_xinfo({table})")]
    if computed := [name for name, hidden in columns if hidden and name in ("round", "signature")]:
        raise FormatError("the column is computed, expected one that is stored", field=computed[0])
    return [name for name, hidden in columns if not hidden]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[sqlite3.Connection, _Watch, int]]:
    with seekable(path) as real:
        size = real.stat().st_size
        watch = _Watch(size)
        try:
            with closing(sqlite3.connect(_uri(real), uri=True, timeout=0, cached_statements=0)) as base:
                for name, most in _LIMITS.items():
                    base.setlimit(getattr(sqlite3, f"SQLITE_LIMIT_{name}"), most)
                base.set_progress_handler(watch, _TICK)
                for setting in _SETTINGS:
                    base.execute(f"PRAGMA {setting}")
                base.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
                watch.reset()
                yield base, watch, size
        except sqlite3.Error as error:
            if watch.ended:
                raise FormatError("a query on it does not end: it is not a plain table of beacons") from None
            if sqlite_fault_of(error) == "in-use":
                raise FormatError(
                    "another process has it open, a node perhaps: stop that one first, or let it export"
                ) from None
            # an error of the Python module itself has no code: a text that it cannot decode
            said = shown(error) if hasattr(error, "sqlite_errorcode") else "a text in it is not UTF-8"
            raise FormatError(f"cannot be read as SQLite ({said})") from None
        except UnicodeDecodeError:
            raise FormatError("cannot be read as SQLite (a text in it is not UTF-8)") from None


def in_use_perhaps(path: Path) -> bool:
    """Return whether a log is beside the file: then only SQLite may open it.

    A process that closes a file loses all its locks on it, including those of a store that it has open itself.
    """
    return os.path.exists(f"{os.path.realpath(path)}-wal")


def _uri(path: Path) -> str:
    """Return the URI with which SQLite opens the file and, if possible, writes nothing beside it."""
    uri = f"{Path(os.path.realpath(path)).as_uri()}?mode=ro"
    if in_use_perhaps(path):
        return uri
    with path.open("rb") as file:
        head = file.read(20)
    # A file in WAL mode without a log is not in use; a reader would leave a log and its index behind.
    return f"{uri}&immutable=1" if head[18:20] == b"\2\2" else uri
