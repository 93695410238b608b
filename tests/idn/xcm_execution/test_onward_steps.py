"""Messages that a message sends on: answers, transfers by reserve, and how places look from the other side."""

from __future__ import annotations

from typing import Any

import pytest
from xcm_machine import ALICE, BOB, PRICE, SIBLING, UNIT, Bench, FakeRouter, account_of, amounts

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import (
    All,
    Definite,
    ReserveDeposit,
    ReserveWithdraw,
    Teleport,
    Wild,
    relay_asset,
)
from drandlab.idn.xcm.locations import PARENT, AccountId32, Interior, Location, PalletInstance, Parachain, account
from drandlab.idn.xcm_execution.onward_steps import seen_from
from drandlab.idn.xcm_execution.trace import SentMessage
from drandlab.wire.scale import Variant

ALL = Wild(All())
INFO = xcm.QueryResponseInfo(SIBLING, 9, Weight(1))


def bench(**parts: Any) -> Bench:
    return Bench(router=FakeRouter(), fee_account=BOB, **parts)


def sent(one: Bench) -> list[xcm.Xcm]:
    return [note.message for note in one.context.notes if isinstance(note, SentMessage)]


@pytest.mark.parametrize(
    ("place", "dest", "universal", "seen"),
    [
        (PARENT, SIBLING, (Parachain(4502),), PARENT),
        (PARENT, PARENT, (Parachain(4502),), Location()),
        (SIBLING, SIBLING, (Parachain(4502),), Location()),
        (Location(), SIBLING, (Parachain(4502),), Location(1, (Parachain(4502),))),
        (Location(), PARENT, (Parachain(4502),), Location(0, (Parachain(4502),))),
        (SIBLING.descended((PalletInstance(3),)), SIBLING, (Parachain(4502),), Location(0, (PalletInstance(3),))),
        (Location(1, (Parachain(7),)), SIBLING, (Parachain(4502),), Location(1, (Parachain(7),))),
        (Location(2), SIBLING, (Parachain(4502),), Location(2)),
        (Location(0, (Parachain(1),) * 8), SIBLING, (Parachain(4502),), None),
        (Location(), Location(0, (PalletInstance(1),)), (Parachain(4502),), Location(1)),
    ],
)
def test_places_seen_from_the_other_side(
    place: Location, dest: Location, universal: Interior, seen: Location | None
) -> None:
    assert seen_from(place, dest, universal) == seen


def test_answers_go_back_and_are_paid_out_of_holding() -> None:
    one = bench()
    ran = one.paid(
        xcm.SetAppendix((xcm.ReportError(INFO), xcm.ReportHolding(INFO, Definite((relay_asset(7),))))),
        xcm.ReportTransactStatus(INFO),
        xcm.QueryPallet(b"pallet_balances", INFO),
        xcm.Trap(4),
    )
    assert ran.error == Variant("Trap", 4) and ran.delivery == 4 * PRICE
    assert one.free(BOB) == 10 * UNIT + 4 * PRICE
    querier = seen_from(SIBLING.descended((AccountId32(Variant("Polkadot"), ALICE),)), SIBLING, (Parachain(4502),))
    answers = [message[0] for message in sent(one)]
    assert [one.response.name for one in answers] == ["DispatchResult", "PalletsInfo", "ExecutionResult", "Assets"]  # type: ignore[attr-defined]
    assert answers[2] == xcm.QueryResponse(9, Variant("ExecutionResult", (6, Variant("Trap", 4))), Weight(1), querier)
    assert answers[3].response.value == (relay_asset(7),)  # type: ignore[attr-defined]
    assert answers[1].response.value[0].index == 10  # type: ignore[attr-defined]
    assert ran.trapped is not None
    assert amounts(ran.trapped.assets) + ran.paid + ran.delivery == UNIT


