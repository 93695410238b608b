"""Armor: an age file as text, in base64 between two lines, so that it can be mailed or pasted.

    -----BEGIN AGE ENCRYPTED FILE-----
    <base64 with padding, in lines of 64 letters, of which the last may be shorter>
    -----END AGE ENCRYPTED FILE-----

Read strictly, as ``age`` does: lines end with LF or with CR and LF; white space before the first line and after the
last one, up to 1024 bytes each, is skipped; all else is refused, such as a line that is too long, too short or empty,
space within a line, missing padding, bits that are left over, other text before or after.

Whatever is wrong with the armor, its base64 included, has the reason ``armor``, as age calls all of it an armor
failure: the reason ``base64`` is for the header inside.

Source: the age format, C2SP/age.md, "ASCII armor"; Go ``filippo.io/age/armor``; RFC 7468 (strict form).
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Iterator

from drandlab.printable import repr_of
from drandlab.timelock.base64_text import COLUMNS, from_base64
from drandlab.timelock.byte_source import ByteInput, ByteSource
from drandlab.timelock.reasons import TimelockError

__all__ = ["MOST_SPACE", "is_armored", "read_armor", "write_armor"]

MOST_SPACE = 1024
"""Bytes of white space that are skipped before the armor, and after it."""

_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
_END = b"-----END AGE ENCRYPTED FILE-----"
_BINARY = b"age-"
_DASHES = b"-----"
_SPACE = b" \t\n\v\f\r"

_LINE_BYTES = COLUMNS // 4 * 3
_LINES = 1024
"""Full lines that are read, or written, in one step."""


def is_armored(source: ByteSource) -> bool:
    r"""Return whether ``source`` is to be read as armor, if perhaps in vain. Nothing is taken from it.

    That is so where five dashes are first, after white space perhaps, and where the line that begins the armor stands
    below other text.

    >>> is_armored(ByteSource(b"\n -----begin")), is_armored(ByteSource(b"age-encryption.org/v1"))
    (True, False)
    """
    start = source.peek(2 * MOST_SPACE)
    if start.startswith(_BINARY):
        return False
    # so much white space is before no age file: its armor says so best
    only_space = len(start) == 2 * MOST_SPACE and not start.strip(_SPACE)
    return only_space or start.lstrip(_SPACE).startswith(_DASHES) or _BEGIN in start


def write_armor(data: ByteInput) -> Iterator[bytes]:
    """Yield ``data`` (bytes, a binary file or an iterator of bytes) in armor, piece by piece.

    >>> print(b"".join(write_armor(b"an age file")).decode(), end="")
    -----BEGIN AGE ENCRYPTED FILE-----
    YW4gYWdlIGZpbGU=
    -----END AGE ENCRYPTED FILE-----
    """
    source = ByteSource(data)

    def lines() -> Iterator[bytes]:
        yield _BEGIN + b"\n"
        while block := source.read(_LINES * _LINE_BYTES):
            text = b2a_base64(block, newline=False)
            yield b"\n".join([*(text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS)), b""])
        yield _END + b"\n"

    return lines()


def read_armor(source: ByteSource) -> Iterator[bytes]:
    """Yield the bytes of the armored file that is the rest of ``source``, piece by piece.

    Raises `TimelockError` with the reason armor while it is read: only when the iterator has ended is the armor whole.

    >>> b"".join(read_armor(ByteSource(b"".join(write_armor(b"an age file")))))
    b'an age file'
    """
    number = _read_begin(source)
    while piece := _full_lines(source):
        yield piece
        number += len(piece) // _LINE_BYTES
    ended = False
    while (line := _line(source)) != _END:
        number += 1
        if ended:
            raise _refused(number, f"expected {_END.decode()} after a line that is not full, got {_seen(line)}")
        piece = _of_line(line, number)
        ended = len(piece) < _LINE_BYTES
        yield piece
    rest = source.read(MOST_SPACE + 1)
    if rest.strip(_SPACE):
        raise _refused(number + 2, "expected nothing but white space after the armor")
    if len(rest) > MOST_SPACE:
        raise _refused(number + 2, f"more than {MOST_SPACE} bytes of white space after the armor")


def _refused(number: int, why: str) -> TimelockError:
    return TimelockError(f"line {number} of the armor: {why}", code="armor")


def _seen(line: bytes) -> str:
    return repr_of(line)[1:]


def _read_begin(source: ByteSource) -> int:
    """Read up to the line that begins the armor; return its number."""
    left, number = MOST_SPACE, 1
    while not (line := source.read_line(left + len(_BEGIN) + 2)).strip(_SPACE):
        left, number = left - len(line), number + 1
        if left < 0:
            raise _refused(number, f"more than {MOST_SPACE} bytes of white space before the armor")
        if not line:
            raise _refused(number, f"expected {_BEGIN.decode()}, but the file ends")
    if _without_end(line) != _BEGIN:
        raise _refused(number, f"expected {_BEGIN.decode()}, got {_seen(line)}")
    return number


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _line(source: ByteSource) -> bytes:
    """Read the next line within the armor, or as much of it as shows that it is too long."""
    line = source.read_line(COLUMNS + 3)
    if not line:
        raise TimelockError(f"the armor is truncated: it has no line {_END.decode()}", code="armor")
    return _without_end(line)


def _of_line(line: bytes, number: int) -> bytes:
    if not line:
        raise _refused(number, "it is empty")
    if len(line) > COLUMNS:
        raise _refused(number, f"it has more than {COLUMNS} letters")
    if (piece := from_base64(line, padded=True)) is None:
        raise _refused(number, f"not canonical base64 with padding: {_seen(line)}")
    return piece


def _full_lines(source: ByteSource) -> bytes:
    """Return the bytes of the next lines, if there are many full ones with the same line end; else none, and take none.

    What is refused here is read again line by line, which finds what is wrong.
    """
    block = source.peek(_LINES * (COLUMNS + 2))
    end = b"\r\n" if block[COLUMNS : COLUMNS + 2] == b"\r\n" else b"\n"
    width = COLUMNS + len(end)
    count = len(block) // width
    block = block[: count * width]
    text = block.replace(end, b"")
    if len(text) != count * COLUMNS or block[COLUMNS::width] != end[:1] * count:
        return b""
    try:
        piece = a2b_base64(text)  # faster than from_base64, and as strict: full lines have no bits that are left over
    except Error:
        return b""
    if len(piece) != count * _LINE_BYTES:  # it skips letters that it does not know, which makes fewer bytes
        return b""
    source.read(len(block))
    return piece
