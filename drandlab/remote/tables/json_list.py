"""A JSON list of objects, read object by object, so that it may be of any length."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from drandlab.errors import FormatError
from drandlab.text import MARK, check_encoding, discreet, not_utf8

__all__ = ["Pieces", "objects_of"]

_PIECE = 1 << 13
_LONGEST = 1 << 14
_BLANK = 1 << 18
"""Largest object in characters (else one open brace would read the whole file), and largest run of blanks."""


class Text(Protocol):
    """Text that is read in pieces."""

    def read(self, count: int, /) -> str:
        """Return the next characters, nothing only at the end."""
        ...


class Pieces:
    """The text of a binary file, read in pieces and decoded by the rule of `drandlab.text`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._decoder, self._line, self._first = file, getincrementaldecoder("utf-8")(), 1, True

    def read(self, count: int, /) -> str:
        """Return text from the next ``count`` bytes; raises `FormatError` with the line for what is not UTF-8."""
        data, text = b"?", ""
        while data and not text:  # a piece may end within a character, and the byte order mark is no text
            data = self._file.read(count)
            if self._first:
                check_encoding(data)
            try:
                text = self._decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                raise not_utf8(error, self._line) from None
            if self._first and text:
                self._first, text = False, text.removeprefix(MARK)
        self._line += text.count("\n")
        return text


def objects_of(file: Text) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each object in the list that ``file`` holds, or of the one object that it holds.

    Only the frame of the list and the ends of the objects are checked here. Raises `FormatError` with the line.

    >>> import io
    >>> list(objects_of(io.StringIO('[{"round": 1},' + chr(10) + ' {"round": 2}]')))
    [(1, '{"round": 1}'), (2, '{"round": 2}')]
    """
    text = _Text(file)
    if text.peek() == "{":
        yield text.take_object()
    elif text.peek() == "[":
        text.skip()
        more = text.peek() != "]"
        while more:
            yield text.take_object()
            if text.peek() not in (",", "]"):
                raise text.error("expected a comma or the end of the list")
            more = text.peek() == ","
            if more:
                text.skip()
        text.skip()
    else:
        raise text.error("expected a JSON list of beacons")
    if text.peek():
        raise text.error("expected nothing after the end")


class _Text:
    """A text file with a position that moves forward; only the text around the position is in memory."""

    def __init__(self, file: Text) -> None:
        self._file, self._held, self._place, self._line = file, "", 0, 1

    @property
    def line(self) -> int:
        return self._line + self._held.count("\n", 0, self._place)

    def error(self, rule: str) -> FormatError:
        found = self._held[self._place : self._place + 16]
        return FormatError(
            f"{rule}, got {discreet(repr(found))}" if found else f"{rule}, but the file ends here", line=self.line
        )

    def _fill(self) -> bool:
        more = self._file.read(_PIECE)
        self._line, self._held, self._place = self.line, self._held[self._place :] + more, 0
        return bool(more)

    def peek(self) -> str:
        """Return the next character that is not blank; an empty text at the end."""
        blank = 0
        while True:
            rest = self._held[self._place :].lstrip(" \t\r\n")
            blank += len(self._held) - self._place - len(rest)
            self._place = len(self._held) - len(rest)
            if blank > _BLANK:
                raise self.error(f"expected a beacon, got {_BLANK:,} blanks")
            if rest or not self._fill():
                return rest[:1]

    def skip(self) -> None:
        self._place += 1

    def take_object(self) -> tuple[int, str]:
        if self.peek() != "{":
            raise self.error("expected a beacon as a JSON object")
        while True:
            try:
                _, end = json.JSONDecoder().raw_decode(self._held, self._place)
            except (ValueError, RecursionError) as error:
                if len(self._held) - self._place > _LONGEST:
                    raise self.error(
                        f"expected a beacon as a JSON object of at most {_LONGEST:,} characters ({error})"
                    ) from None
                if not self._fill():
                    raise self.error(f"expected a beacon as a JSON object ({error})") from None
            else:
                taken = self.line, self._held[self._place : end]
                self._place = end
                return taken
