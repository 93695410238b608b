"""Paths of files: as text, as names of this process's open files, and private folders."""

from __future__ import annotations

import os
import re
from os import PathLike

from drandlab.errors import LocalError

__all__ = ["name_of", "own_handle", "private_folder"]

LINKS = 40
"""How many symbolic links are followed; the kernel follows as many."""


def name_of(path: str | PathLike[str]) -> str:
    """Return a path as text; raises `LocalError` for anything else."""
    if not isinstance(path, (str, PathLike)) or not isinstance(name := os.fspath(path), str):
        raise LocalError(f"expected the path of a file as text or as a Path, got {type(path).__name__}")
    return name


def own_handle(name: str) -> int | None:
    """Return the number of the open file of this process that ``/dev/stdin``, ``/dev/fd/3`` or a link to it names."""
    path = name
    for _ in range(LINKS):
        folder, last = os.path.split(path)
        folder = os.path.realpath(folder or os.curdir)
        if last.isascii() and last.isdecimal() and re.fullmatch(rf"/dev/fd|/proc/{os.getpid()}(/task/\d+)?/fd", folder):
            return int(last)
        try:
            path = os.path.join(folder, os.readlink(path))
        except OSError:
            return None
    return None


def private_folder() -> str:
    """Make a folder that only this user can enter, and return its path; the caller removes it."""
    import tempfile

    return tempfile.mkdtemp(prefix="drandlab-")
