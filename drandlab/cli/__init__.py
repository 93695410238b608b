"""Floor 9: the drandlab command.

| exit code | meaning |
| --- | --- |
| 0 | done, and all is well |
| 1 | done, and something is not well: invalid beacons, a failing cell, a lying relay, a lab that cannot run |
| 2 | unusable input: nothing was judged |
| 70 | a mistake in drandlab itself, shown with its traceback |
| 130 | interrupted by Ctrl-C |
| 141 | whoever read the output closed it |
"""

from __future__ import annotations

import io
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, TextIO

from drandlab.errors import DecodeError, DrandlabError, FormatError, LocalError
from drandlab.plain import as_words
from drandlab.printable import shown

if TYPE_CHECKING:
    from typer import TyperException

__all__ = ["main", "process"]


INTERRUPTED = 130
"""The exit code of a command that Ctrl-C has ended, as shells give it: 128 and the number of the signal."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the drandlab command with ``argv`` (None: the process's own arguments) and return its exit code.

    This is the one place where an error becomes a sentence on stderr and an exit code.

    >>> main(["--version"])
    drandlab 0.1.0
    0
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows a word for it, and the command goes on.
            stream.reconfigure(errors=as_words())
    with warnings.catch_warnings():
        warnings.showwarning = _warn
        return _run(argv)


def process() -> NoReturn:
    """Run the drandlab command as a process of its own and end it with the command's exit code."""
    code = main()
    if code == INTERRUPTED and "polars" in sys.modules:
        # All is closed and said. A thread of polars may still let go of what it held, and the interpreter's own end
        # would abort the process under it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _run(argv: Sequence[str] | None) -> int:
    try:
        # Imported here, so that Ctrl-C is quiet from the start.
        from typer import Exit, TyperException
        from typer.main import get_command

        from drandlab.cli.app import app

        try:
            # Not app(): typer would turn interrupts and closed pipes into exit codes of its own.
            command = get_command(app)
            with command.make_context("drandlab", list(sys.argv[1:] if argv is None else argv)) as context:
                code: int = command.invoke(context) or 0
        except Exit as end:
            code = end.exit_code
        except TyperException as error:
            return _refuse(_usage(error), error.exit_code)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _refuse("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The interpreter flushes stdout once more when it ends; nobody is there to read it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except DrandlabError as error:
        return _refuse(str(error), 2 if isinstance(error, LocalError | FormatError | DecodeError) else 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}", 2)
    except Exception:
        print(shown(traceback.format_exc().rstrip("\n"), None, keep="\n"), file=sys.stderr)
        return _refuse("this is a mistake in drandlab, not in what you gave it; please report the lines above", 70)


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    # A sentence, and not where in a library it was said.
    print(f"drandlab: warning: {shown(message, None)}", file=sys.stderr)


def _usage(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "drandlab"
    sentence = error.format_message().rstrip(".")
    return f"{sentence[:1].lower()}{sentence[1:]}; see `{path} --help`"


def _refuse(sentence: str, code: int) -> int:
    # what was given stands in most of the sentences: names of files, arguments, what a file says
    print(f"drandlab: {shown(sentence, None)}", file=sys.stderr)
    return code
