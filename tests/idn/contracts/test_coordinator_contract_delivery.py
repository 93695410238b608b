"""Two chains, end to end: a coordinator with honest and hostile registrants, paid by a user or by the bridge."""

from __future__ import annotations

import pytest
from delivery_chains import (
    ALICE,
    BOB,
    PRICE,
    SOVEREIGN,
    UNIT,
    BridgeChain,
    HomeChain,
    joined,
    network,
    pulse_of,
    settle,
)

from drandlab.idn.consumers.consumer_hooks import CheckingHooks, checking_weight
from drandlab.idn.consumers.idn_consumer import CONSUME_PULSE_WEIGHT
from drandlab.idn.contracts.base_fees import CONSUME_PULSE, BaseFees, execution_weight
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.coordinator_contract import CoordinatorContract
from drandlab.idn.contracts.coordinator_terms import GIVEN_ON, CoordinatorTerms, GivenOn
from drandlab.idn.contracts.hostile_contracts import HOSTILE_CONTRACTS
from drandlab.idn.contracts.running.contract import Contract, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions.call_params import CreateSubParams
from drandlab.idn.subscriptions.fee_table import DeliveryFee, ExecutionFees
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm
from drandlab.wire.scale import FixedBytes

ID = b"\x51" * 32
CAP = 1_000_000_000_000
TERMS = CoordinatorTerms(capacity=3, base_fee=40_000_000, owner_fee=1_000_000)
HOSTILE = ("looping", "reentering")
FEES = BaseFees(pallet=CONSUME_PULSE_WEIGHT + checking_weight(), delivery=PRICE)
USUAL = ContractCallParams().gas_limit


def prefix_of(contract: bytes, *, value: int = 0, gas_limit: Weight = USUAL) -> bytes:
    """What a subscription stores for a contract: no deposit, so that the bridge may pay for it."""
    params = ContractCallParams(value=value, gas_limit=gas_limit, storage_deposit_limit=0)
    return callback_prefix(contract, CONSUMER_SELECTORS["consume_pulse"], 96, params)


class CarelessFees:
    """Base fees for any call at all, as if every call were safe to sign."""

    def of(self, call: bytes) -> DeliveryFee:
        return DeliveryFee(execution=UNIT, sending=UNIT)


class TakingContract(Contract):
    """Takes whatever money comes with a pulse."""

    code_name = "taking"

    @constructor("new")
    def new(self, env: ContractEnv) -> None:
        pass

    @message("IdnConsumer::consume_pulse", payable=True, pulse=PULSE, sub_id=FixedBytes(32))
    def consume_pulse(self, env: ContractEnv, pulse: Pulse, sub_id: bytes) -> None:
        pass


class Stage:
    """Both chains, and a coordinator of Alice's with a payer and three registrants: two hostile, one quiet.

    With ``base_fees`` the bridge's sovereign account, which is rich on both chains, pays for deliveries.
    """

    def __init__(self, payer: bytes, base_fees: ExecutionFees | None = None) -> None:
        key = network().info.public_key
        policy = policies["deployed"] if base_fees is None else policies["seed"].with_base_fees(base_fees)
        self.bridge = BridgeChain(key, rich=(SOVEREIGN,), policy=policy)
        codes = (CoordinatorContract, TakingContract, *HOSTILE_CONTRACTS.values())
        self.home = home = HomeChain(CheckingHooks(key, backend="glass"), codes=codes)
        joined(self.bridge, home)
        self.at = home.make(CoordinatorContract, ALICE, payer=payer, sub_id=ID, terms=TERMS)
        self.registrants = [home.make(HOSTILE_CONTRACTS[name], BOB, victim=self.at) for name in HOSTILE]
        self.registrants.append(home.make(HOSTILE_CONTRACTS["spending"], BOB, value=UNIT, victim=self.at))
        for one in self.registrants:
            assert home.call(self.at, CoordinatorContract.call_data("register", contract=one), BOB, value=UNIT) is None
        settle(self.bridge, home, 1)
        self.prefix = prefix_of(self.at, gas_limit=TERMS.gas_needed())

    def subscribe(self, call: bytes, kind: OriginKind, sub_id: bytes = ID, by: bytes = ALICE) -> str | None:
        """Subscribe to a pulse in every block; the error where that cannot be."""
        params = CreateSubParams(
            credits=5,
            target=sibling(4594),
            call=call,
            origin_kind=kind,
            frequency=1,
            metadata=None,
            sub_id=sub_id,
        )
        found = self.bridge.run("IdnManager", "create_subscription", signed(by), params=params)
        settle(self.bridge, self.home, 1)
        return None if found.error is None else found.error.name

    @property
    def sovereign(self) -> int:
        """What the sovereign account has on both chains."""
        return self.bridge.free(SOVEREIGN) + self.home.free(SOVEREIGN)

    def given(self) -> GivenOn | None:
        """What the coordinator said in the last block."""
        emitted = self.home.named("ContractEmitted")
        said = [one.fields["data"] for one in emitted if one.fields["contract"] == self.at]
        return GIVEN_ON.decode(said[-1]) if said else None

    def fund(self, contract: bytes) -> int:
        return int(self.home.ask(CoordinatorContract, self.at, "registrant", contract=contract).fund)


