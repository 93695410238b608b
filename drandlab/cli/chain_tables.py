"""What people are shown of a chain file's run beside its blocks: subscriptions, consumers, how full blocks are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from drandlab.printable import counted, shown
from drandlab.simulation.chains.chain_entries import (
    BlockWeighed,
    ChainBlockEnded,
    SubscriptionsSeen,
    XcmArrived,
    XcmExecuted,
    XcmSent,
)
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["DeliveryFigures", "print_deliveries"]

MOST = 40
"""Subscriptions that people are shown."""


class DeliveryFigures(JournalReader):
    """What a journal says of deliveries: messages by chain, subscriptions as they were last, the fullest block."""

    def __init__(self) -> None:
        self.sent: Counter[int] = Counter()
        self.executed: Counter[int] = Counter()
        self.failed: Counter[tuple[int, str]] = Counter()
        self.events: Counter[tuple[int, str]] = Counter()
        self.arrived: Counter[int] = Counter()
        self.waited: Counter[int] = Counter()
        self._under_way: dict[bytes, int] = {}
        self.by_block: Counter[int] = Counter()
        self.delivered: Counter[str] = Counter()
        self.subscriptions: dict[str, Mapping[str, Any]] = {}
        self.ended: set[str] = set()
        self.fullest: BlockWeighed | None = None

    @on(XcmSent)
    def _sent(self, entry: Entry, what: XcmSent) -> None:
        self.sent[what.chain] += 1
        self._under_way[what.id] = what.number

    @on(XcmArrived)
    def _arrived(self, entry: Entry, what: XcmArrived) -> None:
        self.arrived[what.chain] += 1
        # it may have waited with its sender, before it went into the channel
        sent = self._under_way.pop(what.id, what.number - what.blocks)
        self.waited[what.chain] = max(self.waited[what.chain], what.number - sent)

    @on(XcmExecuted)
    def _executed(self, entry: Entry, what: XcmExecuted) -> None:
        if what.error is None:
            self.executed[what.chain] += 1
        else:
            self.failed[what.chain, what.error] += 1

    @on(SubscriptionsSeen)
    def _subscriptions(self, entry: Entry, what: SubscriptionsSeen) -> None:
        for one in what.changed:
            self.subscriptions[one["id"]] = one
        self.ended |= {f"0x{id.hex()}" for id in what.gone}
        self.ended -= {one["id"] for one in what.changed}
        self.delivered.update(f"0x{id.hex()}" for id in what.delivered)
        self.by_block[what.number] += len(what.delivered)

    @on(BlockWeighed)
    def _weighed(self, entry: Entry, what: BlockWeighed) -> None:
        if self.fullest is None or _share(what) > _share(self.fullest):
            self.fullest = what

    @on(ChainBlockEnded)
    def _ended(self, entry: Entry, what: ChainBlockEnded) -> None:
        self.events.update((what.chain, event["event"]) for event in what.events)


def _share(what: BlockWeighed) -> float:
    return max(what.ref_time / what.most_time, what.proof_size / what.most_proof)


def print_deliveries(console: Console, journal: Iterable[Entry], consumers: Iterable[int]) -> None:
    """Print what came of subscriptions and messages; nothing for a bridge without."""
    figures = DeliveryFigures()
    figures.take_all(journal)
    if figures.subscriptions:
        _print_subscriptions(console, figures)
    for para in consumers:
        console.print(f"chain {para}  {', '.join(_of_consumer(figures, para)) or 'nothing came'}", soft_wrap=True)
    if (fullest := figures.fullest) is not None:
        time, proof = fullest.ref_time / fullest.most_time, fullest.proof_size / fullest.most_proof
        block = f"block {fullest.number} of chain {fullest.chain}"
        console.print(f"fullest     {block}: {time:.1%} of the time, {proof:.1%} of the proof's size")


def _print_subscriptions(console: Console, figures: DeliveryFigures) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("subscription", "to", "state", "credits", "left", "every", "delivered", "last"):
        table.add_column(name, justify="left" if name in ("subscription", "state") else "right", overflow="fold")
    for id, one in list(figures.subscriptions.items())[:MOST]:
        ended = id in figures.ended
        table.add_row(
            *(id[:14] + "…", _text(one["target"]), "ended" if ended else one["state"], f"{one['credits']:,}"),
            *("" if ended else f"{one['credits_left']:,}", f"{one['frequency']:,}"),
            *(f"{figures.delivered[id]:,}", "" if ended else _text(one["last_delivered"])),
        )
    console.print(table)
    if (more := len(figures.subscriptions) - MOST) > 0:
        console.print(f"… and {counted(more, 'more subscription')}; --json has them all")


def _failed(figures: DeliveryFigures, para: int) -> list[tuple[str, int]]:
    return sorted((error, count) for (chain, error), count in figures.failed.items() if chain == para)


def _of_consumer(figures: DeliveryFigures, para: int) -> Iterator[str]:
    if figures.executed[para]:
        yield f"{counted(figures.executed[para], 'message')} executed"
    for error, count in _failed(figures, para):
        yield f"{count:,} failed with {shown(error, 60)}"
    rest = figures.arrived[para] - figures.executed[para] - sum(failed for _, failed in _failed(figures, para))
    if rest > 0:
        yield f"{counted(rest, 'message')} not run: waiting, or too heavy for a block's share"
    if figures.sent[para]:
        yield f"{figures.sent[para]:,} sent"
    if figures.waited[para] > 1:
        yield f"the latest waited {figures.waited[para]:,} blocks"
    for (chain, event), count in sorted(figures.events.items()):
        if chain == para:
            yield f"{count:,} × {shown(event, 60)}"


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
