"""Timestamp: a block says its time once, within its slot, and never an earlier one than before."""

from __future__ import annotations

from typing import Any

import pytest
from toy_runtime import toy_genesis, toy_runtime

from drandlab.errors import FormatError
from drandlab.idn.pallets.timestamp import TIMESTAMP
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.calls import NONE, ROOT, Call
from drandlab.idn.runtime.failures import BlockNotValid
from drandlab.wire.scale import U64


def test_a_block_has_the_time_of_its_slot_or_the_one_that_was_provided() -> None:
    one = toy_runtime()
    timestamp: Any = one.table.pallets["Timestamp"]
    first = one.propose(toy_genesis(one), 100).head
    assert timestamp.now.get(one.storage(first)) == 600_000
    second = one.propose(first, 100, {TIMESTAMP: U64.encode(605_999)}).head
    assert timestamp.now.get(one.storage(second)) == 605_999
    third = one.propose(second, 100).head
    assert timestamp.now.get(one.storage(third)) == 605_999, "a second block of a slot is not before the first"
    assert not timestamp.did_update.exists(one.storage(third))
    with pytest.raises(FormatError):
        one.propose(third, 101, {TIMESTAMP: b"now"})


@pytest.mark.parametrize("now", [599_999, 606_000, 0, (1 << 64) - 1])
def test_a_time_outside_of_the_slot_fails(now: int) -> None:
    one = toy_runtime()
    builder = one.open(toy_genesis(one), 100)
    outcome = builder.run(Call("Timestamp", "set", {"now": now}), NONE)
    assert outcome.error is not None and outcome.error.name == "Other"


def test_the_time_is_set_once_by_nobody() -> None:
    one = toy_runtime()
    builder = one.open(toy_genesis(one), 100)
    call = Call("Timestamp", "set", {"now": 600_001})
    refused = builder.run(call, ROOT)
    assert refused.error is not None and refused.error.name == "BadOrigin"
    assert builder.run(call, NONE).error is None
    again = builder.run(call, NONE)
    assert again.error is not None and again.error.name == "Other"


def test_a_block_without_a_time_is_refused() -> None:
    one = toy_runtime()
    parent = toy_genesis(one)
    block = one.propose(parent, 100).block
    with pytest.raises(BlockNotValid, match="the inherent of Timestamp is missing") as caught:
        one.execute(parent, Block(header=block.header))
    assert caught.value.code == "inherent"


def test_a_time_that_is_too_far_ahead_of_the_node_is_refused() -> None:
    one = toy_runtime()
    parent = toy_genesis(one)
    block = one.propose(parent, 100).block
    assert one.execute(parent, block, inherents={TIMESTAMP: U64.encode(570_000)}).head.number == 1
    for mine, said in ((U64.encode(569_999), "too far in the future"), (b"?", "own time cannot be read")):
        with pytest.raises(BlockNotValid, match=said) as caught:
            one.execute(parent, block, inherents={TIMESTAMP: mine})
        assert caught.value.code == "inherent"
