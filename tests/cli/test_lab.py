from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.cli.lab import COPY, FIRST, arguments, place
from drandlab.errors import LocalError


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The notebooks as an installed wheel has them."""
    folder = tmp_path / "drandlab" / "_shipped" / "notebooks"
    (folder / "pictures").mkdir(parents=True)
    (folder / FIRST).write_text("first", encoding="utf-8")
    (folder / "01-a.ipynb").write_text("a", encoding="utf-8")
    (folder / "pictures" / "p.svg").write_text("p", encoding="utf-8")
    return folder


def test_a_checkout_opens_in_place(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / FIRST).write_text("first", encoding="utf-8")
    assert place(folder, tmp_path / "elsewhere") == folder
    assert [path.name for path in tmp_path.iterdir()] == ["notebooks"]


def test_a_wheel_is_copied_and_the_readers_changes_stay(wheel: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    copy = place(wheel, here)
    assert copy == here / COPY
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*.*")} == {FIRST, "01-a.ipynb", "pictures/p.svg"}
    (copy / FIRST).write_text("changed", encoding="utf-8")
    (copy / "01-a.ipynb").unlink()
    place(wheel, here)
    assert (copy / FIRST).read_text(encoding="utf-8") == "changed"
    assert (copy / "01-a.ipynb").read_text(encoding="utf-8") == "a"


def test_a_place_where_nothing_can_be_written_is_named(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / COPY).write_text("a file in the way", encoding="utf-8")
    with pytest.raises(LocalError, match=r"cannot be copied to .*: call `drandlab lab` in a folder of your own"):
        place(wheel, tmp_path)


def test_a_course_without_its_first_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=rf"{FIRST}: not found in this installation"):
        place(tmp_path, tmp_path)


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
    assert "this needs jupyterlab and ipykernel" in answer.err
    assert "python -m pip install 'drandlab[lab]' (in a checkout: make lab)" in answer.err


def test_jupyterlab_starts_answers_and_ends(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        name: str(tmp_path / name) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "drandlab", "lab", "--no-browser", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, **folders},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            answer = None
            while answer is None and running.poll() is None:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api") as response:
                        answer = json.load(response)
                except urllib.error.URLError:  # not listening yet
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        running.wait(0.1)
        finally:
            running.send_signal(signal.SIGTERM)
            said, _ = running.communicate()
    assert answer is not None, said
    assert answer["version"]
    assert said.startswith("drandlab: opening ")
    assert f"/lab/tree/{FIRST}?token=" in said
