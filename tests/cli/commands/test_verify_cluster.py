"""``drandlab verify --cluster``: what one process says alone, from many."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drandlab.analysis.local_cluster import ClusterProcesses
from drandlab.beacon import Beacon
from drandlab.remote.shipped import shipped

QUICKNET = shipped("data", "beacons", "quicknet.jsonl")


def told(answer: Any) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(answer.out)
    assert report.pop("seconds") >= 0
    return report


def test_a_cluster_gives_the_same_report(drandlab: Callable, dask_processes: ClusterProcesses, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(QUICKNET.read_text() + Beacon(round=7, signature=bytes(48)).to_json() + "\n")
    for file, code in ((QUICKNET, 0), (wrong, 1)):
        arguments = ("verify", file, "--chain", "quicknet", "--json")
        alone = drandlab(*arguments)
        spread = drandlab(*arguments, "--cluster", dask_processes.address)
        assert (alone.code, spread.code, spread.err) == (code, code, "")
        assert told(spread) == told(alone)


def test_clusters_that_cannot_be_used(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("verify", QUICKNET, "--chain", "quicknet", "--cluster")
    for more, rule in (
        (["tcp://127.0.0.1:1"], "cluster: no scheduler can be reached at tcp://127.0.0.1:1 ("),
        (["nowhere"], "cluster: expected the address of a scheduler, such as tcp://127.0.0.1:8786"),
        (["tcp://127.0.0.1:1", "--jobs", "2"], "jobs: the cluster has its own workers: leave jobs or cluster out"),
    ):
        answer = drandlab(*arguments, *more)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(f"drandlab: {rule}") and answer.err.count("\n") == 1
    monkeypatch.setattr("drandlab.cli.extras.find_spec", lambda name: None)
    answer = drandlab(*arguments, "local")
    assert answer.code == 2 and answer.err.startswith("drandlab: this needs distributed, not installed here: ")
