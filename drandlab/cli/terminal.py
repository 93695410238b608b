"""What every command shows: results on stdout, progress on stderr, and JSON alone where it is asked for."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from drandlab.typing import Progress

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["PATIENCE", "Json", "note", "print_json", "progress", "screen"]

Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout, and nothing else.")]

PATIENCE = 1.0
"""Seconds of work after which a progress bar appears."""

PIPE_WIDTH = 160
"""Columns where stdout is not a terminal: wide enough that no row breaks, for grep and friends."""


def screen() -> Console:
    """Return the console that writes to stdout; it leaves colours out where they are unwanted or unknown."""
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    console = Screen(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Screen(highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)


def note(sentence: str) -> None:
    """Print a sentence beside the result, on stderr."""
    print(sentence, file=sys.stderr)


def print_json(value: Any) -> None:
    """Print ``value`` as JSON."""
    print(json.dumps(value, indent=2))


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Yield a callback ``(done, total)`` that draws a bar on stderr once the work has gone on for a second.

    Nothing is drawn where stderr is no terminal, or one that cannot move its cursor.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_interactive:
        yield lambda done, total: None
        return
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(label, total=None)
    begin = time.monotonic()

    def advance(done: int, total: int | None) -> None:
        bar.update(task, completed=done, total=total)
        if time.monotonic() - begin >= PATIENCE:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
