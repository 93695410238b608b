"""The way of pulses to their targets as a reader sees it, block by block, from the journal of a chain file.

Each block of the bridge is one `LaneBlock`: which subscriptions it served, which failed and were paused, which only
paid for the block, the messages that left, waited and arrived, and the money that moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from drandlab.errors import LocalError
from drandlab.idn.state import blake2_256
from drandlab.printable import repr_of
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainFileBegan,
    ChainMoney,
    ChannelSeen,
    SubscriptionsSeen,
    XcmArrived,
    XcmExecuted,
    XcmSent,
)
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["ENDED", "TURNS", "Lane", "LaneBlock", "LaneMessage", "LaneSubscription", "lane_of"]

TURNS: Mapping[str, str] = {
    "new": "created",
    "sent": "sent a pulse",
    "failed": "not delivered: paused by the chain",
    "charged": "idle, charged",
    "paused": "paused by its owner",
    "resumed": "reactivated",
    "changed": "updated",
    "ended": "ended",
    "waits": "nothing happens",
}
"""What a block may do to a subscription, and how a reader is told."""

ENDED = "Ended"
"""The state of a subscription in the block that removes it; the chain has no word for it."""

SUBMISSION, KILL = "RandBeacon.try_submit_asig", "IdnManager.kill_subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSubscription:
    """A subscription after a block; ``turn`` is what the block did to it, a word of `TURNS`.

    ``spent`` is how many credits the block took. ``target`` is a parachain, None where it is none.
    """

    id: str
    subscriber: str
    target: int | None
    state: str
    credits: int
    left: int
    frequency: int
    last: int | None
    turn: str = "waits"
    spent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneMessage:
    """A message that left in block ``sent``: where it is bound for, its size on the wire, and its price.

    ``arrived`` is the block of the target in which it was executed, None as long as it travels; ``error`` is what
    stopped it there. ``sub_id`` is empty for a message that is no delivery.
    """

    id: str
    to: int
    sub_id: str
    size: int
    price: int
    sent: int
    arrived: int | None = None
    error: str | None = None
    executed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBlock:
    """A block of the bridge. ``pulse`` are the first and last round that it took, None for none.

    ``error`` is why a submission was refused. ``channels`` has for each sibling the messages that wait, their bytes and
    the price factor in parts of a million; ``money`` free balance, held fees and held deposit of each named account.
    """

    number: int
    author: str
    pulse: tuple[int, int] | None
    error: str | None
    subscriptions: tuple[LaneSubscription, ...]
    sent: tuple[LaneMessage, ...]
    arrived: tuple[LaneMessage, ...]
    waiting: tuple[LaneMessage, ...]
    channels: Mapping[int, tuple[int, int, int]]
    money: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """All blocks of a run, and of which file, bridge, policy and consumers it was."""

    scenario: str
    chain: int
    policy: str
    consumers: tuple[int, ...]
    blocks: tuple[LaneBlock, ...]

    def newest(self, count: int) -> Lane:
        """Return the same with at most so many of its last blocks."""
        return replace(self, blocks=self.blocks[-count:])


def lane_of(source: Any, *, first: int | None = None, last: int | None = None) -> Lane:
    """Return the lane of a journal, or of what has one as ``journal``: a run of a chain file.

    Raises `LocalError` for anything else, for a journal without a chain file, and where no block lies within ``first``
    and ``last``.

    >>> from drandlab.simulation.chains.chain_run import ChainRun
    >>> from drandlab.simulation.chains.chain_scenario import load_chain
    >>> lane = lane_of(ChainRun(load_chain("stall"), backend="glass").run(3))
    >>> lane.chain, [block.number for block in lane.blocks]
    (4502, [1, 2, 3])
    """
    journal = getattr(source, "journal", source)
    if not isinstance(journal, Journal):
        raise LocalError(f"expected a journal, or a run that has one, got {repr_of(source, 60)}", argument="source")
    reader = _Reader()
    reader.take_all(journal)
    if reader.began is None:
        raise LocalError("this journal is of no chain file: it has no entry of that kind", argument="source")
    blocks = [
        block
        for block in reader.told()
        if (first is None or block.number >= first) and (last is None or block.number <= last)
    ]
    if not blocks:
        raise LocalError("there are no blocks to show", argument="source")
    began = reader.began
    return Lane(
        scenario=began.scenario,
        chain=began.chain,
        policy=began.policy,
        consumers=tuple(began.consumers),
        blocks=tuple(blocks),
    )


@dataclass(slots=True)
class _Block:
    """What the entries of one block of the bridge say, gathered until its last one."""

    number: int
    author: str = ""
    pulse: tuple[int, int] | None = None
    error: str | None = None
    served: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    events: dict[str, str] = field(default_factory=dict)
    """The last event of each subscription that its owner's call, or the end, deposited."""
    seen: dict[str, LaneSubscription] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    killed: set[str] = field(default_factory=set)
    channels: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    money: dict[str, Mapping[str, int]] = field(default_factory=dict)


