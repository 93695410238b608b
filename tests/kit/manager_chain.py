"""A chain with the manager of subscriptions and little else: ``from manager_chain import ManagerChain``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drandlab.crypto.sr25519 import development
from drandlab.idn import Pulse
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.rand_beacon import AcceptedPulse
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import Call, Origin, RuntimeEvent, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError, DispatchFailed
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.state import Storage
from drandlab.idn.subscriptions import Policy, policies
from drandlab.idn.subscriptions.call_params import CreateSubParams, UpdateSubParams
from drandlab.idn.subscriptions.holdings import DEPOSIT, FEES
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT, ManagerLimits
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.idn.xcm.instructions import Instruction, Transact
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain, sibling
from drandlab.idn.xcm_execution.sending import SendFailed

ALICE, BOB, CHARLIE = (development(name).public for name in ("Alice", "Bob", "Charlie"))
ED = 1_000_000_000
RICH = 10**13
PARA = 4594
CALL = bytes.fromhex("2800")
PULSE = Pulse(signature=bytes(range(48)), start=1000, end=1001)
ROOMY = BlockLimits(block=Weight(1 << 62, 1 << 62))


class RecordingSender:
    """Writes every message into the storage, so that what is undone was not sent; fails for targets with two parents.

    ``price`` is taken from the sender first, or from who pays for a message of the chain's own; who cannot pay it gets
    ``FeesNotMet``. ``fails`` says for which accounts else nothing can be sent.
    """

    def __init__(self, balances: Balances, price: int = 0) -> None:
        self.balances, self.price = balances, price
        self.fails: Callable[[bytes], bool] = lambda account: False
        self.sent: list[tuple[bytes, Location, tuple[Instruction, ...]]] = []

    def send_as_chain(
        self,
        context: Context,
        dest: Location,
        message: tuple[Instruction, ...],
        *,
        payer: bytes | None = None,
        most: int | None = None,
    ) -> bytes:
        assert payer is not None
        if most is not None and self.price > most:
            raise SendFailed("FeesNotMet", DispatchError("FeesNotMet", 31, 7))
        return self.send(context, payer, dest, message)

    def send(self, context: Context, sender: bytes, dest: Location, message: tuple[Instruction, ...]) -> bytes:
        if self.price:
            try:
                with context.transaction():
                    self.balances.burn(context, sender, self.price, keep_alive=True)
            except DispatchFailed:
                raise SendFailed("FeesNotMet", DispatchError("FeesNotMet", 31, 7)) from None
        if dest.parents != 1 or self.fails(sender):
            raise SendFailed("Unroutable", DispatchError("Unreachable", 31, 0))
        number = len(list(context.storage.items(b"sent:")))
        context.storage.put(b"sent:%08d" % number, bytes([number % 256]))
        del self.sent[number:]
        self.sent.append((sender, dest, message))
        return bytes([number % 256]) * 32

    def calls(self, storage: Storage) -> list[bytes]:
        """The calls that the messages carry which were sent and not undone."""
        count = len(list(storage.items(b"sent:")))
        return [step.call for _, _, steps in self.sent[:count] for step in steps if isinstance(step, Transact)]


def xcm(*path: Any, parents: int = 1) -> Origin:
    """The origin of a location by XCM."""
    return Origin("xcm", None, Location(parents, path))


def by_xcm(account: bytes, para: int = PARA) -> Origin:
    """The origin of an account of a sibling chain."""
    return xcm(Parachain(para), AccountId32(None, account))


def params(credits: int = 10, **more: Any) -> CreateSubParams:
    return CreateSubParams(**({"credits": credits, "target": sibling(PARA), "call": CALL, "frequency": 1} | more))


class ManagerChain:
    """A chain whose pallets are System, Balances and IdnManager; one block is always under work."""

    def __init__(
        self,
        policy: str | Policy = "deployed",
        *,
        balances: Mapping[bytes, int] | None = None,
        treasury: int = ED,
        limits: ManagerLimits | None = None,
        priority: str | None = None,
        price: int = 0,
        constants: Mapping[str, Any] | None = None,
        account_of: Callable[[Location], bytes | None] = location_account,
    ) -> None:
        system = System()
        self.system, self.balances = system, Balances(system)
        self.sender = RecordingSender(self.balances, price)
        self.policy = policies[policy] if isinstance(policy, str) else policy
        self.manager = IdnManager(
            self.balances, self.sender, account_of=account_of, policy=self.policy, limits=limits, priority=priority
        )
        self.runtime = Runtime([system, self.balances, self.manager], constants, limits=ROOMY)
        free = dict.fromkeys((ALICE, BOB, CHARLIE), RICH) if balances is None else dict(balances)
        free |= {TREASURY_ACCOUNT: treasury} if treasury else {}
        self.head: Head = self.runtime.genesis({"Balances": {"balances": free}})
        self.builder: BlockBuilder = self.runtime.open(self.head, None)
        self.issued = self.balances.total_issuance.get(self.storage)

    # -- blocks -------------------------------------------------------------------------------------------------------

    def next_block(self) -> list[str]:
        """Finish the block under work and begin the next; return the events of its end."""
        header, state = self.builder.finish()
        ended = self.names(self.builder.outcomes[-1].events)
        self.head = Head(header=header, state=state)
        self.builder = self.runtime.open(self.head, None)
        self.check()
        return ended

    def pulse(self, pulse: Pulse = PULSE) -> list[str]:
        """Give a pulse on in the block under work, and begin the next; return the events of the first."""
        before = len(self.context.events)
        self.manager.dispatch(self.context, AcceptedPulse(pulse=pulse))
        given = self.names(event for _, event in self.context.events[before:])
        return given + self.next_block()

    def pulses(self, count: int) -> list[list[str]]:
        return [self.pulse() for _ in range(count)]

    @staticmethod
    def names(events: Any) -> list[str]:
        return [event.name for event in events if event.pallet == "IdnManager"]

    def check(self) -> None:
        """Tokens are conserved: what is free and held is what was issued, and the holds are what is reserved."""
        accounts = dict(self.system.account.items(self.storage))
        burned = sum(self.burned)
        assert sum(one.data.free + one.data.reserved for one in accounts.values()) == self.issued - burned
        for account, info in accounts.items():
            held = sum(one.amount for one in self.balances.holds.get(self.storage, account))
            assert held == info.data.reserved

    @property
    def burned(self) -> list[int]:
        return [self.issued - self.balances.total_issuance.get(self.storage)]

    # -- calls --------------------------------------------------------------------------------------------------------

    def run(self, name: str, origin: Origin, **arguments: Any) -> list[RuntimeEvent]:
        """Dispatch a call of the manager that succeeds, and return its events."""
        outcome = self.builder.run(Call("IdnManager", name, arguments), origin)
        assert outcome.error is None, outcome.error
        return list(outcome.events)

    def error(self, name: str, origin: Origin, **arguments: Any) -> str | None:
        """The error of a call, which must leave everything as it was; None if it has none."""
        before, events = dict(self.storage.changes), list(self.context.events)
        found = self.builder.run(Call("IdnManager", name, arguments), origin).error
        if found is not None:
            changed = {key for key in self.storage.changes if self.storage.changes[key] != before.get(key)}
            assert not changed and self.context.events == events
        return None if found is None else found.name

    def create(self, credits: int = 10, *, by: bytes = ALICE, origin: Origin | None = None, **more: Any) -> bytes:
        """Create a subscription and return its id."""
        events = self.run("create_subscription", origin or signed(by), params=params(credits, **more))
        [created] = [event for event in events if event.name == "SubscriptionCreated"]
        return bytes(created.fields["sub_id"])

    def update(self, sub_id: bytes, *, by: bytes = ALICE, **more: Any) -> None:
        self.run("update_subscription", signed(by), params=UpdateSubParams(sub_id=sub_id, **more))

    def try_call(
        self, name: str, sub_id: bytes, more: Mapping[str, Any] | None = None, by: bytes = ALICE
    ) -> str | None:
        """The error of a call about one subscription, which may have none; ``more`` is what an update changes."""
        update = {"params": UpdateSubParams(sub_id=sub_id, **(more or {}))}
        return self.error(name, signed(by), **(update if name == "update_subscription" else {"sub_id": sub_id}))

    # -- what is stored -----------------------------------------------------------------------------------------------

    @property
    def context(self) -> Context:
        return self.builder.context

    @property
    def storage(self) -> Storage:
        return self.context.storage

    def sub(self, sub_id: bytes) -> SubscriptionRecord:
        found = self.manager.get_subscription(self.storage, sub_id)
        assert found is not None
        return found

    def gone(self, sub_id: bytes) -> bool:
        return self.manager.get_subscription(self.storage, sub_id) is None

    def free(self, account: bytes = ALICE) -> int:
        return self.balances.free(self.storage, account)

    def fees(self, account: bytes = ALICE) -> int:
        return self.balances.held(self.storage, account, FEES)

    def deposit(self, account: bytes = ALICE) -> int:
        return self.balances.held(self.storage, account, DEPOSIT)

    @property
    def treasury(self) -> int:
        return self.free(TREASURY_ACCOUNT)

    @property
    def delivered(self) -> list[bytes]:
        """The ids to which something was sent, in the order of the messages."""
        return [call[-32:] for call in self.sender.calls(self.storage)]
