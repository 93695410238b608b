"""The footer and the page headers of a Parquet file, read before anything in it is unpacked.

A few bytes of Parquet can stand for gigabytes: packed pages, repeated values, texts that share their beginning. The
footer and each page's head say how large things become, and no decoder unpacks more than they say; so they are checked
first, and a file that is out of all proportion for beacons is refused.

Both are structures in Thrift's compact protocol: a byte of type and field number, numbers as zigzag varints, texts with
their length. Only what is needed is kept, as nested dictionaries from field number to value.

Source: Apache Parquet, ``parquet.thrift`` and "File format"; Apache Thrift, "Compact protocol encoding".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from drandlab.errors import FormatError

__all__ = ["Chunk", "RowGroup", "check_pages", "read_footer"]

Struct: TypeAlias = dict[int, Any]

Chunk: TypeAlias = tuple[str, int, int]
"""A column's name, the place of its part of a row group, and the bytes of that part in the file."""

RowGroup: TypeAlias = tuple[int, list[Chunk]]
"""The number of rows of a row group, and the chunks of the wanted columns."""

_FOOTER = 1 << 22
_GROUPS = 1 << 12
_SCHEMA = 1 << 10
_DEPTH = 12
"""Limits: bytes of the footer, row groups, names in the schema, and nested structures."""

_ROWS_OF_A_GROUP = 1 << 21
_PAGE, _PAGES, _PAGE_HEAD = 1 << 25, 1 << 26, 1 << 14
_SMALL_PAGE, _MEAN = 1 << 20, 512
_DICTIONARY = 1 << 20
"""Rows of a row group, bytes of a page when unpacked, of one page of each column together, and of a page's head; in a
page of more than a million bytes, the mean of its values; and values of a dictionary. Most writers make pages of about
a million bytes, and groups of 30,000 to a million rows."""

_LEAST, _FEW = 16, 10_000
"""Smallest size of a packed beacon in bytes (a signature has no pattern), and a number of rows never checked."""

_DELTA_BYTE_ARRAY = 7

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)


