"""A chain with the consumer pallet and a sender that writes down what it is given: `ConsumerChain`."""

from __future__ import annotations

from typing import Any

from drandlab.idn.consumers.consumer_hooks import ConsumerHooks, HookRefused
from drandlab.idn.consumers.idn_consumer import IdnConsumer
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.calls import Call, Origin
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain
from drandlab.idn.xcm_execution.sending import SendFailed

BRIDGE, HERE, OTHER = 4502, 4594, 2000
FAILS_AT = 1_234_567
SENTINEL = b"\x7b" * 32


def by_xcm(para_id: int, account: bytes | None = None, network: Any = None) -> Origin:
    """The origin of a parachain, or of an account there."""
    path: tuple[Any, ...] = (Parachain(para_id),)
    return Origin("xcm", detail=Location(1, path if account is None else (*path, AccountId32(network, account))))


class WritingSender:
    """Writes messages down; it fails in one block, as the mock of the real pallet's tests does."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Location, Any]] = []

    def send(self, context: Context, sender: bytes, dest: Location, message: Any) -> bytes:
        if context.number == FAILS_AT:
            raise SendFailed("NoChannel", DispatchError("Unavailable"))
        self.sent.append((sender, dest, message))
        return bytes(32)


class SentinelHooks:
    """Refuses what has the id of a sentinel, as the mock of the real pallet's tests does."""

    def consume_pulse(self, context: Context, pulse: Any, sub_id: bytes) -> None:
        self._look(sub_id)

    def consume_quote(self, context: Context, quote: Any) -> None:
        self._look(quote.req_ref)

    def consume_sub_info(self, context: Context, info: Any) -> None:
        self._look(info.sub.id)

    def pulse_weight(self, pulse: Any) -> Weight:
        return Weight()

    def storage_items(self) -> tuple[()]:
        return ()

    @staticmethod
    def _look(id: bytes) -> None:
        if id == SENTINEL:
            raise HookRefused("the sentinel")


class ConsumerChain:
    """System, Balances and the consumer pallet; one block is always under work."""

    def __init__(self, hooks: ConsumerHooks | None = None, *, place: int = 40, **parts: Any) -> None:
        self.sender = WritingSender()
        parts = {"para_id": HERE, "bridge": BRIDGE, **parts}
        self.pallet = IdnConsumer(self.sender, hooks or SentinelHooks(), **parts)
        self.pallet.index = place
        system = System()
        self.runtime = Runtime([system, Balances(system), self.pallet])
        self.head: Head = self.runtime.genesis()
        self.builder = self.runtime.open(self.head, None)

    @property
    def context(self) -> Context:
        return self.builder.context

    @property
    def state_root(self) -> bytes:
        return self.context.storage.commit().root

    def at_block(self, number: int) -> None:
        """Go on as if the block under work had this number."""
        self.context.number = number

    def run(self, name: str, origin: Origin, **args: Any) -> StepOutcome:
        """Dispatch a call, through its bytes; a failed one leaves everything as it was."""
        before, events = self.state_root, list(self.context.events)
        table = self.runtime.table
        call = table.decode_call(table.encode_call(Call("IdnConsumer", name, args)))
        outcome = self.builder.run(call, origin)
        if outcome.error is not None:
            assert self.state_root == before and self.context.events == events
        return outcome

    def error(self, name: str, origin: Origin, **args: Any) -> str | None:
        found = self.run(name, origin, **args).error
        return None if found is None else found.name

    def last(self) -> tuple[bytes, Location, Any]:
        """The message that was sent last: by whom, to where, what."""
        return self.sender.sent[-1]
