"""``drandlab run``: a notebook executed with other parameters, which are checked first."""

from __future__ import annotations

import ast
import json as json_module
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from drandlab.cli.extras import need
from drandlab.cli.find_notebook import find_notebook
from drandlab.cli.terminal import Json, note, print_json, say
from drandlab.errors import LocalError
from drandlab.files import check_writable, read_bytes, written
from drandlab.printable import shown
from drandlab.teach.notebooks import declared
from drandlab.teach.parameters import assigned

__all__ = ["run"]


def run(
    notebook: Annotated[
        str, typer.Argument(metavar="NOTEBOOK", help="A path, or a name of the course such as 01-fields-and-shamir.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="File of the executed notebook (.ipynb).")
    ],
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="May be repeated.", show_default=False),
    ] = None,
    json: Json = False,
) -> int:
    """Execute a notebook with other parameters.

    The cell tagged "parameters" declares them, one a line:

    name: type = default  # what it is, 2..64

    Types are int, float, str, bool and list. In the comment, 2..64 is a range,
    both ends included; an end may depend on other parameters, as in 1..n - 1.
    "one of: a, b" at its end are choices. Names, types and ranges are checked
    before anything runs.

    Exit code 1 if a cell fails; the output then holds everything up to there.

    Example: drandlab run 01-fields-and-shamir -p prime=31 -p threshold=4 -o out.ipynb
    """
    path = find_notebook(notebook)
    values = assigned(declared(path), parameter or [])
    _refuse_unfit(output, path)
    need("lab", "papermill", "ipykernel")
    _prove_data(values)
    check_writable(output)
    begin = time.perf_counter()
    with TemporaryDirectory() as folder:
        executed = Path(folder) / "executed.ipynb"
        failure = _execute(path, executed, values)
        with written(output) as file:
            file.write(_as_output(executed, output))
    seconds = time.perf_counter() - begin
    if json:
        found = {"notebook": str(path), "output": str(output), "parameters": values}
        print_json(found | {"seconds": seconds, "failure": failure})
    if failure:
        note(f"drandlab: {path.name}: {failure}; everything up to there is in {output}")
        return 1
    if not json:
        say(f"{output}: {path.stem} executed in {seconds:.1f} s")
    return 0


def _refuse_unfit(output: Path, notebook: Path) -> None:
    if output.suffix != ".ipynb":
        raise LocalError(f"output {output}: the executed notebook is written as .ipynb")
    if output.is_dir() or not output.parent.is_dir():
        raise LocalError(f"output {output}: {'is a folder' if output.is_dir() else 'its folder does not exist'}")
    if output.exists() and output.samefile(notebook):
        raise LocalError(f"output {output}: is the notebook itself, which is not overwritten; choose another file")


def _prove_data(values: dict[str, object]) -> None:
    """Refuse values that the cell written by papermill would change: a value must not become code.

    The types were checked before. This parses the source of that cell, without running it.
    """
    from papermill.translators import translate_parameters

    source = translate_parameters("python3", "python", values, "Parameters")
    try:
        written = {statement.targets[0].id: ast.literal_eval(statement.value) for statement in ast.parse(source).body}
    except (SyntaxError, ValueError, AttributeError, RecursionError, MemoryError):
        written = None
    if written != values:
        raise LocalError("these values cannot be written into a notebook as they are", argument="parameters")


def _as_output(executed: Path, output: Path) -> bytes:
    """Return the executed notebook; the path that papermill has noted in it becomes ``output``."""
    notebook = json_module.loads(read_bytes(executed))
    notebook["metadata"].setdefault("papermill", {})["output_path"] = str(output)
    return (json_module.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _literal(path: Path) -> str:
    """Return the path with doubled braces, since papermill would fill in single ones."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _execute(notebook: Path, output: Path, values: dict[str, object]) -> str | None:
    """Execute the notebook and return the sentence that says which cell failed, if any did."""
    from nbclient.exceptions import DeadKernelError
    from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning
    from papermill import PapermillExecutionError, execute_notebook

    bar = {"desc": shown(notebook.stem, 60), "leave": False, "file": sys.stderr} if sys.stderr.isatty() else False
    try:
        with warnings.catch_warnings():
            # A notebook of an older form, whose cells have no IDs, or a copied cell: it runs all the same.
            warnings.simplefilter("ignore", MissingIDFieldWarning)
            warnings.simplefilter("ignore", DuplicateCellId)
            execute_notebook(
                _literal(notebook),
                _literal(output),
                values,
                kernel_name="python3",
                language="python",
                progress_bar=bar,
                extra_arguments=["--log-level=CRITICAL"],
            )
    except PapermillExecutionError as error:
        first = next((line.strip() for line in error.source.splitlines() if line.strip()), "")
        lines = [" ".join(line.split()) for line in error.evalue.splitlines() if line.strip()]
        # A claim has two more lines: what was found and what was expected. Other messages may be long.
        reason = "; ".join(lines if error.ename == "ClaimError" else lines[:1])
        said = f"cell [{error.exec_count}] `{shown(first)}` failed with {shown(error.ename)}"
        return f"{said}: {shown(reason, 500)}" if reason else said
    except DeadKernelError:
        return "the kernel died, perhaps for lack of memory"
    return None
