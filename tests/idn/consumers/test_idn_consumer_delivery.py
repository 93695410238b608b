"""Two chains, end to end: the consumer pallet subscribes by XCM, and is brought pulses of a beacon made in a DKG."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_chains import ALICE, BOB, SOVEREIGN, UNIT, BridgeChain, HomeChain, joined, network, pulse_of, settle

from drandlab.idn.consumers.consumer_hooks import CheckingHooks, LoggingHooks
from drandlab.idn.consumers.fee_waiver import WaivingBarrier, unpaid_call
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import ROOT, Call, signed
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.subscriptions.subscription import SUB_ID
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm


def both(hooks: Any, **home: Any) -> tuple[BridgeChain, HomeChain]:
    bridge, consumer = BridgeChain(network().info.public_key), HomeChain(hooks, **home)
    joined(bridge, consumer)
    return bridge, consumer


def checking() -> CheckingHooks:
    return CheckingHooks(network().info.public_key, backend="glass")


def subscribed(bridge: BridgeChain, home: HomeChain, credits: int = 10, frequency: int = 1) -> bytes:
    """Let Alice subscribe by the pallet, and return the id."""
    number = home.head.number + 1
    made = home.run(
        "IdnConsumer",
        "create_subscription",
        signed(ALICE),
        credits=credits,
        frequency=frequency,
        metadata=None,
        sub_id=None,
        origin_kind=None,
    )
    assert made.error is None
    settle(bridge, home)
    return home.consumer.new_id(number, credits=credits, frequency=frequency)


def test_from_the_dkg_to_the_pallet_and_back() -> None:
    hooks = checking()
    bridge, home = both(hooks)
    sub_id = subscribed(bridge, home)
    sub = bridge.subscription(sub_id)
    assert sub is not None and sub.subscriber == ALICE and sub.state is State.ACTIVE
    before = bridge.free(ALICE), home.free(ALICE)
    assert bridge.submit(pulse_of(1, 2)).error is None
    assert "IdnManager.RandomnessDistributed" in bridge.kinds()
    home.step()
    home.step()
    assert home.kinds() == ["IdnConsumer.RandomnessConsumed"]
    assert hooks.latest.get(home.storage, sub_id) == pulse_of(1, 2)
    # the subscriber pays everything: the price of sending at the bridge, the execution at home
    assert before[0] - bridge.free(ALICE) > 30_000_000_000
    assert 0 < before[1] - home.free(ALICE) < 1_000_000_000
    # a quote and the record come back to the pallet
    asked: dict[str, Any] = {"metadata": None, "sub_id": None, "req_ref": None, "origin_kind": None}
    quote = home.run("IdnConsumer", "request_quote", signed(BOB), number_of_pulses=100, frequency=100, **asked)
    assert quote.error is None
    bridge.step()
    settle(bridge, home, 1)
    info = home.run("IdnConsumer", "request_sub_info", signed(BOB), sub_id=sub_id, req_ref=None, origin_kind=None)
    assert info.error is None
    seen: list[str] = []
    for _ in range(4):
        settle(bridge, home, 1)
        seen += home.kinds()
    assert "IdnConsumer.SubInfoConsumed" in seen
    for name, state in (("pause_subscription", State.PAUSED), ("reactivate_subscription", State.ACTIVE)):
        assert home.run("IdnConsumer", name, signed(ALICE), sub_id=sub_id).error is None
        settle(bridge, home)
        found = bridge.subscription(sub_id)
        assert found is not None and found.state is state
    assert home.run("IdnConsumer", "kill_subscription", signed(ALICE), sub_id=sub_id).error is None
    settle(bridge, home)
    assert bridge.subscription(sub_id) is None


def test_nobody_but_the_subscriber_manages_its_subscription() -> None:
    bridge, home = both(checking())
    sub_id = subscribed(bridge, home)
    for name in ("pause_subscription", "kill_subscription"):
        assert home.run("IdnConsumer", name, signed(BOB), sub_id=sub_id).error is None
        settle(bridge, home)
        found = bridge.subscription(sub_id)
        assert found is not None and found.state is State.ACTIVE


def forged(home: HomeChain, sub_id: bytes) -> VersionedXcm:
    """A message that any account of the bridge can send: a call of the consumer with a pulse of its own making."""
    pulse = Pulse(signature=bytes([7]) * 48, start=1, end=1)
    call = home.runtime.table.encode_call(Call("IdnConsumer", "consume_pulse", {"pulse": pulse, "sub_id": sub_id}))
    return VersionedXcm(5, delivery_message(call, fee=UNIT, subscriber=BOB))


@pytest.mark.parametrize("mended", [False, True])
def test_a_forged_pulse_of_an_account_of_the_bridge(mended: bool) -> None:
    key = network().info.public_key
    hooks: Any = checking() if mended else LoggingHooks(key, backend="glass")
    bridge, home = both(hooks)
    message = forged(home, bytes(32))
    sent = bridge.run("PolkadotXcm", "send", signed(BOB), dest=VersionedLocation(5, sibling(4594)), message=message)
    assert sent.error is None
    home.step()
    home.step()
    assert home.kinds() == ([] if mended else ["IdnConsumer.RandomnessConsumed"])


def test_a_pulse_that_is_sent_again_is_taken_once() -> None:
    hooks = checking()
    bridge, home = both(hooks)
    sub_id = subscribed(bridge, home)
    assert bridge.submit(pulse_of(1, 2)).error is None
    home.step()
    home.step()
    assert home.kinds() == ["IdnConsumer.RandomnessConsumed"]
    call = bytes((40, 0)) + pulse_of(1, 2).to_scale() + SUB_ID.encode(sub_id)
    again = VersionedXcm(5, delivery_message(call, fee=UNIT, subscriber=BOB))
    where = VersionedLocation(5, sibling(4594))
    assert bridge.run("PolkadotXcm", "send", signed(BOB), dest=where, message=again).error is None
    settle(bridge, home)
    assert "IdnConsumer.RandomnessConsumed" not in home.kinds()
    assert hooks.latest.get(home.storage, sub_id) == pulse_of(1, 2)


def test_the_bridge_itself_delivers_for_nothing_where_the_chain_has_waived_the_fee() -> None:
    hooks = checking()
    call = bytes((40, 0)) + pulse_of(3, 3).to_scale() + bytes(32)
    message = VersionedXcm(5, unpaid_call(call))
    where = VersionedLocation(5, sibling(4594))
    for barrier, taken in ((None, False), (WaivingBarrier(4502), True)):
        bridge, home = both(hooks, barrier=barrier)
        before = home.free(SOVEREIGN), home.issuance
        assert bridge.run("PolkadotXcm", "send", ROOT, dest=where, message=message).error is None
        home.step()
        home.step()
        assert (home.kinds() == ["IdnConsumer.RandomnessConsumed"]) is taken
        assert (home.free(SOVEREIGN), home.issuance) == before
        # the same message of an account, which descends into it, pays or is refused
        assert bridge.run("PolkadotXcm", "send", signed(BOB), dest=where, message=message).error is None
        settle(bridge, home, 1)
        assert "IdnConsumer.RandomnessConsumed" not in home.kinds()


def test_the_treasury_gets_the_fees() -> None:
    bridge, home = both(checking(), rich=())
    before = bridge.free(TREASURY_ACCOUNT)
    subscribed(bridge, home)
    assert bridge.submit(pulse_of(1, 1)).error is None
    paid = bridge.free(TREASURY_ACCOUNT) - before
    assert paid == 2_900_000 + 30_000_000_000 + 50_000 * 240
