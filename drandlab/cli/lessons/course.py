"""``drandlab course``: all notebooks executed and written as one site that works offline."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from drandlab.cli.extras import need
from drandlab.cli.find_notebook import find_notebook
from drandlab.cli.terminal import Json, note, print_json, progress, say
from drandlab.errors import LocalError
from drandlab.files import check_writable
from drandlab.teach.notebooks import course_notebooks
from drandlab.typing import Progress

__all__ = ["PROCESSES", "course"]

PROCESSES = 2
"""Notebooks that are executed at the same time."""


def course(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Folder of the site; index.html is its first page."),
    ] = Path("build/course"),
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this notebook; may be repeated.", show_default="all of the course"),
    ] = None,
    json: Json = False,
) -> int:
    """Execute all notebooks and write them as one HTML site.

    The site works offline. Beside each page is the executed notebook that it
    was made from.

    Exit code 1 if a notebook fails; its page then shows everything up to there.

    Example: drandlab course --only 01-fields-and-shamir -o build/course
    """
    notebooks = list(dict.fromkeys(map(find_notebook, only))) if only else course_notebooks()
    if not notebooks:
        raise LocalError("the course has no notebooks in this installation of drandlab; install it again")
    if len({path.stem for path in notebooks}) < len(notebooks):
        raise LocalError("--only: two notebooks have the same name, and a page is named after its notebook")
    need("lab", "papermill", "ipykernel", "nbconvert")
    executed = _made_folder(output, notebooks)
    with progress("executing notebooks") as advance:
        failures, unwritten = asyncio.run(_execute_all(notebooks, executed, advance))

    from drandlab.cli.pages import write_site

    ran = [executed / path.name for path in notebooks if path.stem not in unwritten]
    pages = write_site(ran, output, failed={*failures})
    for sentence in failures.values():
        note(sentence)
    if json:
        print_json({"index": str(output / "index.html"), "pages": [str(page) for page in pages], "failed": [*failures]})
    elif not failures:
        say(f"{output / 'index.html'}: {len(pages)} notebooks executed")
    return 1 if failures else 0


def _made_folder(output: Path, notebooks: list[Path]) -> Path:
    """Create the folder of the executed notebooks below ``output``, check that all can be written, and return it."""
    executed = output / "notebooks"
    for path in notebooks:
        if (executed / path.name).exists() and path.samefile(executed / path.name):
            raise LocalError(f"output {output}: {executed} holds the notebooks themselves; choose another folder")
    executed.mkdir(parents=True, exist_ok=True)
    for target in (output / "index.html", *(executed / path.name for path in notebooks)):
        check_writable(target)
    return executed


async def _execute_all(notebooks: list[Path], folder: Path, advance: Progress) -> tuple[dict[str, str], set[str]]:
    """Run each notebook with ``drandlab run``; return the messages of those that failed, by their names.

    Return also the names of those that wrote nothing: a file of that name in the folder is of another run.
    """
    gate = asyncio.Semaphore(PROCESSES)
    failures: dict[str, str] = {}
    unwritten: set[str] = set()
    done = 0
    advance(0, len(notebooks))

    async def execute(path: Path) -> None:
        nonlocal done
        async with gate:
            code, said = await _run(path, folder / path.name)
        if code:
            failures[path.stem] = said or f"drandlab: {path.name}: ended with exit code {code}"
        if code not in (0, 1):
            unwritten.add(path.stem)
        done += 1
        advance(done, len(notebooks))

    # A group waits for all its tasks even when it is cancelled, so every kernel has ended before this returns.
    async with asyncio.TaskGroup() as group:
        for path in notebooks:
            group.create_task(execute(path))
    return {path.stem: failures[path.stem] for path in notebooks if path.stem in failures}, unwritten


async def _run(notebook: Path, output: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "drandlab", "run", str(notebook), "-o", str(output)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C reaches only this process, which passes it on once: then the child ends its kernel undisturbed.
        start_new_session=True,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.communicate()
        raise
    return process.returncode or 0, said.decode(errors="replace").strip()
