"""Streams of a beacon's randomness, and whole numbers from them: exact laws by enumeration, the form to the byte."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.crypto.draw_stream import DrawStream, uniform_below
from drandlab.errors import LocalError, WrongType

R = bytes(range(32))


class Tape:
    """A source of bytes that ends: what is read beyond it is a `StopIteration`."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def read(self, count: int) -> bytes:
        if count > len(self.rest):
            raise StopIteration
        found, self.rest = self.rest[:count], self.rest[count:]
        return found


@pytest.mark.parametrize("bound", [1, 2, 3, 5, 6, 7, 100, 128, 129, 255, 256])
def test_each_value_comes_from_as_many_bytes_as_every_other(bound: int) -> None:
    counts: Counter[int] = Counter()
    for byte in range(256):
        try:
            counts[uniform_below(Tape(bytes([byte])).read, bound)] += 1
        except StopIteration:
            continue
    assert set(counts) == set(range(bound))
    assert set(counts.values()) == {256 >> (bound - 1).bit_length()}


def test_each_value_comes_from_as_many_tapes_whatever_was_thrown_away() -> None:
    """With up to three words thrown away, each word being three bits of a byte."""
    counts = Counter()
    for tape in product(range(8), repeat=4):
        try:
            counts[uniform_below(Tape(bytes(tape)).read, 5)] += 1
        except StopIteration:
            counts["none"] += 1
    none = counts.pop("none")
    assert none == 3**4 and set(counts.values()) == {(8**4 - none) // 5}


@pytest.mark.parametrize(("bound", "length"), [(1, 0), (2, 1), (256, 1), (257, 2), (1 << 16, 2), (1 << 256, 32)])
def test_it_takes_as_many_bytes_as_the_bound_needs(bound: int, length: int) -> None:
    tape = Tape(bytes(64))
    assert uniform_below(tape.read, bound) == 0
    assert len(tape.rest) == 64 - length


def test_the_high_bits_are_dropped_and_the_first_byte_is_the_highest() -> None:
    assert uniform_below(Tape(b"\xfd\x02").read, 1000) == 0x102
    assert uniform_below(Tape(b"\xff\xff\x03\xe7").read, 1000) == 999


def test_the_stream_to_the_byte() -> None:
    """Written down a second time, from the text of the module alone."""
    label = "Größe 1"
    key = hashlib.sha256(b"drandlab draw 1" + R + label.encode("utf-8")).digest()
    blocks = b"".join(hashlib.sha256(key + bytes(7) + bytes([i])).digest() for i in range(5))
    assert DrawStream(R, label).read(160) == blocks
    assert blocks.hex().startswith("4124cba4d301de42")


@given(st.lists(st.integers(0, 90), max_size=8))
def test_how_the_bytes_are_read_makes_no_difference(counts: list[int]) -> None:
    stream = DrawStream(R, "a")
    assert b"".join(stream.read(count) for count in counts) == DrawStream(R, "a").read(sum(counts))


def test_labels_and_randomness_give_other_streams() -> None:
    first = {DrawStream(r, label).read(16) for r in (R, bytes(32)) for label in ("a", "b", "a ", "ab", "é")}
    assert len(first) == 10


def test_the_end_of_the_randomness_is_not_the_beginning_of_a_label() -> None:
    """As the randomness has one length only, nothing can move over the border."""
    with pytest.raises(LocalError, match="randomness: expected 32 bytes, got 31"):
        DrawStream(R[:31], R[31:].decode() + "a")


@pytest.mark.parametrize(
    ("call", "kind", "argument"),
    [
        (lambda: DrawStream(bytes(48), "a"), LocalError, "randomness"),
        (lambda: DrawStream(R.hex(), "a"), WrongType, "randomness"),  # type: ignore[arg-type]
        (lambda: DrawStream(None, "a"), WrongType, "randomness"),  # type: ignore[arg-type]
        (lambda: DrawStream(R, ""), LocalError, "label"),
        (lambda: DrawStream(R, b"a"), WrongType, "label"),  # type: ignore[arg-type]
        (lambda: DrawStream(R, "\ud800"), LocalError, "label"),
        (lambda: DrawStream(R, "a").read(-1), LocalError, "count"),
        (lambda: DrawStream(R, "a").read(1 << 30), LocalError, "count"),
        (lambda: DrawStream(R, "a").below(0), LocalError, "bound"),
        (lambda: DrawStream(R, "a").below((1 << 256) + 1), LocalError, "bound"),
        (lambda: DrawStream(R, "a").below(6.0), WrongType, "bound"),  # type: ignore[arg-type]
        (lambda: DrawStream(R, "a").below(True), WrongType, "bound"),
    ],
)
def test_bad_input_is_named(call: object, kind: type[LocalError], argument: str) -> None:
    with pytest.raises(kind) as caught:
        call()  # type: ignore[operator]
    assert caught.value.argument == argument and type(caught.value) is kind
