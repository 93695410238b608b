from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from drandlab.cli.extras import install_line
from drandlab.cli.find_notebook import find_notebook
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
        f"everything up to there is in {tmp_path / 'out.ipynb'}\n"
    )
    assert shown(tmp_path / "out.ipynb") == ["so far\n", "AssertionError"]


def test_a_failing_claim_says_what_came_and_what_was_expected(
    process: Callable, notebook: Callable, tmp_path: Path
) -> None:
    source = notebook("01-a", "from drandlab.teach import check\ncheck('so many', len([1, 2]) == 3)", "print('never')")
    answer = process("run", source, "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(
        "drandlab: 01-a.ipynb: cell [1] `from drandlab.teach import check` failed with ClaimError: "
        "this does not hold: so many; got 2; expected 3; everything up to there is in "
    )
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    [output] = next(cell.outputs for cell in cells if cell.cell_type == "code" and cell.outputs)
    assert output.traceback == [
        "ClaimError: this does not hold: so many",
        "    got       2",
        "    expected  3",
        "",
        "in line 2 of the cell:",
        "    check('so many', len([1, 2]) == 3)",
    ]


def test_what_a_notebook_says_cannot_steer_the_terminal(process: Callable, notebook: Callable, tmp_path: Path) -> None:
    source = notebook("01-\x1b]0;evil\x07", "raise ValueError('\\x1b[2J\\u202e')  # \x1b[31m")
    answer = process("run", source, "-o", tmp_path / "out\x1b[1m.ipynb")
    assert answer.code == 1
    assert not set("\x1b\x07\u202e") & set(answer.err)
    assert answer.err.count("\n") == 1


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
    "value",
    [
        'l=[b"\\"];open(\\"PWNED\\",\\"w\\");x=[\\""]',
        'l=[b"\\"];open("PWNED","w");x=[""]',
        "l=[1j]",
        "l=[{1, 2}]",
        "l=[...]",
        "l=[{(1, 2): 3}]",
        "l=[{1: 2}]",
        "l=[(1, 2)]",
        "l=[float('nan')]",
        "l=[1e999]",
        "l=['\\ud800']",
        "l=['\udcff']",
        "word=\udcff",
        "d={'a': b'x'}",
        "n=0x" + "f" * 5_000,
        "l=" + "[" * 50 + "]" * 50,
        "l=" + "[" * 5_000,
    ],
)
def test_a_value_that_is_not_plain_data_is_refused(
    drandlab: Callable, notebook: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    notebook("01-a", "print(l)", parameters=PARAMETERS + "\nl: list = []  # anything")
    answer = drandlab("run", "01-a.ipynb", "-p", value, "-o", "out.ipynb")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01-a.ipynb"]


def test_plain_data_arrives_as_it_is(process: Callable, notebook: Callable, tmp_path: Path) -> None:
    values = [None, True, -3, 0.1, 1e300, 'a"b\\', "\n'''", "{n}", "✓\u202e", {'k"': [{"": []}]}, [], "'; import os #"]
    source = notebook("01-a", "print(ascii(l), ascii(word))", parameters=PARAMETERS + "\nl: list = []  # anything")
    word = '\\"); raise SystemExit #'
    answer = process("run", source, "-p", f"l={values!r}", "-p", f"word={word}", "-o", "out.ipynb")
    assert (answer.code, answer.err) == (0, "")
    assert shown(tmp_path / "out.ipynb") == [f"{values!a} {word!a}\n"]


def test_the_cell_that_papermill_writes_is_read_back_before_anything_runs(
    drandlab: Callable, notebook: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from papermill import translators

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(translators, "translate_parameters", lambda *_: "word = open('PWNED', 'w')")
    answer = drandlab("run", notebook("01-a", parameters=PARAMETERS), "-p", "word=b", "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (2, "")
    assert "parameters: these values cannot be written into a notebook as they are" in answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01-a.ipynb"]


def test_limits_between_parameters_are_enforced_before_anything_runs(
    drandlab: Callable, notebook: Callable, tmp_path: Path
) -> None:
    source = notebook("01-a", parameters=PARAMETERS + "\nt: int = 3  # needed, 1..n")
    answer = drandlab("run", source, "-p", "n=2", "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.out) == (2, "")
    assert "parameter t: expected int, 1..n, which is 1..2 with n = 2, got 3; there are: n (int" in answer.err
    assert not (tmp_path / "out.ipynb").exists()


def test_the_output_is_written_through_a_link_and_an_old_one_stays_when_nothing_ran(
    drandlab: Callable, process: Callable, notebook: Callable, tmp_path: Path
) -> None:
    source, target = notebook("01-a", "print(n)", parameters=PARAMETERS), tmp_path / "kept.ipynb"
    target.write_text("old", encoding="utf-8")
    (tmp_path / "out.ipynb").symlink_to(target)
    assert drandlab("run", source, "-p", "n=65", "-o", tmp_path / "out.ipynb").code == 2
    assert target.read_text(encoding="utf-8") == "old"
    assert process("run", source, "-o", "out.ipynb").code == 0
    assert (tmp_path / "out.ipynb").is_symlink()
    assert shown(target) == ["5\n"]
    assert nbformat.read(target, as_version=4).metadata.papermill.output_path == "out.ipynb"


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"nbformat": 3, "worksheets": []}',
        '{"nbformat": 4, "metadata": {}, "cells": {}}',
        '{"nbformat": 4, "metadata": {}, "cells": [3]}',
        '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, "source": [3]}]}',
        '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {"tags": 3}, "source": ""}]}',
        "[" * 100_000,
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
    monkeypatch.setattr("drandlab.cli.find_notebook.course_notebooks", lambda: course)
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
    assert f"this needs papermill, not installed here: {install_line('lab')}" in answer.err


def test_a_notebook_without_cell_names_runs_without_a_library_s_warning(process: Callable, tmp_path: Path) -> None:
    parameters = {"metadata": {"tags": ["parameters"]}, "source": ["n: int = 3  # a number, 1..5"]}
    cells = [{"cell_type": "code", "outputs": [], "execution_count": None} | parameters]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    old = tmp_path / "old.ipynb"
    old.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    answer = process("run", old, "-p", "n=4", "-o", tmp_path / "out.ipynb")
    assert (answer.code, answer.err) == (0, "")
