"""The rule of who subscribes: whose a subscription is, and to which chain its pulses go, from the file alone.

An account of the bridge has itself for its account there, and so has an account of a parachain that sends a message;
the parachain itself has ``sibl``, its number in 4 bytes, little-endian, and zeros. What the pallet of a consumer chain
asks for belongs to the account that has called it, and its pulses come to that chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from drandlab.crypto.sr25519 import development
from drandlab.records import Json
from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan, PlannedCall
from drandlab.simulation.chain_fuzz.planned_order import PlannedInOrder
from drandlab.simulation.chains.chain_entries import CallDispatched, ChainBlockEnded, SubscriptionsSeen
from drandlab.simulation.chains.chain_scenario import ChainScenario
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["Subscribers"]


class _Wanted(NamedTuple):
    """Whose a subscription is to be, and to which parachain it goes, None where to none."""

    subscriber: str
    target: int | None


def _account(origin: str) -> str:
    """The account that an origin of a file has on the bridge."""
    chain, _, there = origin.partition("/")
    if chain.isdigit() and not there:
        return f"0x{(b'sibl' + int(chain).to_bytes(4, 'little') + bytes(24)).hex()}"
    return f"0x{development(there or chain).public.hex()}"


def _target(location: Mapping[str, Json]) -> int | None:
    """The parachain that a target of a file begins with."""
    if location["parents"] != 1 or not isinstance(location["interior"], Mapping):
        return None
    [path] = location["interior"].values()
    first: int | None = path[0].get("Parachain")
    return first


class Subscribers(Base[JournalReader]):
    """A subscription belongs to the account of its creator, and goes to the chain that was named."""

    def __init__(self, plan: ChainPlan, scenario: ChainScenario) -> None:
        super().__init__("subscribers")
        self._bridge = scenario.bridge.para_id
        self._planned = PlannedInOrder(plan, self._bridge)
        self._asked: dict[str, set[_Wanted]] = {}
        self._expected: dict[str, set[_Wanted]] = {}
        self._calls: list[tuple[CallDispatched, PlannedCall | None]] = []
        self._seen: SubscriptionsSeen | None = None

    @on(CallDispatched)
    def dispatched(self, entry: Entry, what: CallDispatched, facts: JournalReader) -> None:
        """Remember who has created what on the bridge, and who has asked for what elsewhere."""
        call = self._planned.of(what)
        if what.chain == self._bridge:
            self._calls.append((what, call))
        elif call is not None and call.call == "IdnConsumer.create_subscription" and what.error is None:
            wanted = _Wanted(_account(call.origin), what.chain)
            self._asked.setdefault(call.args["sub_id"], set()).add(wanted)

    @on(SubscriptionsSeen)
    def seen(self, entry: Entry, what: SubscriptionsSeen, facts: JournalReader) -> None:
        """Keep what is stored until the events of the block are told."""
        self._seen = what

    @on(ChainBlockEnded)
    def ended(self, entry: Entry, what: ChainBlockEnded, facts: JournalReader) -> None:
        """Go through the block: messages of siblings, then calls; then compare with what is stored."""
        if what.chain != self._bridge:
            return
        self._happens(what.events, None)
        for dispatched, call in self._calls:
            self._happens(dispatched.events, call)
        self._calls.clear()
        seen, self._seen = self._seen, None
        for one in () if seen is None else seen.changed:
            expected = self._expected.get(one["id"])
            if expected is None:
                continue
            self.checked += 1
            found = _Wanted(one["subscriber"], one["target"])
            if found not in expected:
                said = f"belongs to {found.subscriber} and goes to {found.target}"
                wanted = " or ".join(f"{whose} and {target}" for whose, target in sorted(expected, key=str)) or "nobody"
                self.blame(
                    entry.time, None, f"block {what.number}: subscription {one['id'][:10]}… {said}, not {wanted}"
                )

    def _happens(self, events: Iterable[Mapping[str, Json]], call: PlannedCall | None) -> None:
        """Note what was created by a ``call``, None: by a message; an id that has ended may be used anew by anybody."""
        for event in events:
            if event["event"] == "IdnManager.SubscriptionTerminated":
                self._expected.pop(event["sub_id"], None)
            elif event["event"] == "IdnManager.SubscriptionCreated":
                id = event["sub_id"]
                if call is None:
                    self._expected[id] = self._asked.get(id, set())
                else:
                    self._expected[id] = {_Wanted(_account(call.origin), _target(call.args["target"]))}
