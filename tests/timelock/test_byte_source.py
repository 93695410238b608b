"""Bytes from wherever they come, read with bounds."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.timelock.byte_source import ByteInput, ByteSource


class OneByOne(io.RawIOBase):
    """A file that gives a byte at a time, as a slow pipe does, and remembers how much it was asked for."""

    def __init__(self, data: bytes) -> None:
        self.rest, self.asked = data, [0]

    def read(self, size: int = -1, /) -> bytes:
        self.asked.append(size)
        piece, self.rest = self.rest[:1], self.rest[1:]
        return piece


WAYS: dict[str, Callable[[bytes], ByteInput]] = {
    "bytes": lambda data: data,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "file": io.BytesIO,
    "slow file": OneByOne,
    "pieces": lambda data: iter([b"", data[:3], b"", data[3:], b""]),
    "list": lambda data: [data[at : at + 2] for at in range(0, len(data), 2)],
}


@pytest.mark.parametrize("way", WAYS)
@given(data=st.binary(max_size=200), steps=st.lists(st.tuples(st.sampled_from("rlp"), st.integers(0, 60)), max_size=12))
def test_every_way_gives_the_same_bytes(way: str, data: bytes, steps: list[tuple[str, int]]) -> None:
    source, file = ByteSource(WAYS[way](data)), io.BytesIO(data)
    for what, count in steps:
        if what == "p":
            assert source.peek(count) == data[file.tell() :][:count]
        elif what == "r":
            assert source.read(count) == file.read(count)
        else:
            assert source.read_line(count) == file.readline(count)
        assert source.taken == file.tell()
    assert source.read(1000) == file.read()
    assert source.read(1) == source.read_line(1) == source.peek(1) == b""


def test_no_more_is_asked_for_than_is_wanted() -> None:
    file = OneByOne(bytes(10_000_000))
    ByteSource(file).read(3)
    assert file.asked == [0, 3, 2, 1]
    ByteSource(file).peek(2)
    assert max(file.asked) <= 65536


@pytest.mark.parametrize("data", ["text", None, 5, object(), io.StringIO("text"), ["text"], [1]])
def test_what_has_no_bytes_is_refused(data: object) -> None:
    with pytest.raises(WrongType, match="expected bytes") as caught:
        ByteSource(data).read(1)  # type: ignore[arg-type]
    assert caught.value.argument == "data"


def test_a_file_that_does_not_wait_is_refused() -> None:
    class Impatient:
        def read(self, size: int, /) -> None:
            return None

    with pytest.raises(LocalError, match="no bytes just now"):
        ByteSource(Impatient()).read(1)


def test_the_error_of_a_file_is_passed_on() -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        ByteSource(Broken()).peek(1)
