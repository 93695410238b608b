"""An SQLite file that one process works on at a time, and whose errors are clear sentences of drandlab's own.

The lock is SQLite's own (``locking_mode = EXCLUSIVE``): the kernel lets go of it when the process ends, however that
happens, so no stale lock can keep a node from starting again; and no shared memory is needed beside the file.
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
"""What can go wrong with a file: it was closed, another has it, the disk would not, or its content is broken."""


def sqlite_fault_of(error: sqlite3.Error) -> SqliteFault:
    """Return what an error of SQLite means.

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
    """The open file at ``path``. A subclass prepares it in `_open`, and says in `_error` whose mistake a trouble is.

    A file that is there must be a regular one: whoever opens a FIFO may wait for ever. A cell of more than `LONGEST`
    bytes is damage: a file of a few bytes can make SQLite hold gigabytes.

    Threads may take turns with it.
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
        """Check or make what is in the file; a later use finds it whole."""

    @abstractmethod
    def _error(self, trouble: SqliteFault, said: str) -> DrandlabError:
        """Return the error for ``trouble``, of which SQLite ``said`` something."""

    def _tables(self) -> set[str]:
        return {name for (name,) in self._base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """All that is written in the block is written, or nothing of it, a failing COMMIT included."""
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
