"""What a block is told of its channels: once, by an inherent that others check."""

from __future__ import annotations

from dataclasses import replace

import pytest
from xcm_chains import BRIDGE, CONSUMER, Chain, connected
from xcm_machine import ALICE

from drandlab.idn.channels.messaging import MESSAGING, InboundPages, Messaging, Page, messaging_of
from drandlab.idn.pallets.parachain_system import PARACHAIN_INHERENT
from drandlab.idn.runtime.calls import NONE, Call, signed
from drandlab.idn.runtime.failures import BlockNotValid


def chain() -> Chain:
    one = Chain(BRIDGE)
    connected(one, Chain(CONSUMER), Chain(7))
    return one


def test_the_channels_of_a_block_are_those_that_it_is_told() -> None:
    one = chain()
    one.step()
    system = one.pallets.parachain_system
    assert system.channel(one.storage, CONSUMER) == one.outgoing[CONSUMER].state
    one.outgoing[7].send(b"abc", 1)
    del one.outgoing[CONSUMER]
    one.step()
    assert system.channel(one.storage, CONSUMER) is None
    state = system.channel(one.storage, 7)
    assert state is not None and state.bytes == 3 and system.relay_block.get(one.storage) == 3


def test_it_comes_once_and_from_nobody() -> None:
    one = chain()
    builder = one.runtime.open(one.head, 2)
    call = Call("ParachainSystem", "set_validation_data", {"data": Messaging()})
    assert builder.run(call, signed(ALICE)).error.name == "BadOrigin"  # type: ignore[union-attr]
    assert builder.run(call, NONE).error is None
    assert builder.run(call, NONE).error.name == "Other"  # type: ignore[union-attr]


def test_other_pages_than_the_relay_chain_has_are_refused() -> None:
    one = chain()
    told = messaging_of(2, one.outgoing, one.incoming)
    more = replace(told, inbound=(InboundPages(CONSUMER, (Page(0, b"\0"),)),))
    mine, other = ({PARACHAIN_INHERENT: MESSAGING.encode(data)} for data in (told, more))
    built = one.runtime.propose(one.head, 2, other)
    with pytest.raises(BlockNotValid, match="relay chain") as caught:
        one.runtime.execute(one.head, built.block, inherents=mine)
    assert caught.value.code == "inherent"
    with pytest.raises(BlockNotValid, match="cannot be read"):
        one.runtime.execute(one.head, built.block, inherents={PARACHAIN_INHERENT: b"\1"})
    assert one.runtime.execute(one.head, built.block, inherents=other).state.root == built.state.root
    assert one.runtime.execute(one.head, built.block, inherents={}).state.root == built.state.root
