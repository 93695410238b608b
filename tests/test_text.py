"""Text from outside: encodings, hexadecimal, and what may reach a screen."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drandlab.errors import DrandlabError, FormatError, WrongType
from drandlab.text import decoded, hex_bytes, shown, text_of

ANY_TEXT = st.text(st.characters())  # halves of surrogate pairs too
REAL_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(REAL_TEXT)
def test_utf8_with_and_without_its_mark_is_one_text(text: str) -> None:
    plain = text.removeprefix("\ufeff")
    if "\0" not in plain[:4]:
        assert decoded(plain.encode()) == plain
    assert decoded(plain.encode("utf-8-sig")) == plain


@pytest.mark.parametrize("text", ["round,signature\n", "{}", "a", "[network]\nnodes = 4"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_are_named_with_and_without_their_mark(text: str, encoding: str) -> None:
    with pytest.raises(FormatError, match=f"^line 1: this is {encoding[:6].upper()} text; save it as UTF-8$"):
        decoded(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_mark_alone_names_the_encoding(encoding: str) -> None:
    with pytest.raises(FormatError, match=encoding[:6].upper()):
        decoded("\ufeff".encode(encoding))


@pytest.mark.parametrize(
    ("data", "line", "rule"),
    [
        (b"\xe9", 1, "byte 0xe9 at column 1"),
        ("é".encode() + b"\xe9", 1, "byte 0xe9 at column 2"),
        (b"\xef\xbb\xbfcaf\xe9", 1, "byte 0xe9 at column 4"),
        (b"a\r\nb\ncaf\xe9\nd", 3, "byte 0xe9 at column 4"),
        (b"a\n\xed\xa0\x80", 2, "byte 0xed at column 1"),  # half of a surrogate pair
        (b"a\n\xc0\x80", 2, "byte 0xc0 at column 1"),  # a zero byte, written too long
        (b"end\xc3", 1, "byte 0xc3 at column 4"),
    ],
)
def test_the_place_of_a_bad_byte_is_named(data: bytes, line: int, rule: str) -> None:
    with pytest.raises(FormatError, match=r"not UTF-8 text") as refused:
        decoded(data)
    assert refused.value.line == line
    assert rule in refused.value.rule


def test_a_reader_of_lines_says_where_it_is() -> None:
    assert decoded(b"\xef\xbb\xbfx", first_line=7) == "\ufeffx"
    with pytest.raises(FormatError, match=r"line 8: .* column 2"):
        decoded(b"ok\nx\xff", first_line=7)


@pytest.mark.parametrize(
    "source", ["[a]", b"[a]", bytearray(b"[a]"), memoryview(b"[a]"), b"\xef\xbb\xbf[a]", "\ufeff[a]"]
)
def test_text_comes_as_a_string_or_as_bytes(source: object) -> None:
    assert text_of(source, "a group file") == "[a]"


def test_anything_else_is_refused_with_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with (tmp_path / "f").open() as file:
        for source, came in [
            (None, "None"),
            (7, "int"),
            (["a"], "list"),
            (tmp_path, "a path; give what the file holds: path.read_bytes()"),
            (file, "an open file; give what it holds: file.read()"),
        ]:
            with pytest.raises(WrongType) as refused:
                text_of(source, "a group file")
            assert str(refused.value) == f"expected a group file as text or bytes, got {came}"


@given(st.binary())
def test_hexadecimal_of_either_case_comes_back(data: bytes) -> None:
    assert hex_bytes(data.hex(), length=len(data)) == hex_bytes(data.hex().upper()) == data


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0x" + "ab" * 4, "got 0x before them; leave it out"),
        ("0Xab", "got 0x before them; leave it out"),
        ("ab" * 3 + "a", "got 7: an odd number"),
        ("abg0", "character 3 of 4 is 'g'"),
        ("ab cd", "character 3 of 5 is U+0020 (space)"),
        ("abcd\n", "character 5 of 5 is U+000A"),
        ("abcd\u200b", "character 5 of 5 is U+200B (zero width space)"),
        ("\ufeffabcd", "character 1 of 5 is U+FEFF (zero width no-break space)"),
        ("ab\u0661\u0661", "character 3 of 4 is U+0661 (arabic-indic digit one)"),
        ("abc\ud800", "character 4 of 4 is U+D800"),
        ("ab\x1b]", "character 3 of 4 is U+001B"),
    ],
)
def test_the_place_of_a_bad_digit_is_named_and_no_digit_shown(text: str, rule: str) -> None:
    with pytest.raises(FormatError) as refused:
        hex_bytes(text, field="signature")
    prefix = 'field "signature": expected hexadecimal digits, two a byte'
    said = str(refused.value)
    assert said.startswith(prefix)
    assert said.endswith(rule)
    assert "ab" not in said.removeprefix(prefix).replace("arabic", "")


def test_the_length_is_told_in_bytes() -> None:
    with pytest.raises(FormatError, match=r"^expected 48 bytes in hexadecimal, got 2$"):
        hex_bytes("abcd", length=48)


@given(ANY_TEXT)
@example("\x1b]0;evil\x07")
@example("a\nall valid\u2028b\u2029c\x85d\re")
@example("\u202egnp.exe\u2066\u200b\u00ad\ufeff")
@example("\u3164\u115f\uffa0\u2800\u034f\ufe0f\U000e0101\U000e0041")
@example("\ud83d \udc00 \uffff \U0010fffe \ue000 \u0378")
def test_what_is_shown_is_one_line_that_every_terminal_takes(text: str) -> None:
    line = shown(text, None)
    assert line.encode().decode() == line
    assert len(line.splitlines()) <= 1
    assert all(unicodedata.category(c)[0] != "C" and unicodedata.category(c) not in ("Zl", "Zp") for c in line)
    assert shown(line, None) == line


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert shown(text, None) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x7f\x08", "\\x7f\\x08"),
        ("\u202eabc\u200b", "\\u202eabc\\u200b"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("naïve – 東京 ✓", "naïve – 東京 ✓"),
        ("C:\\new", "C:\\new"),
    ],
)
def test_what_is_escaped(text: str, line: str) -> None:
    assert shown(text) == line


def test_what_is_long_is_cut_and_what_is_to_stay_stays() -> None:
    assert shown("a" * 10_000) == "a" * 199 + "…"
    assert shown("a" * 200) == "a" * 200
    assert shown("a\nb\x1b", keep="\n") == "a\nb\\x1b"
    assert shown(Path("a\nb")) == "a\\nb"


def _errors(base: type[DrandlabError]) -> list[type[DrandlabError]]:
    own = [kind for kind in base.__subclasses__() if kind.__module__.startswith("drandlab.")]
    return [base, *(found for kind in own for found in _errors(kind))]


@pytest.mark.parametrize("kind", _errors(DrandlabError), ids=lambda kind: kind.__name__)
def test_the_text_of_every_error_can_be_printed(kind: type[DrandlabError]) -> None:
    hostile = "\x1b]0;evil\x07\nall valid"
    error = kind.__new__(kind)  # each has its own fields; the sentence is what counts
    error.args = (hostile,)
    assert str(error) == "\\x1b]0;evil\\x07\\nall valid"


def test_a_hostile_place_can_be_printed() -> None:
    error = FormatError("bad", source="a\nb", field="\x1b[2J")
    assert str(error) == 'a\\nb, field "\\x1b[2J": bad'
