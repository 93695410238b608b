"""``drandlab lab``: the course in JupyterLab."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Annotated

import typer

from drandlab.cli.extras import need
from drandlab.cli.terminal import note
from drandlab.errors import LocalError

__all__ = ["COPY", "FIRST", "arguments", "lab", "place"]

FIRST = "00-start-here.ipynb"
"""The notebook that opens."""

COPY = "drandlab-course"
"""The folder, below the current one, that the notebooks of an installed wheel are copied to."""


def lab(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on this machine.", show_default="the first free from 8888"),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, open no browser.")] = False,
) -> int:
    """Open the course in JupyterLab.

    In a checkout the notebooks open in place. An installed drandlab copies
    them to ./drandlab-course first; notebooks that are there already stay as
    they are, so your own changes are kept.

    Example: drandlab lab --port 8899 --no-browser
    """
    from drandlab.remote.shipped import shipped

    need("lab", "jupyterlab", "ipykernel", "ipywidgets", "anywidget")
    if port is not None:
        _refuse_taken(port)
    folder = place(shipped("notebooks"), Path.cwd())
    note(f"drandlab: opening {folder / FIRST} in JupyterLab; Ctrl-C here ends it")

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(arguments(folder, port, browser=not no_browser))
    return 0


def place(notebooks: Path, here: Path) -> Path:
    """Return the folder to open: ``notebooks`` itself in a checkout, else a copy of it below ``here``.

    No file that exists is overwritten. Raises `LocalError` when the course is not complete.
    """
    if not (notebooks / FIRST).is_file():
        raise LocalError(f"{notebooks / FIRST}: not found in this installation of drandlab; install it again")
    if notebooks.parent.name != "_shipped":
        return notebooks
    copy = here / COPY
    try:
        for source in sorted(path for path in notebooks.rglob("*") if path.is_file()):
            target = copy / source.relative_to(notebooks)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    except OSError as error:
        raise LocalError(
            f"the course cannot be copied to {copy} ({error.strerror}): call `drandlab lab` in a folder of your own"
        ) from None
    return copy


def arguments(folder: Path, port: int | None, *, browser: bool) -> list[str]:
    """Return JupyterLab's arguments: ``folder`` as its root, the first notebook open, few words on the terminal.

    >>> arguments(Path("notebooks"), 8899, browser=False)[:2]
    ['--ServerApp.root_dir=notebooks', '--LabApp.default_url=/lab/tree/00-start-here.ipynb']
    """
    chosen = [] if port is None else [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    # Jupyter refuses root by default. In a container root is often all there is, and the server listens on loopback
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
        # As the server itself does, so that a port that was just left counts as free.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalError(f"--port {port}: {error.strerror}; choose another, or leave --port out") from None
