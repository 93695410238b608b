"""The header of an age file: one spelling, bounds, and a MAC over all of it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import LONGEST_HEADER, AgeHeader, Stanza, read_header
from drandlab.timelock.reasons import TimelockError

KEY = b"YELLOW SUBMARINE"
TLOCK = Stanza(args=("tlock", "1000", "52db9ba7"), body=bytes(128))
GREASE = Stanza(args=("%-grease", "!", "~"), body=b"")
HEADER = AgeHeader.of([TLOCK, GREASE], file_key=KEY)
TEXT = HEADER.to_bytes()
MAC_LINE = TEXT.splitlines(keepends=True)[-1]

stanzas = st.builds(
    Stanza,
    args=st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1), min_size=1).map(tuple),
    body=st.binary(max_size=150),
)


@given(made=st.lists(stanzas, min_size=1, max_size=4), rest=st.binary(max_size=5))
def test_a_header_is_read_as_it_was_written(made: list[Stanza], rest: bytes) -> None:
    header = AgeHeader.of(made, file_key=KEY)
    source = ByteSource(io.BytesIO(header.to_bytes() + rest))
    read = read_header(source)
    assert read == header and read.to_bytes() == header.to_bytes()
    assert source.taken == len(header.to_bytes()) and source.read(10) == rest
    read.check_mac(KEY)


def test_lines_of_a_body_have_64_letters_and_the_last_fewer() -> None:
    widths = {length: [len(line) for line in body_lines(length)] for length in (0, 1, 47, 48, 49, 96, 128)}
    assert widths == {0: [0], 1: [2], 47: [63], 48: [64, 0], 49: [64, 2], 96: [64, 64, 0], 128: [64, 64, 43]}


def body_lines(length: int) -> list[bytes]:
    return Stanza(args=("x",), body=bytes(length)).to_bytes().split(b"\n")[1:-1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace(b"1000", b"1001"), id="an argument"),
        pytest.param(lambda text: text.replace(b"AAAA", b"BAAA", 1), id="a body"),
        pytest.param(lambda text: text.replace(b"-> %-grease ! ~\n\n", b""), id="a stanza less"),
        pytest.param(lambda text: text.replace(b"---", b"-> x\n\n---"), id="a stanza more"),
        pytest.param(lambda text: text.replace(MAC_LINE, b"--- " + b"A" * 43 + b"\n"), id="the MAC"),
    ],
)
def test_the_mac_covers_everything(change: Any) -> None:
    read_header(ByteSource(TEXT)).check_mac(KEY)
    changed = change(TEXT)
    assert changed != TEXT
    with pytest.raises(TimelockError, match="MAC") as caught:
        read_header(ByteSource(changed)).check_mac(KEY)
    assert caught.value.reason == "MAC"
    with pytest.raises(TimelockError, match="MAC"):
        read_header(ByteSource(TEXT)).check_mac(b"another file key")


FIRST, LINE = b"age-encryption.org/v1\n", b"-> tlock 1\n\n"
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "format"),
    "not age": (b"hello\n", "format"),
    "zeros": (bytes(100), "format"),
    "space before": (b" " + TEXT, "format"),
    "UTF-16": (TEXT.decode().encode("utf-16"), "format"),
    "a longer name": (b"age-encryption.organ/v1\n" + LINE + MAC_LINE, "format"),
    "v2": (TEXT.replace(b"/v1", b"/v2"), "version"),
    "v10": (TEXT.replace(b"/v1", b"/v10"), "version"),
    "v1 and a space": (TEXT.replace(b"/v1", b"/v1 "), "version"),
    "CRLF in all lines": (TEXT.replace(b"\n", b"\r\n"), "header"),
    "CRLF in one line": (TEXT.replace(b"~\n", b"~\r\n"), "header"),
    "CRLF after the MAC": (TEXT[:-1] + b"\r\n", "header"),
    "cut in the first line": (TEXT[:10], "truncated"),
    "cut after the first line": (FIRST, "truncated"),
    "cut in a stanza": (TEXT[:100], "truncated"),
    "cut in the MAC": (TEXT[:-1], "truncated"),
    "empty line before the stanza": (FIRST + b"\n" + LINE + MAC_LINE, "header"),
    "no arrow": (FIRST + b"tlock 1\n\n" + MAC_LINE, "header"),
    "arrow without space": (FIRST + b"->tlock 1\n\n" + MAC_LINE, "header"),
    "line after the body": (FIRST + LINE + b"AAAA\n" + MAC_LINE, "header"),
    "no stanza": (FIRST + MAC_LINE, "stanza"),
    "no argument": (FIRST + b"-> \n\n" + MAC_LINE, "stanza"),
    "two spaces": (FIRST + b"-> tlock  1\n\n" + MAC_LINE, "stanza"),
    "space at the end": (FIRST + b"-> tlock 1 \n\n" + MAC_LINE, "stanza"),
    "tab": (FIRST + b"-> tlock\t1\n\n" + MAC_LINE, "stanza"),
    "delete": (FIRST + b"-> tlock\x7f\n\n" + MAC_LINE, "stanza"),
    "no ASCII": (FIRST + "-> tlöck\n\n".encode() + MAC_LINE, "stanza"),
    "no body": (FIRST + b"-> tlock 1\n" + MAC_LINE, "stanza"),
    "no body before a stanza": (FIRST + b"-> tlock 1\n" + LINE + MAC_LINE, "stanza"),
    "no short last line": (FIRST + b"-> tlock 1\n" + b"A" * 64 + b"\n" + MAC_LINE, "stanza"),
    "a long line": (FIRST + b"-> tlock 1\n" + b"A" * 68 + b"\n" + MAC_LINE, "stanza"),
    "padding in a body": (FIRST + b"-> tlock 1\nAA==\n" + MAC_LINE, "base64"),
    "stray bits in a body": (FIRST + b"-> tlock 1\nAB\n" + MAC_LINE, "base64"),
    "one letter": (FIRST + b"-> tlock 1\nA\n" + MAC_LINE, "base64"),
    "space in a body": (FIRST + b"-> tlock 1\nAA AA\n" + MAC_LINE, "base64"),
    "stray bits in the MAC": (FIRST + LINE + b"--- " + b"A" * 42 + b"B\n", "base64"),
    "no MAC": (FIRST + LINE + b"---\n", "header"),
    "no space before the MAC": (FIRST + LINE + b"---" + b"A" * 43 + b"\n", "header"),
    "space after the MAC": (FIRST + LINE + MAC_LINE[:-1] + b" \n", "header"),
    "a short MAC": (FIRST + LINE + MAC_LINE[:-2] + b"\n", "header"),
    "a padded MAC": (FIRST + LINE + MAC_LINE[:-1] + b"=\n", "header"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_the_one_spelling_is_refused_with_its_reason(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(TimelockError) as caught:
        read_header(ByteSource(data))
    assert caught.value.reason == reason
    assert str(caught.value).isprintable()


class Endless:
    """A file that repeats a text for ever after its beginning, and counts what was taken."""

    def __init__(self, start: bytes, repeated: bytes) -> None:
        self.start, self.repeated, self.given = start, repeated * (65536 // len(repeated) + 1), 0

    def read(self, size: int, /) -> bytes:
        piece, self.start = (self.start or self.repeated)[:size], b""
        self.given += len(piece)
        assert self.given < 4 * LONGEST_HEADER, "it is read on and on"
        return piece


@pytest.mark.parametrize(
    ("start", "repeated"),
    [
        pytest.param(FIRST, b"-> tlock 1\n\n", id="stanzas"),
        pytest.param(FIRST + b"-> tlock 1\n", b"A" * 64 + b"\n", id="lines of a body"),
        pytest.param(FIRST + b"-> ", b"a", id="one argument"),
        pytest.param(FIRST + b"-> tlock 1\n", b"A", id="one line"),
    ],
)
def test_a_header_without_end_is_refused(start: bytes, repeated: bytes) -> None:
    file = Endless(start, repeated)
    with pytest.raises(TimelockError) as caught:
        read_header(ByteSource(file))
    assert caught.value.reason in {"header", "stanza"}
    assert file.given <= LONGEST_HEADER + 65536


def test_the_longest_header_is_read() -> None:
    long = AgeHeader.of([Stanza(args=("x",), body=bytes(48 * 16000)), TLOCK], file_key=KEY)
    assert LONGEST_HEADER - 10_000 < len(long.to_bytes()) < LONGEST_HEADER
    assert read_header(ByteSource(long.to_bytes())) == long


@pytest.mark.parametrize(
    ("args", "body", "error"),
    [
        ((), b"", LocalError),
        (("",), b"", LocalError),
        (("a b",), b"", LocalError),
        (("a\n",), b"", LocalError),
        (("é",), b"", LocalError),
        (["tlock"], b"", WrongType),
        ("tlock", b"", WrongType),
        ((b"tlock",), b"", WrongType),
        ((1,), b"", WrongType),
        (("tlock",), "body", WrongType),
        (("tlock",), None, WrongType),
    ],
)
def test_a_stanza_that_exists_is_well_formed(args: Any, body: Any, error: type[LocalError]) -> None:
    with pytest.raises(error):
        Stanza(args=args, body=body)


@pytest.mark.parametrize(
    ("made", "mac", "error"),
    [
        ((), bytes(32), LocalError),
        ((TLOCK,), bytes(31), LocalError),
        ((TLOCK,), "x" * 32, WrongType),
        ([TLOCK], bytes(32), WrongType),
        (("tlock",), bytes(32), WrongType),
    ],
)
def test_a_header_that_exists_is_well_formed(made: Any, mac: Any, error: type[LocalError]) -> None:
    with pytest.raises(error):
        AgeHeader(stanzas=made, mac=mac)
