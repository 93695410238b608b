"""Chains with channels between them, each block of which a second node executes again: for tests of whole messages."""

from __future__ import annotations

from typing import Any

from toy_runtime import AUTHORITIES, signed_well
from xcm_machine import ALICE, BOB, UNIT, Tally

from drandlab.idn.channels.channel import Channel, ChannelLimits
from drandlab.idn.channels.messaging import MESSAGING, messaging_of
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import messaging_pallets
from drandlab.idn.pallets.parachain_system import PARACHAIN_INHERENT
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.runtime.calls import Call, Origin, RuntimeEvent
from drandlab.idn.runtime.outcomes import Built, Head, StepOutcome
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.state import Storage
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm_execution.trace import Execution, SentMessage

BRIDGE, CONSUMER = 4502, 4594

AUTHOR_ACCOUNT = bytes([0xAA]) * 32


class Chain:
    """A parachain: `step` makes its next block from what the channels bring, and executes it as another node would."""

    def __init__(self, para_id: int, **options: Any) -> None:
        self.para_id = para_id
        system = System()
        self.balances = Balances(system)
        options.setdefault("author", lambda context: AUTHOR_ACCOUNT)
        self.pallets = messaging_pallets(self.balances, para_id=para_id, account_of=location_account, **options)
        self.runtime = Runtime(
            [system, *self.pallets.front, Timestamp(), self.balances, Aura(), Tally(), *self.pallets.rest],
            verify=signed_well,
        )
        rich = {who: 100 * UNIT for who in (ALICE, BOB, AUTHOR_ACCOUNT)}
        self.head: Head = self.runtime.genesis({"Aura": {"authorities": AUTHORITIES}, "Balances": {"balances": rich}})
        self.incoming: dict[int, Channel] = {}
        self.outgoing: dict[int, Channel] = {}
        self.built: Built | None = None

    @property
    def storage(self) -> Storage:
        return self.runtime.storage(self.head)

    def free(self, who: bytes) -> int:
        return self.balances.free(self.storage, who)

    @property
    def total(self) -> int:
        counter: Any = self.runtime.table.pallets["Counter"]
        return int(counter.total.get(self.storage))

    @property
    def issuance(self) -> int:
        return self.balances.total_issuance.get(self.storage)

    def call(self, name: str, pallet: str = "Counter", **args: Any) -> bytes:
        return self.runtime.table.encode_call(Call(pallet, name, args))

    def step(self, *agenda: tuple[Call, Origin]) -> tuple[StepOutcome, ...]:
        """Make a block and check that another node gets the same; the pages that it sends go into the channels."""
        number = self.head.number + 1
        kept_back = self.pallets.message_queue.congested(self.storage)
        told = messaging_of(number, self.outgoing, self.incoming, kept_back)
        data = {PARACHAIN_INHERENT: MESSAGING.encode(told)}
        built = self.built = self.runtime.propose(self.head, number, data, agenda=agenda)
        again = self.runtime.execute(self.head, built.block, inherents=data, agenda=agenda)
        assert again.state.root == built.state.root
        self.head = built.head
        for one in told.inbound:
            self.incoming[one.para_id].received(len(one.pages))
        for para_id, page in self.pallets.parachain_system.outbound(self.storage):
            self.outgoing[para_id].send(page, number)
        return built.outcomes

    @property
    def events(self) -> list[RuntimeEvent]:
        assert self.built is not None
        return [event for outcome in self.built.outcomes for event in outcome.events]

    def named(self, name: str) -> list[RuntimeEvent]:
        return [event for event in self.events if event.name == name]

    def notes(self, kind: type) -> list[Any]:
        assert self.built is not None
        return [note for outcome in self.built.outcomes for note in outcome.notes if isinstance(note, kind)]

    @property
    def executions(self) -> list[Execution]:
        return self.notes(Execution)

    @property
    def sent(self) -> list[SentMessage]:
        return self.notes(SentMessage)


def connected(*chains: Chain, limits: ChannelLimits | None = None) -> None:
    """Open channels between all of the chains, in both directions, and let each hear of them in a block."""
    for one in chains:
        for other in chains:
            if one is not other:
                one.outgoing[other.para_id] = other.incoming[one.para_id] = Channel(limits)
    for one in chains:
        one.step()


def failure(outcomes: tuple[StepOutcome, ...], name: str) -> str | None:
    """The error of the one call of this name, None if it went well."""
    [outcome] = [one for one in outcomes if one.call is not None and one.call.name == name]
    return None if outcome.error is None else outcome.error.name


def deliver(source: Chain, dest: Chain) -> list[Execution]:
    """Let ``dest`` make blocks until one has received what ``source`` has sent last; return what that one executed."""
    dest.step()
    while dest.head.number <= source.head.number:
        dest.step()
    return dest.executions
