"""What the header of a block says beside its hashes: digest items in SCALE.

An item is the number of its kind and its content (Other 0, Consensus 4, Seal 5, PreRuntime 6). Aura writes the slot
before the block runs and its author's seal behind everything; the bridge's first designs also write the latest round.
"""

from __future__ import annotations

from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_int
from drandlab.wire.scale import U64, compact

__all__ = ["AURA_ENGINE", "SEAL_LENGTH", "aura_digest", "round_digest", "seal_digest"]

AURA_ENGINE = b"aura"
"""The name of the consensus engine, which stands in front of its items."""

SEAL_LENGTH = 64
"""Bytes of an sr25519 signature."""

_OTHER, _SEAL, _PRE_RUNTIME = 0, 5, 6
_LATEST_ROUND = b"\0"
"""The first kind of what the beacon pallet logs, and the only one."""


def _item(kind: int, engine: bytes, content: bytes) -> bytes:
    return bytes([kind]) + engine + compact(len(content)) + content


def aura_digest(slot: int) -> bytes:
    """Return the item by which a block names its slot: PreRuntime, engine ``aura``, the slot as 8 bytes.

    >>> aura_digest(292_277_977).hex()
    '066175726120d9ce6b1100000000'
    """
    return _item(_PRE_RUNTIME, AURA_ENGINE, U64.encode(checked_int(slot, "slot", 0, LAST_ROUND)))


def seal_digest(signature: bytes) -> bytes:
    """Return the item with the author's seal: the sr25519 signature (64 bytes) of the hash of the header before it.

    >>> seal_digest(bytes(64))[:7].hex()
    '05617572610101'
    """
    return _item(_SEAL, AURA_ENGINE, checked_bytes(signature, "signature", SEAL_LENGTH))


def round_digest(round: Round) -> bytes:
    """Return the item by which the beacon pallet of the first designs names the latest round.

    The round that stood there was the next one expected in the first design, and the last one ingested in the second.

    >>> round_digest(1001).hex()
    '002400e903000000000000'
    """
    return _item(_OTHER, b"", _LATEST_ROUND + U64.encode(checked_int(round, "round", 0, LAST_ROUND)))
