"""The working file of a sweep: it keeps what each run came to, whatever happens to the process.

It is an SQLite file. Each run that ends is one transaction, with a checksum, so a process that is killed loses no run
that was kept, and a sweep that goes on makes none of them again. The file names its sweep by a hash over the scenarios
of all points, the seeds, the backend, the function that measures, and drandlab's own source: a file of another sweep is
refused and stays as it is.

Source: SQLite, "Write-Ahead Logging" (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from drandlab.errors import DrandlabError, FormatError, LocalError
from drandlab.remote.sqlite_file import SqliteFault, SqliteFile

__all__ = ["KeptRuns"]

_TABLES = (
    "CREATE TABLE sweep (hash TEXT NOT NULL, runs INTEGER NOT NULL)",
    "CREATE TABLE kept (place INTEGER PRIMARY KEY, data TEXT NOT NULL, checksum INTEGER NOT NULL)",
)


class KeptRuns(SqliteFile):
    """The runs of one sweep that are done, by their place among all ``runs``; ``digest`` is the hash of the sweep.

    Raises `FormatError` if the file is damaged or something else, `LocalError` if it belongs to another sweep, is in
    use, or cannot be written. Such a file is never emptied or overwritten.
    """

    def __init__(self, path: Path, digest: str, runs: int) -> None:
        self._digest, self._runs = digest, runs
        super().__init__(path)

    def _open(self) -> None:
        [[verdict]] = self._base.execute("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        names = self._tables()
        if names and not names >= {"sweep", "kept"}:
            raise FormatError("is not the working file of a sweep: name another file", source=str(self.path))
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        if not names:
            with self._at_once():
                for table in _TABLES:
                    self._base.execute(table)
                self._base.execute("INSERT INTO sweep VALUES (?, ?)", (self._digest, self._runs))
        rows = self._base.execute("SELECT hash, runs FROM sweep").fetchall()
        if len(rows) != 1:
            raise sqlite3.DatabaseError(f"{len(rows)} sweeps in one file")
        if rows[0] != (self._digest, self._runs):
            raise LocalError(
                f"{self.path} keeps another sweep, of {rows[0][1]} runs: another scenario, grid, seeds, measure or "
                "version of drandlab; name another file, or delete this one",
                argument="resume",
            )

    def __enter__(self) -> KeptRuns:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def keep(self, place: int, data: dict[str, Any]) -> None:
        """Keep what the run at ``place`` came to."""
        text = json.dumps(data)
        with self._clear_errors(), self._at_once():
            self._base.execute("INSERT INTO kept VALUES (?, ?, ?)", (place, text, _checksum(place, text)))

    def all(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what was kept, by place; raises `FormatError` where it is not what was written."""
        with self._clear_errors():
            for place, text, checksum in self._base.execute("SELECT place, data, checksum FROM kept ORDER BY place"):
                whole = isinstance(text, str) and checksum == _checksum(place, text)
                if not whole or not 0 <= place < self._runs:
                    raise sqlite3.DatabaseError(f"run {place} is not as it was written")
                yield place, json.loads(text)

    def _error(self, fault: SqliteFault, said: str) -> DrandlabError:
        if fault == "damaged":
            return FormatError(
                f"the working file of the sweep is damaged ({said}): move it away and begin anew", source=str(self.path)
            )
        if fault == "in-use":
            return LocalError(f"{self.path}: another sweep is writing here; wait until it ends", argument="resume")
        return LocalError(f"{self.path}: cannot be written ({said})", argument="resume")


def _checksum(place: int, text: str) -> int:
    return zlib.crc32(f"{place} {text}".encode())