def test_a_transfer_by_reserve_moves_to_the_siblings_account_and_says_so() -> None:
    one = bench()
    path = (AccountId32(None, ALICE),)
    rest = (xcm.BuyExecution(relay_asset(5), None),)
    ran = one.paid(
        xcm.DepositReserveAsset(Wild(All()), SIBLING, rest),
        xcm.SetFeesMode(True),
        xcm.TransferReserveAsset((relay_asset(UNIT),), SIBLING, rest),
    )
    assert ran.outcome == "Complete" and ran.trapped is None
    house = account_of(SIBLING)
    assert house is not None
    moved = UNIT - ran.paid - PRICE
    assert one.free(house) == moved + UNIT
    assert sent(one)[0] == (xcm.ReserveAssetDeposited((relay_asset(moved),)), xcm.ClearOrigin(), *rest)
    assert one.free(ALICE) == 8 * UNIT - PRICE and path and one.issuance == 30 * UNIT


def test_transfers_say_how_the_other_side_is_paid() -> None:
    one = bench()
    fees = ReserveDeposit(Definite((relay_asset(UNIT // 2),)))
    ran = one.paid(
        xcm.InitiateTransfer(
            SIBLING, fees, True, (ReserveDeposit(Definite((relay_asset(UNIT // 4),))),), (xcm.ClearTopic(),)
        ),
        xcm.InitiateTransfer(SIBLING, None, False, (), ()),
        xcm.DepositAsset(ALL, account(ALICE)),
    )
    assert ran.outcome == "Complete", ran.error
    first, second = sent(one)
    assert [type(step).__name__ for step in first] == [
        "ReserveAssetDeposited", "PayFees", "ReserveAssetDeposited", "AliasOrigin", "ClearTopic",
    ]  # fmt: skip
    assert second == (xcm.UnpaidExecution(None, None), xcm.ClearOrigin())
    assert one.issuance == 30 * UNIT


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (xcm.ReportHolding(xcm.QueryResponseInfo(PARENT, 1, Weight()), ALL), Variant("Unroutable")),
        (xcm.ReportHolding(xcm.QueryResponseInfo(Location(1, (Parachain(13),)), 1, Weight()), ALL),
         Variant("Transport", "NoChannel")),
        (xcm.DepositReserveAsset(ALL, Location(1, (Parachain(13),)), ()), Variant("Transport", "NoChannel")),
        (xcm.TransferReserveAsset((relay_asset(UNIT),), Location(1, (Parachain(13),)), ()),
         Variant("Transport", "NoChannel")),
        (xcm.InitiateTransfer(SIBLING, Teleport(ALL), False, (), ()), Variant("UntrustedTeleportLocation")),
        (xcm.InitiateTransfer(SIBLING, ReserveWithdraw(ALL), False, (), ()), Variant("UntrustedReserveLocation")),
        (xcm.InitiateTransfer(SIBLING, ReserveDeposit(Definite((relay_asset(9 * UNIT),))), False, (), ()),
         Variant("NotHoldingFees")),
        (xcm.InitiateTransfer(SIBLING, ReserveDeposit(Definite(())), False, (), ()), Variant("TooManyAssets")),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_undone(step: xcm.Instruction, error: Variant) -> None:
    one = bench()
    ran = one.paid(step)
    assert ran.error == error and sent(one) == []
    kept = amounts(ran.trapped.assets) if ran.trapped else 0
    assert kept + ran.paid + ran.delivery == UNIT
    assert one.issuance == 30 * UNIT - kept


def test_a_trusted_home_may_teleport_and_be_a_reserve() -> None:
    one = bench(teleporter_of=lambda place: place == SIBLING, reserve_of=lambda place: place == SIBLING)
    ran = one.run(
        xcm.ReceiveTeleportedAsset((relay_asset(UNIT),)),
        xcm.BuyExecution(relay_asset(UNIT), None),
        xcm.InitiateTeleport(Definite((relay_asset(100),)), SIBLING, ()),
        xcm.InitiateReserveWithdraw(Definite((relay_asset(10),)), SIBLING, ()),
        xcm.ReserveAssetDeposited((relay_asset(1),)),
        xcm.DepositAsset(ALL, account(ALICE)),
    )
    assert ran.outcome == "Complete" and ran.burned == 110
    assert one.issuance == 30 * UNIT + UNIT + 1 - 110
    assert [type(message[0]).__name__ for message in sent(one)] == ["ReceiveTeleportedAsset", "WithdrawAsset"]
