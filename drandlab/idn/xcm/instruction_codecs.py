"""How instructions are written in SCALE, in each version; a list of them has at most 100, nested lists counted in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.idn.runtime.weights import WEIGHT, Weight
from drandlab.idn.xcm import instructions as one
from drandlab.idn.xcm.assets import ASSET_CODECS
from drandlab.idn.xcm.decode_depth import DEEPEST_PART, part_depth
from drandlab.idn.xcm.locations import INTERIORS, LOCATIONS, NETWORKS, VERSIONS
from drandlab.idn.xcm.message_parts import Instruction, Xcm
from drandlab.wire.scale import (
    BOOL,
    COMPACT_U32,
    COMPACT_U64,
    U32,
    U64,
    Bytes,
    Choice,
    Codec,
    Composite,
    Enum,
    FixedBytes,
    Named,
    Option,
    Tagged,
    Tuple,
    Vec,
    compact,
    read_compact,
)
from drandlab.wire.scale.scale_codec import refuse

__all__ = [
    "INSTRUCTION",
    "MESSAGES",
    "MOST_INSTRUCTIONS",
    "MOST_LEVELS",
    "XCM",
    "Instructions",
    "Relabelled",
    "WeightLimit",
]

MOST_INSTRUCTIONS = 100
"""Instructions of a message, those of the lists within it counted in."""

MOST_LEVELS = 8
"""Lists within each other, and boxed paths, the message itself counted in."""


class Instructions(Codec[Xcm]):
    """A list of instructions within the limits that production sets when it reads one: their number, and how deep.

    Besides lists of instructions, other lists within them count, and paths where they are ``boxed`` (`part_depth`).
    """

    __slots__ = ("_boxed", "_levels", "_total", "item")

    def __init__(self, name: str, *, boxed: bool) -> None:
        self.name, self.size, self._levels, self._total, self._boxed = name, None, 0, 0, boxed
        self.item: Codec[Instruction]

    def enter(self, count: int) -> str | None:
        """Go into a list of so many instructions; returns the rule that it breaks, and is then not in it."""
        if self._levels >= MOST_LEVELS:
            return f"lists of instructions are nested more than {MOST_LEVELS} deep"
        total = count + (self._total if self._levels else 0)
        if total > MOST_INSTRUCTIONS:
            return f"{total} instructions, at most {MOST_INSTRUCTIONS} are allowed"
        self._levels, self._total = self._levels + 1, total
        return None

    def too_deep(self, found: Iterable[Instruction]) -> str | None:
        """Return the rule that instructions of the list that was entered last break by their other parts."""
        room = MOST_LEVELS - self._levels
        if room >= DEEPEST_PART or all(part_depth(one, boxed=self._boxed) <= room for one in found):
            return None
        return f"lists and paths are nested more than {MOST_LEVELS} deep"

    def leave(self) -> None:
        """Go out of the list that was entered last."""
        self._levels -= 1

    def encode(self, value: Xcm) -> bytes:
        if not isinstance(value, tuple | list):
            raise WrongType(f"expected a tuple of instructions, got {type(value).__name__}", argument=self.name)
        if (broken := self.enter(len(value))) is not None:
            raise LocalError(broken, argument=self.name, code="bound")
        try:
            written = compact(len(value)) + b"".join(map(self.item.encode, value))
            if (broken := self.too_deep(value)) is not None:
                raise LocalError(broken, argument=self.name, code="bound")
            return written
        finally:
            self.leave()

    def read(self, data: bytes, at: int) -> tuple[Xcm, int]:
        count, at = read_compact(data, at)
        if (broken := self.enter(count)) is not None:
            refuse(self.name, broken, "bound")
        try:
            found, read = [], self.item.read
            for _ in range(count):
                instruction, at = read(data, at)
                found.append(instruction)
            if (broken := self.too_deep(found)) is not None:
                refuse(self.name, broken, "bound")
            return tuple(found), at
        finally:
            self.leave()


class InstructionOf(Tagged):
    """One instruction of a version."""

    __slots__ = ("_known", "_version")

    def __init__(self, version: int, variants: Mapping[int, Composite[Any]]) -> None:
        super().__init__("Instruction", variants)
        self._version, self._known = version, {codec.of for codec in variants.values()}

    def encode(self, value: Instruction) -> bytes:
        if type(value) not in self._known:
            if isinstance(value, Instruction):
                raise LocalError(f"version {self._version} has no {type(value).__name__}", argument=self.name)
            raise WrongType(f"expected an instruction, got {type(value).__name__}", argument=self.name)
        return super().encode(value)


class WeightLimit(Option[Weight]):
    """No limit, which is None, or a weight."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(WEIGHT)
        self.name = "WeightLimit"


