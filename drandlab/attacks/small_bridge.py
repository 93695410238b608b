"""A small chain with subscriptions: the beacon pallet gives its pulses to the manager, whose messages go nowhere.

The pallets decide what is charged, held and sent; nothing is decided here. Messages are counted by their events. Where
they are to travel and be executed, the attacks have two chains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.attacks.small_chain import SmallChain, pulse_of
from drandlab.crypto.sr25519 import development
from drandlab.errors import LocalError
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.calls import Origin, RuntimeEvent, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError, DispatchFailed
from drandlab.idn.state import Storage
from drandlab.idn.subscriptions import Policy, policies
from drandlab.idn.subscriptions.call_params import CreateSubParams, UpdateSubParams
from drandlab.idn.subscriptions.holdings import DEPOSIT, FEES
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT, ManagerLimits
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.idn.xcm.instructions import Xcm
from drandlab.idn.xcm.locations import Location, sibling
from drandlab.idn.xcm_execution.sending import SendFailed

__all__ = [
    "ALICE",
    "CONSUMER",
    "CONSUME_PULSE",
    "EXISTENTIAL",
    "MALLORY",
    "NOWHERE",
    "POLICIES",
    "RICH",
    "SmallBridge",
    "policy_named",
]

ALICE, MALLORY = (development(name).public for name in ("Alice", "Mallory"))
RICH = 10**20
"""What both have at the beginning: enough for any number of credits."""

EXISTENTIAL = 1_000_000_000
CONSUMER, CONSUME_PULSE = 4594, bytes.fromhex("2800")
NOWHERE = Location(42)
"""A target to which no way leads."""

POLICIES = ("deployed", "mended", "seed")
"""The rules that an attack is tried on: today's, today's without the one defect, those of the first design."""


def policy_named(name: str, defect: str) -> Policy:
    """Return the rules of one of `POLICIES`."""
    return policies["deployed"].without(defect) if name == "mended" else policies[name]


class NoMessages:
    """Takes the price of each message and forgets it; what has a target outside the relay chain's system fails."""

    def __init__(self, balances: Balances, price: int) -> None:
        self.balances, self.price = balances, price

    def send(self, context: Context, sender: bytes, dest: Location, message: Xcm) -> bytes:
        """Take a message, or raise `SendFailed`."""
        if dest.parents > 1:
            raise SendFailed("Unroutable", DispatchError("Unreachable", 31, 0))
        if self.price:
            try:
                with context.transaction():
                    self.balances.burn(context, sender, self.price)
            except DispatchFailed:
                raise SendFailed("FeesNotMet", DispatchError("FeesNotMet", 31, 0)) from None
        return bytes(32)


