r"""The header of an age file: its stanzas, each a way to the file key, and a MAC over them.

    age-encryption.org/v1
    -> tlock 1000 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971
    <the body of the stanza, in base64>
    --- <MAC, in base64>

A stanza is one way to the file key: its type and arguments, then a body in lines of 64 letters, of which the last is
shorter, even if it is empty. The MAC is under a key that is derived from the file key and covers all before it, up to
the three dashes:

    MAC = HMAC-SHA256(HKDF-SHA256(file key, salt empty, info "header"), first line || stanzas || "---")

So who opens one stanza knows that no other was changed, added or taken away. Lines end with a line feed alone; base64
has no padding and one spelling. Thus a header has one spelling, too: what was read is written again byte for byte, and
the MAC of one is the MAC of the other.

Source: the age format, C2SP/age.md, "Header"; Go ``filippo.io/age/internal/format``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.timelock.age_keys import derived_key
from drandlab.timelock.base64_text import COLUMNS, from_base64, to_base64
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.reasons import TimelockError
from drandlab.typing import checked_bytes, checked_text

__all__ = ["LONGEST_HEADER", "MAC_LENGTH", "AgeHeader", "Stanza", "read_header"]

LONGEST_HEADER = 1 << 20
"""Bytes of the longest header that is read: room for a thousand recipients of any kind."""

MAC_LENGTH = 32

_FIRST_LINE = b"age-encryption.org/v1"
_ANY_VERSION = b"age-encryption.org/"
_LONGEST_FIRST_LINE = 64
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # what a shell of Windows may write where armor is redirected into a file
_MAC_LETTERS = 43
_ARGUMENT = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    r"""One way to the file key: ``args``, of which the first is the type, and ``body``.

    An argument is at least one printable ASCII character, without spaces. Raises `LocalError`.

    >>> Stanza(args=("tlock", "1000", "52db9ba7"), body=b"a sealed file key").to_bytes()
    b'-> tlock 1000 52db9ba7\nYSBzZWFsZWQgZmlsZSBrZXk\n'
    """

    args: tuple[str, ...]
    body: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            raise WrongType(f"expected a tuple of texts, got {type(self.args).__name__}", argument="args")
        if not self.args:
            raise LocalError("a stanza has a type at least, got no argument", argument="args")
        for arg in self.args:
            if not _ARGUMENT.fullmatch(checked_text(arg, "args")):
                rule = f"expected printable ASCII characters without spaces, got {repr_of(arg)}"
                raise LocalError(rule, argument="args")
        object.__setattr__(self, "body", checked_bytes(self.body, "body"))

    def to_bytes(self) -> bytes:
        """Return the lines of the stanza."""
        text = to_base64(self.body, padded=False)
        # one line more than the full ones: the last is short, and may be empty
        lines = [text[at : at + COLUMNS] for at in range(0, len(text) + 1, COLUMNS)]
        return b"\n".join([b"-> " + " ".join(self.args).encode(), *lines, b""])


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeHeader:
    r"""The ``stanzas`` of an age file, at least one, and the 32-byte ``mac`` over them.

    >>> header = AgeHeader.of([Stanza(args=("tlock",), body=b"")], file_key=bytes(16))
    >>> header.to_bytes()
    b'age-encryption.org/v1\n-> tlock\n\n--- qu7YKNJxExq7CkwAc2508X6F15DLIGta1d/2vvWHbbQ\n'
    >>> header.check_mac(b"another file key")
    Traceback (most recent call last):
    drandlab.timelock.reasons.TimelockError: the MAC of the header does not fit the file key: the header was changed
    """

    stanzas: tuple[Stanza, ...]
    mac: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.stanzas, tuple) or not all(isinstance(one, Stanza) for one in self.stanzas):
            raise WrongType("expected a tuple of stanzas", argument="stanzas")
        if not self.stanzas:
            raise LocalError("a header has one stanza at least, got none", argument="stanzas")
        object.__setattr__(self, "mac", checked_bytes(self.mac, "mac", MAC_LENGTH))

    @classmethod
    def of(cls, stanzas: Iterable[Stanza], *, file_key: bytes) -> Self:
        """Return the header of ``stanzas`` with the MAC of ``file_key``, 16 bytes."""
        bare = cls(stanzas=tuple(stanzas), mac=bytes(MAC_LENGTH))
        return cls(stanzas=bare.stanzas, mac=bare._mac_under(file_key))

    @property
    def covered(self) -> bytes:
        """The bytes that the MAC covers: all up to the three dashes, and these."""
        return b"".join([_FIRST_LINE, b"\n", *(stanza.to_bytes() for stanza in self.stanzas), b"---"])

    def _mac_under(self, file_key: bytes) -> bytes:
        return hmac.digest(derived_key(file_key, b"", b"header"), self.covered, hashlib.sha256)

    def to_bytes(self) -> bytes:
        """Return the bytes of the header, up to and with the line feed after the MAC."""
        return self.covered + b" " + to_base64(self.mac, padded=False) + b"\n"

    def check_mac(self, file_key: bytes) -> None:
        """Raise `TimelockError` if the MAC is not that of ``file_key``, 16 bytes; takes the same time for each MAC."""
        if not hmac.compare_digest(self._mac_under(file_key), self.mac):
            why = "the MAC of the header does not fit the file key: the header was changed"
            raise TimelockError(why, code="mac")


class _HeaderLines:
    """The lines of a header after the first, counted, and bounded in all."""

    def __init__(self, source: ByteSource) -> None:
        self.source, self.number, self._end = source, 1, source.taken + LONGEST_HEADER

    def error(self, why: str, *, code: str) -> TimelockError:
        return TimelockError(f"line {self.number} of the header: {why}", code=code)

    def next(self) -> bytes:
        """Return the next line without its end."""
        self.number += 1
        line = self.source.read_line(self._end - self.source.taken)
        if line.endswith(b"\r\n"):
            raise self.error("it ends with CR and LF, expected LF alone", code="header")
        if line.endswith(b"\n"):
            return line[:-1]
        if self.source.taken == self._end:
            raise TimelockError(f"the header has no end within {LONGEST_HEADER} bytes", code="header")
        raise _cut(self.number)


def _cut(number: int) -> TimelockError:
    return TimelockError(f"the file is truncated: it ends within line {number} of its header", code="truncated")


def _read_first_line(source: ByteSource) -> None:
    line = source.read_line(_LONGEST_FIRST_LINE)
    if line == _FIRST_LINE + b"\n":
        return
    if line and _FIRST_LINE.startswith(line):
        raise _cut(1)
    if line == _FIRST_LINE + b"\r\n":
        raise TimelockError("line 1 of the header: it ends with CR and LF, expected LF alone", code="header")
    if line.startswith(_ANY_VERSION):
        came = repr_of(line[len(_ANY_VERSION) :].rstrip(b"\n"))
        raise TimelockError(
            f"a version of the age format that is not read here: expected v1, got {came}", code="version"
        )
    came = f"it begins with {line[:16].hex()}" if line else "it is empty"
    if line.startswith(_UTF_16):
        came = "it is text in UTF-16; save it as ASCII"
    raise TimelockError(f"not in the age format: {came}", code="format")


def _read_stanza(line: bytes, lines: _HeaderLines) -> Stanza:
    """Read the stanza that begins with ``line``."""
    args = line.removeprefix(b"-> ").decode("latin-1").split(" ")
    if not all(_ARGUMENT.fullmatch(arg) for arg in args):
        raise lines.error(
            "the arguments of a stanza are printable ASCII characters, with one space between two", code="stanza"
        )
    pieces = []
    while True:
        text = lines.next()
        if text.startswith((b"-> ", b"---")):
            raise lines.error("the stanza before it has no short last line (which may be empty)", code="stanza")
        if len(text) > COLUMNS:
            raise lines.error(
                f"expected at most {COLUMNS} letters of the body of a stanza, got {len(text)}", code="stanza"
            )
        if (piece := from_base64(text, padded=False)) is None:
            raise lines.error("the body of a stanza is not in canonical base64 without padding", code="base64")
        pieces.append(piece)
        if len(text) < COLUMNS:
            return Stanza(args=tuple(args), body=b"".join(pieces))


def _mac_of(line: bytes, lines: _HeaderLines) -> bytes:
    text = line.removeprefix(b"--- ")
    if text == line or len(text) != _MAC_LETTERS:
        rule = f"expected '--- ' and a MAC of {_MAC_LETTERS} letters, got {len(line)} characters"
        raise lines.error(rule, code="header")
    if (mac := from_base64(text, padded=False)) is None:
        raise lines.error("the MAC is not in canonical base64 without padding", code="base64")
    return mac


def read_header(source: ByteSource) -> AgeHeader:
    r"""Read the header of an age file from its beginning, and not a byte beyond.

    Stanzas of every type are kept, also of those that nobody knows. The MAC is not checked yet: that takes the file key
    (`AgeHeader.check_mac`). Raises `TimelockError`: format (no age file), version, header (its lines, its length, the
    line of the MAC), stanza, base64, truncated.

    >>> header = read_header(ByteSource(b"age-encryption.org/v1\n-> grease\n\n--- " + b"A" * 43 + b"\n"))
    >>> header.stanzas
    (Stanza(args=('grease',), body=b''),)
    """
    lines = _HeaderLines(source)
    _read_first_line(source)
    stanzas: list[Stanza] = []
    while not (line := lines.next()).startswith(b"---"):
        if not line.startswith(b"-> "):
            raise lines.error("expected a stanza ('-> ') or the MAC ('--- ')", code="header")
        stanzas.append(_read_stanza(line, lines))
    mac = _mac_of(line, lines)
    if not stanzas:
        raise lines.error("there is no stanza before the MAC, expected one at least", code="stanza")
    return AgeHeader(stanzas=tuple(stanzas), mac=mac)
