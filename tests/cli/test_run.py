from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from drandlab.cli import notebooks
from drandlab.cli.notebooks import find_notebook
from drandlab.errors import LocalError

PARAMETERS = "n: int = 5  # how many, 2..64\nword: str = 'a'  # what to say"


def shown(path: Path) -> list[str]:
    """The text of all outputs of an executed notebook."""
    cells = nbformat.read(path, as_version=4).cells
    found = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    return [output.get("text") or output.get("ename") or output["data"]["text/plain"] for output in found]


def test_a_notebook_runs_with_other_parameters(process: Callable, notebook: Callable, tmp_path: Path) -> None:
    source = notebook("01-a", "print(n * 2, word)", "n", parameters=PARAMETERS)
    before = source.read_bytes()
    output = tmp_path / "out {n}.ipynb"
    answer = process("run", source, "-p", "n=7", "-p", "word=b c", "-o", output, "--json")
    assert (answer.code, answer.err) == (0, "")
    report = json.loads(answer.out)
    assert report["parameters"] == {"n": 7, "word": "b c"}
    assert report["failure"] is None
    assert shown(output) == ["14 b c\n", "7"]
    assert source.read_bytes() == before


def test_a_failing_cell_is_named_and_the_output_kept(process: Callable, notebook: Callable, tmp_path: Path) -> None:
    source = notebook(
        "01-a", "print('so far')", "# a claim\nassert n > 5, 'too few'", "print('never')", parameters=PARAMETERS
    )
    answer = process("run", source, "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "drandlab: 01-a.ipynb: cell [3] `# a claim` failed with AssertionError: too few; "
        f"all up to there is in {tmp_path / 'out.ipynb'}\n"
    )
    assert shown(tmp_path / "out.ipynb") == ["so far\n", "AssertionError"]


def test_a_dead_kernel_is_named(process: Callable, notebook: Callable, tmp_path: Path) -> None:
    source = notebook("01-a", "import os\nos._exit(1)")
    answer = process("run", source, "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (1, "")
    assert "drandlab: 01-a.ipynb: the kernel died" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["01-a.ipynb", "-p", "n=65", "-o", "out.ipynb"],
            "parameter n: expected int, 2..64, got 65; there are: n (int",
        ),
        (["01-a.ipynb", "-p", "m=6", "-o", "out.ipynb"], "parameter 'm' is not known; there are: n (int, 2..64"),
        (["01-a.ipynb", "-o", "01-a.ipynb"], "is the notebook itself"),
        (["01-a.ipynb", "-o", "./sub/../01-a.ipynb"], "is the notebook itself"),
        (["01-a.ipynb", "-o", "out.html"], "is written as .ipynb"),
        (["01-a.ipynb", "-o", "absent/out.ipynb"], "its folder does not exist"),
        (["absent.ipynb", "-o", "out.ipynb"], "notebook absent.ipynb does not exist"),
        (["77-absent", "-o", "out.ipynb"], "notebook '77-absent' is not known; the course has "),
        (["text.ipynb", "-o", "out.ipynb"], "text.ipynb: is not a notebook (JSON of nbformat 4)"),
        (["clever.ipynb", "-o", "out.ipynb"], "clever.ipynb, line 1: a parameter is written `name: type = literal"),
    ],
)
def test_unusable_input_runs_nothing(
    drandlab: Callable,
    notebook: Callable,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    notebook("01-a", parameters=PARAMETERS)
    notebook("clever", parameters="n = 5")
    (tmp_path / "text.ipynb").write_text("# just text", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    answer = drandlab("run", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"nbformat": 3, "worksheets": []}',
        '{"nbformat": 4, "metadata": {}, "cells": {}}',
        '{"nbformat": 4, "metadata": {}, "cells": [3]}',
        '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, "source": [3]}]}',
    ],
)
def test_json_that_is_no_notebook_is_refused(drandlab: Callable, tmp_path: Path, content: str) -> None:
    (tmp_path / "x.ipynb").write_text(content, encoding="utf-8")
    answer = drandlab("run", tmp_path / "x.ipynb", "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (2, "")
    assert "x.ipynb: is not a notebook" in answer.err


def test_a_notebook_of_the_course_is_found_by_name_or_number(
    notebook: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = [notebook("01-fields"), notebook("02-pairings")]
    monkeypatch.setattr(notebooks, "course_notebooks", lambda: course)
    assert find_notebook("02-pairings") == find_notebook("02") == course[1]
    assert find_notebook(str(course[0])) == course[0]
    with pytest.raises(LocalError, match="notebook '0' is not known; the course has 01-fields, 02-pairings"):
        find_notebook("0")


def test_what_is_not_installed_is_named_with_its_remedy(
    drandlab: Callable, notebook: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("drandlab.cli.extras.find_spec", lambda name: None if name == "papermill" else object())
    answer = drandlab("run", notebook("01-a"), "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (2, "")
    assert "this needs papermill, not installed here: python -m pip install 'drandlab[lab]'" in answer.err
