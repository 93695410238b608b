"""The instructions of XCM that move, pay, burn, lock or expect assets; `instructions` says how they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.assets import Asset, AssetFilter, Assets, AssetTransferFilter
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm.message_parts import Instruction, QueryResponseInfo, Xcm

__all__ = [
    "BurnAsset",
    "BuyExecution",
    "ClaimAsset",
    "DepositAsset",
    "DepositReserveAsset",
    "ExchangeAsset",
    "ExpectAsset",
    "InitiateReserveWithdraw",
    "InitiateTeleport",
    "InitiateTransfer",
    "LockAsset",
    "NoteUnlockable",
    "PayFees",
    "ReceiveTeleportedAsset",
    "ReportHolding",
    "RequestUnlock",
    "ReserveAssetDeposited",
    "TransferAsset",
    "TransferReserveAsset",
    "UnlockAsset",
    "WithdrawAsset",
]


@dataclass(frozen=True, slots=True)
class WithdrawAsset(Instruction):
    """Takes assets from the origin's account into the holding register."""

    BARE: ClassVar[bool] = True
    assets: Assets


@dataclass(frozen=True, slots=True)
class ReserveAssetDeposited(Instruction):
    """Says that the origin holds assets for this chain; as many of their kind go into holding."""

    BARE: ClassVar[bool] = True
    assets: Assets


@dataclass(frozen=True, slots=True)
class ReceiveTeleportedAsset(Instruction):
    """Says that the origin has burnt assets; as many are made here, into the holding register."""

    BARE: ClassVar[bool] = True
    assets: Assets


@dataclass(frozen=True, slots=True)
class TransferAsset(Instruction):
    """Moves assets from the origin's account to that of the beneficiary."""

    assets: Assets
    beneficiary: Location


@dataclass(frozen=True, slots=True)
class TransferReserveAsset(Instruction):
    """Moves assets to the destination's account here, and tells it so in a message that goes on with ``xcm``."""

    assets: Assets
    dest: Location
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class DepositAsset(Instruction):
    """Puts assets out of the holding register into the beneficiary's account."""

    assets: AssetFilter
    beneficiary: Location


@dataclass(frozen=True, slots=True)
class DepositReserveAsset(Instruction):
    """Puts assets out of holding into the destination's account here, and tells it so."""

    assets: AssetFilter
    dest: Location
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class ExchangeAsset(Instruction):
    """Exchanges assets of the holding register for others."""

    give: AssetFilter
    want: Assets
    maximal: bool


@dataclass(frozen=True, slots=True)
class InitiateReserveWithdraw(Instruction):
    """Burns assets of the holding register, and has as many taken from this chain's account at the reserve."""

    assets: AssetFilter
    reserve: Location
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class InitiateTeleport(Instruction):
    """Burns assets of the holding register, and has as many made at the destination."""

    assets: AssetFilter
    dest: Location
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class ReportHolding(Instruction):
    """Sends what of these assets the holding register holds."""

    response_info: QueryResponseInfo
    assets: AssetFilter


@dataclass(frozen=True, slots=True)
class BuyExecution(Instruction):
    """Pays out of the holding register for the weight of the message; ``weight_limit`` may bound it."""

    fees: Asset
    weight_limit: Weight | None


@dataclass(frozen=True, slots=True)
class ClaimAsset(Instruction):
    """Takes trapped assets of the origin's into the holding register."""

    assets: Assets
    ticket: Location


@dataclass(frozen=True, slots=True)
class BurnAsset(Instruction):
    """Burns as much of these assets as the holding register holds."""

    BARE: ClassVar[bool] = True
    assets: Assets


@dataclass(frozen=True, slots=True)
class ExpectAsset(Instruction):
    """Fails unless the holding register holds these assets."""

    BARE: ClassVar[bool] = True
    assets: Assets


@dataclass(frozen=True, slots=True)
class LockAsset(Instruction):
    """Locks an asset of the origin's until the unlocker unlocks it."""

    asset: Asset
    unlocker: Location


@dataclass(frozen=True, slots=True)
class UnlockAsset(Instruction):
    """Unlocks an asset of the target's."""

    asset: Asset
    target: Location


@dataclass(frozen=True, slots=True)
class NoteUnlockable(Instruction):
    """Says that an asset has been locked on the origin's chain."""

    asset: Asset
    owner: Location


@dataclass(frozen=True, slots=True)
class RequestUnlock(Instruction):
    """Asks the locker to unlock an asset."""

    asset: Asset
    locker: Location


@dataclass(frozen=True, slots=True)
class PayFees(Instruction):
    """Pays fees out of holding into a register of their own, once in a message; since version 5."""

    asset: Asset


@dataclass(frozen=True, slots=True)
class InitiateTransfer(Instruction):
    """Sends assets of the holding register to another chain, with what follows there; since version 5."""

    destination: Location
    remote_fees: AssetTransferFilter | None
    preserve_origin: bool
    assets: tuple[AssetTransferFilter, ...]
    remote_xcm: Xcm
