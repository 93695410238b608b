"""What a chain file's run has come to, read from its journal: the form that ``drandlab idn --json`` writes.

Hexadecimal has 0x before SCALE and identifiers, and none before signatures, points and keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.records import plain
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainFileBegan,
    SubscriptionsSeen,
    XcmSent,
)
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["ChainReport", "report_of"]


_SUBSCRIPTION = ("id", "subscriber", "state", "credits", "credits_left", "frequency", "last_delivered")
"""What the results say of a subscription, in this order."""


class ChainReport(JournalReader):
    """The blocks of the bridge and of the consumers, as plain data.

    Subscriptions stand in the order in which they were made; those that a block does not change are the same table.
    """

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self.consumers: dict[int, list[dict[str, Any]]] = {}
        self._bridge: int | None = None
        self._calls: dict[tuple[int, int], list[dict[str, Any]]] = {}
        self._messages: dict[tuple[int, int], list[dict[str, Any]]] = {}
        self._subscriptions: dict[str, dict[str, Any]] = {}

    @on(ChainFileBegan)
    def _began(self, entry: Entry, what: ChainFileBegan) -> None:
        self._bridge = what.chain
        self.consumers = {para: [] for para in what.consumers}

    @on(CallDispatched)
    def _dispatched(self, entry: Entry, what: CallDispatched) -> None:
        events = [] if what.error is not None else [dict(event) for event in what.events]
        call = {"call": what.call, "error": what.error, "events": plain(events)}
        self._calls.setdefault((what.chain, what.number), []).append(call)

    @on(XcmSent)
    def _sent(self, entry: Entry, what: XcmSent) -> None:
        message = {"to": what.to, "xcm": f"0x{what.xcm.hex()}"}
        self._messages.setdefault((what.chain, what.number), []).append(message)

    @on(SubscriptionsSeen)
    def _subscribed(self, entry: Entry, what: SubscriptionsSeen) -> None:
        for one in what.changed:
            self._subscriptions[one["id"]] = {name: one[name] for name in _SUBSCRIPTION}
        for id in what.gone:
            del self._subscriptions[f"0x{id.hex()}"]

    @on(ChainBlockEnded)
    def _ended(self, entry: Entry, what: ChainBlockEnded) -> None:
        place = what.chain, what.number
        calls, messages = self._calls.pop(place, []), self._messages.pop(place, [])
        block = {"number": what.number, "calls": calls, "events": plain(list(what.events))}
        if what.chain != self._bridge:
            self.consumers[what.chain].append({**block, "messages": messages})
            return
        head = {"number": what.number, "slot": what.slot, "author": what.author}
        self.blocks.append(
            {
                **head,
                **block,
                "beacon": _beacon(what),
                "subscriptions": list(self._subscriptions.values()),
                "balances": plain(what.balances),
                "messages": messages,
                "digest": [f"0x{item.hex()}" for item in what.digest],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return both as the command writes them."""
        consumers = [{"para_id": para, "blocks": blocks} for para, blocks in self.consumers.items()]
        return {"blocks": self.blocks, "consumers": consumers}


def _beacon(what: ChainBlockEnded) -> Mapping[str, Any]:
    held: dict[str, Any] | None = None
    if what.message:
        held = {"signature": what.signature.hex(), "message": what.message.hex()}
    elif what.signature:
        held = {"signature": what.signature.hex(), "start": what.start, "end": what.end}
    return {"next_round": what.next_round, "accumulation": held, "random": what.random.hex() or None}


def report_of(journal: Journal) -> ChainReport:
    """Return the report of a run; raises `FormatError` for a journal that contradicts itself."""
    report = ChainReport()
    report.take_all(journal)
    return report
