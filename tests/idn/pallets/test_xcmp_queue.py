"""The outgoing queue: pages, one a block, and a price that rises while too much waits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xcm_chains import BRIDGE, CONSUMER, Chain, connected
from xcm_machine import ALICE

from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.pallets.xcmp_queue import split_page
from drandlab.idn.runtime.calls import Call, Origin, signed
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm import sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm
from drandlab.idn.xcm_execution.prices import FACTOR_ONE, DeliveryPrice, lowered, raised

LIMITS = ChannelLimits(page_size=512, total_size=1536)


def note(size: int) -> tuple[Call, Origin]:
    message = VersionedXcm(5, (xcm.Transact(xcm.OriginKind.Xcm, None, bytes(size)),))
    args = {"dest": VersionedLocation(5, sibling(CONSUMER)), "message": message}
    return Call("PolkadotXcm", "send", args), signed(ALICE)


def chains() -> tuple[Chain, Chain]:
    bridge, consumer = Chain(BRIDGE, price=DeliveryPrice(base=10**9, byte=0)), Chain(CONSUMER)
    connected(bridge, consumer, limits=LIMITS)
    return bridge, consumer


def test_messages_share_pages_and_one_page_goes_a_block() -> None:
    bridge, consumer = chains()
    bridge.step(*[note(80)] * 5)
    lengths = {len(one.wire) for one in bridge.sent}
    [length] = lengths
    assert (512 - 1) // length == 3
    [queue] = bridge.pallets.xcmp_queue.status.get(bridge.storage)
    assert (queue.first, queue.last) == (1, 2)
    assert [len(page) for _, page in bridge.pallets.parachain_system.outbound(bridge.storage)] == [1 + 3 * length]
    bridge.step()
    assert [len(page) for _, page in bridge.pallets.parachain_system.outbound(bridge.storage)] == [1 + 2 * length]
    assert bridge.pallets.xcmp_queue.status.get(bridge.storage) == ()
    bridge.step()
    assert bridge.pallets.parachain_system.outbound(bridge.storage) == ()
    counts = []
    for _ in range(4):
        consumer.step()
        counts.append(len(consumer.named("ProcessingFailed")))
    assert counts == [0, 3, 2, 0]


@pytest.mark.parametrize("count", [1, 5, 61, 62, 63, 64, 90])
def test_what_travels_is_the_encoding_of_the_whole_message(count: int) -> None:
    """The topic is written behind a message that is encoded already, where that gives the same bytes."""
    bridge, _ = chains()
    message = (xcm.ClearError(),) * count
    for given_message in (message, (*message, xcm.SetTopic(bytes(32)))):
        ticket = bridge.pallets.xcmp_queue.ticket(
            bridge.runtime.open(bridge.head, 99).context, sibling(CONSUMER), given_message
        )
        assert ticket.wire == VersionedXcm(5, ticket.message).to_scale()
        assert isinstance(ticket.message[-1], xcm.SetTopic) and ticket.message[-1].topic == ticket.id


def test_the_price_rises_above_half_of_the_channel_and_falls_again() -> None:
    bridge, _ = chains()
    bridge.step(*[note(80)] * 7)
    prices = [one.price for one in bridge.sent]
    factor = FACTOR_ONE
    for place in range(7):
        assert prices[place] == 10**9 * factor // FACTOR_ONE
        size = len(bridge.sent[0].wire)
        pages, in_page = divmod(place, 3)
        if pages * 512 + 1 + (in_page + 1) * size > 1536 // 2:
            factor = raised(factor, size)
    assert factor > FACTOR_ONE
    stored = bridge.pallets.xcmp_queue.factor
    assert stored.get(bridge.storage, CONSUMER) == lowered(factor)
    for _ in range(3):
        bridge.step()
    assert stored.get(bridge.storage, CONSUMER) == lowered(lowered(lowered(factor)))


def test_a_channel_that_closes_swallows_what_waits() -> None:
    bridge, _ = chains()
    bridge.step(*[note(80)] * 7)
    bridge.outgoing.clear()
    bridge.step()
    queue = bridge.pallets.xcmp_queue
    assert queue.status.get(bridge.storage) == () and list(queue.pages.items(bridge.storage)) == []


@settings(max_examples=60)
@given(st.lists(st.integers(0, 3), max_size=5), st.binary(max_size=12))
def test_a_page_is_read_up_to_what_cannot_be_read(counts: list[int], junk: bytes) -> None:
    messages = [VersionedXcm(5, (xcm.ClearOrigin(),) * count).to_scale() for count in counts]
    found = list(split_page(b"\0" + b"".join(messages) + junk))
    assert [raw for raw, _ in found[: len(messages)]] == messages
    assert all(message is not None for _, message in found[: len(messages)])
    assert b"".join(raw for raw, _ in found[len(messages) :]) == junk
    assert all(message is not None for _, message in found[:-1])
    for other in (b"", b"\1\5\0", b"\7"):
        assert list(split_page(other)) == [(other, None)]
