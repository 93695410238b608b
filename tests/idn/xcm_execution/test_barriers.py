"""The barrier: who gets in, and what is filled in."""

from __future__ import annotations

import pytest

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import All, Wild, relay_asset
from drandlab.idn.xcm.locations import PARENT, AccountId32, Location, Parachain
from drandlab.idn.xcm_execution.barriers import REFUSALS, Barred, Barrier

WEIGHT, ORIGIN, ALICE = Weight(7_000_000_000, 100), Location(1, (Parachain(4594),)), AccountId32(None, bytes(32))
ONE = (relay_asset(1),)
TAKE, BUY, DESCEND = xcm.WithdrawAsset(ONE), xcm.BuyExecution(ONE[0], None), xcm.DescendOrigin((ALICE,))
TOPIC = xcm.SetTopic(b"t" * 32)
ASSETS = (relay_asset(1),) * 3


@pytest.mark.parametrize(
    "message",
    [
        (TAKE, BUY),
        (DESCEND, TAKE, BUY, xcm.Trap(1)),
        (DESCEND, TAKE, xcm.ClearOrigin(), xcm.ClearOrigin(), xcm.ClearOrigin(), BUY),
        (xcm.ClaimAsset(ONE, Location()), BUY),
        (xcm.ReserveAssetDeposited(ONE), xcm.SetHints(()), BUY),
        (xcm.ReceiveTeleportedAsset(ONE), xcm.AliasOrigin(PARENT), DESCEND, BUY),
        (xcm.WithdrawAsset(ASSETS[:2]), xcm.PayFees(ONE[0])),
        (*[DESCEND] * 3, xcm.UniversalOrigin(Parachain(7)), TAKE, BUY),
    ],
)
def test_what_pays_for_itself_passes(message: xcm.Xcm) -> None:
    admitted = Barrier().admit(ORIGIN, (*message, TOPIC), WEIGHT)
    assert admitted.id == TOPIC.topic and len(admitted.message) == len(message) + 1
    bought = [one.weight_limit for one in admitted.message if isinstance(one, xcm.BuyExecution)]
    assert bought == [WEIGHT] * len(bought)
    assert Barrier().admit(ORIGIN, message, WEIGHT).id is None


def test_a_limit_is_lowered_to_what_is_needed_and_must_reach_it() -> None:
    wide = xcm.BuyExecution(ONE[0], Weight(9_000_000_000, 100))
    assert Barrier().admit(ORIGIN, (TAKE, wide), WEIGHT).message[1] == xcm.BuyExecution(ONE[0], WEIGHT)
    for narrow in (Weight(7_000_000_000, 99), Weight(6_999_999_999, 100)):
        with pytest.raises(Barred, match="less weight") as caught:
            Barrier().admit(ORIGIN, (TAKE, xcm.BuyExecution(ONE[0], narrow)), WEIGHT)
        assert caught.value.reason == "Overweight"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ((), "BadFormat"),
        ((TOPIC,), "BadFormat"),
        ((BUY,), "BadFormat"),
        ((xcm.ClearOrigin(), TAKE, BUY), "BadFormat"),
        ((xcm.WithdrawAsset(ASSETS), BUY), "BadFormat"),
        ((TAKE,), "Overweight"),
        ((TAKE, xcm.RefundSurplus(), BUY), "Overweight"),
        ((TAKE, *[xcm.ClearOrigin()] * 4, BUY), "Overweight"),
        ((TAKE, xcm.DescendOrigin(()), BUY), "Overweight"),
        ((*[DESCEND] * 7, TAKE, BUY), "Unsupported"),
        ((xcm.UnpaidExecution(None, None), TAKE), "BadFormat"),
        ((TAKE, BUY, xcm.InitiateReserveWithdraw(Wild(All()), PARENT, ())), "Unsupported"),
        ((TAKE, BUY, xcm.DepositReserveAsset(Wild(All()), PARENT, ())), "Unsupported"),
        ((xcm.TransferReserveAsset(ONE, PARENT, ()),), "Unsupported"),
    ],
)
def test_the_rest_is_refused_by_its_reason(message: xcm.Xcm, reason: str) -> None:
    with pytest.raises(Barred) as caught:
        Barrier().admit(ORIGIN.descended((ALICE,)), message, WEIGHT)
    assert caught.value.reason == reason and reason in REFUSALS


def test_more_than_eight_changes_of_the_origin_are_not_looked_past() -> None:
    stay = xcm.DescendOrigin(())
    assert Barrier().admit(ORIGIN, (*[stay] * 8, TAKE, BUY), WEIGHT)
    with pytest.raises(Barred, match="does not begin"):
        Barrier().admit(ORIGIN, (*[stay] * 9, TAKE, BUY), WEIGHT)


def test_a_waiver_holds_for_the_computed_origin_and_its_weight() -> None:
    waived = Barrier(lambda location: location == ORIGIN.descended((ALICE,)))
    message = (DESCEND, xcm.UnpaidExecution(None, None), xcm.ClearOrigin())
    assert waived.admit(ORIGIN, message, WEIGHT).message == message
    for refused, origin in (
        (message[1:], ORIGIN),
        (message, PARENT),
        ((DESCEND, xcm.UnpaidExecution(Weight(1), None)), ORIGIN),
        ((DESCEND, xcm.ClearOrigin(), xcm.UnpaidExecution(None, None)), ORIGIN),
    ):
        with pytest.raises(Barred):
            waived.admit(origin, refused, WEIGHT)


def test_a_credit_covers_a_message_of_the_chain_itself() -> None:
    message = (xcm.ClearOrigin(), TOPIC)
    assert Barrier().admit(ORIGIN, message, WEIGHT, credit=WEIGHT).message == message
    with pytest.raises(Barred):
        Barrier().admit(ORIGIN, message, WEIGHT, credit=Weight(6_999_999_999, 100))
