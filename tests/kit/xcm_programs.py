"""Random messages: most begin as the barrier wants it, any instruction may follow, with any values."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from xcm_machine import ALICE, AUTHOR, BOB, CHARLIE, SIBLING, UNIT, Bench, FakeRouter, amounts

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import (
    All,
    AllCounted,
    AllOf,
    Asset,
    AssetFilter,
    Assets,
    AssetTransferFilter,
    Definite,
    Fungible,
    ReserveDeposit,
    ReserveWithdraw,
    Teleport,
    Wild,
    relay_asset,
)
from drandlab.idn.xcm.locations import PARENT, POLKADOT, AccountId32, GeneralIndex, Location, Parachain
from drandlab.idn.xcm_execution.xcm_errors import XCM_ERRORS
from drandlab.wire.scale import Variant

AMOUNTS = (1, 999_999_999, 10**9, 10**11, 10**12, 4 * 10**12, 10**13, (1 << 128) - 1)


class Programs:
    """Draws messages from one source of chance; ``calls`` are encoded calls, ``people`` are accounts."""

    def __init__(self, chance: Random, calls: list[bytes], people: list[bytes], siblings: list[int]) -> None:
        self.chance, self.calls, self.people, self.siblings = chance, calls, people, siblings

    # -- values -------------------------------------------------------------------------------------------------------

    def person(self) -> AccountId32:
        network = self.chance.choice((None, POLKADOT, Variant("Kusama")))
        return AccountId32(network, self.chance.choice(self.people))

    def place(self) -> Location:
        sibling = Location(1, (Parachain(self.chance.choice(self.siblings)),))
        return self.chance.choice(
            (
                PARENT,
                Location(),
                sibling,
                sibling.descended((self.person(),)),
                Location(0, (self.person(),)),
                Location(2),
            )
        )

    def amount(self) -> int:
        return self.chance.choice((*AMOUNTS, self.chance.randrange(1, 10**12)))

    def assets(self) -> Assets:
        foreign = Asset(Location(1, (Parachain(2000),)), Fungible(self.amount()))
        return self.chance.choice(((relay_asset(self.amount()),),) * 5 + ((), (relay_asset(self.amount()), foreign)))

    def filter(self) -> AssetFilter:
        return self.chance.choice(
            (Wild(All()), Wild(AllOf(PARENT)), Wild(AllCounted(1)), Definite(self.assets()), Definite(self.assets()))
        )

    def weight(self) -> Weight:
        return Weight(self.chance.choice((0, 10**9, 10**10, 10**13, (1 << 64) - 1)), self.chance.choice((0, 10**6)))

    def info(self) -> xcm.QueryResponseInfo:
        return xcm.QueryResponseInfo(self.place(), self.chance.randrange(9), self.weight())

    def way(self) -> AssetTransferFilter:
        return self.chance.choice((Teleport, ReserveDeposit, ReserveDeposit, ReserveWithdraw))(self.filter())

    def call(self) -> bytes:
        if self.chance.random() < 0.05:
            return self.chance.randbytes(self.chance.randrange(6))
        return self.chance.choice(self.calls)

    # -- messages -----------------------------------------------------------------------------------------------------

    def instruction(self, deep: int) -> xcm.Instruction:
        return self.chance.choice(_DRAWS)(self, deep)

    def some(self, deep: int) -> xcm.Xcm:
        if deep <= 0:
            return ()
        return tuple(self.instruction(deep - 1) for _ in range(self.chance.randrange(5)))

    def message(self) -> xcm.Xcm:
        """A whole message; three of four may pass the barrier."""
        rest = tuple(self.instruction(2) for _ in range(self.chance.randrange(8)))
        if self.chance.random() < 0.25:
            return rest
        amount = self.amount()
        head: list[xcm.Instruction] = []
        if self.chance.random() < 0.8:
            head.append(xcm.DescendOrigin((self.person(),)))
        taken = (relay_asset(amount),)
        head.append(
            self.chance.choice(
                (*[xcm.WithdrawAsset(taken)] * 6, xcm.ClaimAsset(taken, Location()), xcm.ReserveAssetDeposited(taken))
            )
        )
        fee = relay_asset(self.chance.choice((amount, max(amount // 2, 1), 10**9)))
        head.append(
            self.chance.choice((xcm.BuyExecution(fee, None), xcm.PayFees(fee), xcm.BuyExecution(fee, self.weight())))
        )
        tail = (xcm.SetTopic(self.chance.randbytes(32)),) if self.chance.random() < 0.5 else ()
        return (*head, *rest, *tail)


def _hint(draw: Programs) -> tuple[Variant, ...]:
    return draw.chance.choice(((), (Variant("AssetClaimer", (draw.place(),)),)))


_DRAWS: list[Callable[[Programs, int], xcm.Instruction]] = [
    lambda d, n: xcm.WithdrawAsset(d.assets()),
    lambda d, n: xcm.ReserveAssetDeposited(d.assets()),
    lambda d, n: xcm.ReceiveTeleportedAsset(d.assets()),
    lambda d, n: xcm.QueryResponse(1, Variant("Null"), d.weight(), d.chance.choice((None, d.place()))),
    lambda d, n: xcm.TransferAsset(d.assets(), d.place()),
    lambda d, n: xcm.TransferReserveAsset(d.assets(), d.place(), d.some(n)),
    *[lambda d, n: xcm.Transact(d.chance.choice(list(xcm.OriginKind)), None, d.call())] * 4,
    lambda d, n: xcm.HrmpNewChannelOpenRequest(1, 2, 3),
    lambda d, n: xcm.HrmpChannelAccepted(1),
    lambda d, n: xcm.HrmpChannelClosing(1, 2, 3),
    lambda d, n: xcm.ClearOrigin(),
    lambda d, n: xcm.DescendOrigin((d.person(),)),
    lambda d, n: xcm.ReportError(d.info()),
    *[lambda d, n: xcm.DepositAsset(d.filter(), d.place())] * 4,
    lambda d, n: xcm.DepositReserveAsset(d.filter(), d.place(), d.some(n)),
    lambda d, n: xcm.ExchangeAsset(d.filter(), d.assets(), True),
    lambda d, n: xcm.InitiateReserveWithdraw(d.filter(), d.place(), d.some(n)),
    lambda d, n: xcm.InitiateTeleport(d.filter(), d.place(), d.some(n)),
    lambda d, n: xcm.ReportHolding(d.info(), d.filter()),
    lambda d, n: xcm.BuyExecution(relay_asset(d.amount()), d.chance.choice((None, d.weight()))),
    *[lambda d, n: xcm.RefundSurplus()] * 2,
    *[lambda d, n: xcm.SetErrorHandler(d.some(n))] * 2,
    *[lambda d, n: xcm.SetAppendix(d.some(n))] * 2,
    lambda d, n: xcm.ClearError(),
    lambda d, n: xcm.ClaimAsset(d.assets(), d.chance.choice((Location(), Location(0, (GeneralIndex(5),)), d.place()))),
    lambda d, n: xcm.Trap(d.chance.randrange(9)),
    lambda d, n: xcm.SubscribeVersion(1, d.weight()),
    lambda d, n: xcm.UnsubscribeVersion(),
    lambda d, n: xcm.BurnAsset(d.assets()),
    lambda d, n: xcm.ExpectAsset(d.assets()),
    lambda d, n: xcm.ExpectOrigin(d.chance.choice((None, d.place()))),
    lambda d, n: xcm.ExpectError(d.chance.choice((None, (1, Variant("Trap", 1))))),
    lambda d, n: xcm.ExpectTransactStatus(Variant("Success")),
    lambda d, n: xcm.QueryPallet(b"pallet_balances", d.info()),
    lambda d, n: xcm.ExpectPallet(10, b"Balances", b"pallet_balances", 0, 0),
    lambda d, n: xcm.ReportTransactStatus(d.info()),
    lambda d, n: xcm.ClearTransactStatus(),
    lambda d, n: xcm.UniversalOrigin(Parachain(d.chance.choice(d.siblings))),
    lambda d, n: xcm.ExportMessage(POLKADOT, (), d.some(n)),
    lambda d, n: xcm.LockAsset(relay_asset(d.amount()), d.place()),
    lambda d, n: xcm.UnlockAsset(relay_asset(d.amount()), d.place()),
    lambda d, n: xcm.NoteUnlockable(relay_asset(d.amount()), d.place()),
    lambda d, n: xcm.RequestUnlock(relay_asset(d.amount()), d.place()),
    lambda d, n: xcm.SetFeesMode(d.chance.random() < 0.5),
    lambda d, n: xcm.SetTopic(bytes(32)),
    lambda d, n: xcm.ClearTopic(),
    lambda d, n: xcm.AliasOrigin(d.place()),
    lambda d, n: xcm.UnpaidExecution(None, d.chance.choice((None, d.place()))),
    lambda d, n: xcm.PayFees(relay_asset(d.amount())),
    lambda d, n: xcm.InitiateTransfer(
        d.place(),
        d.chance.choice((None, d.way())),
        d.chance.random() < 0.5,
        (d.way(),) * d.chance.randrange(3),
        d.some(n),
    ),
    *[lambda d, n: xcm.ExecuteWithOrigin(d.chance.choice((None, (), (d.person(),))), d.some(n))] * 2,
    lambda d, n: xcm.SetHints(_hint(d)),
]


def run_programs(count: int, seed: int) -> tuple[set[str], set[str]]:
    """Run so many messages one after the other; return how they ended, and the errors of their instructions."""
    bench = Bench(router=FakeRouter(), fee_account=CHARLIE)
    people = [ALICE, BOB, CHARLIE, AUTHOR, bytes(32)]
    calls = [bench.call("sign", by=by) for by in (1, 101)] + [
        bench.call("from_xcm"),
        bench.call("add", by=1),
        *[
            bench.call("transfer_allow_death", "Balances", dest=Variant("Id", who), value=value)
            for who in people[:2]
            for value in (1, UNIT)
        ],
        bench.call("transfer_all", "Balances", dest=Variant("Id", BOB), keep_alive=False),
        bench.call("force_set_balance", "Balances", who=Variant("Id", BOB), new_free=UNIT),
        bench.call("remark", "System", remark=b"hello"),
    ]
    draw = Programs(Random(seed), calls, people, [4594, 13, 2000])
    storage = bench.context.storage
    outcomes: set[str] = set()
    errors: set[str] = set()
    for number in range(count):
        message, origin = draw.message(), draw.chance.choice((SIBLING, SIBLING, PARENT, draw.place()))
        before = bench.issuance + sum(amounts(kept) for _, kept in bench.traps.kept)
        dust = len(bench.context.events)
        ran = bench.run(*message, origin=origin)
        lost = sum(event.fields["amount"] for _, event in bench.context.events[dust:] if event.name == "DustLost")
        after = bench.issuance + sum(amounts(kept) for _, kept in bench.traps.kept)
        assert after + ran.burned + lost == before, (number, message)
        flow, left = ran.flow, amounts(ran.trapped.assets) if ran.trapped else 0
        assert flow.withdrawn + flow.claimed == flow.deposited + flow.given + ran.burned + left, (number, message)
        moved = {name: 0 for name in ("Minted", "Burned")}
        for _, event in bench.context.events[dust:]:
            if event.name in moved:
                moved[event.name] += event.fields["amount"]
        assert moved == {"Minted": flow.deposited + flow.given, "Burned": flow.withdrawn}, (number, message)
        assert sum(info.data.free for info in bench.balances.system.account.values(storage)) == bench.issuance
        assert storage.depth == 0 and ran.weight.fits(ran.required)
        assert ran.error is None or ran.error.name in XCM_ERRORS
        assert ran.outcome != "Error" or not ran.trace
        outcomes.add(ran.outcome)
        errors |= {step.error.name for step in ran.trace if step.error}
        if number % 50 == 49:  # money again, and short logs
            for who in (ALICE, BOB):
                bench.balances.mint(bench.context, who, 10 * UNIT)
            bench.context.events.clear()
            bench.context.notes.clear()
            bench.traps.kept = bench.traps.kept[-20:]
    return outcomes, errors
