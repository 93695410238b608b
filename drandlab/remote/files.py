"""Files of beacons, read strictly and a little at a time.

============================ =================================================================================
``.jsonl``                   one JSON object a line, in the v1 or v2 form of the HTTP API
``.json``                    a JSON list of such objects, or one of them
``.csv``                     a header line, then one beacon a line; comma, UTF-8
``.parquet``                 hexadecimal text or bytes in the columns
``.sqlite``, ``.db``         a table ``beacons``, as ``drandlab fetch`` writes it, or as a node stores it
============================ =================================================================================

Fields and columns are ``round``, ``signature``, ``previous_signature`` (chained networks) and ``randomness`` (optional:
the claim is checked when the beacon is verified); others are passed over. Parquet and SQLite files may also name their
chain, as `drandlab.remote.tables` writes it. A file that breaks its format is refused with `FormatError`, which names
the file, the line (or row) and the field. Nothing is repaired, and nothing is skipped but blank lines.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import FormatError
from drandlab.remote.json_list import objects_of
from drandlab.remote.rows import beacon_of, beacons_of_rows, columns_of, columns_of_schema
from drandlab.remote.sqlite_file import trouble_of
from drandlab.remote.tables import CHAIN_KEY

__all__ = ["SUFFIXES", "chain_of", "read_beacons"]

_LONGEST = 1 << 14
"""Bytes after which a line is no beacon: bounds the memory, and the stack of the JSON parser on `[[[[…`."""

_ROWS = 1 << 14
"""Rows of a Parquet file that are held at a time."""


def read_beacons(path: str | PathLike[str]) -> Iterator[Beacon]:
    """Yield the beacons of a file in its order, well formed but not yet verified.

    The kind of file is told by its suffix. Raises `FormatError`: at once if there is no such file or it is of no known
    kind, and when the reading comes to the place that breaks the format; a file without any beacon does so too.

    >>> from drandlab.remote.shipped import shipped
    >>> next(read_beacons(shipped("data", "beacons", "fastnet.jsonl")))
    Beacon(round=1, signature=9544ddce…)
    """
    path = Path(path)
    with _named(path):
        if path.is_dir():
            raise FormatError("is a folder, expected a file of beacons")
        reader = _READERS.get(path.suffix.lower())
        if reader is None:
            kinds = ", ".join(SUFFIXES)
            raise FormatError(f"unknown kind of file {path.suffix!r}; the known ones end in {kinds}")
        if path.stat().st_size == 0:
            raise FormatError("the file is empty")
    return _read(reader, path)


def _read(reader: Callable[[Path], Iterator[Beacon]], path: Path) -> Iterator[Beacon]:
    empty = True
    with _named(path):
        for beacon in reader(path):
            empty = False
            yield beacon
        if empty:
            raise FormatError("the file holds no beacon")


def chain_of(path: str | PathLike[str]) -> ChainInfo | None:
    """Return the chain that a file of beacons says it belongs to; None where it does not say.

    Raises `FormatError` for a file that cannot be read, and for a mark that is no chain info.
    """
    path = Path(path)
    mark = _MARKS.get(path.suffix.lower())
    with _named(path):
        text = mark(path) if mark else None
        return None if text is None else ChainInfo.from_json(text)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turns what goes wrong into a `FormatError` that names the file."""
    try:
        yield
    except FormatError as error:
        raise error.at(source=str(path)) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", source=str(path)) from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(_LONGEST + 1):
            number += 1
            if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
                raise FormatError("begins with a byte order mark; save it as UTF-8 without one", line=1)
            if len(raw) > _LONGEST:
                raise FormatError(f"longer than {_LONGEST} bytes, which no beacon is", line=number)
            try:
                yield number, raw.decode()
            except UnicodeDecodeError as error:
                raise FormatError(
                    f"not UTF-8 text (byte 0x{raw[error.start]:02x} in place {error.start + 1})", line=number
                ) from None


def _jsonl(path: Path) -> Iterator[Beacon]:
    for number, text in _lines(path):
        if not text.isspace():
            try:
                beacon = Beacon.from_json(text)
            except FormatError as error:
                cut = not text.endswith(("}", "]", "\n"))
                rule = f"the file ends within this line, half-written? ({error.rule})" if cut else error.rule
                raise FormatError(rule, line=number, field=error.field) from None
            yield beacon


def _json(path: Path) -> Iterator[Beacon]:
    with path.open(encoding="utf-8") as file:
        for line, text in objects_of(file):
            try:
                beacon = Beacon.from_json(text)
            except FormatError as error:
                raise error.at(line=line) from None
            yield beacon


def _csv(path: Path) -> Iterator[Beacon]:
    rows = csv.reader((text for _, text in _lines(path)), strict=True)
    header: list[str] | None = None
    while True:
        try:
            cells = next(rows)
            if header is None:
                header = _header(cells)
            elif cells:
                yield beacon_of(_fields(header, cells))
        except StopIteration:
            return
        except csv.Error as error:
            raise FormatError(f"not CSV ({error})", line=rows.line_num) from None
        except FormatError as error:
            raise error.at(line=rows.line_num) from None


