"""The hashes that make storage keys, and the well-known keys.

A pallet's item lives under twox128(pallet) ++ twox128(item); the entry of a map under that prefix and the hashed key. A
hasher whose name ends in *concat* is followed by the key itself, so that the keys of a map can be read back.

Source: Polkadot protocol specification, section 2.3 and its appendix on hashing; ``sp-core`` (``hashing``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from drandlab.typing import checked_text

__all__ = [
    "BLAKE2_128_CONCAT",
    "HASHERS",
    "IDENTITY",
    "TWOX64_CONCAT",
    "WELL_KNOWN",
    "Hasher",
    "item_prefix",
    "twox128",
]

WELL_KNOWN: Mapping[str, bytes] = MappingProxyType(
    {
        "code": b":code",
        "heappages": b":heappages",
        "extrinsic_index": b":extrinsic_index",
        "intrablock_entropy": b":intrablock_entropy",
        "child_storage": b":child_storage:",
    }
)
"""The keys that are not those of a pallet's item."""


def _twox64(data: bytes, seed: int = 0) -> bytes:
    import xxhash  # not every storage needs it, and `import drandlab` stays light

    return xxhash.xxh64_intdigest(data, seed=seed).to_bytes(8, "little")


@lru_cache(maxsize=4096)
def twox128(data: bytes) -> bytes:
    """Return xxHash64 with the seeds 0 and 1, each little-endian, one after the other: 16 bytes.

    >>> twox128(b"System").hex()
    '26aa394eea5630e07c48ae0c9558cef7'
    """
    return _twox64(data, 0) + _twox64(data, 1)


def item_prefix(pallet: str, item: str) -> bytes:
    """Return the key of a pallet's item, 32 bytes: that of a value, or the prefix of a map's keys.

    >>> item_prefix("System", "Number").hex()
    '26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac'
    """
    return twox128(checked_text(pallet, "pallet").encode()) + twox128(checked_text(item, "item").encode())


class Hasher(NamedTuple):
    """How the key of a map's entry is made: ``hash(key)``, after which the key itself stands, ``head`` bytes in."""

    name: str
    hash: Callable[[bytes], bytes]
    head: int

    def __call__(self, key: bytes) -> bytes:
        return self.hash(key) + key


def _blake2_128(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=16).digest()


def _nothing(key: bytes) -> bytes:
    return b""


BLAKE2_128_CONCAT = Hasher("Blake2_128Concat", _blake2_128, 16)
TWOX64_CONCAT = Hasher("Twox64Concat", _twox64, 8)
IDENTITY = Hasher("Identity", _nothing, 0)

HASHERS: Mapping[str, Hasher] = {one.name: one for one in (BLAKE2_128_CONCAT, TWOX64_CONCAT, IDENTITY)}
"""The hashers by the names that metadata have for them."""
