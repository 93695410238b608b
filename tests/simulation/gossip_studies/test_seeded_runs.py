"""Many seeds: a fifth of all frames lost, peers that come and go, and every pulse reaches all who were there."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.gossip_studies.seeded_runs import LOSSY, seeded_runs, summary_of_runs


def test_twenty_seeds_with_loss_and_churn_break_no_rule() -> None:
    said: list[tuple[int, int]] = []
    summary = summary_of_runs(seeded_runs(range(20), progress=lambda done, all: said.append((done, all))))
    assert (summary.runs, summary.sound, summary.broken) == (20, 20, ())
    assert summary.owed > 500 and summary.left > 50 and said[-1] == (20, 20)


def test_a_bound_that_is_broken_names_its_seed() -> None:
    summary = summary_of_runs(seeded_runs([1, 2], {**LOSSY, "bound": 0.06}))
    assert summary.sound == 0 and summary.broken == (1, 2)
    with pytest.raises(LocalError, match="runs: expected at least one"):
        summary_of_runs([])
