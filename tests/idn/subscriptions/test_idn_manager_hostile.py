"""Any call by anybody with any arguments: a named error or an allowed change, and tokens are conserved."""

from __future__ import annotations

import random
from typing import Any

import pytest
from manager_chain import ALICE, BOB, CHARLIE, ED, PARA, ManagerChain, by_xcm, xcm

from drandlab.errors import DrandlabError
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin, signed
from drandlab.idn.runtime.failures import ARITHMETIC_ERRORS, TOKEN_ERRORS
from drandlab.idn.subscriptions.call_params import (
    CreateSubParams,
    QuoteRequest,
    QuoteSubParams,
    SubInfoRequest,
    UpdateSubParams,
)
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import AccountId32, Location, PalletInstance, Parachain, sibling
from drandlab.wire.scale import Variant

NAMED = {*IdnManager.errors, *TOKEN_ERRORS, *ARITHMETIC_ERRORS, "BadOrigin", "Unreachable", "FeesNotMet"}
IDS = [bytes([number]) * 32 for number in range(5)]
NUMBERS = [0, 1, 2, 3, 10, 10_000, 10_001, 2**31, 2**32 - 1]
LARGE = [*NUMBERS, 2**32, 2**63, 90_870_660_462, 2**64 - 1]
TARGETS = [sibling(PARA), Location(42, (Parachain(1),)), Location(), Location(1, (PalletInstance(1),) * 8)]
ORIGINS: list[Origin] = [
    NONE, ROOT, signed(ALICE), signed(BOB), signed(b"\xee" * 32), by_xcm(ALICE), by_xcm(CHARLIE, 1), xcm(),
    xcm(Parachain(PARA)), xcm(Parachain(PARA), parents=2), xcm(Parachain(1), PalletInstance(3)),
    xcm(Parachain(2), AccountId32(Variant("Kusama"), ALICE)), Origin("xcm", None, Location(0, ())),
]  # fmt: skip


def drawn_call(rng: random.Random) -> Call:
    """A call with arguments that are well formed, and in every other way drawn."""

    def maybe(value: Any) -> Any:
        return rng.choice([None, value])

    def rounds() -> tuple[int, ...]:
        return tuple(rng.choice(LARGE) for _ in range(rng.choice([0, 1, 3, 100, 101])))

    create = CreateSubParams(
        credits=rng.choice(LARGE),
        target=rng.choice(TARGETS),
        call=rng.randbytes(rng.choice([0, 2, 256])),
        origin_kind=rng.choice(list(OriginKind)),
        frequency=rng.choice(NUMBERS),
        metadata=maybe(rng.randbytes(rng.choice([0, 8]))),
        sub_id=maybe(rng.choice(IDS)),
        pulse_filter=rounds() if rng.random() < 0.2 else None,
    )
    update = UpdateSubParams(
        sub_id=rng.choice(IDS),
        credits=maybe(rng.choice(LARGE)),
        frequency=maybe(rng.choice(NUMBERS)),
        metadata=maybe((maybe(b"12345678"),)),
        pulse_filter=(maybe(rounds()),) if rng.random() < 0.2 else None,
    )
    request = QuoteRequest(req_ref=rng.randbytes(32), create_sub_params=create, lifetime_pulses=rng.choice(NUMBERS))
    quote = QuoteSubParams(quote_request=request, call=rng.randbytes(2))
    info = SubInfoRequest(req_ref=rng.randbytes(32), sub_id=rng.choice(IDS), call=b"")
    name, arguments = rng.choice(
        [
            *[("create_subscription", {"params": create})] * 2,
            *[("update_subscription", {"params": update})] * 2,
            ("quote_subscription", {"params": quote}),
            ("get_subscription_info", {"req": info}),
            *[(f"{verb}_subscription", {"sub_id": rng.choice(IDS)}) for verb in ("pause", "kill", "reactivate")],
        ]
    )
    return Call("IdnManager", name, arguments)


