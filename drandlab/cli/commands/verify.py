"""``drandlab verify``: whether the chain produced every beacon of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from drandlab.cli.shared_options import ClusterOption, need_cluster
from drandlab.cli.terminal import Json, print_json, progress, screen
from drandlab.errors import FormatError, LocalError, VerificationError

if TYPE_CHECKING:
    from drandlab.analysis.bulk import BatchReport

__all__ = ["verify"]


def verify(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Beacons: .jsonl, .json, .csv, .parquet, .sqlite, or a daemon's drand.db."),
    ],
    chain: Annotated[
        str,
        typer.Option(
            metavar="NAME|HASH|INFO.json",
            help="The chain of the beacons: a name that `drandlab chains` lists, a chain hash or a file, "
            "which may be the info of a composed chain.",
        ),
    ],
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 1,
    cluster: ClusterOption = None,
    backend: Annotated[
        str | None, typer.Option(help="blst, py_ecc or glass.", show_default="the fastest one here")
    ] = None,
    json: Json = False,
) -> int:
    """Verify every beacon of a file and name the bad rounds.

    It checks the signature under the chain's key, the randomness that a row
    claims and, on chained networks, the links. A repeated round is counted if
    it is the same beacon, and invalid if it is another. Round 0 must be the
    genesis beacon.

    On a composed chain it checks both halves: the ground chain's signature in
    the column signature, the satellite's in the column satellite_signature.

    With --cluster, the workers of a Dask cluster share the work, with the same
    result.

    Exit code 0 if all are valid, 1 if some are not, 2 if the file or the chain
    is unusable.

    Example: drandlab verify beacons.jsonl --chain quicknet --jobs 2 --json
    """
    from drandlab.analysis.bulk import verify_batch
    from drandlab.beacon.composed import ComposedInfo
    from drandlab.remote.networks import resolve_any
    from drandlab.remote.tables.read_files import read_beacons, read_composed

    need_cluster(cluster)
    info = resolve_any(chain)
    read = read_composed if isinstance(info, ComposedInfo) else read_beacons
    try:
        with progress(f"verifying {file.name}") as advance:
            report = verify_batch(read(file), info, jobs, advance, backend=backend, cluster=cluster)
    except FormatError as error:
        raise error.at(source=str(file)) from None
    except VerificationError as error:
        # Beacons that do not verify are in the report; this error means that the chain itself cannot be used.
        raise LocalError(str(error)) from error
    if not report.checked:
        raise FormatError("holds no beacons, so there is nothing to verify", source=str(file))
    if json:
        print_json(report.to_dict())
    else:
        _show(report)
    return 0 if report.ok else 1


_SHOWN_OF_ALL = 5
"""Rows that are shown if one cause explains nearly all of them."""


def _show(report: BatchReport) -> None:
    console = screen()
    # One cause explains nearly all rows, and the same sentence a thousand times would hide it.
    shown = report.invalid[:_SHOWN_OF_ALL] if report.hint else report.invalid
    if report.hint:
        console.print(report.hint, soft_wrap=True)
    if report.invalid:
        width = max(len("round"), *(len(str(round)) for round, _ in shown))
        console.print(f"{'round':>{width}}  reason", style="bold")
        for round, reason in shown:
            console.print(f"{round:>{width}}  {reason}", soft_wrap=True)
        if len(shown) < len(report.invalid):
            console.print(f"… and {len(report.invalid) - len(shown):,} more; --json names them all", soft_wrap=True)
        console.print()
    beacons = "beacon" if report.checked == 1 else "beacons"
    outcome = f"{len(report.invalid):,} invalid" if report.invalid else "all valid"
    if report.repeated:
        outcome += f", {report.repeated:,} repeated"
    console.print(
        f"{report.checked:,} {beacons} of {report.chain} checked in {report.seconds:.2f} s: {outcome}",
        style="red" if report.invalid else "green",
        soft_wrap=True,
    )
