"""The message by which one chain calls another and pays for it there: what the bridge and its consumers send.

Both directions have the same five instructions. The contract library of the bridge writes them in version 4.
"""

from __future__ import annotations

from functools import lru_cache

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.assets import AllOf, Wild, relay_asset
from drandlab.idn.xcm.instructions import (
    BuyExecution,
    DepositAsset,
    DescendOrigin,
    OriginKind,
    RefundSurplus,
    SetTopic,
    Transact,
    WithdrawAsset,
    Xcm,
)
from drandlab.idn.xcm.locations import PARENT, POLKADOT, AccountId32, account
from drandlab.idn.xcm.versioned import VersionedXcm
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import Variant

__all__ = ["contract_message", "delivery_message", "on_the_wire"]

_MOST = Weight((1 << 64) - 1, (1 << 64) - 1)


def delivery_message(
    call: bytes,
    *,
    fee: int,
    subscriber: bytes,
    origin_kind: OriginKind = OriginKind.Xcm,
    network: Variant | None = POLKADOT,
) -> Xcm:
    """Return the message that dispatches ``call`` (encoded) and has its execution paid by the sender's account there.

    ``fee`` units of the relay chain's token are taken out of the account of the origin, and buy the execution; what is
    left goes to the account ``subscriber`` (32 bytes), named on ``network``.

    Source: ``xcm_send`` of the manager pallet, and that of the consumer pallet.
    """
    return _five(call, fee, subscriber, origin_kind, network, None)


def contract_message(
    call: bytes, *, fee: int, subscriber: bytes, origin_kind: OriginKind = OriginKind.Xcm
) -> VersionedXcm:
    """Return the message that the contract library sends: in version 4, any weight, an account of any network."""
    return VersionedXcm(4, _five(call, fee, subscriber, origin_kind, None, _MOST))


def _five(
    call: bytes, fee: int, subscriber: bytes, origin_kind: OriginKind, network: Variant | None, weight: Weight | None
) -> Xcm:
    first, last = _around(checked_int(fee, "fee"), checked_bytes(subscriber, "subscriber", 32), network)
    return (*first, Transact(origin_kind, weight, call), *last)


@lru_cache(4096)
def _around(fee: int, subscriber: bytes, network: Variant | None) -> tuple[Xcm, Xcm]:
    """What stands before a call and after it: most messages have it in common with others."""
    asset = relay_asset(fee)
    deposit = DepositAsset(Wild(AllOf(PARENT)), account(subscriber, network))
    return (WithdrawAsset((asset,)), BuyExecution(asset, None)), (RefundSurplus(), deposit)


def on_the_wire(message: Xcm, sender: bytes, topic: bytes) -> Xcm:
    """Return the message as it travels: the origin moved down to the account that sends it first, the topic last."""
    return (DescendOrigin((AccountId32(POLKADOT, sender),)), *message, SetTopic(topic))
