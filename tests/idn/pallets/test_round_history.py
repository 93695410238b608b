"""The history beside the sums, in a runtime: what a block's header lets anyone check."""

from __future__ import annotations

from typing import Any

import pytest
from beacon_chain import BeaconChain, pulse_of

from drandlab.idn.pallets.round_history import RoundHistory
from drandlab.idn.proofs import NotObserved, Observed, RoundArchive, check_round
from drandlab.idn.proofs.ingest_history import HISTORY_KEY
from drandlab.idn.rand_beacon import AcceptedPulse
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.weights import Weight


class Counting:
    """A dispatcher that counts what it is given."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def weight(self, context: Context) -> Weight:
        return Weight(5, 6)

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        self.given.append(accepted.pulse.start)


class HistoryChain(BeaconChain):
    """A chain with the history beside the beacon pallet."""

    def __init__(self, **parts: Any) -> None:
        self.counting = Counting()
        self.history = RoundHistory(self.counting)
        super().__init__(dispatcher=self.history, more=[self.history], **parts)


def test_a_block_that_ingests_changes_the_history_and_no_other_does() -> None:
    chain = HistoryChain()
    chain.configure()
    archive, heads = RoundArchive(), list[Head]()
    for start, end in ((1000, 1001), (0, 0), (1005, 1005)):
        if start:
            pulse = pulse_of(start, end)
            assert chain.submit(pulse) is None
            archive.append(start, end, pulse.signature)
        chain.next_block()
        heads.append(chain.head)
    values = [one.state.get(HISTORY_KEY) for one in heads]
    assert values[0] == values[1] != values[2]
    seen = {}
    for round in (999, 1001, 1003, 1005, 1006):
        found = check_round(heads[2].header, archive.prove(round, heads[2].state))
        seen[round] = "observed" if isinstance(found, Observed) else found.code
    assert seen == {999: "before", 1001: "observed", 1003: "skipped", 1005: "observed", 1006: "after"}
    assert check_round(heads[1].header, archive.prove(1005, heads[1].state)) == NotObserved(1005, "after")
    assert chain.counting.given == [1000, 1005]


def test_a_submission_that_fails_leaves_the_history_as_it_was() -> None:
    chain = HistoryChain()
    chain.configure()
    assert chain.submit(pulse_of(1000, 1001)) is None
    chain.next_block()
    before = chain.storage.get(HISTORY_KEY)
    assert chain.submit(pulse_of(1001, 1002)) == "StartExpired"
    assert chain.storage.get(HISTORY_KEY) == before and chain.counting.given == [1000]


@pytest.mark.parametrize("mode", ["accumulate", "range"])
def test_its_weight_counts_before_the_pulse_is_known(mode: str) -> None:
    without, chain = BeaconChain(mode), HistoryChain(mode=mode)
    more = chain.pallet.submission_weight(chain.builder.context)
    assert more.ref_time > without.pallet.submission_weight(without.builder.context).ref_time + 5
