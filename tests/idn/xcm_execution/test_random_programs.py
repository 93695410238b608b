"""Random messages: nothing crashes, no token is made or lost, and none uses more weight than it was weighed with."""

from __future__ import annotations

from random import Random

from xcm_machine import ALICE, AUTHOR, BOB, CHARLIE, SIBLING, UNIT, Bench, FakeRouter, amounts
from xcm_programs import Programs

from drandlab.idn.xcm.locations import PARENT
from drandlab.idn.xcm_execution.xcm_errors import XCM_ERRORS
from drandlab.wire.scale import Variant


def test_random_messages_conserve_tokens_and_end() -> None:
    outcomes, errors = run_programs(1500, seed=8)
    assert outcomes == {"Complete", "Incomplete", "Error"}
    assert len(errors) >= 14, sorted(errors)


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
