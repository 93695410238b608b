"""``drandlab fuzz --cluster``: what one process says alone, from many."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from worker_tasks import judged_with_a_bug_from_5, run_with_a_bug_from_5

from drandlab.analysis import fuzzed_seeds
from drandlab.analysis.local_cluster import ClusterProcesses
from drandlab.simulation.fuzz import run, shrink


def test_sound_seeds(drandlab: Callable, dask_processes: ClusterProcesses) -> None:
    for rest in (["--seeds", "0:3"], ["--seeds", "0:3", "--json"], ["--seeds", "4", "--json"]):
        alone = drandlab("fuzz", *rest)
        assert alone.code == 0
        assert drandlab("fuzz", *rest, "--cluster", dask_processes.address) == alone


def test_a_seed_that_breaks_a_rule_is_shrunk_here(
    drandlab: Callable, dask_processes: ClusterProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzzed_seeds, "_judged_seed", judged_with_a_bug_from_5)
    for module in (fuzzed_seeds, run, shrink):
        monkeypatch.setattr(module, "run", run_with_a_bug_from_5)
    monkeypatch.setattr(shrink, "RUNS", 8)
    file = tmp_path / "finding.toml"
    arguments = ("fuzz", "--seeds", "3:40", "--json", "--save", str(file))
    alone, saved = drandlab(*arguments), file.read_text()
    assert (alone.code, json.loads(alone.out)["ran"], json.loads(alone.out)["violation"]["seed"]) == (1, 3, 5)
    file.unlink()
    assert drandlab(*arguments, "--cluster", dask_processes.address) == alone
    assert file.read_text() == saved


def test_clusters_that_cannot_be_used(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = drandlab("fuzz", "--seeds", "0:4", "--cluster", "tcp://127.0.0.1:1")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("drandlab: cluster: no scheduler can be reached at tcp://127.0.0.1:1 (")
    monkeypatch.setattr("drandlab.cli.extras.find_spec", lambda name: None)
    answer = drandlab("fuzz", "--seeds", "0:4", "--cluster", "local")
    assert answer.code == 2 and answer.err.startswith("drandlab: this needs distributed, not installed here: ")
    assert answer.err.count("\n") == 1


def test_seeds_of_chains(drandlab: Callable, dask_processes: ClusterProcesses) -> None:
    rest = ["fuzz", "--chains", "--seeds", "0:6", "--json"]
    alone = drandlab(*rest)
    assert alone.code == 0
    assert drandlab(*rest, "--cluster", dask_processes.address) == alone
