"""What an author hands to its runtime, in the design as it was written and as it was built."""

from __future__ import annotations

import pytest
from collator_loop import Loop, beacon

from drandlab.errors import LocalError
from drandlab.idn.collator.collator import CollatorSettings
from drandlab.idn.collator.intake.inherent_provider import InherentProvider
from drandlab.idn.collator.intake.pulse_queue import PulseQueue
from drandlab.idn.rand_beacon import decode_observed


def provider(design: str, *rounds: int, genesis: int | None = None, capacity: int = 100) -> InherentProvider:
    queue = PulseQueue(capacity)
    for round in rounds:
        queue.put(beacon(round))
    return InherentProvider(queue, design, genesis_round=genesis)


def rounds(data: bytes | None) -> list[int] | None:
    return None if data is None else [one.round for one in decode_observed(data)]


@pytest.mark.parametrize("design", ["first", "second"])
def test_as_it_was_built_everything_is_provided_and_nothing_is_taken(design: str) -> None:
    one = provider(design, 7, 5, 5, 9)
    assert rounds(one.data(6, 1)) == [7, 5, 5, 9] == rounds(one.data(None, 30))
    assert len(one.queue) == 4


@pytest.mark.parametrize("design", ["first", "second"])
def test_as_it_was_built_an_empty_queue_provides_an_empty_list(design: str) -> None:
    assert rounds(provider(design).data(6, 6)) == []


def test_the_first_design_forgets_after_a_minute_what_the_chain_still_waits_for() -> None:
    one = provider("first", *range(100, 121), capacity=20)
    assert 100 not in (rounds(one.data(100, 30)) or [])


def test_as_it_was_written_pulses_go_on_where_the_chain_is() -> None:
    one = provider("seed", 9, 7, 8, 8, 12, 6, genesis=5)
    assert rounds(one.data(7, 6)) == [7, 8, 9]
    assert rounds(one.data(7, 2)) == [7, 8], "no more than a block may take"
    assert one.data(10, 6) is None, "round 10 is missing: nothing at all"
    assert len(one.queue) == 6


def test_nobody_publishes_before_the_genesis_pulse_was_seen() -> None:
    one = provider("seed", 6, 7, genesis=5)
    assert one.data(None, 6) is None and one.data(5, 6) is None
    one.queue.put(beacon(5))
    assert rounds(one.data(None, 6)) == [5, 6, 7]


def test_without_a_genesis_round_the_smallest_that_was_seen_begins() -> None:
    assert rounds(provider("seed", 8, 6, 7).data(None, 6)) == [6, 7, 8]
    assert provider("seed").data(None, 6) is None


def test_an_author_may_change_what_is_provided() -> None:
    one = provider("seed", 5, 6)
    assert rounds(one.data(5, 6, lambda chosen: chosen[:1])) == [5]
    assert one.data(5, 6, lambda chosen: []) is None
    assert rounds(provider("first", 5).data(5, 6, lambda chosen: [])) == []


def test_a_design_that_does_not_exist() -> None:
    with pytest.raises(LocalError):
        InherentProvider(PulseQueue(), "third")


def test_collators_of_the_design_as_written_ingest_every_round_in_order() -> None:
    loop = Loop(4, settings=CollatorSettings(carrier="seed", genesis_round=40))
    loop.run(60, first_round=38)
    head = loop.collators[0].tree.best_head
    following = loop.rules.next_round(head)
    assert following is not None and 40 + 14 <= following <= 40 + 18
    # what is final on chain leaves the queue
    assert all(one.round >= following - 6 for one in loop.collators[0].queue.read())


def test_before_the_genesis_round_blocks_are_empty() -> None:
    loop = Loop(4, settings=CollatorSettings(carrier="seed", genesis_round=1000)).run(30, first_round=5)
    assert loop.rules.next_round(loop.collators[0].tree.best_head) is None
