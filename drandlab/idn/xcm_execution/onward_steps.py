"""What instructions do that send a message on: reports, transfers by reserve, queries; and places seen from there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drandlab.errors import LocalError
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import (
    Asset,
    Assets,
    AssetTransferFilter,
    Definite,
    ReserveDeposit,
    Teleport,
)
from drandlab.idn.xcm.locations import Interior, Location, OnlyChild
from drandlab.idn.xcm_execution.asset_steps import module_of
from drandlab.idn.xcm_execution.holding import HoldingRegister
from drandlab.idn.xcm_execution.registers import Machine, Step
from drandlab.idn.xcm_execution.xcm_errors import xcm_fail
from drandlab.wire.scale import Variant

__all__ = ["ONWARD_STEPS", "seen_from"]


def seen_from(place: Location, dest: Location, universal: Interior) -> Location | None:
    """Return ``place`` as it is seen from ``dest``, both seen from the chain at ``universal`` below the relay chain.

    None where the path would get too long.

    >>> from drandlab.idn.xcm.locations import PARENT, Parachain, account
    >>> bridge, consumer = (Parachain(4502),), Location(1, (Parachain(4594),))
    >>> seen_from(PARENT, consumer, bridge) == PARENT, seen_from(consumer, consumer, bridge)
    (True, Location(parents=0, interior=()))
    >>> seen_from(account(bytes(32)), consumer, bridge).interior[0]
    Parachain(id=4502)

    Source: ``Location::reanchored`` of the Polkadot SDK.
    """
    above = [OnlyChild()] * max(dest.parents - len(universal), 0)
    here: Interior = (*above, *universal[max(len(universal) - dest.parents, 0) :]) if dest.parents else ()
    if place.parents <= len(here):
        parents, path = len(dest.interior), here[: len(here) - place.parents] + place.interior
    else:
        parents, path = len(dest.interior) + place.parents - len(here), place.interior
    down = dest.interior
    while parents and parents <= len(down) and path and path[0] == down[len(down) - parents]:
        parents, path = parents - 1, path[1:]
    try:
        return Location(parents, path)
    except LocalError:
        return None


def _assets_from(machine: Machine, assets: Assets, dest: Location) -> Assets:
    moved = []
    for asset in assets:
        id = seen_from(asset.id, dest, machine.parts.universal) if isinstance(asset.id, Location) else None
        if id is None:
            raise xcm_fail("ReanchorFailed")
        moved.append(Asset(id, asset.fun))
    return HoldingRegister(moved).assets()


# -- answers ----------------------------------------------------------------------------------------------------------


def _answer(machine: Machine, info: xcm.QueryResponseInfo, response: Variant) -> None:
    querier = machine.origin
    if querier is not None:
        querier = seen_from(querier, info.destination, machine.parts.universal)
        if querier is None:
            raise xcm_fail("ReanchorFailed")
    answer = xcm.QueryResponse(info.query_id, response, info.max_weight, querier)
    machine.send(info.destination, (answer,))


def _report_error(machine: Machine, one: xcm.ReportError) -> None:
    _answer(machine, one.response_info, Variant("ExecutionResult", machine.error))


def _report_holding(machine: Machine, one: xcm.ReportHolding) -> None:
    held = machine.holding.chosen(one.assets)
    seen = _assets_from(machine, held, one.response_info.destination)
    _answer(machine, one.response_info, Variant("Assets", seen))


def _report_status(machine: Machine, one: xcm.ReportTransactStatus) -> None:
    _answer(machine, one.response_info, Variant("DispatchResult", machine.status))


def _query_pallet(machine: Machine, one: xcm.QueryPallet) -> None:
    found = tuple(
        xcm.PalletInfo(pallet.index, pallet.name.encode(), one.module_name, 0, 0, 0)
        for pallet in machine.context.pallets.values()
        if module_of(pallet.name).encode() == one.module_name
    )
    _answer(machine, one.response_info, Variant("PalletsInfo", found))


def _query_response(machine: Machine, one: xcm.QueryResponse) -> None:
    """Take an answer; this chain asks nothing by itself, so it expects none, and nothing follows from it."""
    machine.need_origin()


# -- transfers --------------------------------------------------------------------------------------------------------


def _transfer_reserve(machine: Machine, one: xcm.TransferReserveAsset) -> None:
    machine.transfer(one.assets, machine.need_origin(), one.dest)
    seen = _assets_from(machine, one.assets, one.dest)
    machine.send(one.dest, (xcm.ReserveAssetDeposited(seen), xcm.ClearOrigin(), *one.xcm))


def _deposit_reserve(machine: Machine, one: xcm.DepositReserveAsset) -> None:
    parked = _parked_fee(machine, one) if not machine.fees else ()
    message: list[xcm.Instruction] = []
    _deposit_for(machine, machine.holding.take_most(one.assets).assets(), one.dest, message)
    machine.holding.add(parked)
    machine.send(one.dest, (*message, xcm.ClearOrigin(), *one.xcm))


def _parked_fee(machine: Machine, one: xcm.DepositReserveAsset) -> Assets:
    """Take the price of the delivery out of holding, so that it is not deposited."""
    seen = _assets_from(machine, machine.holding.chosen(one.assets), one.dest)
    message = (xcm.ReserveAssetDeposited(seen), xcm.ClearOrigin(), *one.xcm)
    price = machine.price(one.dest, message)
    return machine.holding.take_most(Definite(price)).assets() if price else ()


def _deposit_for(machine: Machine, assets: Assets, dest: Location, message: list[xcm.Instruction]) -> Assets:
    machine.deposit(assets, dest)
    seen = _assets_from(machine, assets, dest)
    message.append(xcm.ReserveAssetDeposited(seen))
    return seen


def _reserve_withdraw(machine: Machine, one: xcm.InitiateReserveWithdraw) -> None:
    message: list[xcm.Instruction] = []
    _move(machine, machine.holding.take_most(one.assets).assets(), one.reserve, "reserve", message)
    machine.send(one.reserve, (*message, xcm.ClearOrigin(), *one.xcm))


def _teleport(machine: Machine, one: xcm.InitiateTeleport) -> None:
    message: list[xcm.Instruction] = []
    _move(machine, machine.holding.take_most(one.assets).assets(), one.dest, "teleport", message)
    machine.send(one.dest, (*message, xcm.ClearOrigin(), *one.xcm))


def _move(machine: Machine, assets: Assets, dest: Location, way: str, message: list[xcm.Instruction]) -> Assets:
    """Destroy assets here that are to be there; only where the other side is trusted to be their home."""
    trusted = machine.parts.teleporter_of if way == "teleport" else machine.parts.reserve_of
    if not all(asset.id == machine.parts.token and trusted(dest) for asset in assets):
        raise xcm_fail("UntrustedTeleportLocation" if way == "teleport" else "UntrustedReserveLocation")
    seen = _assets_from(machine, assets, dest)
    message.append(xcm.ReceiveTeleportedAsset(seen) if way == "teleport" else xcm.WithdrawAsset(seen))
    machine.burned += sum(getattr(asset.fun, "amount", 0) for asset in assets)
    return seen


def _initiate_transfer(machine: Machine, one: xcm.InitiateTransfer) -> None:
    message: list[xcm.Instruction] = []
    if one.remote_fees is None:
        message.append(xcm.UnpaidExecution(None, None))
    else:
        taken = machine.holding.take_all(one.remote_fees.assets)
        if taken is None:
            raise xcm_fail("NotHoldingFees")
        seen = _send_by(machine, one.remote_fees, taken.assets(), one.destination, message)
        if len(seen) != 1:
            raise xcm_fail("TooManyAssets")
        message.append(xcm.PayFees(seen[0]))
    for part in one.assets:
        _send_by(machine, part, machine.holding.take_most(part.assets).assets(), one.destination, message)
    if one.preserve_origin:
        origin = seen_from(machine.need_origin(), one.destination, machine.parts.universal)
        if origin is None:
            raise xcm_fail("BadOrigin")
        message.append(xcm.AliasOrigin(origin))
    else:
        message.append(xcm.ClearOrigin())
    machine.send(one.destination, (*message, *one.remote_xcm))


def _send_by(
    machine: Machine, way: AssetTransferFilter, assets: Assets, dest: Location, message: list[xcm.Instruction]
) -> Assets:
    if isinstance(way, ReserveDeposit):
        return _deposit_for(machine, assets, dest, message)
    return _move(machine, assets, dest, "teleport" if isinstance(way, Teleport) else "reserve", message)


def _export(machine: Machine, one: xcm.ExportMessage) -> None:
    machine.need_origin()
    raise xcm_fail("Unroutable")


def _version(machine: Machine, one: xcm.SubscribeVersion | xcm.UnsubscribeVersion) -> None:
    if machine.need_origin() != machine.original:
        raise xcm_fail("BadOrigin")
    raise xcm_fail("Unimplemented")


ONWARD_STEPS: Mapping[type[xcm.Instruction], Step] = MappingProxyType(
    {
        xcm.ReportError: _report_error,
        xcm.ReportHolding: _report_holding,
        xcm.ReportTransactStatus: _report_status,
        xcm.QueryPallet: _query_pallet,
        xcm.QueryResponse: _query_response,
        xcm.TransferReserveAsset: _transfer_reserve,
        xcm.DepositReserveAsset: _deposit_reserve,
        xcm.InitiateReserveWithdraw: _reserve_withdraw,
        xcm.InitiateTeleport: _teleport,
        xcm.InitiateTransfer: _initiate_transfer,
        xcm.ExportMessage: _export,
        xcm.SubscribeVersion: _version,
        xcm.UnsubscribeVersion: _version,
    }
)
"""What each instruction does that goes beyond this chain."""
