"""Balances: what an account may do with what it has, and that nothing is made or lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_runtime import ALICE, BOB, CHARLIE, UNIT, toy_genesis, toy_runtime

from drandlab.errors import LocalError
from drandlab.idn.pallets.balances import EXISTENTIAL_DEPOSIT as ED
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin, signed
from drandlab.wire.scale import Variant


def started() -> tuple[Any, Any, BlockBuilder]:
    one = toy_runtime()
    builder = one.open(toy_genesis(one), 1)
    return one.table.pallets["Balances"], one.table.pallets["System"], builder


def send(builder: BlockBuilder, origin: Origin, name: str, **args: Any) -> tuple[str | None, list[str]]:
    args = {name: Variant("Id", value) if isinstance(value, bytes) else value for name, value in args.items()}
    outcome = builder.run(Call("Balances", name, args), origin)
    return outcome.error.name if outcome.error else None, [event.name for event in outcome.events]


def test_a_transfer_moves_and_makes_accounts() -> None:
    balances, system, builder = started()
    storage = builder.context.storage
    assert send(builder, signed(ALICE), "transfer_allow_death", dest=BOB, value=UNIT) == (None, ["Transfer"])
    assert (balances.free(storage, ALICE), balances.free(storage, BOB)) == (9 * UNIT, 6 * UNIT)
    made = send(builder, signed(ALICE), "transfer_keep_alive", dest=CHARLIE, value=ED)
    assert made == (None, ["NewAccount", "Endowed", "Transfer"])
    assert system.nonce(storage, CHARLIE) == 0 and system.account.get(storage, CHARLIE).providers == 1
    assert send(builder, signed(ALICE), "transfer_allow_death", dest=ALICE, value=UNIT) == (None, ["Transfer"])
    assert balances.total_issuance.get(storage) == 15 * UNIT


def test_what_is_refused_changes_nothing() -> None:
    balances, _, builder = started()
    storage = builder.context.storage
    before = dict(storage.changes)
    for origin, name, args, error in (
        (signed(ALICE), "transfer_allow_death", {"dest": BOB, "value": 11 * UNIT}, "FundsUnavailable"),
        (signed(ALICE), "transfer_allow_death", {"dest": ALICE, "value": 11 * UNIT}, "FundsUnavailable"),
        (signed(ALICE), "transfer_allow_death", {"dest": CHARLIE, "value": ED - 1}, "BelowMinimum"),
        (signed(ALICE), "transfer_keep_alive", {"dest": BOB, "value": 10 * UNIT}, "NotExpendable"),
        (signed(CHARLIE), "transfer_allow_death", {"dest": BOB, "value": 1}, "FundsUnavailable"),
        (NONE, "transfer_allow_death", {"dest": BOB, "value": 1}, "BadOrigin"),
        (ROOT, "transfer_all", {"dest": BOB, "keep_alive": True}, "BadOrigin"),
        (signed(ALICE), "force_set_balance", {"who": BOB, "new_free": 1}, "BadOrigin"),
    ):
        assert send(builder, origin, name, **args) == (error, [])
        assert storage.changes == before
    assert balances.free(storage, CHARLIE) == 0


def test_an_account_ends_below_the_existential_deposit() -> None:
    balances, system, builder = started()
    storage = builder.context.storage
    left = send(builder, signed(BOB), "transfer_allow_death", dest=ALICE, value=5 * UNIT - 7)
    assert left == (None, ["KilledAccount", "DustLost", "Transfer"])
    assert system.nonce(storage, BOB) is None and not system.account.exists(storage, BOB)
    assert balances.total_issuance.get(storage) == 15 * UNIT - 7
    assert send(builder, signed(ALICE), "transfer_all", dest=CHARLIE, keep_alive=True)[0] is None
    assert balances.free(storage, ALICE) == ED
    gone = send(builder, signed(CHARLIE), "transfer_all", dest=ALICE, keep_alive=False)
    assert gone == (None, ["KilledAccount", "Transfer"])
    assert balances.free(storage, ALICE) == 15 * UNIT - 7 == balances.total_issuance.get(storage)


def test_root_sets_balances_and_pallets_make_and_destroy() -> None:
    balances, _, builder = started()
    context = builder.context
    assert send(builder, ROOT, "force_set_balance", who=CHARLIE, new_free=2 * UNIT)[1][-1] == "BalanceSet"
    assert send(builder, ROOT, "force_set_balance", who=BOB, new_free=ED - 1)[1] == ["KilledAccount", "BalanceSet"]
    balances.mint(context, CHARLIE, 5)
    balances.burn(context, CHARLIE, UNIT)
    assert balances.free(context.storage, CHARLIE) == UNIT + 5
    assert balances.total_issuance.get(context.storage) == 11 * UNIT + 5
    for amount, name in (((1 << 128) - 1, "Overflow"), (ED - 1, "BelowMinimum")):
        with pytest.raises(Exception, match=name), context.transaction():
            balances.mint(context, BOB, amount)


def test_the_existential_deposit_may_be_another() -> None:
    one = toy_runtime({"existential_deposit": 5})
    builder = one.open(toy_genesis(one), 1)
    assert send(builder, signed(ALICE), "transfer_allow_death", dest=CHARLIE, value=4)[0] == "BelowMinimum"
    assert send(builder, signed(ALICE), "transfer_allow_death", dest=CHARLIE, value=5)[0] is None


def test_a_genesis_refuses_what_could_not_exist() -> None:
    with pytest.raises(LocalError, match=r"balances: expected a balance from 1000000000 to"):
        toy_runtime().genesis({"Balances": {"balances": {ALICE: 5}}})
    with pytest.raises(LocalError, match="balances: expected 32 bytes, got 3"):
        toy_runtime().genesis({"Balances": {"balances": {b"abc": UNIT}}})


WHO = st.sampled_from([ALICE, BOB, CHARLIE, b"\xdd" * 32])


@given(st.lists(st.tuples(WHO, WHO, st.sampled_from([0, 1, ED - 1, ED, UNIT, 4 * UNIT]), st.booleans()), max_size=12))
def test_the_total_issuance_is_the_sum_of_what_accounts_have(moves: list[tuple[bytes, bytes, int, bool]]) -> None:
    balances, system, builder = started()
    storage = builder.context.storage
    for source, dest, value, alive in moves:
        name = "transfer_keep_alive" if alive else "transfer_allow_death"
        send(builder, signed(source), name, dest=dest, value=value)
        free = [info.data.free for info in system.account.values(storage)]
        assert sum(free) == balances.total_issuance.get(storage) and min(free) >= ED
