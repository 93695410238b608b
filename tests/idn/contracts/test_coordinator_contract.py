"""The coordinator: who pays for what, and that a registrant can harm nobody but itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from contract_chain import ALICE, BOB, CHARLIE, UNIT, ContractChain

from drandlab.errors import LocalError
from drandlab.idn.contracts.contracts_pallet import BASE_CALL
from drandlab.idn.contracts.coordinator_contract import CoordinatorContract
from drandlab.idn.contracts.coordinator_terms import GIVEN_ON, CoordinatorTerms, GivenOn, Registrant, price_of
from drandlab.idn.contracts.hostile_contracts import HOSTILE_CONTRACTS
from drandlab.idn.contracts.running.contract import Contract, ContractValue, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.gas_meter import GAS_COSTS
from drandlab.idn.pallets.balances import EXISTENTIAL_DEPOSIT as ED
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.outcomes import StepOutcome
from drandlab.idn.runtime.weights import Weight
from drandlab.wire.scale import U32, U64, FixedBytes

ID = b"\x51" * 32
PAYER = b"\x99" * 32
TERMS = CoordinatorTerms(capacity=4, base_fee=5_000_000, owner_fee=700_000)


class Listener(Contract):
    """Counts the pulses that a coordinator gives it."""

    code_name = "listener"
    heard = ContractValue("heard", U32, default=0)
    last = ContractValue("last", U64, default=0)
    coordinator = ContractValue("coordinator", FixedBytes(32), default=bytes(32))

    @constructor("new", coordinator=FixedBytes(32))
    def new(self, env: ContractEnv, coordinator: bytes) -> None:
        self.coordinator.put(env, coordinator)

    @message("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=FixedBytes(32))
    def consume_pulse(self, env: ContractEnv, pulse: Pulse, sub_id: bytes) -> None:
        assert env.caller == self.coordinator.get(env)
        self.heard.put(env, self.heard.get(env) + 1)
        self.last.put(env, pulse.end)

    @message("heard", returns=U32)
    def how_many(self, env: ContractEnv) -> int:
        return self.heard.get(env)


class Stage:
    """A chain with one coordinator, and what is done with it."""

    def __init__(self, terms: CoordinatorTerms = TERMS) -> None:
        codes = (CoordinatorContract, Listener, *HOSTILE_CONTRACTS.values())
        self.chain = ContractChain(codes, rich=(ALICE, BOB, CHARLIE, PAYER))
        self.terms = terms
        self.at = self.chain.make(CoordinatorContract, ALICE, payer=PAYER, sub_id=ID, terms=terms)
        self.round = 1000

    def listener(self, salt: int = 0) -> bytes:
        return self.chain.make(Listener, BOB, salt=bytes([salt]), coordinator=self.at)

    def hostile(self, name: str) -> bytes:
        return self.chain.make(HOSTILE_CONTRACTS[name], CHARLIE, victim=self.at)

    def do(self, name: str, by: bytes = BOB, *, value: int = 0, **args: Any) -> str | None:
        """Call the coordinator; the error by its name, None if there is none."""
        outcome = self.chain.call(self.at, CoordinatorContract.call_data(name, **args), signed(by), value=value)
        if outcome.error is None:
            return None
        assert outcome.error.name in ("ContractReverted", "ContractTrapped")
        found = self.chain.ask(self.at, CoordinatorContract.call_data(name, **args), by)
        return CoordinatorContract.errors[found.output[2]] if not value else outcome.error.name

    def ask(self, name: str, **args: Any) -> Any:
        found = self.chain.ask(self.at, CoordinatorContract.call_data(name, **args))
        return CoordinatorContract.result(name, found.output)

    def fund(self, contract: bytes) -> int:
        known = self.ask("registrant", contract=contract)
        return 0 if known is None else int(known.fund)

    def pulse(self, gas: Weight | None = None, by: bytes = PAYER) -> StepOutcome:
        """Bring the pulse of the next round."""
        self.round += 1
        pulse = Pulse(signature=bytes([1]) * 48, start=self.round, end=self.round)
        data = CoordinatorContract.call_data("IdnConsumer::consume_pulse", pulse=pulse, sub_id=ID)
        return self.chain.call(self.at, data, signed(by), gas=gas or self.terms.gas_needed())

    def given(self, outcome: StepOutcome) -> GivenOn:
        """What the coordinator says of the pulse."""
        assert outcome.error is None, outcome.error
        mine = [e for e in outcome.events if e.name == "ContractEmitted" and e.fields["contract"] == self.at]
        return GIVEN_ON.decode(mine[-1].fields["data"])

    def heard(self, listener: bytes) -> int:
        return int(Listener.result("heard", self.chain.ask(listener, Listener.call_data("heard")).output))

    def free(self, account: bytes) -> int:
        return self.chain.free(account)


def test_a_pulse_is_given_on_to_all_who_have_paid() -> None:
    stage = Stage()
    listeners = [stage.listener(salt) for salt in range(3)]
    for one in listeners[:2]:
        assert stage.do("register", value=UNIT, contract=one) is None
    owner, payer = stage.free(ALICE), stage.free(PAYER)
    outcome = stage.pulse()
    given = stage.given(outcome)
    assert (given.served, given.failed, given.skipped) == (2, 0, 0)
    assert [stage.heard(one) for one in listeners] == [1, 1, 0]
    assert stage.free(ALICE) - owner == 2 * TERMS.owner_fee == given.to_owner
    assert stage.free(PAYER) - payer == given.to_payer
    assert [stage.fund(one) for one in listeners[:2]] == [UNIT - (given.to_payer + given.to_owner) // 2] * 2


def test_the_payer_gets_back_what_the_registrants_took_of_its_weight() -> None:
    """With registrants a pulse weighs more than without; just that is paid, and the base fees are on top."""
    alone, three = Stage(), Stage()
    for salt in range(3):
        assert three.do("register", value=UNIT, contract=three.listener(salt)) is None
    without, outcome = alone.pulse(), three.pulse()
    given = three.given(outcome)
    more = outcome.weight - without.weight
    fees = 3 * TERMS.base_fee
    # beside the registrants' own work: the longer list, one transfer each to payer and owner
    shared = GAS_COSTS.transfer * 2 + GAS_COSTS.read + GAS_COSTS.byte * (2 * 96 + 40)
    assert 0 <= price_of(more) - (given.to_payer - fees) <= price_of(shared) + 1
    assert outcome.weight.fits(BASE_CALL + TERMS.gas_needed())


@pytest.mark.parametrize("name", sorted(HOSTILE_CONTRACTS))
def test_a_hostile_registrant_hurts_only_its_own_fund(name: str) -> None:
    stage = Stage()
    good, bad = stage.listener(), stage.hostile(name)
    assert stage.do("register", CHARLIE, value=UNIT, contract=bad) is None
    assert stage.do("register", value=UNIT, contract=good) is None
    owner, payer = stage.free(ALICE), stage.free(PAYER)
    for number in range(1, 4):
        outcome = stage.pulse()
        given = stage.given(outcome)
        assert (given.served, given.failed, given.skipped) == (2, 1, 0)
        assert stage.heard(good) == number
    assert stage.fund(good) == UNIT - 3 * (UNIT - stage.fund(good)) // 3 > UNIT - 3 * TERMS.most()
    assert UNIT - 3 * TERMS.most() <= stage.fund(bad) < UNIT - 3 * (TERMS.base_fee + TERMS.owner_fee)
    assert stage.free(ALICE) == owner + 6 * TERMS.owner_fee
    assert stage.free(PAYER) > payer
    assert stage.free(stage.at) == ED + stage.fund(good) + stage.fund(bad)


def test_a_registrant_cannot_take_its_fund_back_while_it_is_called() -> None:
    stage = Stage()
    code = HOSTILE_CONTRACTS["withdrawing"]
    own = stage.hostile("withdrawing")
    assert stage.chain.call(own, code.call_data("join"), signed(CHARLIE), value=UNIT).error is None
    assert stage.ask("registrant", contract=own).sponsor == own
    before = stage.fund(own)
    assert stage.given(stage.pulse()).failed == 1
    assert stage.free(stage.at) == ED + stage.fund(own) and stage.fund(own) < before - TERMS.base_fee


def test_the_worst_registrants_fit_into_the_limit_that_a_delivery_is_told_to_have() -> None:
    stage = Stage()
    for name in ("looping", "hoarding", "reentering", "recursive"):
        assert stage.do("register", CHARLIE, value=UNIT, contract=stage.hostile(name)) is None
    assert stage.ask("gas_needed") == TERMS.gas_needed() and stage.ask("most") == TERMS.most()
    outcome = stage.pulse()
    assert stage.given(outcome).failed == 4
    assert outcome.weight.fits(BASE_CALL + TERMS.gas_needed())


def test_one_whose_fund_is_spent_is_skipped_until_it_is_topped_up() -> None:
    stage = Stage()
    poor, rich = stage.listener(1), stage.listener(2)
    assert stage.do("register", value=TERMS.most(), contract=poor) is None
    assert stage.do("register", value=UNIT, contract=rich) is None
    assert stage.given(stage.pulse()).served == 2
    left = stage.fund(poor)
    assert left < TERMS.most() and stage.ask("active") == (rich,)
    assert stage.given(stage.pulse()).served == 1 and stage.fund(poor) == left
    assert (stage.heard(poor), stage.heard(rich)) == (1, 2)
    assert stage.do("top_up", CHARLIE, value=TERMS.most() - left - 1, contract=poor) is None
    assert stage.ask("active") == (rich,)
    assert stage.do("top_up", CHARLIE, value=1, contract=poor) is None
    assert stage.given(stage.pulse()).served == 2 and stage.heard(poor) == 2


def test_where_the_gas_ends_the_others_come_first_next_time() -> None:
    stage = Stage()
    loops = [stage.chain.make(HOSTILE_CONTRACTS["looping"], CHARLIE, salt=bytes([n]), victim=ALICE) for n in range(3)]
    good = stage.listener()
    for one in (*loops, good):
        assert stage.do("register", CHARLIE, value=UNIT, contract=one) is None
    short = TERMS.fixed() + (TERMS.call_limit + TERMS.overhead()) * 2
    first = stage.given(stage.pulse(short))
    assert (first.served, first.skipped) == (2, 2) and stage.heard(good) == 0
    assert stage.ask("active") == (loops[2], good, loops[0], loops[1])
    assert stage.given(stage.pulse(short)).served == 2
    assert stage.heard(good) == 1 and stage.ask("active") == (*loops, good)


def test_a_limit_that_is_too_small_fails_as_a_whole() -> None:
    stage = Stage()
    assert stage.do("register", value=UNIT, contract=stage.listener()) is None
    outcome = stage.pulse(Weight(500_000_000, 20_000))
    assert outcome.error is not None and outcome.error.name == "OutOfGas"
    assert stage.fund(stage.ask("active")[0]) == UNIT


def test_only_the_payer_brings_pulses_and_only_new_ones() -> None:
    stage = Stage()
    args: dict[str, Any] = {"pulse": Pulse(signature=b"\1" * 48, start=5, end=6), "sub_id": ID}
    name = "IdnConsumer::consume_pulse"
    assert stage.do(name, ALICE, **args) == "Unauthorized"
    assert stage.do(name, PAYER, **args | {"sub_id": bytes(32)}) == "InvalidSubscriptionId"
    for bad in (
        Pulse(signature=b"\1" * 48, start=7, end=6),
        Pulse(signature=b"\1" * 48, start=0, end=(1 << 64) - 1),
        Pulse(signature=b"\xc0" + bytes(47), start=7, end=7),
    ):
        assert stage.do(name, PAYER, **args | {"pulse": bad}) == "InvalidPulse"
    assert stage.do(name, PAYER, **args) is None
    assert stage.do(name, PAYER, **args) == "StalePulse"
    assert stage.do(name, PAYER, **args | {"pulse": Pulse(signature=b"\1" * 48, start=1, end=7)}) is None


def test_money_goes_in_and_out_of_a_fund_by_its_sponsor_alone() -> None:
    stage = Stage()
    one, two = stage.listener(1), stage.listener(2)
    revert = "ContractReverted"
    assert stage.do("register", value=TERMS.most() - 1, contract=one) == revert
    assert stage.do("register", value=UNIT, contract=ALICE) == revert
    assert stage.do("register", value=UNIT, contract=one) is None
    assert stage.do("register", value=UNIT, contract=one) == revert
    assert stage.do("withdraw", ALICE, contract=one, amount=1) == "Unauthorized"
    assert stage.do("withdraw", contract=two, amount=1) == "NotRegistered"
    assert stage.do("withdraw", contract=one, amount=UNIT + 1) == "NotEnoughFunds"
    assert stage.do("top_up", value=1, contract=two) == revert
    before = stage.free(BOB)
    assert stage.do("withdraw", contract=one, amount=UNIT - TERMS.most() + 1) is None
    assert stage.free(BOB) == before + UNIT - TERMS.most() + 1 and stage.ask("active") == ()
    assert stage.do("leave", CHARLIE, contract=one) == "Unauthorized"
    assert stage.do("leave", contract=one) is None
    assert stage.free(BOB) == before + UNIT and stage.free(stage.at) == ED
    assert stage.do("register", value=UNIT, contract=two) is None
    assert stage.do("leave", ALICE, contract=two) is None  # the owner makes room; the sponsor has its money back
    assert stage.free(BOB) == before + UNIT


def test_a_coordinator_is_full_at_its_capacity() -> None:
    stage = Stage()
    for salt in range(TERMS.capacity):
        assert stage.do("register", value=UNIT, contract=stage.listener(salt)) is None
    assert stage.do("register", value=UNIT, contract=stage.listener(9)) == "ContractReverted"


def test_what_cannot_be_paid_now_is_owed() -> None:
    chain = ContractChain((CoordinatorContract, Listener), rich=(ALICE, BOB, PAYER))
    stage = Stage(CoordinatorTerms(base_fee=0, parts=0))
    stage.chain, stage.at = (
        chain,
        chain.make(CoordinatorContract, ALICE, payer=b"\x77" * 32, sub_id=ID, terms=CoordinatorTerms(base_fee=ED // 2)),
    )
    stage.terms = CoordinatorTerms(base_fee=ED // 2)
    assert stage.do("register", value=UNIT, contract=stage.listener()) is None
    first = stage.given(stage.pulse(by=b"\x77" * 32))
    assert first.to_payer < ED and stage.free(b"\x77" * 32) == 0
    second = stage.given(stage.pulse(by=b"\x77" * 32))
    assert stage.free(b"\x77" * 32) == first.to_payer + second.to_payer
    assert stage.free(stage.at) == ED + stage.fund(stage.ask("active")[0])


def test_terms_have_bounds() -> None:
    for bad in ({"capacity": 0}, {"capacity": 65}, {"parts": 10**9 + 1}, {"base_fee": -1}):
        with pytest.raises(LocalError, match=next(iter(bad))):
            CoordinatorTerms(**bad)
    with pytest.raises(LocalError, match="sponsor: expected 32 bytes"):
        Registrant(sponsor=b"", fund=1)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_the_funds_are_there(seed: int) -> None:
    """The coordinator always holds what its registrants' funds say, and the payer never gets less than the weight."""
    rng, stage = random.Random(seed), Stage()
    all_of_them = [stage.listener(n) for n in range(3)] + [stage.hostile(name) for name in sorted(HOSTILE_CONTRACTS)]
    for _ in range(40):
        contract, by = rng.choice(all_of_them), rng.choice((ALICE, BOB, CHARLIE))
        value = rng.choice((0, 1, TERMS.most(), 2 * TERMS.most(), UNIT))
        name = rng.choice(("register", "register", "top_up", "withdraw", "leave", "pulse", "pulse"))
        if name == "pulse":
            before = stage.free(PAYER)
            given = stage.given(stage.pulse())
            assert stage.free(PAYER) == before + given.to_payer
        elif name == "withdraw":
            stage.do(name, by, contract=contract, amount=value)
        elif name == "leave":
            stage.do(name, by, contract=contract)
        else:
            stage.do(name, by, value=value, contract=contract)
        assert stage.free(stage.at) == ED + sum(map(stage.fund, all_of_them))
        assert all(stage.fund(one) >= TERMS.most() for one in stage.ask("active"))
        assert len(stage.ask("active")) <= TERMS.capacity
