"""An SQLite file for one process at a time, with drandlab's own errors in place of SQLite's.

The lock is SQLite's own (``locking_mode = EXCLUSIVE``). The kernel releases it however the process ends, so no stale
lock can keep a node from restarting; and no shared memory is needed beside the file.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from drandlab.errors import DrandlabError

__all__ = ["SqliteFault", "SqliteFile", "sqlite_fault_of"]

SqliteFault: TypeAlias = Literal["closed", "in-use", "failed", "damaged"]
"""The faults of a file: closed, in use by another process, a failing disk, damaged content."""


def sqlite_fault_of(error: sqlite3.Error) -> SqliteFault:
    """Return the fault behind an error of SQLite.

    >>> sqlite_fault_of(sqlite3.DatabaseError("file is not a database"))
    'damaged'
    """
    if isinstance(error, sqlite3.ProgrammingError):
        return "closed"
    if isinstance(error, sqlite3.OperationalError):
        code: int = getattr(error, "sqlite_errorcode", 0)
        return "in-use" if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else "failed"
    return "damaged"


class SqliteFile(ABC):
    """The open file at ``path``. A subclass prepares it in `_open`, and turns a fault into an error in `_error`.

    An existing file must be a regular one: opening a FIFO may block for ever. A cell of more than `LONGEST` bytes is
    damage: a file of a few bytes can make SQLite allocate gigabytes.

    Threads may use it in turn.
    """

    LONGEST: ClassVar[int] = 1 << 24

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            regular = stat.S_ISREG(os.stat(path).st_mode)
        except FileNotFoundError:
            regular = True
        except (OSError, ValueError) as error:
            raise self._error("failed", getattr(error, "strerror", None) or str(error)) from None
        if not regular:
            raise self._error("failed", "unable to open database file: it is no regular file")
        with self._clear_errors():
            self._base = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._clear_errors():
                self._base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self.LONGEST)
                self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._open()
        except BaseException:
            self._base.close()
            raise

    @abstractmethod
    def _open(self) -> None:
        """Check or create the content of the file; later uses rely on it."""

    @abstractmethod
    def _error(self, fault: SqliteFault, said: str) -> DrandlabError:
        """Return the error for ``fault``; ``said`` is SQLite's message."""

    def _tables(self) -> set[str]:
        return {name for (name,) in self._base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Run the block as one transaction: all or nothing is written, also if COMMIT fails."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        finally:
            # SQLite itself rolls back after some errors, a full disk among them.
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(sqlite_fault_of(error), str(error)) from None
        except UnicodeDecodeError:
            raise self._error("damaged", "a text in it is not UTF-8") from None
