"""The orders of the dispatcher: who comes first under each name, and who waits when a block has no room for all."""

from __future__ import annotations

import hashlib

import pytest
from manager_chain import ALICE, BOB, CHARLIE, ManagerChain

from drandlab.errors import LocalError
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.subscriptions.priorities import PRIORITIES, in_order

IDS = [bytes([number]) * 32 for number in range(6)]
BY_HASH = sorted(IDS, key=lambda one: hashlib.blake2b(one, digest_size=16).digest())


def chain_of_six(priority: str | None = None, *, room: int | None = None, policy: str = "seed") -> ManagerChain:
    """Six subscriptions, the last ids created first; the third bought so many credits that its price is lower."""
    limits = ManagerLimits(max_deliveries=room)
    chain = ManagerChain(
        policy, limits=limits, priority=priority, balances=dict.fromkeys((ALICE, BOB, CHARLIE), 10**15)
    )
    for number in (5, 4, 3, 2, 1, 0):
        chain.create(20_000_000 if number == 2 else 100, sub_id=IDS[number])
        chain.next_block()
    return chain


@pytest.mark.parametrize(
    ("priority", "order"),
    [
        ("hash", BY_HASH),
        ("id", IDS),
        ("age", IDS[::-1]),
        ("price", IDS[::-1]),
        ("wait", IDS[::-1]),
    ],
)
def test_the_order_of_the_messages(priority: str, order: list[bytes]) -> None:
    chain = chain_of_six(priority)
    chain.pulse()
    assert chain.delivered == order


def test_who_pays_less_comes_last_by_price() -> None:
    chain = chain_of_six("price", policy="deployed")
    chain.pulse()
    assert chain.delivered == [IDS[number] for number in (5, 4, 3, 1, 0, 2)]


def test_without_a_word_it_is_the_policys_order() -> None:
    for policy, order in (("seed", IDS[::-1]), ("deployed", BY_HASH)):
        chain = chain_of_six(policy=policy)
        chain.pulse()
        assert chain.delivered == order


@pytest.mark.parametrize(
    ("priority", "served"),
    [
        ("hash", {one: 4 for one in BY_HASH[:3]}),
        ("id", {one: 4 for one in IDS[:3]}),
        ("age", {one: 4 for one in IDS[3:]}),
        ("wait", dict.fromkeys(IDS, 2)),
    ],
)
def test_in_a_full_block_the_order_says_who_waits(priority: str, served: dict[bytes, int]) -> None:
    """Room for three of six: by any fixed order the same three are always served, by the wait all take turns."""
    chain = chain_of_six(priority, room=3)
    chain.pulses(4)
    assert len(chain.delivered) == 12
    assert {one: chain.delivered.count(one) for one in IDS if one in chain.delivered} == served
    waiting = [chain.sub(one) for one in IDS if one not in served]
    assert all(sub.credits_left == sub.credits and sub.last_delivered is None for sub in waiting)


def test_who_waits_pays_nothing_today_either() -> None:
    chain = chain_of_six("id", room=3, policy="deployed")
    chain.pulse()
    assert [chain.sub(one).credits - chain.sub(one).credits_left for one in IDS] == [1, 1, 1, 0, 0, 0]


def test_an_unknown_order_is_named() -> None:
    with pytest.raises(LocalError, match="priority: expected one of hash, id, age, price, wait, got 'luck'"):
        ManagerChain(priority="luck")
    with pytest.raises(LocalError, match="priority: expected one of"):
        in_order("luck", policies["seed"], [])
    assert all(one.about for one in PRIORITIES.values())
