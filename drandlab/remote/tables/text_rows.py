"""Beacons in text files, line by line: JSON lines, a JSON list, and CSV as programs and Excel write it.

**CSV.** The header line names the columns. The separator is the comma, semicolon or tab that gives the columns of a
beacon in the header; a first line ``sep=;`` sets it. A round may be ``5``, ``5.0`` or ``5,0``, as programs write
columns of floating-point numbers, but not ``1E+06``: digits are lost there.

Limited are: a line, the lines of one row, the cells of one row, an object of a JSON list, and a run of blanks. So a
file of any size, or an endless pipe, is refused at its first error with little of it in memory.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from drandlab.errors import FormatError
from drandlab.remote.tables.json_list import Pieces, objects_of
from drandlab.remote.tables.rows import B, Make, columns_of
from drandlab.text import decoded, shown
from drandlab.wire.strict_json import json_object

__all__ = ["csv_beacons", "json_beacons", "jsonl_beacons"]

_LONGEST = 1 << 14
"""Largest size of a line in bytes: it limits the memory, and the stack of the JSON parser on `[[[[…`."""

_BLANK = 1 << 18
"""Largest run of empty lines, in bytes."""

_LINES_OF_A_ROW = 16
"""Largest number of lines of a CSV row whose cells contain line ends."""

_DELIMITERS = (",", ";", "\t")
_ROUND = re.compile(r"([0-9]{1,20})(?:[.,]0+)?")
_ROUNDED = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def _lines(file: BinaryIO) -> Iterator[tuple[int, str]]:
    number = blank = 0
    while raw := file.readline(_LONGEST + 1):
        number += 1
        if len(raw) > _LONGEST:
            raise FormatError(f"longer than {_LONGEST} bytes, which no beacon is", line=number)
        text = decoded(raw, first_line=number)
        blank = blank + len(raw) if text.isspace() else 0
        if blank > _BLANK:
            raise FormatError(f"expected a beacon, got {_BLANK:,} bytes of empty lines", line=number)
        yield number, text


def jsonl_beacons(file: BinaryIO, make: Make[B]) -> Iterator[B]:
    """Yield the beacon, as ``make`` makes it, of each line that is not blank; raises `FormatError` with the line."""
    for number, text in _lines(file):
        if text and not text.isspace():
            try:
                beacon = make(json_object(text, "a beacon"))
            except FormatError as error:
                cut = not text.endswith(("}", "]", "\n"))
                rule = f"the file ends within this line, half-written? ({error.rule})" if cut else error.rule
                raise FormatError(rule, line=number, field=error.field) from None
            yield beacon


def json_beacons(file: BinaryIO, make: Make[B]) -> Iterator[B]:
    """Yield the beacons of a JSON list or of a single object; raises `FormatError` with the line."""
    for line, found in objects_of(Pieces(file)):
        try:
            beacon = make(json_object(found, "a beacon"))
        except FormatError as error:
            raise error.at(line=line) from None
        yield beacon


def csv_beacons(file: BinaryIO, make: Make[B]) -> Iterator[B]:
    """Yield the beacon of each row; raises `FormatError` with the line."""
    taken = 0  # lines since the last row

    def texts() -> Iterator[str]:
        nonlocal taken
        for number, text in lines:
            taken += 1
            if taken > _LINES_OF_A_ROW:
                raise FormatError(
                    f"a row over more than {_LINES_OF_A_ROW} lines, which no beacon is; is a quote open?", line=number
                )
            yield text

    lines = _lines(file)
    header, delimiter, last = _header(lines)
    rows = csv.reader(texts(), strict=True, delimiter=delimiter)
    while True:
        try:
            taken = 0
            if any(cells := next(rows)):  # spreadsheets write rows of empty cells after the last one
                yield make(_fields(header, cells))
        except StopIteration:
            return
        except csv.Error as error:
            raise FormatError(f"not CSV ({error})", line=last + rows.line_num) from None
        except FormatError as error:
            raise error.at(line=last + rows.line_num) from None


def _header(lines: Iterator[tuple[int, str]]) -> tuple[list[str], str, int]:
    """Return the names of the columns, their separator, and the number of the header line."""
    number, text = next(lines, (1, ""))
    delimiters: tuple[str, ...] = _DELIMITERS
    if said := _SEPARATOR.fullmatch(text):
        delimiters = (said[1],)
        number, text = next(lines, (number + 1, ""))
    readings: list[tuple[list[str], str]] = []
    for delimiter in delimiters:
        with suppress(csv.Error):
            readings += [(cells, delimiter) for cells in csv.reader([text], strict=True, delimiter=delimiter)]
    header, delimiter = next(
        (found for found in readings if {"round", "signature"} <= {*found[0]}),
        max(readings, key=lambda found: len(found[0]), default=([text.strip()], ",")),
    )
    try:
        columns_of(header)
    except FormatError as error:
        raise error.at(line=number) from None
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise FormatError(f"columns that come twice: {shown(', '.join(twice))}", line=number)
    return header, delimiter, number


def _fields(header: list[str], cells: list[str]) -> dict[str, object]:
    if len(cells) != len(header):
        raise FormatError(f"expected {len(header)} cells as in the header, got {len(cells)}")
    fields: dict[str, object] = dict(zip(header, cells, strict=True))
    text = str(fields["round"])
    if not (number := _ROUND.fullmatch(text)):
        rounded = "; the program that wrote it has rounded it" if _ROUNDED.fullmatch(text) else ""
        raise FormatError(f"expected a whole number, got {shown(text[:24])!r}{rounded}", field="round")
    return fields | {"round": int(number[1])}
