"""What a block is told of its channels, and its one encoding."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.idn.channels.channel import Channel, ChannelLimits
from drandlab.idn.channels.messaging import MESSAGING, InboundPages, Messaging, Page, messaging_of


def test_states_and_pages_by_para_id() -> None:
    out, back = {7: Channel(), 5: Channel(ChannelLimits(capacity=2))}, {7: Channel(), 5: Channel()}
    out[5].send(b"abc", 1)
    back[7].send(b"x", 1)
    back[5].send(b"y", 3)
    told = messaging_of(3, out, back)
    assert [(one.para_id, one.state.capacity, one.state.bytes) for one in told.outbound] == [(5, 2, 3), (7, 1000, 0)]
    assert told.inbound == (InboundPages(7, (Page(1, b"x"),)),)
    assert messaging_of(3, out, back, left_out=[7]).inbound == ()
    assert MESSAGING.decode(MESSAGING.encode(told)) == told
    assert MESSAGING.encode(Messaging()).hex() == "000000000000"


def test_ids_rise_and_nothing_follows() -> None:
    with pytest.raises(LocalError, match="inbound"):
        Messaging(inbound=(InboundPages(7, ()), InboundPages(5, ())))
    twice = bytes.fromhex("00000000000814001400")
    with pytest.raises(FormatError) as caught:
        MESSAGING.decode(twice)
    assert caught.value.code == "value"
    with pytest.raises(FormatError):
        MESSAGING.decode(bytes(7))
