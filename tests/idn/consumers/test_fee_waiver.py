"""The allow-list: what passes for nothing, and that nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from consumer_chain import BRIDGE, OTHER

from drandlab.idn.consumers.fee_waiver import FREE_WEIGHT, WaivingBarrier, unpaid_call
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.instructions import (
    DescendOrigin,
    OriginKind,
    RefundSurplus,
    SetTopic,
    Transact,
    UnpaidExecution,
)
from drandlab.idn.xcm.locations import AccountId32, Location, sibling
from drandlab.idn.xcm_execution.barriers import Barred, Barrier

ACCOUNT = AccountId32(None, b"\xa1" * 32)
PULSE_CALL = bytes((40, 0)) + bytes(96)
WEIGHT = Weight(10_000_000_000, 1000)
TOPIC = SetTopic(b"\x11" * 32)


@pytest.mark.parametrize("call", [0, 1, 2])
@pytest.mark.parametrize("topic", [(), (TOPIC,)])
def test_what_the_bridge_brings_to_the_pallet_passes_unpaid(call: int, topic: tuple[Any, ...]) -> None:
    message = (*unpaid_call(bytes((40, call)) + bytes(8)), *topic)
    admitted = WaivingBarrier(BRIDGE).admit(sibling(BRIDGE), message, WEIGHT)
    assert admitted.message == message and admitted.id == (TOPIC.topic if topic else None)
    with pytest.raises(Barred, match="does not begin with what brings assets"):
        Barrier().admit(sibling(BRIDGE), message, WEIGHT)


@pytest.mark.parametrize(
    ("origin", "message", "weight"),
    [
        (sibling(OTHER), unpaid_call(PULSE_CALL), WEIGHT),
        (Location(1), unpaid_call(PULSE_CALL), WEIGHT),
        (Location(1, (*sibling(BRIDGE).interior, ACCOUNT)), unpaid_call(PULSE_CALL), WEIGHT),
        (sibling(BRIDGE), (DescendOrigin((ACCOUNT,)), *unpaid_call(PULSE_CALL)), WEIGHT),
        (sibling(BRIDGE), unpaid_call(bytes((40, 3)) + bytes(96)), WEIGHT),
        (sibling(BRIDGE), unpaid_call(bytes((10, 0)) + bytes(96)), WEIGHT),
        (sibling(BRIDGE), unpaid_call(b""), WEIGHT),
        (sibling(BRIDGE), unpaid_call(PULSE_CALL), FREE_WEIGHT + Weight(1)),
        (sibling(BRIDGE), (*unpaid_call(PULSE_CALL), RefundSurplus()), WEIGHT),
        (sibling(BRIDGE), unpaid_call(PULSE_CALL) * 2, WEIGHT),
        (sibling(BRIDGE), (UnpaidExecution(None, None), Transact(OriginKind.Native, None, PULSE_CALL)), WEIGHT),
        (sibling(BRIDGE), (Transact(OriginKind.Xcm, None, PULSE_CALL),), WEIGHT),
        (sibling(BRIDGE), (), WEIGHT),
    ],
)
def test_nothing_else_does(origin: Location, message: tuple[Any, ...], weight: Weight) -> None:
    with pytest.raises(Barred):
        WaivingBarrier(BRIDGE).admit(origin, message, weight)


def test_the_paid_way_stays_open_beside_it() -> None:
    paid = delivery_message(PULSE_CALL, fee=10**12, subscriber=ACCOUNT.id)
    for message in (paid, (DescendOrigin((ACCOUNT,)), *paid, TOPIC)):
        for origin in (sibling(BRIDGE), sibling(OTHER)):
            assert WaivingBarrier(BRIDGE).admit(origin, message, WEIGHT) == Barrier().admit(origin, message, WEIGHT)


def test_the_list_can_be_another() -> None:
    narrow = WaivingBarrier(BRIDGE, calls=(bytes((40, 0)),), most=Weight(1, 1))
    with pytest.raises(Barred):
        narrow.admit(sibling(BRIDGE), unpaid_call(PULSE_CALL), WEIGHT)
    assert narrow.admit(sibling(BRIDGE), unpaid_call(PULSE_CALL), Weight(1, 1)).id is None
    with pytest.raises(Barred):
        narrow.admit(sibling(BRIDGE), unpaid_call(bytes((40, 1))), Weight(1, 1))