class SmallBridge(SmallChain):
    """A chain with the beacon, balances and the manager under a ``policy``; rounds follow each other from ``first`` on.

    >>> bridge = SmallBridge(policies["deployed"])
    >>> sub = bridge.create(3)
    >>> bridge.pulses(2)
    >>> bridge.delivered(sub), bridge.stored(sub).credits_left, bridge.treasury - EXISTENTIAL
    (2, 1, 5800000)
    """

    def __init__(
        self,
        policy: Policy,
        *,
        first: int = 1000,
        treasury: int = EXISTENTIAL,
        limits: ManagerLimits | None = None,
        price: int = 0,
        balances: Mapping[bytes, int] | None = None,
    ) -> None:
        system = System()
        self.balances = Balances(system)
        self.manager = IdnManager(self.balances, NoMessages(self.balances, price), policy=policy, limits=limits)
        free = dict.fromkeys((ALICE, MALLORY), RICH) | dict(balances or {})
        free |= {TREASURY_ACCOUNT: treasury} if treasury else {}
        self.events: list[RuntimeEvent] = []
        self.first = first
        super().__init__(
            dispatcher=self.manager,
            system=system,
            pallets=(self.balances, self.manager),
            config={"Balances": {"balances": free}},
        )

    # -- what happens -------------------------------------------------------------------------------------------------

    def next_block(self) -> None:
        """Finish the block under work, keep its events, and begin the next one."""
        context = self.builder.context
        super().next_block()
        self.events += [event for _, event in context.events]

    def pulse(self) -> None:
        """Let the block under work ingest the next round, and finish it."""
        round = self.next_round or self.first
        error = self.submit(pulse_of(round, round))
        assert error is None, error
        self.next_block()

    def pulses(self, count: int) -> None:
        """Ingest so many rounds, one a block."""
        for _ in range(count):
            self.pulse()

    def manage(self, name: str, by: bytes | Origin, **arguments: object) -> str | None:
        """Dispatch a call of the manager, signed by an account or with an origin; return its error, if any."""
        origin = by if isinstance(by, Origin) else signed(by)
        return self.error_of(self.dispatch("IdnManager", name, origin, **arguments))

    def try_create(self, credits: int, *, by: bytes | Origin = ALICE, **more: Any) -> str | None:
        """Try to create a subscription; return the error, if any."""
        wanted: dict[str, Any] = {"target": sibling(CONSUMER), "call": CONSUME_PULSE, "frequency": 1, **more}
        return self.manage("create_subscription", by, params=CreateSubParams(credits=credits, **wanted))

    def create(self, credits: int, *, by: bytes = ALICE, **more: Any) -> bytes:
        """Create a subscription and return its id; raises `LocalError` where it is refused."""
        error = self.try_create(credits, by=by, **more)
        if error is not None:
            raise LocalError(f"no such subscription can be made: {error}", argument="credits")
        _, event = self.builder.context.events[-1]
        return bytes(event.fields["sub_id"])

    def update(self, sub_id: bytes, *, by: bytes = ALICE, **more: Any) -> str | None:
        """Change a subscription; return the error, if any."""
        return self.manage("update_subscription", by, params=UpdateSubParams(sub_id=sub_id, **more))

    # -- what is there ------------------------------------------------------------------------------------------------

    @property
    def storage(self) -> Storage:
        """The storage of the block under work."""
        return self.builder.context.storage

    def find(self, sub_id: bytes) -> SubscriptionRecord | None:
        """Return a subscription, None once it has ended."""
        return self.manager.get_subscription(self.storage, sub_id)

    def stored(self, sub_id: bytes) -> SubscriptionRecord:
        """Return a subscription that is still there."""
        found = self.find(sub_id)
        assert found is not None
        return found

    def left(self, sub_id: bytes) -> int:
        """Return the credits of a subscription that are left, 0 once it has ended."""
        found = self.find(sub_id)
        return 0 if found is None else found.credits_left

    def state(self, sub_id: bytes) -> str:
        """Return the state of a subscription as a word, ``Ended`` once it has ended."""
        found = self.find(sub_id)
        return "Ended" if found is None else found.state.name.capitalize()

    def told(self, name: str) -> Iterable[RuntimeEvent]:
        """Return the manager's events of a name, those of the finished blocks."""
        return (event for event in self.events if event.pallet == "IdnManager" and event.name == name)

    def delivered(self, sub_id: bytes) -> int:
        """Return how often a subscription was sent a pulse."""
        return sum(event.fields["sub_id"] == sub_id for event in self.told("RandomnessDistributed"))

    def free(self, account: bytes = ALICE) -> int:
        """Return what an account has free."""
        return self.balances.free(self.storage, account)

    def fees(self, account: bytes = ALICE) -> int:
        """Return what is held of an account for credits."""
        return self.balances.held(self.storage, account, FEES)

    def deposit(self, account: bytes = ALICE) -> int:
        """Return what is held of an account for records."""
        return self.balances.held(self.storage, account, DEPOSIT)

    @property
    def treasury(self) -> int:
        """What the treasury has."""
        return self.free(TREASURY_ACCOUNT)
