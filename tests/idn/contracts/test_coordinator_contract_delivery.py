"""Two chains, end to end: a coordinator with honest and hostile registrants, paid by a user or by the bridge."""

from __future__ import annotations

import pytest
from delivery_chains import ALICE, BOB, SOVEREIGN, UNIT, BridgeChain, HomeChain, joined, network, pulse_of, settle

from drandlab.idn.consumers.consumer_hooks import CheckingHooks
from drandlab.idn.contracts.base_fees import BaseFees, execution_weight
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.coordinator_contract import CoordinatorContract
from drandlab.idn.contracts.coordinator_terms import GIVEN_ON, CoordinatorTerms, GivenOn
from drandlab.idn.contracts.hostile_contracts import HOSTILE_CONTRACTS
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import ROOT, Call, signed
from drandlab.idn.subscriptions.call_params import CreateSubParams
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm
from drandlab.wire.scale import Variant

ID = b"\x51" * 32
CAP = 1_000_000_000_000
TERMS = CoordinatorTerms(capacity=3, base_fee=40_000_000, owner_fee=1_000_000)
HOSTILE = ("looping", "reentering")


class Stage:
    """Both chains, and a coordinator of Alice's with a payer and three registrants: two hostile, one quiet."""

    def __init__(self, payer: bytes) -> None:
        key = network().info.public_key
        self.bridge = BridgeChain(key)
        codes = (CoordinatorContract, *HOSTILE_CONTRACTS.values())
        self.home = home = HomeChain(CheckingHooks(key, backend="glass"), codes=codes)
        joined(self.bridge, home)
        self.at = home.make(CoordinatorContract, ALICE, payer=payer, sub_id=ID, terms=TERMS)
        self.registrants = [home.make(HOSTILE_CONTRACTS[name], BOB, victim=self.at) for name in HOSTILE]
        self.registrants.append(home.make(HOSTILE_CONTRACTS["spending"], BOB, value=UNIT, victim=self.at))
        for one in self.registrants:
            assert home.call(self.at, CoordinatorContract.call_data("register", contract=one), BOB, value=UNIT) is None
        settle(self.bridge, home, 1)
        limit = ContractCallParams(gas_limit=TERMS.gas_needed(), storage_deposit_limit=0)
        self.prefix = callback_prefix(self.at, CONSUMER_SELECTORS["consume_pulse"], 96, limit)

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
    params = CreateSubParams(
        credits=5,
        target=sibling(4594),
        call=stage.prefix,
        origin_kind=OriginKind.Native,
        frequency=1,
        metadata=None,
        sub_id=ID,
    )
    assert bridge.run("IdnManager", "create_subscription", signed(ALICE), params=params).error is None
    settle(bridge, home, 1)
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


def sent_by_the_bridge(stage: Stage, call: bytes, kind: OriginKind = OriginKind.SovereignAccount) -> str | None:
    """Let the bridge itself send a call, paid by its sovereign account."""
    message = VersionedXcm(5, delivery_message(call, fee=CAP, subscriber=SOVEREIGN, origin_kind=kind))
    where = VersionedLocation(5, sibling(4594))
    found = stage.bridge.run("PolkadotXcm", "send", ROOT, dest=where, message=message)
    settle(stage.bridge, stage.home, 1)
    return None if found.error is None else found.error.name


def test_the_sovereign_account_never_loses_by_a_delivery_that_it_pays() -> None:
    stage = Stage(payer=SOVEREIGN)
    home = stage.home
    base = BaseFees().base(stage.prefix)
    assert base is not None
    for round in (1, 2, 3):
        before = home.free(SOVEREIGN)
        assert sent_by_the_bridge(stage, stage.prefix + pulse_of(round, round).to_scale() + ID) is None
        given = stage.given()
        assert given is not None and given.served == 3
        change = home.free(SOVEREIGN) - before
        # with the base fee, which the subscription has paid at the bridge, it earns at least the registrants' fees
        assert base + change >= 3 * TERMS.base_fee
        # and it has spent what execution cost, less what the registrants paid for their part of it
        assert 0 <= given.to_payer - change <= base
    assert home.free(ALICE) > 0 and home.free(stage.at) == 10**9 + sum(map(stage.fund, stage.registrants))


def test_nobody_else_is_the_sovereign_account() -> None:
    stage = Stage(payer=SOVEREIGN)
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
    stage = Stage(payer=SOVEREIGN)
    home = stage.home
    call = home.runtime.table.encode_call(
        Call("Balances", "transfer_allow_death", {"dest": Variant("Id", BOB), "value": 50 * UNIT})
    )
    before = home.free(BOB)
    if not guarded:
        assert sent_by_the_bridge(stage, call) is None
        assert home.free(BOB) == before + 50 * UNIT
    else:
        assert execution_weight(call) is None and BaseFees().fee(10, call) is None
