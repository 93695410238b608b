"""Each entry about a call finds its call in the plan; what an author submits is none of them."""

from __future__ import annotations

from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan, PlannedCall
from drandlab.simulation.chain_fuzz.planned_order import PlannedInOrder
from drandlab.simulation.chains.chain_entries import CallDispatched


def planned(block: int, name: str, chain: int | None = None) -> PlannedCall:
    return PlannedCall(block=block, origin="Alice", call=f"IdnManager.{name}", args={}, chain=chain)


def ran(number: int, call: str, chain: int = 4502) -> CallDispatched:
    return CallDispatched(
        chain=chain, number=number, call=call, origin="Alice", error=None, events=(), before=b"", after=b""
    )


def test_calls_are_given_chain_by_chain_in_their_order() -> None:
    calls = (planned(1, "a"), planned(1, "b", 7), planned(1, "c", 4502), planned(2, "d"))
    order = PlannedInOrder(ChainPlan(seed=1, blocks=2, tables="", calls=calls), 4502)
    assert order.of(ran(1, "RandBeacon.try_submit_asig")) is None
    assert order.of(ran(1, "IdnManager.b", 7)) is calls[1]
    assert [order.of(ran(1, "x")), order.of(ran(1, "x")), order.of(ran(1, "x"))] == [calls[0], calls[2], None]
    assert order.of(ran(2, "x")) is calls[3] and order.of(ran(3, "x")) is None
