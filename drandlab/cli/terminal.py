"""The output of all commands: results on stdout, progress on stderr, and only JSON if it is asked for.

All output goes through `shown`, so that foreign text (names of files, chains and columns) cannot send control
characters to the terminal. A foreign value inside a line or a table goes through it once more, so that it cannot begin
a new line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from drandlab.printable import shown
from drandlab.typing import Progress

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment

__all__ = ["PATIENCE", "Json", "note", "print_json", "progress", "say", "screen"]

Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout, and nothing else.")]

PATIENCE = 1.0
"""Seconds of work after which a progress bar appears."""

PIPE_WIDTH = 160
"""Columns when stdout is not a terminal: wide enough that no row breaks, for grep and similar tools."""


def screen() -> Console:
    """Return the console that writes to stdout, without colours where they are unwanted or unknown."""
    from rich.console import Console
    from rich.segment import Segment

    class Screen(Console):
        def print(self, *objects: Any, **style: Any) -> None:
            super().print(*(shown(o, None) if isinstance(o, str) else o for o in objects), **style)

        def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else Segment(shown(segment.text, None, keep="\n"), segment.style)

        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    console = Screen(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Screen(highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)


def note(sentence: str) -> None:
    """Print a sentence on stderr, beside the result."""
    print(shown(sentence, None), file=sys.stderr)


def say(sentence: str) -> None:
    """Print a sentence on stdout, as the result."""
    print(shown(sentence, None))


def print_json(value: Any) -> None:
    """Print ``value`` as JSON."""
    print(json.dumps(value, indent=2))


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Yield a callback ``(done, total)`` that draws a progress bar on stderr for work of more than a second.

    Nothing is drawn if stderr is not a terminal, or one that cannot move its cursor.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_interactive:
        yield lambda done, total: None
        return
    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(shown(label, 60), total=None)
    begin = time.monotonic()

    def advance(done: int, total: int | None) -> None:
        bar.update(task, completed=done, total=total)
        if time.monotonic() - begin >= PATIENCE:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
