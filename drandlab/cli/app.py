"""The commands, in the order in which a newcomer needs them."""

from __future__ import annotations

from typing import Annotated

import typer

from drandlab import __version__
from drandlab.cli.commands.bench import bench
from drandlab.cli.commands.chains import chains
from drandlab.cli.commands.contacts import contacts
from drandlab.cli.commands.dkg import dkg
from drandlab.cli.commands.doctor import doctor
from drandlab.cli.commands.fetch import fetch
from drandlab.cli.commands.fuzz import fuzz
from drandlab.cli.commands.gossip import gossip
from drandlab.cli.commands.idn import idn
from drandlab.cli.commands.serve import serve
from drandlab.cli.commands.simulate import simulate
from drandlab.cli.commands.tlock import tlock
from drandlab.cli.commands.verify import verify
from drandlab.cli.lessons.attack import attack
from drandlab.cli.lessons.course import course
from drandlab.cli.lessons.lab import lab
from drandlab.cli.lessons.run import run

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback(invoke_without_command=True)
def drandlab(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """A laboratory for distributed randomness: drand, threshold BLS and real beacons.

    Example: drandlab lab
    """
    if version:
        print(f"drandlab {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


for command in (
    lab,
    doctor,
    chains,
    verify,
    fetch,
    dkg,
    simulate,
    fuzz,
    idn,
    serve,
    contacts,
    attack,
    run,
    course,
    bench,
):
    app.command()(command)
app.add_typer(gossip, name="gossip")
app.add_typer(tlock, name="tlock")
