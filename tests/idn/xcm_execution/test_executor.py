"""The executor: registers, fees, surplus, handlers, traps, and that a failure undoes its own instruction only."""

from __future__ import annotations

import pytest
from xcm_machine import ALICE, AUTHOR, BOB, CHARLIE, SIBLING, UNIT, Bench, account_of, amounts, bought, steps, transact
from xcm_programs import run_programs

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm.assets import All, AllOf, Asset, Definite, Fungible, Wild, relay_asset
from drandlab.idn.xcm.locations import PARENT, AccountId32, Location, Parachain, account
from drandlab.idn.xcm_execution.executor import STEPS
from drandlab.idn.xcm_execution.trace import TokenFlow
from drandlab.wire.scale import Variant

ALL = Wild(All())


def test_all_52_instructions_do_something() -> None:
    kinds = {one for one in vars(xcm).values() if isinstance(one, type) and issubclass(one, xcm.Instruction)}
    assert set(STEPS) == kinds - {xcm.Instruction} and len(STEPS) == 52


def test_a_paid_message_step_by_step() -> None:
    bench = Bench()
    ran = bench.paid(
        transact(bench.call("sign", by=7)),
        xcm.RefundSurplus(),
        xcm.DepositAsset(Wild(AllOf(PARENT)), account(ALICE)),
        xcm.SetTopic(b"t" * 32),
    )
    assert ran.outcome == "Complete" and ran.error is None and ran.id == b"t" * 32
    assert [name for name, error in steps(ran) if error is None] == [
        "DescendOrigin", "WithdrawAsset", "BuyExecution", "Transact", "RefundSurplus", "DepositAsset", "SetTopic",
    ]  # fmt: skip
    declared, used = 12 * 10**9, 9 * 10**9
    assert (ran.required.ref_time, ran.weight.ref_time) == (declared, used)
    assert sum(step.weight.ref_time for step in ran.trace) == used
    assert [step.fee for step in ran.trace] == [0, 0, declared * 8 // 1000, 0, (used - declared) * 8 // 1000, 0, 0]
    assert [amounts(step.holding) for step in ran.trace] == [
        0,
        UNIT,
        UNIT - 96_000_000,
        UNIT - 96_000_000,
        UNIT - 72_000_000,
        0,
        0,
    ]
    assert ran.paid == 72_000_000 and bench.free(AUTHOR) == 10 * UNIT + 72_000_000
    assert bench.free(ALICE) == 10 * UNIT - 72_000_000 and bench.issuance == 30 * UNIT and bench.total == 7
    assert ran.trace[0].origin == SIBLING.descended((AccountId32(Variant("Polkadot"), ALICE),))


def test_a_failing_call_is_no_error_of_the_message() -> None:
    bench = Bench()
    failed = Variant("Error", bytes.fromhex("030900000000"))
    ran = bench.paid(transact(bench.call("sign", by=101)), xcm.ExpectTransactStatus(failed), xcm.RefundSurplus())
    assert ran.outcome == "Complete" and bench.total == 0
    assert ran.weight == ran.required
    again = bench.paid(transact(bench.call("sign", by=101)), xcm.ExpectTransactStatus(Variant("Success")))
    assert again.error == Variant("ExpectationFalse")


def test_what_is_left_is_trapped_and_can_be_claimed() -> None:
    bench = Bench()
    ran = bench.paid(amount=UNIT)
    left = UNIT - 3 * 8_000_000
    assert ran.trapped is not None and ran.trapped.assets == (relay_asset(left),)
    owner = SIBLING.descended((AccountId32(Variant("Polkadot"), ALICE),))
    assert bench.traps.kept == [(owner, (relay_asset(left),))]
    assert bench.issuance == 30 * UNIT - left
    stolen = bench.run(
        xcm.DescendOrigin((AccountId32(Variant("Polkadot"), BOB),)),
        xcm.ClaimAsset((relay_asset(left),), Location()),
        xcm.BuyExecution(relay_asset(left), None),
    )
    assert stolen.error == Variant("UnknownClaim") and steps(stolen)[-1] == ("ClaimAsset", "UnknownClaim")
    claimed = bench.run(
        xcm.DescendOrigin((AccountId32(Variant("Polkadot"), ALICE),)),
        xcm.ClaimAsset((relay_asset(left),), Location()),
        xcm.BuyExecution(relay_asset(left), None),
        xcm.DepositAsset(ALL, account(ALICE)),
    )
    assert claimed.outcome == "Complete" and bench.traps.kept == []
    assert bench.free(ALICE) + bench.free(AUTHOR) == 20 * UNIT and bench.issuance == 30 * UNIT


def test_a_failure_undoes_its_instruction_and_keeps_the_earlier_ones() -> None:
    bench = Bench()
    half = (relay_asset(UNIT // 2),)
    ran = bench.paid(
        xcm.DepositAsset(Definite(half), account(CHARLIE)),
        xcm.DepositAsset(Definite((relay_asset(5),)), account(bytes(32))),
        xcm.DepositAsset(ALL, account(BOB)),
    )
    assert ran.outcome == "Incomplete" and ran.error == Variant("FailedToTransactAsset", "BelowMinimum")
    assert bench.free(CHARLIE) == UNIT // 2 and bench.free(BOB) == 10 * UNIT
    assert ran.trapped is not None and amounts(ran.trapped.assets) == UNIT // 2 - 5 * 8_000_000
    assert len(ran.trace) == 5 and ran.weight.ref_time == 5 * 10**9


def test_withdrawing_two_assets_is_all_or_nothing() -> None:
    bench = Bench()
    other = xcm.WithdrawAsset((relay_asset(UNIT), *_foreign()))
    ran = bench.run(xcm.DescendOrigin((AccountId32(None, ALICE),)), other, xcm.BuyExecution(relay_asset(UNIT), None))
    assert ran.error == Variant("AssetNotFound") and ran.trapped is None
    assert bench.free(ALICE) == 10 * UNIT and ran.paid == 0


def _foreign() -> tuple[Asset, ...]:
    return (Asset(Location(1, (Parachain(2000),)), Fungible(3)),)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (xcm.Trap(9), Variant("Trap", 9)),
        (xcm.ExpectAsset((relay_asset(2 * UNIT),)), Variant("ExpectationFalse")),
        (xcm.ExpectOrigin(None), Variant("ExpectationFalse")),
        (xcm.ExpectError((0, Variant("Trap", 1))), Variant("ExpectationFalse")),
        (xcm.ExpectPallet(200, b"x", b"y", 0, 0), Variant("PalletNotFound")),
        (xcm.ExpectPallet(10, b"Balances", b"other", 0, 0), Variant("NameMismatch")),
        (xcm.ExpectPallet(10, b"Balances", b"pallet_balances", 1, 0), Variant("VersionIncompatible")),
        (xcm.AliasOrigin(PARENT), Variant("NoPermission")),
        (xcm.UniversalOrigin(Parachain(1)), Variant("InvalidLocation")),
        (xcm.UniversalOrigin(Parachain(4502)), Variant("InvalidLocation")),
        (xcm.ReserveAssetDeposited((relay_asset(1),)), Variant("UntrustedReserveLocation")),
        (xcm.ReceiveTeleportedAsset((relay_asset(1),)), Variant("UntrustedTeleportLocation")),
        (xcm.InitiateTeleport(ALL, SIBLING, ()), Variant("UntrustedTeleportLocation")),
        (xcm.InitiateReserveWithdraw(ALL, SIBLING, ()), Variant("UntrustedReserveLocation")),
        (xcm.ExchangeAsset(ALL, (relay_asset(1),), True), Variant("NoDeal")),
        (xcm.LockAsset(relay_asset(1), SIBLING), Variant("AssetNotFound")),
        (xcm.UnlockAsset(relay_asset(1), SIBLING), Variant("AssetNotFound")),
        (xcm.NoteUnlockable(relay_asset(1), SIBLING), Variant("AssetNotFound")),
        (xcm.RequestUnlock(relay_asset(1), SIBLING), Variant("AssetNotFound")),
        (xcm.ExportMessage(Variant("Kusama"), (), ()), Variant("Unroutable")),
        (xcm.SubscribeVersion(1, Weight()), Variant("BadOrigin")),
        (xcm.UnsubscribeVersion(), Variant("BadOrigin")),
        (xcm.UnpaidExecution(None, PARENT), Variant("BadOrigin")),
        (xcm.PayFees(relay_asset(9 * UNIT)), Variant("NotHoldingFees")),
        (xcm.PayFees(relay_asset(1)), Variant("TooExpensive")),
        (xcm.BuyExecution(relay_asset(9 * UNIT), Weight(1)), Variant("NotHoldingFees")),
        (xcm.BuyExecution(relay_asset(1), Weight(10**12)), Variant("TooExpensive")),
        (
            xcm.TransferAsset((relay_asset(20 * UNIT),), account(BOB)),
            Variant("FailedToTransactAsset", "FundsUnavailable"),
        ),
        (xcm.DescendOrigin((Parachain(1),) * 7), Variant("LocationFull")),
        (xcm.ReportError(xcm.QueryResponseInfo(SIBLING, 1, Weight())), Variant("Unroutable")),
        (xcm.DepositAsset(ALL, Location(3)), Variant("FailedToTransactAsset", "AccountIdConversionFailed")),
    ],
    ids=lambda value: value.name if isinstance(value, Variant) else type(value).__name__,
)
def test_each_refusal_has_its_name_and_moves_nothing(step: xcm.Instruction, error: Variant) -> None:
    bench = Bench()
    ran = bench.paid(step, xcm.ClearOrigin())
    assert (ran.outcome, ran.error) == ("Incomplete", error)
    assert steps(ran)[-1] == (type(step).__name__, error.name)
    assert ran.trapped is not None and amounts(ran.trapped.assets) == UNIT - 4 * 8_000_000 == UNIT - ran.paid
    assert bench.free(ALICE) == 9 * UNIT and bench.free(BOB) == 10 * UNIT


@pytest.mark.parametrize(
    "step",
    [
        xcm.HrmpNewChannelOpenRequest(1, 2, 3),
        xcm.HrmpChannelAccepted(1),
        xcm.HrmpChannelClosing(1, 2, 3),
        xcm.QueryResponse(1, Variant("Null"), Weight(), None),
        xcm.SetFeesMode(True),
        xcm.ClearTransactStatus(),
        xcm.ClearError(),
        xcm.SetTopic(bytes(32)),
        xcm.ClearTopic(),
        xcm.UnpaidExecution(None, None),
        xcm.ExpectPallet(10, b"Balances", b"pallet_balances", 0, 0),
        xcm.ExpectError(None),
        xcm.SetHints(()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_changes_no_account_passes(step: xcm.Instruction) -> None:
    bench = Bench()
    ran = bench.paid(step, xcm.DepositAsset(ALL, account(ALICE)))
    assert ran.outcome == "Complete", ran.error
    assert bench.issuance == 30 * UNIT


def test_without_an_origin_nothing_is_done_in_a_name() -> None:
    bench = Bench()
    for step in (
        xcm.WithdrawAsset((relay_asset(1),)),
        xcm.TransferAsset((relay_asset(1),), account(BOB)),
        transact(bench.call("sign", by=1)),
        xcm.DescendOrigin((Parachain(1),)),
        xcm.ClaimAsset((relay_asset(1),), Location()),
        xcm.AliasOrigin(PARENT),
        xcm.QueryResponse(1, Variant("Null"), Weight(), None),
    ):
        ran = bench.paid(xcm.ClearOrigin(), step)
        assert ran.error == Variant("BadOrigin"), step
    assert bench.total == 0


def test_the_error_handler_runs_after_an_error_and_the_appendix_always() -> None:
    bench = Bench()
    note, trap = transact(bench.call("sign", by=1)), xcm.Trap(3)
    deposit = xcm.DepositAsset(ALL, account(ALICE))
    handled = bench.paid(xcm.SetErrorHandler((note,)), xcm.SetAppendix((xcm.RefundSurplus(), deposit)), trap, note)
    assert (handled.outcome, handled.error, bench.total) == ("Incomplete", Variant("Trap", 3), 1)
    assert [step.part for step in handled.trace][-3:] == ["error handler", "appendix", "appendix"]
    assert handled.trapped is None
    well = bench.paid(xcm.SetErrorHandler((note,)), xcm.SetAppendix((xcm.RefundSurplus(), deposit)), xcm.ClearTopic())
    assert (well.outcome, bench.total) == ("Complete", 1)
    assert well.weight.ref_time == well.required.ref_time - 6 * 10**9
    cleared = bench.paid(xcm.SetAppendix((xcm.ExpectError((4, Variant("Trap", 3))), xcm.ClearError())), trap)
    assert cleared.outcome == "Complete"
    assert bench.free(ALICE) + bench.free(AUTHOR) + sum(amounts(one) for _, one in bench.traps.kept) == 20 * UNIT


def test_a_nested_message_has_an_origin_of_its_own() -> None:
    bench = Bench()
    inner = (xcm.TransferAsset((relay_asset(UNIT),), account(BOB)),)
    path = (AccountId32(None, ALICE),)
    ran = bench.run(
        xcm.DescendOrigin(path),
        *bought(),
        xcm.ClearTopic(),
        xcm.ExecuteWithOrigin(None, (xcm.ExpectOrigin(None), xcm.ClearTopic())),
        xcm.ExecuteWithOrigin((), inner),
        xcm.ExpectOrigin(SIBLING.descended(path)),
        xcm.ExecuteWithOrigin(None, inner),
    )
    assert ran.error == Variant("BadOrigin") and bench.free(BOB) == 11 * UNIT
    assert [step.part for step in ran.trace if step.part == "nested"] == ["nested"] * 4
    assert ran.trace[-1].origin == SIBLING.descended(path)


def test_origins_by_their_kind() -> None:
    bench = Bench()
    seen = Location(1, (Parachain(4594), AccountId32(Variant("Polkadot"), ALICE)))
    call, sign = bench.call("from_xcm"), bench.call("sign", by=1)
    for kind, encoded, status in (
        (xcm.OriginKind.Xcm, call, "Success"),
        (xcm.OriginKind.SovereignAccount, call, "Error"),
        (xcm.OriginKind.Native, sign, "Success"),
        (xcm.OriginKind.SovereignAccount, sign, "Success"),
        (xcm.OriginKind.Xcm, sign, "Error"),
    ):
        ran = bench.paid(transact(encoded, kind), xcm.SetAppendix((xcm.ClearTransactStatus(),)), amount=UNIT // 10)
        assert ran.outcome == "Complete"
        expects = bench.paid(transact(encoded, kind), xcm.ExpectTransactStatus(Variant("Success")), amount=UNIT // 10)
        assert (expects.outcome == "Complete") is (status == "Success"), (kind, status)
    assert any(note.detail == seen for note in bench.context.notes if hasattr(note, "detail"))
    assert bench.paid(transact(sign, xcm.OriginKind.Superuser), amount=UNIT // 10).error == Variant("BadOrigin")
    parts = bench.executor.parts
    assert parts.origin_of(SIBLING, xcm.OriginKind.Native) is not None
    assert parts.origin_of(PARENT, xcm.OriginKind.Native) is not None
    assert parts.origin_of(Location(0, (Parachain(1),)), xcm.OriginKind.SovereignAccount) is None
    assert (
        parts.origin_of(Location(1, (Parachain(1), AccountId32(Variant("Kusama"), ALICE))), xcm.OriginKind.Native)
        is None
    )


def test_who_pays_nothing_is_not_let_in() -> None:
    bench = Bench()
    before = bench.context.storage.use.writes
    for message, refusal in (
        ((xcm.UnpaidExecution(None, None), xcm.ClearOrigin()), "BadFormat"),
        ((xcm.WithdrawAsset((relay_asset(UNIT),)), xcm.ClearTopic(), xcm.Trap(1)), "Overweight"),
        ((xcm.ClearOrigin(),), "BadFormat"),
    ):
        ran = bench.run(*message)
        assert (ran.outcome, ran.error, ran.refusal) == ("Error", Variant("Barrier"), refusal)
        assert ran.trace == () and ran.weight == ran.required
    bomb = bench.run(*[xcm.ClearOrigin()] * 101)
    assert (bomb.outcome, bomb.error) == ("Error", Variant("WeightNotComputable"))
    nested = bench.run(*bought(), xcm.SetAppendix((xcm.ClearTopic(),) * 98))
    assert nested.error == Variant("WeightNotComputable")
    undecodable = bench.paid(transact(b"\xff\xff"))
    assert undecodable.error == Variant("WeightNotComputable")
    assert bench.context.storage.use.writes == before


def test_a_dry_run_changes_nothing() -> None:
    bench = Bench()
    message = (*bought(UNIT), transact(bench.call("sign", by=3)), xcm.DepositAsset(ALL, account(BOB)))
    whole = (xcm.DescendOrigin((AccountId32(None, ALICE),)), *message)
    storage = bench.context.storage
    before, events = dict(storage.changes), list(bench.context.events)
    tried = bench.executor.dry_run(bench.context, SIBLING, whole)
    assert tried.outcome == "Complete"
    assert (storage.changes, bench.context.events, bench.context.notes, storage.depth) == (before, events, [], 0)
    assert bench.run(*whole).trace == tried.trace and storage.changes != before


def test_a_claimer_may_be_named() -> None:
    bench = Bench()
    ran = bench.paid(xcm.SetHints((Variant("AssetClaimer", (PARENT,)),)))
    assert ran.trapped is not None and ran.trapped.origin == PARENT
    gone = bench.paid(xcm.ClearOrigin())
    assert gone.trapped is not None and gone.trapped.origin == SIBLING


def test_burnt_is_gone_and_counted() -> None:
    bench = Bench()
    ran = bench.paid(xcm.BurnAsset((relay_asset(4),)), xcm.DepositAsset(ALL, account(ALICE)))
    assert ran.burned == 4 and bench.issuance == 30 * UNIT - 4
    alone = Bench(author=lambda context: None)
    ran = alone.paid(xcm.DepositAsset(ALL, account(ALICE)))
    assert ran.burned == ran.paid > 0 and alone.issuance == 30 * UNIT - ran.burned
    assert ran.flow == TokenFlow(withdrawn=UNIT, deposited=UNIT - ran.burned)


def test_fees_that_are_paid_up_front_come_back() -> None:
    bench = Bench()
    ran = bench.run(
        xcm.DescendOrigin((AccountId32(None, ALICE),)),
        xcm.WithdrawAsset((relay_asset(UNIT),)),
        xcm.PayFees(relay_asset(UNIT)),
        xcm.ExpectAsset(()),
        xcm.RefundSurplus(),
        xcm.DepositAsset(ALL, account(BOB)),
    )
    assert ran.outcome == "Complete" and bench.free(BOB) == 11 * UNIT - 6 * 8_000_000
    assert account_of(SIBLING) is not None
    cost = 6 * 8_000_000
    assert ran.flow == TokenFlow(withdrawn=UNIT, deposited=UNIT - cost, given=cost)


def test_random_messages_conserve_tokens_and_end() -> None:
    outcomes, errors = run_programs(1500, seed=8)
    assert outcomes == {"Complete", "Incomplete", "Error"}
    assert len(errors) >= 14, sorted(errors)
