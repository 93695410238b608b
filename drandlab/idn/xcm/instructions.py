"""The 52 instructions of XCM, as classes: the fields in the order in which they are written, named as in Rust.

Those that deal with assets stand in `asset_instructions` and are named here too. A list of instructions is a tuple.
What a field holds is checked where a message is made of it (`VersionedXcm`), by the version that it is written in. An
instruction with one field that has no name in Rust says so by ``BARE``.

Source: the XCM format, section 5, and ``Instruction`` of each version in the Polkadot SDK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.asset_instructions import (
    BurnAsset,
    BuyExecution,
    ClaimAsset,
    DepositAsset,
    DepositReserveAsset,
    ExchangeAsset,
    ExpectAsset,
    InitiateReserveWithdraw,
    InitiateTeleport,
    InitiateTransfer,
    LockAsset,
    NoteUnlockable,
    PayFees,
    ReceiveTeleportedAsset,
    ReportHolding,
    RequestUnlock,
    ReserveAssetDeposited,
    TransferAsset,
    TransferReserveAsset,
    UnlockAsset,
    WithdrawAsset,
)
from drandlab.idn.xcm.locations import Interior, Junction, Location
from drandlab.idn.xcm.message_parts import Instruction, OriginKind, PalletInfo, QueryResponseInfo, Xcm
from drandlab.wire.scale import Variant

__all__ = [
    "AliasOrigin",
    "BurnAsset",
    "BuyExecution",
    "ClaimAsset",
    "ClearError",
    "ClearOrigin",
    "ClearTopic",
    "ClearTransactStatus",
    "DepositAsset",
    "DepositReserveAsset",
    "DescendOrigin",
    "ExchangeAsset",
    "ExecuteWithOrigin",
    "ExpectAsset",
    "ExpectError",
    "ExpectOrigin",
    "ExpectPallet",
    "ExpectTransactStatus",
    "ExportMessage",
    "HrmpChannelAccepted",
    "HrmpChannelClosing",
    "HrmpNewChannelOpenRequest",
    "InitiateReserveWithdraw",
    "InitiateTeleport",
    "InitiateTransfer",
    "Instruction",
    "LockAsset",
    "NoteUnlockable",
    "OriginKind",
    "PalletInfo",
    "PayFees",
    "QueryPallet",
    "QueryResponse",
    "QueryResponseInfo",
    "ReceiveTeleportedAsset",
    "RefundSurplus",
    "ReportError",
    "ReportHolding",
    "ReportTransactStatus",
    "RequestUnlock",
    "ReserveAssetDeposited",
    "SetAppendix",
    "SetErrorHandler",
    "SetFeesMode",
    "SetHints",
    "SetTopic",
    "SubscribeVersion",
    "Transact",
    "TransferAsset",
    "TransferReserveAsset",
    "Trap",
    "UniversalOrigin",
    "UnlockAsset",
    "UnpaidExecution",
    "UnsubscribeVersion",
    "WithdrawAsset",
    "Xcm",
]


@dataclass(frozen=True, slots=True)
class Transact(Instruction):
    """Dispatches an encoded call; versions 3 and 4 must have its weight, ``require_weight_at_most`` there."""

    origin_kind: OriginKind
    fallback_max_weight: Weight | None
    call: bytes


@dataclass(frozen=True, slots=True)
class QueryResponse(Instruction):
    """Brings the answer to a query, such as ``Variant("Version", 5)``."""

    query_id: int
    response: Variant
    max_weight: Weight
    querier: Location | None


@dataclass(frozen=True, slots=True)
class HrmpNewChannelOpenRequest(Instruction):
    """Says that a parachain asks for a channel to this one."""

    sender: int
    max_message_size: int
    max_capacity: int


@dataclass(frozen=True, slots=True)
class HrmpChannelAccepted(Instruction):
    """Says that a channel that was asked for is accepted."""

    recipient: int


@dataclass(frozen=True, slots=True)
class HrmpChannelClosing(Instruction):
    """Says that one side closes a channel."""

    initiator: int
    sender: int
    recipient: int


@dataclass(frozen=True, slots=True)
class ClearOrigin(Instruction):
    """Empties the origin register."""


@dataclass(frozen=True, slots=True)
class DescendOrigin(Instruction):
    """Moves the origin down a path within itself."""

    BARE: ClassVar[bool] = True
    interior: Interior


@dataclass(frozen=True, slots=True)
class ReportError(Instruction):
    """Sends what the error register holds."""

    BARE: ClassVar[bool] = True
    response_info: QueryResponseInfo


@dataclass(frozen=True, slots=True)
class RefundSurplus(Instruction):
    """Gives back what was paid for weight that was not used."""


@dataclass(frozen=True, slots=True)
class SetErrorHandler(Instruction):
    """Sets what runs after an error."""

    BARE: ClassVar[bool] = True
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class SetAppendix(Instruction):
    """Sets what runs at the end in any case."""

    BARE: ClassVar[bool] = True
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class ClearError(Instruction):
    """Empties the error register."""


@dataclass(frozen=True, slots=True)
class Trap(Instruction):
    """Fails with an error of this number."""

    BARE: ClassVar[bool] = True
    code: int


@dataclass(frozen=True, slots=True)
class SubscribeVersion(Instruction):
    """Asks to be told which version of the format is spoken here, now and after each change."""

    query_id: int
    max_response_weight: Weight


@dataclass(frozen=True, slots=True)
class UnsubscribeVersion(Instruction):
    """Ends that."""


@dataclass(frozen=True, slots=True)
class ExpectOrigin(Instruction):
    """Fails unless the origin is this one, or there is none."""

    BARE: ClassVar[bool] = True
    origin: Location | None


@dataclass(frozen=True, slots=True)
class ExpectError(Instruction):
    """Fails unless the error register holds this: the index of an instruction and its error."""

    BARE: ClassVar[bool] = True
    error: tuple[int, Variant] | None


@dataclass(frozen=True, slots=True)
class ExpectTransactStatus(Instruction):
    """Fails unless the last call ended like this, such as ``Variant("Success")``."""

    BARE: ClassVar[bool] = True
    status: Variant


@dataclass(frozen=True, slots=True)
class QueryPallet(Instruction):
    """Asks which pallets come from a module."""

    module_name: bytes
    response_info: QueryResponseInfo


@dataclass(frozen=True, slots=True)
class ExpectPallet(Instruction):
    """Fails unless the pallet of this index has these names and versions."""

    index: int
    name: bytes
    module_name: bytes
    crate_major: int
    min_crate_minor: int


@dataclass(frozen=True, slots=True)
class ReportTransactStatus(Instruction):
    """Sends how the last call ended."""

    BARE: ClassVar[bool] = True
    response_info: QueryResponseInfo


@dataclass(frozen=True, slots=True)
class ClearTransactStatus(Instruction):
    """Forgets how the last call ended."""


@dataclass(frozen=True, slots=True)
class UniversalOrigin(Instruction):
    """Sets the origin to a place seen from above all networks."""

    BARE: ClassVar[bool] = True
    junction: Junction


@dataclass(frozen=True, slots=True)
class ExportMessage(Instruction):
    """Sends a message on to another network."""

    network: Variant
    destination: Interior
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class SetFeesMode(Instruction):
    """Says whether fees are taken from the origin's account as they fall due, instead of from holding."""

    jit_withdraw: bool


@dataclass(frozen=True, slots=True)
class SetTopic(Instruction):
    """Sets the topic, 32 bytes by which a message is followed from chain to chain."""

    BARE: ClassVar[bool] = True
    topic: bytes


@dataclass(frozen=True, slots=True)
class ClearTopic(Instruction):
    """Empties the topic register."""


@dataclass(frozen=True, slots=True)
class AliasOrigin(Instruction):
    """Changes the origin to another that it may stand for."""

    BARE: ClassVar[bool] = True
    origin: Location


@dataclass(frozen=True, slots=True)
class UnpaidExecution(Instruction):
    """Says that the origin expects to pay nothing."""

    weight_limit: Weight | None
    check_origin: Location | None


@dataclass(frozen=True, slots=True)
class ExecuteWithOrigin(Instruction):
    """Runs instructions with the origin moved down a path, or without one; since version 5."""

    descendant_origin: Interior | None
    xcm: Xcm


@dataclass(frozen=True, slots=True)
class SetHints(Instruction):
    """Gives hints to the executor, such as ``Variant("AssetClaimer", (location,))``; since version 5."""

    hints: tuple[Variant, ...]
