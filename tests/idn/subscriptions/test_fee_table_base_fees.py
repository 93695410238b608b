"""Base fees in a manager's price: they are quoted, held, charged and given back, and the bridge never loses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manager_chain import ALICE, BOB, CALL, ED, PULSE, RICH, ManagerChain, RecordingSender, by_xcm, params

from drandlab.errors import LocalError, WrongType
from drandlab.idn.contracts.base_fees import BaseFees
from drandlab.idn.contracts.coordinator_terms import price_of
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.rand_beacon import AcceptedPulse
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions.call_params import QuoteRequest, QuoteSubParams
from drandlab.idn.subscriptions.fee_table import MOST_BASE, DeliveryFee, FeeTable, FeeTier
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.policies import DEFECTS, policies
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.assets import relay_asset
from drandlab.idn.xcm.instructions import DepositAsset, Transact, WithdrawAsset
from drandlab.idn.xcm.location_accounts import sibling_account
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm_execution.prices import DeliveryPrice, WeightPrice

SEED = policies["seed"]
SOVEREIGN = sibling_account(4502)
CREDIT, EXECUTION, SENDING = 2_900_000, 108_360_632, 1_000_000
FEES = BaseFees(delivery=DeliveryPrice(base=SENDING, byte=0))
BASE = EXECUTION + SENDING


def chain_of(fees: BaseFees = FEES, *, sovereign: int = 10 * ED, price: int = SENDING, **options: Any) -> ManagerChain:
    rich = {ALICE: RICH, BOB: RICH} | ({SOVEREIGN: sovereign} if sovereign else {})
    return ManagerChain(SEED.with_base_fees(fees), balances=rich, price=price, **options)


def free(chain: ManagerChain, account: bytes) -> int:
    return chain.balances.free(chain.storage, account)


# -- the price --------------------------------------------------------------------------------------------------------


def test_each_credit_costs_the_base_fee_on_top() -> None:
    policy = SEED.with_base_fees(FEES)
    assert (policy.base(CALL), policy.base(b"\x0a\0"), SEED.base(b"\x0a\0")) == (BASE, None, 0)
    assert policy.fee(20_000, BASE) == SEED.fee(20_000) + 20_000 * BASE
    assert policy.difference(5, 3, BASE) == ("Release", 2 * (CREDIT + BASE))
    assert policy.held(20_000, 7, BASE) == SEED.held(20_000, 7) + 7 * BASE
    assert policy.fees == SEED.fees and policy.defects == frozenset()


@pytest.mark.parametrize("defect", DEFECTS)
def test_rules_with_a_defect_have_no_base_fees(defect: str) -> None:
    whole = policies["deployed"]
    for policy in (whole, whole.without(*(DEFECTS.keys() - {defect}))):
        with pytest.raises(LocalError, match=f"base_fees: only rules without defects can have them.*{defect}"):
            policy.with_base_fees(FEES)
    mended = whole.without(*DEFECTS).with_base_fees(FEES)
    with pytest.raises(LocalError, match="base_fees"):
        replace(mended, **{DEFECTS[defect].field: DEFECTS[defect].wrong})


@pytest.mark.parametrize("wrong", [-1, 1 << 64, None, 1.5, "1", True])
def test_weird_numbers_are_refused_by_name(wrong: Any) -> None:
    for policy in policies.values():
        for name, ask in {
            "credits": lambda p=policy: p.fee(wrong),
            "base": lambda p=policy: p.fee(1, wrong),
            "left": lambda p=policy: p.held(1, wrong),
            "pulses": lambda p=policy: p.credits(wrong, 1),
            "frequency": lambda p=policy: p.credits(1, wrong),
        }.items():
            with pytest.raises((LocalError, WrongType), match=name):
                ask()
        with pytest.raises((LocalError, WrongType), match="credits"):
            policy.held(wrong, 0)
        with pytest.raises((LocalError, WrongType), match="base"):
            policy.held(1, 1, wrong)
        with pytest.raises((LocalError, WrongType), match="credits"):
            policy.difference(0, wrong)
    for build in (lambda: replace(SEED, idle_credits=wrong), lambda: replace(SEED, consume_credits=wrong)):
        with pytest.raises((LocalError, WrongType), match="_credits: expected"):
            build()
    for table in ({"base": wrong}, {"parts": wrong}):
        with pytest.raises((LocalError, WrongType), match=f"{next(iter(table))}: expected"):
            replace(SEED.fees, **table)
    with pytest.raises((LocalError, WrongType), match="credits: expected"):
        SEED.fees.fee(wrong)
    for name in ("execution", "sending"):
        with pytest.raises((LocalError, WrongType), match=name):
            DeliveryFee(**{"execution": 1, name: wrong})


def test_what_is_no_part_of_a_policy_is_refused_by_name() -> None:
    for name, wrong in (("fees", None), ("fees", 100), ("base_fees", 100), ("base_fees", "BaseFees")):
        with pytest.raises(WrongType, match=f"{name}: expected"):
            replace(SEED, **{name: wrong})
    for tiers in (None, (1,), [FeeTier(1, 0)]):
        with pytest.raises(WrongType, match="tiers: expected a tuple of FeeTier"):
            FeeTable(base=1, tiers=tiers)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match="call: expected bytes"):
        SEED.base("2800")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="names: expected one of"):
        policies["deployed"].without("x")


def test_a_base_fee_that_no_balance_could_hold_is_none() -> None:
    assert DeliveryFee(execution=MOST_BASE).base == MOST_BASE
    with pytest.raises(LocalError, match="base: expected"):
        DeliveryFee(execution=MOST_BASE, sending=1)
    dear = BaseFees(delivery=DeliveryPrice(base=MOST_BASE, byte=0))
    assert dear.of(CALL) is None
    assert BaseFees(parts=0, delivery=DeliveryPrice(base=MOST_BASE - 1, byte=0)).base(CALL) == MOST_BASE
    chain = chain_of(dear)
    assert chain.error("create_subscription", signed(ALICE), params=params()) == "InvalidParams"


def test_more_left_than_there_are_is_held_as_all_of_them() -> None:
    mended = policies["deployed"].without("cheapest-first")
    assert mended.held(5, 8) == mended.fee(5) and policies["deployed"].held(5, 8) == policies["deployed"].fee(8)


# -- the manager ------------------------------------------------------------------------------------------------------


def test_a_manager_quotes_holds_charges_and_gives_back_with_base_fees() -> None:
    chain = chain_of()
    request = QuoteRequest(req_ref=bytes(32), create_sub_params=params(1), lifetime_pulses=4)
    [quoted] = [
        event
        for event in chain.run(
            "quote_subscription",
            by_xcm(ALICE),
            params=QuoteSubParams(quote_request=request, call=b"\x28\1", origin_kind=params().origin_kind),
        )
        if event.name == "SubQuoted"
    ]
    assert quoted.fields["quote"].fees == 4 * (CREDIT + BASE)
    sub_id = chain.create(4)
    assert chain.fees() == 4 * (CREDIT + BASE)
    before = free(chain, SOVEREIGN), free(chain, chain.manager.holdings.treasury)
    assert chain.pulse() == ["RandomnessDistributed", "FeesCollected"]
    assert chain.fees() == 3 * (CREDIT + BASE)
    assert free(chain, SOVEREIGN) == before[0] + BASE - SENDING
    assert free(chain, chain.manager.holdings.treasury) == before[1] + CREDIT
    chain.update(sub_id, credits=6)
    assert chain.fees() == 5 * (CREDIT + BASE)
    alice = free(chain, ALICE)
    chain.run("kill_subscription", signed(ALICE), sub_id=sub_id)
    assert chain.fees() == 0 and free(chain, ALICE) == alice + 5 * (CREDIT + BASE) + 100 * 104
    # today's rules and those of the seed alone hold what they always have
    for policy in policies:
        plain = ManagerChain(policy)
        plain.create(4)
        assert plain.fees() == 4 * CREDIT


def test_what_is_collected_is_told_whole() -> None:
    chain = chain_of()
    chain.create(4)
    events = len(chain.context.events)
    chain.manager.dispatch(chain.context, AcceptedPulse(pulse=PULSE))
    [told] = [event for _, event in chain.context.events[events:] if event.name == "FeesCollected"]
    assert told.fields["fees"] == CREDIT + BASE


def test_the_message_is_the_bridges_and_brings_what_the_base_fee_has_for_it() -> None:
    chain = chain_of()
    chain.create()
    chain.pulse()
    [(payer, dest, message)] = chain.sender.sent
    assert (payer, dest) == (SOVEREIGN, sibling(4594))
    withdraw, _, transact, _, deposit = message
    assert isinstance(withdraw, WithdrawAsset) and withdraw.assets == (relay_asset(EXECUTION),)
    assert isinstance(transact, Transact) and isinstance(deposit, DepositAsset)
    assert SOVEREIGN in [getattr(step, "id", None) for step in deposit.beneficiary.interior]


@pytest.mark.parametrize("call", [b"", b"\x0a\0" + bytes(32), CALL + b"\0", b"\x28\1"])
def test_a_call_that_the_bridge_must_not_sign_makes_no_subscription_and_no_quote(call: bytes) -> None:
    chain = chain_of()
    assert chain.error("create_subscription", signed(ALICE), params=params(call=call)) == "InvalidParams"
    request = QuoteRequest(req_ref=bytes(32), create_sub_params=params(1, call=call), lifetime_pulses=4)
    asked = QuoteSubParams(quote_request=request, call=b"\x28\1", origin_kind=params().origin_kind)
    assert chain.error("quote_subscription", by_xcm(ALICE), params=asked) == "InvalidParams"


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"price": SENDING + 1}, "the channel asks for more than was paid for"),
        ({"sovereign": ED}, "it would end by paying"),
        ({"sovereign": 0}, "it cannot pay"),
        ({"sovereign": 0, "price": 0}, "it does not exist"),
    ],
)
def test_what_the_bridge_cannot_pay_waits_and_nobody_is_paused_for_it(about: dict[str, int], why: str) -> None:
    chain = chain_of(**about)
    sub_id = chain.create(4)
    root = chain.storage.commit().root
    assert chain.pulse() == [], why
    assert chain.sub(sub_id).state is State.ACTIVE and chain.sub(sub_id).credits_left == 4
    assert chain.fees() == 4 * (CREDIT + BASE) and chain.storage.commit().root != root  # a block has passed
    chain.sender.price = SENDING
    chain.balances.mint(chain.context, SOVEREIGN, 2 * ED)
    chain.issued += 2 * ED
    assert chain.pulse() == ["RandomnessDistributed", "FeesCollected"]


def test_one_that_cannot_be_sent_pauses_and_puts_nothing_into_a_till() -> None:
    chain = chain_of()
    nowhere = replace(sibling(4594), parents=42)
    chain.create(3, by=BOB, target=nowhere, sub_id=b"\1" * 32)
    chain.create(3, sub_id=b"\2" * 32)
    before = free(chain, SOVEREIGN)
    assert sorted(chain.pulse()) == ["FeesCollected", "RandomnessDistributed", "SubscriptionPaused"]
    assert free(chain, SOVEREIGN) == before + BASE - SENDING
    assert chain.fees(BOB) == 3 * (CREDIT + BASE)


def test_a_till_forgets_what_was_undone() -> None:
    """The treasury is below the existential deposit: the base fee is paid into a till, and taken out of it again."""
    chain = chain_of(treasury=0)
    chain.create(3)
    before = free(chain, SOVEREIGN)
    assert chain.pulse() == []
    assert free(chain, SOVEREIGN) == before and chain.fees() == 3 * (CREDIT + BASE)


def test_who_cannot_send_for_the_chain_cannot_have_base_fees() -> None:
    class Sends:
        send = RecordingSender.send

    with pytest.raises(LocalError, match="sender: base fees need one that can send in the name of the chain"):
        IdnManager(Balances(System()), Sends(), policy=SEED.with_base_fees(FEES))  # type: ignore[arg-type]


# -- the law ----------------------------------------------------------------------------------------------------------

PARTS = st.integers(0, 10**9)
TIMES = st.integers(0, 10**12)


@given(PARTS, st.integers(0, 100), TIMES, TIMES)
def test_execution_never_costs_more_than_the_base_fee_has_for_it(
    parts: int, instructions: int, declared: int, unused: int
) -> None:
    fees = BaseFees(parts=parts, instructions=instructions, pallet=Weight(declared))
    fee, each = fees.of(CALL), 1_000_000_000
    most = instructions * each + declared
    price = WeightPrice(parts=parts)
    if fee is None:
        assert price_of(Weight(most), parts) > MOST_BASE
        return
    # it is bought whole, so it must suffice; what comes back for weight that was not used never makes it dearer
    assert price.of(Weight(most)) <= fee.execution
    assert price.of(Weight(most)) - min(price.of(Weight(min(unused, most))), price.of(Weight(most))) <= fee.execution


@given(
    st.builds(DeliveryPrice, base=st.integers(0, 10**10), byte=st.integers(0, 10**7)),
    st.integers(0, 10**7),
    st.lists(st.tuples(st.booleans(), st.integers(0, 10**10)), min_size=1, max_size=8),
    st.integers(1, 5),
)
def test_the_sovereign_account_never_loses_here_whatever_is_asked_for_sending(
    delivery: DeliveryPrice, parts: int, asked: list[tuple[bool, int]], credits: int
) -> None:
    fees = BaseFees(delivery=delivery, parts=parts)
    fee = fees.of(CALL)
    assert fee is not None
    chain = ManagerChain(
        SEED.with_base_fees(fees), balances={ALICE: 10**18, BOB: 10**18, SOVEREIGN: 10**12}, treasury=ED
    )
    chain.create(credits, sub_id=b"\1" * 32)
    chain.create(1, by=BOB, sub_id=b"\2" * 32)
    for exact, price in asked:
        chain.sender.price = fee.sending if exact else price
        before, sent = free(chain, SOVEREIGN), len(chain.sender.calls(chain.storage))
        chain.pulse()
        sent = len(chain.sender.calls(chain.storage)) - sent
        gained = free(chain, SOVEREIGN) - before
        # all that has come in is for what the targets may take
        assert gained == sent * (fee.base - chain.sender.price) >= sent * fee.execution
        assert sent == 0 or chain.sender.price <= fee.sending
        chain.check()
        records = chain.manager.records.all(chain.storage)
        held = sum(chain.policy.held(one.credits, one.credits_left, fee.base) for one in records)
        assert held == chain.fees() + chain.fees(BOB)