def _header(cells: list[str]) -> list[str]:
    columns_of(cells)
    if twice := sorted({name for name in cells if cells.count(name) > 1}):
        raise FormatError(f"columns that come twice: {', '.join(twice)}")
    return cells


def _fields(header: list[str], cells: list[str]) -> dict[str, object]:
    if len(cells) != len(header):
        raise FormatError(f"expected {len(header)} cells as in the header, got {len(cells)}")
    fields: dict[str, object] = dict(zip(header, cells, strict=True))
    number = str(fields["round"])
    if not (number.isascii() and number.isdigit() and len(number) <= 20):
        raise FormatError(f"expected a whole number, got {number[:24]!r}", field="round")
    return fields | {"round": int(number)}


def _parquet(path: Path) -> Iterator[Beacon]:
    import polars as pl

    _check_ends(path)
    first, height = 0, _ROWS
    while height == _ROWS:
        with _clear_parquet(f"damaged Parquet, after row {first}"):
            table = pl.scan_parquet(path, glob=False)
            names = columns_of_schema(table.collect_schema())
            frame = table.select(names).slice(first, _ROWS).collect()
        yield from beacons_of_rows(names, frame.iter_rows(), first + 1)
        first, height = first + _ROWS, frame.height


def _parquet_mark(path: Path) -> str | None:
    import polars as pl

    _check_ends(path)
    with _clear_parquet("damaged Parquet"), path.open("rb") as file:
        return pl.read_parquet_metadata(file).get(CHAIN_KEY)


def _check_ends(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(max(0, path.stat().st_size - 4))
        tail = file.read()
    if head != b"PAR1":
        raise FormatError(f"not a Parquet file: it begins with {head!r}, not with b'PAR1'")
    if tail != b"PAR1":
        raise FormatError("this Parquet file has no end: half-written? write or fetch it again")


@contextmanager
def _clear_parquet(what: str) -> Iterator[None]:
    import polars as pl

    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said, _, _ = str(error).partition("\n")
        raise FormatError(f"{what} ({said})") from None


def _sqlite(path: Path) -> Iterator[Beacon]:
    with _open_sqlite(path) as base:
        if not (there := _columns_of_table(base, "beacons")):
            raise FormatError("there is no table called beacons in it")
        names = columns_of(there)
        query = f"SELECT {', '.join(names)} FROM beacons"
        mark = None if "previous_signature" in names else _mark_of_base(base)
        info = None if mark is None else ChainInfo.from_json(mark)
        if info is None or not info.scheme.chained:
            yield from beacons_of_rows(names, base.execute(query))
        else:
            rows = _linked(base.execute(f"{query} ORDER BY round"), info)
            yield from beacons_of_rows((*names[:2], "previous_signature", *names[2:]), rows)


def _linked(rows: Iterable[tuple[Any, ...]], info: ChainInfo) -> Iterator[tuple[Any, ...]]:
    """Put the signature of the row before into each of ``rows``: round, signature and what else there is."""
    before, signature_before = 0, info.genesis_seed
    for number, (round, signature, *rest) in enumerate(rows, 1):
        if before + 1 != round:
            raise FormatError(
                f"round {round} needs the signature of the one before, but after {before} it comes next", line=number
            )
        yield round, signature, signature_before, *rest
        before, signature_before = round, signature


def _sqlite_mark(path: Path) -> str | None:
    with _open_sqlite(path) as base:
        return _mark_of_base(base)


def _mark_of_base(base: sqlite3.Connection) -> str | None:
    marks = base.execute("SELECT info FROM chain").fetchone() if _columns_of_table(base, "chain") else None
    return str(marks[0]) if marks else None


@contextmanager
def _open_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=0)) as base:
            yield base
    except sqlite3.Error as error:
        if trouble_of(error) == "in use":
            raise FormatError(
                "another process has it open, a node perhaps: stop that one first, or let it export"
            ) from None
        raise FormatError(f"cannot be read as SQLite ({error})") from None
    except UnicodeDecodeError:
        raise FormatError("cannot be read as SQLite (a text in it is not UTF-8)") from None


def _columns_of_table(base: sqlite3.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in base.execute(f"PRAGMA table_info({table})")]


_READERS: dict[str, Callable[[Path], Iterator[Beacon]]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
    ".sqlite": _sqlite,
    ".db": _sqlite,
}
_MARKS: dict[str, Callable[[Path], str | None]] = {
    ".parquet": _parquet_mark,
    ".sqlite": _sqlite_mark,
    ".db": _sqlite_mark,
}
SUFFIXES = tuple(_READERS)
"""How the names of the files end that `read_beacons` knows."""
