"""The reader's copy of the course: nothing of theirs is lost, nothing of the course is old without a word."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output

from drandlab.cli.working_copy import COPY, FIRST, MANIFEST, CopyReport, as_copied, folder_for, refresh, trust
from drandlab.errors import LocalError
from drandlab.files import locked

WIDGET = "application/vnd.jupyter.widget-view+json"


def lesson(text: str) -> str:
    """A notebook as it ships: run, with a picture of a widget in it."""
    data = {WIDGET: {"model_id": "gone"}, "image/svg+xml": "<svg/>", "text/plain": text}
    output = new_output("execute_result", data, execution_count=7)
    cell = new_code_cell(text, execution_count=7, outputs=[output], id="cell")
    return str(nbformat.writes(new_notebook(cells=[cell])))


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The notebooks as an installed wheel has them."""
    folder = tmp_path / "site" / "drandlab" / "_shipped" / "notebooks"
    (folder / "pictures").mkdir(parents=True)
    for name in (FIRST, "01-a.ipynb", "02-b.ipynb"):
        (folder / name).write_text(lesson(f"{name} of May"), encoding="utf-8")
    (folder / "pictures" / "p.svg").write_text("p", encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "here" / COPY


def edit(path: Path, text: str) -> bytes:
    """Change a notebook as a reader does, and return what is in its file then."""
    notebook: Any = nbformat.read(path, as_version=4)
    notebook.cells[0].source += text
    nbformat.write(notebook, path)
    return path.read_bytes()


def newer(wheel: Path, *names: str) -> None:
    for name in names:
        (wheel / name).write_text(lesson(f"{name} of June"), encoding="utf-8")


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_wheel_is_copied_and_the_readers_changes_stay(wheel: Path, folder: Path) -> None:
    done = refresh(wheel, folder)
    assert names(folder) == {FIRST, "01-a.ipynb", "02-b.ipynb", "pictures/p.svg", MANIFEST}
    assert set(done.ours) == {FIRST, "01-a.ipynb", "02-b.ipynb", "pictures/p.svg"}
    mine = edit(folder / FIRST, " mine")
    (folder / "01-a.ipynb").unlink()
    (folder / "notes.txt").write_text("mine too")
    done = refresh(wheel, folder)
    assert (folder / FIRST).read_bytes() == mine
    assert (folder / "01-a.ipynb").is_file()
    assert (done.updated, done.kept, done.moved, done.gone) == ([], [], [], [])
    assert FIRST not in done.ours


def test_a_newer_edition_replaces_what_the_reader_has_left_alone_and_names_the_rest(wheel: Path, folder: Path) -> None:
    refresh(wheel, folder)
    mine = edit(folder / "01-a.ipynb", " mine")
    newer(wheel, FIRST, "01-a.ipynb")
    done = refresh(wheel, folder)
    assert (done.updated, done.kept) == ([FIRST], ["01-a.ipynb"])
    assert "of June" in (folder / FIRST).read_text()
    assert (folder / "01-a.ipynb").read_bytes() == mine
    assert refresh(wheel, folder).kept == ["01-a.ipynb"]  # each time, until it is brought back


def test_a_copy_of_before_there_was_a_manifest_is_not_taken_for_this_edition(wheel: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes((wheel / FIRST).read_bytes())
    (folder / "01-a.ipynb").write_text(lesson("of April"))
    done = refresh(wheel, folder)
    assert (done.updated, done.kept) == ([FIRST], ["01-a.ipynb"])
    assert "of April" in (folder / "01-a.ipynb").read_text()


@pytest.mark.parametrize("spoilt", [b"", b"[1]", b'{"copied": 7}', b'{"copied": {"x": 7, "y": [8]}}', b"\xff\xfe"])
def test_a_manifest_that_says_nothing_makes_all_the_readers_own(wheel: Path, folder: Path, spoilt: bytes) -> None:
    refresh(wheel, folder)
    mine = edit(folder / FIRST, " mine")
    (folder / MANIFEST).write_bytes(spoilt)
    done = refresh(wheel, folder)
    assert done.kept == [FIRST] and (folder / FIRST).read_bytes() == mine


def run(path: Path, said: str) -> bytes:
    """Run a notebook, as JupyterLab saves it: other outputs and numbers, and its notes in the metadata."""
    notebook: Any = nbformat.read(path, as_version=4)
    notebook.cells[0].execution_count = 3
    notebook.cells[0].outputs = [new_output("stream", text=said)]
    notebook.metadata.language_info = {"name": "python", "version": "3.11"}
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_a_notebook_that_was_only_run_follows_the_edition_and_the_run_is_kept(wheel: Path, folder: Path) -> None:
    refresh(wheel, folder)
    ran = run(folder / FIRST, "42")
    done = refresh(wheel, folder)
    assert (folder / FIRST).read_bytes() == ran
    assert (done.updated, done.kept, done.moved) == ([], [], [])
    newer(wheel, FIRST)
    assert refresh(wheel, folder).moved == [(FIRST, "00-start-here-yours-1.ipynb")]
    assert "of June" in (folder / FIRST).read_text()
    assert (folder / "00-start-here-yours-1.ipynb").read_bytes() == ran
    assert refresh(wheel, folder).moved == []


def test_what_jupyter_notes_in_a_notebook_is_no_change_of_the_reader(wheel: Path, folder: Path) -> None:
    refresh(wheel, folder)
    notebook: Any = nbformat.read(folder / FIRST, as_version=4)
    notebook.metadata.language_info = {"name": "python", "version": "3.11"}
    nbformat.write(notebook, folder / FIRST)
    noted = (folder / FIRST).read_bytes()
    done = refresh(wheel, folder)
    assert (folder / FIRST).read_bytes() == noted
    assert (done.updated, done.kept, done.moved) == ([], [], [])
    newer(wheel, FIRST)
    done = refresh(wheel, folder)
    assert (done.updated, done.kept, done.moved) == ([FIRST], [], [])
    assert "of June" in (folder / FIRST).read_text()


def test_reset_brings_back_what_is_named_and_keeps_the_readers_under_another_name(wheel: Path, folder: Path) -> None:
    refresh(wheel, folder)
    shipped = (folder / FIRST).read_bytes()
    first, other = edit(folder / FIRST, " one"), edit(folder / "01-a.ipynb", " other")
    done = refresh(wheel, folder, ["00-start-here"])
    assert done.moved == [(FIRST, "00-start-here-yours-1.ipynb")]
    assert (folder / FIRST).read_bytes() == shipped
    assert (folder / "00-start-here-yours-1.ipynb").read_bytes() == first
    assert (folder / "01-a.ipynb").read_bytes() == other
    second = edit(folder / FIRST, " two")
    done = refresh(wheel, folder, [])
    assert done.moved == [(FIRST, "00-start-here-yours-2.ipynb"), ("01-a.ipynb", "01-a-yours-1.ipynb")]
    assert (folder / "00-start-here-yours-1.ipynb").read_bytes() == first
    assert (folder / "00-start-here-yours-2.ipynb").read_bytes() == second
    assert (folder / "01-a-yours-1.ipynb").read_bytes() == other
    assert refresh(wheel, folder, []).moved == []


@pytest.mark.parametrize("name", ["00", "00-start-here", FIRST])
def test_a_notebook_is_named_by_its_number_or_name(wheel: Path, folder: Path, name: str) -> None:
    refresh(wheel, folder)
    edit(folder / FIRST, " mine")
    assert [old for old, _ in refresh(wheel, folder, [name]).moved] == [FIRST]


@pytest.mark.parametrize("name", ["09", "", "../x", ".ipynb", "start"])
def test_a_name_that_the_course_has_not_is_refused_and_nothing_is_done(wheel: Path, folder: Path, name: str) -> None:
    with pytest.raises(LocalError, match="is not known; the course has 00-start-here, 01-a, 02-b"):
        refresh(wheel, folder, ["01", name])
    assert not folder.exists()


def test_what_failed_half_way_gives_the_reader_their_notebook_back(
    wheel: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(wheel, folder)
    mine = edit(folder / FIRST, " mine")

    def full(path: Path) -> None:
        raise LocalError(f"{path}: cannot be written (No space left on device)")

    monkeypatch.setattr("drandlab.cli.working_copy.written", full)
    with pytest.raises(LocalError, match=f"{FIRST}: cannot be written"):
        refresh(wheel, folder, [])
    assert (folder / FIRST).read_bytes() == mine
    assert not list(folder.glob("*yours*"))


def test_a_link_is_the_readers_own_and_is_never_written_through(wheel: Path, folder: Path, tmp_path: Path) -> None:
    refresh(wheel, folder)
    elsewhere = tmp_path / "elsewhere.ipynb"
    elsewhere.write_bytes((folder / FIRST).read_bytes())
    before = elsewhere.read_bytes()
    (folder / FIRST).unlink()
    (folder / FIRST).symlink_to(elsewhere)
    newer(wheel, FIRST)
    assert refresh(wheel, folder).kept == [FIRST]
    assert refresh(wheel, folder, ["00"]).moved == [(FIRST, "00-start-here-yours-1.ipynb")]
    assert not (folder / FIRST).is_symlink()
    assert (folder / "00-start-here-yours-1.ipynb").readlink() == elsewhere
    assert elsewhere.read_bytes() == before


@pytest.mark.parametrize("what", ["folder", "fifo", "dangling"])
def test_what_is_no_file_is_kept_and_comes_aside_with_reset(wheel: Path, folder: Path, what: str) -> None:
    refresh(wheel, folder)
    target = folder / FIRST
    target.unlink()
    match what:
        case "folder":
            target.mkdir()
            (target / "inside").write_text("mine")
        case "fifo":
            os.mkfifo(target)
        case "dangling":
            target.symlink_to(folder / "nowhere")
    newer(wheel, FIRST)
    assert refresh(wheel, folder).kept == [FIRST]
    assert refresh(wheel, folder, []).moved == [(FIRST, "00-start-here-yours-1.ipynb")]
    assert "of June" in target.read_text()
    assert os.path.lexists(folder / "00-start-here-yours-1.ipynb")
    if what == "folder":
        assert (folder / "00-start-here-yours-1.ipynb" / "inside").read_text() == "mine"
    assert not (folder / "nowhere").exists()


def test_what_the_course_has_no_more_stays_and_is_named(wheel: Path, folder: Path) -> None:
    refresh(wheel, folder)
    (wheel / "02-b.ipynb").rename(wheel / "03-b.ipynb")
    done = refresh(wheel, folder)
    assert done.gone == ["02-b.ipynb"]
    assert (folder / "02-b.ipynb").is_file() and (folder / "03-b.ipynb").is_file()


def test_what_jupyter_and_editors_leave_beside_the_notebooks_is_not_copied(wheel: Path, folder: Path) -> None:
    (wheel / ".ipynb_checkpoints").mkdir()
    (wheel / ".ipynb_checkpoints" / "00-start-here-checkpoint.ipynb").write_text(lesson("old"))
    (wheel / "__pycache__").mkdir()
    (wheel / "__pycache__" / "x.pyc").write_bytes(b"x")
    (wheel / "01-a.ipynb~").write_text("x")
    refresh(wheel, folder)
    assert names(folder) == {FIRST, "01-a.ipynb", "02-b.ipynb", "pictures/p.svg", MANIFEST}
    checkpoint = folder / ".ipynb_checkpoints" / "00-start-here-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text("the reader's")
    refresh(wheel, folder, [])
    assert checkpoint.read_text() == "the reader's"


def test_a_file_in_the_way_and_a_busy_folder_are_named(wheel: Path, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    with pytest.raises(LocalError, match=f"{COPY} is not a folder, and the course would go there: move it away"):
        refresh(wheel, folder)
    assert folder.read_text() == "in the way"
    with pytest.raises(LocalError, match=r"cannot be copied to .*: call `drandlab lab` in a folder of your own"):
        refresh(wheel, folder / COPY)
    folder.unlink()
    refresh(wheel, folder)
    with locked(folder), pytest.raises(LocalError, match=COPY):
        refresh(wheel, folder)


def test_a_read_only_folder_is_named(wheel: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)  # root, who may run the tests, may write everywhere
    with pytest.raises(LocalError, match=r"cannot be copied to .*: call `drandlab lab` in a folder of your own"):
        refresh(wheel, folder)


def test_a_course_without_its_first_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=rf"{FIRST}: not found in this installation"):
        refresh(tmp_path, tmp_path / COPY)


def test_where_the_copy_goes(wheel: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    assert folder_for(wheel, here) == here / COPY
    refresh(wheel, here / COPY)
    below = here / COPY / "mine" / "deeper"
    below.mkdir(parents=True)
    # whoever stands in a copy stays in it
    assert folder_for(wheel, here / COPY) == folder_for(wheel, below) == here / COPY
    assert folder_for(wheel, here) == here / COPY
    # one of before there was a manifest, and a renamed one
    (here / COPY / MANIFEST).unlink()
    assert folder_for(wheel, here / COPY) == here / COPY
    refresh(wheel, here / COPY)
    (here / COPY).rename(here / "may")
    assert folder_for(wheel, here / "may") == here / "may"


def test_in_a_checkout_the_copy_is_at_its_top_wherever_one_stands(tmp_path: Path) -> None:
    notebooks = tmp_path / "checkout" / "notebooks"
    notebooks.mkdir(parents=True)
    for here in (tmp_path, notebooks, tmp_path / "checkout" / COPY):
        assert folder_for(notebooks, here) == tmp_path / "checkout" / COPY


def test_the_tracked_notebooks_are_never_the_ones_that_open() -> None:
    from drandlab.remote.shipped import shipped

    source = shipped("notebooks")
    folder = folder_for(source, Path.cwd())
    assert folder != source and source not in folder.parents
    ignored = (source.parent / ".gitignore").read_text().split()
    assert f"{COPY}/" in ignored


def test_a_copied_notebook_has_its_picture_and_no_number_as_if_run() -> None:
    shipped = lesson("x").encode()
    notebook = nbformat.reads(as_copied(shipped).decode(), as_version=4)
    nbformat.validate(notebook)
    [cell] = notebook.cells
    [output] = cell.outputs
    assert set(output.data) == {"image/svg+xml", "text/plain"}
    assert cell.execution_count is None and output.execution_count is None
    assert as_copied(as_copied(shipped)) == as_copied(shipped)
    for other in (b"plain", b"[]", b'{"cells": 7}', b'{"cells": [{}]}', b"\xff"):
        assert as_copied(other) == other


def test_every_lesson_is_copied_as_a_valid_notebook_with_the_same_cells() -> None:
    from drandlab.cli.find_notebook import course_notebooks

    assert len(course_notebooks()) > 5
    for path in course_notebooks():
        data = path.read_bytes()
        shipped, copied = (nbformat.reads(one.decode(), 4) for one in (data, as_copied(data)))
        nbformat.validate(copied)
        assert [cell.source for cell in copied.cells] == [cell.source for cell in shipped.cells]
        assert WIDGET not in nbformat.writes(copied)


@pytest.fixture
def jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], bool]:
    """``jupyter(path)``: whether a Jupyter of its own trusts the notebook."""
    for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))

    def trusts(path: Path) -> bool:
        with NotebookNotary() as notary:
            return bool(notary.check_signature(nbformat.read(path, as_version=4)))

    return trusts


