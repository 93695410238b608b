"""What an executor is made of: the token, whose accounts are whose, who keeps traps, who sends on, what work costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from drandlab.idn.runtime.calls import Origin, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.xcm.assets import AssetId, Assets
from drandlab.idn.xcm.instructions import OriginKind, Xcm
from drandlab.idn.xcm.locations import PARENT, AccountId32, Interior, Location, Parachain
from drandlab.idn.xcm_execution.barriers import Barrier, nobody
from drandlab.idn.xcm_execution.prices import WeightPrice
from drandlab.idn.xcm_execution.weighing import Weigher

__all__ = [
    "AccountOf",
    "AssetTraps",
    "Currency",
    "ExecutorParts",
    "MessageRouter",
    "Ticket",
    "local_origin",
    "no_author",
]

AccountOf = Callable[[Location], bytes | None]
"""The local account of a location, None where it has none."""


class Currency(Protocol):
    """The accounts of the one token; each raises `DispatchFailed` where it cannot."""

    def mint(self, context: Context, account: bytes, amount: int) -> None:
        """Make so much and give it to an account."""
        ...

    def burn(self, context: Context, account: bytes, amount: int) -> None:
        """Take so much from an account and destroy it."""
        ...

    def transfer(self, context: Context, source: bytes, dest: bytes, amount: int) -> None:
        """Move so much."""
        ...


class AssetTraps(Protocol):
    """Who keeps what messages leave behind."""

    def trap(self, context: Context, origin: Location, assets: Assets) -> bytes:
        """Keep assets for an origin; return the hash by which they are kept."""
        ...

    def claim(self, context: Context, origin: Location, ticket: Location, assets: Assets) -> bytes | None:
        """Give kept assets back; return their hash, None where these are not kept for the origin."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A message that can be sent: what it costs and what travels.

    ``id`` is its topic, ``message`` has the topic at the end, ``wire`` are its bytes with the version.
    """

    dest: Location
    para_id: int
    id: bytes
    message: Xcm
    wire: bytes
    price: int


class MessageRouter(Protocol):
    """Who finds the way of messages; each method raises `SendFailed`."""

    def ticket(self, context: Context, dest: Location, message: Xcm) -> Ticket:
        """Return what sending the message takes; the topic is added here."""
        ...

    def deliver(self, context: Context, ticket: Ticket) -> None:
        """Hand the message to its channel."""
        ...


def no_author(context: Context) -> bytes | None:
    """Say that a block has no author whom fees could go to."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorParts:
    """The parts of an executor.

    ``para_id`` is that of the chain. ``token`` is the one asset that accounts can hold. ``author`` takes what execution
    costs, ``fee_account`` what deliveries cost; where there is none it is burnt. ``reserve_of`` and ``teleporter_of``
    say whose word on reserves and teleports is trusted: of the bridge's siblings nobody's. ``most_assets`` bounds the
    holding register.
    """

    para_id: int
    currency: Currency
    account_of: AccountOf
    traps: AssetTraps
    router: MessageRouter | None = None
    barrier: Barrier = field(default_factory=Barrier)
    weigher: Weigher = field(default_factory=Weigher)
    weight_price: WeightPrice = field(default_factory=WeightPrice)
    author: Callable[[Context], bytes | None] = no_author
    fee_account: bytes | None = None
    token: AssetId = PARENT
    reserve_of: Callable[[Location], bool] = nobody
    teleporter_of: Callable[[Location], bool] = nobody
    most_assets: int = 64

    @property
    def universal(self) -> Interior:
        """The chain's own path below its relay chain."""
        return (Parachain(self.para_id),)

    def origin_of(self, location: Location, kind: OriginKind) -> Origin | None:
        """Return the origin of a call from a location, None where the kind has none for it."""
        return local_origin(location, kind, self.account_of)


def local_origin(location: Location, kind: OriginKind, account_of: AccountOf) -> Origin | None:
    """Return the origin of a call that comes from ``location`` as ``kind``, None where there is none.

    ``SovereignAccount``: the account of the location has signed. ``Native``: the relay chain and a parachain are
    origins of their own; an account of this chain has signed, and so has one of another chain if ``account_of`` gives
    it the same 32 bytes here. ``Xcm``: the location itself. ``Superuser``: nobody.

    >>> local_origin(Location(1, (Parachain(4594),)), OriginKind.Native, lambda location: None)
    Origin(kind='sibling', account=None, detail=4594)

    Source: ``XcmOriginToTransactDispatchOrigin`` of the Ideal Network's runtime.
    """
    if kind is OriginKind.Xcm:
        return Origin("xcm", detail=location)
    if kind is OriginKind.Superuser:
        return None
    if kind is OriginKind.Native:
        match location:
            case Location(1, ()):
                return Origin("relay")
            case Location(1, (Parachain(para_id),)):
                return Origin("sibling", detail=para_id)
            case Location(_, (*_, AccountId32(_, account))) if account_of(location) == account:
                return signed(account)
        return None
    sovereign = account_of(location)
    return None if sovereign is None else signed(sovereign)
