"""Floor 9: the drandlab command.

| exit code | meaning |
| --- | --- |
| 0 | done, everything in order |
| 1 | done, and something is wrong: invalid beacons, a failing cell, a relay that lies, a lab that cannot run |
| 2 | unusable input; nothing was checked |
| 70 | a bug in drandlab itself, shown with its traceback |
| 130 | interrupted by Ctrl-C |
| 141 | the reader of the output closed it |
| 143 | ended by SIGTERM, or with 129 by SIGHUP: no unfinished file is left; servers end with 0 |
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING, NoReturn, TextIO

from drandlab.errors import DecodeError, DrandlabError, FormatError, LocalError
from drandlab.plain import as_words
from drandlab.printable import shown

if TYPE_CHECKING:
    from typer import TyperException

__all__ = ["main", "process"]


INTERRUPTED = 130
"""The exit code of a command that Ctrl-C has ended, as in shells: 128 plus the number of the signal."""

TOLD_TO_END = {128 + getattr(signal, name): name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""The exit codes of a command that one of these signals has ended, and the signals' names."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the drandlab command with ``argv`` (None: the process's own arguments) and return its exit code.

    Only here an error becomes a sentence on stderr and an exit code.

    >>> main(["--version"])
    drandlab 0.1.0
    0
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets a word for it, and the command continues.
            stream.reconfigure(errors=as_words())
    with warnings.catch_warnings(), _somewhere_for_errors():
        warnings.showwarning = _warn
        with _ended_in_order():
            return _run(argv)


@contextmanager
def _somewhere_for_errors() -> Iterator[None]:
    """Where standard error is closed, let what goes there vanish: ``print`` would put it among the results."""
    if sys.stderr is not None:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a command as an error does: what it has begun is removed.

    One that was told to let them be, as by ``nohup``, does so. A command that runs until it is told to end takes them
    itself meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():  # no other may set them
        yield
        return
    before = [
        one
        for one in (getattr(signal, name) for name in TOLD_TO_END.values())
        if signal.getsignal(one) is signal.SIG_DFL
    ]
    owner = os.getpid()

    def end(number: int, frame: object) -> NoReturn:
        if os.getpid() != owner:  # a child that was forked has begun nothing that is to be removed
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        sys.exit(128 + number)

    for one in before:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in before:
            signal.signal(one, signal.SIG_DFL)


def process() -> NoReturn:
    """Run the drandlab command and end this process with its exit code."""
    try:
        code = main()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        code = end.code
    if code in (INTERRUPTED, *TOLD_TO_END) and "polars" in sys.modules:
        # Everything is closed and printed. A thread of polars may still release memory, and the interpreter's normal
        # end would abort the process meanwhile.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _run(argv: Sequence[str] | None) -> int:
    try:
        # Imported here, so that Ctrl-C gives no traceback even during the imports.
        from typer import Exit, TyperException
        from typer.main import get_command

        from drandlab.cli.app import app
        from drandlab.cli.option_values import with_plain_values

        try:
            # Not app(): typer would turn interrupts and closed pipes into other exit codes.
            command = with_plain_values(get_command(app))
            with command.make_context("drandlab", list(sys.argv[1:] if argv is None else argv)) as context:
                code: int = command.invoke(context) or 0
        except Exit as end:
            code = end.exit_code
        except TyperException as error:
            return _refuse(_usage(error), error.exit_code)
        if sys.stdout is not None:  # else it is closed, and the exit code is all that was wanted
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _refuse("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The interpreter flushes stdout once more at its end, and nobody reads it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except DrandlabError as error:
        return _refuse(str(error), 2 if isinstance(error, LocalError | FormatError | DecodeError) else 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}", 2)
    except Exception:
        print(shown(traceback.format_exc().rstrip("\n"), None, keep="\n"), file=sys.stderr)
        return _refuse("this is a bug in drandlab, not in your input; please report the lines above", 70)


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    # The sentence only, without its place in a library.
    print(f"drandlab: warning: {shown(message, None)}", file=sys.stderr)


def _usage(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "drandlab"
    sentence = error.format_message().rstrip(".")
    return f"{sentence[:1].lower()}{sentence[1:]}; see `{path} --help`"


def _refuse(sentence: str, code: int) -> int:
    # most sentences contain input: names of files, arguments, content of files
    print(f"drandlab: {shown(sentence, None)}", file=sys.stderr)
    return code