def test_a_user_owns_its_coordinator_and_pays_for_nobody_else() -> None:
    stage = Stage(payer=ALICE)
    bridge, home = stage.bridge, stage.home
    assert stage.subscribe(stage.prefix, OriginKind.Native) is None
    gained = []
    for round in (1, 2, 3):
        before = home.free(ALICE)
        assert bridge.submit(pulse_of(round, round)).error is None
        settle(bridge, home, 1)
        given = stage.given()
        assert given is not None and (given.end, given.served, given.failed) == (round, 3, 3)
        gained.append(home.free(ALICE) - before)
    # three base fees carry what is fixed of a delivery here, so the payer ends with more than it had
    assert min(gained) > 0
    assert home.free(stage.at) == 10**9 + sum(map(stage.fund, stage.registrants))
    assert [UNIT - 3 * TERMS.most() <= stage.fund(one) < UNIT for one in stage.registrants] == [True] * 3
    found = bridge.subscription(ID)
    assert found is not None and found.state is State.ACTIVE and found.credits_left == 2


def test_the_sovereign_account_never_loses_by_a_delivery_that_it_pays() -> None:
    stage = Stage(SOVEREIGN, FEES)
    home, bridge = stage.home, stage.bridge
    looping, pallet = bytes(31) + b"\1", bytes(31) + b"\2"
    began = stage.sovereign
    assert stage.subscribe(stage.prefix, OriginKind.SovereignAccount) is None
    assert stage.subscribe(prefix_of(stage.registrants[0]), OriginKind.SovereignAccount, looping, by=BOB) is None
    assert stage.subscribe(CONSUME_PULSE, OriginKind.Xcm, pallet) is None
    bases = [FEES.base(call) or 0 for call in (stage.prefix, prefix_of(stage.registrants[0]), CONSUME_PULSE)]
    for round in (1, 2, 3):
        before = bridge.free(SOVEREIGN), home.free(SOVEREIGN)
        assert bridge.submit(pulse_of(round, round)).error is None
        paid = sum(one.price for one in bridge.sent)
        assert len(bridge.sent) == 3 and {one.sender for one in bridge.sent} == {SOVEREIGN}
        assert bridge.free(SOVEREIGN) - before[0] == sum(bases) - paid
        settle(bridge, home, 1)
        assert sorted(home.kinds())[-1] == "IdnConsumer.RandomnessConsumed"
        given = stage.given()
        assert given is not None and (given.served, given.failed) == (3, 3)
        change = home.free(SOVEREIGN) - before[1]
        # at the target it has spent what execution cost, less what the registrants paid for their part of it
        spent = sum(one.paid for one in home.executions)
        assert change == given.to_payer - spent and spent <= sum(bases) - paid
        # with the base fees it earns at least the registrants' fees
        assert stage.sovereign - began >= round * 3 * TERMS.base_fee
    assert home.free(ALICE) > 0 and home.free(stage.at) == 10**9 + sum(map(stage.fund, stage.registrants))
    found = bridge.subscription(looping)
    assert found is not None and found.credits_left == 2  # a loop is no failure of the delivery, and is paid for


def test_nobody_else_is_the_sovereign_account() -> None:
    stage = Stage(SOVEREIGN)
    home = stage.home
    pulse = Pulse(signature=b"\1" * 48, start=1, end=1)
    data = CoordinatorContract.call_data("IdnConsumer::consume_pulse", pulse=pulse, sub_id=ID)
    for by in (ALICE, BOB):
        assert home.call(stage.at, data, by) == "ContractReverted"
    message = VersionedXcm(
        5,
        delivery_message(
            stage.prefix + pulse.to_scale() + ID, fee=CAP, subscriber=BOB, origin_kind=OriginKind.SovereignAccount
        ),
    )
    where = VersionedLocation(5, sibling(4594))
    assert stage.bridge.run("PolkadotXcm", "send", signed(BOB), dest=where, message=message).error is None
    settle(stage.bridge, home, 1)
    assert stage.given() is None
    assert home.ask(CoordinatorContract, stage.at, "active") == tuple(stage.registrants)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_call_of_a_subscriber_would_empty_the_account_that_signs_it(guarded: bool) -> None:
    """Why only known calls may be paid so: with any other the bridge signs away what its account has."""
    stage = Stage(SOVEREIGN, FEES if guarded else CarelessFees())
    home = stage.home
    taking = home.make(TakingContract, BOB)
    settle(stage.bridge, home, 1)
    call = prefix_of(taking, value=50 * UNIT)
    before = home.free(taking)
    found = stage.subscribe(call, OriginKind.SovereignAccount, by=BOB)
    if not guarded:
        assert found is None and stage.bridge.submit(pulse_of(1, 1)).error is None
        settle(stage.bridge, home, 1)
        assert home.free(taking) == before + 50 * UNIT
    else:
        assert found == "InvalidParams" and execution_weight(call) is None and FEES.of(call) is None
