"""The contract of the notebooks (CONTRIBUTING.md), clause by clause, on what is saved in the file."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from drandlab.errors import FormatError
from drandlab.teach.parameters import parameters_of

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").rglob("[0-9]*.ipynb"))
NOTEBOOK_BYTES = 200_000

# What would bring a clock, the network, the machine or unseeded chance into a notebook.
IMPURE_MODULES = {"time", "os", "socket", "secrets", "httpx", "requests", "urllib", "aiohttp", "subprocess"}
IMPURE_ATTRIBUTES = {"now", "utcnow", "today", "urandom", "SystemRandom"}
# What a saved notebook cannot hold: outputs that nbval cannot compare, or megabytes of widget state.
UNSAVEABLE = {"interact", "interactive", "interact_manual", "Output", "FigureWidget"}
PICTURES = {"image/svg+xml", "image/png", "text/html"}
LIVE = {"application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"}
PARAMETER_TYPES = {"int", "float", "str", "bool", "list"}


def notebook_faults(notebook: nbformat.NotebookNode, stem: str | None = None) -> Iterator[str]:
    """Yield every clause of the notebook contract (CONTRIBUTING.md) that the notebook ``stem`` breaks."""
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernelspec is not python3"
    if notebook.metadata.get("widgets"):
        yield "widget state is saved in the file"
    cells = notebook.cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    if not cells or cells[0].cell_type != "markdown" or not cells[0].source.startswith("# "):
        yield "the first cell is not markdown with the title"
    else:
        for word in ("able to", "time", "level", "before"):
            if word not in cells[0].source.lower():
                yield f"the first cell does not say '{word}'"
    if not code or "parameters" not in code[0].metadata.get("tags", []):
        yield "the first code cell is not tagged parameters"
    else:
        yield from parameter_faults(code[0].source)
        checked = re.search(r'^check_parameters\("([^"]+)", globals\(\)\)$', code[1].source if code[1:] else "", re.M)
        if checked is None or (stem is not None and checked[1] != stem):
            yield "the second code cell does not check the parameters"
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        yield "the cells were not run once, in order, in a fresh kernel"
    if not any(re.search(r"\bassert\b|\bcheck\(", cell.source) for cell in code):
        yield "no claim ends in an assert or a check(...)"
    for number, cell in enumerate(code, start=1):
        yield from (f"code cell {number}: {fault}" for fault in code_faults(cell.source))
        yield from (f"code cell {number}: {fault}" for output in cell.outputs for fault in output_faults(output))


def parameter_faults(source: str) -> Iterator[str]:
    """Papermill and `drandlab run` read ``name: type = literal  # what it is``, nothing cleverer."""
    try:
        parameters_of(source)
    except FormatError as error:
        yield str(error)
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        match statement:
            case ast.AnnAssign(
                target=ast.Name(id=name),
                annotation=ast.Name(id=kind) | ast.Subscript(value=ast.Name(id=kind)),
                value=ast.expr() as value,
            ) if kind in PARAMETER_TYPES:
                try:
                    default = ast.literal_eval(value)
                except ValueError:
                    yield f"parameter {name} is not a literal"
                    continue
                if type(default).__name__ != kind:
                    yield f"parameter {name} is declared {kind} and is {type(default).__name__}"
                if "#" not in lines[(statement.end_lineno or 0) - 1][statement.end_col_offset or 0 :]:
                    yield f"parameter {name} has no comment"
            case _:
                yield f"not a typed parameter: {ast.unparse(statement)}"


def code_faults(source: str) -> Iterator[str]:
    try:
        tree = compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        yield "not plain Python (magics and shell lines run nowhere else)"
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                modules = [module, *(alias.name for alias in names)]
            case _:
                modules = []
        yield from (f"imports {module}" for module in modules if module.partition(".")[0] in IMPURE_MODULES)
        yield from (f"uses {name}" for name in modules if name in UNSAVEABLE)
        match node:
            case ast.Name(id=name) if name in UNSAVEABLE:
                yield f"uses {name}"
            case ast.Attribute(attr=name) if name in UNSAVEABLE | IMPURE_ATTRIBUTES:
                yield f"uses {name}"
            case ast.Attribute(value=ast.Name(id="random"), attr=name) if name != "Random":
                yield f"uses random.{name}, which no seed of the notebook governs"


