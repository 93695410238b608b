"""Each defect of what runs today, shown with exact figures, and gone when it alone is taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from manager_chain import ALICE, BOB, CHARLIE, ED, PARA, ManagerChain, by_xcm

from drandlab.idn.runtime.calls import signed
from drandlab.idn.subscriptions.call_params import SubInfoRequest
from drandlab.idn.subscriptions.policies import DEFECTS, policies
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.locations import Location, Parachain

PRICE = 2_900_000
A, B = b"\x0a" * 32, b"\x0b" * 32
NOWHERE = Location(42, (Parachain(PARA),))


def charge_first(chain: ManagerChain) -> Any:
    sub_id = chain.create(10, target=NOWHERE)
    chain.pulse()
    assert chain.sub(sub_id).state is State.PAUSED
    return chain.sub(sub_id).credits_left, chain.treasury - ED


def idle_credits(chain: ManagerChain) -> Any:
    sub_id = chain.create(10, frequency=5)
    chain.pulses(4)
    return chain.sub(sub_id).credits_left


def paused_pay(chain: ManagerChain) -> Any:
    sub_id = chain.create(3)
    chain.run("pause_subscription", signed(ALICE), sub_id=sub_id)
    chain.pulses(3)
    return chain.gone(sub_id), chain.treasury - ED


def cheapest_first(chain: ManagerChain) -> Any:
    sub_id = chain.create(10_000_010)
    chain.pulses(10)
    chain.run("kill_subscription", signed(ALICE), sub_id=sub_id)
    assert chain.free() == 10**14 - (chain.treasury - ED)
    return chain.treasury - ED


def free_delivery(chain: ManagerChain) -> Any:
    sub_id = chain.create(1)
    chain.sender.fails = lambda account: True
    chain.pulse()
    chain.sender.fails = lambda account: False
    chain.run("reactivate_subscription", signed(ALICE), sub_id=sub_id)
    chain.pulse()
    return len(chain.delivered)


def due_wraps(chain: ManagerChain) -> Any:
    chain.create(10, frequency=2**32 - 1)
    chain.pulses(5)
    return len(chain.delivered)


def top_up_locked(chain: ManagerChain) -> Any:
    sub_id = chain.create(2)
    chain.update(sub_id, credits=10)
    chain.pulses(10)
    assert chain.gone(sub_id)
    return len(chain.delivered), chain.fees()


def deposit_frozen(chain: ManagerChain) -> Any:
    sub_id = chain.create(10)
    chain.update(sub_id, metadata=(b"12345678",))
    return chain.deposit()


def release_of_nothing(chain: ManagerChain) -> Any:
    sub_id = chain.create(10, metadata=b"12345678")
    chain.update(sub_id, metadata=(None,))
    return chain.deposit()


def deposit_grows(chain: ManagerChain) -> Any:
    sub_id, _ = chain.create(10), chain.create(10, sub_id=B)
    chain.pulse()
    chain.run("kill_subscription", signed(ALICE), sub_id=sub_id)
    return chain.deposit()


def pooled_holds(chain: ManagerChain) -> Any:
    """One gives all its credits back, and goes on with the money of the other."""
    first, second = chain.create(5, sub_id=A), chain.create(5, sub_id=B)
    chain.update(first, credits=0)
    chain.run("pause_subscription", signed(ALICE), sub_id=second)
    chain.pulse()
    return chain.sub(first).state, chain.sub(second).credits_left, chain.fees() // PRICE


def poor_treasury(chain: ManagerChain) -> Any:
    sub_id = chain.create(10)
    chain.pulse()
    return chain.sub(sub_id).state


def empty_fees(chain: ManagerChain) -> Any:
    first = chain.create(1)
    chain.sender.fails = lambda account: True
    chain.pulse()
    assert chain.sub(first).credits_left == 0
    return chain.pulse()


def open_info(chain: ManagerChain) -> Any:
    req = SubInfoRequest(req_ref=A, sub_id=chain.create(10), call=b"")
    return chain.error("get_subscription_info", by_xcm(BOB), req=req)


def full_weight(chain: ManagerChain) -> Any:
    return chain.manager.on_initialize(chain.context).proof_size


FULL = 702_882
SHOWN: dict[str, tuple[Callable[[ManagerChain], Any], Any, Any, dict[str, Any]]] = {
    "charge-first": (charge_first, (9, PRICE), (10, 0), {}),
    "idle-credits": (idle_credits, 6, 9, {}),
    "paused-pay": (paused_pay, (True, 3 * PRICE), (False, 0), {}),
    "cheapest-first": (cheapest_first, 20_300_000, 29_000_000, {"balances": {ALICE: 10**14}}),
    "free-delivery": (free_delivery, 1, 0, {}),
    "due-wraps": (due_wraps, 5, 1, {}),
    "top-up-locked": (top_up_locked, (2, 8 * PRICE), (10, 0), {}),
    "deposit-frozen": (deposit_frozen, 10_400, 11_300, {}),
    "release-of-nothing": (release_of_nothing, 11_300, 10_400, {"without": "deposit-frozen"}),
    "deposit-grows": (deposit_grows, 10_000, 10_400, {}),
    "pooled-holds": (pooled_holds, (State.ACTIVE, 4, 3), (State.PAUSED, 4, 4), {}),
    "poor-treasury": (poor_treasury, State.PAUSED, State.ACTIVE, {"treasury": 0}),
    "empty-fees": (empty_fees, ["FeesCollected", "SubscriptionTerminated"], ["SubscriptionTerminated"], {}),
    "open-info": (open_info, None, "NotSubscriber", {}),
    "full-weight": (full_weight, FULL, 0, {}),
}


def test_every_defect_is_shown() -> None:
    assert SHOWN.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_there_today_and_gone_without_it(name: str) -> None:
    show, today, mended, more = SHOWN[name]
    more = dict(more)
    policy = policies["deployed"].without(*([more.pop("without")] if "without" in more else []))
    assert show(ManagerChain(policy, **more)) == today
    assert show(ManagerChain(policy.without(name), **more)) == mended


@pytest.mark.parametrize("name", sorted(DEFECTS.keys() - {"pooled-holds", "empty-fees", "free-delivery", "due-wraps"}))
def test_the_first_design_is_free_of_it(name: str) -> None:
    show, today, _, more = SHOWN[name]
    kept = {key: value for key, value in more.items() if key != "without"}
    assert show(ManagerChain("seed", **kept)) != today


def test_holds_of_its_own_are_written_down_and_taken_out_again() -> None:
    chain = ManagerChain(policies["deployed"].without("pooled-holds"))
    first, second = chain.create(5, sub_id=A), chain.create(7, sub_id=B, metadata=b"12345678")
    own = chain.manager.own_holds
    assert own is not None
    found = [own.get(chain.storage, one) for one in (first, second)]
    assert [(one.fees, one.deposit) for one in found] == [(5 * PRICE, 10_400), (7 * PRICE, 11_300)]
    chain.pulse()
    assert own.get(chain.storage, first).fees == 4 * PRICE
    assert chain.try_call("update_subscription", first, {"credits": 0}) == "FundsUnavailable"
    chain.update(first, credits=1)
    assert own.get(chain.storage, first).fees == 0 and chain.fees() == 6 * PRICE
    chain.run("kill_subscription", signed(ALICE), sub_id=second)
    assert not own.exists(chain.storage, second)


def test_what_is_held_for_another_subscriber_is_never_touched() -> None:
    chain = ManagerChain("deployed")
    chain.create(5, by=BOB)
    first = chain.create(5)
    chain.update(first, credits=0)
    chain.pulse()
    assert chain.fees(BOB) == 4 * PRICE and chain.fees(CHARLIE) == 0
