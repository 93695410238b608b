"""The dispatcher: who is served when, what each pays in which order, and what happens when something fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from beacon_chain import BeaconChain, public_key, pulse_of
from hypothesis import given
from hypothesis import strategies as st
from manager_chain import ALICE, BOB, ED, PARA, PULSE, RICH, ManagerChain, RecordingSender, params

from drandlab.idn import Pulse
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.rand_beacon.beacon_parts import ON_FINALIZE
from drandlab.idn.runtime.calls import ROOT, Call, signed
from drandlab.idn.runtime.weights import BlockLimits, DispatchClass, Weight
from drandlab.idn.subscriptions.dispatching import dispatch_weight
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.assets import AllOf, Wild, relay_asset
from drandlab.idn.xcm.instructions import BuyExecution, DepositAsset, RefundSurplus, Transact, WithdrawAsset
from drandlab.idn.xcm.locations import PARENT, Location, Parachain, account, sibling

BOTH = pytest.mark.parametrize("policy", ["seed", "deployed"])
PRICE = 2_900_000
NOWHERE = Location(42, (Parachain(PARA),))


# -- what is sent -----------------------------------------------------------------------------------------------------


@BOTH
def test_the_message_is_the_public_one(policy: str, vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")["xcm_delivery"]
    chain = ManagerChain(policy)
    sub_id = bytes.fromhex(facts["transact_call"][-64:])
    chain.create(sub_id=sub_id)
    pulse = Pulse.from_scale(bytes.fromhex(facts["transact_call"][4:-64]))
    chain.pulse(pulse)
    [(sender, dest, message)] = chain.sender.sent
    assert (sender, dest) == (ALICE, sibling(PARA))
    paid = relay_asset(10**12)
    withdraw, buy, transact, refund, deposit = message
    assert (withdraw, buy, refund) == (WithdrawAsset((paid,)), BuyExecution(paid, None), RefundSurplus())
    assert deposit == DepositAsset(Wild(AllOf(PARENT)), account(ALICE))
    assert isinstance(transact, Transact) and transact.call.hex() == facts["transact_call"]
    assert transact.fallback_max_weight is None


@BOTH
def test_a_pulse_that_the_beacon_pallet_accepts_is_given_on(policy: str) -> None:
    system = System()
    balances = Balances(system)
    sender = RecordingSender(balances)
    manager = IdnManager(balances, sender, policy=policies[policy])
    chain = BeaconChain(dispatcher=manager, more=[balances, manager])
    chain.configure(public_key())
    balances.system.account = chain.runtime.table.pallets["System"].account
    chain.builder.context.storage.put(b"unused", b"1")
    balances.mint(chain.builder.context, ALICE, RICH)
    balances.mint(chain.builder.context, manager.holdings.treasury, ED)
    created = chain.builder.run(Call("IdnManager", "create_subscription", {"params": params()}), signed(ALICE))
    assert created.error is None
    outcome = chain.run("try_submit_asig", **chain.submission(pulse_of(1000, 1001)).args)
    told = [event.name for event in outcome.events]
    order = ["RandomnessDistributed", "FeesCollected"]
    assert told == (order if policy == "seed" else order[::-1]) + ["SignatureVerificationSuccess"]
    assert sender.calls(chain.storage)[0][2:66] == pulse_of(1000, 1001).to_scale()
    assert outcome.declared.ref_time > manager.weight(chain.builder.context).ref_time > 0
    assert chain.error("set_beacon_config", ROOT, pk=public_key()) is None


# -- credits ----------------------------------------------------------------------------------------------------------


@BOTH
def test_twenty_credits_are_used_one_by_one(policy: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create(20)
    for used in range(1, 21):
        told = chain.pulse()
        assert chain.treasury == ED + used * PRICE and chain.fees() == (20 - used) * PRICE
        if used < 20:
            sub = chain.sub(sub_id)
            assert (sub.credits_left, sub.last_delivered, sub.state) == (20 - used, used, State.ACTIVE)
    assert told[-1] == "SubscriptionTerminated" and told[:2] == (
        ["RandomnessDistributed", "FeesCollected"] if policy == "seed" else ["FeesCollected", "RandomnessDistributed"]
    )
    assert chain.gone(sub_id) and len(chain.delivered) == 20
    assert (chain.fees(), chain.deposit(), chain.free()) == (0, 0, RICH - 20 * PRICE)


@pytest.mark.parametrize(("frequency", "lifetime"), [(0, 1), (0, 10), (1, 10), (3, 10), (10, 20)])
def test_a_quote_of_today_buys_more_deliveries_than_were_asked_for(
    frequency: int, lifetime: int, vectors: Callable[[str], Any]
) -> None:
    credits = policies["deployed"].credits(lifetime, frequency)
    chain = ManagerChain("deployed")
    sub_id = chain.create(credits, frequency=frequency)
    blocks = []
    for number in range(credits):
        if "RandomnessDistributed" in chain.pulse():
            blocks.append(number)
    assert chain.gone(sub_id) and chain.treasury == ED + credits * PRICE
    step = max(frequency, 1)
    assert blocks == list(range(0, credits, step)) and len(blocks) >= lifetime
    for case in vectors("idn")["credits"]["cases"]:
        if (case["frequency"], case["lifetime_pulses"]) == (frequency, lifetime):
            assert (len(blocks), blocks[:6]) == (case["actual_deliveries"], case["first_offsets"])


def test_a_quote_of_the_first_design_buys_what_was_asked_for() -> None:
    chain = ManagerChain("seed")
    sub_id = chain.create(policies["seed"].credits(10, 3), frequency=3)
    told = chain.pulses(40)
    served = [number for number, names in enumerate(told) if "RandomnessDistributed" in names]
    assert served == list(range(0, 30, 3)) and chain.gone(sub_id)
    assert chain.treasury == ED + 10 * PRICE


@pytest.mark.parametrize("frequency", [2, 3, 5])
def test_idle_blocks_are_free_in_the_first_design_and_cost_a_credit_today(frequency: int) -> None:
    for policy, left in (("seed", 9), ("deployed", 10 - frequency)):
        chain = ManagerChain(policy)
        sub_id = chain.create(10, frequency=frequency)
        chain.pulses(frequency)
        assert chain.sub(sub_id).credits_left == left
        assert chain.fees() == left * PRICE and chain.treasury == ED + (10 - left) * PRICE


@BOTH
def test_blocks_without_a_pulse_cost_nothing(policy: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create(2)
    before = chain.sub(sub_id)
    assert [chain.next_block() for _ in range(10)] == [[]] * 10
    assert chain.sub(sub_id) == before and chain.treasury == ED


@BOTH
def test_the_frequency_counts_blocks_with_and_without_pulses(policy: str) -> None:
    chain = ManagerChain(policy)
    chain.create(100, frequency=3)
    served = []
    for number in range(1, 13):
        if number % 4 == 0:
            chain.next_block()
        elif "RandomnessDistributed" in chain.pulse():
            served.append(number)
    assert served == [1, 5, 9]


# -- paused and finalized ---------------------------------------------------------------------------------------------


@BOTH
def test_a_paused_subscription_is_not_served(policy: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create(3)
    chain.run("pause_subscription", signed(ALICE), sub_id=sub_id)
    chain.pulses(2)
    left = {"seed": 3, "deployed": 1}[policy]
    assert chain.delivered == [] and chain.sub(sub_id).credits_left == left
    assert chain.treasury == ED + (3 - left) * PRICE and chain.sub(sub_id).state is State.PAUSED
    told = chain.pulse()
    assert chain.gone(sub_id) == (policy == "deployed")
    assert told == {"seed": [], "deployed": ["FeesCollected", "SubscriptionTerminated"]}[policy]


def test_the_end_of_a_block_takes_so_many_out_and_no_more() -> None:
    chain = ManagerChain("deployed", limits=ManagerLimits(max_terminations=2))
    ids = [chain.create(1, sub_id=bytes([number]) * 32) for number in range(5)]
    told = chain.pulse()
    assert told.count("RandomnessDistributed") == 5 and told[-2:] == ["SubscriptionTerminated"] * 2
    assert sum(chain.gone(one) for one in ids) == 2
    assert chain.next_block() == ["SubscriptionTerminated"] * 2
    told = chain.pulse()
    assert told == ["FeesCollected", "SubscriptionTerminated"] and chain.treasury == ED + 5 * PRICE
    assert all(chain.gone(one) for one in ids) and chain.deposit() == 0


def test_the_first_design_ends_all_of_them_in_the_same_block() -> None:
    chain = ManagerChain("seed", limits=ManagerLimits(max_terminations=2))
    ids = [chain.create(1, sub_id=bytes([number]) * 32) for number in range(5)]
    assert chain.pulse().count("SubscriptionTerminated") == 5
    assert all(chain.gone(one) for one in ids) and chain.free() == RICH - 5 * PRICE


# -- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "left", "paid"), [("seed", 10, 0), ("deployed", 9, 1)])
def test_a_target_that_cannot_be_reached_pauses(policy: str, left: int, paid: int) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create(10, target=NOWHERE)
    told = chain.pulse()
    assert told == ["FeesCollected"] * paid + ["SubscriptionPaused"]
    sub = chain.sub(sub_id)
    assert (sub.state, sub.credits_left) == (State.PAUSED, left)
    assert sub.last_delivered == (None if policy == "seed" else 1)
    assert chain.treasury == ED + paid * PRICE and chain.fees() == left * PRICE


@pytest.mark.parametrize(("policy", "kept"), [("seed", True), ("deployed", False)])
def test_a_price_that_cannot_be_paid_pauses(policy: str, kept: bool) -> None:
    price = 30_012_000_000
    chain = ManagerChain(policy, balances={ALICE: ED + price + 10 * PRICE + 10_400}, price=price)
    sub_id = chain.create(10)
    assert "RandomnessDistributed" in chain.pulse()
    assert chain.free() == ED
    assert chain.pulse()[-1] == "SubscriptionPaused"
    assert chain.sub(sub_id).credits_left == (9 if kept else 8)
    assert chain.fees() == (9 if kept else 8) * PRICE


@pytest.mark.parametrize("policy", ["seed", "deployed"])
def test_one_failure_leaves_the_others_alone(policy: str) -> None:
    chain = ManagerChain(policy)
    good = [chain.create(10, sub_id=bytes([number]) * 32) for number in (1, 3, 5)]
    bad = [chain.create(10, sub_id=bytes([number]) * 32, by=BOB) for number in (0, 2, 4)]
    chain.sender.fails = lambda sender: sender == BOB
    chain.pulse()
    assert sorted(chain.delivered) == good
    assert [chain.sub(one).state for one in bad] == [State.PAUSED] * 3
    assert [chain.sub(one).credits_left for one in good] == [9] * 3


def test_a_hold_that_is_emptied_pauses_and_the_part_is_gone() -> None:
    chain = ManagerChain("deployed")
    sub_id = chain.create(10)
    chain.update(sub_id, credits=0)
    assert chain.fees() == 0 and chain.sub(sub_id).credits_left == 10
    assert chain.pulse() == ["SubscriptionPaused"]
    assert (chain.sub(sub_id).state, chain.sub(sub_id).credits_left) == (State.PAUSED, 10)
    assert chain.error("kill_subscription", signed(ALICE), sub_id=sub_id) == "FundsUnavailable"
    chain.pulses(2)
    assert chain.sub(sub_id).credits_left == 8 and chain.treasury == ED
    part = ManagerChain("deployed")
    sub_id = part.create(1)
    part.balances.release(
        part.context, part.manager.records.holdings.balances.holds.get(part.storage, ALICE)[0].purpose, ALICE, 100
    )
    assert part.pulse() == ["SubscriptionPaused"]
    assert part.fees() == 0 and part.treasury == ED + PRICE - 100


def test_a_treasury_that_does_not_exist_pauses_who_is_due_and_takes_the_credit_of_the_idle() -> None:
    chain = ManagerChain("deployed", treasury=0)
    due, idle = chain.create(10), chain.create(10, frequency=9)
    chain.run("pause_subscription", signed(ALICE), sub_id=idle)
    assert chain.pulse() == ["SubscriptionPaused"]
    assert (chain.sub(due).state, chain.sub(due).credits_left) == (State.PAUSED, 10)
    assert chain.sub(idle).credits_left == 9 and chain.fees() == 20 * PRICE and chain.treasury == 0
    rich = ManagerChain("deployed", treasury=0)
    rich.create(10_000, frequency=0, target=sibling(PARA))
    assert rich.pulse() == ["SubscriptionPaused"]


def test_in_the_first_design_deliveries_wait_for_the_treasury() -> None:
    chain = ManagerChain("seed", treasury=0)
    sub_id = chain.create(10)
    before = chain.sub(sub_id)
    assert chain.pulse() == [] and chain.sub(sub_id) == before and chain.delivered == []
    chain.balances.mint(chain.context, chain.manager.holdings.treasury, ED)
    chain.issued += ED
    assert chain.pulse() == ["RandomnessDistributed", "FeesCollected"]


# -- filters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "served"),
    [(None, True), ((), False), ((999, 1002), False), ((1000,), True), ((5, 1001), True), ((2**64 - 1,), False)],
)
def test_a_filter_lets_through_what_it_names(wanted: tuple[int, ...] | None, served: bool) -> None:
    chain = ManagerChain("seed")
    sub_id = chain.create(10, pulse_filter=wanted)
    assert chain.pulse(PULSE) == ["RandomnessDistributed", "FeesCollected"] * served
    assert chain.sub(sub_id).credits_left == 10 - served
    assert chain.sub(sub_id).last_delivered == (1 if served else None)


# -- the last delivery ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frequency", [2**32 - 1, 2**32 - 2])
def test_a_frequency_near_the_end_of_its_range(frequency: int) -> None:
    for policy, served in (("seed", 1), ("deployed", 3)):
        chain = ManagerChain(policy)
        chain.create(10, frequency=frequency)
        chain.next_block() if frequency == 2**32 - 2 else None
        chain.pulse()
        chain.pulses(2)
        assert len(chain.delivered) == served or frequency == 2**32 - 2


def test_a_failure_with_the_last_credit_buys_a_delivery_today() -> None:
    for name, extra in (("deployed", 1), ("mended", 0)):
        policy = policies["deployed"] if name == "deployed" else policies["deployed"].without("free-delivery")
        chain = ManagerChain(policy)
        sub_id = chain.create(1)
        chain.sender.fails = lambda sender: True
        chain.pulse()
        chain.sender.fails = lambda sender: False
        assert (chain.sub(sub_id).state, chain.sub(sub_id).credits_left) == (State.PAUSED, 0)
        chain.run("reactivate_subscription", signed(ALICE), sub_id=sub_id)
        chain.pulse()
        assert len(chain.delivered) == extra and chain.gone(sub_id) and chain.treasury == ED + PRICE


# -- weight -----------------------------------------------------------------------------------------------------------


def test_the_weight_is_that_of_the_real_pallet() -> None:
    assert dispatch_weight(0) == Weight(185_079_000, 4482)
    each = dispatch_weight(1).ref_time - dispatch_weight(0).ref_time
    assert (each, dispatch_weight(1).proof_size) == (136_005_680 + 375_000_000, 4482 + 3492)
    assert dispatch_weight(2000).proof_size == 4482 + 2000 * 3492
    assert dispatch_weight(2000, 10).ref_time < dispatch_weight(2000).ref_time // 10


def test_beyond_1882_subscriptions_a_pulse_no_longer_fits() -> None:
    """With the extrinsic's own proof and that of the end of a block."""
    limits, submission, end = BlockLimits(), 3_201_489, 702_882 + ON_FINALIZE.proof_size

    def fits(count: int) -> bool:
        return submission + dispatch_weight(count).proof_size + end <= limits.block.proof_size

    def enters(count: int) -> bool:
        single = limits.single(DispatchClass.OPERATIONAL)
        assert single is not None
        return submission + dispatch_weight(count).proof_size <= single.proof_size

    assert [max(filter(rule, range(1700, 2000))) for rule in (fits, enters)] == [1882, 1934]