def output_faults(output: nbformat.NotebookNode) -> Iterator[str]:
    if output.output_type == "error":
        yield f"was saved with the error {output.ename}"
    if output.get("name") == "stderr":
        yield "writes to stderr"
    data = output.get("data", {})
    if LIVE & data.keys():
        alt = data.get("text/plain", "")
        if len(alt.split()) < 4 or alt.startswith(("<", "Figure(")):
            yield "a figure has no alt sentence"
        if not PICTURES & data.keys():
            yield "a figure has no static picture for where nothing runs"
    if re.search(r" at 0x[0-9a-f]{6,}", data.get("text/plain", "") + output.get("text", "")):
        yield "shows a memory address"


def good_notebook() -> nbformat.NotebookNode:
    """The smallest notebook that keeps the contract."""
    chart = {
        "application/vnd.plotly.v1+json": {},
        "text/plain": "A line through three shares.",
        "image/svg+xml": "<svg/>",
    }
    cells = [
        new_markdown_cell("# Shares\nYou will be able to split. Time: 5 minutes. Level: first. Read before: nothing."),
        new_code_cell(
            "n: int = 5  # shares\nseeds: list = [1, 2]  # one a run",
            metadata={"tags": ["parameters"]},
            execution_count=1,
        ),
        new_code_cell(
            'from drandlab.teach import check_parameters\n\ncheck_parameters("01-shares", globals())', execution_count=2
        ),
        new_code_cell(
            "import random\nrng = random.Random(n)\nassert n > 2\nfigure",
            execution_count=3,
            outputs=[new_output("execute_result", data=chart, execution_count=3)],
        ),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_its_contract(path: Path) -> None:
    assert path.stat().st_size <= NOTEBOOK_BYTES
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert list(notebook_faults(notebook, path.stem)) == []


def test_the_smallest_good_notebook_keeps_the_contract() -> None:
    assert list(notebook_faults(good_notebook())) == []


def source(cell: int, text: str) -> Callable[[nbformat.NotebookNode], object]:
    return lambda notebook: notebook.cells[cell].update(source=text)


def result(**data: object) -> Callable[[nbformat.NotebookNode], object]:
    return lambda notebook: (
        notebook.cells[3].outputs[0].update(data={k.replace("_", "/", 1): v for k, v in data.items()})
    )


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda n: n.metadata.kernelspec.update(name="lab-venv"), "the kernelspec is not python3"),
        (lambda n: n.metadata.update(widgets={"state": {}}), "widget state is saved"),
        (source(0, "Shares"), "the first cell is not markdown with the title"),
        (source(0, "# Shares\nYou will be able to split. Level: first. Read before: nothing."), "does not say 'time'"),
        (lambda n: n.cells[1].metadata.clear(), "not tagged parameters"),
        (source(1, "n = 5  # shares"), "not a typed parameter: n = 5"),
        (source(1, "n: int = 2 + len('x')  # shares"), "parameter n is not a literal"),
        (source(1, "n: int = 5.0  # shares"), "parameter n is declared int and is float"),
        (source(1, "n: int = 5"), "parameter n has no comment"),
        (source(1, "n: int = 5  # 1...9 shares"), "parameter n: limits are written LOW..HIGH"),
        (source(2, "n"), "the second code cell does not check the parameters"),
        (lambda n: n.cells[3].update(execution_count=7), "not run once, in order"),
        (source(3, "figure"), "no claim ends in an assert"),
        (source(3, "assert n\nimport time"), "code cell 3: imports time"),
        (source(3, "assert n\nfrom os import path"), "imports os"),
        (source(3, "assert n\n%pip install x"), "not plain Python"),
        (source(3, "assert n\nfrom ipywidgets import interact"), "uses interact"),
        (source(3, "assert n\nipywidgets.Output()"), "uses Output"),
        (source(3, "assert n\ngo.FigureWidget()"), "uses FigureWidget"),
        (source(3, "assert datetime.now()"), "uses now"),
        (source(3, "assert random.random()"), "uses random.random"),
        (
            lambda n: n.cells[3].outputs.append(new_output("error", ename="ValueError", evalue="")),
            "the error ValueError",
        ),
        (lambda n: n.cells[3].outputs.append(new_output("stream", name="stderr", text="!")), "writes to stderr"),
        (result(text_plain="<Beacon object at 0x7f0011223344>"), "shows a memory address"),
        (lambda n: n.cells[3].outputs[0].data.pop("text/plain"), "no alt sentence"),
        (lambda n: n.cells[3].outputs[0].data.update({"text/plain": "Figure({})"}), "no alt sentence"),
        (lambda n: n.cells[3].outputs[0].data.pop("image/svg+xml"), "no static picture"),
    ],
)
def test_a_broken_clause_is_named(spoil: Callable[[nbformat.NotebookNode], object], fault: str) -> None:
    notebook = good_notebook()
    spoil(notebook)
    assert any(fault in found for found in notebook_faults(notebook)), list(notebook_faults(notebook))
