"""Reading files of beacons, strictly and in small pieces.

============================ =================================================================================
``.jsonl``                   one JSON object a line, in the v1 or v2 form of the HTTP API
``.json``                    a JSON list of such objects, or one of them
``.csv``                     a header line, then one beacon a line, as programs and Excel write it
``.parquet``                 hexadecimal text (categories too) or bytes in the columns
``.sqlite``, ``.db``         a table ``beacons``, as ``drandlab fetch`` writes it, or as a node stores it
``.db``                      the database of a drand daemon (``drand.db``, or a backup of it)
============================ =================================================================================

The last three are recognised by their first bytes, whatever their name; a compressed file is reported as such. A FIFO
and a link to ``/dev/stdin`` are read like files. Text is UTF-8, with or without a byte order mark.

Fields and columns are ``round``, ``signature``, ``previous_signature`` (chained networks) and ``randomness`` (optional:
it is checked when the beacon is verified); others are ignored. A composed chain's beacons have ``satellite_signature``
besides, and `read_composed` reads them: ``signature`` is then the ground half's, and ``randomness`` the composed one.
In every kind an empty text means the same as a missing
one. Parquet and SQLite files may also name their chain, as `drandlab.remote.tables.write_files` writes it. A file that
breaks its format is refused with `FormatError`, which names the file, the line (or row) and the field. Nothing is
repaired, and only blank lines are skipped. The cost of reading a file is limited, even if an attacker made it: see the
modules of the kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import AnyChain, ComposedBeacon, ComposedInfo
from drandlab.beacon.linker import Linker
from drandlab.errors import FormatError
from drandlab.files import name_of, opened, regular, spooled
from drandlab.remote.tables.bolt import bolt_beacons
from drandlab.remote.tables.parquet_rows import parquet_beacons, parquet_mark
from drandlab.remote.tables.rows import B, Make, beacon_of, composed_of
from drandlab.remote.tables.sqlite_rows import in_use_perhaps, sqlite_beacons, sqlite_mark
from drandlab.remote.tables.text_rows import csv_beacons, json_beacons, jsonl_beacons
from drandlab.text import shown

__all__ = ["SUFFIXES", "chain_of", "read_beacons", "read_composed"]

_Reader: TypeAlias = Callable[[Path, Make[Any]], Iterator[Any]]

_TEXTS: dict[str, Callable[[BinaryIO, Make[Any]], Iterator[Any]]] = {
    ".jsonl": jsonl_beacons,
    ".json": json_beacons,
    ".csv": csv_beacons,
}
_BINARIES: dict[str, _Reader] = {
    ".parquet": parquet_beacons,
    ".sqlite": sqlite_beacons,
    ".db": sqlite_beacons,
}
_MARKS: dict[_Reader, Callable[[Path], AnyChain | None]] = {
    parquet_beacons: parquet_mark,
    sqlite_beacons: sqlite_mark,
}
SUFFIXES = (*_TEXTS, *_BINARIES)
"""Suffixes of the files that `read_beacons` knows."""

_HEADS: tuple[tuple[int, bytes, _Reader], ...] = (
    (0, b"PAR1", parquet_beacons),
    (0, b"SQLite format 3\0", sqlite_beacons),
    (16, bytes.fromhex("edda0ced"), bolt_beacons),
)
_OTHERS = (
    (b"\x1f\x8b", "is compressed with gzip: unpack it first (gunzip)"),
    (b"BZh", "is compressed with bzip2: unpack it first (bunzip2)"),
    (b"\xfd7zXZ\0", "is compressed with xz: unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it first (unzstd)"),
    (b"\x04\x22\x4d\x18", "is compressed with lz4: unpack it first (unlz4)"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it first"),
    (b"PK\x03\x04", "is a zip archive, or a workbook: unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook: save the sheet as CSV"),
)


def read_beacons(path: str | PathLike[str]) -> Iterator[Beacon]:
    """Yield the beacons of a file in its order, well formed but not yet verified.

    If the file itself names a chained network, missing previous signatures are filled in (`drandlab.beacon.linker`);
    otherwise `drandlab.verify_batch` does so. Raises `FormatError`: at once if the file does not exist or is of an
    unknown kind, during the reading at the place that breaks the format, and for a file without any beacon.

    >>> from drandlab.remote.shipped import shipped
    >>> next(read_beacons(shipped("data", "beacons", "fastnet.jsonl")))
    Beacon(round=1, signature=9544ddce…)
    """
    return _read(_checked(path), beacon_of, _linked)


def read_composed(path: str | PathLike[str]) -> Iterator[ComposedBeacon]:
    """Yield the composed beacons of a file in its order; otherwise as `read_beacons`.

    A row without the satellite's signature is yielded too: it waits for that, and never verifies. Missing previous
    signatures of the ground half stay missing; `drandlab.verify_batch` fills them in.
    """
    return _read(_checked(path), composed_of, _rows_of)


def _checked(given: str | PathLike[str]) -> Path:
    path = Path(name_of(given))
    with _named(path):
        if path.is_dir():
            raise FormatError("is a folder, expected a file of beacons")
        reader = _reader(path)
        if reader is None and path.suffix.lower() not in _TEXTS:
            kinds = ", ".join(SUFFIXES)
            raise FormatError(f"unknown kind of file {shown(path.suffix)!r}; the known ones end in {kinds}")
        if path.stat().st_size == 0 and regular(path):
            raise FormatError("the file is empty")
    return path


def _reader(path: Path) -> _Reader | None:
    """The reader of a binary file, by its first bytes or else by its name; None for text files."""
    if regular(path):
        if in_use_perhaps(path):
            return sqlite_beacons
        with opened(path) as file:
            return _by_head(file) or _BINARIES.get(path.suffix.lower())
    return _BINARIES.get(path.suffix.lower())


def _by_head(file: BufferedReader) -> _Reader | None:
    head = file.peek()
    for magic, what in _OTHERS:
        if head.startswith(magic):
            raise FormatError(what)
    return next((reader for place, magic, reader in _HEADS if head[place:].startswith(magic)), None)


def _read(path: Path, make: Make[B], rows: Callable[[Path, Make[B]], Iterator[B]]) -> Iterator[B]:
    empty = True
    with _named(path):
        for beacon in rows(path, make):
            empty = False
            yield beacon
        if empty:
            raise FormatError("the file holds no beacon")


def _linked(path: Path, make: Make[Beacon]) -> Iterator[Beacon]:
    """The beacons, with the previous signatures put in where the file names a chained network."""
    reader = _reader(path)
    chain = _MARKS[reader](path) if reader in _MARKS and regular(path) else None
    return Linker(chain).over(_rows_of(path, make)) if isinstance(chain, ChainInfo) else _rows_of(path, make)


def _rows_of(path: Path, make: Make[B]) -> Iterator[B]:
    reader = _reader(path)
    return _streamed(path, reader, make) if reader is None or not regular(path) else reader(path, make)


def _streamed(path: Path, reader: _Reader | None, make: Make[B]) -> Iterator[B]:
    with opened(path) as file:
        if not file.peek():
            raise FormatError("the file is empty")
        if reader is not None and _by_head(file) is None:
            raise FormatError(f"expected a {path.suffix.lower()} file, but it begins with {file.peek()[:8]!r}")
        if reader := _by_head(file):
            with spooled(file, str(path)) as copy:
                yield from reader(copy, make)
        else:
            yield from _TEXTS[path.suffix.lower()](file, make)


def chain_of(path: str | PathLike[str]) -> ChainInfo | None:
    """Return the chain that a file of beacons names; None if it names none.

    Raises `FormatError` for a file that cannot be read, for an invalid chain info in it, and for a composed chain.
    """
    path = Path(name_of(path))
    with _named(path):
        mark = _MARKS.get(_reader(path) or bolt_beacons)
        chain = mark(path) if mark else None
        if isinstance(chain, ComposedInfo):
            raise FormatError("holds beacons of a composed chain, expected those of one chain")
        return chain


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn errors into a `FormatError` that names the file."""
    try:
        yield
    except FormatError as error:
        raise error.at(source=str(path)) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", source=str(path)) from None
