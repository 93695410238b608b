"""The rules of a subscription, told once more from the file and the events alone, beside the pallet's own storage.

* **subscribers**: a subscription belongs to the account that its creator has on the bridge, and goes where it was to go
  (`drandlab.simulation.chain_fuzz.subscriber_rules`);
* **deliveries**: a pulse is sent to active subscriptions alone, once a block at most, when it is due, with a round that
  the filter lets through, and for each delivery there is one message, and one credit and its price less;
* **holds**: whoever has something held has at least the existential deposit free beside it, just after it was held; and
  where no subscription is left, nothing is held for any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from drandlab.idn.subscriptions.policies import policies
from drandlab.records import Json
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan
from drandlab.simulation.chain_fuzz.planned_order import PlannedInOrder
from drandlab.simulation.chain_fuzz.subscriber_rules import Subscribers
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainMoney,
    SubscriptionsSeen,
    XcmSent,
)
from drandlab.simulation.chains.chain_scenario import EXISTENTIAL, ChainScenario
from drandlab.simulation.checkers.verdict import Base, Verdict, judge
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["check_subscriptions"]


def check_subscriptions(plan: ChainPlan, journal: Journal) -> list[Verdict]:
    """Return what the rules of this module say of the run of a plan."""
    scenario = plan.scenario
    return judge(journal, JournalReader(), [Subscribers(plan, scenario), Deliveries(plan, scenario), Holds(scenario)])


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
    """What has happened in a block so far."""

    calls: list[tuple[CallDispatched, tuple[int, ...] | None]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    seen: SubscriptionsSeen | None = None


class Deliveries(Base[JournalReader]):
    """Pulses are sent to whom they are due, and each is one message."""

    def __init__(self, plan: ChainPlan, scenario: ChainScenario) -> None:
        super().__init__("deliveries")
        self._bridge = scenario.bridge.para_id
        self._planned = PlannedInOrder(plan, self._bridge)
        self._next: int | None = None
        self._policy = policies[scenario.bridge.policy]
        self._known: dict[str, _Known] = {}
        self._block = _Block()

    @on(CallDispatched)
    def dispatched(self, entry: Entry, what: CallDispatched, facts: JournalReader) -> None:
        """Keep a call until its block is done, with the filter that the file gives with it, if any."""
        call = self._planned.of(what)
        if what.chain == self._bridge:
            given = None if call is None else call.args.get("pulse_filter")
            self._block.calls.append((what, None if given is None else tuple(given)))

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
        due = before is None or known.frequency is None or block.number >= before + known.frequency
        if not due:
            return f"{id[:10]}… is sent a pulse, the last one was in block {before}, frequency {known.frequency}"
        start, end = self._ingested(block)
        if known.wanted is not None and not any(start <= round <= end for round in known.wanted):
            return f"{id[:10]}… is sent rounds {start} to {end}, which its filter does not have"
        return ""

    def _ingested(self, block: ChainBlockEnded) -> tuple[int, int]:
        """The rounds that a block has ingested: those stored, or of a running sum the ones since the block before."""
        if block.start is not None and block.end is not None:
            return block.start, block.end
        return self._next or block.begin or 0, (block.next_round or 0) - 1


class Holds(Base[JournalReader]):
    """What is held leaves the existential deposit, and goes when the subscriptions go."""

    def __init__(self, scenario: ChainScenario) -> None:
        super().__init__("holds")
        self._bridge, self._policy = scenario.bridge.para_id, policies[scenario.bridge.policy]
        self._held: dict[str, int] = {}
        self._count, self._money = 0, (0, 0)

    @on(SubscriptionsSeen)
    def seen(self, entry: Entry, what: SubscriptionsSeen, facts: JournalReader) -> None:
        """Note how many subscriptions there are."""
        self._count = what.count

    @on(ChainMoney)
    def money(self, entry: Entry, what: ChainMoney, facts: JournalReader) -> None:
        """Note what is held for them."""
        if what.chain == self._bridge:
            self._money = what.fees, what.deposits

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: JournalReader) -> None:
        """Look at each account of the file, and at the sums."""
        if what.chain != self._bridge:
            return
        for name, money in what.balances.items():
            held = money.get("fees", 0) + money.get("deposit", 0)
            if held > self._held.get(name, 0):
                self.checked += 1
                if money["free"] < EXISTENTIAL:
                    said = f"{name} has {held} held and {money['free']} free"
                    self.blame(entry.time, None, f"block {what.number}: {said}")
            self._held[name] = held
        if not self._count and not self._policy.idle_credits:
            self.checked += 1
            if any(self._money):
                said = f"{self._money[0]} is held for credits and {self._money[1]} for deposits of no subscription"
                self.blame(entry.time, None, f"block {what.number}: {said}")