class Relabelled(Composite[Any]):
    """A struct of which some fields had other names in an older version."""

    __slots__ = ("labels",)

    def __init__(self, of: type[Any], labels: Mapping[str, str], **fields: Codec[Any]) -> None:
        super().__init__(of, **fields)
        self.labels = dict(labels)


_LIMIT = WeightLimit()
_WORDS = (
    "Overflow", "Unimplemented", "UntrustedReserveLocation", "UntrustedTeleportLocation", "LocationFull",
    "LocationNotInvertible", "BadOrigin", "InvalidLocation", "AssetNotFound", "FailedToTransactAsset",
    "NotWithdrawable", "LocationCannotHold", "ExceedsMaxMessageSize", "DestinationUnsupported", "Transport",
    "Unroutable", "UnknownClaim", "FailedToDecode", "MaxWeightInvalid", "NotHoldingFees", "TooExpensive", "Trap",
    "ExpectationFalse", "PalletNotFound", "NameMismatch", "VersionIncompatible", "HoldingWouldOverflow", "ExportError",
    "ReanchorFailed", "NoDeal", "FeesNotMet", "LockError", "NoPermission", "Unanchored", "NotDepositable",
)  # fmt: skip
_BEFORE_EXECUTION = ("UnhandledXcmVersion", "WeightLimitReached", "Barrier", "WeightNotComputable", "ExceedsStackLimit")


def _errors(version: int) -> Enum:
    words = (*_WORDS, *(("TooManyAssets",) if version == 5 else ()), *_BEFORE_EXECUTION)
    holding: dict[str, Codec[Any]] = {"Trap": U64, "WeightLimitReached": WEIGHT}
    return Enum(
        "XcmError",
        {number: (word, holding[word]) if word in holding else word for number, word in enumerate(words)},
    )


_STATUS = Enum("MaybeErrorCode", {0: "Success", 1: ("Error", Bytes(128)), 2: ("TruncatedError", Bytes(128))})
_NAME = Bytes(48)
_PALLET = Composite(
    one.PalletInfo,
    index=COMPACT_U32,
    name=_NAME,
    module_name=_NAME,
    major=COMPACT_U32,
    minor=COMPACT_U32,
    patch=COMPACT_U32,
)


