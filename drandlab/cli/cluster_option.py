"""The option ``--cluster`` of the commands whose work can be spread over a Dask cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from drandlab.cli.extras import need

__all__ = ["ClusterOption", "need_cluster"]

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Share the work among the workers of a Dask cluster: the address of its scheduler, "
        "such as tcp://127.0.0.1:8786; or local, for a cluster that starts and ends here.",
    ),
]


def need_cluster(cluster: str | None) -> None:
    """Raise `LocalError` that says how to install Dask, if a cluster is wanted and it is not here.

    >>> need_cluster(None)
    """
    if cluster is not None:
        need("cluster", "distributed")