def test_only_what_is_as_it_ships_is_trusted(wheel: Path, folder: Path, jupyter: Callable[[Path], bool]) -> None:
    refresh(wheel, folder)
    (folder / "99-foreign.ipynb").write_text(lesson("foreign"))
    edit(folder / "01-a.ipynb", " mine")
    done = refresh(wheel, folder)
    assert trust(done)
    assert jupyter(folder / FIRST) and jupyter(folder / "02-b.ipynb")
    assert not jupyter(folder / "01-a.ipynb") and not jupyter(folder / "99-foreign.ipynb")


def test_what_changes_after_the_comparison_is_not_trusted(
    wheel: Path, folder: Path, jupyter: Callable[[Path], bool]
) -> None:
    done = refresh(wheel, folder)
    edit(folder / FIRST, " in between")
    assert trust(done)
    assert not jupyter(folder / FIRST) and jupyter(folder / "01-a.ipynb")


def test_without_a_list_of_trusted_notebooks_the_course_still_opens(
    wheel: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in the way").write_text("x")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "in the way" / "data"))
    assert trust(refresh(wheel, folder)) is False
    assert trust(CopyReport(folder)) in (True, False)


def test_the_copy_is_json_that_people_can_compare(wheel: Path, folder: Path) -> None:
    refresh(wheel, folder)
    text = (folder / FIRST).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
