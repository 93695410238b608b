"""Frames on a stream: what was written is read, in whatever pieces it comes, and nothing grows beyond its bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError
from drandlab.remote.p2p.stream_frames import FrameReader, framed


@given(st.lists(st.binary(max_size=300), max_size=6), st.lists(st.integers(1, 400), max_size=20))
def test_frames_are_read_in_whatever_pieces_they_come(frames, cuts) -> None:
    stream, reader, read = b"".join(map(framed, frames)), FrameReader(300), []
    for cut in cuts:
        read += reader.feed(stream[:cut])
        stream = stream[cut:]
    read += reader.feed(stream)
    assert read == frames and reader.held == 0


def test_a_length_above_the_limit_is_refused_before_its_body_comes() -> None:
    assert list(FrameReader(1000).feed(framed(bytes(1000)))) == [bytes(1000)]
    for beginning in (framed(bytes(1001))[:2], bytes.fromhex("ffffffffffffffff7f"), b"\xff" * 9):
        with pytest.raises(FormatError) as refused:
            list(FrameReader(1000).feed(beginning))
        assert refused.value.code == "too-long"


@pytest.mark.parametrize("length", ["8000", "858000"])
def test_a_length_has_one_form(length: str) -> None:
    with pytest.raises(FormatError) as refused:
        list(FrameReader(1000).feed(bytes.fromhex(length)))
    assert refused.value.code == "format"


def test_nine_bytes_are_the_most_that_a_length_has() -> None:
    with pytest.raises(FormatError) as refused:
        list(FrameReader(1 << 70).feed(b"\x80" * 9))
    assert refused.value.code == "too-long"


def test_frames_before_the_bad_one_are_read() -> None:
    read = FrameReader(10).feed(framed(b"good") + b"\xff\xff\x03")
    assert next(read) == b"good"
    with pytest.raises(FormatError):
        next(read)


def test_what_is_held_is_one_frame_at_most() -> None:
    reader = FrameReader(100)
    for _ in range(50):
        list(reader.feed(framed(bytes(100)) * 3 + framed(bytes(100))[:60]))
        assert reader.held <= 101
        list(reader.feed(framed(bytes(100))[60:]))
    assert reader.held == 0
    with pytest.raises(LocalError):
        FrameReader(0)
