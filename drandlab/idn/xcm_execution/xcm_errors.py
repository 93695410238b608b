"""Why an instruction or a message fails: the errors of XCM by their names in Rust, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drandlab.errors import DrandlabError
from drandlab.wire.scale import Variant

__all__ = ["EXECUTION_CODES", "XCM_ERRORS", "XcmFailed", "xcm_fail"]

XCM_ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "Overflow": "a number got too big",
        "Unimplemented": "this chain does not carry out the instruction",
        "UntrustedReserveLocation": "the origin's word that it holds the asset for this chain is not trusted",
        "UntrustedTeleportLocation": "the origin's word that it has burnt the asset is not trusted",
        "LocationFull": "a location would get more than eight junctions",
        "LocationNotInvertible": "a location cannot be seen from the other side",
        "BadOrigin": "there is no origin, or not one that may do it",
        "InvalidLocation": "a location that may not stand here",
        "AssetNotFound": "no such asset on this chain",
        "FailedToTransactAsset": "an account cannot give or take the asset",
        "NotWithdrawable": "the asset cannot be taken from the account",
        "LocationCannotHold": "the location can own nothing",
        "ExceedsMaxMessageSize": "the message is longer or deeper than what the destination reads",
        "DestinationUnsupported": "the destination reads no version in which the message can be written",
        "Transport": "no channel is open to the destination, or the message does not go into it",
        "Unroutable": "no way leads to the destination",
        "UnknownClaim": "no such assets of the origin's are trapped",
        "FailedToDecode": "the bytes of a call are no call of the runtime",
        "MaxWeightInvalid": "a call weighs more than the message allows",
        "NotHoldingFees": "the holding register has not the assets for the fee",
        "TooExpensive": "the assets for the fee are less than the fee",
        "Trap": "the message asked to fail, with a number",
        "ExpectationFalse": "what the message expects is not so",
        "PalletNotFound": "the runtime has no pallet of this index",
        "NameMismatch": "the pallet has another name",
        "VersionIncompatible": "the pallet has another version",
        "HoldingWouldOverflow": "the holding register would have too many assets",
        "ReanchorFailed": "an asset or a place cannot be named from the destination's side",
        "NoDeal": "nobody exchanges the assets",
        "FeesNotMet": "the fees are not paid",
        "NoPermission": "the origin may not do it",
        "Unanchored": "a place is not within the network",
        "NotDepositable": "the assets are less than what the destination's account may have",
        "TooManyAssets": "more assets than the instruction can use",
        "UnhandledXcmVersion": "a version that this chain does not read",
        "WeightLimitReached": "the message weighs more than what is left",
        "Barrier": "the barrier does not let the message through",
        "WeightNotComputable": "the weight of the message cannot be told: too many instructions, or a call is none",
        "ExceedsStackLimit": "messages within messages, too deep",
    }
)
"""The errors of XCM by the names that Rust gives them; ``Trap`` and ``FailedToTransactAsset`` carry a value."""


EXECUTION_CODES: Mapping[str, str] = MappingProxyType(
    {
        "xcm": "an instruction failed, with one of the errors of XCM",
        "barred": "the barrier does not let a message through",
    }
)
"""The codes of the executor and what they mean. Who sends or executes a message gets no such error, but data."""


class XcmFailed(DrandlabError):
    """An instruction failed: ``error`` is a variant whose name is in `XCM_ERRORS`; the executor turns it into data."""

    CODE = "xcm"

    def __init__(self, error: Variant) -> None:
        self.error = error
        super().__init__(XCM_ERRORS[error.name])


def xcm_fail(name: str, value: Any = None) -> XcmFailed:
    """Return the failure of this name, to be raised.

    >>> xcm_fail("Trap", 7).error
    Variant(name='Trap', value=7)
    """
    return XcmFailed(Variant(name, value))
