"""Tasks for the tests of workers, in a module that a worker can import."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from planted import BUGS

from drandlab.simulation.fuzz.plan import Plan
from drandlab.simulation.fuzz.run import JudgedRun, run
from drandlab.simulation.fuzz.shrink import replayed


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


RUN = run
AHEAD = BUGS["ahead"]


def run_with_a_bug_from_5(plan: Plan) -> JudgedRun:
    """Run a plan of the fuzz; from seed 5 on, with a planted bug."""
    if plan.seed < 5:
        return RUN(plan)
    with AHEAD.planted():
        return RUN(plan)


def judged_with_a_bug_from_5(seed: int) -> tuple[bool, str]:
    """What a worker answers about a seed, with that bug."""
    outcome = run_with_a_bug_from_5(replayed(seed))
    return outcome.ok, outcome.journal.digest()


def judged_otherwise(seed: int) -> tuple[bool, str]:
    """What a faulty worker answers."""
    return True, "another digest"