def _table(version: int, xcm: Instructions) -> dict[int, Composite[Any]]:
    """Return the instructions of a version by number."""
    location, interior, network = LOCATIONS[version], INTERIORS[version], NETWORKS[version]
    assets = ASSET_CODECS[version]
    asset, many, chosen = assets.asset, assets.assets, assets.filter
    error = Option(Tuple(U32, _errors(version)))
    response = Enum(
        "Response",
        {
            0: "Null",
            1: ("Assets", many),
            2: ("ExecutionResult", error),
            3: ("Version", U32),
            4: ("PalletsInfo", Vec(_PALLET, 64)),
            5: ("DispatchResult", _STATUS),
        },
    )
    info = Composite(one.QueryResponseInfo, destination=location, query_id=COMPACT_U64, max_weight=WEIGHT)
    kind = Choice(one.OriginKind)
    transact: Composite[Any] = (
        Composite(one.Transact, origin_kind=kind, fallback_max_weight=Option(WEIGHT), call=Bytes())
        if version == 5
        else Relabelled(
            one.Transact,
            {"fallback_max_weight": "require_weight_at_most"},
            origin_kind=kind,
            fallback_max_weight=WEIGHT,
            call=Bytes(),
        )
    )
    rows: list[Composite[Any]] = [
        Composite(one.WithdrawAsset, assets=many),
        Composite(one.ReserveAssetDeposited, assets=many),
        Composite(one.ReceiveTeleportedAsset, assets=many),
        Composite(
            one.QueryResponse, query_id=COMPACT_U64, response=response, max_weight=WEIGHT, querier=Option(location)
        ),
        Composite(one.TransferAsset, assets=many, beneficiary=location),
        Composite(one.TransferReserveAsset, assets=many, dest=location, xcm=xcm),
        transact,
        Composite(
            one.HrmpNewChannelOpenRequest,
            sender=COMPACT_U32,
            max_message_size=COMPACT_U32,
            max_capacity=COMPACT_U32,
        ),
        Composite(one.HrmpChannelAccepted, recipient=COMPACT_U32),
        Composite(one.HrmpChannelClosing, initiator=COMPACT_U32, sender=COMPACT_U32, recipient=COMPACT_U32),
        Composite(one.ClearOrigin),
        Composite(one.DescendOrigin, interior=interior),
        Composite(one.ReportError, response_info=info),
        Composite(one.DepositAsset, assets=chosen, beneficiary=location),
        Composite(one.DepositReserveAsset, assets=chosen, dest=location, xcm=xcm),
        Composite(one.ExchangeAsset, give=chosen, want=many, maximal=BOOL),
        Composite(one.InitiateReserveWithdraw, assets=chosen, reserve=location, xcm=xcm),
        Composite(one.InitiateTeleport, assets=chosen, dest=location, xcm=xcm),
        Composite(one.ReportHolding, response_info=info, assets=chosen),
        Composite(one.BuyExecution, fees=asset, weight_limit=_LIMIT),
        Composite(one.RefundSurplus),
        Composite(one.SetErrorHandler, xcm=xcm),
        Composite(one.SetAppendix, xcm=xcm),
        Composite(one.ClearError),
        Composite(one.ClaimAsset, assets=many, ticket=location),
        Composite(one.Trap, code=COMPACT_U64),
        Composite(one.SubscribeVersion, query_id=COMPACT_U64, max_response_weight=WEIGHT),
        Composite(one.UnsubscribeVersion),
        Composite(one.BurnAsset, assets=many),
        Composite(one.ExpectAsset, assets=many),
        Composite(one.ExpectOrigin, origin=Option(location)),
        Composite(one.ExpectError, error=error),
        Composite(one.ExpectTransactStatus, status=_STATUS),
        Composite(one.QueryPallet, module_name=Bytes(), response_info=info),
        Composite(
            one.ExpectPallet,
            index=COMPACT_U32,
            name=Bytes(),
            module_name=Bytes(),
            crate_major=COMPACT_U32,
            min_crate_minor=COMPACT_U32,
        ),
        Composite(one.ReportTransactStatus, response_info=info),
        Composite(one.ClearTransactStatus),
        Composite(one.UniversalOrigin, junction=INTERIORS[version].item),
        Composite(one.ExportMessage, network=network, destination=interior, xcm=xcm),
        Composite(one.LockAsset, asset=asset, unlocker=location),
        Composite(one.UnlockAsset, asset=asset, target=location),
        Composite(one.NoteUnlockable, asset=asset, owner=location),
        Composite(one.RequestUnlock, asset=asset, locker=location),
        Composite(one.SetFeesMode, jit_withdraw=BOOL),
        Composite(one.SetTopic, topic=FixedBytes(32)),
        Composite(one.ClearTopic),
        Composite(one.AliasOrigin, origin=location),
        Composite(one.UnpaidExecution, weight_limit=_LIMIT, check_origin=Option(location)),
    ]
    if version == 5:
        transfer = assets.transfer_filter
        hint = Enum("Hint", {0: ("AssetClaimer", Named("AssetClaimer", location=location))})
        rows += [
            Composite(one.PayFees, asset=asset),
            Composite(
                one.InitiateTransfer,
                destination=location,
                remote_fees=Option(transfer),
                preserve_origin=BOOL,
                assets=Vec(transfer, 6),
                remote_xcm=xcm,
            ),
            Composite(one.ExecuteWithOrigin, descendant_origin=Option(interior), xcm=xcm),
            Composite(one.SetHints, hints=Vec(hint, 1)),
        ]
    return dict(enumerate(rows))


def _messages(version: int) -> Instructions:
    xcm = Instructions(f"Xcm, version {version}", boxed=version > 3)
    xcm.item = InstructionOf(version, _table(version, xcm))
    return xcm


MESSAGES: Mapping[int, Instructions] = MappingProxyType({version: _messages(version) for version in VERSIONS})
"""The codec of messages in each version."""

XCM = MESSAGES[5]
"""The codec of messages in version 5."""

INSTRUCTION = XCM.item
"""The codec of one instruction in version 5; instructions within it are bounded as those of a message."""
