"""Channels: one way, in order, after a delay, and never more than the limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.idn.channels.channel import CHANNEL_CODES, Channel, ChannelFull, ChannelLimits


def test_pages_arrive_in_order_after_the_delay() -> None:
    channel = Channel(ChannelLimits(delay=2))
    for now, page in ((1, b"a"), (2, b"bb"), (2, b"c")):
        channel.send(page, now)
    assert channel.arrived(2) == ()
    assert channel.arrived(3) == ((1, b"a"),)
    assert channel.arrived(4) == ((1, b"a"), (2, b"bb"), (2, b"c"))
    channel.received(2)
    assert channel.arrived(9) == ((2, b"c"),) and channel.state.bytes == 1


@pytest.mark.parametrize(
    ("limits", "page", "code"),
    [
        (ChannelLimits(page_size=3), b"four", "page-too-big"),
        (ChannelLimits(capacity=1), b"x", "channel-full"),
        (ChannelLimits(total_size=4), b"four", "channel-full"),
    ],
)
def test_what_has_no_room_is_refused_and_changes_nothing(limits: ChannelLimits, page: bytes, code: str) -> None:
    channel = Channel(limits)
    channel.send(b"1", 0)
    before = channel.state
    with pytest.raises(ChannelFull) as caught:
        channel.send(page, 1)
    assert caught.value.code == code and code in CHANNEL_CODES
    assert channel.state == before


@given(st.lists(st.one_of(st.binary(max_size=6), st.integers(0, 4)), max_size=40))
def test_no_page_is_lost_or_doubled(steps: list[bytes | int]) -> None:
    channel, sent, came = Channel(ChannelLimits(capacity=4, total_size=12, page_size=5)), [], []
    for now, step in enumerate(steps):
        if isinstance(step, bytes):
            try:
                channel.send(step, now)
                sent.append(step)
            except ChannelFull:
                continue
        else:
            due = channel.arrived(now)[:step]
            channel.received(len(due))
            came += [page for _, page in due]
        state = channel.state
        assert state.pages <= 4 and state.bytes <= 12
        assert state.bytes == sum(map(len, sent)) - sum(map(len, came))
    channel_rest = [page for _, page in channel.arrived(100)]
    assert came + channel_rest == sent


def test_bad_numbers_are_refused_by_name() -> None:
    for name in ("capacity", "page_size", "total_size", "delay"):
        with pytest.raises(LocalError, match=name):
            ChannelLimits(**{name: 0})
    with pytest.raises(LocalError, match="count"):
        Channel().received(1)
