"""A drand node on a host: what its driver tells the journal of shares and partials."""

from __future__ import annotations

import dataclasses

from drandlab.node.reports import QUIET, REPORTS, CacheHeld, SharesHeld
from drandlab.simulation.network import Network


def held(net: Network, name: int) -> list[tuple[int, ...]]:
    """The first rounds of the shares that a node's signer has held, one entry after the other."""
    found = []
    for entry in net.journal.entries(SharesHeld.kind, node=name):
        assert isinstance(entry.what, SharesHeld)
        found.append(entry.what.first_rounds)
    return found


def test_the_journal_has_which_shares_a_signer_holds() -> None:
    net = Network(4, 3, backend="glass", seed=1).run(rounds=2)
    net.reshare(threshold=3, remaining=[0, 1, 2], joining=1)
    net.run(rounds=20)
    first = net.node(0).handler.epochs[0].first_round
    assert first > 1 and all(held(net, name) == [(1,), (1, first), (first,)] for name in (0, 1, 2))
    assert held(net, 3) == [(1,), ()], "who has left holds none"
    assert held(net, 4) == [(first,)]


def test_a_summary_leaves_out_the_frequent_reports() -> None:
    full, summary = (Network(4, 3, backend="glass", seed=1, detail=detail) for detail in ("full", "summary"))
    for net in (full, summary):
        net.run(rounds=2)
        net.cut(0, 1)
        net.run(rounds=2)
    kinds = [{entry.kind for entry in net.journal} for net in (full, summary)]
    quiet = {cls.kind for cls in QUIET}
    assert quiet - {CacheHeld.kind} <= kinds[0] and not quiet & kinds[1]
    assert set(QUIET) < set(REPORTS) and all(dataclasses.is_dataclass(cls) for cls in QUIET)
