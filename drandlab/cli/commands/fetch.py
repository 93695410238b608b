"""``drandlab fetch``: a range of rounds from the relays into a file, every beacon verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from drandlab.cli.terminal import Json, note, print_json, progress, say
from drandlab.errors import RelayError

__all__ = ["fetch"]


def fetch(
    chain: Annotated[
        str,
        typer.Argument(metavar="CHAIN", help="A name that `drandlab chains` lists, a chain hash, or INFO.json."),
    ],
    first: Annotated[int, typer.Option("--from", min=1, metavar="A", help="The first round.")],
    last: Annotated[int, typer.Option("--to", min=1, metavar="B", help="The last round.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Target file: .jsonl, .csv, .parquet or .sqlite.")
    ],
    relay: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A relay, with or without the chain's hash at the end; may be repeated.",
            show_default="the chain's public relays",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Download rounds A to B of a chain, verify them and write them to a file.

    Fetched beacons are kept at every moment: the same command again fetches only
    the missing ones.

    Exit code 1 if the relays do not answer or lie, 2 for impossible input.

    Example: drandlab fetch quicknet --from 1000 --to 2000 -o quicknet.parquet
    """
    from drandlab.remote.ask.download import fetch as download
    from drandlab.remote.keep.working_file import working_path

    try:
        with progress(f"fetching {output.name}") as advance:
            report = download(chain, first, last, output, relays=relay, progress=advance)
    except (KeyboardInterrupt, RelayError):
        if working_path(output).exists():
            note(f"drandlab: what was fetched is kept in {working_path(output)}; the same command continues from there")
        raise
    for row in report.relays:
        if row["aside"]:
            note(f"drandlab: {row['address']} is not asked any more: {row['aside']}")
    if json:
        print_json(report.to_dict())
    else:
        say(
            f"{output}: rounds {first} to {last} of {report.chain}, {report.fetched:,} fetched and verified, "
            f"{report.already_there:,} were there already, {report.seconds:.1f} s"
        )
    return 0
