"""An executor on a toy chain without channels: what tests of single messages share."""

from __future__ import annotations

from typing import Any

from toy_runtime import AUTHORITIES, Counter, signed_well

from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.runtime.calls import Call, Origin, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.pallet import CallType, EventType
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.assets import Asset, Assets, Fungible, relay_asset
from drandlab.idn.xcm.instructions import (
    BuyExecution,
    DescendOrigin,
    Instruction,
    OriginKind,
    Transact,
    WithdrawAsset,
    Xcm,
)
from drandlab.idn.xcm.locations import POLKADOT, AccountId32, Location, Parachain
from drandlab.idn.xcm_execution.executor import XcmExecutor
from drandlab.idn.xcm_execution.executor_parts import ExecutorParts, Ticket
from drandlab.idn.xcm_execution.sending import SendFailed
from drandlab.idn.xcm_execution.trace import Execution
from drandlab.wire.scale import U32

ALICE, BOB, CHARLIE, AUTHOR = (bytes([number]) * 32 for number in (0xA1, 0xB0, 0xC4, 0xAA))
UNIT = 1_000_000_000_000
SIBLING = Location(1, (Parachain(4594),))
ID = bytes(range(32))
PRICE = 1_000_000_000


def account_of(location: Location) -> bytes | None:
    """The relay chain's, a sibling's, and any account of this chain or of a sibling, as the bridge has it."""
    match location:
        case Location(1, ()):
            return b"Parent".ljust(32, b"\0")
        case Location(1, (Parachain(number),)):
            return (b"sibl" + number.to_bytes(4, "little")).ljust(32, b"\0")
        case Location(0, (AccountId32(network, who),)) | Location(1, (Parachain(), AccountId32(network, who))):
            return who if network in (None, POLKADOT) else None
    return None


class Tally(Counter):
    """The toy pallet, with a call that an account signs, and one that also fails."""

    events = (*Counter.events, EventType("Signed", {"by": U32}))

    @property
    def calls(self) -> tuple[CallType, ...]:
        heavy = Weight(5_000_000_000, 100)
        return (
            *super().calls,
            CallType(10, "sign", {"by": U32}, self._sign, heavy),
            CallType(11, "from_xcm", {}, self._from_xcm, heavy),
        )

    def _sign(self, context: Context, origin: Origin, by: int) -> Weight:
        ensure_signed(origin)
        self.total.put(context.storage, self.total.get(context.storage) + by)
        if by > 100:
            raise self.error("TooBig")
        context.deposit(self.event("Signed", by=by))
        return Weight(2_000_000_000, 100)

    def _from_xcm(self, context: Context, origin: Origin) -> None:
        if origin.kind != "xcm":
            raise self.error("Never")
        context.note(origin)


class FakeTraps:
    """Keeps traps in a dictionary; not undone with the storage, so only for messages that end well."""

    def __init__(self) -> None:
        self.kept: list[tuple[Location, Assets]] = []

    def trap(self, context: Context, origin: Location, assets: Assets) -> bytes:
        self.kept.append((origin, assets))
        return bytes([len(self.kept)]) * 32

    def claim(self, context: Context, origin: Location, ticket: Location, assets: Assets) -> bytes | None:
        if (origin, assets) not in self.kept:
            return None
        self.kept.remove((origin, assets))
        return bytes(32)


class FakeRouter:
    """Sends to siblings for a price; to the parachain 13 no channel is open."""

    def ticket(self, context: Context, dest: Location, message: Xcm) -> Ticket:
        if dest.parents != 1 or not dest.interior:
            raise SendFailed("Unroutable", DispatchError("Unreachable", 31, 0))
        para: Any = dest.interior[0]
        return Ticket(dest=dest, para_id=para.id, id=bytes(32), message=message, wire=b"", price=PRICE)

    def deliver(self, context: Context, ticket: Ticket) -> None:
        if ticket.para_id == 13:
            raise SendFailed("NoChannel", DispatchError("SendFailure", 31, 1))


class Bench:
    """A block under work with balances, and an executor on it."""

    def __init__(self, **parts: Any) -> None:
        system = System()
        self.balances, self.traps = Balances(system), FakeTraps()
        one = Runtime([system, Timestamp(), self.balances, Aura(), Tally()], verify=signed_well)
        head = one.genesis(
            {
                "Aura": {"authorities": AUTHORITIES},
                "Balances": {"balances": {who: 10 * UNIT for who in (ALICE, BOB, AUTHOR)}},
            }
        )
        self.builder = one.open(head, 1)
        self.context = self.builder.context
        parts.setdefault("author", lambda context: AUTHOR)
        parts.setdefault("traps", self.traps)
        self.executor = XcmExecutor(ExecutorParts(para_id=4502, currency=self.balances, account_of=account_of, **parts))

    def free(self, who: bytes) -> int:
        return self.balances.free(self.context.storage, who)

    @property
    def issuance(self) -> int:
        return self.balances.total_issuance.get(self.context.storage)

    @property
    def total(self) -> int:
        counter: Any = self.context.pallets["Counter"]
        return int(counter.total.get(self.context.storage))

    def call(self, name: str, pallet: str = "Counter", **args: Any) -> bytes:
        return self.context.table.encode_call(Call(pallet, name, args))

    def run(self, *message: Instruction, origin: Location = SIBLING, **options: Any) -> Execution:
        return self.executor.execute(self.context, origin, message, id=ID, **options)

    def paid(self, *rest: Instruction, who: bytes | None = ALICE, amount: int = UNIT) -> Execution:
        """Run a message that withdraws, buys execution and goes on, for an account of the sibling."""
        head: list[Instruction] = [] if who is None else [DescendOrigin((AccountId32(POLKADOT, who),))]
        return self.run(*head, *bought(amount), *rest)


def bought(amount: int = UNIT) -> Xcm:
    return (WithdrawAsset((relay_asset(amount),)), BuyExecution(relay_asset(amount), None))


def transact(call: bytes, kind: OriginKind = OriginKind.SovereignAccount) -> Transact:
    return Transact(kind, None, call)


def amounts(assets: Assets) -> int:
    return sum(one.fun.amount for one in assets if isinstance(one, Asset) and isinstance(one.fun, Fungible))


def steps(ran: Execution) -> list[tuple[str, str | None]]:
    return [(type(one.instruction).__name__, one.error.name if one.error else None) for one in ran.trace]
