"""The topic of a message: a number that no other message of the chain has, made of the message and of those before."""

from __future__ import annotations

from drandlab.idn.state import WELL_KNOWN, Storage, blake2_256
from drandlab.typing import checked_bytes

__all__ = ["unique_id"]

_ENTROPY = WELL_KNOWN["intrablock_entropy"]
_UNIQUE = b"frame_system::unique"


def unique_id(storage: Storage, encoded: bytes) -> bytes:
    """Return the next unique id of the block under work for ``encoded``, and remember it.

    $u_i = H(\\text{"frame\\_system::unique"} \\| m \\| u_{i-1})$ with blake2b-256, $m$ the bytes of the message without
    a version, and $u_0 = H(\\text{"frame\\_system::initialize"} \\| \\text{hash of the parent})$, which `System` writes
    when a block begins. 32 bytes. Two messages of one block never have the same id, two forks may.

    >>> from drandlab.idn.state import Trie
    >>> storage = Storage(Trie.of({_ENTROPY: bytes(32)}))
    >>> unique_id(storage, b"message") != unique_id(storage, b"message")
    True

    Source: ``frame_system::unique`` and ``WithUniqueTopic`` of the Polkadot SDK.
    """
    last = storage.get(_ENTROPY) or bytes(32)
    topic = blake2_256(_UNIQUE + checked_bytes(encoded, "encoded") + last)
    storage.put(_ENTROPY, topic)
    return topic
