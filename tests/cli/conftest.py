"""The command as a reader meets it: in this process for its answers, in its own for exit codes, pipes and signals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from drandlab.cli import main

# An own process talks to a plain terminal, whatever the one that runs the tests can do.
PLAIN = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "DRANDLAB_BACKEND")}


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def drandlab(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """``drandlab("verify", path, ...)`` in this process."""

    def call(*arguments: object) -> Answer:
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return call


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., Answer]:
    """``process("verify", path, ...)``: ``python -m drandlab`` in an own process, in an empty folder."""

    def call(*arguments: object, **environment: str) -> Answer:
        command = [sys.executable, "-m", "drandlab", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, env={**PLAIN, **environment}, capture_output=True, text=True)
        return Answer(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """``notebook("01-a", "x = 1", "x", parameters="n: int = 5", title="# A")``: a notebook of these cells in a file."""

    def write(name: str, *code: str, parameters: str | None = None, title: str = "# A title") -> Path:
        cells: list[Any] = [new_markdown_cell(title)]
        if parameters is not None:
            cells.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        cells += map(new_code_cell, code)
        path = tmp_path / f"{name}.ipynb"
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        return path

    return write
