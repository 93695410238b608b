"""Many seeds of the fuzz on a cluster, with the outcome that one process would come to alone.

A worker runs a seed and answers whether all rules held, and with the digest of its journal. The seed that matters, the
lowest one that breaks a rule or else the last, is run again here, where what came of it is shown and shrunk; its digest
must be that of the worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from drandlab.analysis.pools import LOCAL, opened
from drandlab.errors import LocalError
from drandlab.simulation.chain_fuzz.chain_judging import JudgedChains, judge_chains
from drandlab.simulation.chain_fuzz.chain_shrinking import replayed_chains
from drandlab.simulation.fuzz.run import JudgedRun, run
from drandlab.simulation.fuzz.shrink import replayed
from drandlab.typing import Progress

__all__ = ["first_broken", "first_broken_chains"]

Outcome = TypeVar("Outcome", JudgedRun, JudgedChains)


def first_broken(
    seeds: range, cluster: str, progress: Progress = lambda done, total: None, *, jobs: int | None = None
) -> tuple[int, JudgedRun]:
    """Return how many of the ``seeds`` one process would have run, and what came of the last of these.

    That is the lowest seed that breaks a rule, or the last of all. A ``local`` cluster has ``jobs`` workers, by default
    one for each processor. Raises `LocalError` for a cluster that cannot be used, and where a worker's run had another
    digest than ours.
    """
    return _first(_judged_seed, lambda seed: run(replayed(seed)), seeds, cluster, progress, jobs)


def first_broken_chains(
    seeds: range, cluster: str, progress: Progress = lambda done, total: None, *, jobs: int | None = None
) -> tuple[int, JudgedChains]:
    """Return the same of chain files drawn from the ``seeds``; raises what `first_broken` raises."""
    return _first(_judged_chains, lambda seed: judge_chains(replayed_chains(seed)), seeds, cluster, progress, jobs)


def _first(
    task: Callable[[int], tuple[bool, str]],
    again: Callable[[int], Outcome],
    seeds: range,
    cluster: str,
    progress: Progress,
    jobs: int | None,
) -> tuple[int, Outcome]:
    number = (jobs or os.cpu_count() or 1) if cluster == LOCAL else 1
    ran, seed, digest = 0, seeds[0], ""
    with opened(number, cluster) as pool:
        for one, (ok, its_digest) in pool.over(task, seeds):
            ran, seed, digest = ran + 1, one, its_digest
            progress(ran, len(seeds))
            if not ok:
                break
    outcome = again(seed)
    if outcome.journal.digest() != digest:
        rule = f"the journal of seed {seed} has another digest on a worker than here: one of the two machines is faulty"
        raise LocalError(rule, argument="cluster")
    return ran, outcome


def _judged_seed(seed: int) -> tuple[bool, str]:
    outcome = run(replayed(seed))
    return outcome.ok, outcome.journal.digest()


def _judged_chains(seed: int) -> tuple[bool, str]:
    outcome = judge_chains(replayed_chains(seed))
    return outcome.ok, outcome.journal.digest()
