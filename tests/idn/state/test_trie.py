"""The trie: its root, its order, and that states share what they do not change."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.idn.state import EMPTY_ROOT, Trie, blake2_256, ordered_root
from drandlab.wire.scale import compact

KEYS = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11, 0xFF]), max_size=5).map(bytes)
ENTRIES = st.dictionaries(KEYS, st.binary(max_size=70), max_size=12)


def naive_root(entries: dict[bytes, bytes], version: int) -> bytes:
    """The root by the definition, from all entries at once."""

    def head(bits: int, most: int, nibbles: str) -> bytes:
        size = len(nibbles)
        if size < most:
            written = bytes([bits | size])
        else:
            written, rest = bytes([bits | most]), size - most
            while rest >= 255:
                written, rest = written + b"\xff", rest - 255
            written += bytes([rest])
        return written + bytes.fromhex("0" * (size % 2) + nibbles)

    def node(items: dict[str, bytes]) -> bytes:
        keys = list(items)
        same = 0
        while all(len(key) > same and key[same] == keys[0][same] for key in keys):
            same += 1
        nibbles = keys[0][:same]
        value = items.get(nibbles)
        below = {
            digit: {key[same + 1 :]: items[key] for key in keys if len(key) > same and key[same] == digit}
            for digit in "0123456789abcdef"
        }
        below = {digit: part for digit, part in below.items() if part}
        hashed = version == 1 and value is not None and len(value) >= 33
        kind = (
            ((0x20, 31) if hashed else (0x40, 63))
            if not below
            else (0x10, 15)
            if hashed
            else (0x80, 63)
            if value is None
            else (0xC0, 63)
        )
        written = head(*kind, nibbles)
        if below:
            written += sum(1 << int(digit, 16) for digit in below).to_bytes(2, "little")
        if value is not None:
            written += blake2_256(value) if hashed else compact(len(value)) + value
        for part in below.values():
            child = node(part)
            child = child if len(child) < 32 else blake2_256(child)
            written += compact(len(child)) + child
        return written

    return blake2_256(node({key.hex(): value for key, value in entries.items()}) if entries else b"\0")


def test_the_root_of_nothing() -> None:
    assert Trie().root.hex() == "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"
    assert Trie().root == EMPTY_ROOT == ordered_root([]) and list(Trie().items()) == []


def test_a_public_vector_of_version_one() -> None:
    """One leaf with 44 bytes of key; the node is the proof."""
    key = bytes.fromhex("01090073636f7265732f7631" + "01" * 32)
    trie = Trie.of({key: bytes.fromhex("2a00000000000000")})
    assert trie.root.hex() == "802e9d7821c66ad0f0747bf287bf46410819ca9f2aa787411522f26577e766bd"


@given(ENTRIES, st.integers(0, 1))
def test_the_root_is_that_of_the_definition(entries: dict[bytes, bytes], version: int) -> None:
    assert Trie.of(entries, version=version).root == naive_root(entries, version)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 31, 32, 63, 64, 300, 700])
@pytest.mark.parametrize("length", [0, 32, 33, 40])
def test_long_keys_have_their_lengths_in_the_header(size: int, length: int) -> None:
    for entries in (
        {bytes(size): bytes(length)},
        {bytes(size): bytes(length), bytes(size) + b"\1": b"x", bytes(size) + b"\2": b"y"},
        {b"\x10" + bytes(size): bytes(length), b"\x1f" + bytes(size): bytes(length)},
    ):
        for version in (0, 1):
            assert Trie.of(entries, version=version).root == naive_root(entries, version)


@given(st.lists(st.dictionaries(KEYS, st.none() | st.binary(max_size=40), max_size=4), max_size=12))
def test_a_trie_is_a_dict_and_its_parents_stay_as_they_are(steps: list[dict[bytes, bytes | None]]) -> None:
    trie, model = Trie(), dict[bytes, bytes]()
    kept = [(trie, dict(model), trie.root)]
    for number, changes in enumerate(steps):
        trie = trie.updated(changes)
        for key, value in changes.items():
            model.pop(key, None) if value is None else model.update({key: value})
        assert list(trie.items()) == sorted(model.items())
        kept.append((trie, dict(model), trie.root if number % 2 else b""))
    for old, entries, root in kept:
        assert dict(old.items()) == entries and old.root == Trie.of(entries).root and root in (old.root, b"")
        assert all(old.get(key) == entries.get(key) for changes in steps for key in changes)


@given(ENTRIES, KEYS)
def test_a_prefix_selects_the_keys_that_begin_so(entries: dict[bytes, bytes], prefix: bytes) -> None:
    wanted = [(key, value) for key, value in sorted(entries.items()) if key.startswith(prefix)]
    assert list(Trie.of(entries).items(prefix)) == wanted


def test_a_change_of_few_keys_shares_the_rest() -> None:
    rng = random.Random(1)
    one = Trie.of({rng.randbytes(32): rng.randbytes(40) for _ in range(500)})
    root = one.root
    assert one.updated({b"missing": None}) is one and one.updated({}) is one
    two = one.updated({b"new": b"value"})
    assert two.root != root == one.root and two.updated({b"new": None}).root == root


def test_a_key_that_is_the_beginning_of_a_thousand_others() -> None:
    entries = {bytes(size): b"x" for size in range(1200)}
    trie = Trie.of(entries)
    assert trie.get(bytes(1199)) == b"x" and trie.updated(dict.fromkeys(entries)).root == EMPTY_ROOT


def test_what_is_no_entry_is_refused() -> None:
    with pytest.raises(WrongType, match="key: expected bytes, got text"):
        Trie.of({"a": b""})  # type: ignore[dict-item]
    with pytest.raises(WrongType, match="value: expected bytes, got int"):
        Trie.of({b"a": 1})  # type: ignore[dict-item]
    with pytest.raises(LocalError, match="version: expected a state version from 0 to 1, got 2"):
        Trie(2)
    with pytest.raises(LocalError, match="values: expected bytes"):
        ordered_root(["a"])  # type: ignore[list-item]


def test_the_extrinsics_of_a_block_are_a_trie_by_their_number() -> None:
    values = [bytes([number]) * 40 for number in range(130)]
    assert ordered_root(values) == naive_root({compact(n): value for n, value in enumerate(values)}, 0)
    assert ordered_root(values, version=1) != ordered_root(values) != ordered_root(values[::-1])


def test_public_roots_of_small_tries() -> None:
    """Examples that other implementations test themselves with, one of each version."""
    assert Trie.of({b"foo": b"bar", b"foobar": b"baz"}, version=0).root.hex() == (
        "a61820b5fba9b01aee10b5bbd84aea80b8230318c5e8ca14b9a4940c76e09815"
    )
    assert Trie.of({b"bar": b"foo", b"barfoo": b"hello", b"anotheritem": b"anothervalue"}).root.hex() == (
        "441807c345ca7adf88bd21ab1b3cbadb15616abb89167eb9fe285dd5cecd04c8"
    )


def test_the_extrinsics_root_of_a_real_block() -> None:
    """Block 707 of a development chain: the inherents Timestamp.set and one more."""
    extrinsics = [bytes.fromhex("280403000bb0037bf09301"), bytes.fromhex("1004270b00")]
    assert ordered_root(extrinsics).hex() == "3c9492204d29fc822f5a046d252119f6be0236767c8b16afedfd8457eafd5ec3"
