"""One beacon out of a file, by its round; what a relay has answered will do, under any name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError
from drandlab.files import name_of, read_text
from drandlab.remote.tables.read_files import SUFFIXES, read_beacons
from drandlab.text import decoded
from drandlab.typing import Round

__all__ = ["beacon_in_file", "beacons_in_stream"]

_MOST = 1 << 20
"""Bytes of a file whose name does not say of which kind it is, and of a stream, which has none."""


def beacon_in_file(path: str | PathLike[str], rounds: Collection[Round]) -> Beacon | None:
    """Return the first beacon in a file that is of one of the ``rounds``, None if there is none; it is not verified.

    A file whose name ends as those of `read_beacons` is read as one of these. Any other, such as a pipe, holds the JSON
    of a beacon, or one on each line. Raises `FormatError` for what is not in its format.

    >>> from drandlab.remote.shipped import shipped
    >>> beacon_in_file(shipped("data", "beacons", "fastnet.jsonl"), [2]).round
    2
    """
    known = Path(name_of(path)).suffix.lower() in SUFFIXES
    beacons: Iterable[Beacon] = read_beacons(path) if known else _in_text(read_text(path, _MOST), name_of(path))
    return next((one for one in beacons if one.round in rounds), None)


def beacons_in_stream(stream: BinaryIO, name: str) -> list[Beacon]:
    """Return all beacons in a stream that is called ``name``: the JSON of one, or one on each line; none is verified.

    Raises `FormatError` for anything else, and for more than 1 MiB.

    >>> import io
    >>> beacons_in_stream(io.BytesIO(b'{"round": 1, "signature": "ab"}'), "standard input")[0].round
    1
    """
    data = stream.read(_MOST + 1)
    if len(data) > _MOST:
        raise FormatError(f"longer than {_MOST:,} bytes, which no file of this kind is", source=name)
    try:
        text = decoded(data)
    except FormatError as error:
        raise error.at(source=name) from None
    return _in_text(text, name)


def _in_text(text: str, name: str) -> list[Beacon]:
    try:
        return [Beacon.from_json(text)]
    except FormatError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):
            raise error.at(source=name) from None
    return [_on_line(name, number, line) for number, line in lines]


def _on_line(name: str, number: int, line: str) -> Beacon:
    try:
        return Beacon.from_json(line)
    except FormatError as error:
        raise error.at(source=name, line=number) from None