def test_the_weight_of_terminations() -> None:
    full = Weight(22_820_433_000, 702_882).ref_time + 602 * 25_000_000 + 601 * 100_000_000
    for policy, weighed in (
        (policies["deployed"], full),
        (policies["deployed"].without("full-weight"), 0),
        (policies["seed"], 0),
    ):
        chain = ManagerChain(policy, limits=ManagerLimits(max_terminations=200))
        assert chain.manager.on_initialize(chain.context).ref_time == weighed
    chain = ManagerChain(policies["deployed"].without("full-weight"), limits=ManagerLimits(max_terminations=2))
    for number in range(3):
        chain.create(1, sub_id=bytes([number]) * 32)
    chain.pulse()
    assert chain.manager.on_initialize(chain.context).ref_time == full // 2


# -- laws -------------------------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.sampled_from(["pulse", "block", "pause", "go on", "fail", "works", "more", "less", "kill", "create", "note"]),
    max_size=25,
)


@pytest.mark.parametrize("policy", ["seed", "deployed"])
@given(acts=ACTS, frequency=st.integers(0, 4), credits=st.integers(1, 6))
def test_credits_and_tokens_are_conserved(policy: str, acts: list[str], frequency: int, credits: int) -> None:
    chain = ManagerChain(policy)
    sub_ids = [chain.create(credits, frequency=frequency)]
    for act in acts:
        alive = [one for one in sub_ids if not chain.gone(one)]
        one = alive[0] if alive else sub_ids[0]
        if act == "pulse":
            chain.pulse()
        elif act == "block":
            chain.next_block()
        elif act in ("fail", "works"):
            failing = act == "fail"
            chain.sender.fails = lambda sender, failing=failing: failing  # type: ignore[misc]
        elif act == "create":
            sub_ids.append(chain.create(credits + 1, sub_id=bytes([len(sub_ids)]) * 32, frequency=frequency))
        else:
            name, more = {
                "pause": ("pause_subscription", None),
                "go on": ("reactivate_subscription", None),
                "kill": ("kill_subscription", None),
                "more": ("update_subscription", {"credits": credits + 3}),
                "less": ("update_subscription", {"credits": max(credits - 1, 1)}),
                "note": ("update_subscription", {"metadata": (b"a" * credits,)}),
            }[act]
            chain.try_call(name, one, more)
        chain.check()
        law(chain, policy)


def law(chain: ManagerChain, policy: str) -> None:
    """What is held for an account is what its records say; a subscription is Active or Paused, with a credit left."""
    records = chain.manager.records.all(chain.storage)
    assert chain.manager.sub_counter.get(chain.storage) == len(records)
    if policy == "seed":
        assert chain.fees() == sum(chain.policy.held(sub.credits, sub.credits_left) for sub in records)
        assert chain.deposit() == sum(chain.manager.holdings.deposit(sub) for sub in records)
        assert all(sub.state in (State.ACTIVE, State.PAUSED) and 0 < sub.credits_left <= sub.credits for sub in records)
