"""The items of a pallet's storage: single values and maps, with Substrate's keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from drandlab.errors import LocalError
from drandlab.idn.state.storage import Storage
from drandlab.idn.state.storage_keys import BLAKE2_128_CONCAT, Hasher, item_prefix
from drandlab.wire.scale import Codec

__all__ = ["StorageMap", "StorageValue"]

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")
"""The type of a default. Without one it is that of None, which a type variable cannot say: hence the ignored lines."""


_REMEMBERED = 8192
"""Storage keys that a map remembers: its entries are read far more often than new ones come."""


class StorageValue(Generic[V, D]):
    """One value of a pallet: ``default`` is what `get` returns where none is stored.

    ``pallet`` and ``item`` are the names in the runtime's table and in the pallet; both make the key.

    >>> from drandlab.idn.state.trie import Trie
    >>> from drandlab.wire.scale import U32
    >>> number = StorageValue("System", "Number", U32, default=0)
    >>> storage = Storage(Trie())
    >>> number.put(storage, 7)
    >>> number.get(storage), storage.get(number.key).hex()
    (7, '07000000')
    """

    def __init__(self, pallet: str, item: str, codec: Codec[V], *, default: D = None) -> None:  # type: ignore[assignment]
        self.pallet, self.item, self.codec, self.default = pallet, item, codec, default
        self.key = item_prefix(pallet, item)

    def get(self, storage: Storage) -> V | D:
        """Return the value, or the default."""
        written = storage.get(self.key)
        return self.default if written is None else self.codec.read(written, 0)[0]

    def put(self, storage: Storage, value: V) -> None:
        """Store a value."""
        storage.put(self.key, self.codec.encode(value))

    def kill(self, storage: Storage) -> None:
        """Take the value out."""
        storage.put(self.key, None)

    def take(self, storage: Storage) -> V | D:
        """Return the value, or the default, and take it out."""
        value = self.get(storage)
        storage.put(self.key, None)
        return value

    def exists(self, storage: Storage) -> bool:
        """Whether a value is stored, the default too."""
        return storage.get(self.key) is not None

    def mutate(self, storage: Storage, change: Callable[[V | D], V]) -> V:
        """Store what ``change`` makes of the value, and return it."""
        value = change(self.get(storage))
        self.put(storage, value)
        return value


class StorageMap(Generic[K, V, D]):
    """A map of a pallet: each entry has a key of its own, below the prefix of the map.

    ``hasher`` makes the key of an entry; entries are therefore iterated in the order of their hashes.

    >>> from drandlab.idn.state.trie import Trie
    >>> from drandlab.wire.scale import U32, U64
    >>> ages = StorageMap("Toy", "Ages", U32, U64)
    >>> storage = Storage(Trie())
    >>> for who in (1, 2, 3):
    ...     ages.put(storage, who, 10 * who)
    >>> ages.get(storage, 2), sorted(ages.items(storage)), ages.get(storage, 9)
    (20, [(1, 10), (2, 20), (3, 30)], None)
    """

    def __init__(
        self,
        pallet: str,
        item: str,
        key: Codec[K],
        codec: Codec[V],
        *,
        hasher: Hasher = BLAKE2_128_CONCAT,
        default: D = None,  # type: ignore[assignment]
    ) -> None:
        self.pallet, self.item, self.key_codec, self.codec, self.default = pallet, item, key, codec, default
        self.hasher, self.prefix = hasher, item_prefix(pallet, item)
        self._keys: dict[K, bytes] = {}

    def key_of(self, key: K) -> bytes:
        """Return the storage key of an entry."""
        if type(key) is bytes and (known := self._keys.get(key)) is not None:
            return known
        written = self.key_codec.encode(key)
        found = self.prefix + self.hasher.hash(written) + written
        if type(key) is bytes:
            if len(self._keys) >= _REMEMBERED:
                self._keys.clear()
            self._keys[key] = found
        return found

    def key_from(self, key: bytes) -> K:
        """Return the key of the entry that has this storage key; raises `LocalError` for a key of something else."""
        if not key.startswith(self.prefix):
            raise LocalError(f"not a key of {self.pallet}.{self.item}", argument="key")
        return self.key_codec.decode(key[len(self.prefix) + self.hasher.head :])

    def get(self, storage: Storage, key: K) -> V | D:
        """Return the value of an entry, or the default."""
        written = storage.get(self.key_of(key))
        return self.default if written is None else self.codec.read(written, 0)[0]

    def put(self, storage: Storage, key: K, value: V) -> None:
        """Store an entry."""
        storage.put(self.key_of(key), self.codec.encode(value))

    def remove(self, storage: Storage, key: K) -> None:
        """Take an entry out."""
        storage.put(self.key_of(key), None)

    def take(self, storage: Storage, key: K) -> V | D:
        """Return the value of an entry, or the default, and take the entry out."""
        value = self.get(storage, key)
        storage.put(self.key_of(key), None)
        return value

    def exists(self, storage: Storage, key: K) -> bool:
        """Whether there is such an entry."""
        return storage.get(self.key_of(key)) is not None

    def items(self, storage: Storage) -> Iterator[tuple[K, V]]:
        """Yield all entries in the order of their storage keys, which is that of the hashes.

        The entries are those of the moment at which the iteration begins.
        """
        start = len(self.prefix) + self.hasher.head
        read_key, read = self.key_codec.read, self.codec.read
        for key, written in list(storage.items(self.prefix)):
            yield read_key(key, start)[0], read(written, 0)[0]

    def values(self, storage: Storage) -> Iterator[V]:
        """Yield the values of all entries in the order of their storage keys."""
        read = self.codec.read
        for _, written in list(storage.items(self.prefix)):
            yield read(written, 0)[0]

    def clear(self, storage: Storage) -> int:
        """Take all entries out, and return how many there were."""
        keys = [key for key, _ in storage.items(self.prefix)]
        for key in keys:
            storage.put(key, None)
        return len(keys)
