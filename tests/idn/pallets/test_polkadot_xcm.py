"""Messages from chain to chain: sent, paid, delivered, executed; traps and claims; every block executed twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from xcm_chains import AUTHOR_ACCOUNT, BRIDGE, CONSUMER, Chain, connected, deliver, failure
from xcm_machine import ALICE, BOB, CHARLIE, UNIT, amounts, bought, transact

from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.runtime.calls import ROOT, Call, Origin, signed
from drandlab.idn.state import blake2_256
from drandlab.idn.xcm import HERE, PARENT, sibling, sibling_account
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import Abstract, AllOf, Asset, Fungible, Wild, relay_asset
from drandlab.idn.xcm.instruction_codecs import XCM
from drandlab.idn.xcm.locations import (
    POLKADOT,
    AccountId32,
    GeneralIndex,
    GlobalConsensus,
    Location,
    Parachain,
    account,
)
from drandlab.idn.xcm.versioned import VersionedAssets, VersionedLocation, VersionedXcm
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.idn.xcm_execution.sending import SendFailed
from drandlab.idn.xcm_execution.trace import SentMessage
from drandlab.wire.scale import Variant

PRICE = DeliveryPrice(base=30_000_000_000, byte=50_000)
CAP = 10**12


def pair(limits: ChannelLimits | None = None) -> tuple[Chain, Chain]:
    bridge, consumer = Chain(BRIDGE, price=PRICE, fee_account=CHARLIE), Chain(CONSUMER)
    connected(bridge, consumer, limits=limits)
    return bridge, consumer


def delivery(call: bytes, who: bytes, cap: int = CAP, kind: xcm.OriginKind = xcm.OriginKind.Native) -> xcm.Xcm:
    """What a pallet of the bridge builds: a call at the target for the account that subscribed."""
    back = xcm.DepositAsset(Wild(AllOf(PARENT)), account(who))
    return (*bought(cap), transact(call, kind), xcm.RefundSurplus(), back)


def send(dest: Location, message: xcm.Xcm, who: bytes | None = ALICE) -> tuple[Call, Origin]:
    args = {"dest": VersionedLocation(5, dest), "message": VersionedXcm(5, message)}
    return Call("PolkadotXcm", "send", args), ROOT if who is None else signed(who)


def test_a_message_there_and_what_it_costs() -> None:
    bridge, consumer = pair()
    message = delivery(consumer.call("sign", by=7), ALICE)
    bridge.step(send(sibling(CONSUMER), message))
    length = len(XCM.encode((xcm.DescendOrigin((AccountId32(POLKADOT, ALICE),)), *message))) + 33
    assert bridge.free(ALICE) == 100 * UNIT - PRICE.of(length)
    assert bridge.free(CHARLIE) == PRICE.of(length) and bridge.issuance == 300 * UNIT
    [sent] = bridge.sent
    assert sent.price == PRICE.of(length) and sent.sender == ALICE and len(sent.wire) == length + 1
    assert [event.name for event in bridge.events if event.pallet in ("XcmpQueue", "PolkadotXcm")] == [
        "FeesPaid", "XcmpMessageSent", "Sent",
    ]  # fmt: skip
    assert bridge.named("Sent")[0].fields["message"] == message
    deliver(bridge, consumer)
    assert consumer.total == 7
    [ran] = consumer.executions
    assert ran.outcome == "Complete" and ran.id == sent.id and ran.origin == sibling(BRIDGE)
    [done] = consumer.named("Processed")
    assert done.fields["success"] is True and done.fields["id"] == sent.id
    assert done.fields["origin"] == Variant("Sibling", BRIDGE)
    used = (7 + 2) * 10**9 * 8 // 1000
    assert done.fields["weight_used"] == ran.weight
    assert consumer.free(ALICE) == 100 * UNIT - used and consumer.free(AUTHOR_ACCOUNT) == 100 * UNIT + used
    assert consumer.issuance == 300 * UNIT and ran.trapped is None


def test_a_message_of_the_chain_itself_may_be_paid_by_one_of_its_accounts_which_does_not_end_by_it() -> None:
    bridge, _ = pair()
    bridge.step()
    context = bridge.runtime.open(bridge.head, 9).context
    message, sends = delivery(b"", BOB), bridge.pallets.polkadot_xcm
    price = PRICE.of(len(XCM.encode(message)) + 33)
    payer = sibling_account(BRIDGE)
    for has, most, why in (
        (0, None, "it has nothing"),
        (price + 10**9 - 1, None, "it would end"),
        (10 * price, price - 1, "it is more than may be paid"),
    ):
        with context.transaction():
            if has:
                bridge.balances.mint(context, payer, has)
            with pytest.raises(SendFailed) as failed, context.transaction():
                sends.send_as_chain(context, sibling(CONSUMER), message, payer=payer, most=most)
            assert (failed.value.reason, bridge.balances.free(context.storage, payer)) == ("FeesNotMet", has), why
            bridge.balances.mint(context, payer, 2 * 10**9)
            bridge.balances.burn(context, payer, has + 2 * 10**9)
    bridge.balances.mint(context, payer, price + 10**9)
    events = len(context.events)
    sends.send_as_chain(context, sibling(CONSUMER), message, payer=payer, most=price)
    assert bridge.balances.free(context.storage, payer) == 10**9
    [paid] = [event for _, event in context.events[events:] if event.name == "FeesPaid"]
    assert paid.fields == {"paying": HERE, "fees": (relay_asset(price),)}
    [note] = [note for note in context.notes if isinstance(note, SentMessage)]
    assert (note.price, note.sender, note.message) == (price, payer, message)
    # nobody pays, as ever, where nobody is named
    sends.send_as_chain(context, sibling(CONSUMER), message)
    assert context.notes[-1].price == 0


def test_the_bytes_are_those_of_the_vectors(shared: Path) -> None:
    vectors = json.loads((shared / "facts" / "idn-vectors.json").read_text())["xcm_delivery"]
    alice = bytes.fromhex(vectors["instructions"]["DescendOrigin"])[-32:]
    message = delivery(bytes.fromhex(vectors["transact_call"]), alice, kind=xcm.OriginKind.Xcm)
    assert VersionedXcm(5, message).to_scale().hex() == vectors["pallet_versioned_xcm"]
    bridge, _ = pair()
    bridge.step()
    builder = bridge.runtime.open(bridge.head, 9)
    context, before = builder.context, bridge.head.header.hash
    bridge.balances.mint(context, alice, UNIT)
    id = bridge.pallets.polkadot_xcm.send(context, alice, sibling(CONSUMER), message)
    whole = (xcm.DescendOrigin((AccountId32(POLKADOT, alice),)), *message)
    start = blake2_256(b"frame_system::initialize" + before)
    assert id == blake2_256(b"frame_system::unique" + XCM.encode(whole) + start)
    [note] = context.notes
    wire = vectors["wire_versioned_xcm_with_placeholder_topic"].replace("11" * 32, id.hex())
    assert note.wire.hex() == wire and note.price == 30_012_000_000
    assert bridge.pallets.xcmp_queue.pages.get(context.storage, (CONSUMER, 0)).hex() == "00" + wire
    again = bridge.pallets.polkadot_xcm.send(context, alice, sibling(CONSUMER), message)
    assert again == blake2_256(b"frame_system::unique" + XCM.encode(whole) + id)


@pytest.mark.parametrize(
    ("dest", "reason", "error", "kept"),
    [
        (PARENT, "Unroutable", "Unreachable", False),
        (Location(42), "Unroutable", "Unreachable", False),
        (HERE, "Unroutable", "Unreachable", False),
        (Location(1, (Parachain(CONSUMER), Parachain(1))), "Unroutable", "Unreachable", False),
        (sibling(2000), "NoChannel", "SendFailure", True),
        (sibling(BRIDGE), "NoChannel", "SendFailure", True),
    ],
)
def test_a_target_without_a_way_and_what_is_kept(dest: Location, reason: str, error: str, kept: bool) -> None:
    bridge, _ = pair()
    assert failure(bridge.step(send(dest, (xcm.ClearOrigin(),))), "send") == error
    assert bridge.free(ALICE) == 100 * UNIT and bridge.sent == []
    context = bridge.runtime.open(bridge.head, 9).context
    with pytest.raises(SendFailed) as caught:
        bridge.pallets.polkadot_xcm.send(context, ALICE, dest, (xcm.ClearOrigin(),))
    assert caught.value.reason == reason
    assert (bridge.balances.free(context.storage, ALICE) < 100 * UNIT) is kept


def test_who_cannot_pay_sends_nothing_and_loses_nothing() -> None:
    bridge, _ = pair()
    poor = (Call("Balances", "force_set_balance", {"who": Variant("Id", CHARLIE), "new_free": 2 * 10**9}), ROOT)
    outcomes = bridge.step(poor, send(sibling(CONSUMER), (xcm.ClearOrigin(),), CHARLIE))
    assert failure(outcomes, "send") == "FeesNotMet"
    context = bridge.runtime.open(bridge.head, 9).context
    with pytest.raises(SendFailed) as caught:
        bridge.pallets.polkadot_xcm.send(context, CHARLIE, sibling(CONSUMER), (xcm.ClearOrigin(),))
    assert caught.value.reason == "FeesNotMet"
    assert bridge.balances.free(context.storage, CHARLIE) == 2 * 10**9


def test_too_big_for_the_channel_and_a_full_channel_is_no_failure() -> None:
    bridge, consumer = pair(ChannelLimits(capacity=1, page_size=300))
    bridge.step()
    context = bridge.runtime.open(bridge.head, 9).context
    pallet, dest = bridge.pallets.polkadot_xcm, sibling(CONSUMER)
    with pytest.raises(SendFailed) as caught:
        pallet.send(context, ALICE, dest, (xcm.Transact(xcm.OriginKind.Xcm, None, bytes(300)),))
    assert caught.value.reason == "TooBig"
    for _ in range(3):
        bridge.step(send(dest, delivery(bytes(150), ALICE)))
    queue = bridge.pallets.xcmp_queue
    [waiting] = queue.status.get(bridge.storage)
    assert waiting.last - waiting.first == 2 and bridge.outgoing[CONSUMER].state.pages == 1
    for _ in range(30):
        bridge.step()
        consumer.step()
    assert queue.status.get(bridge.storage) == () and bridge.outgoing[CONSUMER].state.pages == 0


def test_an_older_version_on_the_wire() -> None:
    bridge, consumer = Chain(BRIDGE, version=4), Chain(CONSUMER)
    connected(bridge, consumer)
    bridge.step(send(sibling(CONSUMER), delivery(consumer.call("sign", by=1), ALICE)))
    assert bridge.sent[0].wire[0] == 4 and bridge.sent[0].price == 0
    deliver(bridge, consumer)
    assert consumer.total == 1
    assert failure(bridge.step(send(sibling(CONSUMER), (xcm.SetHints(()),))), "send") == "SendFailure"


def test_an_account_that_lacks_the_cap_fails_silently_for_the_sender() -> None:
    bridge, consumer = pair()
    bridge.step(send(sibling(CONSUMER), delivery(consumer.call("sign", by=7), ALICE, cap=101 * UNIT)))
    deliver(bridge, consumer)
    [ran], [done] = consumer.executions, consumer.named("Processed")
    assert ran.error == Variant("FailedToTransactAsset", "FundsUnavailable") and done.fields["success"] is False
    assert consumer.total == 0 and consumer.free(ALICE) == 100 * UNIT and bridge.free(ALICE) < 100 * UNIT


def test_a_hostile_sibling_may_claim_any_account_of_the_bridge() -> None:
    bridge, hostile = pair()
    thief = sibling_account(CONSUMER)
    call = bridge.call("transfer_allow_death", "Balances", dest=Variant("Id", thief), value=50 * UNIT)
    claimed = (xcm.DescendOrigin((AccountId32(None, BOB),)), *delivery(call, BOB))
    hostile.step(send(sibling(BRIDGE), claimed, None))
    assert deliver(hostile, bridge)[0].outcome == "Complete"
    assert bridge.free(thief) == 50 * UNIT and bridge.free(BOB) < 50 * UNIT
    assert bridge.issuance == 300 * UNIT
    kusama = (xcm.DescendOrigin((AccountId32(Variant("Kusama"), ALICE),)), *claimed[1:])
    hostile.step(send(sibling(BRIDGE), kusama, None))
    assert deliver(hostile, bridge)[0].error == Variant("FailedToTransactAsset", "FundsUnavailable")
    assert bridge.free(ALICE) == 100 * UNIT


def test_trapped_assets_are_kept_by_hash_and_claimed_by_their_owner() -> None:
    bridge, consumer = pair()
    bridge.step(send(sibling(CONSUMER), bought(CAP)))
    deliver(bridge, consumer)
    [ran] = consumer.executions
    assert ran.trapped is not None
    owner = Location(1, (Parachain(BRIDGE), AccountId32(POLKADOT, ALICE)))
    left = CAP - ran.paid
    [trapped] = consumer.named("AssetsTrapped")
    assert trapped.fields["origin"] == owner and amounts(ran.trapped.assets) == left
    pallet = consumer.pallets.polkadot_xcm
    versioned = VersionedAssets(5, (relay_asset(left),))
    assert trapped.fields["hash"] == pallet.trap_hash(owner, versioned) == ran.trapped.hash
    assert dict(pallet.asset_traps.items(consumer.storage)) == {ran.trapped.hash: 1}
    assert consumer.issuance == 300 * UNIT - left
    for who in (BOB, ALICE):
        claim = (
            xcm.ClaimAsset((relay_asset(left),), HERE),
            xcm.BuyExecution(relay_asset(left), None),
            xcm.DepositAsset(Wild(AllOf(PARENT)), account(ALICE)),
        )
        bridge.step(send(sibling(CONSUMER), claim, who))
        deliver(bridge, consumer)
        if who == BOB:
            assert consumer.executions[0].error == Variant("UnknownClaim")
    assert consumer.executions[0].outcome == "Complete" and len(consumer.named("AssetsClaimed")) == 1
    assert list(pallet.asset_traps.items(consumer.storage)) == [] and consumer.issuance == 300 * UNIT


def test_the_same_assets_trapped_twice_are_claimed_twice() -> None:
    bridge, _ = pair()
    context, pallet = bridge.runtime.open(bridge.head, 9).context, bridge.pallets.polkadot_xcm
    owner, assets = sibling(CONSUMER), (relay_asset(7),)
    hashes = {pallet.trap(context, owner, assets) for _ in range(2)}
    assert len(hashes) == 1 and pallet.asset_traps.get(context.storage, next(iter(hashes))) == 2
    assert pallet.claim(context, owner, Location(0, (Parachain(5),)), assets) is None
    assert pallet.claim(context, owner, Location(0, (GeneralIndex(4),)), assets) is None
    assert pallet.claim(context, PARENT, HERE, assets) is None
    claims = [pallet.claim(context, owner, Location(0, (GeneralIndex(5),)), assets) for _ in range(3)]
    assert claims == [*hashes, *hashes, None]


def test_an_account_of_the_chain_executes_and_claims_its_own() -> None:
    chain = Chain(BRIDGE, local_execution=True)
    message = VersionedXcm(5, (xcm.WithdrawAsset((relay_asset(UNIT),)),))
    weight = chain.pallets.executor.parts.weigher.unit
    chain.step((Call("PolkadotXcm", "execute", {"message": message, "max_weight": weight}), signed(ALICE)))
    [ran] = chain.executions
    assert ran.outcome == "Complete" and ran.trapped is not None and chain.issuance == 299 * UNIT
    where = {"assets": VersionedAssets(5, (relay_asset(UNIT),)), "beneficiary": VersionedLocation(5, account(BOB))}
    for who, error in ((BOB, "LocalExecutionIncomplete"), (ALICE, None), (ALICE, "LocalExecutionIncomplete")):
        outcomes = chain.step((Call("PolkadotXcm", "claim_assets", where), signed(who)))
        assert failure(outcomes, "claim_assets") == error
    assert chain.free(BOB) == 101 * UNIT and chain.issuance == 300 * UNIT
    less = {"message": message, "max_weight": weight - weight.share(1)}
    outcomes = chain.step((Call("PolkadotXcm", "execute", less), signed(ALICE)))
    assert failure(outcomes, "execute") == "LocalExecutionIncomplete" and chain.free(ALICE) == 99 * UNIT


def test_a_message_that_executes_itself_ends_at_the_tenth_level() -> None:
    chain = Chain(BRIDGE, local_execution=True)
    context, executor = chain.runtime.open(chain.head, 9).context, chain.pallets.executor
    for levels, total in ((10, 1), (11, 1)):
        call = chain.call("sign", by=1)
        for _ in range(levels):
            message = (xcm.Transact(xcm.OriginKind.Native, None, call),)
            weight = executor.weight(context, message)
            call = chain.call("execute", "PolkadotXcm", message=VersionedXcm(5, message), max_weight=weight)
        chain.step((chain.runtime.table.decode_call(call), signed(ALICE)))
        assert chain.total == total


def test_what_the_newest_version_cannot_say_is_refused_by_name() -> None:
    chain = Chain(BRIDGE, local_execution=True)
    old, place = AccountId32(Variant("Wococo"), ALICE), VersionedLocation(5, sibling(CONSUMER))
    message, unit = VersionedXcm(4, (xcm.DescendOrigin((old,)),)), chain.pallets.executor.parts.weigher.unit
    nameless = (Asset(Abstract(bytes(32)), Fungible(1)),)
    for name, args in (
        ("send", {"dest": place, "message": message}),
        ("send", {"dest": VersionedLocation(4, Location(0, (old,))), "message": VersionedXcm(5, ())}),
        ("execute", {"message": message, "max_weight": unit}),
        ("claim_assets", {"assets": VersionedAssets(3, nameless), "beneficiary": place}),
        ("claim_assets", {"assets": VersionedAssets(5, ()), "beneficiary": VersionedLocation(3, Location(0, (old,)))}),
    ):
        assert failure(chain.step((Call("PolkadotXcm", name, args), signed(ALICE))), name) == "BadVersion"
    context = chain.runtime.open(chain.head, 9).context
    new = (Asset(Location(2, (GlobalConsensus(Variant("PolkadotBulletin")),)), Fungible(1)),)
    assert chain.pallets.polkadot_xcm.claim(context, PARENT, Location(0, (GeneralIndex(3),)), new) is None


def test_the_deployed_bridge_executes_nothing_for_its_accounts() -> None:
    bridge, _ = pair()
    args: dict[str, Any] = {"message": VersionedXcm(5, ()), "max_weight": bridge.pallets.executor.parts.weigher.unit}
    for origin, error in ((signed(ALICE), "Filtered"), (ROOT, "BadOrigin"), (Origin("none"), "BadOrigin")):
        assert failure(bridge.step((Call("PolkadotXcm", "execute", args), origin)), "execute") == error
    where = VersionedLocation(5, sibling(CONSUMER))
    calls: tuple[Call, ...] = (
        Call("PolkadotXcm", "send", {"dest": where, "message": VersionedXcm(5, ())}),
        Call("PolkadotXcm", "claim_assets", {"assets": VersionedAssets(5, ()), "beneficiary": where}),
    )
    for call in calls:
        outcomes = bridge.step((call, Origin("xcm", detail=where.location)))
        assert failure(outcomes, call.name) == "BadOrigin"
