"""How late beacons came, from a journal alone."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.composing import Composing
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.delays import delays_of


def test_a_halt_is_seen_in_delays_and_in_the_longest_wait() -> None:
    net = Network(4, 3, backend="glass", detail="summary").run(rounds=10)
    net.cut(0, 1)
    net.cut(0, 2)
    net.cut(3, 1)
    net.cut(3, 2)
    net.run(rounds=10)
    halted = delays_of(net.journal, until=net.now)
    assert (halted.due, halted.made, halted.rate) == (20, 10, 0.5)
    assert halted.longest_wait == pytest.approx(33, abs=3)
    net.heal()
    net.run(rounds=20)
    after = delays_of(net.journal, until=net.now)
    assert (after.due, after.made) == (40, 40)
    assert after.latency.max == pytest.approx(30, abs=4)
    assert after.in_time < 40
    assert list(after.delays) == list(range(1, 41))
    assert after.delays[11] > after.delays[20] > 0


def test_a_journal_that_is_written_and_read_says_the_same() -> None:
    net = Network(4, 3, backend="glass").run(rounds=0)
    begin = net.now
    Composing(net, [(begin, begin + 40), (begin + 60, begin + 80)])
    net.run(rounds=30)
    again = Journal.from_jsonl(net.journal.to_jsonl())
    for chain in ("plain", "composed"):
        assert delays_of(again, chain, until=net.now) == delays_of(net.journal, chain, until=net.now)
    # a pass is clipped to the run, at both ends
    found = delays_of(net.journal, "composed", until=net.now)
    assert net.info is not None
    assert found.contact_s == pytest.approx(begin + 40 - net.info.genesis_time + 20)


def test_before_genesis_nothing_is_due() -> None:
    net = Network(4, 3, backend="glass").run(rounds=0)
    found = delays_of(net.journal)
    assert (found.due, found.made, found.rate, found.latency.count) == (0, 0, 0.0, 0)


def test_a_journal_without_such_a_chain_is_refused() -> None:
    net = Network(4, 3, backend="glass").run(rounds=1)
    with pytest.raises(LocalError, match=r"^journal: has no composed chain$"):
        delays_of(net.journal, "composed")
    with pytest.raises(LocalError, match=r"^journal: has no plain chain$"):
        delays_of(Journal())
    with pytest.raises(LocalError, match=r"^chain: "):
        delays_of(net.journal, "both")
    with pytest.raises(WrongType, match=r"^journal: expected a journal, got a list$"):
        delays_of([])  # type: ignore[arg-type]
