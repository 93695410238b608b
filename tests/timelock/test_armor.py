"""Armor: one way to write it, few freedoms in reading it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.timelock.armor import MOST_SPACE, is_armored, read_armor, write_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.reasons import TimelockError

BEGIN, END = b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"-----END AGE ENCRYPTED FILE-----\n"
MANY = bytes(range(256)) * 1000  # several blocks of full lines


def armored(data: bytes) -> bytes:
    return b"".join(write_armor(data))


def read(text: bytes) -> bytes:
    return b"".join(read_armor(ByteSource(text)))


@pytest.mark.parametrize(
    "length", [0, 1, 2, 3, 47, 48, 49, 95, 96, 97, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, len(MANY)]
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_there_and_back(length: int, end: bytes) -> None:
    data = MANY[:length]
    text = armored(data)
    encoded = base64.b64encode(data)
    lines = [encoded[at : at + 64] + b"\n" for at in range(0, len(encoded), 64)]
    assert text == BEGIN + b"".join(lines) + END
    assert read(text.replace(b"\n", end)) == data
    assert b"".join(read_armor(ByteSource(io.BytesIO(text)))) == data
    assert b"".join(write_armor(data[at : at + 7] for at in range(0, length, 7))) == text


@given(st.binary(max_size=300), st.integers(1, 100))
def test_the_size_of_the_pieces_does_not_matter(data: bytes, step: int) -> None:
    text = armored(data)
    assert b"".join(read_armor(ByteSource(text[at : at + step] for at in range(0, len(text), step)))) == data


FILE = armored(MANY[:100])
SPACE = b" \t\r\n\v\f"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(FILE[:-1], id="no line end at the end"),
        pytest.param(FILE.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(FILE.replace(b"\n", b"\r\n", 2), id="CRLF in some lines"),
        pytest.param(FILE[:-1] + b"\r", id="CR at the end"),
        pytest.param(SPACE + b"\n" + FILE + SPACE, id="white space around it"),
        pytest.param(b"\n" * MOST_SPACE + FILE + b" " * MOST_SPACE, id="much white space around it"),
    ],
)
def test_a_few_freedoms(text: bytes) -> None:
    assert is_armored(ByteSource(text)) and read(text) == MANY[:100]


LINES = FILE.splitlines(keepends=True)
REFUSED: dict[str, bytes] = {
    "empty": b"",
    "space only": b" \n" * 10,
    "first line only": BEGIN,
    "no end": FILE[: -len(END)],
    "half an end": FILE[:-10],
    "no line end before the end": FILE.replace(b"=\n-----END", b"=-----END"),
    "too much white space before": b"\n" * (MOST_SPACE + 1) + FILE,
    "too much white space in one line": b" " * (MOST_SPACE + 1) + b"\n" + FILE,
    "too much white space after": FILE + b"\n" * (MOST_SPACE + 1),
    "space before the first line": b" " + FILE,
    "space after the first line": FILE.replace(b"FILE-----\n", b"FILE----- \n", 1),
    "space before the last line": FILE.replace(b"-----END", b" -----END"),
    "space after the last line": FILE[:-1] + b" \n-",
    "text before": b"a mail\n" + FILE,
    "text after": FILE + b"a mail\n",
    "twice": FILE + FILE,
    "lower case": FILE.replace(b"BEGIN AGE", b"begin age"),
    "another type": FILE.replace(b"AGE ENCRYPTED FILE", b"PGP MESSAGE"),
    "another last line": FILE.replace(b"END AGE", b"END  AGE"),
    "a header as PEM has them": FILE.replace(BEGIN, BEGIN + b"Version: 1\n\n"),
    "a mark of UTF-8": b"\xef\xbb\xbf" + FILE,
    "an empty line at the beginning": FILE.replace(BEGIN, BEGIN + b"\n"),
    "an empty line at the end": FILE.replace(END, b"\n" + END),
    "an empty line within": LINES[0] + LINES[1] + b"\n" + b"".join(LINES[2:]),
    "an empty line after a full one": armored(MANY[:96]).replace(END, b"\n" + END),
    "a short line within": BEGIN + LINES[1][:60] + b"\n" + LINES[1][60:] + b"".join(LINES[2:]),
    "a long line": LINES[0] + LINES[1][:-1] + b"".join(LINES[2:]),
    "a line of 65": BEGIN + b"A" * 65 + b"\n" + END,
    "a line of 68": BEGIN + b"A" * 68 + b"\n" + END,
    "CR alone": FILE.replace(b"\n", b"\r"),
    "two CR": FILE.replace(b"\n", b"\r\r\n"),
    "CR within a line": FILE.replace(LINES[1], LINES[1][:9] + b"\r" + LINES[1][9:]),
    "space within a line": FILE.replace(LINES[1], LINES[1][:9] + b" " + LINES[1][9:]),
    "space at the end of a line": FILE.replace(LINES[1], LINES[1][:-1] + b" \n"),
    "space at the beginning of a line": FILE.replace(LINES[2], b" " + LINES[2]),
    "no padding": BEGIN + b"AA\n" + END,
    "half of the padding": BEGIN + b"AA=\n" + END,
    "padding twice": BEGIN + b"AA====\n" + END,
    "padding within": BEGIN + b"AA==AAAA\n" + END,
    "padding in a full line that is not the last": BEGIN + b"A" * 62 + b"==\n" + LINES[1] + END,
    "padding on the next line": BEGIN + b"AA=\n=\n" + END,
    "padding alone": BEGIN + b"====\n" + END,
    "bits that are left over": BEGIN + b"AB==\n" + END,
    "a bit that is left over": BEGIN + b"AAB=\n" + END,
    "letters of the other alphabet": BEGIN + b"A-_A\n" + END,
    "a zero byte": BEGIN + b"AA\0A\n" + END,
    "a letter too few": BEGIN + b"AAAAA\n" + END,
    "a checksum as PGP has it": FILE.replace(END, b"=abcd\n" + END),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("before", [0, 3000], ids=["short", "long"])
def test_all_else_is_refused_as_armor(name: str, before: int) -> None:
    text = REFUSED[name]
    if text.startswith(BEGIN):  # the same below many good lines, which are read in blocks
        text = BEGIN + LINES[1] * before + text.removeprefix(BEGIN)
    with pytest.raises(TimelockError) as caught:
        read(text)
    assert caught.value.reason == "armor" and str(caught.value).isprintable()


@pytest.mark.parametrize("letters", [65, 66, 67, 68, 128, 10_000_000])
def test_a_long_line_is_said_to_be_one(letters: int) -> None:
    with pytest.raises(TimelockError, match=r"^line 2 of the armor: it has more than 64 letters"):
        read(BEGIN + b"A" * letters + b"\n" + END)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("line", [0, 500, 1023, 1024, 1500])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda line: line[:-2] + b"B=", id="padding"),
        pytest.param(lambda line: b"\n" + line[1:], id="line end in place of a letter"),
        pytest.param(lambda line: b"\r" + line[1:], id="CR in place of a letter"),
        pytest.param(lambda line: line[:30] + b"-" + line[31:], id="another letter"),
        pytest.param(lambda line: line[:-1], id="a letter less"),
        pytest.param(lambda line: line[:1] + line, id="a letter more"),
        pytest.param(lambda line: b"", id="an empty line"),
    ],
)
def test_a_bad_line_among_many_is_found(change: Callable[[bytes], bytes], line: int, end: bytes) -> None:
    lines = armored(MANY).split(b"\n")
    lines[line + 1] = change(lines[line + 1])
    with pytest.raises(TimelockError, match=f"^line {line + 2} of the armor: ") as caught:
        read(end.join(lines))
    assert caught.value.reason == "armor"


@pytest.mark.parametrize(
    ("start", "armor"),
    [
        (b"", False),
        (b"age-encryption.org/v1\n", False),
        (b"age-encryption.org/v1\n" + BEGIN, False),
        (b"\n", False),
        (b" " * 2000, False),
        (b" " * 2048, True),
        (b"-----begin", True),
        (b"\r\n\t-----", True),
        (b"----", False),
        (b"a mail\n" + BEGIN, True),
        (b"a mail\n", False),
    ],
)
def test_what_is_read_as_armor(start: bytes, armor: bool) -> None:
    source = ByteSource(start)
    assert is_armored(source) is armor
    assert source.taken == 0 and source.read(len(start) + 1) == start
