"""Writing beacons as tables into files, with the name of their chain; `read_beacons` reads them all.

====================== ========================================================= =======
column                 value                                                     Parquet
====================== ========================================================= =======
``round``              its number                                                UInt64
``signature``          hexadecimal                                               String
``previous_signature`` hexadecimal; null (left out, empty) on unchained networks String
``randomness``         hexadecimal: SHA-256 of the signature                     String
====================== ========================================================= =======

Beacons of a composed chain have one column more, ``satellite_signature`` (hexadecimal, null where it is missing), and
in ``randomness`` the composed one.

Parquet files hold the chain info as JSON (v2 form, or that of a composed chain) under the metadata key `CHAIN_KEY`,
SQLite files in the one row of their table ``chain``, beside the table ``beacons``. JSON lines are production's v1
bodies and CSV has a header; neither has a place for the chain.

An SQLite table without the columns ``previous_signature`` and ``randomness`` can be read too, if the file names its
chain: it is the "trimmed" form of `drandlab.remote.keep.chain_store`.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from drandlab.beacon.composed import AnyChain, ComposedInfo
from drandlab.errors import LocalError
from drandlab.files import check_writable, prepared
from drandlab.remote.tables.rows import COLUMNS, READ_COLUMNS, BeaconRow, ComposedRow

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CHAIN_KEY", "SQL_TABLES", "SUFFIXES", "check_target", "suffix_of", "write"]

CHAIN_KEY = "drandlab.chain"
SUFFIXES = (".parquet", ".sqlite", ".db", ".jsonl", ".csv")

SQL_TABLES = (
    "CREATE TABLE chain (info TEXT NOT NULL)",
    "CREATE TABLE beacons (round INTEGER PRIMARY KEY, signature TEXT NOT NULL, previous_signature TEXT,"
    " randomness TEXT NOT NULL)",
)

_COMPOSED_TABLE = SQL_TABLES[1].removesuffix(")") + ", satellite_signature TEXT)"

SLICE = 1 << 15

_Row: TypeAlias = BeaconRow | ComposedRow


def _columns(info: AnyChain) -> tuple[str, ...]:
    return READ_COLUMNS if isinstance(info, ComposedInfo) else COLUMNS


def _mark(info: AnyChain) -> str:
    """What a file says of its chain."""
    return info.to_json() if isinstance(info, ComposedInfo) else info.to_json(2)


def suffix_of(path: Path) -> str:
    """Return the suffix, which is the kind of file; raises `LocalError`, listing the known ones.

    >>> suffix_of(Path("quicknet.Parquet"))
    '.parquet'
    """
    if (suffix := path.suffix.lower()) not in SUFFIXES:
        raise LocalError(f"{path}: the name must end in one of {', '.join(SUFFIXES)}")
    return suffix


def write(path: Path, rows: Iterable[_Row], info: AnyChain) -> None:
    """Write a table of ``rows``, sorted by round, in one step: a reader sees the old file or the complete new one.

    Raises `LocalError` for an unknown suffix, if SQLite would use another file's log for the new one, and if the file
    cannot be written (no such folder, no space left). Other errors of ``rows`` are raised as they are.
    """
    suffix = suffix_of(path)
    check_target(path)
    with prepared(path) as unfinished:
        try:
            {".parquet": _write_parquet, ".jsonl": _write_jsonl, ".csv": _write_csv}.get(suffix, _write_sqlite)(
                unfinished, rows, info
            )
        except (OSError, sqlite3.Error) as error:
            raise LocalError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from None


def check_target(path: Path) -> None:
    """Raise `LocalError` if ``path`` could not be written; for use before a long piece of work."""
    check_writable(path)
    if suffix_of(path) in (".sqlite", ".db"):
        real = Path(os.path.realpath(path))  # SQLite follows links too, and looks for its logs there
        for log in (real.with_name(f"{real.name}-{what}") for what in ("wal", "journal")):
            if log.exists():
                raise LocalError(
                    f"{path}: {log.name} is beside it, so it is in use or a crash left it; choose another file"
                )


def _write_jsonl(path: Path, rows: Iterable[_Row], info: AnyChain) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for round, signature, previous, randomness, *satellite in rows:
            fields = {"round": round, "randomness": randomness, "signature": signature}
            if previous:
                fields["previous_signature"] = previous
            if satellite and satellite[0]:
                fields["satellite_signature"] = satellite[0]
            file.write(json.dumps(fields, separators=(",", ":")) + "\n")


def _write_csv(path: Path, rows: Iterable[_Row], info: AnyChain) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_columns(info))
        table.writerows(rows)


def _write_sqlite(path: Path, rows: Iterable[_Row], info: AnyChain) -> None:
    with closing(sqlite3.connect(path)) as base, base:
        # No journal: after a failure nothing is rolled back, the whole file is removed.
        base.execute("PRAGMA journal_mode = OFF")
        for table in (SQL_TABLES[0], _COMPOSED_TABLE if isinstance(info, ComposedInfo) else SQL_TABLES[1]):
            base.execute(table)
        base.execute("INSERT INTO chain VALUES (?)", (_mark(info),))
        base.executemany(f"INSERT INTO beacons VALUES ({', '.join('?' for _ in _columns(info))})", rows)


def _write_parquet(path: Path, rows: Iterable[_Row], info: AnyChain) -> None:
    import polars as pl
    from polars.io.plugins import register_io_source

    schema = {name: pl.UInt64 if name == "round" else pl.String for name in _columns(info)}
    remaining = iter(rows)
    # polars turns every error of a source into one of its own.
    reasons: list[Exception] = []

    def slices(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        try:
            while piece := list(islice(remaining, SLICE)):
                yield pl.DataFrame(piece, schema=schema, orient="row")
        except Exception as error:
            reasons.append(error)
            raise

    try:
        # The file is opened here: polars would open the path in its own thread, perhaps after a failure was raised
        # and the unfinished file removed.
        with path.open("wb") as file:
            register_io_source(slices, schema=schema).sink_parquet(
                file, row_group_size=SLICE, metadata={CHAIN_KEY: _mark(info)}
            )
    except pl.exceptions.PolarsError as error:
        raise (reasons[0] if reasons else OSError(str(error))) from None
