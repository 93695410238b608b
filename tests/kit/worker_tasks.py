"""Tasks for the tests of workers, in a module that a worker can import."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def killed_once(path: str) -> str:
    """End the process that comes first to a path with the name ``mark``; return the path."""
    mark = Path(path)
    if mark.name == "mark" and not mark.exists():
        mark.write_text("killed")
        os.kill(os.getpid(), 9)
    return path


class Unpicklable(Exception):
    """An error that holds what no pickle does."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.lock = threading.Lock()


def raise_unpicklable(said: str) -> None:
    raise Unpicklable(said)


def wait_for(path: str) -> str:
    """Return once the file at ``path`` is there; where it ends in ``.go`` write it."""
    file = Path(path)
    if file.suffix == ".go":
        file.touch()
    while not file.with_suffix(".go").exists():
        pass
    return path
