"""Locations: where something is, seen from here, as so many steps up and then a path of junctions down.

The junctions of the path are classes, what they hold is plain; a network is a `Variant`, such as
``Variant("Polkadot")``, None where it is left open. Versions 3, 4 and 5 differ only in the networks that they know.

Source: the XCM format, section 7 (``Location``), and the type of each version in the Polkadot SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import (
    COMPACT_U32,
    COMPACT_U64,
    COMPACT_U128,
    U8,
    U64,
    Codec,
    Composite,
    Enum,
    FixedBytes,
    Named,
    Option,
    Tagged,
    Variant,
    ends_early,
    no_variant,
)

__all__ = [
    "BODY",
    "BODY_PART",
    "HERE",
    "INTERIOR",
    "INTERIORS",
    "LOCATION",
    "LOCATIONS",
    "MOST_JUNCTIONS",
    "NETWORK",
    "NETWORKS",
    "PARENT",
    "POLKADOT",
    "VERSIONS",
    "AccountId32",
    "AccountIndex64",
    "AccountKey20",
    "GeneralIndex",
    "GeneralKey",
    "GlobalConsensus",
    "Interior",
    "Junction",
    "Junctions",
    "Location",
    "OnlyChild",
    "PalletInstance",
    "Parachain",
    "Plurality",
    "account",
    "checked_interior",
    "sibling",
]

VERSIONS = (3, 4, 5)
"""The versions of the format that are read and written."""

MOST_JUNCTIONS = 8
"""Junctions of a path."""

POLKADOT = Variant("Polkadot")
"""The relay chain of the bridge, as a network."""

_32, _HASH = FixedBytes(32), (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Junction:
    """One step down, from a place to one within it."""

    BARE: ClassVar[bool] = False
    """Whether the junction holds one value that has no name in Rust."""


@dataclass(frozen=True, slots=True)
class Parachain(Junction):
    """The parachain of a number below $2^{32}$, within its relay chain."""

    BARE: ClassVar[bool] = True
    id: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", checked_int(self.id, "Parachain", 0, _HASH))


@dataclass(frozen=True, slots=True)
class AccountId32(Junction):
    """An account of 32 bytes; ``network`` is None where any is meant."""

    network: Variant | None
    id: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", checked_bytes(self.id, "AccountId32.id", 32))


@dataclass(frozen=True, slots=True)
class AccountIndex64(Junction):
    """An account by its index in a table of accounts."""

    network: Variant | None
    index: int


@dataclass(frozen=True, slots=True)
class AccountKey20(Junction):
    """An account of 20 bytes, as Ethereum has them."""

    network: Variant | None
    key: bytes


@dataclass(frozen=True, slots=True)
class PalletInstance(Junction):
    """A pallet of the chain, by its index in the runtime."""

    BARE: ClassVar[bool] = True
    index: int


@dataclass(frozen=True, slots=True)
class GeneralIndex(Junction):
    """A number whose meaning is that of the place it stands in."""

    BARE: ClassVar[bool] = True
    index: int


@dataclass(frozen=True, slots=True)
class GeneralKey(Junction):
    """A key of ``length`` bytes, filled up to 32, whose meaning is that of the place it stands in."""

    length: int
    data: bytes


@dataclass(frozen=True, slots=True)
class OnlyChild(Junction):
    """The one place that there is within another."""


@dataclass(frozen=True, slots=True)
class Plurality(Junction):
    """A body of several members, such as a council, and which part of it speaks."""

    id: Variant
    part: Variant


@dataclass(frozen=True, slots=True)
class GlobalConsensus(Junction):
    """A whole network, seen from above all of them."""

    BARE: ClassVar[bool] = True
    network: Variant


Interior = tuple[Junction, ...]
"""A path down: at most eight junctions."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place: ``parents`` steps up, then down the path ``interior``.

    >>> Location(1, (Parachain(4594),))
    Location(parents=1, interior=(Parachain(id=4594),))
    >>> LOCATION.encode(Location(1, (Parachain(4594),))).hex()
    '010100c947'
    """

    parents: int = 0
    interior: Interior = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parents", checked_int(self.parents, "parents", 0, 255))
        object.__setattr__(self, "interior", checked_interior(self.interior))

    def descended(self, path: Interior) -> Location:
        """Return the place that ``path`` leads to from here; raises `LocalError` where it would get too long."""
        return Location(self.parents, self.interior + tuple(path))


def checked_interior(interior: Interior) -> Interior:
    """Return a path as a tuple if it is one; raises `WrongType`, `LocalError` for more than eight junctions."""
    if not isinstance(interior, tuple | list) or not all(isinstance(step, Junction) for step in interior):
        raise WrongType("expected a tuple of junctions", argument="interior")
    if len(interior) > MOST_JUNCTIONS:
        raise LocalError(f"at most {MOST_JUNCTIONS} junctions, got {len(interior)}", argument="interior", code="bound")
    return tuple(interior)


HERE, PARENT = Location(), Location(1)
"""This chain itself, and its relay chain."""


def sibling(para_id: int) -> Location:
    """Return the place of another parachain of the same relay chain."""
    return Location(1, (Parachain(para_id),))


def account(id: bytes, network: Variant | None = POLKADOT) -> Location:
    """Return the place of an account of this chain, as a beneficiary is named."""
    return Location(0, (AccountId32(network, id),))


_NAMED = {2: "Polkadot", 3: "Kusama", 8: "BitcoinCore", 9: "BitcoinCash", 10: "PolkadotBulletin"}
_RETIRED = {4: "Westend", 5: "Rococo", 6: "Wococo"}


def _networks(version: int) -> Enum:
    named = {number: name for number, name in _NAMED.items() if version > 3 or name != "PolkadotBulletin"}
    return Enum(
        "NetworkId",
        {
            0: ("ByGenesis", _32),
            1: ("ByFork", Named("ByFork", block_number=U64, block_hash=_32)),
            7: ("Ethereum", Named("Ethereum", chain_id=COMPACT_U64)),
            **named,
            **(_RETIRED if version < 5 else {}),
        },
    )


BODY = Enum(
    "BodyId",
    {
        1: ("Moniker", FixedBytes(4)),
        2: ("Index", COMPACT_U32),
        **dict(enumerate(("Executive", "Technical", "Legislative", "Judicial", "Defense"), 3)),
        **{0: "Unit", 8: "Administration", 9: "Treasury"},
    },
)
_OF = {"nom": COMPACT_U32, "denom": COMPACT_U32}
BODY_PART = Enum(
    "BodyPart",
    {
        0: "Voice",
        1: ("Members", Named("Members", count=COMPACT_U32)),
        2: ("Fraction", Named("Fraction", **_OF)),
        3: ("AtLeastProportion", Named("AtLeastProportion", **_OF)),
        4: ("MoreThanProportion", Named("MoreThanProportion", **_OF)),
    },
)


def _junctions(network: Enum) -> Tagged:
    perhaps = Option(network)
    return Tagged(
        "Junction",
        {
            0: Composite(Parachain, id=COMPACT_U32),
            1: Composite(AccountId32, network=perhaps, id=_32),
            2: Composite(AccountIndex64, network=perhaps, index=COMPACT_U64),
            3: Composite(AccountKey20, network=perhaps, key=FixedBytes(20)),
            4: Composite(PalletInstance, index=U8),
            5: Composite(GeneralIndex, index=COMPACT_U128),
            6: Composite(GeneralKey, length=U8, data=_32),
            7: Composite(OnlyChild),
            8: Composite(Plurality, id=BODY, part=BODY_PART),
            9: Composite(GlobalConsensus, network=network),
        },
    )


class Junctions(Codec[Interior]):
    """A path: the byte of its length, which is the number of a variant (Here, X1 ... X8), then its junctions."""

    __slots__ = ("item",)

    def __init__(self, item: Tagged) -> None:
        self.item, self.name, self.size = item, "Junctions", None

    def encode(self, value: Interior) -> bytes:
        path = checked_interior(value)
        return bytes([len(path)]) + b"".join(map(self.item.encode, path))

    def read(self, data: bytes, at: int) -> tuple[Interior, int]:
        if at >= len(data):
            ends_early(self.name, 0)
        count, at = data[at], at + 1
        if count > MOST_JUNCTIONS:
            no_variant(self.name, count)
        path, read = [], self.item.read
        for _ in range(count):
            step, at = read(data, at)
            path.append(step)
        return tuple(path), at


NETWORKS: Mapping[int, Enum] = MappingProxyType({version: _networks(version) for version in VERSIONS})
"""The codec of networks in each version; test networks that are gone have no number in version 5."""

INTERIORS: Mapping[int, Junctions] = MappingProxyType(
    {version: Junctions(_junctions(NETWORKS[version])) for version in VERSIONS}
)
"""The codec of paths in each version."""

LOCATIONS: Mapping[int, Composite[Location]] = MappingProxyType(
    {version: Composite(Location, parents=U8, interior=INTERIORS[version]) for version in VERSIONS}
)
"""The codec of locations in each version."""

NETWORK, INTERIOR, LOCATION = NETWORKS[5], INTERIORS[5], LOCATIONS[5]
"""The codecs of version 5."""
