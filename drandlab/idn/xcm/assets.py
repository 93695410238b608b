"""Assets: which one and how much of it, sorted lists of them, filters over what is in the holding register.

An asset is named by the location of the place that defines it. Version 3 could also name one by 32 bytes of no
further meaning (`Abstract`), which later versions cannot.

Source: the XCM format, section 6 (``Asset``), and the types of each version in the Polkadot SDK.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from drandlab.errors import LocalError, WrongType
from drandlab.idn.xcm.locations import LOCATIONS, PARENT, VERSIONS, Junctions, Location
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import (
    COMPACT_U32,
    COMPACT_U128,
    Choice,
    Codec,
    Composite,
    Enum,
    FixedBytes,
    Option,
    Tagged,
    Tuple,
    Variant,
    Vec,
    ends_early,
    no_variant,
)
from drandlab.wire.scale.scale_codec import refuse

__all__ = [
    "ASSET",
    "ASSETS",
    "ASSET_CODECS",
    "FILTER",
    "MOST_ASSETS",
    "Abstract",
    "All",
    "AllCounted",
    "AllOf",
    "AllOfCounted",
    "Asset",
    "AssetCodecs",
    "AssetFilter",
    "AssetId",
    "AssetIds",
    "AssetTransferFilter",
    "Assets",
    "Definite",
    "Fungible",
    "NonFungible",
    "ReserveDeposit",
    "ReserveWithdraw",
    "SortedAssets",
    "Teleport",
    "Wild",
    "WildAsset",
    "WildFungibility",
    "order_of",
    "relay_asset",
]

MOST_ASSETS = 20
"""Assets of a list."""

_MOST_AMOUNT = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Abstract:
    """The name of an asset in version 3 that is no location: 32 bytes."""

    key: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", checked_bytes(self.key, "Abstract", 32))


AssetId: TypeAlias = Location | Abstract
"""Which asset: the location of the place that defines it."""


@dataclass(frozen=True, slots=True)
class Fungible:
    """So many units of an asset, at least one."""

    BARE: ClassVar[bool] = True
    amount: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", checked_int(self.amount, "Fungible", 1, _MOST_AMOUNT, what="an amount"))


@dataclass(frozen=True, slots=True)
class NonFungible:
    """The one thing of a class that ``instance`` names, such as ``Variant("Index", 7)``."""

    BARE: ClassVar[bool] = True
    instance: Variant


@dataclass(frozen=True, slots=True)
class Asset:
    """An amount of a fungible asset, or one thing that is not fungible.

    >>> ASSET.encode(relay_asset(10**12)).hex()
    '010000070010a5d4e8'
    """

    id: AssetId
    fun: Fungible | NonFungible

    def __post_init__(self) -> None:
        if not isinstance(self.id, Location | Abstract):
            raise WrongType(f"expected a location, got {type(self.id).__name__}", argument="Asset.id")
        if not isinstance(self.fun, Fungible | NonFungible):
            raise WrongType(f"expected Fungible or NonFungible, got {type(self.fun).__name__}", argument="Asset.fun")


def relay_asset(amount: int) -> Asset:
    """Return so much of the relay chain's token, seen from a parachain; raises `LocalError` for an amount of none."""
    return Asset(PARENT, Fungible(amount))


Assets: TypeAlias = tuple[Asset, ...]
"""A list of at most 20 assets, in the order that the format prescribes, none twice."""


class WildFungibility(enum.Enum):
    """Whether a filter is for what is fungible."""

    Fungible = 0
    NonFungible = 1


class WildAsset:
    """A filter that names no amounts."""

    __slots__ = ()
    BARE: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class All(WildAsset):
    """Every asset."""


@dataclass(frozen=True, slots=True)
class AllOf(WildAsset):
    """Everything of one asset."""

    id: AssetId
    fun: WildFungibility = WildFungibility.Fungible


@dataclass(frozen=True, slots=True)
class AllCounted(WildAsset):
    """The first ``count`` assets."""

    BARE: ClassVar[bool] = True
    count: int


@dataclass(frozen=True, slots=True)
class AllOfCounted(WildAsset):
    """The first ``count`` of one asset."""

    id: AssetId
    fun: WildFungibility
    count: int


@dataclass(frozen=True, slots=True)
class Definite:
    """A filter for these assets, as much as is there."""

    BARE: ClassVar[bool] = True
    assets: Assets


@dataclass(frozen=True, slots=True)
class Wild:
    """A filter that names no amounts."""

    BARE: ClassVar[bool] = True
    asset: WildAsset


AssetFilter: TypeAlias = Definite | Wild
"""What an instruction takes out of the holding register."""


@dataclass(frozen=True, slots=True)
class Teleport:
    """What is burnt here and made again at the destination."""

    BARE: ClassVar[bool] = True
    assets: AssetFilter


@dataclass(frozen=True, slots=True)
class ReserveDeposit:
    """What goes to the destination's account here, while the destination makes as much of its own."""

    BARE: ClassVar[bool] = True
    assets: AssetFilter


@dataclass(frozen=True, slots=True)
class ReserveWithdraw:
    """What is burnt here and taken from this chain's account at the destination."""

    BARE: ClassVar[bool] = True
    assets: AssetFilter


AssetTransferFilter: TypeAlias = Teleport | ReserveDeposit | ReserveWithdraw
"""What an instruction sends to another chain, and in which way."""

