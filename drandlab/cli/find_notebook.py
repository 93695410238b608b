"""Finding the notebook that a command names, by a path or by a name of the course."""

from __future__ import annotations

from pathlib import Path

from drandlab.errors import LocalError
from drandlab.teach.notebooks import course_notebooks

__all__ = ["find_notebook"]


def find_notebook(name: str) -> Path:
    """Return the notebook that ``name`` means: a path, or a name or number of the course."""
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
