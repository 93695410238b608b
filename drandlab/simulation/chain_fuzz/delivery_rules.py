"""The rules of a subscription, told once more from the file and the events alone, beside the pallet's own storage.

* **subscribers**: a subscription belongs to the account that its creator has on the bridge, and goes where it was to go
  (`drandlab.simulation.chain_fuzz.subscriber_rules`);
* **deliveries**: a pulse is sent to active subscriptions alone, once a block at most, when it is due, with a round that
  the filter lets through, and for each delivery there is one message, and one credit and its price less;
* **holds**: whoever has something held has at least the existential deposit free beside it, just after it was held; and
  where no subscription is left, nothing is held for any.
"""

from __future__ import annotations

from drandlab.idn.subscriptions.policies import policies
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan
from drandlab.simulation.chain_fuzz.planned_order import PlannedInOrder
from drandlab.simulation.chain_fuzz.subscriber_rules import Subscribers
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainMoney,
    SubscriptionsSeen,
)
from drandlab.simulation.chains.chain_scenario import EXISTENTIAL, ChainScenario
from drandlab.simulation.chains.conserved.due_rules import DeliveriesDue
from drandlab.simulation.checkers.verdict import Base, Verdict, judge
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["check_subscriptions"]


def check_subscriptions(plan: ChainPlan, journal: Journal) -> list[Verdict]:
    """Return what the rules of this module say of the run of a plan."""
    scenario = plan.scenario
    return judge(journal, JournalReader(), [Subscribers(plan, scenario), Deliveries(plan, scenario), Holds(scenario)])


class Deliveries(DeliveriesDue):
    """The rules of `DeliveriesDue`, with the filters that the calls of the plan give."""

    def __init__(self, plan: ChainPlan, scenario: ChainScenario) -> None:
        super().__init__("deliveries")
        self._planned = PlannedInOrder(plan, scenario.bridge.para_id)

    def filter_of(self, what: CallDispatched) -> tuple[int, ...] | None:
        call = self._planned.of(what)
        given = None if call is None else call.args.get("pulse_filter")
        return None if given is None else tuple(given)


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