_INSTANCE = Enum(
    "AssetInstance",
    {
        0: "Undefined",
        1: ("Index", COMPACT_U128),
        **{number: (f"Array{1 << number}", FixedBytes(1 << number)) for number in (2, 3, 4, 5)},
    },
)
_FUNGIBILITY = Tagged(
    "Fungibility", {0: Composite(Fungible, amount=COMPACT_U128), 1: Composite(NonFungible, instance=_INSTANCE)}
)
_WILD_FUNGIBILITY = Choice(WildFungibility)


class AssetIds(Codec[AssetId]):
    """The name of an asset in version 3: the byte 0 and a location, or the byte 1 and 32 bytes."""

    __slots__ = ("location",)

    def __init__(self, location: Composite[Location]) -> None:
        self.location, self.name, self.size = location, "AssetId", None

    def encode(self, value: AssetId) -> bytes:
        if isinstance(value, Abstract):
            return b"\1" + value.key
        return b"\0" + self.location.encode(value)

    def read(self, data: bytes, at: int) -> tuple[AssetId, int]:
        if at >= len(data):
            ends_early(self.name, 0)
        if data[at] == 0:
            return self.location.read(data, at + 1)
        if data[at] != 1:
            no_variant(self.name, data[at])
        if at + 33 > len(data):
            ends_early(self.name, len(data) - at - 1, 32)
        return Abstract(data[at + 1 : at + 33]), at + 33


def order_of(codec: Codec[Any], value: Any) -> Any:
    """Return what sorts values as Rust's derived order does: variants by number, then field by field."""
    match codec:
        case Option():
            return (0,) if value is None else (1, order_of(codec.item, value))
        case AssetIds():
            return (1, value.key) if isinstance(value, Abstract) else (0, order_of(codec.location, value))
        case Junctions():
            return len(value), tuple(order_of(codec.item, step) for step in value)
        case Composite():
            return tuple(order_of(field, getattr(value, name)) for name, field in codec.fields.items())
        case Tagged():
            [number] = [number for number, one in codec.variants.items() if one.of is type(value)]
            return number, order_of(codec.variants[number], value)
        case Enum():
            for number, variant in codec.variants.items():
                if variant == value.name:
                    return (number,)
                if variant[0] == value.name and not isinstance(variant, str):
                    return number, order_of(variant[1], value.value)
        case Tuple():
            return tuple(order_of(item, one) for item, one in zip(codec.items, value, strict=True))
    return value


class SortedAssets(Vec[Asset]):
    """A list of at most 20 assets, each before the next.

    One asset is before another if its name is, or if the name is the same, one of both is not fungible, and it is less:
    what is fungible first, then by instance. So nothing comes twice.
    """

    __slots__ = ("_id",)

    def __init__(self, asset: Composite[Asset]) -> None:
        super().__init__(asset, MOST_ASSETS)
        self.name, self._id = "Assets", asset.fields["id"]

    def encode(self, value: Assets) -> bytes:
        written = super().encode(value)
        if not self.in_order(value):
            raise LocalError("the assets are not in order, or one comes twice", argument=self.name, code="value")
        return written

    def read(self, data: bytes, at: int) -> tuple[Assets, int]:
        assets, at = super().read(data, at)
        if not self.in_order(assets):
            refuse(self.name, "the assets are not in order, or one comes twice", "value")
        return assets, at

    def in_order(self, assets: Assets) -> bool:
        """Whether each of the assets is before the next."""
        return len(assets) < 2 or all(self._before(one, other) for one, other in pairwise(assets))

    def _before(self, one: Asset, other: Asset) -> bool:
        first, second = order_of(self._id, one.id), order_of(self._id, other.id)
        if first < second:
            return True
        kinds = isinstance(one.fun, NonFungible), isinstance(other.fun, NonFungible)
        if kinds in ((False, False), (True, False)):
            return False
        # Whatever is fungible is less than what is not, whatever both are called.
        if kinds == (False, True):
            return True
        return (first, order_of(_FUNGIBILITY, one.fun)) < (second, order_of(_FUNGIBILITY, other.fun))


@dataclass(frozen=True, slots=True)
class AssetCodecs:
    """The codecs of one version."""

    id: Codec[AssetId]
    asset: Composite[Asset]
    assets: SortedAssets
    filter: Tagged
    transfer_filter: Tagged


def _codecs(version: int) -> AssetCodecs:
    location = LOCATIONS[version]
    id: Codec[Any] = AssetIds(location) if version == 3 else location
    asset = Composite(Asset, id=id, fun=_FUNGIBILITY)
    assets = SortedAssets(asset)
    wild = Tagged(
        "WildAsset",
        {
            0: Composite(All),
            1: Composite(AllOf, id=id, fun=_WILD_FUNGIBILITY),
            2: Composite(AllCounted, count=COMPACT_U32),
            3: Composite(AllOfCounted, id=id, fun=_WILD_FUNGIBILITY, count=COMPACT_U32),
        },
    )
    chosen = Tagged("AssetFilter", {0: Composite(Definite, assets=assets), 1: Composite(Wild, asset=wild)})
    ways = (Teleport, ReserveDeposit, ReserveWithdraw)
    transfer = Tagged("AssetTransferFilter", {number: Composite(way, assets=chosen) for number, way in enumerate(ways)})
    return AssetCodecs(id, asset, assets, chosen, transfer)


ASSET_CODECS: Mapping[int, AssetCodecs] = MappingProxyType({version: _codecs(version) for version in VERSIONS})
"""The codecs of each version."""

ASSET, ASSETS, FILTER = ASSET_CODECS[5].asset, ASSET_CODECS[5].assets, ASSET_CODECS[5].filter
"""The codecs of version 5."""
