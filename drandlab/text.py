"""Text from outside: how bytes become text, hexadecimal becomes bytes, and foreign text is shown on a screen.

One rule for every format and every command:

* text is UTF-8, with or without its mark; other encodings are named, and nothing is guessed (`decoded`, `text_of`);
* hexadecimal has two digits a byte, of either case, without 0x and without blanks (`hex_bytes`);
* foreign text is shown without characters that control a terminal or are invisible (`shown`).
"""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

from drandlab.errors import FormatError, WrongType
from drandlab.printable import PLAIN, shown

__all__ = ["MARK", "check_encoding", "decoded", "discreet", "hex_bytes", "not_utf8", "shown", "text_of"]

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark that some editors put before UTF-8 text; it is not part of the text."""

# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
_OTHER_MARKS = (
    (BOM_UTF32_LE, "UTF-32"),
    (BOM_UTF32_BE, "UTF-32"),
    (BOM_UTF16_LE, "UTF-16"),
    (BOM_UTF16_BE, "UTF-16"),
)

# Without a mark, zero bytes beside the first letter show the encoding: UTF-8 text has none.
_ZEROS = (
    (re.compile(rb"[^\0]\0\0\0|\0\0\0[^\0]"), "UTF-32"),
    (re.compile(rb"[^\0]\0[^\0]\0|\0[^\0]\0[^\0]|[^\0]\0\Z|\0[^\0]\Z"), "UTF-16"),
)

_NO_DIGIT = re.compile("[^0-9A-Fa-f]")


def decoded(data: bytes, *, first_line: int = 1) -> str:
    """Return the text that ``data`` holds in UTF-8, without a byte order mark.

    ``first_line`` is the number of the line on which ``data`` begins, for readers that read a file line by line. Raises
    `FormatError` with the line, for UTF-16 and UTF-32, which it names, and for a byte that is not UTF-8.

    >>> decoded(b"\\xef\\xbb\\xbfround,signature")
    'round,signature'
    >>> decoded(b"name\\ncaf\\xe9")
    Traceback (most recent call last):
    drandlab.errors.FormatError: line 2: not UTF-8 text (byte 0xe9 at column 4); save it as UTF-8
    """
    if first_line == 1:
        check_encoding(data)
        data = data.removeprefix(BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        begin = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[begin : error.start].decode()) + 1
        raise not_utf8(error, first_line, f" at column {column}") from None


def check_encoding(head: bytes) -> None:
    """Raise `FormatError` for the first bytes of a text in UTF-16 or UTF-32, which it names."""
    if (name := _other_encoding(head)) is not None:
        raise FormatError(f"this is {name} text; save it as UTF-8", line=1)


def not_utf8(error: UnicodeDecodeError, first_line: int, where: str = "") -> FormatError:
    """Return the error for a byte that is not UTF-8, in a part of a text that begins on ``first_line``."""
    line = first_line + error.object.count(b"\n", 0, error.start)
    return FormatError(f"not UTF-8 text (byte 0x{error.object[error.start]:02x}{where}); save it as UTF-8", line=line)


def _other_encoding(data: bytes) -> str | None:
    for mark, name in _OTHER_MARKS:
        if data.startswith(mark):
            return name
    head = data[:4]
    return next((name for zeros, name in _ZEROS if zeros.match(head)), None) if b"\0" in head else None


def text_of(source: object, what: str) -> str:
    """Return ``source`` as text: a string, or bytes in UTF-8, with or without a byte order mark.

    ``what`` says for the error what the text should be. Raises `WrongType` for anything else, such as the path of a
    file, and `FormatError` for bytes that are not UTF-8.

    >>> text_of(b"[network]", "a scenario")
    '[network]'
    >>> text_of(None, "a scenario")
    Traceback (most recent call last):
    drandlab.errors.WrongType: expected a scenario as text or bytes, got None
    """
    if isinstance(source, str):
        return source.removeprefix(MARK)
    if isinstance(source, bytes | bytearray | memoryview):
        return decoded(bytes(source))
    if hasattr(source, "__fspath__"):
        hint = "a path; give what the file holds: path.read_bytes()"
    elif hasattr(source, "read"):
        hint = "an open file; give what it holds: file.read()"
    else:
        hint = "None" if source is None else f"{type(source).__name__}"
    raise WrongType(f"expected {what} as text or bytes, got {hint}")


_DIGITS = re.compile("[0-9A-Fa-f]{8,}")


def discreet(name: str) -> str:
    """Return a name from outside for an error, without eight hexadecimal digits in a row: they may be a secret.

    A secret may be in the wrong place by mistake: a private file given for another one, a secret as a key of TOML.

    >>> discreet("Treshold"), discreet("key 2a2a2a2a2a2a")
    ('Treshold', 'key …')
    """
    return _DIGITS.sub("…", name)


def hex_bytes(text: str, *, length: int | None = None, field: str | None = None) -> bytes:
    """Return the bytes of a text in hexadecimal: two digits a byte, of either case, no 0x and no blanks.

    ``length`` is the number of bytes wanted, ``field`` the name for the error. Raises `FormatError`, which gives the
    number of digits and the place of a character that is not a digit, but never the digits: they may be secret.

    >>> hex_bytes("00fF").hex()
    '00ff'
    >>> hex_bytes("00f", field="signature")
    Traceback (most recent call last):
    drandlab.errors.FormatError: field "signature": expected hexadecimal digits, two a byte, got 3: an odd number
    """
    if (bad := _NO_DIGIT.search(text)) is not None:
        raise FormatError(_no_digit(text, bad.start()), field=field)
    if len(text) % 2:
        raise FormatError(f"expected hexadecimal digits, two a byte, got {len(text)}: an odd number", field=field)
    if length is not None and len(text) != 2 * length:
        raise FormatError(f"expected {length} bytes in hexadecimal, got {len(text) // 2}", field=field)
    return bytes.fromhex(text)


def _no_digit(text: str, place: int) -> str:
    rule = "expected hexadecimal digits, two a byte"
    if text[:2] in ("0x", "0X"):
        return f"{rule}, got 0x before them; leave it out"
    character = text[place]
    if PLAIN.fullmatch(character) and character != " ":
        name = repr(character)
    else:
        name = f"U+{ord(character):04X}"
        if called := unicodedata.name(character, "").lower():
            name = f"{name} ({called})"
    return f"{rule}; character {place + 1} of {len(text)} is {name}"
