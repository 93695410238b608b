"""The holding register: assets that a message has taken from somewhere and not yet put anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from drandlab.idn.xcm.assets import (
    ASSET,
    ASSET_CODECS,
    All,
    AllCounted,
    AllOf,
    AllOfCounted,
    Asset,
    AssetFilter,
    AssetId,
    Assets,
    Definite,
    Fungible,
    WildFungibility,
    order_of,
)
from drandlab.idn.xcm.locations import PARENT

__all__ = ["HoldingRegister"]

_ID = ASSET_CODECS[5].id
_PARENT = _ID.encode(PARENT)


def _key(id: AssetId) -> bytes:
    """The bytes of an id; nearly always it is the relay chain's token."""
    return _PARENT if id == PARENT else _ID.encode(id)


class HoldingRegister:
    """Assets by their ids: amounts of what is fungible, and single things.

    >>> from drandlab.idn.xcm.assets import relay_asset
    >>> holding = HoldingRegister((relay_asset(10),))
    >>> taken = holding.take_most(Definite((relay_asset(7),)))
    >>> holding.amount(relay_asset(1).id), taken.amount(relay_asset(1).id)
    (3, 7)
    """

    __slots__ = ("_amounts", "_things")

    def __init__(self, assets: Iterable[Asset] = ()) -> None:
        self._amounts: dict[bytes, tuple[AssetId, int]] = {}
        self._things: dict[bytes, Asset] = {}
        self.add(assets)

    def __bool__(self) -> bool:
        return bool(self._amounts or self._things)

    def __len__(self) -> int:
        return len(self._amounts) + len(self._things)

    def copy(self) -> HoldingRegister:
        """Return a register of its own with the same assets."""
        made = HoldingRegister()
        made._amounts, made._things = dict(self._amounts), dict(self._things)
        return made

    def amount(self, id: AssetId) -> int:
        """Return how much of a fungible asset there is."""
        return self._amounts.get(_key(id), (id, 0))[1]

    def add(self, assets: Iterable[Asset]) -> None:
        """Put assets in; an amount never gets above $2^{128} - 1$."""
        for asset in assets:
            if isinstance(asset.fun, Fungible):
                key = _key(asset.id)
                there = self._amounts.get(key, (asset.id, 0))[1]
                self._amounts[key] = asset.id, min(there + asset.fun.amount, (1 << 128) - 1)
            else:
                self._things[ASSET.encode(asset)] = asset

    def assets(self) -> Assets:
        """Return all assets in the order of the format: what is fungible first, by id."""
        if len(self._amounts) < 2 and not self._things:
            return tuple(Asset(id, Fungible(amount)) for id, amount in self._amounts.values())
        fungible = [(order_of(_ID, id), Asset(id, Fungible(amount))) for id, amount in self._amounts.values()]
        fungible.sort(key=lambda one: one[0])
        things = sorted(self._things.values(), key=lambda one: order_of(ASSET, one))
        return (*(asset for _, asset in fungible), *things)

    def contains(self, asset: Asset) -> bool:
        """Whether there is at least this."""
        if isinstance(asset.fun, Fungible):
            return self.amount(asset.id) >= asset.fun.amount
        return ASSET.encode(asset) in self._things

    def chosen(self, wanted: AssetFilter) -> Assets:
        """Return what of the wanted assets is there; nothing is taken out."""
        if isinstance(wanted, Definite):
            return tuple(kept for asset in wanted.assets if (kept := self._least(asset)) is not None)
        match wanted.asset:
            case All():
                return self.assets()
            case AllCounted(count):
                return self.assets()[:count]
            case AllOf(id, fun):
                return self._all_of(id, fun)
            case AllOfCounted(id, fun, count):
                return self._all_of(id, fun)[:count]
        return ()

    def _least(self, asset: Asset) -> Asset | None:
        if not isinstance(asset.fun, Fungible):
            return asset if self.contains(asset) else None
        amount = min(self.amount(asset.id), asset.fun.amount)
        return Asset(asset.id, Fungible(amount)) if amount else None

    def _all_of(self, id: AssetId, fun: WildFungibility) -> Assets:
        fungible = fun is WildFungibility.Fungible
        return tuple(one for one in self.assets() if isinstance(one.fun, Fungible) is fungible and one.id == id)

    def take_most(self, wanted: AssetFilter) -> HoldingRegister:
        """Take out what of the wanted assets is there, and return it."""
        taken = self.chosen(wanted)
        for asset in taken:
            self._remove(asset)
        return HoldingRegister(taken)

    def take_all(self, wanted: AssetFilter) -> HoldingRegister | None:
        """Take out the wanted assets and return them; None, and nothing is taken, where one of them is missing."""
        if isinstance(wanted, Definite) and not all(map(self.contains, wanted.assets)):
            return None
        return self.take_most(wanted)

    def _remove(self, asset: Asset) -> None:
        if isinstance(asset.fun, Fungible):
            key = _key(asset.id)
            id, amount = self._amounts.pop(key)
            if amount > asset.fun.amount:
                self._amounts[key] = id, amount - asset.fun.amount
        else:
            del self._things[ASSET.encode(asset)]
