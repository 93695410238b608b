"""A bridge, a consumer chain and a hostile one, with channels between them: attacks on deliveries run here.

Each makes a block in each step, and every block is made of what the channels bring. The pallets and the executor decide
what is sent, paid and executed; nothing is decided here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from drandlab.attacks.small_bridge import ALICE, CONSUME_PULSE, CONSUMER, EXISTENTIAL, MALLORY, RICH
from drandlab.attacks.small_chain import BACKEND, SECRET, author_key, pulse_of
from drandlab.crypto.sr25519 import Sr25519Key
from drandlab.idn.channels.channel import Channel, ChannelLimits
from drandlab.idn.channels.messaging import MESSAGING, messaging_of
from drandlab.idn.consumers.consumer_hooks import CheckingHooks, ConsumerHooks, LoggingHooks
from drandlab.idn.consumers.idn_consumer import IdnConsumer
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import messaging_pallets
from drandlab.idn.pallets.parachain_system import PARACHAIN_INHERENT
from drandlab.idn.pallets.polkadot_xcm import PolkadotXcm
from drandlab.idn.pallets.system import System
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon import rand_beacon
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin, RuntimeEvent, signed
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.state import Storage
from drandlab.idn.subscriptions import Policy
from drandlab.idn.subscriptions.call_params import CreateSubParams
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.sums import on_curve
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm.locations import AccountId32, Location, sibling
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.idn.xcm_execution.trace import Execution
from drandlab.wire.scale import Variant

__all__ = ["BRIDGE", "HOSTILE", "LinkedChain", "LinkedChains", "hashed_account"]

BRIDGE, HOSTILE = 4502, 6666

AccountOf = Callable[[Location], bytes | None]
N = TypeVar("N")
Pallets = Callable[[System, Balances, PolkadotXcm], tuple[Pallet, ...]]


def hashed_account(location: Location) -> bytes | None:
    """Return the account of a location, where that of a sibling chain's account is a hash of the chain and the account.

    It is the general converter, which today's bridge reaches for accounts of other networks alone.
    """
    match location.interior:
        case (*chain, AccountId32(_, id)) if location.parents:
            return location_account(Location(location.parents, (*chain, AccountId32(Variant("Kusama"), id))))
    return location_account(location)


class LinkedChain:
    """A chain with balances, channels and some ``pallets``; `step` makes its next block of what was put on its agenda.

    ``rich`` are its balances, ``genesis`` is what else its pallets begin with; ``events``, ``executions`` and ``notes``
    are those of all blocks so far.
    """

    def __init__(
        self,
        para_id: int,
        pallets: Pallets,
        rich: Mapping[bytes, int],
        *,
        account_of: AccountOf = location_account,
        price: DeliveryPrice | None = None,
        genesis: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        self.para_id, system = para_id, System()
        self.balances = Balances(system)
        self.messaging = messaging_pallets(self.balances, para_id=para_id, account_of=account_of, price=price)
        more = pallets(system, self.balances, self.messaging.polkadot_xcm)
        self.runtime = Runtime([system, *self.messaging.front, Aura(), self.balances, *more, *self.messaging.rest])
        self.head: Head = self.runtime.genesis(
            {"Aura": {"authorities": [author_key(0).public]}, "Balances": {"balances": dict(rich)}, **genesis}
        )
        self.incoming: dict[int, Channel] = {}
        self.outgoing: dict[int, Channel] = {}
        self.agenda: list[tuple[Call, Origin]] = []
        self.outcomes: list[StepOutcome] = []
        self.deaf = False

    @property
    def author(self) -> Sr25519Key:
        """The key of the author of every block."""
        return author_key(0)

    def plan(self, pallet: str, name: str, origin: Origin, **arguments: object) -> None:
        """Put a call on the agenda of the next block."""
        self.agenda.append((Call(pallet, name, arguments), origin))

    def step(self) -> None:
        """Make a block: a ``deaf`` chain takes nothing of what has come for it."""
        number = self.head.number + 1
        told = messaging_of(number, self.outgoing, self.incoming, tuple(self.incoming) if self.deaf else ())
        data = {PARACHAIN_INHERENT: MESSAGING.encode(told)}
        built = self.runtime.propose(self.head, number, data, agenda=self.agenda)
        self.agenda = []
        self.head = built.head
        self.outcomes += built.outcomes
        for one in told.inbound:
            self.incoming[one.para_id].received(len(one.pages))
        for para_id, page in self.messaging.parachain_system.outbound(self.storage):
            self.outgoing[para_id].send(page, number)

    @property
    def storage(self) -> Storage:
        """The storage after the newest block."""
        return self.runtime.storage(self.head)

    def free(self, account: bytes) -> int:
        """Return what an account has free."""
        return self.balances.free(self.storage, account)

    def events(self, name: str) -> list[RuntimeEvent]:
        """Return the events of a name, of all blocks."""
        return [event for outcome in self.outcomes for event in outcome.events if event.name == name]

    @property
    def executions(self) -> list[Execution]:
        """What became of every message that came."""
        return self.notes(Execution)

    def notes(self, kind: type[N]) -> list[N]:
        """Return what the pallets noted of a kind, in all blocks."""
        return [note for outcome in self.outcomes for note in outcome.notes if isinstance(note, kind)]

    def errors(self, name: str) -> list[str | None]:
        """Return the errors of all calls of a name, None for those that have none."""
        found = [outcome for outcome in self.outcomes if outcome.call is not None and outcome.call.name == name]
        return [None if one.error is None else one.error.name for one in found]


class LinkedChains:
    """The three chains, each with a block behind it, so that all know their channels.

    ``hooks``: what the consumer does with pulses, ``shipped`` or ``checking``. ``alice``: what Alice has at the bridge;
    ``target``: what she has at the consumer; ``rich``: what others have at the bridge. ``account_of``: whose account a
    location is at the bridge.

    >>> from drandlab.idn.subscriptions import policies
    >>> chains = LinkedChains(policies["deployed"])
    >>> sub = chains.create(3)
    >>> chains.pulses(2)
    >>> chains.settle()
    >>> len(chains.consumer.events("RandomnessConsumed")), chains.verdicts
    (2, [True, True])
    """

    def __init__(
        self,
        policy: Policy,
        *,
        first: int = 1000,
        hooks: str = "shipped",
        alice: int = RICH,
        target: int = RICH,
        account_of: AccountOf = location_account,
        channel: ChannelLimits | None = None,
        rich: Mapping[bytes, int] = MappingProxyType({}),
    ) -> None:
        self.round, self.rng = first, random.Random(7)
        self.verdicts: list[bool | None] = []
        self.policy, self.account_of = policy, account_of
        self.public_key = bytes(on_curve(BACKEND).public_key(SECRET))
        both = {MALLORY: RICH}
        self.hooks = self._hooks(hooks)
        price = DeliveryPrice(base=30_000_000_000, byte=50_000)
        own = both | dict(rich) | {TREASURY_ACCOUNT: EXISTENTIAL} | ({ALICE: alice} if alice else {})
        self.bridge = LinkedChain(BRIDGE, self._bridge_pallets, own, account_of=account_of, price=price)
        there = both | ({ALICE: target} if target else {})
        self.consumer = LinkedChain(CONSUMER, self._consumer_pallets, there, genesis=self.home_genesis)
        self.hostile = LinkedChain(HOSTILE, lambda *_: (), both)
        for one, other in ((self.bridge, self.consumer), (self.bridge, self.hostile)):
            for here, there_ in ((one, other), (other, one)):
                here.outgoing[there_.para_id] = there_.incoming[here.para_id] = Channel(channel)
        self.bridge.plan("RandBeacon", "set_beacon_config", ROOT, pk=self.public_key)
        self.step()

    def _hooks(self, name: str) -> ConsumerHooks:
        def told(pulse: Pulse, sub_id: bytes, verdict: bool | None) -> None:
            self.verdicts.append(verdict)

        kind: Any = LoggingHooks if name == "shipped" else CheckingHooks
        made: ConsumerHooks = kind(self.public_key, backend=BACKEND, told=told)
        return made

    def _bridge_pallets(self, system: System, balances: Balances, sender: PolkadotXcm) -> tuple[Pallet, ...]:
        self.manager = IdnManager(balances, sender, policy=self.policy, account_of=self.account_of)
        return self.manager, rand_beacon("range", max_pulses=6, backend=BACKEND, dispatcher=self.manager)

    def _consumer_pallets(self, system: System, balances: Balances, sender: PolkadotXcm) -> tuple[Pallet, ...]:
        return (IdnConsumer(sender, self.hooks, para_id=CONSUMER, bridge=BRIDGE),)

    @property
    def home_genesis(self) -> Mapping[str, Mapping[str, Any]]:
        """What the consumer chain's pallets begin with, beside balances."""
        return {}

    # -- what happens -------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let each chain make a block."""
        for chain in (self.bridge, self.consumer, self.hostile):
            chain.step()

    def settle(self) -> None:
        """Let everything arrive that is on its way."""
        self.step()
        self.step()

    def create(self, credits: int, *, target: Location | None = None) -> bytes:
        """Let Alice create a subscription at the bridge, and return its id."""
        params = CreateSubParams(
            credits=credits,
            target=target or sibling(CONSUMER),
            call=CONSUME_PULSE,
            frequency=1,
            sub_id=bytes(31) + b"A",
        )
        self.bridge.plan("IdnManager", "create_subscription", signed(ALICE), params=params)
        self.step()
        assert self.bridge.errors("create_subscription") == [None]
        return bytes(31) + b"A"

    def pulse(self) -> None:
        """Let the bridge ingest the next round, and all make a block."""
        pulse, bridge = pulse_of(self.round, self.round), self.bridge
        signature = Variant("Sr25519", bridge.author.sign(pulse.payload, self.rng))
        arguments = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end, "signature": signature}
        bridge.plan("RandBeacon", "try_submit_asig", NONE, **arguments)
        self.step()
        assert bridge.errors("try_submit_asig")[-1] is None
        self.round += 1

    def pulses(self, count: int) -> None:
        """Ingest so many rounds, one a block."""
        for _ in range(count):
            self.pulse()

    # -- what is there ------------------------------------------------------------------------------------------------

    def state(self, sub_id: bytes) -> str:
        """Return the state of a subscription as a word, ``Ended`` once it has ended."""
        found = self.manager.get_subscription(self.bridge.storage, sub_id)
        return "Ended" if found is None else found.state.name.capitalize()

    def left(self, sub_id: bytes) -> int:
        """Return the credits of a subscription that are left, 0 once it has ended."""
        found = self.manager.get_subscription(self.bridge.storage, sub_id)
        return 0 if found is None else found.credits_left

    def owned(self, account: bytes) -> int:
        """Return what an account has at the bridge, what is held of it too."""
        return self.bridge.free(account) + sum(
            hold.amount for hold in self.bridge.balances.holds.get(self.bridge.storage, account)
        )

    @property
    def treasury(self) -> int:
        """What the bridge's treasury has."""
        return self.bridge.free(TREASURY_ACCOUNT)
