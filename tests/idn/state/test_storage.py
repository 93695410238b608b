"""The overlay: a dictionary with transactions, over a state that stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.idn.state import Storage, StorageUse, Trie

KEYS = st.lists(st.sampled_from([0x00, 0x01, 0x10]), max_size=2).map(bytes)
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "get", "begin", "keep", "undo"]), KEYS, st.none() | st.binary(max_size=5)),
    max_size=40,
)


@given(st.dictionaries(KEYS, st.binary(max_size=5), max_size=8), STEPS)
def test_a_storage_is_a_dictionary_with_transactions(
    base: dict[bytes, bytes], steps: list[tuple[str, bytes, bytes | None]]
) -> None:
    state = Trie.of(base)
    root, storage, models = state.root, Storage(state), [dict(base)]
    for do, key, value in steps:
        match do:
            case "put":
                storage.put(key, value)
                models[-1].pop(key, None) if value is None else models[-1].update({key: value})
            case "get":
                assert storage.get(key) == models[-1].get(key)
            case "begin":
                storage.begin()
                models.append(dict(models[-1]))
            case _ if len(models) == 1:
                with pytest.raises(LocalError, match="no transaction is open"):
                    storage.keep() if do == "keep" else storage.undo()
            case "keep":
                before = models[-2]
                assert (
                    storage.changed().items()
                    >= {
                        key: before.get(key)
                        for key in before.keys() | models[-1].keys()
                        if before.get(key) != models[-1].get(key)
                    }.items()
                )
                storage.keep()
                models[-2:] = [models[-1]]
            case "undo":
                storage.undo()
                models.pop()
        assert storage.depth == len(models) - 1
        assert list(storage.items(key)) == [(k, v) for k, v in sorted(models[-1].items()) if k.startswith(key)]
    while storage.depth:
        storage.keep()
    assert dict(storage.commit().items()) == models[-1]
    assert state.root == root and dict(state.items()) == base


def test_what_raises_is_undone_and_what_ends_well_is_kept() -> None:
    storage = Storage(Trie.of({b"a": b"1"}))
    with pytest.raises(KeyError), storage.transaction():
        storage.put(b"a", b"2")
        with storage.transaction():
            storage.put(b"b", b"3")
        assert storage.get(b"b") == b"3"
        raise KeyError
    assert storage.get(b"a") == b"1" and storage.get(b"b") is None and storage.depth == 0
    storage.begin()
    with pytest.raises(LocalError, match="1 transactions are still open"):
        storage.commit()


def test_the_meter_counts_what_a_proof_must_show_once() -> None:
    storage = Storage(Trie.of({b"ab": b"1234", b"cd": b"5"}))
    for _ in range(3):
        storage.get(b"ab")
    storage.get(b"xy")
    assert storage.use == StorageUse(reads=4, writes=0, read_bytes=12, written_bytes=0, keys=2, key_bytes=8)
    before = storage.use
    storage.put(b"ab", b"123")
    storage.put(b"new", None)
    storage.get(b"ab")
    assert storage.use.since(before) == StorageUse(reads=1, writes=2, read_bytes=3, written_bytes=3)
    before = storage.use
    assert len(list(storage.items(b""))) == 2
    assert storage.use.since(before) == StorageUse(reads=2, read_bytes=4, keys=1, key_bytes=3)
    assert set(storage.touched) == {b"ab", b"xy", b"cd"}


def test_a_key_that_is_written_twice_goes_back_to_what_it_was_first() -> None:
    storage = Storage(Trie.of({b"a": b"1"}))
    storage.begin()
    for value in (b"2", b"3", None):
        storage.put(b"a", value)
    storage.begin()
    storage.put(b"a", b"4")
    storage.put(b"b", b"5")
    storage.keep()
    assert storage.changed() == {b"a": b"1", b"b": None}
    storage.undo()
    assert storage.get(b"a") == b"1" and storage.get(b"b") is None and storage.changes == {}
