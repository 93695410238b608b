"""The working file of a download: it keeps the fetched beacons, whatever happens to the process.

It is an SQLite file beside the target, ``beacons.parquet.part`` for ``beacons.parquet``. Beacons wait in the table
``fetched``, each with its origin, until they are verified and move to ``beacons``. Every answer is one transaction, so
a process that is killed loses none; a second download finds both tables as they were.

Source: SQLite, "Write-Ahead Logging" (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import DrandlabError, FormatError, LocalError
from drandlab.remote.networks import networks
from drandlab.remote.sqlite_file import SqliteFault, SqliteFile
from drandlab.remote.tables.rows import COLUMNS, BeaconRow, beacons_of_rows, row_of
from drandlab.remote.tables.write_files import SQL_TABLES
from drandlab.typing import Round

__all__ = ["WorkingFile", "working_path"]

_TABLES = (
    *SQL_TABLES,
    "CREATE TABLE fetched (round INTEGER PRIMARY KEY, signature BLOB, previous_signature BLOB, randomness BLOB,"
    " origin TEXT NOT NULL)",
)


def working_path(target: Path) -> Path:
    """Return the path of the working file of a download to ``target``.

    >>> working_path(Path("quicknet.parquet")).name
    'quicknet.parquet.part'
    """
    return target.with_name(target.name + ".part")


class WorkingFile(SqliteFile):
    """The verified and the unverified beacons of one unfinished download.

    A ``with`` block without an error deletes the file at its end, since its beacons are in the target then; after an
    error the file stays, unless it is empty.

    Raises `FormatError` if the file is damaged or not drandlab's, `LocalError` if it belongs to another chain, is in
    use, or cannot be written. Such a file is never emptied or overwritten.
    """

    def __init__(self, path: Path, info: ChainInfo) -> None:
        self._info = info
        super().__init__(path)

    def _open(self) -> None:
        [[verdict]] = self._base.execute("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        names = self._tables()
        if names and not names >= {"chain", "beacons", "fetched"}:
            raise FormatError("is not the working file of a download: move it away", source=str(self.path))
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        if not names:
            with self._at_once():
                for table in _TABLES:
                    self._base.execute(table)
                self._base.execute("INSERT INTO chain VALUES (?)", (self._info.to_json(2),))
        [[text]] = self._base.execute("SELECT info FROM chain")
        if (found := ChainInfo.from_json(text)).chain_hash != self._info.chain_hash:
            raise LocalError(
                f"{self.path}: a download of {networks.name_of(found)} is under way here, not of "
                f"{networks.name_of(self._info)}; finish that one first, or choose another file"
            )

    def __enter__(self) -> WorkingFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(keep=error is not None and not self.is_empty())

    def close(self, *, keep: bool) -> None:
        """Close the file, and delete it unless ``keep``."""
        self._base.close()
        if not keep:
            self.path.unlink(missing_ok=True)

    def missing(self, first: Round, last: Round, limit: int) -> list[Round]:
        """Return the first ``limit`` missing rounds between ``first`` and ``last``."""
        gaps: list[Round] = []
        expected = first
        query = (
            "SELECT round FROM beacons WHERE round BETWEEN :first AND :last UNION "
            "SELECT round FROM fetched WHERE round BETWEEN :first AND :last ORDER BY round"
        )
        with self._clear_errors():
            for (round,) in self._base.execute(query, {"first": first, "last": last}):
                gaps += range(expected, min(round, expected + limit - len(gaps)))
                if len(gaps) == limit:
                    return gaps
                expected = round + 1
        return gaps + list(range(expected, min(last + 1, expected + limit - len(gaps))))

    def count(self, first: Round, last: Round) -> int:
        """Return how many of the rounds ``first`` to ``last`` are in the file, verified or not."""
        query = "SELECT count(*) FROM {} WHERE round BETWEEN ? AND ?"
        with self._clear_errors():
            return sum(
                int(self._base.execute(query.format(table), (first, last)).fetchone()[0])
                for table in ("beacons", "fetched")
            )

    def keep(self, beacons: Iterable[Beacon], origin: str) -> None:
        """Add unverified beacons; a round that is in the file already stays as it is."""
        rows = [(b.round, b.signature, b.previous_signature, b.claimed_randomness, origin, b.round) for b in beacons]
        with self._clear_errors(), self._at_once():
            self._base.executemany(
                "INSERT OR IGNORE INTO fetched SELECT ?, ?, ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM beacons WHERE round = ?)",
                rows,
            )

    def unverified(self, limit: int) -> list[tuple[Beacon, str]]:
        """Return up to ``limit`` unverified beacons, each with its origin."""
        query = "SELECT round, signature, previous_signature, randomness, origin FROM fetched ORDER BY round LIMIT ?"
        with self._clear_errors():
            return [
                (Beacon(round=r, signature=s, previous_signature=p, claimed_randomness=c), origin)
                for r, s, p, c, origin in self._base.execute(query, (limit,))
            ]

    def settle(self, valid: Iterable[Beacon], invalid: Iterable[Round] = ()) -> None:
        """Move ``valid`` beacons to the verified ones and forget ``invalid`` rounds, so that they are fetched again."""
        rows = [row_of(beacon) for beacon in valid]
        with self._clear_errors(), self._at_once():
            self._base.executemany(
                "DELETE FROM fetched WHERE round = ?", [(round,) for round in (*invalid, *(row[0] for row in rows))]
            )
            self._base.executemany("INSERT OR IGNORE INTO beacons VALUES (?, ?, ?, ?)", rows)

    def verified(self, rounds: Iterable[Round]) -> list[Beacon]:
        """Return the verified beacons among ``rounds``."""
        query = f"SELECT {', '.join(COLUMNS)} FROM beacons WHERE round IN (SELECT value FROM json_each(?))"
        with self._clear_errors():
            rows = self._base.execute(query, (json.dumps(list(rounds)),)).fetchall()
        return list(beacons_of_rows(COLUMNS, rows))

    def is_empty(self) -> bool:
        """Return whether the file holds no beacon."""
        with self._clear_errors():
            query = "SELECT EXISTS (SELECT 1 FROM beacons) OR EXISTS (SELECT 1 FROM fetched)"
            return not self._base.execute(query).fetchone()[0]

    def rows(self) -> Iterator[BeaconRow]:
        """Yield the verified beacons as rows, sorted by round."""
        with self._clear_errors():
            yield from self._base.execute(f"SELECT {', '.join(COLUMNS)} FROM beacons ORDER BY round")

    def _error(self, fault: SqliteFault, said: str) -> DrandlabError:
        if fault == "damaged":
            return FormatError(
                f"the working file is damaged ({said}): move it away and fetch again; the target itself is untouched",
                source=str(self.path),
            )
        if fault == "in-use":
            return LocalError(f"{self.path}: another download is writing here; wait until it ends")
        return LocalError(f"{self.path}: cannot be written ({said})")
