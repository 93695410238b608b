"""The calls of the manager: what each checks, in which order, and what it leaves behind, under both policies."""

from __future__ import annotations

from typing import Any

import pytest
from manager_chain import ALICE, BOB, CALL, ED, PARA, RICH, ManagerChain, by_xcm, params, xcm

from drandlab.errors import LocalError
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin, signed
from drandlab.idn.subscriptions.call_params import QuoteRequest, QuoteSubParams, SubInfoRequest, UpdateSubParams
from drandlab.idn.subscriptions.holdings import DEPOSIT
from drandlab.idn.subscriptions.idn_manager import chain_of, is_sibling
from drandlab.idn.subscriptions.manager_limits import MOCK_LIMITS, ManagerLimits
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.instructions import OriginKind, Transact
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm.locations import AccountId32, Location, PalletInstance, Parachain, sibling
from drandlab.wire.scale import Variant

BOTH = pytest.mark.parametrize("policy", ["seed", "deployed"])
A, Z = b"\x0a" * 32, b"\xff" * 32
PRICE = 2_900_000
KUSAMA = Variant("Kusama")


def with_id(name: str, sub_id: bytes) -> tuple[str, dict[str, Any]]:
    """A call about one subscription, with its arguments."""
    if name == "update_subscription":
        return name, {"params": UpdateSubParams(sub_id=sub_id, frequency=7)}
    return name, {"sub_id": sub_id}


def one_converter(location: Location) -> bytes | None:
    """The account of an origin by one of the bridge's converters alone, which knows no accounts of another network."""
    path = location.interior
    return None if len(path) == 2 and getattr(path[1], "network", None) == KUSAMA else location_account(location)


OPERATIONS = ("pause_subscription", "kill_subscription", "update_subscription", "reactivate_subscription")

# -- to create --------------------------------------------------------------------------------------------------------


@BOTH
def test_a_subscription_is_created(policy: str) -> None:
    chain = ManagerChain(policy)
    events = chain.run("create_subscription", signed(ALICE), params=params(10, frequency=3, metadata=b"hello"))
    assert chain.names(events) == ["SubscriptionCreated"]
    sub_id = events[-1].fields["sub_id"]
    sub = chain.sub(sub_id)
    assert (sub.id, sub.subscriber, sub.details.target, sub.details.call) == (sub_id, ALICE, sibling(PARA), CALL)
    assert (sub.credits, sub.credits_left, sub.frequency, sub.metadata) == (10, 10, 3, b"hello")
    assert (sub.state, sub.created_at, sub.updated_at, sub.last_delivered) == (State.ACTIVE, 1, 1, None)
    assert chain.fees() == 10 * PRICE and chain.deposit() == 100 * (104 + 1 + 5)
    assert chain.free() == RICH - chain.fees() - chain.deposit()
    assert chain.manager.sub_counter.get(chain.storage) == 1


@BOTH
def test_the_id_may_be_chosen_and_the_kind_of_origin_too(policy: str) -> None:
    chain = ManagerChain(policy)
    for kind in OriginKind:
        chosen = bytes([kind.value + 1]) * 32
        assert chain.create(sub_id=chosen, origin_kind=kind, frequency=0) == chosen
        assert chain.sub(chosen).details.origin_kind is kind


@BOTH
@pytest.mark.parametrize(
    ("origin", "subscriber"),
    [
        (signed(BOB), BOB),
        (by_xcm(BOB), BOB),
        (xcm(Parachain(PARA)), b"sibl" + PARA.to_bytes(4, "little") + bytes(24)),
    ],
)
def test_accounts_here_there_and_other_chains_subscribe(policy: str, origin: Origin, subscriber: bytes) -> None:
    chain = ManagerChain(policy, balances={subscriber: RICH})
    assert chain.sub(chain.create(origin=origin)).subscriber == subscriber
    assert chain.fees(subscriber) == 10 * PRICE


def test_an_account_of_another_network_is_one_of_its_own() -> None:
    there = Location(1, (Parachain(PARA), AccountId32(KUSAMA, BOB)))
    hashed = location_account(there)
    assert hashed is not None and hashed != BOB
    chain = ManagerChain(balances={hashed: RICH})
    assert chain.sub(chain.create(origin=xcm(*there.interior))).subscriber == hashed


