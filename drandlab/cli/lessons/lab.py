"""``drandlab lab``: the course in JupyterLab."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from drandlab.cli.extras import command, need
from drandlab.cli.terminal import note
from drandlab.cli.working_copy import FIRST, CopyReport, folder_for, refresh, trust
from drandlab.errors import LocalError
from drandlab.printable import repr_of

__all__ = ["arguments", "lab"]


def lab(
    notebooks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NOTEBOOK]...", help="With --reset: the notebooks to restore.", show_default="all"),
    ] = None,
    reset: Annotated[
        bool,
        typer.Option("--reset", "--fresh", help="Restore the notebooks as they ship; yours get another name."),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on this machine.", show_default="the first free from 8888"),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, open no browser.")] = False,
) -> int:
    """Open the course in JupyterLab.

    The notebooks open in your own copy, ./drandlab-course (in a checkout always
    the folder of that name at its top). Notebooks that you have changed stay as
    they are; the others are updated to the newest edition. --reset restores
    the notebooks as they ship, and yours get another name.

    Example: drandlab lab --reset 00-start-here
    """
    from drandlab.remote.shipped import shipped

    need("lab", "jupyterlab", "ipykernel", "ipywidgets", "anywidget")
    if notebooks and not reset:
        raise LocalError(f"{repr_of(notebooks[0], 80)}: a notebook is named together with --reset")
    if port is not None:
        _refuse_taken(port)
    source = shipped("notebooks")
    copied = refresh(source, folder_for(source, Path.cwd()), (notebooks or []) if reset else None)
    _tell(copied)
    if not trust(copied):
        note("drandlab: Jupyter's list of trusted notebooks cannot be written, so pictures appear when cells are run")
    note(f"drandlab: opening {copied.folder / FIRST} in JupyterLab; Ctrl-C here ends it")

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(arguments(copied.folder, port, browser=not no_browser))
    return 0


def _tell(copied: CopyReport) -> None:
    """Report the changes in the folder that the reader may not expect."""
    if copied.updated:
        note(f"drandlab: brought up to date: {', '.join(copied.updated)}")
    for name, aside in copied.moved:
        note(f"drandlab: {name} is as it ships now; yours is {aside}")
    if copied.kept:
        note(
            f"drandlab: of another edition, and kept because of your changes: {', '.join(copied.kept)}; "
            f"`{command()} lab --reset NOTEBOOK` restores the newest and keeps yours under another name"
        )
    if copied.gone:
        note(f"drandlab: no longer part of the course, kept as they are: {', '.join(copied.gone)}")


def arguments(folder: Path, port: int | None, *, browser: bool) -> list[str]:
    """Return JupyterLab's arguments: ``folder`` as its root, the first notebook open, few words on the terminal.

    >>> arguments(Path("notebooks"), 8899, browser=False)[:2]
    ['--ServerApp.root_dir=notebooks', '--LabApp.default_url=/lab/tree/00-start-here.ipynb']
    """
    chosen = [] if port is None else [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    # Jupyter refuses root by default. In a container root is often the only user, and the server listens on loopback
    # only, behind a token.
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        f"--ServerApp.open_browser={browser}",
        "--Application.log_level=WARN",
        *chosen,
        *root,
    ]


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        # As the server itself does, so that a port that was just closed counts as free.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalError(f"--port {port}: {error.strerror}; choose another, or leave --port out") from None
