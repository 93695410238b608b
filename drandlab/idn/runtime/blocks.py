"""Headers with their digests, and blocks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from drandlab.errors import LocalError
from drandlab.idn.state import blake2_256, ordered_root
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import (
    COMPACT_U32,
    U64,
    Bytes,
    Composite,
    FixedBytes,
    Tagged,
    Vec,
    compact,
    ends_early,
    read_compact,
    trailing,
)

__all__ = [
    "AURA",
    "DIGEST_ITEM",
    "HASH",
    "HEADER",
    "Block",
    "ConsensusDigest",
    "DigestItem",
    "EnvironmentUpdated",
    "Header",
    "OtherDigest",
    "PreRuntimeDigest",
    "SealDigest",
    "aura_pre_digest",
    "slot_of",
]

AURA = b"aura"
"""The engine id of Aura in digests."""

HASH = FixedBytes(32)
_BYTES, _ENGINE = Bytes(), FixedBytes(4)


@dataclass(frozen=True, slots=True)
class OtherDigest:
    """Data in a header that no engine owns."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ConsensusDigest:
    """A message of the runtime to a consensus engine."""

    engine: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class SealDigest:
    """What the author adds last, over the hash of the header without it: its signature."""

    engine: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class PreRuntimeDigest:
    """A message of a consensus engine to the runtime, such as the slot of the block."""

    engine: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class EnvironmentUpdated:
    """The code or the heap of the runtime was changed."""


DigestItem: TypeAlias = OtherDigest | ConsensusDigest | SealDigest | PreRuntimeDigest | EnvironmentUpdated

DIGEST_ITEM: Tagged = Tagged(
    "DigestItem",
    {
        0: Composite(OtherDigest, data=_BYTES),
        4: Composite(ConsensusDigest, engine=_ENGINE, data=_BYTES),
        5: Composite(SealDigest, engine=_ENGINE, data=_BYTES),
        6: Composite(PreRuntimeDigest, engine=_ENGINE, data=_BYTES),
        8: Composite(EnvironmentUpdated),
    },
)


def aura_pre_digest(slot: int) -> PreRuntimeDigest:
    """Return the item by which a block says its slot.

    >>> DIGEST_ITEM.encode(aura_pre_digest(292277977)).hex()
    '066175726120d9ce6b1100000000'
    """
    return PreRuntimeDigest(AURA, U64.encode(slot))


def slot_of(digest: tuple[DigestItem, ...]) -> int | None:
    """Return the slot that a digest names, None if it has no such item; raises `FormatError` for a bad one."""
    for item in digest:
        if isinstance(item, PreRuntimeDigest) and item.engine == AURA:
            return U64.decode(item.data)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a block: it commits to the parent, the extrinsics and the state after them.

    ``hash`` is the BLAKE2b-256 of the encoding. A seal is the last item of the digest; `unsealed` takes it off.

    >>> header = Header(parent_hash=bytes(32), number=0, state_root=bytes(32), extrinsics_root=bytes(32))
    >>> len(header.encode()), header.hash.hex()[:16]
    (98, 'dcdd89927d8a348e')
    """

    parent_hash: bytes
    number: int
    state_root: bytes
    extrinsics_root: bytes
    digest: tuple[DigestItem, ...] = ()
    _encoded: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("parent_hash", "state_root", "extrinsics_root"):
            object.__setattr__(self, name, checked_bytes(getattr(self, name), name, 32))
        object.__setattr__(self, "number", checked_int(self.number, "number", 0, (1 << 32) - 1))

    def encode(self) -> bytes:
        """Return the SCALE encoding."""
        if not self._encoded:
            encoded = HEADER.encode(self)
            self._encoded.extend((encoded, blake2_256(encoded)))
        return self._encoded[0]

    @property
    def hash(self) -> bytes:
        """The hash that names the block."""
        self.encode()
        return self._encoded[1]

    @property
    def slot(self) -> int | None:
        """The slot that the digest names, None if it names none; raises `FormatError` for an item that is none."""
        return slot_of(self.digest)

    @property
    def seal(self) -> SealDigest | None:
        """The seal, if the last item of the digest is one."""
        last = self.digest[-1] if self.digest else None
        return last if isinstance(last, SealDigest) else None

    def sealed(self, signature: bytes, engine: bytes = AURA) -> Header:
        """Return the header with a seal behind its digest."""
        return replace(self, digest=(*self.digest, SealDigest(engine, signature)))

    def unsealed(self) -> Header:
        """Return the header without its seal: what the author signs the hash of."""
        return self if self.seal is None else replace(self, digest=self.digest[:-1])

    @classmethod
    def decode(cls, data: bytes) -> Header:
        """Return the header of ``data``; raises `FormatError`."""
        return HEADER.decode(data)


HEADER = Composite(
    Header,
    parent_hash=HASH,
    number=COMPACT_U32,
    state_root=HASH,
    extrinsics_root=HASH,
    digest=Vec(DIGEST_ITEM, 64),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A header and its extrinsics, each as its whole encoding, with its length in front.

    >>> header = Header(parent_hash=bytes(32), number=1, state_root=bytes(32), extrinsics_root=bytes(32))
    >>> block = Block(header=header, extrinsics=(bytes.fromhex("0c050001"),))
    >>> Block.decode(block.encode()) == block
    True
    """

    header: Header
    extrinsics: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.header, Header):
            raise LocalError("expected a Header", argument="header")
        for extrinsic in self.extrinsics:
            checked_bytes(extrinsic, "extrinsics")

    @property
    def hash(self) -> bytes:
        """The hash of the header."""
        return self.header.hash

    def encode(self) -> bytes:
        """Return the SCALE encoding: the header, the number of extrinsics, the extrinsics."""
        return self.header.encode() + compact(len(self.extrinsics)) + b"".join(self.extrinsics)

    @classmethod
    def decode(cls, data: bytes) -> Block:
        """Return the block of ``data``; raises `FormatError`."""
        data = checked_bytes(data, "data")
        header, at = HEADER.read(data, 0)
        count, at = read_compact(data, at)
        if count > len(data) - at:
            ends_early("Block", len(data) - at, count)
        found = []
        for _ in range(count):
            start = at
            _, at = _BYTES.read(data, at)
            found.append(data[start:at])
        if at != len(data):
            trailing("Block", len(data) - at)
        return cls(header=header, extrinsics=tuple(found))

    def extrinsics_root(self) -> bytes:
        """Return the root that the header must have: state version 0, as the runtime's system version is 1."""
        return ordered_root(self.extrinsics)
