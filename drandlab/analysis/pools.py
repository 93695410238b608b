"""Where tasks run: in this process, in others on this machine, or on a Dask cluster. The results are the same.

A pool takes a task and chunks of data, and yields each chunk with what the task makes of it. `drandlab.verify_batch`,
`drandlab.analysis.sweep` and the fuzz say what is to be done, and a pool where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol, TypeVar

from drandlab.analysis.workers import in_processes
from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_int

__all__ = ["LOCAL", "Here", "Pool", "Processes", "checked_jobs", "opened"]

LOCAL = "local"
"""The cluster that starts on this machine and ends with its use."""

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


class Pool(Protocol):
    """Somewhere to run tasks: ``size`` of them at the same time."""

    size: int

    def over(
        self, task: Callable[[Chunk], Result], chunks: Iterable[Chunk], *, in_order: bool = True
    ) -> Iterator[tuple[Chunk, Result]]:
        """Yield each chunk with ``task(chunk)``: in the order of the chunks, or each when it is done.

        Only a few chunks are taken ahead. An error that the task raises is raised here.
        """
        ...


class Here:
    """This process: one task after the other.

    >>> list(Here().over(len, ["a", "bb"]))
    [('a', 1), ('bb', 2)]
    """

    size = 1

    def over(
        self, task: Callable[[Chunk], Result], chunks: Iterable[Chunk], *, in_order: bool = True
    ) -> Iterator[tuple[Chunk, Result]]:
        """Yield each chunk with ``task(chunk)``, in order."""
        for chunk in chunks:
            yield chunk, task(chunk)


class Processes:
    """Processes on this machine (`drandlab.analysis.workers`), which start with the first chunk and end with the last.

    >>> list(Processes(2).over(len, ["a", "bb"]))
    [('a', 1), ('bb', 2)]
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def over(
        self, task: Callable[[Chunk], Result], chunks: Iterable[Chunk], *, in_order: bool = True
    ) -> Iterator[tuple[Chunk, Result]]:
        """Yield each chunk with ``task(chunk)``: in order, or each when it is done."""
        return in_processes(task, chunks, self.size, in_order=in_order)


@contextmanager
def opened(jobs: int = 1, cluster: str | None = None) -> Iterator[Pool]:
    """Open the pool of so many ``jobs`` on this machine, or of a Dask ``cluster``, for a ``with`` block.

    ``cluster`` is the address of a scheduler, such as ``tcp://127.0.0.1:8786``, whose workers are used and not ended;
    or ``local``: a cluster of ``jobs`` workers starts here and ends with the block. Raises `LocalError` for a cluster
    that cannot be used.

    >>> with opened(jobs=2) as pool:
    ...     pool.size
    2
    """
    jobs = checked_jobs(jobs, cluster)
    if cluster is None:
        yield Here() if jobs == 1 else Processes(jobs)
    elif cluster == LOCAL:
        from drandlab.analysis.local_cluster import started

        with started(jobs) as own:
            yield own
    else:
        from drandlab.analysis.cluster import connected

        with connected(cluster) as theirs:
            yield theirs


def checked_jobs(jobs: int, cluster: object) -> int:
    """Return ``jobs`` as a plain int; raises `LocalError` where they and the ``cluster`` do not go together.

    >>> checked_jobs(2, "tcp://127.0.0.1:8786")
    Traceback (most recent call last):
    drandlab.errors.LocalError: jobs: the cluster has its own workers: leave jobs or cluster out
    """
    jobs = checked_int(jobs, "jobs", 1)
    if cluster is None:
        return jobs
    if not isinstance(cluster, str):
        rule = f"expected the address of a scheduler or 'local', got {type(cluster).__name__}"
        raise WrongType(rule, argument="cluster")
    if find_spec("distributed") is None:
        raise LocalError("this needs dask.distributed: install the extra drandlab[cluster]", argument="cluster")
    if jobs > 1 and cluster != LOCAL:
        raise LocalError("the cluster has its own workers: leave jobs or cluster out", argument="jobs")
    return jobs
