"""Files of beacons, read strictly and a little at a time.

============================ =================================================================================
``.jsonl``                   one JSON object a line, in the v1 or v2 form of the HTTP API
``.json``                    a JSON list of such objects, or one of them
``.csv``                     a header line, then one beacon a line; comma, UTF-8
``.parquet``                 hexadecimal text or bytes in the columns
``.sqlite``, ``.db``         a table ``beacons``, as ``drandlab fetch`` writes it
============================ =================================================================================

Fields and columns are ``round``, ``signature``, ``previous_signature`` (chained networks) and ``randomness`` (optional:
the claim is checked when the beacon is verified); others are passed over. A file that breaks its format is refused with
`FormatError`, which names the file, the line (or row) and the field. Nothing is repaired, and nothing is skipped but
blank lines.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError
from drandlab.remote.json_list import objects_of
from drandlab.remote.rows import beacon_columns, beacon_of, beacons_of, columns_of

__all__ = ["SUFFIXES", "read_beacons"]

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
    source = str(path)
    if path.is_dir():
        raise FormatError("is a folder, expected a file of beacons", source=source)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(SUFFIXES)
        raise FormatError(f"unknown kind of file {path.suffix!r}; the known ones end in {kinds}", source=source)
    try:
        if path.stat().st_size == 0:
            raise FormatError("the file is empty", source=source)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", source=source) from None
    return _located(reader, path, source)


def _located(reader: Callable[[Path], Iterator[Beacon]], path: Path, source: str) -> Iterator[Beacon]:
    empty = True
    try:
        for beacon in reader(path):
            empty = False
            yield beacon
    except FormatError as error:
        raise error.at(source=source) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", source=source) from None
    if empty:
        raise FormatError("the file holds no beacon", source=source)


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
                cut = not text.endswith(("}", "\n"))
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

    with path.open("rb") as file:
        head = file.read(4)
        file.seek(max(0, path.stat().st_size - 4))
        tail = file.read()
    if head != b"PAR1":
        raise FormatError(f"not a Parquet file: it begins with {head!r}, not with b'PAR1'")
    if tail != b"PAR1":
        raise FormatError("this Parquet file has no end: half-written? write or fetch it again")
    first, height = 0, _ROWS
    while height == _ROWS:
        try:
            table = pl.scan_parquet(path, glob=False)
            names = beacon_columns(table.collect_schema())
            frame = table.select(names).slice(first, _ROWS).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise FormatError(f"damaged Parquet, after row {first} ({error})") from None
        yield from beacons_of(frame, first_row=first + 1)
        first, height = first + _ROWS, frame.height


def _sqlite(path: Path) -> Iterator[Beacon]:
    import sqlite3

    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            there = [name for _, name, *_ in base.execute("PRAGMA table_info(beacons)")]
            if not there:
                raise FormatError("there is no table called beacons in it")
            names = columns_of(there)
            for row, values in enumerate(base.execute(f"SELECT {', '.join(names)} FROM beacons"), 1):
                try:
                    beacon = beacon_of(dict(zip(names, values, strict=True)))
                except FormatError as error:
                    raise error.at(line=row) from None
                yield beacon
    except sqlite3.Error as error:
        raise FormatError(f"cannot be read as SQLite ({error})") from None


_READERS: dict[str, Callable[[Path], Iterator[Beacon]]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
    ".sqlite": _sqlite,
    ".db": _sqlite,
}
SUFFIXES = tuple(_READERS)
"""How the names of the files end that `read_beacons` knows."""
