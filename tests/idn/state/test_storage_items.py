"""Values and maps of a pallet's storage."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.idn.state import (
    HASHERS,
    Hasher,
    Storage,
    StorageMap,
    StorageValue,
    Trie,
    item_prefix,
)
from drandlab.wire.scale import U32, U64, Bytes, Option, Tuple


def test_a_value_has_a_default_until_it_is_stored() -> None:
    storage = Storage(Trie())
    total = StorageValue("Toy", "Total", U64, default=5)
    assert total.get(storage) == 5 and not total.exists(storage)
    assert total.mutate(storage, lambda now: now + 1) == 6 == total.get(storage)
    assert total.exists(storage) and storage.get(item_prefix("Toy", "Total")) == U64.encode(6)
    assert total.take(storage) == 6 and total.take(storage) == 5 and not total.exists(storage)
    total.put(storage, 0)
    total.kill(storage)
    assert dict(storage.commit().items()) == {}
    with pytest.raises(LocalError, match="u64: expected a whole number from 0 to"):
        total.put(storage, -1)
    unset: StorageValue[int, None] = StorageValue("Toy", "Unset", U64)
    assert unset.get(storage) is None


@pytest.mark.parametrize("hasher", HASHERS.values(), ids=lambda hasher: hasher.name)
def test_a_map_is_read_in_the_order_of_its_hashes(hasher: Hasher) -> None:
    storage = Storage(Trie())
    names: StorageMap[int, bytes, None] = StorageMap("Toy", "Names", U32, Bytes(), hasher=hasher)
    other = StorageMap("Toy", "NamesToo", U32, Bytes(), hasher=hasher, default=b"?")
    for number in range(50):
        names.put(storage, number, b"%d" % number)
        other.put(storage, number, b"other")
    storage = Storage(storage.commit())
    names.remove(storage, 7)
    names.put(storage, 60, b"late")
    found = list(names.items(storage))
    assert sorted(number for number, _ in found) == [n for n in range(50) if n != 7] + [60]
    assert [names.key_of(number) for number, _ in found] == sorted(names.key_of(number) for number, _ in found)
    assert list(names.values(storage)) == [name for _, name in found]
    assert names.get(storage, 7) is None and other.get(storage, 99) == b"?" and names.get(storage, 60) == b"late"
    assert names.exists(storage, 1) and not names.exists(storage, 7)
    assert names.take(storage, 1) == b"1" and names.take(storage, 1) is None
    assert names.key_from(names.key_of(12)) == 12
    assert names.clear(storage) == 49 and list(names.items(storage)) == [] and len(list(other.items(storage))) == 50


def test_entries_may_be_taken_out_while_a_map_is_read() -> None:
    storage = Storage(Trie())
    names: StorageMap[int, int, None] = StorageMap("Toy", "Names", U32, U64)
    for number in range(9):
        names.put(storage, number, number)
    for number, _ in names.items(storage):
        names.remove(storage, number)
        names.put(storage, number + 100, 0)
    assert sorted(number for number, _ in names.items(storage)) == list(range(100, 109))


def test_a_key_of_something_else_is_refused() -> None:
    names: StorageMap[int, int, None] = StorageMap("Toy", "Names", U32, U64)
    with pytest.raises(LocalError, match=r"not a key of Toy\.Names"):
        names.key_from(item_prefix("Toy", "Other") + bytes(20))
    with pytest.raises(FormatError, match="u32"):
        names.key_from(names.prefix + bytes(19))


def test_keys_of_several_parts() -> None:
    storage = Storage(Trie())
    pairs: StorageMap[tuple[int, bytes | None], int, int] = StorageMap(
        "Toy", "Pairs", Tuple(U32, Option(Bytes())), U64, default=0
    )
    pairs.put(storage, (1, None), 5)
    pairs.put(storage, (1, b"x"), 6)
    assert pairs.get(storage, (1, b"x")) == 6 and dict(pairs.items(storage)) == {(1, None): 5, (1, b"x"): 6}