@BOTH
def test_the_checks_of_a_new_subscription_come_in_their_order(policy: str) -> None:
    limits = ManagerLimits(max_subscriptions=1)
    chain = ManagerChain(policy, limits=limits, balances={ALICE: RICH, BOB: ED + 5}, account_of=one_converter)

    def error(origin: Origin, **more: Any) -> str | None:
        return chain.error("create_subscription", origin, params=params(**more))

    assert error(NONE, credits=0) == error(ROOT) == error(xcm(parents=0)) == "BadOrigin"
    assert error(xcm(Parachain(PARA), AccountId32(KUSAMA, BOB)), credits=0) == "InvalidSubscriber"
    assert error(signed(BOB)) == "FundsUnavailable"
    first = chain.create(sub_id=A)
    assert error(signed(BOB), credits=0, sub_id=A) == "InvalidParams"
    assert error(signed(BOB), sub_id=A) == "TooManySubscriptions"
    chain.run("kill_subscription", signed(ALICE), sub_id=first)
    chain.create(sub_id=A)
    chain.manager.limits = chain.manager.records.limits = ManagerLimits()
    assert error(signed(BOB), sub_id=A) == "SubscriptionAlreadyExists"


@BOTH
def test_fees_and_deposit_leave_the_existential_deposit(policy: str) -> None:
    fees, deposit = 10 * PRICE, 10_400
    for short in (0, 1):
        chain = ManagerChain(policy, balances={ALICE: ED + fees + deposit - short})
        found = chain.error("create_subscription", signed(ALICE), params=params(10))
        assert found == (None if short == 0 else "FundsUnavailable")


@BOTH
def test_the_same_question_in_one_block_has_the_same_id(policy: str) -> None:
    chain = ManagerChain(policy)
    first = chain.create()
    assert chain.error("create_subscription", signed(ALICE), params=params()) == "SubscriptionAlreadyExists"
    assert chain.create(by=BOB) != first
    chain.next_block()
    assert chain.create() != first


def test_only_the_first_design_knows_filters() -> None:
    chain = ManagerChain("deployed")
    assert chain.error("create_subscription", signed(ALICE), params=params(pulse_filter=(1,))) == "InvalidParams"
    chain = ManagerChain("seed")
    for length, error in ((101, "InvalidParams"), (100, None), (0, None)):
        wanted = params(pulse_filter=tuple(range(length)), sub_id=bytes([length]) * 32)
        assert chain.error("create_subscription", signed(ALICE), params=wanted) == error
    assert chain.deposit() == 2 * 10_400 + 100 * (2 + 800 + 1)


# -- to pause, to go on, to end ---------------------------------------------------------------------------------------


