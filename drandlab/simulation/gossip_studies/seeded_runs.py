"""The same gossip network under many seeds: does every pulse reach all who were there, in time, in each of them?

What is asked is what the checkers of gossip ask (`drandlab.simulation.checkers.gossip_rules`); nothing else is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError
from drandlab.simulation.checkers.gossip_rules import check_gossip
from drandlab.simulation.pubsub.churn import Churn
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.reading.spreading import spread_of
from drandlab.simulation.world.links import Latency, Link
from drandlab.typing import Progress, Seconds

__all__ = ["LOSSY", "RunsSummary", "SeededRun", "seeded_runs", "summary_of_runs"]

LOSSY: Mapping[str, Any] = MappingProxyType(
    {
        "peers": 24,
        "rounds": 3,
        "loss": 0.2,
        "link": Link(latency=Latency(kind="lognormal", mean=0.05, spread=0.4), loss=0.2),
        "churn": Churn(stay=20, away=5),
        "detail": "summary",
    }
)
"""A fifth of all frames is lost, and of the rest a fifth of the transmissions; half of the subscribers come and go."""


@dataclass(frozen=True, slots=True)
class SeededRun:
    """What came of one seed: the journal's ``digest``, who was ``owed`` a message, the names of the rules ``broken``.

    ``coverage`` is over all who were subscribed when a message was made, those who left a moment later included.
    """

    seed: int
    digest: str
    owed: int
    coverage: float
    slowest: Seconds
    left: int
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunsSummary:
    """Many seeds together: in how many no rule was broken, and the seeds of the others."""

    runs: int
    sound: int
    broken: tuple[int, ...]
    owed: int
    least_coverage: float
    slowest: Seconds
    left: int


def seeded_runs(
    seeds: Iterable[int], options: Mapping[str, Any] = LOSSY, *, progress: Progress | None = None
) -> list[SeededRun]:
    """Return what comes of the network with these options of `GossipNetwork` under each of the seeds.

    >>> [run.broken for run in seeded_runs([1, 2])]
    [(), ()]
    """
    found: list[SeededRun] = []
    seeds = list(seeds)
    for seed in seeds:
        net = GossipNetwork(**{**options, "seed": seed}).run()
        verdicts = check_gossip(net.journal)
        spread = spread_of(net.journal)
        owed = sum(verdict.checked for verdict in verdicts if verdict.name == "gossip in time")
        left = sum(1 for _ in net.journal.since(0, "peer left"))
        broken = tuple(verdict.name for verdict in verdicts if not verdict.ok)
        slowest = max(spread.delays, default=0.0)
        found.append(SeededRun(seed, net.journal.digest(), owed, spread.coverage, slowest, left, broken))
        if progress is not None:
            progress(len(found), len(seeds))
    return found


def summary_of_runs(runs: Iterable[SeededRun]) -> RunsSummary:
    """Return many seeds as one line; raises `LocalError` for none."""
    found = list(runs)
    if not found:
        raise LocalError("expected at least one run, got none", argument="runs")
    return RunsSummary(
        runs=len(found),
        sound=sum(not run.broken for run in found),
        broken=tuple(run.seed for run in found if run.broken),
        owed=sum(run.owed for run in found),
        least_coverage=min(run.coverage for run in found),
        slowest=max(run.slowest for run in found),
        left=sum(run.left for run in found),
    )
