"""Messages that come: what is dropped, what waits, and that the weight of a block bounds them."""

from __future__ import annotations

from random import Random

import pytest
from xcm_chains import BRIDGE, CONSUMER, Chain, connected
from xcm_machine import ALICE, BOB, UNIT, amounts, bought, transact
from xcm_programs import Programs

from drandlab.errors import LocalError
from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.pallets.message_queue import MessageQueue, QueueLimits
from drandlab.idn.runtime.calls import Call, signed
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.xcm import PARENT, account, sibling
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import Abstract, AllOf, Asset, Fungible, Wild
from drandlab.idn.xcm.locations import POLKADOT, AccountId32
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.idn.xcm_execution.weighing import UNIT_WEIGHT_WITH_PROOF
from drandlab.wire.scale import Variant


def receiving(**options: object) -> Chain:
    chain = Chain(BRIDGE, **options)
    connected(chain, Chain(CONSUMER))
    return chain


def message(chain: Chain, by: int = 1) -> bytes:
    back = xcm.DepositAsset(Wild(AllOf(PARENT)), account(ALICE))
    whole = (xcm.DescendOrigin((AccountId32(POLKADOT, ALICE),)), *bought(), transact(chain.call("sign", by=by)))
    return VersionedXcm(5, (*whole, xcm.RefundSurplus(), back)).to_scale()


def bring(chain: Chain, *pages: bytes) -> None:
    for page in pages:
        chain.incoming[CONSUMER].send(page, chain.head.number)
    chain.step()


@pytest.mark.parametrize(
    ("page", "errors"),
    [
        (b"", ["Corrupt"]),
        (b"\3\1\2", ["Corrupt"]),
        (b"\0\5\4", ["Corrupt"]),
        (b"\0\2\0", ["Corrupt"]),
        (b"\0" + b"\5\4\x0a" * 2 + b"\xff", ["Unsupported", "Unsupported", "Corrupt"]),
        (b"\0\5\4\5\xe9\1" + b"\x0a" * 122, ["Corrupt"]),
        (b"\0\5" + b"\4\x16" * 40 + b"\0", ["Corrupt"]),
        (b"\0\5\3" + b"\xff" * 8, ["Corrupt"]),
    ],
)
def test_what_is_no_message_is_dropped_by_name_and_changes_nothing(page: bytes, errors: list[str]) -> None:
    chain = receiving()
    bring(chain, page)
    assert [event.fields["error"].name for event in chain.named("ProcessingFailed")] == errors
    assert chain.issuance == 300 * UNIT and chain.free(ALICE) == 100 * UNIT and chain.named("Processed") == []
    assert list(chain.pallets.message_queue.waiting.items(chain.storage)) == []


def test_an_older_message_that_the_newest_version_cannot_say_is_unsupported() -> None:
    chain = receiving()
    retired = xcm.DescendOrigin((AccountId32(Variant("Wococo"), ALICE),))
    nameless = xcm.WithdrawAsset((Asset(Abstract(bytes(32)), Fungible(1)),))
    pages = [VersionedXcm(4, (retired,)), VersionedXcm(3, (nameless,)), VersionedXcm(3, (xcm.ClearOrigin(),))]
    bring(chain, b"\0" + b"".join(one.to_scale() for one in pages))
    assert [event.fields["error"].name for event in chain.named("ProcessingFailed")] == ["Unsupported"] * 3
    assert [ran.error for ran in chain.executions] == [Variant("Barrier")]


def test_what_comes_twice_is_executed_twice() -> None:
    chain = receiving()
    page = b"\0" + message(chain) * 2
    bring(chain, page, page)
    assert chain.total == 4 and len({event.fields["id"] for event in chain.named("Processed")}) == 1
    assert chain.issuance == 300 * UNIT


def test_what_the_block_has_no_weight_for_waits_in_order() -> None:
    small = BlockLimits(block=Weight(100_000_000_000, 10 << 20))
    chain = receiving(limits=small)
    bring(chain, b"\0" + b"".join(message(chain, by) for by in (1, 2, 4)), b"\0" + message(chain, 8))
    seen = [chain.total]
    while list(chain.pallets.message_queue.waiting.items(chain.storage)):
        chain.incoming[CONSUMER].send(b"\0", chain.head.number)
        chain.step()
        seen.append(chain.total)
    assert seen == [7, 15]
    heavy = VersionedXcm(5, (*bought(), *[xcm.ClearOrigin()] * 90)).to_scale()
    bring(chain, b"\0" + heavy + message(chain, 16))
    assert len(chain.named("OverweightEnqueued")) == 1 and chain.total == 31


