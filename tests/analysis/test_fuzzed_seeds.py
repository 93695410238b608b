from __future__ import annotations

import pytest
from worker_tasks import judged_otherwise, judged_with_a_bug_from_5, run_with_a_bug_from_5

from drandlab.analysis import fuzzed_seeds
from drandlab.analysis.fuzzed_seeds import first_broken
from drandlab.analysis.local_cluster import ClusterProcesses
from drandlab.errors import LocalError
from drandlab.simulation.fuzz.run import run
from drandlab.simulation.fuzz.shrink import replayed


def test_sound_seeds(dask_processes: ClusterProcesses):
    seen: list[tuple[int, int | None]] = []
    ran, outcome = first_broken(range(3, 7), dask_processes.address, lambda *at: seen.append(at))
    assert (ran, outcome.ok, outcome.journal.digest()) == (4, True, run(replayed(6)).journal.digest())
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_lowest_seed_that_breaks_a_rule(dask_processes: ClusterProcesses, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fuzzed_seeds, "_judged_seed", judged_with_a_bug_from_5)
    monkeypatch.setattr(fuzzed_seeds, "run", run_with_a_bug_from_5)
    ran, outcome = first_broken(range(3, 40), dask_processes.address)
    assert (ran, outcome.plan.seed, outcome.ok) == (3, 5, False)


def test_a_worker_that_computes_otherwise(dask_processes: ClusterProcesses, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fuzzed_seeds, "_judged_seed", judged_otherwise)
    with pytest.raises(LocalError, match=r"^cluster: the journal of seed 4 has another digest on a worker than here"):
        first_broken(range(3, 5), dask_processes.address)
