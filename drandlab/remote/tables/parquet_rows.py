"""Beacons in a Parquet file of unknown origin: checked before it is unpacked, and unpacked in slices."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from drandlab.beacon.composed import AnyChain, any_chain
from drandlab.errors import FormatError
from drandlab.files import seekable
from drandlab.remote.tables.parquet_pages import check_pages, read_footer
from drandlab.remote.tables.rows import LONGEST_CELL, READ_COLUMNS, B, Make, columns_of_schema, each_of_rows
from drandlab.remote.tables.write_files import CHAIN_KEY

if TYPE_CHECKING:
    import polars as pl

__all__ = ["parquet_beacons", "parquet_mark"]

_ROWS = 1 << 14
"""Rows that are in memory at a time."""


def parquet_beacons(path: Path, make: Make[B]) -> Iterator[B]:
    """Yield the beacons of the rows, as ``make`` makes them; raises `FormatError`.

    Columns of categories are read as the texts they stand for.
    """
    with seekable(path) as real:
        groups = read_footer(real, READ_COLUMNS)
        total = sum(rows for rows, _ in groups)
        checked, unchecked = 0, iter(groups)
        for begin in range(0, max(1, total), _ROWS):  # without rows too: this finds wrong columns
            while checked < min(begin + _ROWS, total):
                rows, chunks = next(unchecked)
                check_pages(real, rows, chunks)
                checked += rows
            names, frame = _slice(real, begin, min(_ROWS, total - begin))
            yield from each_of_rows(make, names, frame.iter_rows(), begin + 1)


def parquet_mark(path: Path) -> AnyChain | None:
    """Return the chain that the file's metadata name; None if they name none."""
    import polars as pl

    with seekable(path) as real:
        read_footer(real, ())
        with _clear("damaged Parquet"), real.open("rb") as file:
            text = pl.read_parquet_metadata(file).get(CHAIN_KEY)
    return None if text is None else any_chain(text)


def _slice(path: Path, first: int, count: int) -> tuple[list[str], pl.DataFrame]:
    import polars as pl

    with _clear(f"damaged Parquet, after row {first}"):
        table = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema = table.collect_schema()
        names = columns_of_schema(schema)
        frame = table.select(names).slice(first, count).collect()
        for name in names[1:]:
            longest = _longest(frame[name])
            if longest > LONGEST_CELL:
                raise FormatError(
                    f"a value of {longest:,} bytes among the rows from {first + 1} on, which no beacon has", field=name
                )
            if isinstance(frame[name].dtype, (pl.Categorical, pl.Enum)):
                frame = frame.with_columns(pl.col(name).cast(pl.String))
    return names, frame


def _longest(column: pl.Series) -> int:
    import polars as pl

    if isinstance(column.dtype, (pl.Categorical, pl.Enum)):
        found = column.cat.len_bytes().max()
    elif column.dtype == pl.String:
        found = column.str.len_bytes().max()
    else:
        found = column.bin.size().max() if column.dtype == pl.Binary else None
    return found if isinstance(found, int) else 0


@contextmanager
def _clear(what: str) -> Iterator[None]:
    import polars as pl

    try:
        with _QUIET:
            yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said, _, _ = str(error).partition("\n")
        raise FormatError(f"{what} ({said})") from None


class _Quiet:
    """Hides what polars prints on stderr when it panics; the error says it."""

    def __init__(self) -> None:
        self._lock, self._inside, self._kept = threading.Lock(), 0, -1

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._kept = -1
                with suppress(OSError, ValueError, AttributeError):
                    sys.stderr.flush()
                with suppress(OSError):
                    kept = os.dup(2)
                    nowhere = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(nowhere, 2)
                    os.close(nowhere)
                    self._kept = kept

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._kept >= 0:
                with suppress(OSError, ValueError, AttributeError):
                    sys.stderr.flush()
                os.dup2(self._kept, 2)
                os.close(self._kept)


_QUIET = _Quiet()
