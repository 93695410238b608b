"""Dask on this machine: a sweep on two workers against one, and bulk verification against processes."""

from __future__ import annotations

import random
import statistics
from time import perf_counter
from typing import Any

from side_by_side import Comparison, wall_medians
from verify import beacons, own_chain

import drandlab as dl
from drandlab.analysis.local_cluster import started
from drandlab.beacon import Beacon

SECONDS = 70
"""How long the sweep takes on one worker: at least a minute, so that ends that do not fit weigh little."""


def grid(rounds: int) -> dict[str, list[Any]]:
    """The League with three thresholds and two latencies."""
    return {
        "network.threshold": [12, 14, 16],
        "links.cities": [[]],
        "links.latency.mean": [0.05, 0.2],
        "rounds": [rounds],
    }


def swept(cluster: str, rounds: int, seeds: range) -> float:
    """Return the wall seconds of a sweep of the League in the glass box."""
    began = perf_counter()
    frame = dl.analysis.sweep("league-of-entropy", grid(rounds), seeds, cluster=cluster, backend="glass")
    assert frame["ok"].all() and frame["failed"].null_count() == frame.height
    return perf_counter() - began


def sweeps(rows: list[Comparison], microseconds: dict[str, float], one: str, two: str, quick: bool) -> None:
    """Two workers against one, each warm, in turns; the long sweep is as long as `SECONDS` on one worker."""
    rounds, few = 30, range(2)
    for cluster in (one, two):
        swept(cluster, 2, few)
    seeds = few if quick else range(max(2, round(len(few) * SECONDS / swept(one, rounds, few))))
    walls: dict[str, list[float]] = {one: [], two: []}
    for _ in range(1 if quick else 2):
        for cluster, taken in walls.items():
            taken.append(swept(cluster, rounds, seeds))
    alone, both = statistics.median(walls[one]), statistics.median(walls[two])
    microseconds["sweep: a run of the League of 30 rounds, one worker"] = 1e6 * alone / (6 * len(seeds))
    name = f"sweep of {6 * len(seeds)} runs, {alone:.0f} s on one Dask worker: times as fast on two"
    rows.append(Comparison(name, alone / both, 1.7))


def verification(rows: list[Comparison], cluster: str) -> None:
    """Bulk verification by two Dask workers, which run already, against two processes, which start each time."""
    info, bls = own_chain()
    long: list[Beacon] = list(beacons(info, bls, 16_000))
    random.Random(1).shuffle(long)
    sides = {
        "processes": lambda: dl.verify_batch(long, info, jobs=2),
        "cluster": lambda: dl.verify_batch(long, info, cluster=cluster),
    }
    walls = wall_medians(sides, turns=5)
    name = "16,000 beacons, two Dask workers: wall seconds over those of jobs=2"
    rows.append(Comparison(name, walls["cluster"] / walls["processes"], 1.1, False))


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file; ``quick`` makes a short sweep."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        absent.append("dask.distributed: `make bench` installs it")
        return
    with started(1) as one, started(2) as two:
        verification(rows, two.address)
        sweeps(rows, microseconds, one.address, two.address, quick)
