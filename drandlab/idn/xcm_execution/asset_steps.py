"""What instructions do that move assets, buy weight, and change the registers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drandlab.errors import FormatError, LocalError
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import Definite
from drandlab.idn.xcm_execution.registers import SUCCESS, Machine, Step
from drandlab.idn.xcm_execution.xcm_errors import XcmFailed, xcm_fail
from drandlab.wire.scale import Variant

__all__ = ["ASSET_STEPS", "LOOSE_STEPS"]

_MOST_STATUS = 128


# -- assets -----------------------------------------------------------------------------------------------------------


def _withdraw(machine: Machine, one: xcm.WithdrawAsset) -> None:
    origin = machine.need_origin()
    machine.need_room(len(one.assets))
    machine.withdraw(one.assets, origin)
    machine.holding.add(one.assets)


def _reserve_deposited(machine: Machine, one: xcm.ReserveAssetDeposited) -> None:
    origin = machine.need_origin()
    machine.need_room(len(one.assets))
    if not all(asset.id == machine.parts.token and machine.parts.reserve_of(origin) for asset in one.assets):
        raise xcm_fail("UntrustedReserveLocation")
    machine.holding.add(one.assets)


def _teleported(machine: Machine, one: xcm.ReceiveTeleportedAsset) -> None:
    origin = machine.need_origin()
    machine.need_room(len(one.assets))
    if not all(asset.id == machine.parts.token and machine.parts.teleporter_of(origin) for asset in one.assets):
        raise xcm_fail("UntrustedTeleportLocation")
    machine.holding.add(one.assets)


def _transfer(machine: Machine, one: xcm.TransferAsset) -> None:
    machine.transfer(one.assets, machine.need_origin(), one.beneficiary)


def _deposit(machine: Machine, one: xcm.DepositAsset) -> None:
    machine.deposit(machine.holding.take_most(one.assets).assets(), one.beneficiary)


def _burn(machine: Machine, one: xcm.BurnAsset) -> None:
    machine.burned += machine.holding.take_most(Definite(one.assets)).amount(machine.parts.token)


def _exchange(machine: Machine, one: xcm.ExchangeAsset) -> None:
    raise xcm_fail("NoDeal")


def _claim(machine: Machine, one: xcm.ClaimAsset) -> None:
    origin = machine.need_origin()
    machine.need_room(len(one.assets))
    hash = machine.parts.traps.claim(machine.context, origin, one.ticket, one.assets)
    if hash is None:
        raise xcm_fail("UnknownClaim")
    machine.holding.add(one.assets)
    machine.claimed(hash, one.assets)


def _no_lock(machine: Machine, one: Any) -> None:
    """Fail: nobody on this chain locks assets, so none of them is known."""
    machine.need_origin()
    raise xcm_fail("AssetNotFound")


# -- weight and fees --------------------------------------------------------------------------------------------------


def _buy_execution(machine: Machine, one: xcm.BuyExecution) -> None:
    if one.weight_limit is None:
        return
    payment = machine.holding.take_all(Definite((one.fees,)))
    if payment is None:
        raise xcm_fail("NotHoldingFees")
    machine.holding.add(machine.buy(one.weight_limit, payment).assets())


def _pay_fees(machine: Machine, one: xcm.PayFees) -> None:
    payment = machine.holding.take_all(Definite((one.asset,)))
    if payment is None:
        raise xcm_fail("NotHoldingFees")
    machine.fees.add(machine.buy(machine.message_weight, payment).assets())


def _refund(machine: Machine, one: xcm.RefundSurplus) -> None:
    machine.refund()


def _fees_mode(machine: Machine, one: xcm.SetFeesMode) -> None:
    machine.jit_withdraw = one.jit_withdraw


# -- origin, errors, topic --------------------------------------------------------------------------------------------


def _descend(machine: Machine, one: xcm.DescendOrigin) -> None:
    try:
        machine.origin = machine.need_origin().descended(one.interior)
    except LocalError:
        raise xcm_fail("LocationFull") from None


def _clear_origin(machine: Machine, one: xcm.ClearOrigin) -> None:
    machine.origin = None


def _no_alias(machine: Machine, one: xcm.AliasOrigin) -> None:
    machine.need_origin()
    raise xcm_fail("NoPermission")


def _universal_origin(machine: Machine, one: xcm.UniversalOrigin) -> None:
    if machine.parts.universal[:1] != (one.junction,):
        machine.need_origin()
    raise xcm_fail("InvalidLocation")


def _with_origin(machine: Machine, one: xcm.ExecuteWithOrigin) -> None:
    before = machine.origin
    if one.descendant_origin is None:
        machine.origin = None
    else:
        _descend(machine, xcm.DescendOrigin(one.descendant_origin))
    outer = machine.error
    try:
        machine.run(one.xcm, "nested")
    except XcmFailed:
        machine.error = outer
        raise
    finally:
        machine.origin = before


def _unpaid(machine: Machine, one: xcm.UnpaidExecution) -> None:
    if one.check_origin is not None and one.check_origin != machine.origin:
        raise xcm_fail("BadOrigin")


def _error_handler(machine: Machine, one: xcm.SetErrorHandler) -> None:
    weight = machine.parts.weigher.weight(machine.context, one.xcm)
    machine.surplus += machine.handler_weight
    machine.handler, machine.handler_weight = one.xcm, weight


def _appendix(machine: Machine, one: xcm.SetAppendix) -> None:
    weight = machine.parts.weigher.weight(machine.context, one.xcm)
    machine.surplus += machine.appendix_weight
    machine.appendix, machine.appendix_weight = one.xcm, weight


def _clear_error(machine: Machine, one: xcm.ClearError) -> None:
    machine.error = None


def _trap(machine: Machine, one: xcm.Trap) -> None:
    raise xcm_fail("Trap", one.code)


def _topic(machine: Machine, one: xcm.SetTopic) -> None:
    machine.topic = one.topic


def _clear_topic(machine: Machine, one: xcm.ClearTopic) -> None:
    machine.topic = None


def _hints(machine: Machine, one: xcm.SetHints) -> None:
    for hint in one.hints:
        if hint.name == "AssetClaimer":
            (machine.claimer,) = hint.value


# -- expectations -----------------------------------------------------------------------------------------------------


def _expect_asset(machine: Machine, one: xcm.ExpectAsset) -> None:
    _expect(all(map(machine.holding.contains, one.assets)))


def _expect_origin(machine: Machine, one: xcm.ExpectOrigin) -> None:
    _expect(machine.origin == one.origin)


def _expect_error(machine: Machine, one: xcm.ExpectError) -> None:
    _expect(machine.error == one.error)


def _expect_status(machine: Machine, one: xcm.ExpectTransactStatus) -> None:
    _expect(machine.status == one.status)


def _expect_pallet(machine: Machine, one: xcm.ExpectPallet) -> None:
    pallet = next((one_of for one_of in machine.context.pallets.values() if one_of.index == one.index), None)
    if pallet is None:
        raise xcm_fail("PalletNotFound")
    if (pallet.name.encode(), module_of(pallet.name).encode()) != (one.name, one.module_name):
        raise xcm_fail("NameMismatch")
    if one.crate_major != 0 or one.min_crate_minor > 0:
        raise xcm_fail("VersionIncompatible")


def module_of(name: str) -> str:
    """Return what Rust calls the module of a pallet.

    >>> module_of("Balances"), module_of("RandBeacon")
    ('pallet_balances', 'pallet_rand_beacon')
    """
    return "frame_system" if name == "System" else "pallet" + "".join("_" * one.isupper() + one.lower() for one in name)


def _expect(holds: bool) -> None:
    if not holds:
        raise xcm_fail("ExpectationFalse")


# -- calls ------------------------------------------------------------------------------------------------------------


def _transact(machine: Machine, one: xcm.Transact) -> None:
    origin, context = machine.need_origin(), machine.context
    try:
        call = context.table.decode_call(one.call)
    except FormatError:
        raise xcm_fail("FailedToDecode") from None
    as_origin = machine.parts.origin_of(origin, one.origin_kind)
    if as_origin is None:
        raise xcm_fail("BadOrigin")
    declared = context.table.weight_of(context, call)
    error, weight = context.dispatch(call, as_origin)
    if error is None:
        machine.status = SUCCESS
    else:
        encoded = error.encode()
        machine.status = Variant("Error" if len(encoded) <= _MOST_STATUS else "TruncatedError", encoded[:_MOST_STATUS])
    machine.surplus += declared - weight
    machine.call_weight = weight


def _clear_status(machine: Machine, one: xcm.ClearTransactStatus) -> None:
    machine.status = SUCCESS


def _nothing(machine: Machine, one: Any) -> None:
    """Do nothing: nobody on this chain acts on the news."""


ASSET_STEPS: Mapping[type[xcm.Instruction], Step] = MappingProxyType(
    {
        xcm.WithdrawAsset: _withdraw,
        xcm.ReserveAssetDeposited: _reserve_deposited,
        xcm.ReceiveTeleportedAsset: _teleported,
        xcm.TransferAsset: _transfer,
        xcm.DepositAsset: _deposit,
        xcm.BurnAsset: _burn,
        xcm.ExchangeAsset: _exchange,
        xcm.ClaimAsset: _claim,
        xcm.LockAsset: _no_lock,
        xcm.UnlockAsset: _no_lock,
        xcm.NoteUnlockable: _no_lock,
        xcm.RequestUnlock: _no_lock,
        xcm.BuyExecution: _buy_execution,
        xcm.PayFees: _pay_fees,
        xcm.RefundSurplus: _refund,
        xcm.SetFeesMode: _fees_mode,
        xcm.DescendOrigin: _descend,
        xcm.ClearOrigin: _clear_origin,
        xcm.AliasOrigin: _no_alias,
        xcm.UniversalOrigin: _universal_origin,
        xcm.ExecuteWithOrigin: _with_origin,
        xcm.UnpaidExecution: _unpaid,
        xcm.SetErrorHandler: _error_handler,
        xcm.SetAppendix: _appendix,
        xcm.ClearError: _clear_error,
        xcm.Trap: _trap,
        xcm.SetTopic: _topic,
        xcm.ClearTopic: _clear_topic,
        xcm.SetHints: _hints,
        xcm.ExpectAsset: _expect_asset,
        xcm.ExpectOrigin: _expect_origin,
        xcm.ExpectError: _expect_error,
        xcm.ExpectTransactStatus: _expect_status,
        xcm.ExpectPallet: _expect_pallet,
        xcm.Transact: _transact,
        xcm.ClearTransactStatus: _clear_status,
        xcm.HrmpNewChannelOpenRequest: _nothing,
        xcm.HrmpChannelAccepted: _nothing,
        xcm.HrmpChannelClosing: _nothing,
    }
)
"""What each instruction does that stays on this chain."""

LOOSE_STEPS: frozenset[type[xcm.Instruction]] = frozenset(
    {
        xcm.ExecuteWithOrigin,
        xcm.ReportError,
        xcm.ReportHolding,
        xcm.ReportTransactStatus,
        xcm.QueryPallet,
        xcm.Transact,
    }
)
"""Instructions that keep what they did when they fail: the parts within, and the fee for an answer that is not sent."""
