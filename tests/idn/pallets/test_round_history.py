"""The history beside the sums, in a runtime: what a block's header lets anyone check."""

from __future__ import annotations

from drandlab.idn.pallets.round_history import RoundHistory
from drandlab.idn.pallets.system import System
from drandlab.idn.proofs import NotObserved, Observed, RoundArchive, check_round
from drandlab.idn.proofs.ingest_history import HISTORY_KEY
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import ROOT, Call, Origin
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.pallet import CallType, Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.wire.scale import U64


class Feed(Pallet):
    """Tells the history what it is told."""

    name, index = "Feed", 9

    @property
    def calls(self) -> tuple[CallType, ...]:
        return (CallType(0, "tell", {"start": U64, "end": U64}, self._tell, Weight(1)),)

    def _tell(self, context: Context, origin: Origin, start: int, end: int) -> None:
        context.pallet("RoundHistory").ingested(context, Pulse(signature=bytes(48), start=start, end=end))


def test_a_block_that_ingests_changes_the_history_and_no_other_does() -> None:
    runtime = Runtime([System(), RoundHistory(), Feed()])
    archive, head = RoundArchive(), runtime.genesis({})
    heads = [head]
    for start, end in ((1000, 1001), (0, 0), (1005, 1005)):
        agenda = [(Call("Feed", "tell", {"start": start, "end": end}), ROOT)] if start else []
        built = runtime.propose(head, None, agenda=agenda)
        head = Head(header=built.block.header, state=built.state)
        heads.append(head)
        if start:
            archive.append(start, end, bytes(48))
    values = [one.state.get(HISTORY_KEY) for one in heads]
    assert values[0] is None and values[1] == values[2] != values[3]
    seen = {}
    for round in (999, 1001, 1003, 1005, 1006):
        found = check_round(head.header, archive.prove(round, head.state))
        seen[round] = "observed" if isinstance(found, Observed) else found.code
    assert seen == {999: "before", 1001: "observed", 1003: "skipped", 1005: "observed", 1006: "after"}
    older = check_round(heads[2].header, archive.prove(1005, heads[2].state))
    assert older == NotObserved(1005, "after")