class _Reader(JournalReader):
    """Goes through the entries once; blocks of the siblings only say where messages have come to."""

    def __init__(self) -> None:
        self.began: ChainFileBegan | None = None
        self.blocks: dict[int, _Block] = {}
        self.messages: dict[str, LaneMessage] = {}
        self._by_hash: dict[bytes, str] = {}
        self.next_rounds: dict[int, int | None] = {}

    def _at(self, number: int) -> _Block:
        return self.blocks.setdefault(number, _Block(number))

    def _ours(self, chain: int) -> bool:
        return self.began is not None and chain == self.began.chain

    @on(ChainFileBegan)
    def _began(self, entry: Entry, what: ChainFileBegan) -> None:
        self.began = what

    @on(CallDispatched)
    def _called(self, entry: Entry, what: CallDispatched) -> None:
        if not self._ours(what.chain):
            return
        block = self._at(what.number)
        submission = what.call == SUBMISSION
        if submission and what.error is not None:
            block.error = what.error
        for event in what.events if what.error is None else ():
            self._event(block, event, submission)
            if what.call == KILL and isinstance(sub_id := event.get("sub_id"), str):
                block.killed.add(sub_id)

    def _event(self, block: _Block, event: Mapping[str, Any], submission: bool) -> None:
        name, sub_id = str(event.get("event")), event.get("sub_id")
        if not name.startswith("IdnManager.") or not isinstance(sub_id, str):
            return
        if submission and name == "IdnManager.SubscriptionPaused":
            block.failed.add(sub_id)
        else:
            block.events[sub_id] = name.removeprefix("IdnManager.")

    @on(ChainBlockEnded)
    def _ended(self, entry: Entry, what: ChainBlockEnded) -> None:
        if not self._ours(what.chain):
            return
        block = self._at(what.number)
        block.author = what.author
        before = self.next_rounds.get(what.number - 1)
        self.next_rounds[what.number] = what.next_round
        if what.next_round and what.next_round != before:
            begin = what.start if what.start is not None else before or what.begin
            block.pulse = None if begin is None or what.next_round <= begin else (begin, what.next_round - 1)
        for event in what.events:
            self._event(block, event, submission=False)

    @on(SubscriptionsSeen)
    def _subscriptions(self, entry: Entry, what: SubscriptionsSeen) -> None:
        block = self._at(what.number)
        block.served = {_hex(one) for one in what.delivered}
        block.gone = {_hex(one) for one in what.gone}
        for row in what.changed:
            found = _subscription(row)
            block.seen[found.id] = found

    @on(ChainMoney)
    def _money(self, entry: Entry, what: ChainMoney) -> None:
        if self._ours(what.chain):
            self._at(what.number).money = {
                name: {kind: int(amount) for kind, amount in dict(row).items()} for name, row in what.named.items()
            }

    @on(ChannelSeen)
    def _channel(self, entry: Entry, what: ChannelSeen) -> None:
        if self._ours(what.chain):
            self._at(what.number).channels[what.to] = (what.messages, what.bytes, what.factor)

    @on(XcmSent)
    def _sent(self, entry: Entry, what: XcmSent) -> None:
        if self._ours(what.chain):
            self.messages[_hex(what.id)] = LaneMessage(
                id=_hex(what.id),
                to=what.to,
                sub_id=_hex(what.sub_id) if what.sub_id else "",
                size=len(what.wire or what.xcm),
                price=what.price,
                sent=what.number,
            )

    @on(XcmArrived)
    def _arrived(self, entry: Entry, what: XcmArrived) -> None:
        if (message := self.messages.get(_hex(what.id))) is not None:
            self.messages[message.id] = replace(message, arrived=what.number)
            # one that is refused before its first instruction goes by the hash of its bytes, not by its topic
            self._by_hash[blake2_256(what.wire)] = message.id

    @on(XcmExecuted)
    def _executed(self, entry: Entry, what: XcmExecuted) -> None:
        if (message := self.messages.get(self._by_hash.get(what.id, _hex(what.id)))) is not None:
            self.messages[message.id] = replace(message, arrived=what.number, error=what.error, executed=True)

    # -- all that is known, block by block ----------------------------------------------------------------------------

    def told(self) -> list[LaneBlock]:
        """Return the blocks of the bridge in their order."""
        stored: dict[str, LaneSubscription] = {}
        found: list[LaneBlock] = []
        messages = list(self.messages.values())
        for number in sorted(self.blocks):
            block = self.blocks[number]
            rows = self._rows(block, stored)
            stored = {row.id: row for row in rows if row.state != ENDED}
            found.append(
                LaneBlock(
                    number=number,
                    author=block.author,
                    pulse=block.pulse,
                    error=block.error,
                    subscriptions=tuple(rows),
                    sent=tuple(one for one in messages if one.sent == number),
                    arrived=tuple(one for one in messages if one.arrived == number),
                    waiting=tuple(
                        one for one in messages if one.sent < number and (one.arrived is None or one.arrived > number)
                    ),
                    channels=dict(block.channels),
                    money=dict(block.money),
                )
            )
        return found

    def _rows(self, block: _Block, stored: Mapping[str, LaneSubscription]) -> list[LaneSubscription]:
        rows: list[LaneSubscription] = []
        for sub_id in [*stored, *(one for one in block.seen if one not in stored)]:
            before, after = stored.get(sub_id), block.seen.get(sub_id)
            now = after or before
            assert now is not None
            if sub_id in block.gone:  # it is told no more; unless it was killed, the block has taken its last credit
                used_up = sub_id not in block.killed and now.left <= 1 and block.pulse is not None
                now = replace(now, state=ENDED, left=0 if used_up else now.left)
            spent = max(0, (now.credits if before is None else before.left) - now.left)
            rows.append(replace(now, turn=self._turn(block, sub_id, before, now, spent), spent=spent))
        return rows

    def _turn(
        self, block: _Block, sub_id: str, before: LaneSubscription | None, now: LaneSubscription, spent: int
    ) -> str:
        if sub_id in block.failed:
            return "failed"
        if sub_id in block.served:
            return "sent"
        if now.state == ENDED:
            return "ended"
        if before is None:
            return "new"
        if before.state != now.state:
            return {"Paused": "paused", "Active": "resumed"}.get(now.state, "charged")
        if spent:
            return "charged"
        return "changed" if block.events.get(sub_id) == "SubscriptionUpdated" else "waits"


def _hex(value: bytes | str) -> str:
    return value if isinstance(value, str) else f"0x{value.hex()}"


def _subscription(row: Mapping[str, Any]) -> LaneSubscription:
    return LaneSubscription(
        id=_hex(row["id"]),
        subscriber=_hex(row["subscriber"]),
        target=row.get("target"),
        state=row["state"],
        credits=row["credits"],
        left=row["credits_left"],
        frequency=row["frequency"],
        last=row.get("last_delivered"),
    )
