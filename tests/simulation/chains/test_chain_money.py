"""The money of a block: what is free and held and for what, what came into being and what went."""

from __future__ import annotations

from typing import Any

from drandlab.crypto.sr25519 import development
from drandlab.idn.pallets.balances import EXISTENTIAL_DEPOSIT, Balances
from drandlab.idn.pallets.holds import HoldReason
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.runtime import Runtime
from drandlab.simulation.chains.chain_money import DEPOSITS, FEES, account_of_money, money_of

ALICE, BOB = (development(name).public for name in ("Alice", "Bob"))
OTHER = HoldReason(41, 0)
RICH = 100 * EXISTENTIAL_DEPOSIT


def block() -> tuple[Balances, Any]:
    """A chain whose two accounts are rich, and the context of its first block."""
    balances = Balances(System())
    runtime = Runtime([balances.system, balances])
    head = runtime.genesis({"Balances": {"balances": {ALICE: RICH, BOB: RICH}}})
    return balances, runtime.open(head, None).context


def test_a_quiet_block_has_what_was_issued() -> None:
    balances, context = block()
    found = money_of(7, balances, context, {"Alice": ALICE})
    assert (found.chain, found.number, found.issuance, found.free, found.held) == (7, 1, 2 * RICH, 2 * RICH, 0)
    assert (found.fees, found.deposits, found.made, found.taken) == (0, 0, 0, 0)
    assert found.named == {"Alice": {"free": RICH, "fees": 0, "deposit": 0}}


def test_holds_are_told_by_their_purpose_and_others_only_in_the_sum() -> None:
    balances, context = block()
    for account, reason, amount in ((ALICE, FEES, 30), (ALICE, DEPOSITS, 7), (BOB, FEES, 2), (BOB, OTHER, 500)):
        balances.hold(context, reason, account, amount)
    found = money_of(7, balances, context, {"Bob": BOB, "Alice": ALICE})
    assert (found.issuance, found.free, found.held) == (2 * RICH, 2 * RICH - 539, 539)
    assert (found.fees, found.deposits) == (32, 7)
    assert list(found.named) == ["Bob", "Alice"], "in the order of the file"
    assert found.named["Alice"] == {"free": RICH - 37, "fees": 30, "deposit": 7}
    assert account_of_money(balances, context.storage, BOB) == {"free": RICH - 502, "fees": 2, "deposit": 0}


def test_the_purposes_are_those_of_the_pallet_of_index_40_fees_first() -> None:
    assert (HoldReason(40, 0), HoldReason(40, 1)) == (FEES, DEPOSITS)


def test_what_is_made_and_taken_is_read_from_the_events_of_the_block() -> None:
    balances, context = block()
    balances.mint(context, BOB, 11)
    balances.burn(context, ALICE, 5)
    balances.transfer(context, ALICE, BOB, 3, keep_alive=True)
    found = money_of(7, balances, context, {})
    assert (found.made, found.taken) == (11, 5)
    assert found.issuance == found.free == 2 * RICH + 6
