"""Merkle mountain ranges: the peaks that a chain keeps, and the paths that an archive gives."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.idn.proofs.mountain_range import MountainRange, Peaks, leaf_hash, node_hash


def perfect(leaves: list[bytes]) -> bytes:
    """The root of a perfect tree, from the definition."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = len(leaves) // 2
    return node_hash(perfect(leaves[:half]), perfect(leaves[half:]))


def grown(count: int) -> MountainRange:
    found = MountainRange()
    for number in range(count):
        found.append(b"leaf %d" % number)
    return found


def test_the_peaks_are_the_roots_of_perfect_trees() -> None:
    peaks = Peaks()
    for count in range(1, 40):
        peaks = peaks.append(b"leaf %d" % (count - 1))
        leaves, expected = [b"leaf %d" % number for number in range(count)], []
        for height in reversed(range(6)):
            if count >> height & 1:
                expected.append(perfect(leaves[: 1 << height]))
                leaves = leaves[1 << height :]
        assert peaks == Peaks(count, tuple(expected)) == grown(count).peaks


@given(st.integers(1, 200), st.data())
def test_every_leaf_of_every_length_has_its_path(count: int, data: st.DataObject) -> None:
    whole = grown(200)
    index = data.draw(st.integers(0, count - 1))
    peaks, path = whole.peaks_of(count), whole.path(index, count)
    assert peaks.holds(b"leaf %d" % index, index, path)
    assert not peaks.holds(b"leaf %d" % (index + 1), index, path)
    assert len(path) <= count.bit_length() - 1
    other = data.draw(st.integers(0, count - 1).filter(lambda one: one != index) if count > 1 else st.just(-1))
    assert not peaks.holds(b"leaf %d" % index, other, path)


@given(st.integers(2, 64), st.data())
def test_no_altered_path_leads_to_a_peak(count: int, data: st.DataObject) -> None:
    whole = grown(count)
    index = data.draw(st.integers(0, count - 1))
    path = list(whole.path(index))
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        bit = data.draw(st.integers(0, 255))
        path[place] = (int.from_bytes(path[place], "big") ^ 1 << bit).to_bytes(32, "big")
        assert not whole.peaks.holds(b"leaf %d" % index, index, path)
    assert not whole.peaks.holds(b"leaf %d" % index, index, [*path, bytes(32)])
    assert not whole.peaks.holds(b"leaf %d" % index, index, path[:-1]) or not path


def test_a_node_is_never_taken_for_a_leaf() -> None:
    whole = grown(2)
    inside = leaf_hash(b"leaf 0") + leaf_hash(b"leaf 1")
    assert node_hash(inside[:32], inside[32:]) == whole.peaks.roots[0]
    assert leaf_hash(inside) != whole.peaks.roots[0]
    assert leaf_hash(b"x") == hashlib.blake2b(b"\x00x", digest_size=32).digest()


def test_an_index_outside_has_no_path() -> None:
    whole = grown(5)
    assert not whole.peaks.holds(b"leaf 0", -1, whole.path(0))
    assert not whole.peaks.holds(b"leaf 0", 5, whole.path(0))
    for wrong in (-1, 5):
        with pytest.raises(LocalError, match="index"):
            whole.path(wrong)
    with pytest.raises(LocalError, match="count"):
        whole.peaks_of(6)


def test_peaks_that_do_not_fit_their_number_are_refused() -> None:
    with pytest.raises(LocalError, match="3 leaves have 2 peaks, got 1"):
        Peaks(3, (bytes(32),))
    with pytest.raises(LocalError, match="expected 32 bytes"):
        Peaks(1, (bytes(31),))
    with pytest.raises(WrongType):
        Peaks(1, ("x" * 32,))  # type: ignore[arg-type]
