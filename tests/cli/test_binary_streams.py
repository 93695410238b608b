"""Bytes in and out of a filter: what a terminal takes, and what counts as the same file."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from drandlab.cli.binary_streams import (
    CountedReader,
    TextOnly,
    binary_input,
    binary_output,
    check_output,
    on_a_terminal,
    size_of,
)
from drandlab.errors import LocalError


@pytest.mark.parametrize("text", ["plain", "tab\tand\r\nlines\n", "é漢字👩‍👩‍👧", ""])
def test_a_terminal_takes_text_in_any_pieces(text: str) -> None:
    data = text.encode()
    for length in (1, 2, 5, 100):
        shown = io.BytesIO()
        terminal = TextOnly(shown)
        for at in range(0, len(data), length):
            terminal.write(data[at : at + length])
        assert shown.getvalue() == data


@pytest.mark.parametrize("data", [b"\x1b[2J", b"a\0", b"\xff", b"\xc3(", b"\x9b".decode("latin-1").encode(), b"\x7f"])
def test_a_terminal_takes_nothing_that_steers_it(data: bytes) -> None:
    shown = io.BytesIO()
    with pytest.raises(LocalError, match="terminal"):
        TextOnly(shown).write(data)
    assert shown.getvalue() == b""


def test_the_input_is_known_under_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, hard, soft = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    file.write_bytes(b"12345")
    os.link(file, hard)
    soft.symlink_to(file)
    for output in (file, hard, soft):
        with pytest.raises(LocalError, match="is the input"):
            check_output(str(output), str(file))
    with file.open("rb") as redirected:
        monkeypatch.setattr(sys, "stdin", redirected)
        for source in (None, "-"):
            assert size_of(source) == 5
            with pytest.raises(LocalError, match="is the input"):
                check_output(str(soft), source)
    check_output(str(tmp_path / "new"), str(file))
    check_output("-", str(file))
    check_output(None, str(file))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
    # a device may be both
    check_output(os.devnull, os.devnull)
    assert size_of(os.devnull) is None and size_of(str(tmp_path / "none")) is None


def test_streams_that_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(LocalError, match="standard input is closed"), binary_input(None):
        pass
    with pytest.raises(LocalError, match="standard output is closed"), binary_output("-"):
        pass
    assert size_of(None) is None and not on_a_terminal(None)


def test_what_was_read_is_counted() -> None:
    told: list[tuple[int, int | None]] = []
    reader = CountedReader(io.BytesIO(b"12345"), 5, lambda done, total: told.append((done, total)))
    assert [reader.read(3), reader.read(3), reader.read(3)] == [b"123", b"45", b""]
    assert told == [(3, 5), (5, 5), (5, 5)]
