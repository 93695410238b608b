"""The notebooks of the course and others: found by name or path, read, with their parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from drandlab.cli.parameters import Parameter, parameters_of
from drandlab.errors import FormatError, LocalError

__all__ = ["course_notebooks", "declared", "find_notebook", "read_notebook"]


def course_notebooks() -> list[Path]:
    """Return the notebooks of the course in the order of their numbers."""
    from drandlab.remote.shipped import shipped

    return sorted(shipped("notebooks").glob("[0-9]*.ipynb"))


def find_notebook(name: str) -> Path:
    """Return the notebook that ``name`` means: a path, or a name of the course, its number being enough."""
    if name.endswith(".ipynb") or "/" in name or "\\" in name:
        path = Path(name)
        if not path.is_file():
            raise LocalError(f"notebook {name} does not exist")
        return path
    course = course_notebooks()
    for path in course:
        if path.stem == name or path.stem.startswith(f"{name}-"):
            return path
    raise LocalError(f"notebook {name!r} is not known; the course has {', '.join(path.stem for path in course)}")


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook as the plain dictionary that its file holds; `FormatError` when it is none."""
    try:
        notebook = json.loads(path.read_bytes())
    except ValueError:
        notebook = None
    match notebook:
        case {"nbformat": 4, "metadata": dict(), "cells": [*cells]} if all(map(_is_cell, cells)):
            return dict(notebook)
    raise FormatError("is not a notebook (JSON of nbformat 4)", source=str(path))


def _is_cell(cell: Any) -> bool:
    match cell:
        case {"cell_type": str(), "metadata": dict(), "source": str()}:
            return True
        case {"cell_type": str(), "metadata": dict(), "source": [*lines]}:
            return all(isinstance(line, str) for line in lines)
    return False


def declared(path: Path) -> list[Parameter]:
    """Return the parameters that the notebook declares; none when no cell is tagged ``parameters``."""
    for cell in read_notebook(path)["cells"]:
        if "parameters" in (cell["metadata"].get("tags") or []):
            try:
                return parameters_of("".join(cell["source"]))
            except FormatError as error:
                raise error.at(source=str(path)) from None
    return []
