"""Two chains, end to end: a contract subscribes by itself, and a pulse of a beacon made in a DKG calls it back."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_chains import ALICE, UNIT, BridgeChain, HomeChain, joined, network, pulse_of, settle

from drandlab.idn.consumers.consumer_hooks import CheckingHooks
from drandlab.idn.contracts.contract_client import ClientConfig
from drandlab.idn.contracts.contracts_pallet import contract_address
from drandlab.idn.contracts.example_consumer import ExampleConsumer
from drandlab.idn.runtime.calls import ROOT
from drandlab.idn.subscriptions.subscription_ids import subscription_id
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.locations import sibling
from drandlab.wire.scale import Variant

CAP = 1_000_000_000_000
CONFIG = ClientConfig(max_idn_xcm_fees=CAP)
AT = contract_address(
    ALICE, ExampleConsumer.code_hash(), ExampleConsumer.call_data("new", config=CONFIG), b""
)  # its account is known before it is made, so that it can have money at the bridge


def scene() -> tuple[BridgeChain, HomeChain]:
    key = network().info.public_key
    bridge = BridgeChain(key, rich=(AT,))
    home = HomeChain(CheckingHooks(key, backend="glass"), codes=(ExampleConsumer,))
    joined(bridge, home)
    assert home.make(ExampleConsumer, value=10 * UNIT, config=CONFIG) == AT
    settle(bridge, home, 1)
    return bridge, home


def do(home: HomeChain, name: str, **args: Any) -> None:
    assert home.call(AT, ExampleConsumer.call_data(name, **args)) is None


def test_from_the_dkg_to_the_callback_of_a_contract() -> None:
    bridge, home = scene()
    # calls of these chains run before the block's own time is set
    now = home.runtime.table.pallets["Timestamp"].now.get(home.storage)  # type: ignore[attr-defined]
    do(home, "create_subscription", credits=10, frequency=1, metadata=None)
    sub_id = home.ask(ExampleConsumer, AT, "get_subscription_id")
    settle(bridge, home)
    sub = bridge.subscription(sub_id)
    asked = {"credits": 10, "frequency": 1, "target": sibling(4594), "origin_kind": "Native"}
    assert sub is not None and now > 0
    assert sub_id == subscription_id({**asked, "call": sub.details.call}, block=now, block_bits=64)
    assert sub.subscriber == AT and sub.state is State.ACTIVE and len(sub.details.call) == 52
    before = bridge.free(AT), home.free(AT)
    for number, pulse in enumerate((pulse_of(1, 2), pulse_of(3, 4), pulse_of(5, 5)), 1):
        assert bridge.submit(pulse).error is None
        settle(bridge, home, 1)
        assert home.ask(ExampleConsumer, AT, "get_last_randomness") == pulse.randomness
        assert len(home.ask(ExampleConsumer, AT, "get_pulse_history")) == number
    assert home.kinds()[-1:] == ["Contracts.Called"]
    spent = before[0] - bridge.free(AT), before[1] - home.free(AT)
    assert spent[0] > 3 * 30_000_000_000 and 0 < spent[1] < 3 * 200_000_000
    do(home, "kill_subscription")
    settle(bridge, home)
    assert bridge.subscription(sub_id) is None and home.ask(ExampleConsumer, AT, "get_subscription_id") is None


def test_quotes_and_records_come_back_and_an_early_record_does_not() -> None:
    bridge, home = scene()
    do(home, "request_quote", number_of_pulses=100, frequency=100, metadata=None, sub_id=None)
    settle(bridge, home)
    [quote] = home.ask(ExampleConsumer, AT, "get_quote_history")
    assert quote.fees == 29_275_500_000
    do(home, "create_subscription", credits=10, frequency=1, metadata=None)
    settle(bridge, home)
    do(home, "request_sub_info", metadata=None)
    settle(bridge, home)
    assert home.ask(ExampleConsumer, AT, "get_sub_info_history") == ()  # shorter than the call has announced
    assert bridge.submit(pulse_of(1, 1)).error is None
    settle(bridge, home)
    do(home, "request_sub_info", metadata=None)
    settle(bridge, home)
    [record] = home.ask(ExampleConsumer, AT, "get_sub_info_history")
    assert record.sub.last_delivered is not None and record.sub.subscriber == AT
    # the real record costs a hundred more than the quoted one, and four bytes more after its first delivery
    deposit = 100 * len(bridge.manager.codecs.record.encode(record.sub))
    assert deposit - quote.deposit == 100 + 400


def test_a_contract_that_cannot_pay_hears_nothing_and_believes_in_its_subscription() -> None:
    """At the bridge the money for the execution is missing: the message fails there, and nobody is told."""
    key = network().info.public_key
    bridge = BridgeChain(key)
    home = HomeChain(CheckingHooks(key, backend="glass"), codes=(ExampleConsumer,))
    joined(bridge, home)
    home.make(ExampleConsumer, value=10 * UNIT, config=CONFIG)
    do(home, "create_subscription", credits=10, frequency=1, metadata=None)
    settle(bridge, home)
    sub_id = home.ask(ExampleConsumer, AT, "get_subscription_id")
    assert sub_id is not None and bridge.subscription(sub_id) is None


def test_a_delivery_without_the_cap_at_home_is_lost_and_paid_for() -> None:
    bridge, home = scene()
    do(home, "create_subscription", credits=10, frequency=1, metadata=None)
    settle(bridge, home)
    sub_id = home.ask(ExampleConsumer, AT, "get_subscription_id")
    home.run("Balances", "force_set_balance", ROOT, who=Variant("Id", AT), new_free=CAP // 2)
    settle(bridge, home, 1)
    assert bridge.submit(pulse_of(1, 1)).error is None
    settle(bridge, home)
    sub = bridge.subscription(sub_id)
    assert sub is not None and sub.credits_left == 9 and sub.state is State.ACTIVE
    assert home.ask(ExampleConsumer, AT, "get_last_randomness") is None


@pytest.mark.parametrize("credits", [1, 2])
def test_a_subscription_ends_with_its_credits(credits: int) -> None:
    bridge, home = scene()
    do(home, "create_subscription", credits=credits, frequency=1, metadata=None)
    settle(bridge, home)
    sub_id = home.ask(ExampleConsumer, AT, "get_subscription_id")
    for round in range(1, credits + 2):
        assert bridge.submit(pulse_of(round, round)).error is None
        settle(bridge, home, 1)
    assert bridge.subscription(sub_id) is None
    assert len(home.ask(ExampleConsumer, AT, "get_pulse_history")) == credits
