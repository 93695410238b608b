"""Holds: what is held stays the account's, cannot be spent, and keeps the existential deposit free beside it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_runtime import ALICE, BOB, CHARLIE, UNIT, toy_genesis, toy_runtime

from drandlab.errors import FormatError, LocalError
from drandlab.idn.pallets.balances import EXISTENTIAL_DEPOSIT as ED
from drandlab.idn.pallets.holds import HOLDS, Hold, HoldReason, balance_moved, held_for, hold_at, reserved_moved
from drandlab.idn.pallets.system import ACCOUNT_INFO, AccountBalance, AccountInfo
from drandlab.idn.runtime.calls import ROOT, Call, Origin, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.state import item_prefix
from drandlab.wire.scale import Variant

FEES, DEPOSIT = HoldReason(40, 0), HoldReason(40, 1)


def started() -> tuple[Any, Any, Context]:
    one = toy_runtime()
    builder = one.open(toy_genesis(one), 1)
    return one.table.pallets["Balances"], one.table.pallets["System"], builder.context


def call(context: Context, origin: Origin, name: str, **args: Any) -> str | None:
    args = {name: Variant("Id", value) if isinstance(value, bytes) else value for name, value in args.items()}
    error, _ = context.dispatch(Call("Balances", name, args), origin)
    return None if error is None else error.name


def pay(
    balances: Any, context: Context, purpose: HoldReason, source: bytes, dest: bytes, amount: int, **how: Any
) -> int:
    """Pay one amount out of a hold, by a till of its own."""
    till = balances.till(context.storage, dest)
    moved = balances.transfer_on_hold(context, purpose, source, till, amount, **how)
    balances.empty(context, till)
    return int(moved)


def fails(name: str, work: Any) -> None:
    with pytest.raises(DispatchFailed) as failed:
        work()
    assert failed.value.error.name == name


def test_a_hold_moves_from_what_is_free_to_what_is_reserved() -> None:
    balances, system, context = started()
    storage, issued = context.storage, balances.total_issuance.get(context.storage)
    balances.hold(context, FEES, ALICE, 3 * UNIT)
    balances.hold(context, DEPOSIT, ALICE, 7)
    balances.hold(context, FEES, ALICE, 5)
    info = system.account.get(storage, ALICE)
    assert (info.data.free, info.data.reserved, info.consumers) == (7 * UNIT - 12, 3 * UNIT + 12, 1)
    assert [balances.held(storage, ALICE, reason) for reason in (FEES, DEPOSIT)] == [3 * UNIT + 5, 7]
    assert balances.holds.get(storage, ALICE) == (Hold(FEES, 3 * UNIT + 5), Hold(DEPOSIT, 7))
    written = storage.get(balances.holds.key_of(ALICE))
    assert written == bytes.fromhex("082800") + (3 * UNIT + 5).to_bytes(16, "little") + b"\x28\x01" + (7).to_bytes(
        16, "little"
    )
    assert balances.holds.key_of(ALICE).startswith(item_prefix("Balances", "Holds"))
    assert balances.total_issuance.get(storage) == issued
    assert balances.held(storage, BOB, FEES) == 0


def test_holds_in_scale() -> None:
    holds = (Hold(FEES, 2**128 - 1), Hold(HoldReason(0, 255), 0))
    written = HOLDS.encode(holds)
    assert HOLDS.decode(written) == holds and len(written) == 1 + 2 * 18
    with pytest.raises(FormatError) as refused:
        HOLDS.decode(written[:-1])
    assert refused.value.code == "ends-early"
    for wrong in (Hold(HoldReason(256, 0), 1), Hold(FEES, 2**128), Hold(FEES, -1)):
        with pytest.raises(LocalError, match=r"u8: expected|u128: expected"):
            HOLDS.encode((wrong,))


def test_the_existential_deposit_stays_free() -> None:
    balances, _, context = started()
    fails("FundsUnavailable", lambda: balances.hold(context, FEES, BOB, 5 * UNIT - ED + 1))
    balances.hold(context, FEES, BOB, 5 * UNIT - ED)
    assert balances.free(context.storage, BOB) == ED
    fails("FundsUnavailable", lambda: balances.hold(context, FEES, BOB, 1))
    fails("FundsUnavailable", lambda: balances.hold(context, FEES, CHARLIE, 1))
    balances.hold(context, FEES, CHARLIE, 0)
    assert not balances.holds.exists(context.storage, CHARLIE)


def test_what_is_released_is_free_again() -> None:
    balances, system, context = started()
    before = system.account.get(context.storage, ALICE)
    balances.hold(context, FEES, ALICE, 100)
    fails("FundsUnavailable", lambda: balances.release(context, FEES, ALICE, 101))
    assert balances.release(context, DEPOSIT, ALICE, 5, exact=False) == 0
    assert balances.release(context, FEES, ALICE, 30) == 30
    assert balances.release(context, FEES, ALICE, 101, exact=False) == 70
    assert system.account.get(context.storage, ALICE) == before
    assert not balances.holds.exists(context.storage, ALICE)


def test_what_is_held_is_paid_to_another() -> None:
    balances, _, context = started()
    storage, issued = context.storage, balances.total_issuance.get(context.storage)
    balances.hold(context, FEES, ALICE, 2 * ED)
    assert pay(balances, context, FEES, ALICE, BOB, 5) == 5
    fails("CannotCreate", lambda: pay(balances, context, FEES, ALICE, CHARLIE, ED - 1))
    fails("FundsUnavailable", lambda: pay(balances, context, FEES, ALICE, BOB, 2 * ED, exact=True))
    assert pay(balances, context, DEPOSIT, ALICE, CHARLIE, ED) == 0
    assert pay(balances, context, FEES, ALICE, CHARLIE, ED) == ED
    assert pay(balances, context, FEES, ALICE, CHARLIE, 2 * ED) == ED - 5
    assert storage.get(balances.holds.key_of(ALICE)) is None  # nothing is held, so nothing is stored
    assert balances.free(storage, BOB) == 5 * UNIT + 5 and balances.free(storage, CHARLIE) == 2 * ED - 5
    assert pay(balances, context, FEES, ALICE, CHARLIE, 0) == 0
    assert balances.total_issuance.get(storage) == issued
    balances.hold(context, FEES, BOB, 9)
    assert pay(balances, context, FEES, BOB, BOB, 9) == 9
    assert balances.free(storage, BOB) == 5 * UNIT + 5


def test_a_till_is_one_write_for_many_payments() -> None:
    balances, _, context = started()
    balances.hold(context, FEES, ALICE, 3 * ED)
    till = balances.till(context.storage, BOB)
    for _ in range(3):
        balances.transfer_on_hold(context, FEES, ALICE, till, 7)
    assert (till.amount, balances.free(context.storage, BOB)) == (21, 5 * UNIT)
    balances.empty(context, till)
    balances.empty(context, till)
    assert (till.amount, balances.free(context.storage, BOB)) == (0, 5 * UNIT + 21)
    new = balances.till(context.storage, CHARLIE)
    balances.transfer_on_hold(context, FEES, ALICE, new, ED)
    assert new.open and balances.free(context.storage, CHARLIE) == ED
    balances.transfer_on_hold(context, FEES, ALICE, new, 1)
    balances.empty(context, new)
    assert balances.free(context.storage, CHARLIE) == ED + 1


def test_an_account_with_holds_does_not_end() -> None:
    balances, _, context = started()
    balances.hold(context, FEES, BOB, UNIT)
    assert call(context, signed(BOB), "transfer_allow_death", dest=ALICE, value=4 * UNIT) == "Frozen"
    assert call(context, signed(BOB), "transfer_allow_death", dest=ALICE, value=4 * UNIT - ED + 1) == "Frozen"
    assert call(context, ROOT, "force_set_balance", who=BOB, new_free=0) == "ConsumerRemaining"
    assert call(context, signed(BOB), "transfer_all", dest=ALICE, keep_alive=False) is None
    assert balances.free(context.storage, BOB) == ED
    balances.release(context, FEES, BOB, UNIT)
    assert call(context, signed(BOB), "transfer_all", dest=ALICE, keep_alive=False) is None


AMOUNT = st.sampled_from([0, 1, ED - 1, ED, 2 * ED, UNIT, 6 * UNIT])
WHO = st.sampled_from([ALICE, BOB, CHARLIE])
ACT = st.sampled_from(["hold", "release", "best", "pay", "send"])


@given(st.lists(st.tuples(ACT, WHO, WHO, st.sampled_from([FEES, DEPOSIT]), AMOUNT), max_size=15))
def test_nothing_is_made_or_lost_by_holds(acts: list[tuple[str, bytes, bytes, HoldReason, int]]) -> None:
    balances, system, context = started()
    storage, issued = context.storage, balances.total_issuance.get(context.storage)
    for act, who, other, reason, amount in acts:
        try:
            with context.transaction():
                if act == "hold":
                    balances.hold(context, reason, who, amount)
                elif act == "pay":
                    pay(balances, context, reason, who, other, amount)
                elif act == "send":
                    balances.transfer(context, who, other, amount)
                else:
                    balances.release(context, reason, who, amount, exact=act == "release")
        except DispatchFailed:
            pass
        lost = sum(event.fields["amount"] for _, event in context.events if event.name == "DustLost")
        accounts = dict(system.account.items(storage))
        assert sum(one.data.free + one.data.reserved for one in accounts.values()) == issued - lost
        assert balances.total_issuance.get(storage) == issued - lost
        for account, info in accounts.items():
            held = balances.holds.get(storage, account)
            assert sum(one.amount for one in held) == info.data.reserved
            assert info.consumers == bool(held) and info.data.free >= ED


AMOUNTS = st.integers(0, (1 << 128) - 1)
HELD = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), unique=True, max_size=5).flatmap(
    lambda purposes: st.tuples(*(st.builds(Hold, st.just(HoldReason(*one)), AMOUNTS) for one in purposes))
)


@given(HELD, st.integers(0, 255), st.integers(0, 255))
def test_what_is_held_is_found_in_the_bytes_as_it_is_in_the_values(holds: Any, pallet: int, number: int) -> None:
    written = HOLDS.encode(holds)
    for purpose in (HoldReason(pallet, number), *(one.purpose for one in holds)):
        amount, at = hold_at(written, purpose)
        assert amount == held_for(holds, purpose)
        assert at == 0 or int.from_bytes(written[at : at + 16], "little") == amount
        assert bool(at) is any(one.purpose == purpose for one in holds)


@given(AMOUNTS, AMOUNTS, st.data())
def test_what_is_reserved_is_moved_in_the_bytes_as_it_is_in_the_values(free: int, reserved: int, data: Any) -> None:
    info = AccountInfo(
        nonce=3, consumers=1 + bool(reserved), providers=1, data=AccountBalance(free=free, reserved=reserved)
    )
    change = data.draw(st.sampled_from([0, -reserved]) | st.integers(-reserved, (1 << 128) - 1 - reserved))
    moved = reserved_moved(ACCOUNT_INFO.encode(info), change)
    assert moved == ACCOUNT_INFO.encode(balance_moved(info, reserved=change))
