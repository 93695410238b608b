"""What the journal says of a chain file: the chains, each call of their blocks, and each block when it is done.

Entries belong to the world, not to a node; ``chain`` is the number of the parachain. Other runs write none of these.
"""

from __future__ import annotations

from collections.abc import Mapping

from drandlab.records import Json, Record
from drandlab.typing import Round

__all__ = ["CHAIN_FILE_ENTRIES", "CallDispatched", "ChainBlockEnded", "ChainFileBegan"]


class ChainFileBegan(Record, kind="chain file"):
    """The first entry: the bridge ``chain`` in its ``mode`` and ``policy``, its collators, and the ``consumers``.

    ``begins`` is the state root of block 0 of the bridge, ``genesis_hash`` its hash; ``backend`` is the curve, or
    glass.
    """

    scenario: str
    chain: int
    mode: str
    policy: str
    collators: tuple[str, ...]
    consumers: tuple[int, ...]
    max_pulses: int
    backend: str
    genesis_hash: bytes
    begins: bytes


class CallDispatched(Record, kind="chain call"):
    """A call has run in block ``number``; ``error`` is None, or the bare name of the error, or of the pool's refusal.

    ``events`` are those that it deposited. ``before`` and ``after`` are the state roots around it.
    """

    chain: int
    number: int
    call: str
    origin: str
    error: str | None
    events: tuple[Mapping[str, Json], ...]
    before: bytes
    after: bytes


class ChainBlockEnded(Record, kind="chain block"):
    """A block is done: its header, its hooks' ``events``, and what the beacon pallet stores then.

    ``hash`` is that of the header with its ``seal``, ``sealed`` that of the header without it, which the author signs;
    ``digest`` are the items before the seal. ``key`` is the beacon's, ``begin`` the genesis round, ``next_round`` the
    next one expected. ``asig`` is the sum that was accepted last; ``signature`` and ``message`` are the running pair,
    or ``signature``, ``start`` and ``end`` the newest range. ``random`` is the block's randomness for no subject.
    ``balances`` are those of the accounts that the file names.
    """

    chain: int
    number: int
    slot: int
    author: str
    hash: bytes
    parent: bytes
    balances: Mapping[str, Json]
    sealed: bytes = b""
    seal: bytes = b""
    state_root: bytes = b""
    digest: tuple[bytes, ...] = ()
    events: tuple[Mapping[str, Json], ...] = ()
    key: bytes = b""
    begin: Round | None = None
    next_round: Round | None = None
    asig: bytes = b""
    signature: bytes = b""
    message: bytes = b""
    start: Round | None = None
    end: Round | None = None
    random: bytes = b""


CHAIN_FILE_ENTRIES: tuple[type[Record], ...] = (ChainFileBegan, CallDispatched, ChainBlockEnded)
"""Every kind of entry that only a chain file writes."""
