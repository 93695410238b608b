"""The notebooks of the course as files: how they are read, which parameters they declare, and whether values fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drandlab.errors import FormatError, LocalError
from drandlab.files import read_text
from drandlab.teach.parameters import Parameter, check_all, parameters_of

__all__ = ["check_parameters", "course_notebooks", "declared", "read_notebook"]


def course_notebooks() -> list[Path]:
    """Return the notebooks of the course in the order of their numbers."""
    from drandlab.remote.shipped import shipped

    return sorted(shipped("notebooks").glob("[0-9]*.ipynb"))


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook as the dictionary in its file; raises `FormatError` if the file is not a notebook."""
    text = read_text(path)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        notebook = None
    match notebook:
        case {"nbformat": 4, "metadata": dict(), "cells": [*cells]} if all(map(_is_cell, cells)):
            return dict(notebook)
    raise FormatError("is not a notebook (JSON of nbformat 4)", source=str(path))


def _is_cell(cell: Any) -> bool:
    match cell:
        case {"cell_type": str(), "metadata": {"tags": tags}} if not isinstance(tags, list):
            return False
        case {"cell_type": str(), "metadata": dict(), "source": str()}:
            return True
        case {"cell_type": str(), "metadata": dict(), "source": [*lines]}:
            return all(isinstance(line, str) for line in lines)
    return False


def declared(path: Path) -> list[Parameter]:
    """Return the parameters that the notebook declares; none when no cell is tagged ``parameters``."""
    for cell in read_notebook(path)["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            try:
                return parameters_of("".join(cell["source"]))
            except FormatError as error:
                raise error.at(source=str(path)) from None
    return []


def check_parameters(notebook: str, namespace: Mapping[str, Any]) -> None:
    """Raise `LocalError`, in one sentence, for parameters that a notebook of the course does not allow.

    ``notebook`` is its name, ``namespace`` the variables of the notebook: ``globals()``. The rules are those of the
    shipped notebook and not those of the open one, where cell and comment can be edited; ``drandlab run`` has the same
    rules.

    >>> check_parameters("00-start-here", {"network": "quicknet", "sides": 300, "seed": 1})
    Traceback (most recent call last):
        ...
    drandlab.errors.LocalError: parameter sides: expected int, 2..256, got 300
    """
    course = {path.stem: path for path in course_notebooks()}
    if notebook not in course:
        raise LocalError(f"notebook {notebook!r} is not known; the course has {', '.join(course)}")
    parameters = declared(course[notebook])
    missing = [parameter for parameter in parameters if parameter.name not in namespace]
    if missing:
        raise LocalError(f"parameter {missing[0]} is missing: run the cell with the parameters first")
    check_all(parameters, {parameter.name: namespace[parameter.name] for parameter in parameters})
