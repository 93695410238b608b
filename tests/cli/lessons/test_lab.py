from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import drandlab as drandlab_package
from drandlab.cli.extras import install_line
from drandlab.cli.lessons.lab import _tell, arguments
from drandlab.cli.working_copy import COPY, FIRST, CopyReport


def test_the_arguments_of_jupyterlab() -> None:
    given = arguments(Path("a folder"), None, browser=True)
    assert "--ServerApp.root_dir=a folder" in given
    assert f"--LabApp.default_url=/lab/tree/{FIRST}" in given
    assert "--ServerApp.open_browser=True" in given
    assert not [argument for argument in given if "port" in argument]
    chosen = arguments(Path("a folder"), 8899, browser=False)
    assert {"--ServerApp.port=8899", "--ServerApp.port_retries=0", "--ServerApp.open_browser=False"} <= {*chosen}
    assert ("--allow-root" in chosen) is (os.geteuid() == 0)


def test_a_port_in_use_is_named(drandlab: Callable) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = drandlab("lab", "--no-browser", "--port", port)
    assert (answer.code, answer.out) == (2, "")
    assert f"--port {port}: Address already in use; choose another" in answer.err


def test_without_jupyterlab_the_remedy_is_named(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drandlab.cli.extras.find_spec", lambda name: None)
    answer = drandlab("lab")
    assert (answer.code, answer.out) == (2, "")
    assert "this needs jupyterlab, ipykernel, ipywidgets and anywidget, not installed here: " in answer.err
    assert install_line("lab") in answer.err


def test_a_notebook_is_named_with_reset_only(drandlab: Callable) -> None:
    answer = drandlab("lab", "03")
    assert (answer.code, answer.out) == (2, "")
    assert "'03': a notebook is named together with --reset" in answer.err


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with this drandlab in it as a wheel has it: the notebooks inside the package."""
    package = Path(drandlab_package.__file__).parent
    site = tmp_path / "site"
    shutil.copytree(package, site / "drandlab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(package.parent / "notebooks", site / "drandlab" / "_shipped" / "notebooks")
    return site


def test_jupyterlab_opens_a_trusted_copy_answers_and_ends(tmp_path: Path, installed: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        name: str(tmp_path / name) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    here = tmp_path / "here"
    here.mkdir()

    def answer_of(path: str) -> Any:
        runs = [json.loads(file.read_text()) for file in (tmp_path / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json")]
        token = runs[0]["token"] if runs else ""
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"token {token}"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    with subprocess.Popen(
        [sys.executable, "-m", "drandlab", "lab", "--no-browser", "--port", str(port)],
        cwd=here,
        env={**os.environ, **folders, "PYTHONPATH": str(installed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            answer = None
            while answer is None and running.poll() is None:
                try:
                    answer = answer_of("/api")
                except urllib.error.URLError:  # not listening yet
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        running.wait(0.1)
            opened = answer_of("/api/contents/01-fields-and-shamir.ipynb") if answer else None
        finally:
            running.send_signal(signal.SIGTERM)
            said, _ = running.communicate()
    assert answer is not None, said
    assert answer["version"]
    assert said.startswith("drandlab: opening ")
    assert f"/lab/tree/{FIRST}?token=" in said
    assert opened is not None
    cells = [cell for cell in opened["content"]["cells"] if cell["cell_type"] == "code"]
    assert all(cell["metadata"]["trusted"] and cell["execution_count"] is None for cell in cells)
    outputs = [output.get("data", {}) for cell in cells for output in cell["outputs"]]
    assert sum("image/svg+xml" in data for data in outputs) >= 5
    assert not any("widget-view" in kind for data in outputs for kind in data)
    shipped = installed / "drandlab" / "_shipped" / "notebooks"
    assert sorted(path.name for path in (here / COPY).glob("*.ipynb")) == sorted(
        path.name for path in shipped.glob("*.ipynb")
    )


def test_what_was_done_to_the_copy_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _tell(CopyReport(tmp_path, ["01-a.ipynb"], ["02-b.ipynb"], [("03-c.ipynb", "03-c-yours-1.ipynb")], ["04-d.ipynb"]))
    said = capsys.readouterr().err
    assert "brought up to date: 01-a.ipynb" in said
    assert "of another edition, and kept because of your changes: 02-b.ipynb; `" in said
    assert "lab --reset NOTEBOOK` restores the newest and keeps yours under another name" in said
    assert "03-c.ipynb is as it ships now; yours is 03-c-yours-1.ipynb" in said
    assert "no longer part of the course, kept as they are: 04-d.ipynb" in said
    _tell(CopyReport(tmp_path))
    assert capsys.readouterr().err == ""
