"""The state of a chain as Substrate keeps it: storage with its keys over a Merkle trie, its root, and read proofs."""

from drandlab.idn.state.storage import Storage, StorageUse
from drandlab.idn.state.storage_items import StorageMap, StorageValue
from drandlab.idn.state.storage_keys import (
    BLAKE2_128_CONCAT,
    HASHERS,
    IDENTITY,
    TWOX64_CONCAT,
    WELL_KNOWN,
    Hasher,
    item_prefix,
    twox128,
)
from drandlab.idn.state.trie import Trie, ordered_root
from drandlab.idn.state.trie_nodes import EMPTY_ROOT, TRIE_CODES, blake2_256
from drandlab.idn.state.trie_proofs import prove, read_proof

__all__ = [
    "BLAKE2_128_CONCAT",
    "EMPTY_ROOT",
    "HASHERS",
    "IDENTITY",
    "TRIE_CODES",
    "TWOX64_CONCAT",
    "WELL_KNOWN",
    "Hasher",
    "Storage",
    "StorageMap",
    "StorageUse",
    "StorageValue",
    "Trie",
    "blake2_256",
    "item_prefix",
    "ordered_root",
    "prove",
    "read_proof",
    "twox128",
]
