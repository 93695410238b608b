"""Credits are conserved: of what a subscription has bought, each is delivered, idle, given back, or still there.

A block of the bridge may take a credit of a subscription only where it ingests a pulse, and one alone: for a delivery,
or, where the policy charges idle blocks, for none. What is delivered has a round that the filter names. Under a policy
that uses up nothing without a delivery, what is held for credits must be what those left of all subscriptions cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drandlab.idn.subscriptions.policies import Holding, Policy, policies
from drandlab.records import Json
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainFileBegan,
    ChainMoney,
    SubscriptionsSeen,
)
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["CreditsConserved"]


@dataclass(slots=True)
class _Account:
    """What is known of one subscription: when it was made, its credits, those left, state, filter and base fee."""

    created: int
    credits: int
    left: int
    state: str
    wanted: tuple[int, ...] | None = None
    base_fee: int = 0


class CreditsConserved(Base[JournalReader]):
    """No credit is used without a pulse, no more than one for a pulse, and none for nothing."""

    def __init__(self) -> None:
        super().__init__("credits")
        self._bridge, self._policy = 0, policies["deployed"]
        self._known: dict[str, _Account] = {}
        self._seen: SubscriptionsSeen | None = None
        self._paused: set[str] = set()
        self._fees: int | None = None
        self._asig: tuple[bytes, int | None] = b"", None

    @on(ChainFileBegan)
    def began(self, entry: Entry, what: ChainFileBegan, facts: JournalReader) -> None:
        """Note by which policy the bridge charges."""
        self._bridge, self._policy = what.chain, policies[what.policy].without(*what.without)

    @on(CallDispatched)
    def dispatched(self, entry: Entry, what: CallDispatched, facts: JournalReader) -> None:
        """Note which subscriptions a block has paused: a later call of it may wake them again."""
        if what.chain == self._bridge:
            pauses = (event for event in what.events if event["event"] == "IdnManager.SubscriptionPaused")
            self._paused |= {event["sub_id"] for event in pauses}

    @on(SubscriptionsSeen)
    def subscriptions(self, entry: Entry, what: SubscriptionsSeen, facts: JournalReader) -> None:
        """Keep what a block has changed, until it is known whether it has ingested a pulse."""
        self._seen = what

    @on(ChainMoney)
    def money(self, entry: Entry, what: ChainMoney, facts: JournalReader) -> None:
        """Keep what is held for credits after the block."""
        if what.chain == self._bridge:
            self._fees = what.fees

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: JournalReader) -> None:
        """Compare what the block has changed with what it may."""
        if what.chain != self._bridge:
            return
        ingested = (what.asig, what.next_round) != self._asig and bool(what.asig)
        before = self._asig[1] or what.begin or 0
        self._asig = what.asig, what.next_round
        seen, self._seen = self._seen, None
        faults = [] if seen is None else [*self._unwanted(seen, what, before), *self._faults(seen, ingested)]
        if self._fees is not None and self._policy.holding is Holding.EXACT and not faults:
            owed = sum(_held(self._policy, one) for one in self._known.values())
            self.checked += 1
            if owed != self._fees:
                faults.append(f"{self._fees} is held for credits, those left cost {owed}")
        self._paused.clear()
        for said in faults:
            self.blame(entry.time, None, f"block {what.number}: {said}")

    def _unwanted(self, seen: SubscriptionsSeen, what: ChainBlockEnded, before: int) -> list[str]:
        """Say of which deliveries no round is one that the subscription has asked for, as far as it is known."""
        start = before if what.start is None else what.start
        end = (what.next_round or 0) - 1 if what.end is None else what.end
        faults = []
        for id in (f"0x{id.hex()}" for id in seen.delivered):
            known = self._known.get(id)
            if known is not None and known.wanted is not None and not any(start <= one <= end for one in known.wanted):
                faults.append(f"subscription {id}: it was sent the rounds {start} to {end}, which its filter has not")
        return faults

    def _faults(self, seen: SubscriptionsSeen, ingested: bool) -> list[str]:
        delivered = {f"0x{id.hex()}" for id in seen.delivered}
        faults = [] if ingested or not delivered else [f"{len(delivered)} deliveries without a new pulse"]
        for one in seen.changed:
            self.checked += 1
            if said := self._changed(one, one["id"] in delivered, ingested):
                faults.append(f"subscription {one['id']}: {said}")
        for id in (f"0x{id.hex()}" for id in seen.gone):
            ended = self._known.pop(id, None)
            if ended is None:
                faults.append(f"subscription {id} is gone, and was never there")
        return faults

    def _changed(self, now: Mapping[str, Json], delivered: bool, ingested: bool) -> str:
        credits, left, policy = now["credits"], now["credits_left"], self._policy
        known = self._known.get(now["id"])
        is_new = known is None or known.created != now["created"]
        # the delivery of a block in which an id is used anew may have been that of the subscription before
        may_be_of_another = known is not None and is_new
        if known is None or is_new:
            # an update in the block of the creation may have changed what was bought, and not what is left
            first = credits if policy.top_ups_usable else left + delivered
            known = self._known[now["id"]] = _Account(now["created"], credits, first, "Active")
        bought = credits - known.credits if policy.top_ups_usable else 0
        used, before = known.left + bought - left, known.left
        # a delivery that cannot be paid pauses a subscription and takes nothing
        unpaid = known.state == "Active" and (now["state"] == "Paused" or now["id"] in self._paused)
        unpaid = unpaid or (known.state == "Paused" and not policy.paused_pay)
        known.credits, known.left, known.state = credits, left, now["state"]
        known.base_fee = now.get("base_fee", 0)
        known.wanted = None if now.get("pulse_filter") is None else tuple(now["pulse_filter"])
        if is_new and not policy.top_ups_usable and used not in (0, 1):
            return ""  # changed in the block that made it: how many credits it began with is not told
        if left > credits and policy.top_ups_usable:
            return f"{left} credits are left of {credits}"
        if delivered and used != 1 and not (may_be_of_another and not used):
            return f"a delivery has used {used} credits"
        if not delivered and used not in ((0, 1) if ingested and policy.idle_credits else (0,)):
            return f"{used} credits were used, and nothing was delivered"
        if ingested and policy.idle_credits and not is_new and before and not used and not unpaid:
            return "a pulse has used no credit"
        return ""


def _held(policy: Policy, one: _Account) -> int:
    return policy.held(one.credits, one.left, one.base_fee)
