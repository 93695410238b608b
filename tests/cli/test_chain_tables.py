"""What people are shown of deliveries, from journals that are made by hand."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from drandlab.cli.chain_tables import MOST, print_deliveries
from drandlab.records import Record
from drandlab.simulation.chains.chain_entries import (
    BlockWeighed,
    ChainBlockEnded,
    SubscriptionsSeen,
    XcmArrived,
    XcmExecuted,
    XcmSent,
)
from drandlab.simulation.journal import Entry

SUB = "0x" + "ab" * 32


def printed(*what: Record, consumers: tuple[int, ...] = (7,)) -> list[str]:
    to = io.StringIO()
    print_deliveries(Console(file=to, width=150), [Entry(0.0, None, one) for one in what], consumers)
    return [line.rstrip() for line in to.getvalue().splitlines()]


def sent(number: int, id: bytes = b"a") -> XcmSent:
    return XcmSent(chain=4502, number=number, to=7, id=id, xcm=b"", wire=b"", sender=b"", price=1)


def arrived(number: int, blocks: int = 1, id: bytes = b"a") -> XcmArrived:
    return XcmArrived(chain=7, number=number, sibling=4502, id=id, wire=b"", blocks=blocks)


def executed(error: str | None = None, chain: int = 7) -> XcmExecuted:
    return XcmExecuted(chain=chain, number=2, sibling=4502, id=b"a", error=error, ref_time=1, proof_size=1)


def seen(number: int = 1, id: str = SUB, gone: tuple[bytes, ...] = (), **about: Any) -> SubscriptionsSeen:
    one = {"id": id, "state": "Active", "credits": 9_000, "credits_left": 8_999, "frequency": 2}
    one |= {"last_delivered": number, "target": 7} | about
    return SubscriptionsSeen(
        chain=4502, number=number, count=1, changed=(one,), gone=gone, delivered=(bytes.fromhex(id[2:]),)
    )


def weighed(number: int, time: int, proof: int) -> BlockWeighed:
    return BlockWeighed(chain=4502, number=number, ref_time=time, proof_size=proof, most_time=100, most_proof=1000)


def test_a_bridge_without_any_prints_nothing() -> None:
    assert printed(consumers=()) == []
    assert printed() == ["chain 7  nothing came"]


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        ([executed()], "chain 7  1 message executed"),
        ([executed(), executed()], "chain 7  2 messages executed"),
        ([executed()] * 1000, "chain 7  1,000 messages executed"),
        ([executed(chain=8)], "chain 7  nothing came"),
        ([executed("Barrier")] * 2 + [executed("Trap")], "chain 7  2 failed with Barrier, 1 failed with Trap"),
        ([executed("\x1b[31m")], "chain 7  1 failed with \\x1b[31m"),
        ([sent(1), arrived(2), executed()], "chain 7  1 message executed"),
        ([sent(1), arrived(9), executed()], "chain 7  1 message executed, the latest waited 8 blocks"),
        ([arrived(2), arrived(2), executed()], "chain 7  1 message executed, 1 message not run: waiting, or too heavy"),
        ([arrived(2), arrived(2)], "chain 7  2 messages not run: waiting, or too heavy"),
        ([arrived(2), arrived(2), executed(), executed("Trap")], "chain 7  1 message executed, 1 failed with Trap"),
        ([arrived(9, blocks=3), executed()], "chain 7  1 message executed, the latest waited 3 blocks"),
    ],
)
def test_what_came_to_a_consumer(entries: list[Record], line: str) -> None:
    assert printed(*entries) in ([line], [f"{line} for a block's share"])


def test_the_events_of_a_consumer_are_counted() -> None:
    events = tuple({"event": "IdnConsumer.RandomnessConsumed"} for _ in range(3))
    ended = [
        ChainBlockEnded(chain=chain, number=1, slot=1, author="", hash=b"", parent=b"", balances={}, events=events)
        for chain in (7, 8)
    ]
    assert printed(*ended) == ["chain 7  3 × IdnConsumer.RandomnessConsumed"]


def test_subscriptions_are_shown_as_they_were_last() -> None:
    title, row, _ = printed(seen(1), seen(4, credits_left=1_234))
    assert title.split() == ["subscription", "to", "state", "credits", "left", "every", "delivered", "last"]
    assert row.split() == ["0xabababababab…", "7", "Active", "9,000", "1,234", "2", "2", "4"]
    _, row, _ = printed(seen(1), seen(4, gone=(b"\xab" * 32,), id="0x" + "cd" * 32))[:3]
    assert row.split() == ["0xabababababab…", "7", "ended", "9,000", "2", "1"]


def test_many_subscriptions_are_cut_and_the_rest_is_counted() -> None:
    for more, said in (
        (1, "… and 1 more subscription; --json has them all"),
        (2, "… and 2 more subscriptions; --json"),
    ):
        lines = printed(*(seen(1, id=f"0x{number:064x}") for number in range(MOST + more)))
        assert len(lines) == 1 + MOST + 2 and lines[-2].startswith(said)


def test_the_fullest_block_is_that_with_the_highest_share_of_either() -> None:
    assert printed(weighed(1, 50, 0), weighed(2, 10, 800), weighed(3, 60, 700), consumers=()) == [
        "fullest     block 2 of chain 4502: 10.0% of the time, 80.0% of the proof's size"
    ]
