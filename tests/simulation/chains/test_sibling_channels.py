"""What stands between the chains of a file: pages wait where nobody takes them, and what waits pushes back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.pallets.message_queue import MessageQueue, QueueLimits
from drandlab.idn.pallets.xcmp_queue import XCMP_FORMAT
from drandlab.simulation.chain_fuzz.message_rules import MessagesInOrder
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario, ConsumerTable, load_chain
from drandlab.simulation.chains.sibling_channels import SiblingChannels
from drandlab.simulation.checkers.verdict import judge
from drandlab.simulation.reading.reader import JournalReader

SLOW = load_chain("slow-consumer")


def plan(**consumer: Any) -> ChainScenario:
    return ChainScenario(name="x", about="y", blocks=9, consumers=(ConsumerTable(para_id=7, **consumer),))


def entries(run: ChainRun, kind: str) -> list[Any]:
    return [entry.what for entry in run.journal.entries(kind)]


def test_each_consumer_has_a_channel_both_ways_and_no_other() -> None:
    two = ChainScenario(name="x", about="y", blocks=1, consumers=(ConsumerTable(para_id=7), ConsumerTable(para_id=9)))
    between = SiblingChannels(two)
    assert sorted(between.channels) == [(7, 4502), (9, 4502), (4502, 7), (4502, 9)]
    assert sorted(between.outgoing(4502)) == [7, 9] and list(between.outgoing(7)) == [4502]


def test_pages_are_handed_over_once_and_wait_for_a_receiver_that_takes_none() -> None:
    between = SiblingChannels(plan(not_receiving=(2,)))
    between.take(4502, {7: b"one"}, 1)
    assert between.messaging(7, 2).inbound == ()
    assert between.messaging(7, 3, congested=(4502,)).inbound == ()
    assert between.messaging(4502, 3).outbound[0].state.pages == 1
    [taken] = between.messaging(7, 4, congested=(8,)).inbound
    assert (taken.para_id, [page.data for page in taken.pages]) == (4502, [b"one"])
    assert between.messaging(7, 5).inbound == () and between.messaging(4502, 5).outbound[0].state.pages == 0


@pytest.mark.parametrize("mode", ["range", "accumulate"])
def test_a_consumer_that_is_too_slow_pushes_back_into_its_channel_and_catches_up(mode: str) -> None:
    text = (SLOW_FILE := _text("slow-consumer")).replace("ingest = true", f'ingest = true\nmode = "{mode}"')
    assert text != SLOW_FILE
    run = ChainRun(ChainScenario.from_toml(text), backend="glass")
    queue = run.consumers[0].messaging
    assert queue is not None
    most, full = 0, 0
    for number in range(1, SLOW.blocks + 1):
        run.run(number)
        waiting = dict(queue.message_queue.waiting.items(run.consumers[0].runtime.storage(run.consumers[0].head)))
        most = max(most, len(waiting.get(4502, ())))
        full += run.channels.channels[4502, 4594].state.is_full
    # two pages may wait with the receiver, and those that were in the channel come together
    assert 2 < most <= 4 and full > 3
    sent, arrived, done = (entries(run, kind) for kind in ("xcm sent", "xcm arrived", "xcm executed"))
    assert len(sent) == 31 and [one.id for one in arrived] == [one.id for one in sent] == [one.id for one in done]
    assert max(Counter(one.number for one in done).values()) == 1, "the consumer executes one message a block"
    assert max(one.blocks for one in arrived) > 3, "pages have waited in the channel"
    prices = [one.price for one in sent]
    assert prices[:30] == sorted(prices[:30]) and prices[29] > prices[0] and prices[30] < prices[29]
    assert [one.messages for one in entries(run, "channel")][-1] == 0, "all has come"
    verdicts = [*check_chains(run.journal), *judge(run.journal, JournalReader(), [MessagesInOrder()])]
    assert all(verdict.ok for verdict in verdicts)
    assert {verdict.name: verdict.checked for verdict in verdicts}["tokens"] == 2 * SLOW.blocks


def test_the_bridge_takes_no_more_either_where_too_much_of_a_consumer_waits() -> None:
    run = ChainRun(plan(channel=ChannelLimits(capacity=3)), backend="glass")
    assert run.bridge.messaging is not None and run.bridge.messaging.message_queue.queue.pages == 32
    queue = MessageQueue(run.bridge.messaging.executor, queue=QueueLimits(share=1, pages=1))
    run.bridge.messaging.parachain_system.connect(
        receive=queue.receive, take=run.bridge.messaging.xcmp_queue.take, limit=queue.limit
    )
    run.bridge.messaging = replace(run.bridge.messaging, message_queue=queue)
    page, waiting = XCMP_FORMAT + b"\5\0" * 300, []  # more messages than such a queue executes in a block
    channel = run.channels.channels[7, 4502]
    for number in range(1, 10):
        run.run(number)
        waiting.append(len(dict(queue.waiting.items(run.bridge.runtime.storage(run.bridge.head))).get(7, ())))
        if not channel.state.is_full:
            run.channels.take(7, {4502: page}, number)
    assert max(waiting) == 2 and channel.state.pages > 1


def _text(name: str) -> str:
    from drandlab.simulation.chains.chain_scenario import _SHIPPED

    return (_SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
