"""Bytes in and out of a command that is a filter: files, pipes, and terminals, which get no binary."""

from __future__ import annotations

import os
import re
import stat
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from drandlab.errors import LocalError
from drandlab.files import check_writable, opened, written
from drandlab.paths import own_handle
from drandlab.timelock.byte_source import Readable
from drandlab.timelock.sealed_file import Writable
from drandlab.typing import Progress

__all__ = [
    "CountedReader",
    "TextOnly",
    "binary_input",
    "binary_output",
    "check_output",
    "is_stdin",
    "on_a_terminal",
    "size_of",
]

STREAM = "-"
"""The name of standard input and of standard output."""

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Characters that text on a terminal does not have: all that steer it, but tabs and line ends."""


def is_stdin(name: str | None) -> bool:
    """Return whether an input is standard input, under any of its names.

    >>> is_stdin(None), is_stdin("-"), is_stdin("bid.txt")
    (True, True, False)
    """
    return name in (None, STREAM) or own_handle(str(name)) == 0


@contextmanager
def binary_input(name: str | None) -> Iterator[BinaryIO]:
    """Give the file ``name``, or standard input for None and ``-``, as a binary file.

    Raises `FormatError` for a file that cannot be read.
    """
    if name not in (None, STREAM):
        with opened(name) as file:
            yield file
    elif sys.stdin is None:
        raise LocalError("standard input is closed; name a file")
    else:
        yield sys.stdin.buffer


@contextmanager
def binary_output(name: str | None) -> Iterator[BinaryIO]:
    """Give the file ``name``, or standard output for None and ``-``, to write to.

    A file appears when the block ends well, and otherwise nothing is left of it. Raises `LocalError` for one that
    cannot be written.
    """
    if name not in (None, STREAM):
        with written(name) as file:
            yield file
    elif sys.stdout is None:
        raise LocalError("standard output is closed; name a file with -o")
    else:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


def check_output(name: str | None, source: str | None) -> None:
    """Raise, before work begins, the `LocalError` of an output that cannot be written, or that is the input."""
    if name in (None, STREAM):
        return
    there, given = _stat(name), _stat(source)
    if there is not None and given is not None and stat.S_ISREG(there.st_mode) and os.path.samestat(there, given):
        raise LocalError(f"{name}: is the input, whose content would be lost; choose another file")
    check_writable(name)


def on_a_terminal(output: str | None) -> bool:
    """Return whether the output goes to a terminal, without that ``-`` says so."""
    return output is None and sys.stdout is not None and sys.stdout.isatty()


def size_of(source: str | None) -> int | None:
    """Return the bytes of an input that is a regular file, None for any other."""
    found = _stat(source)
    return found.st_size if found is not None and stat.S_ISREG(found.st_mode) else None


def _stat(source: str | None) -> os.stat_result | None:
    """What is known of a file or, for None and ``-``, of standard input; None if that is nothing."""
    try:
        return os.stat(source) if source not in (None, STREAM) else os.fstat(sys.stdin.fileno())
    except (OSError, ValueError, AttributeError):  # nothing there, no such name, a closed stream
        return None


class CountedReader:
    """A binary file that tells how much of it was read."""

    def __init__(self, file: Readable, size: int | None, advance: Progress) -> None:
        self._file, self._size, self._advance, self._done = file, size, advance, 0

    def read(self, size: int, /) -> bytes | None:
        """Return up to ``size`` bytes of the file."""
        piece = self._file.read(size)
        self._done += len(piece or b"")
        self._advance(self._done, self._size)
        return piece


class TextOnly:
    """A terminal that takes text in UTF-8 and refuses everything else, which could steer it."""

    def __init__(self, terminal: Writable) -> None:
        self._terminal, self._decoder = terminal, getincrementaldecoder("utf-8")()

    def write(self, data: bytes | memoryview, /) -> int | None:
        """Write text; raises `LocalError` for what is none."""
        try:
            text = self._decoder.decode(bytes(data))
        except UnicodeDecodeError:
            text = "\0"
        if _CONTROLS.search(text):
            raise LocalError("this is binary, which is not shown on a terminal; take -o FILE, or -o - to see it anyway")
        return self._terminal.write(data)
