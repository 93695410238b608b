"""One beacon out of a file, by its round; what a relay has answered will do, under any name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from os import PathLike
from pathlib import Path

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError
from drandlab.files import name_of, read_text
from drandlab.remote.tables.read_files import SUFFIXES, read_beacons
from drandlab.typing import Round

__all__ = ["beacon_in_file"]

_MOST = 1 << 20
"""Bytes of a file whose name does not say of which kind it is."""


def beacon_in_file(path: str | PathLike[str], rounds: Collection[Round]) -> Beacon | None:
    """Return the first beacon in a file that is of one of the ``rounds``, None if there is none; it is not verified.

    A file whose name ends as those of `read_beacons` is read as one of these. Any other, such as a pipe, holds the JSON
    of a beacon, or one on each line. Raises `FormatError` for what is not in its format.

    >>> from drandlab.remote.shipped import shipped
    >>> beacon_in_file(shipped("data", "beacons", "fastnet.jsonl"), [2]).round
    2
    """
    known = Path(name_of(path)).suffix.lower() in SUFFIXES
    return next((one for one in (read_beacons(path) if known else _in_text(path)) if one.round in rounds), None)


def _in_text(path: str | PathLike[str]) -> Iterable[Beacon]:
    text = read_text(path, _MOST)
    try:
        return [Beacon.from_json(text)]
    except FormatError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):
            raise error.at(source=name_of(path)) from None
    return [_on_line(path, number, line) for number, line in lines]


def _on_line(path: str | PathLike[str], number: int, line: str) -> Beacon:
    try:
        return Beacon.from_json(line)
    except FormatError as error:
        raise error.at(source=name_of(path), line=number) from None