class _Thrift:
    """A reader of Thrift structures; raises `ValueError` and `IndexError` for anything else."""

    def __init__(self, data: bytes) -> None:
        self._data, self.place = data, 0

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self.place]
            self.place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _number(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _bytes(self) -> bytes:
        length = self._varint()
        if length > len(self._data) - self.place:
            raise ValueError("a text that ends beyond the end")
        self.place += length
        return self._data[self.place - length : self.place]

    def struct(self, depth: int = 0) -> Struct:
        found: Struct = {}
        field = 0
        while head := self._data[self.place]:
            self.place += 1
            field = field + (head >> 4) if head >> 4 else self._number()
            found[field] = self._value(head & 0x0F, depth)
        self.place += 1
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError("too many structures in one another")
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in (_I16, _I32, _I64):
            return self._number()
        if kind == _BINARY:
            return self._bytes()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            head = self._data[self.place]
            self.place += 1
            count = head >> 4 if head >> 4 < 15 else self._varint()
            if count > len(self._data) - self.place:
                raise ValueError("a list that ends beyond the end")
            return [self._item(head & 0x0F, depth + 1) for _ in range(count)]
        if kind in (_BYTE, _DOUBLE):
            self.place += 1 if kind == _BYTE else 8
            return None
        raise ValueError(f"a value of the unknown kind {kind}")

    def _item(self, kind: int, depth: int) -> Any:
        if kind in (_TRUE, _FALSE):
            self.place += 1
            return None
        return self._value(kind, depth)


def read_footer(path: Path, wanted: Collection[str]) -> list[RowGroup]:
    """Return the place of the chunks of the columns ``wanted`` in each row group.

    Raises `FormatError` for what is no footer, for one without end or of another file, and for too much of anything.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        data = _footer_bytes(file, size)
    try:
        footer = _Thrift(data).struct()
        schema, groups, rows = footer[2], footer[4], footer[3]
        if len(schema) > _SCHEMA or len(groups) > _GROUPS:
            raise FormatError(f"more than {_SCHEMA:,} columns or {_GROUPS:,} row groups, which no beacons have")
        _check_schema(schema)
        found = [_row_group(group, wanted) for group in groups]
        if sum(count for count, _ in found) != rows:
            raise FormatError("damaged Parquet (its row groups do not hold its rows)")
        if rows > max(_FEW, size // _LEAST):
            raise FormatError(f"{rows:,} rows in {size:,} bytes: more than such a file has room for")
        return found
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("damaged Parquet (invalid footer)") from None


def _footer_bytes(file: BinaryIO, size: int) -> bytes:
    head = file.read(4)
    if head != b"PAR1":
        raise FormatError(f"not a Parquet file: it begins with {head!r}, not with b'PAR1'")
    file.seek(max(0, size - 8))
    tail = file.read()
    if tail[-4:] != b"PAR1" or size < 8:
        raise FormatError("this Parquet file has no end: half-written? write or fetch it again")
    length = int.from_bytes(tail[:4], "little")
    if length > min(_FOOTER, size - 8):
        raise FormatError(f"damaged Parquet (its footer is of {length:,} bytes)")
    file.seek(size - 8 - length)
    return file.read(length)


def _check_schema(schema: list[Struct]) -> None:
    """Refuse a schema whose groups are nested too deeply or endlessly, since polars walks it by recursion."""
    open_groups: list[int] = []
    for element in schema:
        open_groups.append(element.get(5) or 0)
        if len(open_groups) > _DEPTH:
            raise FormatError("columns in columns in columns, which no beacons have")
        while open_groups and open_groups[-1] <= 0:
            open_groups.pop()
            if open_groups:
                open_groups[-1] -= 1


def _row_group(group: Struct, wanted: Collection[str]) -> RowGroup:
    rows = group[3]
    if not 0 <= rows <= _ROWS_OF_A_GROUP:
        raise FormatError(f"a row group of {rows:,} rows; at most {_ROWS_OF_A_GROUP:,} are read")
    chunks: list[Chunk] = []
    for chunk in group[1]:
        if 3 not in chunk:  # it is in another file
            raise FormatError("damaged Parquet (a column without its place)")
        about = chunk[3]
        name = b".".join(about[3]).decode()
        if name in wanted:
            begin = min(place for place in (about[9], about.get(11)) if place is not None and place > 0)
            chunks.append((name, begin, about[7]))
    return rows, chunks


def check_pages(path: Path, rows: int, chunks: Collection[Chunk]) -> None:
    """Raise `FormatError` if a page would be too large when unpacked, or has more values than there are rows."""
    together = 0
    with path.open("rb") as file:
        for name, begin, length in chunks:
            largest = 0
            for size, values, encoding in _pages(file, begin, begin + length, 64 + rows // 8):
                largest = max(largest, size)
                if size > _PAGE or together + largest > _PAGES:
                    raise FormatError(f"a page of {size:,} bytes, which no beacons need", field=name)
                if size > _SMALL_PAGE and size > values * _MEAN:
                    raise FormatError(f"{values:,} values in {size:,} bytes, which no beacons are", field=name)
                if values > (rows if encoding >= 0 else max(rows, _DICTIONARY)):
                    raise FormatError(f"damaged Parquet ({values:,} values for {rows:,} rows)", field=name)
                if encoding == _DELTA_BYTE_ARRAY:
                    raise FormatError("is encoded as DELTA_BYTE_ARRAY; write it plain or by a dictionary", field=name)
            together += largest


def _pages(file: BinaryIO, place: int, end: int, most: int) -> Iterator[tuple[int, int, int]]:
    """Yield each page's unpacked bytes, values and encoding (-1: it is a dictionary, which may hold unused values)."""
    for _ in range(most):
        if place >= end:
            return
        file.seek(place)
        thrift = _Thrift(file.read(min(_PAGE_HEAD, end - place)))
        try:
            head = thrift.struct()
            about: Struct = next((head[kind] for kind in (5, 7, 8) if kind in head), {})
            encoding = -1 if 7 in head else int(about.get(4 if 8 in head else 2, 0))
            packed, size, values = head[3], head[2], about.get(1, 0)
            if packed < 0 or size < 0 or values < 0:
                raise ValueError
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            raise FormatError("damaged Parquet (a page without its head)") from None
        yield size, values, encoding
        place += thrift.place + packed
    if place < end:
        raise FormatError(f"damaged Parquet (more than {most:,} pages in a column)")