def test_a_slow_target_makes_deliveries_dear_and_loses_none() -> None:
    """Twenty messages a block, and a target that executes four: all come once, in order, and the price goes up."""
    limits = BlockLimits(block=Weight(130_000_000_000, 10 << 20))
    fast, slow = Chain(BRIDGE, price=DeliveryPrice(base=1000, byte=0)), Chain(CONSUMER, limits=limits)
    connected(fast, slow, limits=ChannelLimits(capacity=6, page_size=512, total_size=3072))
    back, prices, sent, ran, most = xcm.DepositAsset(Wild(AllOf(PARENT)), account(ALICE)), [], [], [], 0
    call = slow.call("sign", by=1)
    message = VersionedXcm(5, (*bought(10**9), transact(call, xcm.OriginKind.Native), xcm.RefundSurplus(), back))
    args = {"dest": VersionedLocation(5, sibling(CONSUMER)), "message": message}
    for number in range(400):
        fast.step(*[(Call("PolkadotXcm", "send", args), signed(ALICE))] * (20 if number < 20 else 0))
        slow.step()
        sent += [one.id for one in fast.sent]
        prices += [one.price for one in fast.sent]
        ran += [one.id for one in slow.executions]
        waiting = dict(slow.pallets.message_queue.waiting.items(slow.storage))
        most = max(most, len(waiting.get(BRIDGE, ())))
        if number > 20 and len(ran) == len(sent):
            break
    assert ran == sent and len(set(sent)) == len(sent) == 400 and slow.total == 400
    assert prices[0] == 1000 and prices[-1] > 10 * prices[0] and prices == sorted(prices)
    assert most <= 34 and slow.issuance == 300 * UNIT


def test_with_the_declared_proof_a_block_takes_nine_messages_of_six_instructions() -> None:
    chain = receiving(unit_weight=UNIT_WEIGHT_WITH_PROOF)
    bring(chain, b"\0" + message(chain) * 20)
    assert chain.total == 9
    assert 700_000_000_000 // (7 * 10**9 + 7_545_079_000) == 48


def test_a_page_of_nothing_but_tiny_messages_is_bounded_by_weight() -> None:
    chain = receiving()
    bring(chain, b"\0" + b"\5\0" * 20_000)
    first = len(chain.named("Processed"))
    assert first == 7_000
    [(para, rest)] = chain.pallets.message_queue.waiting.items(chain.storage)
    assert para == CONSUMER and len(rest[0]) == 1 + 2 * (20_000 - first)


def test_mutated_messages_crash_nothing_and_conserve_tokens() -> None:
    chain = receiving()
    chance = Random(5)
    calls = [
        chain.call("sign", by=1),
        chain.call("transfer_all", "Balances", dest=Variant("Id", BOB), keep_alive=False),
    ]
    draw = Programs(chance, calls, [ALICE, BOB], [CONSUMER, 2000])
    outcomes = set()
    trapped = 0
    for _ in range(40):
        parts = []
        for _ in range(10):
            try:
                raw = bytearray(VersionedXcm(5, draw.message()).to_scale())
            except LocalError:  # too deep for the format
                continue
            if chance.random() < 0.6:
                raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            parts.append(bytes(raw))
        before = chain.issuance
        bring(chain, *[b"\0" + part for part in parts])
        lost = sum(ran.burned for ran in chain.executions)
        lost += sum(event.fields["amount"] for event in chain.named("DustLost"))
        kept = sum(amounts(ran.trapped.assets) for ran in chain.executions if ran.trapped)
        back = sum(amounts(event.fields["assets"].assets) for event in chain.named("AssetsClaimed"))
        assert chain.issuance == before - lost - kept + back
        trapped += kept
        outcomes |= {ran.outcome for ran in chain.executions} | {event.name for event in chain.events}
    assert {"Complete", "Incomplete", "Error", "ProcessingFailed", "Processed"} <= outcomes and trapped


def test_the_limits_of_a_queue_are_whole_numbers_in_their_ranges() -> None:
    assert (QueueLimits().share, QueueLimits().pages) == (35, 32)
    for wrong in ({"share": 0}, {"share": 101}, {"pages": -1}, {"pages": 1 << 16}, {"share": True}):
        with pytest.raises(LocalError, match=f"{next(iter(wrong))}: expected a whole number"):
            QueueLimits(**wrong)


def test_a_queue_that_is_too_long_is_told_and_one_that_is_not_is_not() -> None:
    chain = receiving()
    queue = MessageQueue(chain.pallets.executor, queue=QueueLimits(pages=1))
    for pages, told in (((b"",), ()), ((b"", b""), (CONSUMER,))):
        queue.waiting.put(storage := chain.storage, CONSUMER, pages)
        assert queue.congested(storage) == told
