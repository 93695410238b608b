"""The registers by themselves: what is refunded was paid."""

from __future__ import annotations

from xcm_machine import SIBLING, Bench

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm import PARENT
from drandlab.idn.xcm_execution.registers import Machine


def test_never_more_comes_back_than_was_paid() -> None:
    bench = Bench()
    machine = Machine(bench.executor.parts, bench.context, SIBLING, bytes(32), Weight(), steps={}, loose=frozenset())
    machine.bought, machine.paid, machine.surplus = Weight(10**12), 3, Weight(10**12)
    machine.refund()
    assert (machine.holding.amount(PARENT), machine.paid, machine.fee) == (3, 0, -3)
    machine.refund()
    assert machine.holding.amount(PARENT) == 3