@BOTH
def test_pausing_and_going_on_changes_no_balance(policy: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create()
    chain.next_block()
    before, money = chain.sub(sub_id), (chain.free(), chain.fees(), chain.deposit())
    assert chain.error("reactivate_subscription", signed(ALICE), sub_id=sub_id) == "SubscriptionInvalidTransition"
    assert chain.names(chain.run("pause_subscription", by_xcm(ALICE), sub_id=sub_id)) == ["SubscriptionPaused"]
    assert chain.sub(sub_id).state is State.PAUSED and chain.sub(sub_id).updated_at == before.updated_at
    assert chain.error("pause_subscription", signed(ALICE), sub_id=sub_id) == "SubscriptionInvalidTransition"
    told = chain.names(chain.run("reactivate_subscription", signed(ALICE), sub_id=sub_id))
    assert told == ["SubscriptionReactivated"]
    assert chain.sub(sub_id) == before and (chain.free(), chain.fees(), chain.deposit()) == money


@BOTH
@pytest.mark.parametrize("state", ["active", "paused"])
def test_the_end_gives_everything_back(policy: str, state: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create()
    if state == "paused":
        chain.run("pause_subscription", signed(ALICE), sub_id=sub_id)
    assert chain.names(chain.run("kill_subscription", signed(ALICE), sub_id=sub_id)) == ["SubscriptionTerminated"]
    assert chain.gone(sub_id) and chain.manager.sub_counter.get(chain.storage) == 0
    assert (chain.free(), chain.fees(), chain.deposit()) == (RICH, 0, 0)


@BOTH
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_checks_of_an_operation_come_in_their_order(policy: str, name: str) -> None:
    chain = ManagerChain(policy, account_of=one_converter)
    sub_id = chain.create()
    for origin in (NONE, ROOT, xcm(), xcm(Parachain(PARA), PalletInstance(1)), xcm(Parachain(PARA), parents=2)):
        name, arguments = with_id(name, Z)
        assert chain.error(name, origin, **arguments) == "BadOrigin"
    stranger = xcm(Parachain(PARA), AccountId32(KUSAMA, ALICE))
    assert chain.error(name, stranger, **arguments) == "InvalidSubscriber"
    assert chain.error(name, signed(BOB), **arguments) == "SubscriptionDoesNotExist"
    name, arguments = with_id(name, sub_id)
    assert chain.error(name, signed(BOB), **arguments) == "NotSubscriber"
    assert chain.error(name, xcm(Parachain(PARA)), **arguments) == "NotSubscriber"


# -- to change --------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "frequency"), [(10, 20, 3), (20, 10, 3), (100, 9_999_999, 1), (9_999_999, 100, 1), (7, 7, 9)]
)
def test_an_update_holds_or_releases_the_difference(policy: str, old: int, new: int, frequency: int) -> None:
    price = policies[policy].fee
    chain = ManagerChain(policy, balances={ALICE: 10**14})
    sub_id = chain.create(old, frequency=2)
    chain.next_block()
    chain.update(sub_id, credits=new, frequency=frequency)
    sub = chain.sub(sub_id)
    assert (sub.credits, sub.frequency, sub.created_at, sub.updated_at) == (new, frequency, 1, 2)
    assert chain.fees() == price(new) and chain.free() == 10**14 - price(new) - chain.deposit()
    assert sub.credits_left == (new if policy == "seed" else old)


@BOTH
def test_an_update_of_nothing_changes_the_date_alone(policy: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create(metadata=b"abc")
    chain.next_block()
    before = chain.sub(sub_id)
    told = chain.run("update_subscription", signed(ALICE), params=UpdateSubParams(sub_id=sub_id))
    assert chain.names(told) == ["SubscriptionUpdated"]
    after = chain.sub(sub_id)
    assert (after.updated_at, after.metadata, after.credits) == (2, before.metadata, before.credits)


@BOTH
def test_an_update_that_cannot_be_held_changes_nothing(policy: str) -> None:
    chain = ManagerChain(policy, balances={ALICE: ED + 15 * PRICE})
    sub_id = chain.create(10)
    wanted = UpdateSubParams(sub_id=sub_id, credits=100, metadata=(b"x",))
    assert chain.error("update_subscription", signed(ALICE), params=wanted) == "FundsUnavailable"


def test_the_deposit_follows_the_length_of_the_record_in_the_first_design() -> None:
    chain = ManagerChain("seed")
    sub_id = chain.create()
    for metadata, length in ((b"12345678", 113), (b"", 105), (None, 104)):
        chain.update(sub_id, metadata=(metadata,))
        assert chain.sub(sub_id).metadata == metadata and chain.deposit() == 100 * length
    chain.update(sub_id, pulse_filter=((5, 6),))
    assert chain.deposit() == 100 * (104 + 17)
    chain.update(sub_id, pulse_filter=(None,))
    assert chain.deposit() == 10_400 and chain.sub(sub_id).pulse_filter is None
    wanted = UpdateSubParams(sub_id=sub_id, pulse_filter=(tuple(range(101)),))
    assert chain.error("update_subscription", signed(ALICE), params=wanted) == "InvalidParams"


def test_today_metadata_grow_for_nothing() -> None:
    chain = ManagerChain("deployed")
    sub_id = chain.create()
    chain.update(sub_id, metadata=(b"12345678",))
    assert chain.deposit() == 10_400
    wanted = UpdateSubParams(sub_id=sub_id, pulse_filter=((1,),))
    assert chain.error("update_subscription", signed(ALICE), params=wanted) == "InvalidParams"


def test_used_credits_cannot_be_taken_back_in_the_first_design() -> None:
    chain = ManagerChain("seed")
    sub_id = chain.create(10)
    chain.pulses(4)
    for credits, error in ((3, "InvalidParams"), (4, "InvalidParams"), (0, "InvalidParams"), (5, None)):
        wanted = UpdateSubParams(sub_id=sub_id, credits=credits)
        assert chain.error("update_subscription", signed(ALICE), params=wanted) == error
    assert chain.sub(sub_id).credits_left == 1 and chain.fees() == PRICE


def test_a_finalized_subscription_can_only_be_ended() -> None:
    chain = ManagerChain("deployed", limits=ManagerLimits(max_terminations=0))
    sub_id = chain.create(1)
    chain.pulse()
    assert chain.sub(sub_id).state is State.FINALIZED
    for name in OPERATIONS[:1] + OPERATIONS[3:]:
        assert chain.error(name, signed(ALICE), sub_id=sub_id) == "SubscriptionInvalidTransition"
    name, arguments = with_id("update_subscription", sub_id)
    assert chain.error(name, signed(ALICE), **arguments) == "SubscriptionNotUpdatable"
    chain.run("kill_subscription", signed(ALICE), sub_id=sub_id)
    assert chain.gone(sub_id)


# -- requests ---------------------------------------------------------------------------------------------------------


def asked(lifetime: int = 100, frequency: int = 100, **more: Any) -> QuoteSubParams:
    request = QuoteRequest(
        req_ref=A, create_sub_params=params(0, frequency=frequency, **more), lifetime_pulses=lifetime
    )
    return QuoteSubParams(quote_request=request, call=bytes.fromhex("2801"))


@BOTH
def test_a_quote_is_sent_to_the_chain_that_asked(policy: str) -> None:
    chain = ManagerChain(policy)
    told = chain.run("quote_subscription", by_xcm(ALICE), params=asked())
    quote = told[-1].fields["quote"]
    fees = {"deployed": 29_275_500_000, "seed": 100 * PRICE}[policy]
    assert told[-1].name == "SubQuoted" and (quote.req_ref, quote.fees, quote.deposit) == (A, fees, 10_400)
    assert told[-1].fields["requester"] == Location(1, (Parachain(PARA), AccountId32(None, ALICE)))
    [(sender, dest, message)] = chain.sender.sent
    assert (sender, dest) == (ALICE, sibling(PARA))
    [call] = [step.call for step in message if isinstance(step, Transact)]
    answer = A + fees.to_bytes(16, "little") + (10_400).to_bytes(16, "little")
    assert call == bytes.fromhex("2801") + answer


def test_the_quote_of_the_real_pallets_tests() -> None:
    chain = ManagerChain("deployed", limits=MOCK_LIMITS)
    wanted = asked(10, 10, target=Location(1, (PalletInstance(1),)), call=bytes(8))
    told = chain.run("quote_subscription", by_xcm(ALICE), params=wanted)
    assert told[-1].fields["quote"].deposit == 1210
    assert told[-1].fields["quote"].fees == policies["deployed"].fee(110)


@BOTH
def test_a_record_is_sent_to_its_subscriber(policy: str) -> None:
    chain = ManagerChain(policy)
    sub_id = chain.create()
    req = SubInfoRequest(req_ref=A, sub_id=sub_id, call=bytes.fromhex("2802"), origin_kind=OriginKind.Native)
    told = chain.run("get_subscription_info", by_xcm(ALICE), req=req)
    assert told[-1].name == "SubscriptionDistributed" and told[-1].fields == {"sub_id": sub_id}
    [(_, dest, message)] = chain.sender.sent
    [step] = [step for step in message if isinstance(step, Transact)]
    record = chain.manager.codecs.record.encode(chain.sub(sub_id))
    assert dest == sibling(PARA) and step.origin_kind is OriginKind.Native
    assert step.call == bytes.fromhex("2802") + A + record


@BOTH
def test_the_checks_of_requests_come_in_their_order(policy: str) -> None:
    chain = ManagerChain(policy, account_of=one_converter)
    sub_id = chain.create()
    info = SubInfoRequest(req_ref=A, sub_id=Z, call=b"")
    for origin in (signed(ALICE), NONE, ROOT, xcm(), xcm(PalletInstance(1))):
        assert chain.error("quote_subscription", origin, params=asked()) == "BadOrigin"
        assert chain.error("get_subscription_info", origin, req=info) == "BadOrigin"
    stranger = xcm(Parachain(PARA), AccountId32(KUSAMA, ALICE))
    assert chain.error("quote_subscription", stranger, params=asked()) == "InvalidSubscriber"
    assert chain.error("get_subscription_info", stranger, req=info) == "InvalidSubscriber"
    assert chain.error("get_subscription_info", by_xcm(ALICE), req=info) == "SubscriptionDoesNotExist"
    mine = SubInfoRequest(req_ref=A, sub_id=sub_id, call=b"")
    others = chain.error("get_subscription_info", by_xcm(BOB), req=mine)
    assert others == {"seed": "NotSubscriber", "deployed": None}[policy]
    chain.sender.fails = lambda account: True
    assert chain.error("quote_subscription", by_xcm(ALICE), params=asked()) == "Unreachable"
    assert chain.error("get_subscription_info", by_xcm(ALICE), req=mine) == "Unreachable"


# -- what others ask --------------------------------------------------------------------------------------------------


@BOTH
def test_subscriptions_are_found(policy: str) -> None:
    chain = ManagerChain(policy)
    ids = [chain.create(sub_id=bytes([number]) * 32, by=ALICE if number < 3 else BOB) for number in range(5)]
    manager, storage = chain.manager, chain.storage
    assert {sub.id for sub in manager.get_subscriptions_for_subscriber(storage, ALICE)} == set(ids[:3])
    assert {sub.id for sub in manager.get_subscriptions_for_subscriber(storage, BOB)} == set(ids[3:])
    assert manager.get_subscriptions_for_subscriber(storage, Z) == []
    assert manager.get_subscription(storage, Z) is None and manager.get_subscription(storage, ids[0]) is not None
    assert manager.calculate_subscription_fees(10_001) == 29_002_755_000
    assert (manager.queries(storage).now, manager.queries(storage).most) == (5, 2000)


def test_the_chain_of_a_location() -> None:
    account = AccountId32(None, ALICE)
    assert (
        chain_of(Location(1, (Parachain(PARA),))) == chain_of(Location(1, (Parachain(PARA), account))) == sibling(PARA)
    )
    for wrong in (Location(), Location(2, (Parachain(PARA),)), Location(1, (account,)), Location(1)):
        with pytest.raises(LocalError, match="location: expected a place in a sibling chain"):
            chain_of(wrong)
        assert not is_sibling(wrong)
    assert not is_sibling(Location(1, (Parachain(PARA), PalletInstance(40))))
    assert not is_sibling(Location(1, (Parachain(PARA), account, account)))


# -- money ------------------------------------------------------------------------------------------------------------


def test_holds_of_several_subscriptions_are_one_pool() -> None:
    chain = ManagerChain("deployed")
    first, second = chain.create(10), chain.create(20, frequency=5)
    assert chain.fees() == 30 * PRICE and chain.deposit() == 2 * 10_400
    assert chain.balances.holds.get(chain.storage, ALICE)[1].purpose == DEPOSIT
    chain.run("kill_subscription", signed(ALICE), sub_id=first)
    assert chain.fees() == 20 * PRICE and chain.deposit() == 10_400
    assert not chain.gone(second)


@BOTH
def test_the_calls_are_part_of_blocks_that_others_execute(policy: str) -> None:
    chain = ManagerChain(policy)
    call = Call("IdnManager", "create_subscription", {"params": params()})
    built = chain.runtime.propose(chain.head, None, agenda=[(call, signed(ALICE))])
    executed = chain.runtime.execute(chain.head, built.block, agenda=[(call, signed(ALICE))])
    assert executed.head.state.root == built.state.root
    assert "SubscriptionCreated" in [event.name for event in executed.events]
