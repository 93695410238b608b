"""Options of several commands: ``--cluster`` for work that can be spread, ``--journal`` for the events of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from drandlab.cli.extras import need
from drandlab.errors import LocalError
from drandlab.files import check_writable, written

if TYPE_CHECKING:
    from drandlab.simulation.journal import Journal

__all__ = ["ClusterOption", "JournalOption", "check_journal", "need_cluster", "write_journal"]

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Share the work among the workers of a Dask cluster: the address of its scheduler, "
        "such as tcp://127.0.0.1:8786; or local, for a cluster that starts and ends here.",
    ),
]

JournalOption = Annotated[
    Path | None, typer.Option("--journal", metavar="FILE", help="Write every event of the run there, as JSON lines.")
]


def need_cluster(cluster: str | None) -> None:
    """Raise `LocalError` that says how to install Dask, if a cluster is wanted and it is not here.

    >>> need_cluster(None)
    """
    if cluster is not None:
        need("cluster", "distributed")


def check_journal(path: Path | None, scenario: str) -> None:
    """Raise, before the run, the `LocalError` of a journal that cannot be written, or that is the scenario's file."""
    if path is None:
        return
    check_writable(path)
    if path.exists() and Path(scenario).exists() and path.samefile(scenario):
        raise LocalError(f"journal {path}: is the scenario itself, which stays as it is; name another file")


def write_journal(journal: Journal, path: Path | None) -> None:
    """Write the events of a run where that is wanted."""
    if path is not None:
        with written(path) as file:
            file.write(journal.to_jsonl().encode())