def run_hostile(chain: ManagerChain, calls: int, seed: int) -> dict[str, int]:
    """Dispatch so many drawn calls, pulses and empty blocks between them; return how often each error came."""
    rng, found = random.Random(seed), dict[str, int]()
    for _ in range(calls):
        call, origin = drawn_call(rng), rng.choice(ORIGINS)
        before, events = chain.storage.changes.copy(), len(chain.context.events)
        error = chain.builder.run(call, origin).error
        name = "none" if error is None else error.name
        found[name] = found.get(name, 0) + 1
        if error is not None:
            assert name in NAMED, name
            assert len(chain.context.events) == events
            assert all(before.get(key) == value for key, value in chain.storage.changes.items())
        step = rng.random()
        if step < 0.05:
            chain.sender.fails = rng.choice([lambda account: False, lambda account: account == ALICE])
        elif step < 0.15:
            chain.pulse()
        elif step < 0.2:
            chain.next_block()
    chain.next_block()
    return found


@pytest.mark.parametrize("price", [0, 30_012_000_000])
@pytest.mark.parametrize("policy", ["seed", "deployed"])
def test_hostile_calls_end_with_a_named_error_or_are_allowed(policy: str, price: int) -> None:
    found = run_hostile(ManagerChain(policy, price=price), 1500, seed=5)
    wanted = {"none", "BadOrigin", "SubscriptionDoesNotExist", "NotSubscriber", "InvalidParams", "FundsUnavailable"}
    assert wanted <= found.keys()


@pytest.mark.parametrize("policy", ["seed", "deployed"])
def test_mutated_bytes_of_calls_are_refused_or_are_calls(policy: str) -> None:
    chain, rng, refused = ManagerChain(policy), random.Random(6), 0
    table = chain.runtime.table
    for _ in range(1500):
        call = drawn_call(rng)
        try:
            written = bytearray(table.encode_call(call))
        except DrandlabError:
            continue  # a filter that is too long, or where none are known
        place = rng.randrange(len(written))
        mutated = [
            bytes(written[:place]),
            bytes(written) + rng.randbytes(1),
            bytes(written[:place]) + rng.randbytes(1) + bytes(written[place + 1 :]),
        ]
        for data in mutated:
            try:
                read = table.decode_call(data)
            except DrandlabError:
                refused += 1
                continue
            assert table.encode_call(read) == data
    assert refused > 1000


def test_whoever_claims_an_account_of_a_sibling_is_taken_for_it_today() -> None:
    """Any sibling chain can name any account of its own, which is the same account here."""
    chain = ManagerChain("deployed")
    sub_id = chain.create()
    chain.run("pause_subscription", by_xcm(ALICE, 666), sub_id=sub_id)
    assert chain.error("kill_subscription", xcm(Parachain(666)), sub_id=sub_id) == "NotSubscriber"
    chain.run("kill_subscription", by_xcm(ALICE, 666), sub_id=sub_id)
    assert chain.gone(sub_id)


@pytest.mark.parametrize("policy", ["seed", "deployed"])
def test_an_id_may_be_taken_before_its_owner_comes(policy: str) -> None:
    chain = ManagerChain(policy)
    squatted = chain.create(1, sub_id=IDS[0], by=BOB)
    events = chain.try_call("pause_subscription", squatted)
    assert events == "NotSubscriber"
    wanted = drawn_call(random.Random(1))
    assert wanted.pallet == "IdnManager"
    assert chain.error("create_subscription", signed(ALICE), params=_asked(squatted)) == "SubscriptionAlreadyExists"


def _asked(sub_id: bytes) -> CreateSubParams:
    return CreateSubParams(credits=10, target=sibling(PARA), call=b"", frequency=1, sub_id=sub_id)


def test_numbers_at_the_end_of_their_range_do_not_wrap() -> None:
    for policy in policies.values():
        chain = ManagerChain(policy, balances={ALICE: 2**100})
        sub_id = chain.create(2**64 - 1, frequency=2**32 - 1)
        assert chain.fees() == policy.fee(2**64 - 1) == 184_490_946_687_095_516
        chain.pulses(3)
        chain.run("kill_subscription", signed(ALICE), sub_id=sub_id)
        assert chain.fees() == 0 and chain.treasury + chain.free() == 2**100 + ED
