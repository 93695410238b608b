"""Parameters that a notebook does not take: the page refuses them at once, with the sentence of ``drandlab run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from drandlab.errors import LocalError
from drandlab.teach.notebooks import declared
from drandlab.teach.parameters import assigned

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("00", {"sides": 300}, "parameter sides: expected int, 2..256, got 300"),
    ("00", {"sides": 1}, "parameter sides: expected int, 2..256, got 1"),
    ("01", {"threshold": 1}, "parameter threshold: expected int, 2..5, got 1"),
    ("01", {"prime": 15}, "parameter prime: expected int, one of 11, 13, 17, 19, 23, 31, 43, got 15"),
    (
        "02",
        {"toy_prime": 7},
        "parameter toy_prime: expected int, one of 11, 13, 17, 19, 23, ",
    ),
    ("03", {"n": 20}, "parameter n: expected int, 5..7, got 20"),
    ("03", {"scheme": "rsa"}, "parameter scheme: expected str, one of pedersen-bls-chained, "),
    ("04", {"threshold": 7}, "parameter threshold: expected int, 3..5, got 7"),
    ("05", {"new_threshold": 9}, "parameter new_threshold: expected int, 2..5, got 9"),
    ("06", {"nodes": 23}, "parameter nodes: expected int, 4..9, got 23"),
    (
        "06",
        {"period": 10, "catchup_period": 10},
        "parameter catchup_period: expected int, 1..period - 1, which is 1..9 with period = 10, got 10",
    ),
    ("07", {"nodes": 1}, "parameter nodes: expected int, 5..10, got 1"),
    ("07", {"period": 0}, "parameter period: expected int, 2..30, got 0"),
    ("08", {"sample": 1}, "parameter sample: expected int, 2..1000, got 1"),
    ("09", {"mask": 90}, "parameter mask: expected int, 5..20, got 90"),
    ("10", {"peers": 20}, "parameter peers: expected int, 40..200, got 20"),
    ("10", {"loss": 31}, "parameter loss: expected int, 0..30, got 31"),
    (
        "11",
        {"collators": 3, "silent": 3},
        "parameter silent: expected int, 0..collators - 1, which is 0..2 with collators = 3, got 3",
    ),
    ("12", {"wanted": 1}, "parameter wanted: expected int, 2..8, got 1"),
    (
        "12",
        {"subscribers": 3, "room": 3},
        "parameter room: expected int, 1..subscribers - 1, which is 1..2 with subscribers = 3, got 3",
    ),
    ("13", {"pages": 7}, "parameter pages: expected int, 2..6, got 7"),
    ("13", {"registrants": 0}, "parameter registrants: expected int, 1..6, got 0"),
    ("14", {"nodes": 2}, "parameter nodes: expected int, 3..8, got 2"),
    ("14", {"shipped": 3}, "parameter shipped: expected int, one of 1, 123, 1000, 1001, 12040883, got 3"),
    ("16", {"faces": 8}, "parameter faces: expected int, one of 3, 6, 10, 20, 52, 100, got 8"),
    (
        "16",
        {"nodes": 4, "down": 5},
        "parameter down: expected int, 1..nodes, which is 1..4 with nodes = 4, got 5",
    ),
]


def first_cells(path: Path, values: dict[str, Any]) -> list[nbformat.NotebookNode]:
    """The notebook's first two code cells run, the first of them edited: whatever it declares is the reader's."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].source += "".join(f"\n{name} = {value!r}  # 1..10000" for name, value in values.items())
    notebook.cells = code[:2]
    NotebookClient(notebook, kernel_name="python3", timeout=60, allow_errors=True).execute()
    return list(notebook.cells)


@pytest.mark.parametrize(("number", "values", "sentence"), REFUSED, ids=lambda value: str(value)[:40])
def test_the_command_and_the_page_have_one_sentence(number: str, values: dict[str, Any], sentence: str) -> None:
    from drandlab.teach import check_parameters

    [path] = [path for path in NOTEBOOKS if path.stem.startswith(number)]
    with pytest.raises(LocalError) as by_command:
        assigned(declared(path), [f"{name}={value}" for name, value in values.items()])
    assert str(by_command.value).startswith(sentence)
    whole = {parameter.name: parameter.default for parameter in declared(path)} | values
    with pytest.raises(LocalError) as in_the_page:
        check_parameters(path.stem, whole)
    assert str(by_command.value).startswith(f"{in_the_page.value}; there are: ")
    assert "\n" not in str(in_the_page.value)


def test_an_edited_cell_is_held_to_what_the_course_declares_and_the_sentence_stands_first() -> None:
    _, refusing = first_cells(NOTEBOOKS[0], {"sides": 300})
    [output] = refusing.outputs
    assert (output.ename, output.evalue) == ("LocalError", "parameter sides: expected int, 2..256, got 300")
    assert output.traceback[0] == "LocalError: parameter sides: expected int, 2..256, got 300"
    assert output.traceback[-1] == '    check_parameters("00-start-here", globals())'
    assert len(output.traceback) == 4 and "drandlab/" not in "".join(output.traceback)


def test_a_parameter_that_is_not_there_is_named() -> None:
    from drandlab.teach import check_parameters

    with pytest.raises(LocalError, match=r"parameter seed .* is missing: run the cell with the parameters first"):
        check_parameters("00-start-here", {"network": "quicknet", "sides": 6})
    with pytest.raises(LocalError, match="notebook '00' is not known; the course has 00-start-here, 01-"):
        check_parameters("00", {})
