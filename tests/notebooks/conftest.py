"""A notebook of the course under other parameters: executed in memory, and what it printed and showed.

Each test module names its notebook in ``NOTEBOOK``, and the parameters under which it runs in ``RUNS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nbformat
import papermill
import pytest

from drandlab.teach.parameters import Parameter, check_all, parameters_of


class Executed:
    """An executed notebook, read as its readers do."""

    def __init__(self, notebook: nbformat.NotebookNode) -> None:
        self.cells = notebook.cells
        self.outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(output.text for output in self.outputs if output.output_type == "stream")

    @property
    def claims(self) -> int:
        """How many checks passed; a status matrix holds ticks too, yet starts no line with one."""
        return len(re.findall(r"^✓ ", self.text, flags=re.MULTILINE))

    @property
    def alts(self) -> list[str]:
        """The sentences that stand for the pictures."""
        return [output.data["text/plain"] for output in self.outputs if "image/svg+xml" in output.get("data", {})]

    def shown(self, kind: str) -> str:
        """All that was displayed in that media type."""
        return "\n".join(output.data[kind] for output in self.outputs if kind in output.get("data", {}))

    @property
    def source(self) -> str:
        """The source of all cells."""
        return "\n".join(cell.source for cell in self.cells)


@pytest.fixture
def saved(request: pytest.FixtureRequest) -> Executed:
    """The notebook as it is committed."""
    return Executed(nbformat.read(request.module.NOTEBOOK, as_version=4))


@pytest.fixture
def announced(saved: Executed) -> dict[str, Parameter]:
    """The parameters that the notebook says it takes."""
    cell = next(cell for cell in saved.cells if "parameters" in cell.metadata.get("tags", []))
    return {parameter.name: parameter for parameter in parameters_of(cell.source)}


@pytest.fixture
def unreached(request: pytest.FixtureRequest, announced: dict[str, Parameter]) -> dict[str, set[str]]:
    """Both ends of a range, the first and the last choice: those that no run takes. Each run takes what is allowed."""
    found = {}
    for run in request.module.RUNS:
        check_all(announced.values(), run)
    for name, parameter in announced.items():
        ends = {str(end) for end in parameter.choices[:1] + parameter.choices[-1:]}
        reached = {str(run[name]) for run in request.module.RUNS}
        if parameter.limits:  # whose ends may be others in each run
            ends = {parameter.limits.low.text, parameter.limits.high.text}
            reached = {
                end.text
                for run in request.module.RUNS
                for end in (parameter.limits.low, parameter.limits.high)
                if end.value(run) == run[name]
            }
        if missed := ends - reached:
            found[name] = missed
    return found


@pytest.fixture
def execute(request: pytest.FixtureRequest) -> Callable[[dict[str, Any]], Executed]:
    """``execute(parameters)``: the notebook run with these; a cell that fails raises PapermillExecutionError."""

    def executed(parameters: dict[str, Any]) -> Executed:
        # with an output file papermill would write and check all of it twice a cell, half of the time of a short run
        notebook = papermill.execute_notebook(
            str(request.module.NOTEBOOK), None, parameters, kernel_name="python3", progress_bar=False
        )
        return Executed(notebook)

    return executed
