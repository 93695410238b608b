r"""Deliveries are due: what is sent to whom, followed event by event beside the pallet's own storage.

A pulse is sent to subscriptions alone that are there and active: not to one that was killed, has ended or is paused. It
is sent once a block at most, and not before the block that the frequency says:

$$block \ge delivered + frequency,$$

where ``delivered`` is the block of the last delivery; in 32 bits, where the policy has that defect. For each delivery
that is told there is one message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from drandlab.idn.subscriptions.policies import policies
from drandlab.records import Json
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainFileBegan,
    SubscriptionsSeen,
    XcmSent,
)
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["DeliveriesDue"]

_WRAPS = (1 << 32) - 1


def _events(what: CallDispatched | ChainBlockEnded) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for event in what.events:
        yield event["event"].removeprefix("IdnManager."), event


@dataclass(slots=True)
class _Known:
    """What is known of one subscription; ``frequency`` is None until the block that changed it is over."""

    active: bool = True
    frequency: int | None = None
    served: int | None = None
    wanted: tuple[int, ...] | None = None


@dataclass(slots=True)
class _Block:
    """What has happened in a block so far; beside each call the filter that it gives, where that is known."""

    calls: list[tuple[CallDispatched, tuple[int, ...] | None]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    seen: SubscriptionsSeen | None = None


class DeliveriesDue(Base[JournalReader]):
    """Pulses are sent to whom they are due, and each is one message.

    A subclass that knows the filters of calls (`filter_of`) has the rounds of deliveries judged, too.
    """

    def __init__(self, name: str = "due") -> None:
        super().__init__(name)
        self._bridge, self._policy = 0, policies["deployed"]
        self._next: int | None = None
        self._known: dict[str, _Known] = {}
        self._block = _Block()

    def filter_of(self, what: CallDispatched) -> tuple[int, ...] | None:
        """Return the filter that a call gives, None where it gives none or nobody knows."""
        return None

    @on(ChainFileBegan)
    def began(self, entry: Entry, what: ChainFileBegan, facts: JournalReader) -> None:
        """Note which chain is the bridge, and its rules."""
        self._bridge, self._policy = what.chain, policies[what.policy].without(*what.without)

    @on(CallDispatched)
    def dispatched(self, entry: Entry, what: CallDispatched, facts: JournalReader) -> None:
        """Keep a call until its block is done."""
        wanted = self.filter_of(what)
        if what.chain == self._bridge:
            self._block.calls.append((what, wanted))

    @on(XcmSent)
    def sent(self, entry: Entry, what: XcmSent, facts: JournalReader) -> None:
        """Keep a message that delivers."""
        if what.chain == self._bridge and what.sub_id:
            self._block.sent.append(f"0x{what.sub_id.hex()}")

    @on(SubscriptionsSeen)
    def seen(self, entry: Entry, what: SubscriptionsSeen, facts: JournalReader) -> None:
        """Keep what is stored."""
        self._block.seen = what

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: JournalReader) -> None:
        """Go through the block in its order: messages of siblings, calls, hooks."""
        if what.chain != self._bridge:
            return
        block, self._block = self._block, _Block()
        delivered: list[str] = []
        hooks = [(name, event) for name, event in _events(what)]
        late = [one for one in hooks if one[0] == "SubscriptionTerminated" and self._policy.finalizes]
        faults = []
        for name, event in (one for one in hooks if one not in late):
            faults.append(self._happens(name, event, what, None, delivered))
        for call, wanted in block.calls:
            for name, event in _events(call):
                faults.append(self._happens(name, event, what, wanted, delivered))
        for name, event in late:
            faults.append(self._happens(name, event, what, None, delivered))
        if sorted(delivered) != sorted(block.sent):
            faults.append(f"{len(delivered)} deliveries are told, {len(block.sent)} messages were sent for them")
        if len(set(delivered)) != len(delivered):
            faults.append("a subscription was delivered to twice")
        for one in () if block.seen is None else block.seen.changed:
            if (known := self._known.get(one["id"])) is not None:
                known.frequency, known.active = one["frequency"], one["state"] == "Active"
        self._next = what.next_round
        for said in filter(None, faults):
            self.blame(entry.time, None, f"block {what.number}: {said}")

    def _happens(
        self,
        name: str,
        event: Mapping[str, Json],
        block: ChainBlockEnded,
        wanted: tuple[int, ...] | None,
        delivered: list[str],
    ) -> str:
        if name == "RandomnessDistributed":
            self.checked += 1
            delivered.append(event["sub_id"])
            return self._delivers(event["sub_id"], block)
        id = event.get("sub_id", "")
        if name == "SubscriptionCreated":
            said = f"{id[:10]}… was there, and is created" if id in self._known else ""
            self._known[id] = _Known(wanted=wanted)
            return said
        if name.startswith("Subscription") and id not in self._known:
            return f"{name} of {id[:10]}…, which is not there"
        if name == "SubscriptionTerminated":
            del self._known[id]
        elif name in ("SubscriptionPaused", "SubscriptionReactivated"):
            self._known[id].active = name == "SubscriptionReactivated"
        elif name == "SubscriptionUpdated":
            self._known[id].frequency = None
            self._known[id].wanted = wanted if wanted is not None else self._known[id].wanted
        return ""

    def _delivers(self, id: str, block: ChainBlockEnded) -> str:
        known = self._known.get(id)
        if known is None:
            return f"{id[:10]}… is sent a pulse, and is not there"
        before, known.served = known.served, block.number
        if not known.active:
            return f"{id[:10]}… is sent a pulse, and is not active"
        if before is not None and known.frequency is not None and block.number < self._due(before + known.frequency):
            return f"{id[:10]}… is sent a pulse, the last one was in block {before}, frequency {known.frequency}"
        start, end = self._ingested(block)
        if known.wanted is not None and not any(start <= round <= end for round in known.wanted):
            return f"{id[:10]}… is sent rounds {start} to {end}, which its filter does not have"
        return ""

    def _due(self, block: int) -> int:
        return block & _WRAPS if self._policy.due_wraps else block

    def _ingested(self, block: ChainBlockEnded) -> tuple[int, int]:
        """The rounds that a block has ingested: those stored, or of a running sum the ones since the block before."""
        if block.start is not None and block.end is not None:
            return block.start, block.end
        return self._next or block.begin or 0, (block.next_round or 0) - 1
