"""One chain of a file at work: its runtime, its newest block, and what it writes to the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import NONE, Call, Origin, RuntimeEvent, TransactionSource
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.slots import SLOT_MS, slot
from drandlab.simulation.chains.chain_entries import CallDispatched
from drandlab.simulation.chains.chain_names import origin_named
from drandlab.simulation.chains.chain_scenario import SOURCES, CallTable, ChainScenario
from drandlab.simulation.journal import Journal
from drandlab.typing import Seconds

__all__ = ["ChainAtWork", "told"]

SHOWN = ("RandBeacon", "IdnManager", "IdnConsumer")
"""The pallets whose events are told."""


def told(events: Iterable[RuntimeEvent]) -> list[dict[str, Any]]:
    """Return the events of the pallets in `SHOWN`, as the results have them."""
    return [{"event": str(event), **event.fields} for event in events if event.pallet in SHOWN]


class ChainAtWork:
    """A chain of a file: ``runtime`` is its rules, ``genesis`` what its pallets begin with.

    A subclass makes its blocks, in `block`. A call that root makes, an account, or another chain, runs beside the
    extrinsics of its block, as a scheduler would have it; a submission that comes by the pool is an extrinsic.
    """

    def __init__(
        self,
        scenario: ChainScenario,
        para_id: int,
        runtime: Runtime,
        genesis: Mapping[str, Mapping[str, Any]],
        journal: Journal,
    ) -> None:
        self.scenario, self.para_id, self.runtime, self.journal = scenario, para_id, runtime, journal
        self.head: Head = runtime.genesis(genesis)
        self._own: dict[int, list[CallTable]] = {}
        for call in scenario.calls:
            if scenario.chain_of(call) == para_id:
                self._own.setdefault(call.block, []).append(call)

    def time(self, number: int) -> Seconds:
        """Return the time of a block."""
        return (self.scenario.start_ms + SLOT_MS * (number - 1)) / 1000

    def turn(self, number: int) -> int:
        """Return the slot of a block."""
        return slot(self.scenario.start_ms) + number - 1

    def block(self, number: int) -> None:
        """Make a block, and write down what happened in it."""
        raise NotImplementedError

    # -- calls --------------------------------------------------------------------------------------------------------

    def calls(self, builder: BlockBuilder) -> None:
        """Run the file's calls of the block, in the order of the file."""
        for table in self._own.get(builder.context.number, ()):
            source = None if table.source is None else SOURCES[table.source]
            self.dispatched(builder, self.call_of(builder, table), origin_named(table.origin), table.origin, source)

    def call_of(self, builder: BlockBuilder, table: CallTable) -> Call:
        """Return the call that a table of the file stands for."""
        raise NotImplementedError

    def dispatched(
        self, builder: BlockBuilder, call: Call, origin: Origin, named: str, source: TransactionSource | None
    ) -> None:
        """Run a call, and write down how it ended and the state roots around it."""
        outcome: StepOutcome | None = None
        before = builder.context.storage.commit().root
        try:
            if source is None or origin is not NONE:
                outcome = builder.run(call, origin)
            else:
                self.judge(builder, call, source)
                outcome = builder.apply(self.runtime.decode(self.runtime.bare(call)))
            error = None if outcome.error is None else outcome.error.name
        except NotValid as refusal:
            error = refusal.reason
        entry = CallDispatched(
            chain=self.para_id,
            number=builder.context.number,
            call=str(call),
            origin=named,
            error=error,
            events=() if outcome is None else tuple(told(outcome.events)),
            before=before,
            after=builder.context.storage.commit().root,
        )
        self.journal.write(self.time(builder.context.number), None, entry)

    def judge(self, builder: BlockBuilder, call: Call, source: TransactionSource) -> None:
        """Ask the rule of the pool, where the call comes through one; raises `NotValid`."""
        self.runtime.table.pallets[call.pallet].validate_unsigned(builder.context, call, source)
